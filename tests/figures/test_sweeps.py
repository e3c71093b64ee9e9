"""The chart of a sweep, as Plotly reads it."""

import plotly.graph_objects as go
import pytest

from digitcnn.figures import sweeps as figures
from digitcnn.runs.sweeps import Sweep, Trial


def sweep_of(*trials: dict) -> Sweep:
    made = [Trial(i + 1, **trial) for i, trial in enumerate(trials)]
    return Sweep("fast-1", "fast", made)


SWEEP = sweep_of(
    {"changes": {"rate": 0.001, "network": "plain", "epochs": 1}, "validation_accuracy": 0.9},
    {"changes": {"rate": 0.1, "network": "<b>mlp", "epochs": 1}, "validation_accuracy": 0.95,
     "run": "mlp-1"},
    {"changes": {"rate": 0.01, "network": "plain", "epochs": 1}, "error": "It failed."},
)  # fmt: skip


def test_entries_that_were_the_same_in_all_trials_are_not_offered():
    assert figures.varied(SWEEP) == ["rate", "network"]


@pytest.mark.parametrize(
    ("entry", "kind", "values"),
    [("rate", "log", (0.001, 0.1)), ("network", "category", ("plain", "&lt;b&gt;mlp"))],
)
def test_trials_that_ended_are_points_and_the_kept_one_stands_out(entry, kind, values):
    figure = go.Figure(figures.accuracy_along(SWEEP, entry))
    (points,) = figure.data
    assert figure.layout.xaxis.type == kind
    assert tuple(points.x) == values and tuple(points.y) == (0.9, 0.95)
    assert points.marker.size[1] > points.marker.size[0]


def test_in_words_the_best_is_first():
    words = figures.along_in_words(SWEEP, "rate")
    assert words.index("0.1: 95") < words.index("0.001: 90")
