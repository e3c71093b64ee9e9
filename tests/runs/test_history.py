"""Curves of trainings: read, checked and smoothed."""

import json

import numpy as np
import pytest

from digitcnn.runs import history, store
from tests.run_makers import fill_training, some_card

ROWS = [
    {"epoch": 1, "accuracy": 0.8, "loss": 0.7, "val_accuracy": 0.9, "val_loss": 0.3, "seconds": 4},
    {"epoch": 2, "accuracy": 0.9, "loss": 0.4, "val_accuracy": 0.95, "val_loss": 0.2, "seconds": 6},
]


def test_curves_as_arrays():
    batches = {"step": [5, 10, 15], "loss": [1, 0.5, 0.4], "accuracy": [0.5, 0.7, 0.9]}
    curves = history.read({"epochs": ROWS, "batches": batches}, steps_per_epoch=10)
    assert curves.epochs.tolist() == [1, 2] and curves.seconds.tolist() == [4, 10]
    assert curves.val_loss.tolist() == [0.3, 0.2] and curves.best == 1
    assert curves.batch_epochs.tolist() == [0.5, 1.0, 1.5]
    assert np.isnan(curves.val_recall).all()  # Trainings of old did not write it down.
    rows = [{**row, "recall": 0.7, "val_recall": 0.8} for row in ROWS]
    assert history.read({"epochs": rows}, 10).val_recall.tolist() == [0.8, 0.8]


def test_nothing_has_happened_yet():
    curves = history.read({}, 10)
    assert len(curves.epochs) == len(curves.batch_loss) == 0 and curves.best is None


@pytest.mark.parametrize(
    "values",
    [
        [],
        {"epochs": 3},
        {"epochs": [{}]},
        {"epochs": [{**ROWS[0], "loss": "low"}]},
        {"epochs": [{**ROWS[0], "epoch": None}]},
        {"batches": []},
        {"batches": {"step": [1], "loss": [], "accuracy": [1]}},
        {"batches": {"step": "1", "loss": ["x"], "accuracy": [1]}},
    ],
)
def test_what_is_no_history_is_refused(values):
    with pytest.raises(history.DamagedHistory, match="train again"):
        history.read(values, 10)


def test_of_a_run_batches_lie_along_the_epochs(home):
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    batches = {"step": [100, 200], "loss": [1, 0.5], "accuracy": [0.5, 0.7]}
    (folder / "history.json").write_text(json.dumps({"epochs": ROWS, "batches": batches}))
    card = some_card(folder.name, recipe={"name": "fast", "batch": 100})
    card["dataset"] = {"n_training": 9_000, "n_nondigits": 1_050}  # 100 whole batches
    curves = history.of_run(store.publish(folder, home, card))
    assert curves.batch_epochs.tolist() == [1, 2]


def test_smoothing_keeps_what_is_constant_and_follows_what_changes():
    np.testing.assert_allclose(history.smooth(np.full(50, 3.0), 10), 3.0)
    steps = np.repeat([0.0, 1.0], 200)
    smoothed = history.smooth(steps, 10)
    assert smoothed[0] == 0 and 0 < smoothed[201] < 0.5 < smoothed[220] and smoothed[-1] > 0.999
    assert (np.diff(smoothed) >= 0).all()


def test_smoothing_is_the_bias_corrected_exponential_average():
    values = np.random.default_rng(0).normal(size=30)
    kept = 1 - 2 / 8
    weights = kept ** np.arange(30)
    expected = [
        (values[: i + 1][::-1] * weights[: i + 1]).sum() / weights[: i + 1].sum() for i in range(30)
    ]
    np.testing.assert_allclose(history.smooth(values, 7), expected)


def test_smoothing_passes_over_what_is_no_number():
    smoothed = history.smooth(np.array([np.nan, 1.0, np.inf, 1.0]), 3)
    assert np.isnan(smoothed[0]) and smoothed[1:].tolist() == [1, 1, 1]
