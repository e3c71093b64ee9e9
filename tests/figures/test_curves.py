"""Figures of trainings: they show the values, on any ground, and by more than colour."""

import itertools
import json

import numpy as np
import plotly.graph_objects as go
import pytest

from digitcnn.app.train.runs_table import SYMBOLS
from digitcnn.figures import curves as figures_training
from digitcnn.figures import runs
from digitcnn.figures.runs import Compared
from digitcnn.runs import history


def some_history(n_epochs: int = 3, n_points: int = 60) -> history.History:
    epochs = [
        {"epoch": i + 1, "accuracy": 0.9 + i / 100, "loss": 0.5 / (i + 1), "seconds": 10,
         "val_accuracy": 0.95 + i / 100, "val_loss": 0.2 / (i + 1)}
        for i in range(n_epochs)
    ]  # fmt: skip
    steps = np.arange(1, n_points + 1)
    batches = {
        "step": steps.tolist(),
        "loss": (2 / steps).tolist(),
        "accuracy": (1 - 0.5 / steps).tolist(),
    }
    return history.read({"epochs": epochs, "batches": batches}, n_points / max(n_epochs, 1))


def compared(n: int) -> list[Compared]:
    return [Compared(f"run {i}", some_history(i + 1), 0.9 + i / 100, 10.0 * (i + 1),
                     1000 * (i + 1), i)
            for i in range(n)]  # fmt: skip


ALL = {
    "accuracy": lambda: figures_training.accuracy_curves(some_history(), 5),
    "loss": lambda: figures_training.loss_curves(some_history(), 5),
    "nothing yet": lambda: figures_training.loss_curves(some_history(0, 0), 5),
    "overlaid": lambda: runs.overlaid_curves(compared(3)),
    "by seconds": lambda: runs.overlaid_curves(compared(2), "val_loss", "seconds"),
    "time": lambda: runs.accuracy_against(compared(4), "seconds"),
    "size": lambda: runs.accuracy_against(compared(1), "parameters"),
}


@pytest.mark.parametrize("name", ALL)
def test_plotly_takes_them_and_json_holds_them(name):
    figure = ALL[name]()
    go.Figure(figure)  # Plotly refuses what it does not know.
    json.dumps(figure, allow_nan=False)


def test_curves_show_the_values():
    curves = some_history()
    batches, training, validation, best = figures_training.accuracy_curves(curves, 5)["data"]
    assert (best["x"], best["y"]) == ([3], [0.97])
    assert validation["y"] == [0.95, 0.96, 0.97] and training["y"] == [0.9, 0.91, 0.92]
    assert batches["x"][-1] == 3 and batches["y"][0] == 0.5
    assert batches["y"] == pytest.approx(history.smooth(curves.batch_accuracy, 5), abs=1e-6)


def test_error_is_what_is_missing_to_all_on_a_logarithmic_scale():
    figure = figures_training.accuracy_curves(some_history(), 5, error=True, test=0.98)
    validation, best, test = figure["data"][2:]
    assert validation["y"] == pytest.approx([0.05, 0.04, 0.03]) and best["y"] == [0.03]
    assert test["y"] == pytest.approx([0.02, 0.02]) and test["name"] == "test 98.00%"
    axis = figure["layout"]["yaxis"]
    assert axis["type"] == "log" and all(tick.endswith("%") for tick in axis["ticktext"])
    flawless = some_history()
    flawless.val_accuracy[:] = 1
    go.Figure(figures_training.accuracy_curves(flawless, 5, error=True, test=1.0))


def test_the_third_epoch_and_all_after_it_can_be_told_apart():
    accuracies = np.array([0.6, 0.96, 0.99, 0.992, 0.994, 0.995])
    low, high = figures_training.accuracy_range([accuracies])
    assert low >= 0.98 and high < 1.01


@pytest.mark.parametrize("longest", [40.0, 1_200.0, 90_000.0])
def test_times_below_the_axis_have_room(longest):
    made = [Compared("run", None, 0.99, seconds, 1_000, 0) for seconds in (20.0, longest)]
    axis = runs.accuracy_against(made, "seconds")["layout"]["xaxis"]
    places = np.log10(axis["tickvals"])
    low, high = axis["range"]
    assert len(places) >= 2 and np.all((low <= places) & (places <= high))
    assert np.all(np.diff(places) >= (high - low) / 8)  # a text is a tenth of a phone's chart


@pytest.mark.parametrize("accuracies", [(0.9956, 0.9956), (0.9, 0.99), (1.0,)])
def test_equal_runs_are_not_lost_on_a_long_axis(accuracies):
    made = [Compared("run", None, accuracy, 10.0, 1_000, 0) for accuracy in accuracies]
    low, high = runs.accuracy_against(made, "seconds")["layout"]["yaxis"]["range"]
    assert low < min(accuracies) and max(accuracies) < high <= 1.001
    assert high - low < 1.5 * (max(accuracies) - min(accuracies)) + 0.006


@pytest.mark.parametrize("name", ALL)
def test_charts_zoom_and_keep_their_mode_bar_off_the_legend(name):
    layout = ALL[name]()["layout"]
    assert layout["dragmode"] == "zoom" and "fixedrange" not in layout["yaxis"]
    # The mode bar is at the right of the margin above, the legend at its left end.
    assert layout["legend"]["xanchor"] == "left" and layout["margin"]["t"] >= 30
    assert layout["margin"]["t"] >= 60 or not layout["showlegend"]
    assert layout["hovermode"] == ("closest" if name in ("time", "size") else "x unified")


def test_axis_runs_over_all_epochs_to_come():
    low, high = figures_training.accuracy_curves(some_history(2), 20)["layout"]["xaxis"]["range"]
    assert low == 0 and 20 <= high < 21


def test_a_bad_beginning_does_not_squeeze_the_rest():
    low, high = figures_training.accuracy_curves(some_history(), 5)["layout"]["yaxis"]["range"]
    assert 0.85 <= low <= 0.92 and 1 <= high < 1.05


def test_loss_is_shown_with_round_numbers_around_it():
    axis = figures_training.loss_curves(some_history(), 5)["layout"]["yaxis"]
    low, high = (10.0**end for end in axis["range"])
    assert low < 0.2 / 3 and high > 1.9
    assert len(axis["tickvals"]) >= 3 and all(low <= tick <= high for tick in axis["tickvals"])


def test_what_can_not_be_shown_is_a_gap():
    curves = some_history()
    curves.val_loss[:] = [np.nan, 0.0, 0.1]
    assert figures_training.loss_curves(curves, 5)["data"][2]["y"] == [None, None, 0.1]


def test_ten_times_the_epochs_keep_the_numbers_below_apart():
    for n_epochs in (1, 8, 60, 1000):
        step = figures_training.accuracy_curves(some_history(), n_epochs)["layout"]["xaxis"][
            "dtick"
        ]
        assert n_epochs / step <= 12


def test_runs_without_curves_or_not_chosen_are_left_out():
    chosen, other = compared(2)
    bare = Compared("bare", None, 0.9, 1.0, 10, 2)
    unchosen = Compared("unchosen", some_history(), 0.9, 1.0, 10, None)
    names = [t["name"] for t in runs.overlaid_curves([chosen, bare, unchosen])["data"]]
    assert names == ["run 0 · test 90.00%"]
    points = runs.accuracy_against([chosen, unchosen], "seconds")["data"]
    assert {p["name"]: p["marker"]["symbol"] for p in points} == {
        "unchosen": "circle-open", "run 0": "circle",
    }  # fmt: skip
    assert points[-1]["name"] == "run 0"  # drawn last, on top


def test_names_are_text():
    (trace,) = runs.overlaid_curves([Compared("<b>&" + "x" * 60, some_history(), 0.9, 1.0, 10, 0)])[
        "data"
    ]
    assert trace["name"].startswith("&lt;b&gt;&amp;") and trace["name"].endswith("… · test 90.00%")
    assert "<b>" not in trace["hovertemplate"]


def test_figures_are_told_in_words():
    told = figures_training.curves_in_words(some_history())
    assert "after epoch 3, 92.00% of the training digits" in told and "97.00%" in told
    assert "not over yet" in figures_training.curves_in_words(some_history(0))
    assert "run 1 ends at 96.00%" in runs.overlaid_in_words(
        compared(2), "val_accuracy", "Validation accuracy"
    )
    assert "run 1: 91.00%, 2,000" in runs.against_in_words(compared(2), "parameters")


def luminance(color: str) -> float:
    """Relative luminance; source: WCAG 2.2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["#faf9f6", "#16171b", "#edf0fb", "#22263a"])
@pytest.mark.parametrize("color", [*runs.RUN_COLORS, figures_training.TRAINING_COLOR])
def test_lines_stand_out_on_light_and_dark_ground(color, ground):
    assert contrast(color, ground) >= 3


def test_no_two_runs_look_alike():
    figure = runs.overlaid_curves(compared(8))
    looks = [(t["line"]["color"], t["marker"]["symbol"]) for t in figure["data"]]
    for (color, symbol), (other_color, other_symbol) in itertools.combinations(looks, 2):
        assert color != other_color and symbol != other_symbol
    assert len(SYMBOLS) == len(runs.RUN_SYMBOLS) == len(runs.RUN_COLORS)
