"""Debian's Chromium, installed where the machine has none and this user may."""

import os
import shutil
import subprocess
from pathlib import Path

from digitcnn.benchmarks.speed.browser import chromium_path


def install_chromium() -> None:
    """Installs Chromium with apt-get as root; does nothing where there is one, or no such way."""
    if chromium_path() or _playwrights_own() or not shutil.which("apt-get") or os.geteuid():
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        # Where this fails, the tests are skipped, or fail, for want of a browser.
        subprocess.run(["apt-get", "-q", *words], env=environment, timeout=900)


def _playwrights_own() -> bool:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return False
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()
