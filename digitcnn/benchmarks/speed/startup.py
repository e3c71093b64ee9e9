"""Time from the server's start to a page that can be drawn on, and memory."""

import statistics
import time
from pathlib import Path
from typing import Any

from digitcnn.benchmarks.speed.browser import APP, CANVAS, Server, chromium, draw, serve
from digitcnn.data.samples import sample
from digitcnn.errors import DigitcnnError


class NoPsutil(DigitcnnError):
    """Nothing to ask the system for a process's memory with."""


def measure(home: Path, rounds: int = 3) -> dict[str, Any]:
    """Medians over ``rounds`` starts of the app, without training.

    Args:
        home: the home folder whose run reads.
        rounds: how often the server is started.

    Returns:
        ``server_s``: from the start of the server's process until it answers; ``drawable_s``: from
        then until the canvas is on the screen; ``rss_mb``: memory of the server's process after
        it has read a drawing; ``tensorflow_loaded``: whether TensorFlow is in that process.

    Raises:
        NoBrowser, ServerFailed: see :mod:`digitcnn.benchmarks.speed.browser`.
        NoPsutil: psutil is not installed.
    """
    environment = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off"}
    figures = []
    for _ in range(rounds):
        with chromium(viewport={"width": 1280, "height": 900}) as browser:
            page = browser.new_page()
            with serve(APP, environment) as server:
                page.goto(server.url)
                page.locator(CANVAS).wait_for()
                drawable_s = time.perf_counter() - server.up
                draw(page, sample(7))
                page.locator(".st-key-seen img").wait_for()
                figures.append((server.up - server.started, drawable_s, *memory(server)))
    servers_s, drawables_s, rss_mb, loaded = zip(*figures, strict=True)
    return {
        "server_s": statistics.median(servers_s),
        "drawable_s": statistics.median(drawables_s),
        "rss_mb": statistics.median(rss_mb),
        "tensorflow_loaded": any(loaded),
        "n": rounds,
    }


def memory(server: Server) -> tuple[float, bool]:
    """Resident memory of the server's process, MB, and whether TensorFlow is part of it."""
    try:
        import psutil
    except ImportError as error:
        raise NoPsutil("This needs psutil: pip install -r tests/requirements.txt.") from error
    process = psutil.Process(server.process.pid)
    files = [mapped.path for mapped in process.memory_maps()]
    return process.memory_info().rss / 1e6, any("tensorflow" in Path(f).parts for f in files)
