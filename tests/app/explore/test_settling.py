"""Settling labels on Explore: one digit, a selection, undo, the sets, and strangers."""

import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.app.explore import correction_sets, data
from digitcnn.app.learn.lessons import BY_NAME
from digitcnn.app.shared import cache_digits
from digitcnn.app.shared.lesson_progress import Progress
from digitcnn.data import correction_folder, handwriting, joined, mnist
from digitcnn.data.digits import fingerprint
from digitcnn.runs.store import open_run
from tests.app.conftest import Page
from tests.app.explore.test_explore import all_text, is_there, keys, told, visit
from tests.app.test_public import content

# As the page, after the message of the component that is in the session.
SCRIPT = """
import streamlit as st
from digitcnn.app.explore import page as explore, settle
for act in st.session_state.pop("acts", []):
    settle.do(act)
explore.page()
"""


@pytest.fixture(scope="module")
def evaluation():
    return open_run(settings.STARTER_FOLDER).evaluation()


@pytest.fixture
def page(home) -> Page:
    """The Explore page with MNIST's labels, without its pictures."""
    return Page(AppTest.from_string(SCRIPT, default_timeout=180)).run()


def act(page: Page, kind: str, **more) -> dict:
    """Asks for something as the component does; gives what it is told then."""
    shown = told(page, "settle")
    asked = {"kind": kind, "digit": shown["digit"], "data": shown["data"], "all": False}
    page.test.session_state["acts"] = [{**asked, "n": shown["selected"], **more}]
    page.run()
    return told(page, "settle")


def the_set(home):
    (found,) = correction_folder.sets(home)
    return found


def test_a_decision_is_kept_and_the_next_digit_shown(page, home, evaluation):
    order = [item["digit"] for item in told(page, "gallery")["items"]]
    before = told(page, "settle")
    assert before["digit"] == order[0] and before["kind"] == "" and not before["undo"]
    was = int(evaluation.labels[order[0]])
    shown = act(page, "label", to=(was + 1) % 10)
    assert shown["digit"] == order[1] and "in truth" in shown["said"] and not shown["trouble"]
    found = the_set(home)
    assert found.of.fingerprint == open_run(settings.STARTER_FOLDER).card.dataset.fingerprint
    (one,) = found
    assert (one.index, one.kind, one.was, one.to) == (order[0], "label", was, (was + 1) % 10)
    assert one.rule == "by hand" and one.when
    badges = [item["badge"] for item in told(page, "gallery")["items"]]
    assert badges[:2] == [f"→{(was + 1) % 10}", ""]
    shown = act(page, "label", to=int(evaluation.labels[order[1]]))  # the label that it has
    assert the_set(home).corrections[order[1]].kind == "right" and shown["digit"] == order[2]
    assert act(page, "leave out")["digit"] == order[3]
    text = all_text(page)
    assert "On the labels as corrected by “mnist corrections”" in text and "of 9,999 digits" in text


def test_three_doubtful_labels_settled_end_the_lesson_about_them(page):
    is_done = BY_NAME["label-or-network"].is_done
    progress = Progress(open="label-or-network", title="x", check=is_done)
    page.test.session_state["lesson progress"] = progress
    act(page, "right")  # a mistake, not a doubtful label
    visit(page, show="labels")
    act(page, "right")
    act(page, "tag", tag="hard")
    act(page, "leave out")
    assert progress.done == []
    act(page, "label", to=3)
    assert progress.done == ["label-or-network"]


def test_undo_takes_back_step_by_step(page, home):
    first = told(page, "settle")["digit"]
    act(page, "leave out")
    act(page, "right")
    shown = act(page, "undo")
    assert "Undone" in shown["said"] and len(the_set(home)) == 1
    shown = act(page, "undo")
    assert shown["digit"] == first and shown["kind"] == "" and len(the_set(home)) == 0
    assert not shown["undo"] and "nothing to undo" in act(page, "undo")["said"]


def test_tags_go_with_a_decision(page, home):
    digit = told(page, "settle")["digit"]
    shown = act(page, "tag", tag=" badly   written ")
    assert shown["digit"] == digit and shown["tags"] == ["badly written"] and shown["kind"] == "tag"
    act(page, "leave out", digit=digit)
    assert the_set(home).corrections[digit].tags == ("badly written",)
    act(page, "untag", digit=digit, tag="badly written")
    assert the_set(home).corrections[digit].tags == ()
    act(page, "tag", digit=digit, tag="mine")
    assert told(page, "settle")["offered"][0] == "mine"
    act(page, "clear", digit=digit)
    assert len(the_set(home)) == 0


def test_all_of_a_cell_at_once_and_back(page, home, evaluation):
    visit(page, true="9", predicted="4")
    cell = evaluation.cell(9, 4).tolist()
    shown = act(page, "label", to=4, all=True)
    assert f"{len(cell)} digits: in truth a 4" in shown["said"]
    found = the_set(home)
    assert sorted(found.corrections) == cell and found.n_relabelled == len(cell)
    assert {one.rule for one in found} == {"all of: 9 read as 4"}
    act(page, "undo")
    assert len(the_set(home)) == 0


def test_what_is_settled_leaves_the_list_that_asks_for_the_rest(page):
    visit(page, settled="open")
    n, first = told(page, "settle")["selected"], told(page, "settle")["digit"]
    shown = act(page, "right")
    assert shown["selected"] == n - 1 and shown["digit"] != first
    visit(page, settled="settled", show="all")
    assert [item["digit"] for item in told(page, "gallery")["items"]] == [first]


@pytest.mark.parametrize(
    "asked",
    [
        None,
        "right",
        {},
        {"kind": 7},
        {"kind": "delete"},
        {"kind": "label", "to": 10},
        {"kind": "label", "to": True},
        {"kind": "label", "to": None},
        {"kind": "right", "digit": 10**9},
        {"kind": "right", "digit": "0"},
        {"kind": "right", "data": "usps"},
        {"kind": "right", "all": True, "n": 3},
        {"kind": "tag", "tag": "x" * 400},
        {"kind": "tag", "tag": ["a"]},
        {"kind": "untag", "tag": {"a": 1}},
    ],
)
def test_messages_that_make_no_sense_change_nothing(page, home, asked):
    shown = told(page, "settle")
    if isinstance(asked, dict) and asked:
        asked = {"digit": shown["digit"], "data": shown["data"], **asked}
    page.test.session_state["acts"] = [asked]
    page.run()
    assert not page.notes
    assert sum(len(found) for found in correction_folder.sets(home)) == 0


def opened(page: Page) -> Page:
    page.test.session_state["corrections-open"] = True
    return page.run()


def test_sets_are_listed_renamed_merged_removed_and_restored(page, home):
    act(page, "leave out")
    opened(page)  # and it stays so
    assert "mnist corrections" in all_text(page) and "corrections-tools" in keys(page)
    page.test.text_input(key="corrections-name mnist corrections").set_value("second look")
    page.click("corrections-save")
    assert the_set(home).name == "second look"
    # What is settled goes into a new set from then on.
    page.test.text_input(key="corrections-new").set_value("of mine")
    page.click("corrections-begin")
    act(page, "right")
    assert {one.name: len(one) for one in correction_folder.sets(home)} == {
        "second look": 1,
        "of mine": 1,
    }
    page.click("corrections-do-merge")
    assert len(correction_folder.load(home, "of mine")) == 2
    page.click("corrections-remove")
    assert the_set(home).name == "second look" and "Removed: of mine." in all_text(page)
    page.click("corrections-restore")
    assert len(correction_folder.load(home, "of mine")) == 2


def test_training_again_is_offered_only_with_what_is_learned(page, home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    act(page, "leave out")
    opened(page)
    assert "corrections-train" not in {button.key for button in page.test.button}
    assert "No training learns from these digits" in all_text(page)
    tests = the_set(home)
    of = replace(tests.of, key="mnist-training", fingerprint="a" * 64)
    correction_folder.write(home, replace(tests, name="a learned one", of=of))
    page.run()
    page.test.selectbox(key="corrections-set").set_value("a learned one").run()
    assert page.test.button(key="corrections-train").label == "Train again with it"
    assert "No training learns from these digits" not in all_text(page)


def test_names_that_can_not_be_used_are_said(page, home):
    act(page, "leave out")
    opened(page)
    page.test.text_input(key="corrections-name mnist corrections").set_value("../up")
    page.click("corrections-save")
    assert "name has 1 to" in all_text(page) and the_set(home).name == "mnist corrections"


def test_a_damaged_set_is_named_and_the_page_stays(page, home):
    act(page, "leave out")
    (home / "corrections" / "broken.json").write_text("[]")
    opened(page)
    assert "“broken” can't be read" in all_text(page) and len(correction_folder.sets(home)) == 1


def test_for_strangers_it_stays_in_the_session(home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    before = content(home)
    page = visit(Page(AppTest.from_string(SCRIPT, default_timeout=180)), data="mnist")
    shown = act(page, "leave out")
    assert "Kept in “mnist corrections”: 1 correction" in shown["kept"]
    assert "Kept in this visit, and in your browser" in all_text(opened(page))
    another = visit(Page(AppTest.from_string(SCRIPT, default_timeout=180)), data="mnist")
    assert told(another, "settle")["kind"] == "" and not told(another, "settle")["undo"]
    monkeypatch.setattr(correction_sets, "PUBLIC_CORRECTIONS", 5)
    visit(page, show="all")
    refused = act(page, "right", all=True)
    assert refused["trouble"] and "at most 5 digits" in refused["said"]
    page.test.text_input(key="corrections-name mnist corrections").set_value("kept")
    page.click("corrections-save")
    assert "Kept in “kept”" in told(page, "settle")["kept"]
    page.click("corrections-remove")
    assert told(page, "settle")["kept"].startswith("Your first decision")
    assert content(home) == before


def test_without_a_set_nothing_of_it_is_in_the_address_or_the_home(page, home):
    assert not (home / "corrections").exists()
    assert json.loads(json.dumps(told(page, "settle")))["kept"].startswith("Your first decision")


def test_training_digits_are_offered_except_to_strangers(home, monkeypatch):
    monkeypatch.setattr(data, "_is_here", lambda name, _: name in ("mnist", "emnist-digits"))
    offered = data.offers()
    assert offered["mnist-training"].title == "MNIST: training digits"
    assert "emnist-digits-training" not in offered  # 240,000 are too many for a page
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    assert "mnist-training" not in data.offers()


def test_a_set_of_training_digits_is_one_that_a_training_takes(home, tmp_path, monkeypatch):
    digits = handwriting.digits(300, 1)
    path = tmp_path / "mine.npz"
    np.savez(path, images=digits.images, labels=digits.labels)
    shown = data._learned(str(path))
    (half,) = joined.halves(str(path), home)
    assert shown.key == joined.training_key(str(path)) and shown.key.endswith("-training")
    assert fingerprint(shown.digits) == fingerprint(half.training) == shown.fingerprint


def test_a_set_of_the_same_name_is_taken_beside_the_one_there_is(page, home):
    act(page, "leave out")
    (own,) = correction_folder.sets(home)
    theirs = own.with_these([replace(one, kind="right") for one in own])
    for given, says in ((own, "is here already"), (theirs, "Added “mnist corrections 2”")):
        opened(page)
        file = page.test.file_uploader(key="corrections-file")
        file.set_value(("theirs.json", given.to_json(), "application/json"))
        page.run()
        assert says in all_text(page)
    assert {one.name for one in correction_folder.sets(home)} == {
        "mnist corrections",
        "mnist corrections 2",
    }
    page.test.selectbox(key="corrections-set").set_value("mnist corrections")
    page.run().click("corrections-do-merge")
    assert "contradict each other" in all_text(page)
    page.test.toggle(key="corrections-newest").set_value(True)
    page.run().click("corrections-do-merge")
    assert "Merged" in all_text(page)


def test_validation_digits_are_those_that_the_run_held_back(home, mnist_path, monkeypatch):
    monkeypatch.setenv("DIGITCNN_MNIST", str(mnist_path))
    offered = data.offers(open_run(settings.STARTER_FOLDER))["mnist-training-held-back"]
    assert offered.title == "MNIST: validation digits"
    shown = offered.load()
    whole = data.offers()["mnist-training"].load()
    assert len(whole.digits) == 60_000 and len(shown.digits) == 4_000
    held = mnist.split(whole.digits, 4_000, 0)[1]
    np.testing.assert_array_equal(shown.digits.images, held.images)
    # Their positions are others than a training's: they are settled among the training digits.
    assert cache_digits.fingerprint_of(None, shown, None) == ""
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    assert "mnist-training-held-back" not in data.offers(open_run(settings.STARTER_FOLDER))


def uploaded(page, entries) -> str:
    opened(page)
    file = page.test.file_uploader(key="corrections-file")
    file.set_value(("theirs.json", json.dumps(entries).encode(), "application/json"))
    page.run()
    assert not page.test.exception
    return all_text(page)


def test_a_set_that_does_not_fit_gets_a_sentence_of_what_to_do(page, home):
    act(page, "leave out")
    own = the_set(home).to_dict()
    (row,) = own["corrections"]
    letters = {**own["dataset"], "key": "letters", "name": "letters", "fingerprint": "1" * 64}
    said = uploaded(page, {**own, "name": "of letters", "dataset": letters})
    assert "These are other digits than those that are shown" in said
    assert "choose their file above" in said
    said = uploaded(page, {**own, "corrections": [{**row, "index": 10_000}]})
    assert "There is no digit 10,000" in said and "0 to 9,999" in said
    said = uploaded(page, {**own, "corrections": [row, {**row, "kind": "right"}]})
    assert "contradicts itself" in said and "newer decision" not in said
    other = {**row, "was": (row["was"] + 1) % 10}
    uploaded(page, {**own, "name": "was something else", "corrections": [other]})
    assert any("was labelled" in note for note in page.notes)
    assert is_there(page, "gallery")  # and the page stays
