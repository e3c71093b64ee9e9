"""Training again with corrections: what is offered, what is started, and what came of it."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.app.train import again, runs_table
from digitcnn.data import correction_folder
from digitcnn.data.corrections import Correction, CorrectionSet, Of
from digitcnn.models import recipes
from digitcnn.runs import store, trainer_process
from digitcnn.runs.store import open_run
from tests.app.conftest import Page
from tests.app.train.test_train import SCRIPT, all_text, button


@pytest.fixture
def page(monkeypatch, home) -> Page:
    """The Train page, before its first run; training is allowed."""
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    return Page(AppTest.from_string(SCRIPT, default_timeout=180))


@pytest.fixture
def some() -> CorrectionSet:
    of = Of("mnist-training", "the 60,000 training digits of MNIST", "a" * 64, 60_000)
    said = [Correction(1, "label", 0, 1), Correction(2, "leave out", 4), Correction(3, "right", 1)]
    return CorrectionSet("second look", of, {}).with_these(said)


def retrained(home, fingerprint: str = "b" * 64) -> store.Run:
    """A run as the starter's, trained with corrections."""
    starter = open_run(settings.STARTER_FOLDER)
    folder = store.new_training(home, "again")
    for name in starter.card.files:
        (folder / name).write_bytes((starter.folder / name).read_bytes())
    card = starter.card.to_seal
    used = [{"name": "second look", "fingerprint": fingerprint, "n": 3}]
    recipe = {**card["recipe"], "corrections": "second look"}
    changes = {"recipe": recipe, "corrections": used, "n_corrected": 2}
    return store.publish(folder, home, {**card, "id": folder.name, "name": "again", **changes})


def test_nothing_is_offered_without_corrections(page, home, some):
    assert button(page.run(), "start-again") is None
    correction_folder.write(home, some.without([1, 2]))  # only found right: nothing would change
    assert button(page.run(), "start-again") is None
    tests = replace(some, name="tests", of=replace(some.of, key="mnist"))
    correction_folder.write(home, tests)  # of digits that nothing is learned from
    assert button(page.run(), "start-again") is None


def test_again_with_these_corrections(page, home, some, monkeypatch):
    started = []
    monkeypatch.setattr(trainer_process, "start", lambda *told: started.append(told))
    correction_folder.write(home, some)
    page.run()
    assert button(page, "start-again").label == "Train again, with these 2 corrections"
    assert "3 corrections: 1 relabelled, 1 left out, 1 found right" in all_text(page)
    page.click("start-again")
    ((_, name, options),) = started
    starter = open_run(settings.STARTER_FOLDER)
    asked = recipes.Recipe.from_dict({**starter.recipe, "corrections": "second look"})
    assert name == asked.name and ["--recipe", name, *options] == recipes.options(asked)
    assert "second look" in options and "--corrections" in options


def test_of_several_sets_the_one_that_explore_asked_for(page, home, some, monkeypatch):
    for name in ("one", "two"):
        correction_folder.write(home, some.renamed(name))
    page.test.query_params["corrections"] = "one"
    page.run()
    assert page.test.selectbox(key="again-set").value == "one"
    assert "“one”" not in page.notes


def test_a_run_that_had_corrections_keeps_them(home, some):
    run = retrained(home)
    (offer,) = again.offers([some.renamed("third look")], [run], run.id, ["second look"])
    assert offer.recipe.corrections == "second look+third look"
    (offer,) = again.offers([some.renamed("third look")], [run], run.id, ["third look"])
    assert offer.recipe.corrections == "third look"  # the other one is gone


def test_what_was_learned_with_already_is_not_offered_again(home, some):
    starter = open_run(settings.STARTER_FOLDER)
    assert again.offers([some], [starter], starter.id, [some.name])
    done = retrained(home, fingerprint=some.fingerprint)
    assert not again.offers([some], [done, starter], starter.id, [some.name])
    changed = some.with_these([Correction(9, "leave out", 4)])
    assert again.offers([changed], [done, starter], starter.id, [some.name])


def test_what_came_of_it_is_told_at_the_run(page, home):
    run = retrained(home)
    page.run()
    page.test.session_state[runs_table._ACTED] = run.id
    page.run()
    text = all_text(page)
    assert "Trained with “second look”: 2 training digits had another label" in text
    n = open_run(settings.STARTER_FOLDER).card.metrics["test_errors"]
    assert f"again makes as many mistakes as built-in network ({n} against {n} of 10,000)" in text


def test_two_ticked_runs_are_compared_in_words(page, home):
    run = retrained(home)
    page.run()
    assert "On the original labels" not in all_text(page)
    page.test.session_state[runs_table._CHOSEN] = [run.id, "starter"]
    page.run()
    assert "makes as many mistakes as" in all_text(page)  # a copy: neither is the newer one


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("tests", "which no training learns from; it is used when runs are compared"),
        ("found right", "there is no need to train again"),
        ("elsewhere", "No run here was trained on the digits of a file"),
        ("gone", "There is no correction set “gone” here."),
    ],
)
def test_a_set_that_is_asked_for_in_vain_is_told_why(page, home, some, asked, why):
    """Explore's button, or a link, leads here: without a word its set would seem to be in use."""
    for one in (
        replace(some, name="tests", of=replace(some.of, key="mnist", name="MNIST’s test digits")),
        replace(some.without([1, 2]), name="found right"),
        replace(
            some,
            name="elsewhere",
            of=replace(some.of, key="file.npz-training", name="the digits of a file"),
        ),
    ):
        correction_folder.write(home, one)
    page.test.query_params["corrections"] = asked
    assert why in all_text(page.run())
    assert button(page, "start-again") is None


def test_a_set_that_was_learned_with_needs_no_word(page, home, some):
    correction_folder.write(home, some)
    retrained(home, some.fingerprint)
    page.test.query_params["corrections"] = some.name
    assert "so none can be trained again" not in all_text(page.run())
