"""When the app trains by itself: once, where there is no run yet, and where it may."""

import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.runs import lock, store, trainer_process
from digitcnn.system import resources
from tests.places import ROOT


@pytest.fixture(autouse=True)
def _training(monkeypatch, character):
    """A stand-in trains, with a recipe that tells it from others."""
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    monkeypatch.setenv("DIGITCNN_RECIPE", "fast")


def visit() -> AppTest:
    """A new session's first look at the page."""
    test = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180).run()
    assert not test.exception
    return test


def says(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


def test_first_visit_starts_a_training_with_the_recipe_of_the_settings(home):
    assert "being trained in the background" in says(visit())
    arguments = list(trainer_process._children[home].process.args)
    assert arguments[-4:-1] == ["--recipe", "fast", "--seed"]
    # The starter's own seed would make the starter once more.
    assert int(arguments[-1]) != store.open_run(settings.STARTER_FOLDER).recipe["seed"]


def test_second_visit_starts_no_other(home):
    visit()
    process = trainer_process._children[home].process
    visit()
    assert trainer_process._children[home].process is process


def test_training_of_another_process_is_watched_instead(home):
    with lock.hold(home):
        store.new_training(home, "digitcnn-fast")
        assert "being trained in the background" in says(visit())
    assert home not in trainer_process._children


def test_failed_first_training_is_not_started_again_and_again(home, character):
    character("broken")
    visit()
    trainer_process._children[home].process.wait(30)
    test = visit()
    assert "Training failed" in says(test) and "The moon is in the wrong place." in says(test)
    assert trainer_process._children[home].process.returncode == 2


def test_nothing_is_trained_where_it_may_not(home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_TRAINING", "off")
    assert "being trained" not in says(visit())
    assert home not in trainer_process._children


def forget(home: Path) -> None:
    """Ends the training, and what this process remembers: as after a restart of the app."""
    process = trainer_process._children.pop(home).process
    process.kill()
    process.wait()
    st.cache_resource.clear()


def test_public_app_trains_once_in_the_life_of_its_home(home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    assert "being trained in the background" in says(visit())
    while not list(home.glob("training/*/progress.json")):
        time.sleep(0.1)  # What it leaves behind is no news for strangers.
    forget(home)
    test = visit()
    assert home not in trainer_process._children
    assert "the built-in network" in says(test) and "Training failed" not in says(test)


def test_own_app_tries_again_after_a_restart(home):
    visit()
    forget(home)
    visit()
    assert home in trainer_process._children


@pytest.mark.parametrize("public", ["0", "1"])
def test_nothing_is_trained_without_the_memory_for_it(home, monkeypatch, public):
    monkeypatch.setenv("DIGITCNN_PUBLIC", public)
    monkeypatch.setattr(resources, "free_memory_mb", lambda: 540.0)
    test = visit()
    assert home not in trainer_process._children
    assert "the built-in network" in says(test)
    assert ("540 MB are free" in says(test)) == (public == "0")
    # A larger machine may still train: nothing was used up.
    monkeypatch.setattr(resources, "free_memory_mb", lambda: 4_000.0)
    st.cache_resource.clear()
    visit()
    assert home in trainer_process._children


def test_nothing_is_trained_where_there_is_a_run(home):
    starter = store.open_run(settings.STARTER_FOLDER)
    folder = store.new_training(home, "digitcnn-copy")
    for name in starter.card.files:
        (folder / name).write_bytes((starter.folder / name).read_bytes())
    card = starter.card.to_seal
    store.publish(folder, home, {**card, "id": folder.name})
    visit()
    assert home not in trainer_process._children


def test_home_that_cannot_be_written_is_named_and_the_starter_reads(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DIGITCNN_HOME", str(tmp_path / "file" / "home"))
    test = visit()
    assert "DIGITCNN_HOME" in says(test) and "the built-in network" in says(test)
    assert [warning.value for warning in test.warning] == []
