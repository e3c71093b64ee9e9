"""Runs side by side: what their table says, and where their recipes differ."""

import pytest

from digitcnn.runs import store, table
from tests.run_makers import fill_training, some_card


@pytest.fixture
def make(home):
    """Makes a run with such a card."""

    def make(**changes) -> store.Run:
        folder = store.new_training(home, "plain-fast")
        fill_training(folder)
        return store.publish(folder, home, some_card(folder.name, **changes))

    return make


def texts(run: store.Run) -> dict[str, str]:
    return {column.key: column.text(run) for column in table.COLUMNS}


def test_what_a_table_says_of_a_run(make):
    metrics = {
        "test_accuracy": 0.99119, "validation_accuracy": 0.9, "test_macro_recall": 0.98765,
        "test_loss": 0.03, "drawn_accuracy": 0.971,
    }  # fmt: skip
    shown = texts(make(metrics=metrics, seconds=3_900.2))
    assert shown["test_accuracy"] == "99.12%" and shown["recall"] == "98.77%"
    assert shown["loss"] == "0.0300" and shown["drawn_accuracy"] == "97.10%"
    assert shown["parameters"] == "121,930" and shown["seconds"] == "1 h 5 min"
    assert shown["seed"] == "0" and shown["created"] == "2 Jan 2026"


def test_what_nobody_measured_is_a_dash(make):
    shown = texts(make(recipe={}))
    assert shown["drawn_accuracy"] == shown["recall"] == shown["seed"] == shown["recipe"] == "–"


def test_runs_on_other_digits_say_so(make):
    assert texts(make(recipe={"name": "fast", "dataset": "handwriting"}))["recipe"] == (
        "fast (handwriting)"
    )


def test_every_column_has_a_heading_and_an_explanation():
    for column in table.COLUMNS:
        assert column.title and column.help.endswith((".", "--keep"))


def test_differences_are_where_recipes_differ(make):
    first = make(recipe={"name": "a", "epochs": 3, "augment": True, "weight_decay": 0.02})
    second = make(recipe={"name": "b", "epochs": 3, "augment": False, "handwriting": 30_000})
    assert table.differences([first, second]) == [
        ("Augmentation", ["yes", "no"]),
        ("Weight decay", ["0.02", "–"]),
        ("Synthetic digits", ["–", "30,000"]),
    ]
    assert table.differences([first, first]) == table.differences([]) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.6, "1 min 0 s"), (171, "2 min 51 s"), (7260, "2 h 1 min")],
)
def test_times_as_people_say_them(seconds, text):
    assert table.duration(seconds) == text


def test_figures_measured_later_are_kept_with_the_run(make, home):
    run = make()
    kept = store.keep_figures(home, run.id, {"drawn_accuracy": 0.98})
    assert kept.card.metrics == {**run.card.metrics, "drawn_accuracy": 0.98}
    assert store.current_run(home) == (kept, [])


def test_run_that_nobody_named_is_called_by_recipe_seed_and_time():
    from digitcnn.runs.run import human_name

    recipe = {"network": "digitcnn", "name": "default", "seed": 0}
    assert human_name(recipe, "2026-11-25T20:07:54") == "default · seed 0 · 25 Nov 20:07"
    recipe = {"network": "plain", "name": "fast", "seed": 3}
    assert human_name(recipe, "2026-11-25T20:07:54") == "plain · fast · seed 3 · 25 Nov 20:07"
    assert human_name({}, "2026-11-25T20:07:54") == "25 Nov 20:07"  # a card of old
