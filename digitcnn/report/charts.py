"""A training's curves as SVG, which a report carries within itself and every browser shows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from digitcnn.runs.history import History

_WIDTH, _HEIGHT = 560, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 96, 14, 40  # margins: tick labels, the lines' names, axis title


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a chart.

    Attributes:
        name: what stands at its end.
        style: the class that the page's CSS gives a colour and a dash.
        x, y: floats (n,); what is not finite is left out.
    """

    name: str
    style: str
    x: np.ndarray
    y: np.ndarray


def accuracy_chart(history: History) -> str:
    """Accuracy by epoch, in training and validation."""
    lines = [
        Line("validation", "validation", history.epochs, history.val_accuracy),
        Line("training", "training", history.epochs, history.accuracy),
    ]
    return _chart("Accuracy after each epoch", lines, _percent)


def recall_chart(history: History) -> str:
    """Recall by epoch, in training and validation; empty where nobody wrote it down."""
    if not np.isfinite(history.val_recall).any():
        return ""
    lines = [
        Line("validation", "validation", history.epochs, history.val_recall),
        Line("training", "training", history.epochs, history.recall),
    ]
    return _chart("Recall after each epoch", lines, _percent)


def loss_chart(history: History) -> str:
    """Loss by epoch, in training and validation; its scale is logarithmic."""
    lines = [
        Line("validation", "validation", history.epochs, history.val_loss),
        Line("training", "training", history.epochs, history.loss),
    ]
    return _chart("Loss after each epoch", lines, "{:g}".format, logarithmic=True)


def _percent(value: float) -> str:
    return f"{100 * value:.4g}%"


def _chart(
    title: str, lines: Sequence[Line], show: Callable[[float], str], logarithmic: bool = False
) -> str:
    drawable = [_drawable(line, logarithmic) for line in lines]
    xs = np.concatenate([line.x for line in drawable])
    ys = np.concatenate([line.y for line in drawable])
    if not len(xs):
        return '<p class="quiet">This training left no curve.</p>'
    x_low, x_high = _widened(float(xs.min()), float(xs.max()), 0.5 if len(set(xs)) == 1 else 0)
    ticks = _log_ticks(ys.min(), ys.max()) if logarithmic else _ticks(ys.min(), ys.max())
    scale = math.log10 if logarithmic else float
    low, high = scale(min(ticks[0], ys.min())), scale(max(ticks[-1], ys.max()))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x_low) / (x_high - x_low)
        down = (high - scale(y)) / (high - low)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _TOP + down * (_HEIGHT - _TOP - _BOTTOM),
        )

    words = escape(_words(title, lines, show))
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{words}">']
    for tick in ticks:
        _, y = place(x_low, tick)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{show(tick)}</text>"
        )
    for tick in _whole_ticks(x_low, x_high):
        x, _ = place(tick, ticks[0])
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" '
            f'text-anchor="middle">{tick}</text>'
        )
    parts.append(
        f'<text class="tick" x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 4}" '
        'text-anchor="middle">epoch</text>'
    )
    ends = _apart([place(line.x[-1], line.y[-1])[1] for line in drawable if len(line.x)])
    for line, end in zip([line for line in drawable if len(line.x)], ends, strict=True):
        points = [place(x, y) for x, y in zip(line.x, line.y, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="{line.style}" points="{path}"/>')
        for (x, y), epoch, value in zip(points, line.x, line.y, strict=True):
            parts.append(
                f'<circle class="{line.style}" cx="{x:.1f}" cy="{y:.1f}" r="3.2">'
                f"<title>epoch {epoch:g}, {line.name}: {show(value)}</title></circle>"
            )
        parts.append(
            f'<text class="name {line.style}" x="{points[-1][0] + 9:.1f}" y="{end + 4:.1f}">'
            f"{line.name}</text>"
        )
    return "".join([*parts, "</svg>"])


def _drawable(line: Line, logarithmic: bool) -> Line:
    good = np.isfinite(line.y) & ((line.y > 0) | (not logarithmic))
    return Line(line.name, line.style, line.x[good], line.y[good])


def _words(title: str, lines: Sequence[Line], show: Callable[[float], str]) -> str:
    last = [f"{line.name} {show(line.y[-1])}" for line in lines if len(line.y)]
    return f"{title}; in the end {', '.join(last)}."


def _widened(low: float, high: float, by: float) -> tuple[float, float]:
    return low - by, high + by


def _ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``."""
    span = max(high - low, 1e-4)
    step = 10 ** math.floor(math.log10(span / about))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, max(last, first + 1) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 and their tenfolds, from at or below ``low`` to at or above ``high``."""
    exponents = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    ladder = [round(base * 10.0**e, 12) for e in exponents for base in (1, 2, 5)]
    first = max(i for i, tick in enumerate(ladder) if tick <= low * 1.0001)
    last = min(i for i, tick in enumerate(ladder) if tick >= high * 0.9999)
    return ladder[first : max(last, first + 1) + 1]


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
