"""Evaluation → figures: calibration, and accuracy against coverage."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.evaluation.calibration import Reliability
from digitcnn.figures.colors import CHOSEN_COLOR, OTHER_COLOR

FEW = 30  # digits; a share of fewer says little
_HEIGHT_PX = 300
_MOST_POINTS = 400


def reliability_diagram(bins: Reliability) -> dict[str, Any]:
    """How often the digits of each confidence are read correctly, against the diagonal.

    Returns:
        A Plotly figure as a dict.
    """
    filled = bins.counts > 0
    middles = (bins.edges[:-1] + bins.edges[1:]) / 2
    bars = {
        "type": "bar",
        "x": (middles[filled] * 100).tolist(),
        "y": (bins.accuracy[filled] * 100).tolist(),
        "width": float(bins.edges[1] * 100) * 0.94,
        "marker": {
            "color": CHOSEN_COLOR,
            "opacity": [0.3 if count < FEW else 1.0 for count in bins.counts[filled].tolist()],
        },
        "text": [_counted(int(count)) for count in bins.counts[filled]],
        "textposition": "outside",
        "textangle": 0,
        "constraintext": "none",
        "cliponaxis": False,
        "customdata": [
            [int(count), float(sure * 100)]
            for count, sure in zip(bins.counts[filled], bins.confidence[filled], strict=True)
        ],
        "hovertemplate": "%{customdata[0]:,} digits, %{customdata[1]:.1f}% sure on average"
        "<br>%{y:.1f}% correct<extra></extra>",
        "name": "correct",
    }
    just = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 100],
        "y": [0, 100],
        "line": {"color": OTHER_COLOR, "dash": "dash", "width": 2},
        "hoverinfo": "skip",
        "name": "perfectly calibrated",
    }
    layout = _layout("Confidence, %", "Correct, %", {"range": [0, 100.5], "dtick": 20})
    layout["yaxis"]["range"] = [0, 108]  # room for the counts above the bars
    return {"data": [bars, just], "layout": layout}


def _counted(count: int) -> str:
    return f"{count:,}" if count < 10_000 else f"{count / 1000:.0f}k"


def reliability_in_words(bins: Reliability) -> str:
    """What the reliability diagram shows, for those who cannot see it."""
    parts = [
        f"{sure:.0%} sure: {accuracy:.0%} right of {count:,}"
        for sure, accuracy, count in zip(bins.confidence, bins.accuracy, bins.counts, strict=True)
        if count
    ]
    return f"Bar chart of accuracy by confidence. {'; '.join(parts)}."


def coverage_curve(
    answered: NDArray[np.float64], accuracy: NDArray[np.float64], at: tuple[float, float] | None
) -> dict[str, Any]:
    """How accurate the network is if it only answers where it is surest, where that changes.

    Args:
        answered: float64 (n,), parts answered, rising.
        accuracy: float64 (n,), accuracy among those.
        at: part answered and accuracy at the threshold that is set, to mark; ``None`` for none.

    Returns:
        A Plotly figure as a dict.
    """
    kept = np.unique(np.linspace(0, len(answered) - 1, _MOST_POINTS).astype(int))
    kept = kept[: len(answered)]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": (answered[kept] * 100).tolist(),
        "y": (accuracy[kept] * 100).tolist(),
        "line": {"color": CHOSEN_COLOR, "width": 2.5},
        "hovertemplate": "%{y:.2f}% correct of the surest %{x:.1f}%<extra></extra>",
        "name": "accuracy",
    }
    data = [line]
    if at is not None:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [at[0] * 100],
                "y": [at[1] * 100],
                "marker": {"color": CHOSEN_COLOR, "size": 12, "symbol": "circle-open",
                           "line": {"width": 3}},
                "hoverinfo": "skip",
                "name": "threshold",
            }
        )  # fmt: skip
    layout = _layout("Coverage: answered, %", "Accuracy of these, %")
    least = float(accuracy.min(initial=1.0)) * 100
    layout["yaxis"]["range"] = [max(0.0, np.floor(least - 0.25)), 100.05]
    perfect = answered[accuracy >= 1.0]  # up to there the curve is flat
    start = float(perfect.max(initial=0.0)) * 100
    layout["xaxis"]["range"] = [max(0.0, 5 * np.floor((start - 5) / 5)), 100.3]
    return {"data": data, "layout": layout}


def coverage_in_words(answered: NDArray[np.float64], accuracy: NDArray[np.float64]) -> str:
    """What the curve shows, for those who cannot see it."""
    parts = []
    for part in (0.9, 0.95, 0.99, 1.0):
        at = min(int(np.searchsorted(answered, part - 1e-9)), len(answered) - 1)
        parts.append(f"{answered[at]:.1%} answered: {accuracy[at]:.2%} right")
    return f"Line chart of accuracy by the part answered. {'; '.join(parts)}."


def _layout(x_title: str, y_title: str, ranges: dict[str, Any] | None = None) -> dict[str, Any]:
    axis = {"zeroline": False, "gridcolor": "rgba(133,134,140,0.25)",
            "ticksuffix": "", "automargin": True}  # fmt: skip
    ranges = ranges or {}
    return {
        "template": {},
        "height": _HEIGHT_PX,
        "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
        "showlegend": False,
        "dragmode": "zoom",
        "hovermode": "x unified",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": OTHER_COLOR, "activecolor": CHOSEN_COLOR},
        "bargap": 0,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {**axis, **ranges, "title": {"text": x_title}},
        "yaxis": {**axis, **ranges, "title": {"text": y_title}},
    }
