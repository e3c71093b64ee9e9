"""Slices and several runs on Explore."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from digitcnn.app.explore import data as explore_data
from digitcnn.app.explore import slices as explore_slices
from digitcnn.app.shared import cache_digits
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.slices import Slice
from digitcnn.runs import saved_slices
from tests.app.explore.test_explore import (  # noqa: F401
    address,
    all_text,
    evaluation,
    page,
    publish,
    starter,
    visit,
)


@pytest.fixture
def on_slices(page):  # noqa: F811
    page.test.session_state["explore-tabs"] = "Slices"
    return page


def save(page, name):  # noqa: F811
    page.test.text_input(key="slice-name").set_value(name)
    page.test.button(key="save-slice").click()
    return page.run()


def test_the_present_filter_is_saved_and_told_for_every_run(
    on_slices,
    home,
    starter,  # noqa: F811
    evaluation,  # noqa: F811
):
    worse = np.roll(evaluation.probabilities, 1, axis=1)
    other = Evaluation(evaluation.dataset, evaluation.labels, worse)
    publish(starter, home, "all wrong", other)
    save(visit(on_slices, run="starter", true="7"), "missed sevens")
    missed = np.flatnonzero((evaluation.labels == 7) & (evaluation.predicted != 7))
    assert saved_slices.saved(home) == [Slice("missed sevens", digits=tuple(missed.tolist()))]
    told = all_text(on_slices)
    assert f"missed sevens {len(missed)} chosen digits of mnist" in told
    rolled = other.predicted[missed] == 7
    assert f"0.00% ({len(missed)} wrong)" in told
    assert f"({len(missed) - int(rolled.sum())} wrong)" in told

    # Looked at, it is all that the gallery holds; the address says so.
    on_slices.test.selectbox(key="explore-slice").set_value("missed sevens")
    on_slices.run()
    assert f"slice “missed sevens” {len(missed)} digits" in all_text(on_slices)
    assert address(on_slices)["slice"] == "missed sevens"
    on_slices.click("remove-slice")
    assert saved_slices.saved(home) == []


def test_the_filter_itself_can_be_kept_and_narrowed(on_slices, home):
    visit(on_slices, run="starter", true="4", show="all", threshold="90", data="handwriting")
    on_slices.test.slider(key="slice-strokes").set_value((2, 6))
    on_slices.test.multiselect(key="slice-styles").set_value(["open four"])
    save(on_slices, "open fours")
    assert saved_slices.saved(home) == [
        Slice("open fours", "handwriting", labels=(4,), certainty=(0.9, 1.0), strokes=(2.0, 100.0),
              styles=("open four",))
    ]  # fmt: skip
    assert "style open four" in all_text(on_slices)


def test_no_name_unknown_and_damaged_slices_get_a_sentence(on_slices, home):
    save(visit(on_slices, run="starter"), " ")
    assert "Give the slice a name" in all_text(on_slices)
    visit(on_slices, slice="nowhere")
    assert "There is no slice “nowhere” here" in all_text(on_slices)
    (home / saved_slices.FILE).write_text("[]")
    visit(on_slices, slice="other")
    assert "saved slices can't be read" in all_text(on_slices)
    assert not on_slices.test.exception


def test_in_public_slices_stay_in_the_session(on_slices, home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    save(visit(on_slices, run="starter", true="7", show="all", data="handwriting"), "mine")
    assert not (home / saved_slices.FILE).exists()
    assert [one.name for one in on_slices.test.session_state[explore_slices._KEPT]] == ["mine"]
    assert "mine" in all_text(on_slices)


def test_several_runs_are_compared_on_the_digits_that_are_shown(
    page,  # noqa: F811
    home,
    starter,  # noqa: F811
    evaluation,  # noqa: F811
):
    ids = []
    for number in (1, 2):
        rolled = np.roll(evaluation.probabilities, number, axis=1)
        other = Evaluation(evaluation.dataset, evaluation.labels, rolled)
        ids.append(publish(starter, home, f"rolled {number}", other).id)
    page.test.session_state["explore-tabs"] = "Several runs"
    page.test.session_state["explore-several"] = ids
    visit(page, run="starter")
    told = all_text(page)
    assert "rolled 1" in told and "rolled 2" in told and "together (mean of logits)" in told
    assert "All agree on 0 of 10,000 digits" in told
    n_right = int((evaluation.predicted == evaluation.labels).sum())
    assert f"Read correctly only by built-in network: {n_right:,}" in told


def test_the_file_is_a_list_that_others_can_read(home):
    saved_slices.write(home, Slice("a", labels=(1,)))
    saved_slices.write(home, Slice("a", labels=(2,)))
    saved_slices.write(home, Slice("a", "usps"))
    content = json.loads((home / saved_slices.FILE).read_text())
    assert content["slices"] == [
        {"name": "a", "data": "mnist", "labels": [2]}, {"name": "a", "data": "usps"},
    ]  # fmt: skip
    saved_slices.remove(home, "a", "mnist")
    assert saved_slices.saved(home) == [Slice("a", "usps")]


def test_a_cells_average_picture_stands_between_those_of_its_classes(page, starter):  # noqa: F811
    data = explore_data.offers()["handwriting"].load()
    said = cache_digits.evaluation(starter, data)
    missed = said.mistakes()[0]
    cell = int(said.labels[missed]), int(said.predicted[missed])
    visit(page, run="starter", data="handwriting", true=str(cell[0]), predicted=str(cell[1]))
    bodies = [part.proto.body for part in page.test.get("html")]
    (shown,) = [body for body in bodies if 'class="averages"' in body]
    encoded = [base64.b64decode(part.split('"')[0]) for part in shown.split("base64,")[1:]]
    pictures = [np.asarray(Image.open(io.BytesIO(png))) for png in encoded]
    labels = said.labels
    inside = (labels == cell[0]) & (said.predicted == cell[1])
    chosen = (labels == cell[0], inside, labels == cell[1])
    for picture, places in zip(pictures, chosen, strict=True):
        mean = data.digits.images[places].mean(axis=0)
        assert np.abs(255 - mean - picture).max() <= 1
