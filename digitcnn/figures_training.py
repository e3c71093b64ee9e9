"""Trainings → Plotly figures: curves of one, curves of several, accuracy against what it costs.

As in :mod:`digitcnn.figures`: dicts, ground and text left to the page's theme, and colours that
stand out on light and dark alike. No line is told from another by colour alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitcnn.figures import CHOSEN_COLOR, OTHER_COLOR
from digitcnn.history import History, smooth

TRAINING_COLOR = "#c0631c"

CURVES_HEIGHT_PX, SCATTER_HEIGHT_PX = 280, 300

# Of the runs that are compared, in the order of their choice; the table shows the same.
RUN_COLORS = (
    CHOSEN_COLOR, "#c0631c", "#2e8b62", "#a45ac4", "#c9485f", "#1f8799", "#8a7420", OTHER_COLOR,
)  # fmt: skip
RUN_SYMBOLS = (
    "circle", "square", "triangle-up", "diamond", "cross", "star", "hexagon", "triangle-down",
)  # fmt: skip
_RUN_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")

_LADDERS = {
    "seconds": [(n, f"{n} s") for n in (1, 2, 3, 5, 10, 15, 20, 30)]
    + [(60 * n, f"{n} min") for n in (1, 2, 3, 5, 10, 15, 20, 30)]
    + [(3600 * n, f"{n} h") for n in (1, 2, 5, 10, 20, 50, 100)],
    "parameters": [
        (n * 10**e, f"{n * 10 ** (e - 3):g}k" if e < 6 else f"{n * 10 ** (e - 6):g}M")
        for e in range(3, 9)
        for n in (1, 2, 3, 5)
    ],
}
_SPAN = 0.04  # of the training, that the smoothed batch curve reaches back
_LEAST_LOSS = 1e-6  # a logarithmic scale has no zero
_BEGINNING = 0.3  # part of a curve that does not decide where the axis starts


@dataclass(frozen=True, eq=False)
class Compared:
    """A run among others.

    Attributes:
        name: what people call it.
        history: its curves; ``None`` if they can't be read.
        test_accuracy: part of the test digits read right.
        seconds: how long training took.
        parameters: how many.
        place: of its colour and symbol; ``None`` for one that is not chosen.
    """

    name: str
    history: History | None
    test_accuracy: float
    seconds: float
    parameters: int
    place: int | None = None


def accuracy_curves(history: History, n_epochs: int) -> dict[str, Any]:
    """Accuracy as training goes on: each epoch's, and the smoothed batches'.

    Args:
        history: so far, or all of it.
        n_epochs: how many there will be.
    """
    traces = [
        _batch_trace(history.batch_epochs, history.batch_accuracy, "batches", "%{y:.2%}"),
        _epoch_trace(history.epochs, history.accuracy, "training", "%{y:.2%}"),
        _epoch_trace(history.epochs, history.val_accuracy, "validation", "%{y:.2%}"),
    ]
    axis = {"tickformat": ".3~%", "range": _accuracy_range(history)}
    return _curves(traces, "Accuracy", n_epochs, axis)


def loss_curves(history: History, n_epochs: int) -> dict[str, Any]:
    """Loss as training goes on, on a logarithmic scale; see :func:`accuracy_curves`."""
    traces = [
        _batch_trace(history.batch_epochs, history.batch_loss, "batches", "%{y:.4f}"),
        _epoch_trace(history.epochs, history.loss, "training", "%{y:.4f}"),
        _epoch_trace(history.epochs, history.val_loss, "validation", "%{y:.4f}"),
    ]
    return _curves(traces, "Loss", n_epochs, _loss_axis(traces))


def curves_in_words(history: History) -> str:
    """What the curves show, for who cannot see them."""
    if not len(history.epochs):
        return "Curves of accuracy and loss; the first epoch is not over yet."
    last = (
        f"after epoch {history.epochs[-1]}, {history.accuracy[-1]:.2%} of the training digits and "
        f"{history.val_accuracy[-1]:.2%} of the validation digits are read right; loss "
        f"{history.loss[-1]:.4f} and {history.val_loss[-1]:.4f}"
    )
    return f"Curves of accuracy and loss: {last}."


def overlaid_curves(
    runs: Sequence[Compared], what: str = "val_accuracy", over: str = "epochs"
) -> dict[str, Any]:
    """One curve of several runs over one another.

    Args:
        runs: those to show, with their places.
        what: attribute of :class:`digitcnn.history.History` that is shown.
        over: ``"epochs"`` or ``"seconds"``.
    """
    traces = []
    share = "accuracy" in what
    shown = "%{y:.2%}" if share else "%{y:.4f}"
    for run in runs:
        if run.history is None or run.place is None:
            continue
        look = run.place % len(RUN_COLORS)
        x = getattr(run.history, over)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": _short(run.name),
                "x": _plain(x),
                "y": _plain(getattr(run.history, what), logarithmic=not share),
                "line": {"color": RUN_COLORS[look], "dash": _RUN_DASHES[look], "width": 2},
                "marker": {"color": RUN_COLORS[look], "symbol": RUN_SYMBOLS[look], "size": 8},
                "hovertemplate": f"{shown}<extra>{_short(run.name)}</extra>",
            }
        )
    across: dict[str, Any] = {"title": {"text": "seconds of training"}}
    if over == "epochs":
        longest = max((len(run.history.epochs) for run in runs if run.history), default=1)
        across = {"title": {"text": "epochs"}, "dtick": _epoch_step(longest)}
    up = {"tickformat": ".3~%"} if share else _loss_axis(traces)
    layout = _layout(CURVES_HEIGHT_PX + 60, {**across, "rangemode": "tozero"}, up)
    return {"data": traces, "layout": {**layout, "hovermode": "closest"}}


def accuracy_against(runs: Sequence[Compared], cost: str) -> dict[str, Any]:
    """Test accuracy of runs against what they cost; the chosen ones in their colours.

    Args:
        runs: all runs.
        cost: ``"seconds"`` or ``"parameters"``.
    """
    points = []
    for run in runs:
        chosen = run.place is not None
        look = (run.place or 0) % len(RUN_COLORS)
        points.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": _short(run.name),
                "x": [max(getattr(run, cost), 1e-3)],
                "y": [run.test_accuracy],
                "marker": {
                    "color": RUN_COLORS[look] if chosen else OTHER_COLOR,
                    "symbol": RUN_SYMBOLS[look] if chosen else "circle-open",
                    "size": 13 if chosen else 9,
                    "line": {"width": 0 if chosen else 2},
                },
                "hovertemplate": "%{y:.2%} · %{x:,.0f} "
                f"{cost}<extra>{_short(run.name)}</extra>",
            }
        )
    points.sort(key=lambda point: point["marker"]["size"])  # the chosen ones on top
    titles = {"seconds": "time of training", "parameters": "parameters"}
    low, high = _log_range(runs, cost)
    ladder = [tick for tick in _LADDERS[cost] if low <= math.log10(tick[0]) <= high]
    across = {
        "title": {"text": titles[cost]},
        "type": "log",
        "range": [low, high],
        "tickvals": [value for value, _ in ladder],
        "ticktext": [text for _, text in ladder],
    }
    layout = _layout(SCATTER_HEIGHT_PX, across, {"tickformat": ".3~%"})
    return {"data": points, "layout": {**layout, "showlegend": False, "hovermode": "closest"}}


def overlaid_in_words(runs: Sequence[Compared], what: str, title: str) -> str:
    """What :func:`overlaid_curves` shows, for who cannot see it."""
    ends = []
    for run in runs:
        values = getattr(run.history, what) if run.history is not None else []
        if len(values):
            shown = f"{values[-1]:.2%}" if "accuracy" in what else f"{values[-1]:.4f}"
            ends.append(f"{run.name} ends at {shown}")
    return f"{title} after each epoch. {'; '.join(ends) or 'No run has a curve'}."


def against_in_words(runs: Sequence[Compared], cost: str) -> str:
    """What :func:`accuracy_against` shows, for who cannot see it."""
    points = (f"{run.name}: {run.test_accuracy:.2%}, {getattr(run, cost):,.0f}" for run in runs)
    return f"Test accuracy against {cost} of each run. {'; '.join(points)}."


def _batch_trace(x: np.ndarray, y: np.ndarray, name: str, shown: str) -> dict[str, Any]:
    smoothed = smooth(y, max(5.0, _SPAN * len(y)))
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": _plain(x),
        "y": _plain(smoothed, logarithmic=shown != "%{y:.2%}"),
        "line": {"color": OTHER_COLOR, "width": 1.5},
        "hovertemplate": f"{shown}<extra>{name}, smoothed</extra>",
    }


def _epoch_trace(x: np.ndarray, y: np.ndarray, name: str, shown: str) -> dict[str, Any]:
    validation = name == "validation"
    color = CHOSEN_COLOR if validation else TRAINING_COLOR
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": _plain(x),
        "y": _plain(y, logarithmic=shown != "%{y:.2%}"),
        "line": {"color": color, "width": 2, "dash": "solid" if validation else "dash"},
        "marker": {
            "color": color,
            "size": 8 if len(x) <= 20 else 5,
            "symbol": "circle" if validation else "square",
        },
        "hovertemplate": f"{shown}<extra>{name}, epoch %{{x}}</extra>",
    }


def _curves(traces: list[dict], title: str, n_epochs: int, up: dict[str, Any]) -> dict[str, Any]:
    across = {
        "title": {"text": "epochs"},
        "range": [0, max(n_epochs, 1) * 1.02],
        "dtick": _epoch_step(n_epochs),
    }
    layout = _layout(CURVES_HEIGHT_PX, across, up)
    layout["title"] = {"text": title, "x": 0, "xanchor": "left", "font": {"size": 16}}
    # It is drawn anew each second: there is no zooming into that.
    layout["xaxis"]["fixedrange"] = layout["yaxis"]["fixedrange"] = True
    return {"data": traces, "layout": layout}


def _layout(height_px: int, across: dict[str, Any], up: dict[str, Any]) -> dict[str, Any]:
    return {
        "template": {},
        "height": height_px,
        "margin": {"l": 4, "r": 8, "t": 44, "b": 4},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.02,
            "yanchor": "bottom",
        },  # fmt: skip
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,  # A finger that is on the chart wants to scroll the page.
        "xaxis": {"automargin": True, "zeroline": False, **across},
        "yaxis": {"automargin": True, "zeroline": False, **up},
    }


def _accuracy_range(history: History) -> list[float]:
    """From a little below the lowest that still matters to all right."""
    smoothed = smooth(history.batch_accuracy, max(5.0, _SPAN * len(history.batch_accuracy)))
    curves = (smoothed, history.accuracy, history.val_accuracy)
    # How it began would squeeze what came of it; it can be seen by zooming out.
    values = np.concatenate([curve[int(_BEGINNING * len(curve)) :] for curve in curves])
    values = values[np.isfinite(values)]
    low = float(values.min()) if len(values) else 0.0
    # The lower end moves in few steps: the curves should not crawl while a person looks.
    floor = next((floor for floor in (0.99, 0.98, 0.95, 0.9, 0.8, 0.5) if low >= floor), 0.0)
    return [floor, 1 + (1 - floor) * 0.03]


def _loss_axis(traces: Sequence[dict[str, Any]]) -> dict[str, Any]:
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


def _epoch_step(n_epochs: int) -> int:
    return max(1, math.ceil(n_epochs / 12))


def _log_range(runs: Sequence[Compared], cost: str) -> tuple[float, float]:
    values = [math.log10(max(getattr(run, cost), 1e-3)) for run in runs] or [0.0]
    margin = 0.08 * (max(values) - min(values)) + 0.2
    return min(values) - margin, max(values) + margin


def _plain(values: np.ndarray, logarithmic: bool = False) -> list[float | None]:
    """Numbers for JSON; gaps where there is none, or none that the scale can show."""
    least = _LEAST_LOSS if logarithmic else -math.inf
    return [
        round(float(value), 6) if math.isfinite(value) and value >= least else None
        for value in values
    ]


def _short(name: str) -> str:
    """A name as plain text of bearable length: Plotly reads tags in what it is given."""
    short = name if len(name) <= 40 else f"{name[:39]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
