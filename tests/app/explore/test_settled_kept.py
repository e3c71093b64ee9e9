"""What was settled outlives a reload: undo, and on a public site the sets."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from digitcnn.app.explore import settled_kept
from digitcnn.data import correction_folder
from digitcnn.data.corrections import CorrectionSet, Of
from tests.app.conftest import Page
from tests.app.explore.test_explore import all_text, told  # noqa: F401
from tests.app.explore.test_settling import act, opened

# As the page, after what a browser gave back and what a component said.
SCRIPT = """
import streamlit as st
from digitcnn.app.explore import page as explore, settle, settled_kept
for text in st.session_state.pop("given back", []):
    settled_kept.restore(text)
for act in st.session_state.pop("acts", []):
    settle.do(act)
explore.page()
"""


def visited() -> Page:
    return Page(AppTest.from_string(SCRIPT, default_timeout=180)).run()


def kept(page: Page):
    """What the browser keeps now, as it gives it back."""
    found = told(page, "settled-kept")
    return None if found["settled"] is None else json.dumps(found["settled"])


def reloaded(page: Page, text=None) -> Page:
    """Another session in the same browser."""
    text = text or kept(page)
    again = visited()
    assert told(again, "settled-kept") == {"settled": None, "is_fresh": True}
    again.test.session_state["given back"] = [text]
    return again.run()


def test_what_was_settled_is_undone_after_a_reload(home):
    page = visited()
    first = told(page, "settle")["digit"]
    act(page, "label", to=3)
    second = act(page, "leave out")["digit"]
    again = reloaded(page)
    assert told(again, "settle")["undo"]
    act(again, "undo")
    act(again, "undo")
    (found,) = correction_folder.sets(home)
    assert not len(found) and second != first
    assert not told(again, "settle")["undo"] and json.loads(kept(again))["steps"] == []


def test_an_earlier_decision_comes_back_with_its_tags(home):
    page = visited()
    digit = told(page, "settle")["digit"]
    act(page, "tag", tag="cut off")
    act(page, "leave out")
    again = reloaded(page)
    act(again, "undo")
    (found,) = correction_folder.sets(home)
    assert (found.corrections[digit].kind, found.corrections[digit].tags) == ("tag", ("cut off",))


def test_a_strangers_sets_come_back_and_nobody_elses_home_is_touched(home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    page = visited()
    act(page, "leave out")
    again = reloaded(page)
    assert "1 left out" in all_text(opened(again))
    act(again, "undo")
    assert "1 left out" not in all_text(again)
    assert not (home / "corrections").exists()


def test_more_than_a_browser_keeps_is_said(home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    monkeypatch.setattr(settled_kept, "MOST_KEPT", 1)
    page = visited()
    act(page, "leave out", all=True)
    assert kept(page) is None
    assert "kept in this visit only, not in your browser" in all_text(opened(page))


@pytest.mark.parametrize(
    "text",
    [
        None, 7, "", "{", "[]", "[" * 100_000, '{"steps": 3, "sets": 4}',
        '{"steps": [1, {"set": "no such set", "said": [], "gone": [1]}], "sets": [{"a": 1}]}',
        '{"steps": [{"set": "mnist corrections", "said": [], "gone": [10000]}]}',
        '{"steps": [{"set": "mnist corrections", "said": [], "gone": [true, -1]}]}',
        '{"steps": [{"set": "mnist corrections", "said": [{"index": 99999}], "gone": []}]}',
        "x" * 2_000_000,
    ],
)  # fmt: skip
def test_whatever_else_comes_from_a_browser_is_passed_over(home, monkeypatch, text):
    of = Of("mnist", "MNIST", "0" * 64, 10_000)
    correction_folder.write(home, CorrectionSet("mnist corrections", of, {}))
    test = AppTest.from_string("""
import streamlit as st
from digitcnn.app.explore import settle, settled_kept
settled_kept.restore(st.session_state["text"])
st.session_state["steps"] = list(settle.steps())
""")
    test.session_state["text"] = text
    test.run()
    assert not test.exception and test.session_state["steps"] == []
