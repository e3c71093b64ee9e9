"""A training → Plotly figures of accuracy and loss, during the training or after.

As in :mod:`digitcnn.figures.bars`: dicts, ground and text left to the page's theme, and colours
that stand out on light and dark alike. No line is told from another by colour alone.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from digitcnn.array_types import Floats, Ints
from digitcnn.figures.colors import CHOSEN_COLOR, OTHER_COLOR
from digitcnn.runs.history import History, smooth
from digitcnn.text import percent

TRAINING_COLOR = "#c0631c"

CURVES_HEIGHT_PX = 280

_SPAN = 0.04  # of the training, that the smoothed batch curve reaches back
_LEAST_LOSS = 1e-6  # a logarithmic scale has no zero
_BEGINNING = 0.3  # part of a curve that does not decide where the axis starts


def accuracy_curves(
    history: History, n_epochs: int, error: bool = False, test: float | None = None
) -> dict[str, Any]:
    """Accuracy as training proceeds: each epoch's, and the smoothed batches'.

    Args:
        history: so far, or all of it.
        n_epochs: how many there will be.
        error: the share of mistakes instead, on a logarithmic scale, which tells 99.3 from 99.6 %.
        test: accuracy on the test digits, if it is known.
    """
    batches = history.batch_accuracy
    traces = [
        _batch_trace(history.batch_epochs, 1 - batches if error else batches, "%{y:.2%}", error),
        *epoch_traces(history, "accuracy", error),
    ]
    if error:
        axis = error_axis(traces)
    else:
        heights = [smoothed(history.batch_accuracy), history.accuracy, history.val_accuracy]
        axis = {"tickformat": ".3~%", "range": accuracy_range(heights)}
    figure = _curves(traces, "Error" if error else "Accuracy", n_epochs, axis)
    _mark_best(figure, history, error)
    if test is not None:
        _mark_test(figure, test, error)
    return figure


def _mark_best(figure: dict[str, Any], history: History, error: bool) -> None:
    """A ring around the epoch that read most validation digits correctly."""
    best = history.best
    if best is None:
        return
    accuracy = float(history.val_accuracy[best])
    if not math.isfinite(accuracy) or error and accuracy >= 1:
        return
    figure["data"].append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"best epoch ({int(history.epochs[best])})",
            "x": [int(history.epochs[best])],
            "y": [round(1 - accuracy if error else accuracy, 6)],
            "marker": {"symbol": "circle-open", "size": 15, "color": CHOSEN_COLOR,
                       "line": {"width": 2}},
            "hoverinfo": "skip",
        }
    )  # fmt: skip


def _mark_test(figure: dict[str, Any], test: float, error: bool) -> None:
    """A dotted line at the figure of the test digits, which chose nothing."""
    y = 1 - test if error else test
    if error and y <= 0:
        return
    figure["data"].append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": f"test {percent(test)}",
            "x": [0, figure["layout"]["xaxis"]["range"][1]],
            "y": [y, y],
            "line": {"color": OTHER_COLOR, "width": 1.5, "dash": "dot"},
            "hoverinfo": "skip",
        }
    )


def loss_curves(history: History, n_epochs: int) -> dict[str, Any]:
    """Loss as training proceeds, on a logarithmic scale; see :func:`accuracy_curves`."""
    traces = [
        _batch_trace(history.batch_epochs, history.batch_loss, "%{y:.4f}", True),
        *epoch_traces(history, "loss"),
    ]
    return _curves(traces, "Loss", n_epochs, loss_axis(traces))


def epoch_traces(history: History, measure: str, error: bool = False) -> list[dict[str, Any]]:
    """A measure after each epoch, on the training digits and on the validation digits.

    Pages and reports draw the same: what can't be shown is a gap in both.

    Args:
        history: so far, or all of it.
        measure: ``"accuracy"``, ``"recall"`` or ``"loss"``.
        error: of a share, what is missing to all, for a logarithmic scale.
    """
    shown = "%{y:.4f}" if measure == "loss" else "%{y:.2%}"
    curves = (("training", measure), ("validation", f"val_{measure}"))
    return [
        _epoch_trace(
            history.epochs,
            1 - getattr(history, what) if error else getattr(history, what),
            name,
            shown,
            logarithmic=error or measure == "loss",
        )
        for name, what in curves
    ]


def curves_in_words(history: History) -> str:
    """What the curves show, for those who cannot see them."""
    if not len(history.epochs):
        return "Curves of accuracy and loss; the first epoch is not over yet."
    last = (
        f"after epoch {history.epochs[-1]}, {history.accuracy[-1]:.2%} of the training digits and "
        f"{history.val_accuracy[-1]:.2%} of the validation digits are read correctly; loss "
        f"{history.loss[-1]:.4f} and {history.val_loss[-1]:.4f}"
    )
    return f"Curves of accuracy and loss: {last}."


def _batch_trace(x: Floats, y: Floats, shown: str, logarithmic: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "batches",
        "x": plain(x),
        "y": plain(smoothed(y), logarithmic),
        "line": {"color": OTHER_COLOR, "width": 1.5},
        "hovertemplate": f"{shown}<extra>batches, smoothed</extra>",
    }


def _epoch_trace(
    x: Floats | Ints, y: Floats, name: str, shown: str, logarithmic: bool
) -> dict[str, Any]:
    validation = name == "validation"
    color = CHOSEN_COLOR if validation else TRAINING_COLOR
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": plain(x),
        "y": plain(y, logarithmic),
        "line": {"color": color, "width": 2, "dash": "solid" if validation else "dash"},
        "marker": {
            "color": color,
            "size": 8 if len(x) <= 20 else 5,
            "symbol": "circle" if validation else "square",
        },
        "hovertemplate": f"{shown}<extra>{name}</extra>",
    }


def _curves(
    traces: list[dict[str, Any]], title: str, n_epochs: int, up: dict[str, Any]
) -> dict[str, Any]:
    across = {
        "title": {"text": "epochs"},
        "range": [0, max(n_epochs, 1) * 1.02],
        "dtick": epoch_step(n_epochs),
    }
    layout = layout_of(CURVES_HEIGHT_PX, across, up)
    layout["title"] = {"text": title, "x": 0, "xanchor": "left", "y": 0.97, "yanchor": "top",
                       "font": {"size": 16}}  # fmt: skip
    layout["xaxis"]["hoverformat"] = ".2~f"
    return {"data": traces, "layout": layout}


def layout_of(height_px: int, across: dict[str, Any], up: dict[str, Any]) -> dict[str, Any]:
    """What charts of trainings look like, given their height and their axes across and up."""
    return {
        "template": {},
        "height": height_px,
        "margin": {"l": 4, "r": 8, "t": 64, "b": 4},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
        },
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": "zoom",
        "hovermode": "x unified",
        "uirevision": "kept",  # Who has zoomed into a chart that grows stays there.
        # Above the legend, at the right; without a ground it hides nothing.
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": OTHER_COLOR, "activecolor": CHOSEN_COLOR},
        "xaxis": {"automargin": True, "zeroline": False, **across},
        "yaxis": {"automargin": True, "zeroline": False, **up},
    }


def smoothed(values: Floats) -> Floats:
    """A batch curve as it is shown; float64 (n,)."""
    return smooth(values, max(5.0, _SPAN * len(values)))


def accuracy_range(curves: Sequence[np.ndarray]) -> list[float]:
    """From a little below the lowest that still matters to all correct.

    Args:
        curves: accuracies (n,), from the first to the last.
    """
    # How it began would squeeze what came of it; it can be seen by zooming out.
    values = np.concatenate(
        [np.empty(0), *(curve[math.ceil(_BEGINNING * len(curve)) :] for curve in curves)]
    )
    values = values[np.isfinite(values)]
    if not len(values):
        values = np.concatenate([*curves, [0.0]])
    low = float(np.nanmin(values))
    # The lower end moves in few steps: the curves should not crawl while a person looks.
    steps = (0.99, 0.98, 0.96, 0.94, 0.92, 0.9, 0.85, 0.8, 0.65, 0.5)
    floor = next((floor for floor in steps if low >= floor), 0.0)
    return [floor, 1 + (1 - floor) * 0.03]


def loss_axis(traces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A logarithmic axis around what the traces show, with round numbers beside it."""
    values = [value for trace in traces for value in trace["y"] if value is not None]
    low, high = (math.log10(pick(values)) if values else 0.0 for pick in (min, max))
    low, high = low - 0.06 - 0.04 * (high - low), high + 0.06 + 0.04 * (high - low)
    exponents = range(math.floor(low), math.ceil(high) + 1)
    for steps in ((1,), (1, 2, 5), tuple(range(1, 10))):
        ticks = [n * 10.0**e for e in exponents for n in steps]
        ticks = [tick for tick in ticks if low <= math.log10(tick) <= high]
        if len(ticks) >= 4:
            break
    return {
        "type": "log",
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [f"{tick:.4g}" for tick in ticks],
    }


def error_axis(traces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """As :func:`loss_axis`, for shares of mistakes."""
    axis = loss_axis(traces)
    return {**axis, "ticktext": [f"{100 * tick:.3g}%" for tick in axis["tickvals"]]}


def epoch_step(n_epochs: int) -> int:
    """How many epochs from one number below a chart to the next."""
    return max(1, math.ceil(n_epochs / 12))


def plain(values: Floats | Ints, logarithmic: bool = False) -> list[float | None]:
    """Floats (n,) as JSON can hold them; gaps for what is none, or what the scale can't show."""
    least = _LEAST_LOSS if logarithmic else -math.inf
    return [
        round(float(value), 6) if math.isfinite(value) and value >= least else None
        for value in values
    ]
