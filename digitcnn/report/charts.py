"""A training's curves as SVG, embedded in a report and shown by every browser.

They show what the Train page's charts show (:mod:`digitcnn.figures.curves`), which need a script.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from digitcnn.figures.curves import epoch_traces, loss_axis
from digitcnn.runs.history import History
from digitcnn.system.templates import render

_WIDTH, _HEIGHT = 560, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 96, 14, 40  # margins: tick labels, the lines' names, axis title


@dataclass(frozen=True)
class Line:
    """A curve without its gaps.

    Attributes:
        name: by which it has its colour, ``"training"`` or ``"validation"``.
        x, y: its points.
        title: what is written beside its end; by default its name.
    """

    name: str
    x: list[float]
    y: list[float]
    title: str = ""


@dataclass(frozen=True)
class Scale:
    """Where values lie, from 0 at the lower end to 1 at the upper."""

    low: float
    high: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        at = math.log10(value) if self.logarithmic else value
        return (at - self.low) / (self.high - self.low)


def chart(history: History, measure: str) -> Markup | None:
    """A measure by epoch, in training and validation; of the loss on a logarithmic scale.

    Args:
        history: the curves.
        measure: ``"accuracy"``, ``"recall"`` or ``"loss"``.

    Returns:
        An SVG element; ``None`` where nobody wrote the measure down.
    """
    lines = [_line(trace) for trace in reversed(epoch_traces(history, measure))]
    lines = [line for line in lines if line.x]
    if not lines:
        return None
    xs = [x for line in lines for x in line.x]
    across = Scale(min(xs), max(xs)) if min(xs) < max(xs) else Scale(xs[0] - 0.5, xs[0] + 0.5)
    places = [float(tick) for tick in _whole_ticks(across.low, across.high)]
    last = ", ".join(f"{line.name} {_text(line.y[-1], measure)}" for line in lines)
    words = f"{measure.capitalize()} after each epoch; in the end {last}."
    return drawn(lines, measure, words, "epoch", across, places)


def drawn(
    lines: Sequence[Line],
    measure: str,
    words: str,
    along: str,
    across: Scale,
    places: Sequence[float],
) -> Markup:
    """Lines as an SVG element.

    Args:
        lines: at least one, each with a point.
        measure: of their heights, as for :func:`chart`.
        words: what the chart shows, for those who don't see it.
        along: what goes from left to right, in one word or two.
        across: where that lies.
        places: what is written below.
    """
    ticks, up = _upwards([y for line in lines for y in line.y], measure)

    def left_px(x: float) -> float:
        return _LEFT + across(x) * (_WIDTH - _LEFT - _RIGHT)

    def top_px(y: float) -> float:
        return _TOP + (1 - up(y)) * (_HEIGHT - _TOP - _BOTTOM)

    ends = _apart([top_px(line.y[-1]) for line in lines])
    return render(
        "report/templates/chart.svg",
        "chart",
        words=words,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        bottom=_HEIGHT - _BOTTOM,
        ticks=[(_text(tick, measure), top_px(tick)) for tick in ticks],
        places=[(f"{place:,g}", left_px(place)) for place in places],
        along=along,
        lines=[
            {
                "name": line.name,
                "title": line.title or line.name,
                "end": end,
                "points": [
                    (left_px(x), top_px(y), f"{x:,g}", _text(y, measure))
                    for x, y in zip(line.x, line.y, strict=True)
                ],
            }
            for line, end in zip(lines, ends, strict=True)
        ],
    )


def _line(trace: dict[str, Any]) -> Line:
    points = [(x, y) for x, y in zip(trace["x"], trace["y"], strict=True) if y is not None]
    return Line(trace["name"], [x for x, _ in points], [y for _, y in points])


def _upwards(ys: list[float], measure: str) -> tuple[list[float], Scale]:
    """Round numbers beside the chart, and the scale."""
    if measure == "loss":
        axis = loss_axis([{"y": ys}])
        return axis["tickvals"], Scale(axis["range"][0], axis["range"][1], logarithmic=True)
    ticks = _ticks(min(ys), max(ys))
    return ticks, Scale(ticks[0], ticks[-1])


def _text(value: float, measure: str) -> str:
    return f"{value:.4g}" if measure == "loss" else f"{100 * value:.4g}%"


def _ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``."""
    span = max(high - low, 1e-4)
    step = 10 ** math.floor(math.log10(span / about))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, max(last, first + 1) + 1)]


def _whole_ticks(low: float, high: float) -> list[int]:
    step = max(1, math.ceil((high - low) / 10))
    return [tick for tick in range(math.ceil(low), math.floor(high) + 1, step)]


def _apart(heights: list[float], least: float = 15) -> list[float]:
    """Heights moved as little as need be for names beside them not to cover each other."""
    order = np.argsort(heights)
    moved = list(heights)
    for upper, lower in zip(order, order[1:], strict=False):
        gap = moved[lower] - moved[upper]
        if gap < least:
            moved[upper] -= (least - gap) / 2
            moved[lower] += (least - gap) / 2
    return moved
