"""How often the live camera reads, what that costs, and what other visitors notice."""

import asyncio
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from digitcnn.benchmarks.robustness.visitor import Visitor
from digitcnn.benchmarks.speed.browser import APP, chromium, serve
from digitcnn.benchmarks.speed.startup import NoPsutil, memory
from digitcnn.data import samples
from digitcnn.preprocessing import ink

LINES = ("4730852", "9163", "2615", "80479")
_SIZE = 1280, 720
_DIGIT_PX = 110
_FRAMES = 4
_PAPER, _NOISE = 215, 4.0  # of 255
_WARM_UP_S = 3
_PAUSE_S = 0.3  # between two strokes

# In the page: how long each answer took, ms, from its picture to the boxes.
_ANSWERS = """performance.getEntriesByName("digitcnn-camera").map(({duration}) => duration)"""


def measure(home: Path, seconds: int = 20, n_strokes: int = 20) -> dict[str, Any]:
    """One camera that films a page of 20 digits, in Chromium, and somebody who draws beside it.

    Args:
        home: the home folder whose run reads.
        seconds: how long the camera is looked at.
        n_strokes: strokes drawn by somebody else, without the camera and beside it.

    Returns:
        ``readings_per_s``; ``picture_to_boxes_ms`` and ``picture_to_boxes_p95_ms``;
        ``lines_right``, the share of the page's lines that the last reading got right;
        ``web_cpu_ms`` and ``finder_cpu_ms``, the processor's time for a reading in the web process
        and in the process that looks for digits; ``web_rss_mb`` before the camera and
        ``web_rss_after_mb``; ``finder_rss_mb``; ``stroke_ms`` and ``beside_camera_ms``, from a
        stroke of somebody else to its answer, without a browser.

    Raises:
        NoBrowser, ServerFailed: see :mod:`digitcnn.benchmarks.speed.browser`.
        NoPsutil: psutil is not installed.
    """
    try:
        import psutil
    except ImportError as error:
        raise NoPsutil("This needs psutil: pip install -r tests/requirements.txt.") from error
    environment = {
        "DIGITCNN_HOME": str(home),
        "DIGITCNN_TRAINING": "off",
        "DIGITCNN_PUBLIC": "1",
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.y4m"
        film(path, [_frame(seed) for seed in range(_FRAMES)])
        flags = (
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={path}",
        )
        viewport = {"width": 1280, "height": 900}
        with (
            chromium(flags, viewport=viewport, permissions=["camera"]) as browser,
            serve(APP, environment) as server,
        ):
            alone = _strokes(server.url, n_strokes)
            web = psutil.Process(server.process.pid)
            web_rss_mb = memory(server)[0]
            page = browser.new_page()
            page.goto(f"{server.url}/?way=photo")
            page.locator(".st-key-photo-live-button button").click()
            page.locator(".camera .tag").first.wait_for(timeout=60_000)
            page.wait_for_timeout(1000 * _WARM_UP_S)
            finder = next(c for c in web.children() if "photos.camera" in " ".join(c.cmdline()))
            page.evaluate("performance.clearMeasures()")
            before = [_seconds(process) for process in (web, finder)]
            page.wait_for_timeout(1000 * seconds)
            answers = page.evaluate(_ANSWERS)
            cpu_ms = [
                1e3 * (_seconds(process) - start) / max(1, len(answers))
                for process, start in zip((web, finder), before, strict=True)
            ]
            read = page.locator(".camera .lines").inner_text().replace(" ", "").split("\n")
            finder_rss_mb = finder.memory_info().rss / 1e6
            web_rss_after_mb = memory(server)[0]
            beside = _strokes(server.url, n_strokes)
    return {
        "readings_per_s": len(answers) / seconds,
        "picture_to_boxes_ms": statistics.median(answers),
        "picture_to_boxes_p95_ms": float(np.percentile(answers, 95)),
        "lines_right": sum(line in read for line in LINES) / len(LINES),
        "web_cpu_ms": cpu_ms[0],
        "finder_cpu_ms": cpu_ms[1],
        "web_rss_mb": web_rss_mb,
        "web_rss_after_mb": web_rss_after_mb,
        "finder_rss_mb": finder_rss_mb,
        "stroke_ms": statistics.median(alone),
        "beside_camera_ms": statistics.median(beside),
    }


def film(path: Path, frames: list[np.ndarray]) -> None:
    """Writes a film that Chromium takes for a camera.

    Args:
        path: of the file, in YUV 4:2:0.
        frames: uint8 (height, width) each, even sides.
    """
    height, width = frames[0].shape
    colour = bytes([128]) * (width * height // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420mpeg2\n".encode())
        for frame in frames:
            file.write(b"FRAME\n" + frame.tobytes() + colour)


def _frame(seed: int) -> np.ndarray:
    """A page with ``LINES``, as a camera sees it: uint8 (height, width)."""
    rng = np.random.default_rng(seed)
    width, height = _SIZE
    page = np.full((height, width), 255, np.uint8)
    for row, line in enumerate(LINES):
        for place, digit in enumerate(line):
            raster = Image.fromarray(ink.rasterize(samples.sample(int(digit))))
            raster = raster.resize((_DIGIT_PX, _DIGIT_PX), Image.Resampling.LANCZOS)
            x, y = 60 + place * (_DIGIT_PX + 30), 40 + row * (_DIGIT_PX + 50)
            page[y : y + _DIGIT_PX, x : x + _DIGIT_PX] = np.asarray(raster)
    light = np.linspace(0.8, 1, width)[None]  # from one side
    seen = page / 255 * _PAPER * light + rng.normal(0, _NOISE, page.shape)
    return np.clip(seen, 16, 235).astype(np.uint8)


def _strokes(url: str, n: int) -> list[float]:
    """Milliseconds from each stroke of a visitor without a browser to its answer."""

    async def draw() -> list[float]:
        times = []
        async with Visitor(url) as visitor:
            await visitor.open()
            for number in range(n):
                answer = await visitor.draw(samples.sample(number % 10))
                times.append(answer.reading_ms or answer.done_ms)
                await asyncio.sleep(_PAUSE_S)
        return times

    # In a thread of its own: this one has Playwright's event loop.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, draw()).result()


def _seconds(process: Any) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
