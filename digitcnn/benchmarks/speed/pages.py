"""How long Explore and Inside take to answer in Chromium, and the server's memory."""

import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitcnn.benchmarks.speed.browser import APP, CANVAS, chromium, draw, serve
from digitcnn.benchmarks.speed.startup import memory
from digitcnn.data import samples
from digitcnn.runs import store
from digitcnn.runs.run import EVALUATION, STARTER_ID, Run

if TYPE_CHECKING:
    from playwright.sync_api import Page

# In the page: milliseconds from the mouse button's release to the last change inside what is
# watched, when nothing has changed for a while.
_WATCH = """
selector => {
  window.answer = new Promise(done => {
    const start = performance.now();
    let released = null, last = null;
    const note = () => { released ??= performance.now(); };
    document.addEventListener("mouseup", note, {capture: true, once: true});
    const observer = new MutationObserver(() => { if (released) last = performance.now(); });
    observer.observe(document.querySelector(selector), {
      subtree: true, childList: true, characterData: true, attributeFilter: ["src", "d", "alt"],
    });
    const timer = setInterval(() => {
      const now = performance.now();
      if (last ? now - last < 600 : now - start < 10000) return;
      clearInterval(timer);
      observer.disconnect();
      done(last ? last - released : null);
    }, 50);
  });
}
"""
# In the page: milliseconds from a key to the picture of the last change that it brings within some
# parts, when nothing has changed there for a while. All that Streamlit only marks is not counted.
_WATCH_KEY = """
selector => {
  window.answer = new Promise(done => {
    let pressed = null, last = null, began = performance.now();
    document.addEventListener("keydown", () => { pressed = performance.now(); }, {once: true});
    const drawn = () => { last = performance.now(); };
    const observer = new MutationObserver(() => {
      // After the frame that shows it.
      if (pressed) requestAnimationFrame(() => setTimeout(drawn));
    });
    for (const part of document.querySelectorAll(selector)) {
      observer.observe(part, {
        subtree: true, childList: true, characterData: true,
        attributeFilter: ["src", "alt", "title", "aria-label"],
      });
    }
    const timer = setInterval(() => {
      const now = performance.now();
      if (last ? now - last < 1500 : now - began < 10000) return;
      clearInterval(timer);
      observer.disconnect();
      done(last ? last - pressed : null);
    }, 50);
  });
}
"""
# What the slider along the training moves on each page, with the slider itself.
_MOVED = {
    "explore": ".st-key-moment-panel, .matrix, .pictures",
    "inside": ".st-key-inside-parts",
    "train": ".st-key-how-it-learned",
}
_PARTS = {
    "why": "Why",
    "layers": "Layers",
    "similar": "Similar digits",
    "map": "Map",
}
_N_STEPS = 12
_CELLS = [(true, predicted) for true in (3, 5, 9) for predicted in (3, 4, 5, 8)]


def measure(run: Run, n_strokes: int = 7) -> dict[str, Any]:
    """Medians over clicks and strokes, with copies of a run and the machine's MNIST, if any.

    Args:
        run: what reads.
        n_strokes: strokes drawn for each part of Inside.

    Returns:
        Explore: ``explore_view_ms``, from choosing a run to its last figure and picture;
        ``explore_click_ms``, from a click on a cell to its gallery; ``explore_rss_mb``, memory of
        the server's process with four runs looked at. Inside:
        ``inside_reading_ms`` and, by part, ``inside_why_ms``, ``inside_layers_ms``,
        ``inside_similar_ms``, ``inside_map_ms``, each from the end of a stroke to the last
        change. ``explore_step_ms``, ``inside_step_ms`` and ``train_step_ms``: from a key on the
        slider along the training to matrix, gallery, kernels and feature maps of that moment, as
        far as the page has them. ``rss_mb``: memory after all that.

    Raises:
        NoBrowser, ServerFailed, NoPsutil: see :mod:`digitcnn.benchmarks.speed.startup`.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        names = [_copy(run, home, number) for number in range(3)]
        environment = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off"}
        with (
            chromium(viewport={"width": 1280, "height": 1400}) as browser,
            serve(APP, environment) as server,
        ):
            page = browser.new_page()
            figures = _explore(page, server.url, names)
            figures["explore_rss_mb"] = memory(server)[0]
            figures |= _inside(page, server.url, n_strokes)
            figures |= _steps(page, server.url)
            figures["rss_mb"] = memory(server)[0]
    return figures


def _copy(run: Run, home: Path, number: int) -> str:
    """Publishes a run that differs from another by some mistakes; gives the name it is shown by."""
    name = f"copy-{number}"
    folder = store.new_training(home, name)
    for file in run.card.files:
        (folder / file).write_bytes((run.folder / file).read_bytes())
    # A page that shows the same as before would have nothing to answer.
    evaluation = run.evaluation()
    probabilities = evaluation.probabilities.copy()
    worse = slice(100 * number, 100 * (number + 1))
    probabilities[worse] = np.roll(probabilities[worse], 1, axis=1)
    replace(evaluation, probabilities=probabilities).save(folder / EVALUATION)
    card = run.card.to_seal
    store.publish(folder, home, {**card, "id": folder.name, "name": name})
    return name


def _explore(page: "Page", url: str, names: list[str]) -> dict[str, float]:
    page.goto(f"{url}/explore?run={STARTER_ID}")
    page.locator(".matrix td button").nth(99).wait_for(timeout=60_000)
    page.locator(".st-key-detail .digit-title").wait_for(timeout=60_000)
    page.wait_for_timeout(5_000)  # The nearest training digits are got ready once for all runs.
    views = []
    for name in names:
        page.get_by_role("combobox", name="Run", exact=True).click()
        option = page.get_by_role("option", name=name)
        option.wait_for()
        page.wait_for_timeout(500)  # for the list to come to rest
        views.append(_timed(page, ".st-key-explore", option.click))
    clicks = []
    for true, predicted in _CELLS:
        cell = f'.matrix button[data-true="{true}"][data-predicted="{predicted}"]'
        clicks.append(_timed(page, ".st-key-gallery", page.locator(cell).click))
    return {
        "explore_view_ms": statistics.median(views),
        "explore_click_ms": statistics.median(clicks),
    }


def _inside(page: "Page", url: str, n_strokes: int) -> dict[str, float]:
    page.goto(f"{url}/inside")
    page.locator(CANVAS).wait_for()
    figures = {}
    for key, title in _PARTS.items():
        page.get_by_role("tab", name=title).click()
        page.wait_for_timeout(4_000)  # What is got ready once is not counted.
        readings, parts = [], []
        for digit in range(n_strokes):
            page.get_by_role("button", name="Clear", exact=True).click()
            page.wait_for_timeout(1_500)
            stroke = samples.sample(digit)[:1]
            parts.append(_timed(page, ".st-key-inside-parts", draw, page, stroke))
            page.get_by_role("button", name="Clear", exact=True).click()
            page.wait_for_timeout(1_500)
            readings.append(_timed(page, ".st-key-inside-answer", draw, page, stroke))
        figures["inside_reading_ms"] = statistics.median(readings)
        figures[f"inside_{key}_ms"] = statistics.median(parts)
    return figures


def _steps(page: "Page", url: str) -> dict[str, float]:
    figures = {}
    for name, watched in _MOVED.items():
        page.goto(f"{url}/{name}" + (f"?run={STARTER_ID}" if name == "explore" else ""))
        if name == "inside":
            page.get_by_role("button", name="Clear", exact=True).click()
            draw(page, samples.sample(4))
            page.get_by_role("tab", name=_PARTS["layers"]).click()
        page.get_by_text("How it learned").first.click(timeout=60_000)
        slider = page.locator(".moments input")
        slider.focus()
        page.keyboard.press("End")
        page.wait_for_timeout(4_000)
        steps = []
        for _ in range(_N_STEPS):
            page.evaluate(_WATCH_KEY, watched)
            page.keyboard.press("ArrowLeft")
            steps.append(float(page.evaluate("window.answer")))
        figures[f"{name}_step_ms"] = statistics.median(steps)
    return figures


def _timed(page: "Page", watched: str, act: Any, *arguments: Any) -> float:
    """Milliseconds from the end of what a hand does to the last change that it brings."""
    page.evaluate(_WATCH, watched)
    act(*arguments)
    return float(page.evaluate("window.answer"))
