"""Time to the bars: from a movement of the pen, and from the end of a stroke.

A movement is read by the browser; its time is that to the frame that shows its bars, and the part
of it that our own script takes is told apart. The end of a stroke is read by the server, whose
bars have come when they are in the page; beside it stands the same for an app that only counts
strokes, the least that canvas and Streamlit take.
"""

import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitcnn.benchmarks.speed.browser import (
    APP,
    CANVAS,
    PATIENCE_S,
    NoBrowser,
    chromium,
    draw,
    serve,
)

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

# The floor: the same canvas, and an app that does nothing but count.
_FLOOR_APP = """
import streamlit as st
from streamlit_drawable_canvas import st_canvas

drawing = st_canvas(
    stroke_width=18, stroke_color="#000000", background_color="#ffffff", width=280, height=280,
    update_streamlit=True, return_image_data=False, key="canvas",
)
with st.container(key="count"):
    st.write(len((drawing.json_data or {}).get("objects", [])), "strokes")
"""
_BARS = ".st-key-probabilities .barlayer"
_COUNT = ".st-key-count"

# Each stroke makes another digit of the drawing, so that the bars have something to show.
_STROKES = [
    np.array(points, np.float32)
    for points in (
        [(170, 50), (165, 130), (160, 230)],
        [(90, 55), (130, 52), (170, 50)],
        [(90, 55), (85, 100), (95, 130), (165, 130)],
        [(160, 230), (120, 235), (90, 215), (95, 130)],
    )
]

# In the page: the time from the mouse button's release to the first frame that shows a change
# inside what is watched.
_WATCH = """
(selector) => {
  window.answers = [];
  let released = null;
  window.addEventListener("mouseup", () => { released = performance.now(); }, true);
  new MutationObserver((changes) => {
    if (released === null) return;
    const inside = changes.some(({target}) => {
      const element = target.nodeType === 1 ? target : target.parentElement;
      return element && element.closest(selector);
    });
    if (!inside) return;
    const start = released;
    released = null;
    requestAnimationFrame(() => window.answers.push(performance.now() - start));
  }).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributeFilter: ["d"],
  });
}
"""

_FORGET = "try { localStorage.clear(); } catch { /* there is none on an empty page */ }"

# In the page: the time from each movement of the pen to the first frame after the reading that
# shows it. Movements that come while one is being read are answered with the next.
_WATCH_MOVES = """
() => {
  window.moves = [];
  let moved = null;
  addEventListener("mousemove", () => { moved ??= performance.now(); }, true);
  new MutationObserver(() => {
    if (moved === null) return;
    const start = moved;
    moved = null;
    requestAnimationFrame(() => window.moves.push(performance.now() - start));
  }).observe(document.querySelector(".live-answer"), {
    subtree: true, childList: true, attributes: true,
  });
  performance.clearMeasures();
}
"""
_READ = """
() => ({
  moves: window.moves,
  script: performance.getEntriesByName("digitcnn-live").map(({duration}) => duration),
  bytes: performance.getEntriesByType("resource")
    .filter(({name, initiatorType}) => initiatorType === "fetch" && name.includes("/media/"))
    .reduce((sum, {encodedBodySize}) => sum + encodedBodySize, 0),
})
"""
_FRAME_MS = 16


def measure(home: Path, n_strokes: int = 20) -> dict[str, Any]:
    """Medians over about ``n_strokes`` strokes drawn with the mouse in each of the two apps.

    Args:
        home: the home folder whose run reads.
        n_strokes: how many strokes are measured in each app.

    Returns:
        ``stroke_to_bars_ms``: our app; ``floor_ms``: the app that only counts strokes;
        ``over_floor_ms``: the difference; ``stroke_to_bars_p95_ms``; ``n``: strokes measured.
        While the pen moves, and the browser reads: ``move_to_bars_ms`` and
        ``move_to_bars_p95_ms``, from a movement to the frame that shows its reading;
        ``script_ms`` and ``script_p95_ms``, what our own script takes of that, to draw the line
        and to read; ``n_moves``;
        ``network_bytes``, the network on its way to the browser.

    Raises:
        NoBrowser, ServerFailed: see :mod:`digitcnn.benchmarks.speed.browser`.
    """
    environment = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off"}
    with tempfile.TemporaryDirectory() as folder, chromium() as context:
        floor_app = Path(folder) / "floor.py"
        floor_app.write_text(_FLOOR_APP)
        with _page(context) as page, serve(floor_app) as server:
            floor = _times(page, server.url, _COUNT, n_strokes)
        with serve(APP, environment) as server:
            with _page(context) as page:
                ours = _times(page, server.url, _BARS, n_strokes)
            with _page(context) as page:
                moves, script, n_bytes = _moves(page, server.url, n_strokes)
    median, floor_median = statistics.median(ours), statistics.median(floor)
    return {
        "stroke_to_bars_ms": median,
        "floor_ms": floor_median,
        "over_floor_ms": median - floor_median,
        "stroke_to_bars_p95_ms": float(np.percentile(ours, 95)),
        "n": len(ours),
        "move_to_bars_ms": statistics.median(moves),
        "move_to_bars_p95_ms": float(np.percentile(moves, 95)),
        "script_ms": statistics.median(script),
        "script_p95_ms": float(np.percentile(script, 95)),
        "n_moves": len(moves),
        "network_bytes": n_bytes,
    }


def in_words(figures: dict[str, Any]) -> list[str]:
    """What :func:`measure` gives, as a sentence for each of the three times."""

    def times(name: str) -> str:
        median, late = figures[f"{name}_ms"], figures[f"{name}_p95_ms"]
        return f"median {median:.1f} ms, 95% within {late:.1f} ms"

    return [
        f"Movement of the pen to its bars, read in the browser: {times('move_to_bars')}"
        f" ({figures['n_moves']} movements).",
        f"Our own script's part of that, line and reading: {times('script')}.",
        f"End of a stroke to the server's bars: {times('stroke_to_bars')}"
        f" ({figures['n']} strokes); "
        f"an app that only counts strokes: median {figures['floor_ms']:.1f} ms.",
        f"The network on its way to the browser, once: {figures['network_bytes'] / 1e3:.0f} kB.",
    ]


@contextlib.contextmanager
def _page(context: "BrowserContext") -> Iterator["Page"]:
    """An empty page of that browser, which keeps nothing of what was drawn on another."""
    if context.browser is None:
        raise NoBrowser("This browser opens no further windows.")
    with context.browser.new_context(viewport={"width": 1280, "height": 900}) as own:
        own.set_default_timeout(PATIENCE_S * 1000)
        yield own.new_page()


def _moves(page: "Page", url: str, n: int) -> tuple[list[float], list[float], int]:
    """Milliseconds from movements to their bars, our script's own, and the network's bytes."""
    page.goto(url)
    page.locator(CANVAS).wait_for()
    page.wait_for_function("performance.getEntriesByName('digitcnn-network').length > 0")
    n_bytes = page.evaluate(_READ.replace("window.moves", "[]"))["bytes"]
    page.wait_for_timeout(2_000)  # for the page to come to rest
    page.evaluate(_WATCH_MOVES)
    for _ in range(0, n, len(_STROKES)):
        for stroke in _STROKES:
            draw(page, [_dense(stroke)], moves=24, pause_ms=_FRAME_MS)
            page.wait_for_timeout(300)
        page.get_by_role("button", name="Clear", exact=True).click()
        page.wait_for_timeout(500)
    found = page.evaluate(_READ)
    return found["moves"], found["script"], n_bytes


def _dense(stroke: np.ndarray) -> np.ndarray:
    """The same stroke as 25 points: float32 (25, 2)."""
    places = np.linspace(0, len(stroke) - 1, 25)
    axes = [np.interp(places, np.arange(len(stroke)), stroke[:, axis]) for axis in (0, 1)]
    return np.stack(axes, axis=1).astype(np.float32)


def _times(page: "Page", url: str, selector: str, n: int) -> list[float]:
    """Milliseconds from the end of each stroke to the change that answers it."""
    times: list[float] = []
    # What was drawn before a loading is on the paper after it, and the same strokes on top would
    # change nothing.
    page.add_init_script(_FORGET)
    while len(times) < n:
        page.goto(url)
        page.locator(CANVAS).wait_for()
        page.locator(selector).first.wait_for(state="attached")
        page.wait_for_timeout(500)  # for the page to come to rest
        page.evaluate(_WATCH, selector)
        for count, stroke in enumerate(_STROKES, 1):
            draw(page, [stroke])
            page.wait_for_function("count => window.answers.length >= count", arg=count)
            page.wait_for_timeout(300)
        times += page.evaluate("window.answers")
    return times
