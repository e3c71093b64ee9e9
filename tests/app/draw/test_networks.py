"""Several networks on one drawing: chosen on the page or by its address, and where they differ."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn.app.draw import networks
from digitcnn.app.draw.networks import Said, in_words
from digitcnn.app.shared import cache_digits
from digitcnn.data import samples
from digitcnn.inference.recognizer import Prediction, Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import store
from digitcnn.runs.run import DamagedRun
from tests.app.conftest import Page
from tests.places import ROOT


@pytest.fixture
def page(ensemble_home, monkeypatch) -> Page:
    monkeypatch.setenv("DIGITCNN_HOME", str(ensemble_home))
    return Page(AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180))


@pytest.fixture
def ids(ensemble_run) -> list[str]:
    return [member.id for member in ensemble_run.card.members]


def ask(page, *run_ids, **address) -> Page:
    page.test.query_params[networks.ADDRESS] = ",".join(run_ids)
    return page.draw(samples.sample(4))


def shown(page) -> str:
    return next(one.proto.body for one in page.test.get("html") if '"networks"' in one.proto.body)


def said(name: str, label: int, is_digit: bool = True) -> Said:
    probabilities = np.full(10, 0.01, np.float32)
    probabilities[label] = 0.91
    image = np.zeros((28, 28), np.uint8)
    return Said(name, Prediction(probabilities, label, image, is_digit, np.zeros(1, np.float32)))


def test_as_long_as_none_is_ticked_no_other_is_loaded(page, monkeypatch):
    monkeypatch.setattr(cache_digits, "recognizer", None)
    page.draw(samples.sample(4))
    assert not page.notes and not page.test.multiselect


def test_the_address_says_which_and_they_read_as_they_do_alone(page, ensemble_home, ids):
    ask(page, *ids)
    body = shown(page)
    assert body.count("<section") == 4
    image = digit_image.digit_image(ink.rasterize(samples.sample(4)))
    for run_id in ids:
        run = store.find_run(ensemble_home, run_id)
        label = Recognizer(run).recognize(image).label
        section = next(part for part in body.split("<section") if f"<h3>{run.name}</h3>" in part)
        assert f"<b>{label}</b>" in section or "<b>–</b>" in section


def test_what_is_chosen_is_kept_and_told_in_the_address(page, ids):
    ask(page, ids[0])
    (choice,) = page.test.multiselect
    choice.set_value(ids[:2])
    page.run()
    assert page.test.query_params[networks.ADDRESS] == ",".join(ids[:2])
    assert shown(page).count("<section") == 3
    page.draw(samples.sample(7))
    assert shown(page).count("<section") == 3
    # Sent anew, it would undo what is chosen meanwhile.
    assert not page.test.multiselect[0].proto.set_value
    ask(page, ids[1])  # by a link
    choice = page.test.multiselect[0]
    assert choice.value == [ids[1]] and choice.proto.set_value
    assert not page.test.get("exception") and not page.test.warning
    page.test.multiselect[0].set_value([])
    page.run()
    assert networks.ADDRESS not in page.test.query_params


def test_too_many_and_unknown_ones_are_sentences(page, ids, monkeypatch):
    monkeypatch.setattr(networks, "MOST", 2)
    ask(page, "nobody", *ids)
    bodies = " ".join(one.proto.body for one in page.test.get("html"))
    assert "There is no other run nobody" in bodies and "Up to 2 networks" in bodies
    assert shown(page).count("<section") == 3


def test_strangers_compare_fewer(page, ids, monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    ask(page, *ids)
    assert shown(page).count("<section") == 1 + networks.MOST_IN_PUBLIC < 4
    assert "up to 2" in page.test.multiselect[0].label


def test_one_that_is_too_large_or_damaged_is_a_sentence_in_its_place(page, ids, monkeypatch):
    def damaged(run):
        raise DamagedRun("model.tflite is damaged: its checksum differs.")

    monkeypatch.setattr(cache_digits, "recognizer", damaged)
    monkeypatch.setattr(networks, "_LIMIT_MB", 0.3)
    small = next(run_id for run_id in ids if run_id.startswith("lenet5"))
    large = next(run_id for run_id in ids if run_id.startswith("plain"))
    ask(page, small, large)
    body = shown(page)
    assert "model.tflite is damaged" in body and "are loaded besides the network in use" in body


def test_an_ensemble_says_how_many_of_its_networks_read_what(page, ensemble_run):
    page.run()
    assert page.text("votes") == "3 networks read together."
    page.draw(samples.sample(4))
    image = digit_image.digit_image(ink.rasterize(samples.sample(4)))
    read = Recognizer(ensemble_run).recognize(image)
    if read.is_digit:
        assert page.text("votes") == networks.votes_in_words(read.members)


def test_where_they_disagree_in_words():
    assert in_words([said("A", 4), said("B", 9), said("C", 4)]) == (
        "2 of 3 networks say 4, 1 says 9."
    )
    refused = said("B", 9, False)
    assert in_words([said("A", 4), refused]) == (
        "1 of 2 networks refuses it as no digit; 1 says 4."
    )
    assert in_words([refused, said("A", 4), refused]) == (
        "2 of 3 networks refuse it as no digit; 1 says 4."
    )
    assert in_words([refused, refused]) == "None of these 2 networks takes it for a digit."
    assert in_words([said("A", 4), Said("B", None, "damaged")]) == ""
    assert in_words([Said("A", None), Said("B", None)]) == ""
    body = networks.html([said("A", 4), said("<b>", 9)])
    assert body.count('class="differs"') == 1 and "&lt;b&gt;" in body
