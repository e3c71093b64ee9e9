"""From the end of a stroke to the bars on the screen, beside the least that the canvas takes."""

import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.benchmarks.speed.browser import APP, CANVAS, chromium, draw, serve

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


def measure(home: Path, n_strokes: int = 20) -> dict[str, Any]:
    """Medians over about ``n_strokes`` strokes drawn with the mouse in each of the two apps.

    Args:
        home: the home folder whose run reads.
        n_strokes: how many strokes are measured in each app.

    Returns:
        ``stroke_to_bars_ms``: our app; ``floor_ms``: the app that only counts strokes;
        ``over_floor_ms``: the difference; ``stroke_to_bars_p95_ms``; ``n``: strokes measured.

    Raises:
        NoBrowser, ServerFailed: see :mod:`digitcnn.benchmarks.speed.browser`.
    """
    with tempfile.TemporaryDirectory() as folder:
        floor_app = Path(folder) / "floor.py"
        floor_app.write_text(_FLOOR_APP)
        floor = _times(floor_app, _COUNT, {}, n_strokes)
    environment = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off"}
    ours = _times(APP, _BARS, environment, n_strokes)
    median, floor_median = statistics.median(ours), statistics.median(floor)
    return {
        "stroke_to_bars_ms": median,
        "floor_ms": floor_median,
        "over_floor_ms": median - floor_median,
        "stroke_to_bars_p95_ms": float(np.percentile(ours, 95)),
        "n": len(ours),
    }


def _times(script: Path, selector: str, environment: dict[str, str], n: int) -> list[float]:
    """Milliseconds from the end of each stroke to the change that answers it."""
    times: list[float] = []
    with (
        chromium(viewport={"width": 1280, "height": 900}) as browser,
        serve(script, environment) as server,
    ):
        page = browser.new_page()
        while len(times) < n:
            page.goto(server.url)
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
