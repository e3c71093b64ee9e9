"""What the browser may tell the page about the paper, and what it had kept of it."""

import json
import subprocess

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.app.draw import page
from digitcnn.app.shared import live, page_script
from digitcnn.data import samples
from digitcnn.inference.browser import weights
from digitcnn.preprocessing import ink
from tests.javascript.node import NODE

HOSTILE = [None, 7, "text", [], {}, {"strokes": "none"}, {"strokes": [7]},
           {"strokes": [[[1, "x"]]]},
           {"strokes": [[[1, float("nan")]]]}, {"strokes": [[[1, 2, 3]]]},
           {"strokes": [[[1, 2]] * 60_000]}]  # fmt: skip


class _State(dict):
    pass


@pytest.fixture
def session(monkeypatch):
    state = _State()
    monkeypatch.setattr(live.st, "session_state", state)
    return state


@pytest.mark.parametrize("kept", HOSTILE)
def test_what_a_browser_kept_may_be_anything(session, kept):
    live._restore({"canvas": kept, "number-canvas": kept, "hand": kept, "way": kept})
    assert live.canvas.DIGIT.drawing() == []
    assert live.kept_way() is None


def test_what_a_browser_kept_comes_back(session):
    strokes = samples.sample(4)
    kept = {"strokes": [stroke.astype(float).round(1).tolist() for stroke in strokes],
            "widths": [9.0, 28.8]}  # fmt: skip
    live._restore({"canvas": kept, "way": "number"})
    drawing = live.canvas.DIGIT.drawing()
    assert [len(stroke) for stroke in drawing] == [len(stroke) for stroke in strokes]
    assert live.canvas.DIGIT.widths() == [9.0, 28.8]
    assert live.kept_way() == "number" and live.kept_way() is None
    # What the session has of its own stays.
    live._restore({"canvas": {"strokes": [[[1, 2], [3, 4]]]}})
    assert len(live.canvas.DIGIT.drawing()) == len(strokes)


def test_the_eraser_takes_what_is_there_and_undo_brings_it_back(session):
    paper = live.canvas.DIGIT
    paper.replace(samples.sample(4))
    n = len(paper.drawing())
    paper.erase([n, -1, 99])
    assert len(paper.drawing()) == n
    paper.erase([0, 0])
    assert len(paper.drawing()) == len(paper.widths()) == n - 1
    paper.undo()
    assert len(paper.drawing()) == n
    paper.redo()
    assert len(paper.drawing()) == n - 1


def test_a_stroke_drawn_after_undo_comes_after_it_if_both_are_heard_at_once(session):
    paper, (first, second) = live.canvas.DIGIT, samples.sample(4)
    paper.replace([first])
    message = ink.canvas_json([first, second], paper.pen_px, live.canvas.PEN_COLOR)
    session["canvas"] = {"drawing": {"raw": message}}
    session[paper.live_key] = {"late": "1"}
    paper._changed()  # as Streamlit calls what belongs to a canvas, before what belongs to buttons
    paper.undo()
    paper._note(message)
    assert len(paper.drawing()) == 1
    assert np.allclose(paper.drawing()[0], second, atol=0.01)
    session[paper.live_key] = {}
    message = ink.canvas_json([second, first], paper.pen_px, live.canvas.PEN_COLOR)
    session["canvas"] = {"drawing": {"raw": message}}
    paper._changed()
    paper.undo()  # pressed once it was drawn
    assert len(paper.drawing()) == 1
    assert np.allclose(paper.drawing()[0], second, atol=0.01)


def test_the_pages_script_is_one_module(tmp_path):
    path = tmp_path / "page.mjs"
    path.write_bytes(page_script._script())
    subprocess.run([NODE, "--check", path], check=True)
    assert path.read_text().endswith("export { paper };\n\nexport { replay };\n")
    # The loader goes along with every stroke: it stays small.
    assert len(page_script.LOADER) < 2_500


def test_the_starter_goes_to_the_browser(session):
    assert ink.CANVAS_PX == 280  # what the script takes for granted
    size = len(live._packed.__wrapped__(
        str(settings.STARTER_FOLDER), "any", live.cache.reader()
    )[0])  # fmt: skip
    assert 100_000 < size <= 1_500_000
    assert json.dumps(live.personal_model.as_kept()) == "null"


def _told(page, key):
    """What the live component of a page was told."""
    components = page.test.get("bidi_component")
    (found,) = [c.proto for c in components if c.proto.component_name == key]
    return json.loads(json.loads(found.json)[0])


def test_where_the_network_can_not_go_the_server_reads_alone(page, monkeypatch):
    def too_large(*_):
        raise weights.NotForBrowsers("it has a layer of the kind LSTM.")

    live._packed.clear()
    monkeypatch.setattr(weights, "packed", too_large)
    try:
        page.draw(samples.sample(4))
    finally:
        live._packed.clear()
    assert page.text("reading") == "4"
    told = _told(page, "digitcnn-live")
    assert told["network"] is None and told["live"] is False
    assert "Replay" not in [expander.label.split(":")[0] for expander in page.test.expander]
    assert page.notes == []


def test_the_replay_is_there_where_the_network_can_go(page):
    page.draw(samples.sample(4))
    assert "Replay" in [expander.label.split(":")[0] for expander in page.test.expander]


@pytest.mark.parametrize(
    ("address", "wanted"), [({}, "digit"), ({"way": "number"}, None), ({"way": "photo"}, None)]
)
def test_an_address_that_names_a_way_wins_over_what_the_browser_kept(
    session, monkeypatch, address, wanted
):
    monkeypatch.setattr(page.st, "query_params", address)
    session["live way"] = "digit"
    assert page._kept_way() == wanted
    assert page._kept_way() is None
