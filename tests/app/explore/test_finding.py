"""Near-duplicates, outliers and labels judged by folds, on Explore."""

import time
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn.app.explore import data, finding
from digitcnn.data import correction_folder, handwriting
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.inference import digits_process
from digitcnn.inference.evaluate import DataSet
from tests.app.conftest import Page
from tests.app.explore.test_explore import (  # noqa: F401
    all_text,
    pictured,
    told,
    visit,
)
from tests.app.explore.test_settling import SCRIPT, act

CSV = """
from digitcnn.app.explore import export
from digitcnn.app.explore.view import view
st.session_state["csv"] = export.digits_csv(view())
"""


@pytest.fixture(autouse=True)
def _nothing_found_yet():
    finding._works.clear()
    yield
    finding._works.clear()


@pytest.fixture
def page(home) -> Page:
    return Page(AppTest.from_string(SCRIPT + CSV, default_timeout=180))


@pytest.fixture
def digits() -> Digits:
    """Eighty, the last ten of which are the first ten, a little brighter; one has another label."""
    made = handwriting.digits(70, 2)
    copies = np.minimum(made.images[:10].astype(np.uint16) * 1.05, 255).astype(np.uint8)
    labels = np.concatenate([made.labels, made.labels[:10]])
    labels[73] = (labels[73] + 1) % 10
    return Digits(np.concatenate([made.images, copies]), labels)


@pytest.fixture
def offered(digits, monkeypatch):
    """They are training digits, with half of the first as their test digits."""
    mine = DataSet(
        "mine-training", "my training digits", "a", digits, fingerprint=fingerprint(digits),
        is_learned=True,
    )  # fmt: skip
    test = replace(mine, key="mine", name="my test digits", mark="b", digits=digits[:5],
                   fingerprint="", is_learned=False)  # fmt: skip
    offers = [
        data.Offer(one.key, one.name, lambda: True, lambda one=one: one) for one in (mine, test)
    ]
    monkeypatch.setattr(data, "_OFFERS", (*data._OFFERS, *offers))
    return mine


def awaited(page, **address):
    """The page, once nothing is being found out any more."""
    visit(page, **address)
    for _ in range(600):
        if all(work.ended is not None for work in finding._works.values()):
            break
        time.sleep(0.1)
    return page.run()


def test_near_duplicates_stand_in_pairs_once_and_are_settled_like_any_digit(
    page,
    offered,
    home,
):
    awaited(page, data="mine-training", show="alike")
    assert set(pictured(page)) == set(range(70, 80))
    assert told(page, "gallery")["across"] == 3
    assert "10 of 80 digits are all but the same picture as another, 1 of them with" in all_text(
        page
    )
    assert {item["digit"] for item in told(page, "gallery")["items"] if item["wrong"]} == {73}
    first = pictured(page)[0]
    assert f"Most like digit {first - 70}, labelled" in page.text("detail")
    act(page, "leave out")
    assert correction_folder.sets(home)[0].corrections[first].kind == "leave out"
    assert pictured(page)[1] == told(page, "settle")["digit"]  # on to the next pair
    page.click("to-nearest")
    assert f"position {pictured(page)[1] - 70} in" in page.text("detail")


def test_they_are_looked_for_among_the_other_half_too(page, offered):
    awaited(page, data="mine-training", show="alike", against="half")
    assert set(pictured(page)) == {*range(5), *range(70, 75)}
    assert "as one of my test digits" in all_text(page)
    head, row = page.test.session_state["csv"].splitlines()[:2]
    assert head.endswith("nearest,nearest_label,cosine") and float(row.split(",")[-1]) > 0.99
    assert "≈" in told(page, "gallery")["items"][0]["caption"]
    page.click("to-nearest")
    assert "in my test digits" in page.text("detail")


def test_outliers_are_those_least_like_any_other(page, offered, digits, home):
    awaited(page, data="mine-training", show="alone")
    known = digits_process.kept_nearest(home, offered.fingerprint)
    assert pictured(page)[:3] == np.argsort(known.cosine, kind="stable")[:3].tolist()
    assert "is least like them" in all_text(page)


def test_labels_of_training_digits_are_judged_by_networks_that_had_not_learned_them(
    page,
    offered,
    home,
):
    visit(page, data="mine-training", show="labels")
    awaited(page)
    assert "networks that had not learned them" in all_text(page)
    found = digits_process.kept_doubts(home, offered.fingerprint)
    assert pictured(page)[:5] == found.order[:5].tolist()
    head, row = page.test.session_state["csv"].splitlines()[:2]
    assert head.endswith("suggested,self_confidence,confidently_other")
    assert row.split(",")[-3] == str(found.suggested[found.order[0]])


def test_what_can_not_be_found_out_gets_a_sentence(page, offered, monkeypatch):
    monkeypatch.setattr(digits_process.sys, "executable", "/bin/false")
    awaited(page, data="mine-training", show="alike")
    assert "These 80 digits could not be analysed" in all_text(page)
    # A file of other digits in the place of these is no trouble either.
    finding._works.clear()
    other = digits_process.Nearest(np.zeros(3, np.int64), np.ones(3, np.float32))
    monkeypatch.setattr(digits_process, "kept_nearest", lambda *marks: other)
    awaited(page, data="mine-training", show="alike")
    assert "can't be read" in all_text(page)


def test_without_pictures_nothing_is_compared(page):
    visit(page, show="alike")
    assert "Pictures are compared, and these are not on this computer" in all_text(page)
    assert not finding._works
