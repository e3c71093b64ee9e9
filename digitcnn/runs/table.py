"""Runs side by side: the columns of a table, and how their recipes differ."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from digitcnn.models.recipes import dataset_title
from digitcnn.models.training_options import BY_NAME
from digitcnn.runs.run import Run
from digitcnn.text import date, duration, percent

DRAWN = "drawn_accuracy"  # entry of a card's metrics, if the benchmark's figure was kept


@dataclass(frozen=True)
class Column:
    """A column of the table of runs.

    Attributes:
        key: its name in programs.
        title: its heading.
        help: what it means, for those who do not know the word.
        value: what a run has there; a number, a text, or ``None``.
        show: the value as text.
    """

    key: str
    title: str
    help: str
    value: Callable[[Run], Any]
    show: Callable[[Any], str] = str

    def text(self, run: Run) -> str:
        """The cell in a run's row; a dash if unknown."""
        value = self.value(run)
        missing = value is None or isinstance(value, float) and math.isnan(value)
        return "–" if missing else self.show(value)


def _metric(name: str) -> Callable[[Run], float | None]:
    return lambda run: run.card.metrics.get(name)


def _recipe(run: Run) -> str:
    name = run.recipe.get("name", "–")
    # Of another set: its figures can't be compared with those on MNIST's test digits.
    dataset = run.recipe.get("dataset", "mnist")
    return name if dataset == "mnist" else f"{name} ({dataset_title(dataset)})"


COLUMNS = (
    Column("network", "Network", "The architecture.", lambda run: run.network),
    Column("recipe", "Recipe", "How it was trained.", _recipe),
    Column(
        "test_accuracy",
        "Test",
        "Share of test digits read correctly; none of them was seen in training.",
        lambda run: run.test_accuracy,
        percent,
    ),
    Column(
        DRAWN,
        "Pen",
        "Share of digits written with a pen that are read correctly, where it was measured: "
        "python -m digitcnn benchmark drawn --keep",
        _metric(DRAWN),
        percent,
    ),
    Column(
        "validation_accuracy",
        "Validation",
        "Best share of validation digits read correctly after any epoch.",
        _metric("validation_accuracy"),
        percent,
    ),
    Column(
        "recall",
        "Recall",
        "Average recall per digit, on the test digits.",
        _metric("test_macro_recall"),
        percent,
    ),
    Column(
        "loss",
        "Loss",
        "Cross-entropy on the test digits: low if the network is right and sure of it.",
        _metric("test_loss"),
        "{:.4f}".format,
    ),
    Column(
        "parameters",
        "Parameters",
        "Numbers that training adjusts.",
        lambda run: run.card.parameters,
        "{:,}".format,
    ),
    Column("seconds", "Time", "How long training took.", lambda run: run.seconds, duration),
    Column("seed", "Seed", "The random seed.", lambda run: run.recipe.get("seed"), str),
    Column("created", "Made", "When it was trained.", lambda run: run.created, date),
)


def differences(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """The entries in which the runs' recipes differ, each with every run's value as text."""
    entries = dict.fromkeys(key for run in runs for key in run.recipe if key != "name")
    table = []
    for entry in entries:
        values = [run.recipe.get(entry) for run in runs]
        if any(value != values[0] for value in values[1:]):
            table.append((_entry_title(entry), [_entry_text(value) for value in values]))
    return table


def _entry_title(entry: str) -> str:
    """What the form calls it."""
    option = BY_NAME.get(entry)
    return entry.replace("_", " ") if option is None else option.title


def _entry_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)
