"""Runs side by side → Plotly figures: overlaid curves, accuracy against cost.

As in :mod:`digitcnn.figures.curves`; a run has the same colour and symbol in every figure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from digitcnn.figures.colors import CHOSEN_COLOR, OTHER_COLOR
from digitcnn.figures.curves import (
    CURVES_HEIGHT_PX,
    accuracy_range,
    epoch_step,
    error_axis,
    layout_of,
    loss_axis,
    plain,
)
from digitcnn.runs.history import History
from digitcnn.text import percent

SCATTER_HEIGHT_PX = 300

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


@dataclass(frozen=True, eq=False)
class Compared:
    """A run among others.

    Attributes:
        name: what people call it.
        history: its curves; ``None`` if they can't be read.
        test_accuracy: share of the test digits read correctly.
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


def overlaid_curves(
    runs: Sequence[Compared],
    what: str = "val_accuracy",
    over: str = "epochs",
    error: bool = False,
) -> dict[str, Any]:
    """One curve of several runs over one another, the best epoch of each drawn larger.

    Args:
        runs: those to show, with their places.
        what: attribute of :class:`digitcnn.runs.history.History` that is shown.
        over: ``"epochs"`` or ``"seconds"``.
        error: of a share, what is missing to all, on a logarithmic scale.
    """
    traces, curves = [], []
    share = not what.endswith("loss")
    error = error and share
    shown = "%{y:.2%}" if share else "%{y:.4f}"
    for run in runs:
        if run.history is None or run.place is None:
            continue
        look = run.place % len(RUN_COLORS)
        x, values = getattr(run.history, over), getattr(run.history, what)
        curves.append(values)
        best = run.history.best
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": f"{short(run.name)} · test {percent(run.test_accuracy)}",
                "x": plain(x),
                "y": plain(1 - values if error else values, logarithmic=error or not share),
                "line": {"color": RUN_COLORS[look], "dash": _RUN_DASHES[look], "width": 2},
                "marker": {
                    "color": RUN_COLORS[look],
                    "symbol": RUN_SYMBOLS[look],
                    "size": [14 if i == best else 7 for i in range(len(x))],
                },
                "hovertemplate": f"{shown}<extra>{short(run.name)}</extra>",
            }
        )
    across: dict[str, Any] = {"title": {"text": "seconds of training"}}
    if over == "epochs":
        longest = max((len(run.history.epochs) for run in runs if run.history), default=1)
        across = {"title": {"text": "epochs"}, "dtick": epoch_step(longest)}
    if error:
        up = error_axis(traces)
    elif share:
        up = {"tickformat": ".3~%", "range": accuracy_range(curves)}
    else:
        up = loss_axis(traces)
    layout = layout_of(CURVES_HEIGHT_PX + 60, {**across, "rangemode": "tozero"}, up)
    return {"data": traces, "layout": layout}


def accuracy_against(runs: Sequence[Compared], cost: str) -> dict[str, Any]:
    """Test accuracy of runs against what they cost; the chosen ones in their colours.

    Args:
        runs: all runs.
        cost: ``"seconds"`` or ``"parameters"``.
    """
    points: list[dict[str, Any]] = []
    for run in runs:
        chosen = run.place is not None
        look = (run.place or 0) % len(RUN_COLORS)
        points.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": short(run.name),
                "x": [max(getattr(run, cost), 1e-3)],
                "y": [run.test_accuracy],
                "marker": {
                    "color": RUN_COLORS[look] if chosen else OTHER_COLOR,
                    "symbol": RUN_SYMBOLS[look] if chosen else "circle-open",
                    "size": 13 if chosen else 9,
                    "line": {"width": 0 if chosen else 2},
                },
                "hovertemplate": f"%{{y:.2%}} · %{{x:,.0f}} {cost}<extra>{short(run.name)}</extra>",
            }
        )
    points.sort(key=lambda point: point["marker"]["size"])  # the chosen ones on top
    titles = {"seconds": "time of training", "parameters": "parameters"}
    low, high = _log_range(runs, cost)
    ladder = _ticks(cost, low, high)
    across = {
        "title": {"text": titles[cost]},
        "type": "log",
        "range": [low, high],
        "tickvals": [value for value, _ in ladder],
        "ticktext": [text for _, text in ladder],
    }
    up = {"title": {"text": "test accuracy"}, "tickformat": ".3~%", "range": _around(runs)}
    layout = layout_of(SCATTER_HEIGHT_PX, across, up)
    layout["margin"]["t"] = 36  # for the mode bar
    return {"data": points, "layout": {**layout, "showlegend": False, "hovermode": "closest"}}


def overlaid_in_words(runs: Sequence[Compared], what: str, title: str) -> str:
    """What :func:`overlaid_curves` shows, for those who cannot see it."""
    ends = []
    for run in runs:
        values = getattr(run.history, what) if run.history is not None else []
        if len(values):
            shown = f"{values[-1]:.4f}" if what.endswith("loss") else f"{values[-1]:.2%}"
            ends.append(f"{run.name} ends at {shown}")
    return f"{title} after each epoch. {'; '.join(ends) or 'No run has a curve'}."


def against_in_words(runs: Sequence[Compared], cost: str) -> str:
    """What :func:`accuracy_against` shows, for those who cannot see it."""
    points = (f"{run.name}: {run.test_accuracy:.2%}, {getattr(run, cost):,.0f}" for run in runs)
    return f"Test accuracy against {cost} of each run. {'; '.join(points)}."


def _ticks(cost: str, low: float, high: float) -> list[tuple[float, str]]:
    """Values and texts along an axis from 10^low to 10^high, so far apart that each can be read."""
    ticks: list[tuple[float, str]] = []
    for value, text in _LADDERS[cost]:
        place = math.log10(value)
        apart = not ticks or place - math.log10(ticks[-1][0]) >= (high - low) / 8
        if low <= place <= high and apart:
            ticks.append((value, text))
    return ticks


def _around(runs: Sequence[Compared]) -> list[float]:
    """An axis of accuracies around those of the runs, never narrower than half a point."""
    values = [run.test_accuracy for run in runs] or [1.0]
    margin = max(0.12 * (max(values) - min(values)), 0.0025)
    return [max(min(values) - margin, 0.0), min(max(values) + margin, 1 + margin / 4)]


def _log_range(runs: Sequence[Compared], cost: str) -> tuple[float, float]:
    values = [math.log10(max(getattr(run, cost), 1e-3)) for run in runs] or [0.0]
    margin = 0.08 * (max(values) - min(values)) + 0.2
    return min(values) - margin, max(values) + margin


def short(text: str, longest: int = 40) -> str:
    """A text shortened, and escaped for Plotly, which interprets tags."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
