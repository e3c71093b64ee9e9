"""A Streamlit server, a Chromium that opens it, and a mouse that draws like a person.

For measurements and browser tests.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing import ink

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

ROOT = Path(__file__).resolve().parents[3]
APP = ROOT / "streamlit_app.py"

# What Debian's Chromium needs to run as root in a container, and to keep to itself.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CANVAS = "canvas.upper-canvas"

PATIENCE_S = 90


class NoBrowser(DigitcnnError):
    """No Chromium, or nothing to drive it with."""


class ServerFailed(DigitcnnError):
    """The app did not come up."""


@dataclass(frozen=True)
class Server:
    """A Streamlit server that runs.

    Attributes:
        url: its address.
        process: its process.
        started: ``time.perf_counter()`` when its process was started.
        up: the same when it first answered.
        words: what it writes to its terminal.
    """

    url: str
    process: subprocess.Popen[bytes]
    started: float
    up: float
    words: BinaryIO

    def said(self) -> str:
        """What it has written to its terminal so far, its log included."""
        size = os.fstat(self.words.fileno()).st_size
        # At a place of its own: the server writes where the file's position is.
        return os.pread(self.words.fileno(), size, 0).decode(errors="replace")


@contextlib.contextmanager
def serve(
    script: Path,
    environment: dict[str, str] | None = None,
    path: str = "",
    start_with: Sequence[str] = (),
) -> Iterator[Server]:
    """A Streamlit server for ``script``, for as long as the block runs.

    Args:
        script: the app.
        environment: variables to add to this process's.
        path: below which the app lies on the server, such as "digits"; by default the whole is it.
        start_with: a command that becomes the server's, which is added to its arguments.

    Raises:
        ServerFailed: it ended, or did not answer in 90 s; the message has its last words.
    """
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    command = [*start_with, sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    command += ["--server.baseUrlPath", path] if path else []
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    variables = {**os.environ, "PYTHONPATH": paths, **(environment or {})}
    with tempfile.TemporaryFile() as words:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}/{path}".rstrip("/")
        try:
            while not _healthy(url):
                if process.poll() is not None or time.perf_counter() - started > PATIENCE_S:
                    words.seek(0)
                    last = words.read().decode(errors="replace").strip().splitlines()[-1:]
                    raise ServerFailed(f"The app did not start. {' '.join(last)}")
                time.sleep(0.005)
            yield Server(url, process, started, time.perf_counter(), words)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def chromium(flags: Sequence[str] = (), **context: Any) -> Iterator["BrowserContext"]:
    """A browser context of Playwright's, in a Chromium of its own.

    Args:
        flags: for Chromium's command line, beside ``CHROMIUM_FLAGS``.
        context: options of Playwright's ``new_context``.

    Raises:
        NoBrowser: Playwright is not installed, or there is no Chromium that it can start.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise NoBrowser(
            "This needs Playwright: pip install -r tests/requirements.txt, and a Chromium."
        ) from error
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=[*CHROMIUM_FLAGS, *flags]
            )
        except Error as error:
            reason = str(error).strip().splitlines()[0]
            raise NoBrowser(
                "This needs Chromium, and there is none that starts here: install it (on Debian: "
                f"apt-get install chromium; elsewhere: playwright install chromium). {reason}"
            ) from error
        try:
            made = browser.new_context(**context)
            made.set_default_timeout(PATIENCE_S * 1000)
            yield made
        finally:
            browser.close()


def draw(page: "Page", drawing: ink.Ink, moves: int = 12, pause_ms: int = 0) -> None:
    """Draws strokes with the mouse.

    Args:
        page: a Playwright page with the canvas on it.
        drawing: float32 (n_points, 2) each, canvas px.
        moves: at most so many mouse movements for each stroke.
        pause_ms: between two movements.

    Raises:
        ServerFailed: there is no canvas to be seen.
    """
    for stroke in drawing:
        page.locator(CANVAS).scroll_into_view_if_needed()
        # Every stroke may move the page a little: the canvas is looked up each time.
        box = page.locator(CANVAS).bounding_box()
        if box is None:
            raise ServerFailed("The page shows no canvas to draw on.")
        scale = box["height"] / ink.CANVAS_PX  # all our papers are as high as that
        points = stroke[:: max(1, len(stroke) // moves)].tolist() + [stroke[-1].tolist()]
        places = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in points]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
            if pause_ms:
                page.wait_for_timeout(pause_ms)
        page.mouse.up()


def chromium_path() -> str | None:
    """The machine's Chromium or Chrome; ``None`` leaves it to Playwright, which may have one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
