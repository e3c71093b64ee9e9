"""Cards from elsewhere: what readers could not use is refused, with its entry named."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitcnn import settings
from digitcnn.runs import run as run_folder
from digitcnn.runs import store
from digitcnn.runs.card import DamagedRun, NewerRun, read_card
from tests.run_makers import fill_training, some_card


def entries(**changes) -> dict:
    sealed = {"format": 1, "files": {"model.keras": "0" * 64}, "checksum": "1" * 64}
    return {**some_card("plain-1"), **sealed, **changes}


def test_a_card_is_what_it_says():
    card = read_card(entries())
    assert (card.id, card.network, card.test_accuracy) == ("plain-1", "plain", 0.9912)
    assert card.calibration.temperature == 1.0 and card.layers[0].shape == (26, 26, 32)
    assert card.dataset.n_training == 0 and card.dataset.fingerprint == "0" * 64
    assert set(card.to_seal) == set(some_card("plain-1"))


def test_the_starters_card_passes():
    starter = store.open_run(settings.STARTER_FOLDER).card
    assert starter.calibration.temperature > 0 and starter.dataset.n_test == 10_000


_CALIBRATION = {"temperature": 1.0, "digit_threshold": 0.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 0},
        {"format": True},
        {"format": "1"},
        {"id": "../../elsewhere"},
        {"name": ""},
        {"name": "a" * 81},
        {"name": "two\nlines"},
        {"created": "yesterday"},
        {"created": 5},
        {"network": "a" * 1000},
        {"parameters": -1},
        {"parameters": 1.5},
        {"parameters": True},
        {"seconds": "long"},
        {"seconds": float("nan")},
        {"seconds": 10**400},
        {"layers": [1]},
        {"layers": [{"layer": "ReLU", "shape": 5, "parameters": 0}]},
        {"layers": [{"layer": "ReLU", "shape": ["<b>"], "parameters": 0}]},
        {"layers": [{"layer": "ReLU", "shape": [], "parameters": 0}] * 1000},
        {"recipe": None},
        {"recipe": {"batch": 0}},
        {"recipe": {"seed": "x"}},
        {"recipe": {"name": []}},
        {"recipe": {"tta": "yes"}},
        {"recipe": {"views": "yes"}},
        {"recipe": {"anything": {"deep": 1}}},
        {"recipe": {"learning_rate": float("inf")}},
        {"metrics": {}},
        {"metrics": {"test_accuracy": "good"}},
        {"metrics": {"test_accuracy": 1.01}},
        {"metrics": {"test_accuracy": 0.9, "test_loss": float("nan")}},
        {"metrics": {"test_accuracy": 0.9, "test_ece": []}},
        {"calibration": {}},
        {"calibration": {**_CALIBRATION, "temperature": 0}},
        {"calibration": {**_CALIBRATION, "temperature": -1.0}},
        {"calibration": {**_CALIBRATION, "temperature": 1e-300}},
        {"calibration": {**_CALIBRATION, "digit_threshold": "high"}},
        {"dataset": {"n_training": "many"}},
        {"dataset": {"name": 5}},
        {"dataset": {"anything": []}},
        {"versions": {"python": 3.11}},
        {"versions": {str(n): "1" for n in range(1000)}},
        {"files": {"../secret": "0" * 64}},
        {"files": {"model.keras": "short"}},
        {"checksum": 0},
    ],
    ids=str,
)
def test_what_readers_could_not_use_is_refused(changes):
    with pytest.raises(DamagedRun, match=r"card\.json"):
        read_card(entries(**changes))


@example("versions", None)
@given(
    st.sampled_from(sorted(entries())),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=9), part),
        max_leaves=9,
    ),
)
def test_any_entry_may_be_anything(key, value):
    try:
        card = read_card(entries(**{key: value}))
    except DamagedRun:
        return
    assert 0 <= card.test_accuracy <= 1 and card.calibration.temperature > 0


def publish(home, **changes):
    folder = store.new_training(home, "plain")
    fill_training(folder)
    run = store.publish(folder, home, some_card(folder.name))
    run_folder.write_card(run.folder, {**run.card.entries, **changes})
    return run


def test_a_newer_versions_run_is_named_as_such_and_passed_over(home):
    newer = publish(home, format=2, calibration="another thing altogether")
    listing = next(listing for listing in store.list_runs(home) if listing.id == newer.id)
    assert listing.state == "newer" and "newer version" in listing.reason
    run, complaints = store.current_run(home)
    assert run.is_starter and newer.id in complaints[0]
    assert "Update" in complaints[0] and "damaged" not in complaints[0]
    with pytest.raises(NewerRun, match="Update"):
        store.find_run(home, newer.id)
    store.remove(home, newer.id)  # for whoever wants it gone
    assert len(store.list_runs(home)) == 1


@pytest.mark.parametrize(
    "changes", [{"calibration": {}}, {"created": "x"}, {"deep": json.loads("[" * 900 + "]" * 900)}]
)
def test_a_run_with_odd_entries_is_set_aside_and_can_be_removed(changes, home):
    odd = publish(home, **{key: value for key, value in changes.items() if key != "deep"})
    if "deep" in changes:
        card = odd.folder / "card.json"
        card.write_text(card.read_text()[:-2] + ', "deep": ' + json.dumps(changes["deep"]) + "}")
    run, complaints = store.current_run(home)
    assert run.is_starter and odd.id in complaints[0]
    store.remove(home, odd.id)


def test_a_card_that_could_not_be_read_is_not_written(home):
    folder = store.new_training(home, "plain")
    fill_training(folder)
    with pytest.raises(run_folder.IncompleteRun, match="temperature"):
        store.publish(folder, home, some_card(folder.name, calibration={"temperature": 0}))


def test_entries_of_an_earlier_version_have_the_names_of_today():
    old = {"name": "x", "smoothing": 0.02, "averaging": 0.996, "views": True}
    card = read_card(entries(recipe=old))
    assert card.recipe == {
        "name": "x",
        "label_smoothing": 0.02,
        "ema_momentum": 0.996,
        "tta": True,
    }
    assert card.entries["recipe"] == old
