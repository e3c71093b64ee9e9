"""Strokes: from the canvas's JSON and back, and to a raster.

The first step of a drawing's way: canvas JSON → strokes → raster. A stroke is float32
(n_points, 2), x right and y down, in canvas pixels; ink is a list of strokes; a raster is uint8
(height, width), 255 paper and 0 ink. Fabric's JSON is known here and nowhere else.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from digitcnn.errors import DigitcnnError

CANVAS_PX = 280
PEN_PX = 18.0
# A drawing of that many is read within 50 ms; a page full of scribble has half of them.
MAX_POINTS, MAX_STROKES = 4_000, 200
MAX_LENGTH_PX = 100_000.0  # of all strokes: 350 times across the canvas

# A pen of these widths, in parts of the drawing's longer side, leaves lines as thick as MNIST's
# once the drawing is scaled to 20 px: 1.6 to 3 px. See legible_pen_px.
_FINEST_PEN, _BROADEST_PEN = 0.087, 0.176
_SMOOTHING = 2  # the raster is drawn this many times larger, then averaged

_TOO_LARGE = "That drawing has too many strokes or points; clear it and draw again."

Stroke = np.ndarray
Ink = list[Stroke]


class MalformedDrawing(DigitcnnError):
    """What came from the canvas is not a drawing."""


class DrawingTooLarge(DigitcnnError):
    """A drawing of more points than a person draws."""


def strokes(canvas_json: Any) -> Ink:
    """The strokes of a canvas message, in the order they were drawn.

    Args:
        canvas_json: what streamlit-drawable-canvas gives as ``json_data``: a dict whose
            ``"objects"`` are Fabric paths in canvas pixels; ``None`` is an empty canvas.

    Returns:
        Ink, with curves flattened to points about 3 px apart. Objects that are no paths are
        passed over.

    Raises:
        MalformedDrawing: the message does not have that form, or a coordinate is not a number.
        DrawingTooLarge: more than ``MAX_POINTS`` points, ``MAX_STROKES`` strokes or
            ``MAX_LENGTH_PX`` px of them, or a message that the server did not take for its size.
    """
    if canvas_json is None:
        return []
    if isinstance(canvas_json, dict) and canvas_json.get("too_large") is True:
        raise DrawingTooLarge(_TOO_LARGE)  # The guard left the drawing out.
    objects = canvas_json.get("objects", []) if isinstance(canvas_json, dict) else None
    if not isinstance(objects, list):
        raise MalformedDrawing("That is not a drawing from the canvas; clear it and draw again.")
    ink: Ink = []
    n_points = 0
    for item in objects:
        if not isinstance(item, dict) or str(item.get("type", "")).lower() != "path":
            continue
        if len(ink) == MAX_STROKES:
            raise DrawingTooLarge(_TOO_LARGE)
        stroke = _flatten(item.get("path"), MAX_POINTS - n_points)
        n_points += len(stroke)
        ink.append(stroke)
    if sum(map(_length_px, ink)) > MAX_LENGTH_PX:
        raise DrawingTooLarge(_TOO_LARGE)
    return ink


def of_points(strokes: Sequence[Any], scale: float = 1.0) -> Ink:
    """The ink of strokes that a program has.

    Args:
        strokes: each an array (n_points, 2) or a list of pairs, x right and y down.
        scale: from their pixels to those of the canvas.

    Raises:
        MalformedDrawing: a stroke is something else, or a coordinate is not a finite number.
        DrawingTooLarge: more than ``MAX_POINTS`` points.
    """
    ink: Ink = []
    for number, stroke in enumerate(strokes, 1):
        try:
            points = np.asarray(stroke, np.float32)
        except (TypeError, ValueError) as error:
            raise MalformedDrawing(f"Stroke {number} must hold pairs of numbers.") from error
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise MalformedDrawing(
                f"Stroke {number} must be of shape (n_points, 2), finite; it is {points.shape}."
            )
        ink.append(points * np.float32(scale))
    if sum(map(len, ink)) > MAX_POINTS:
        raise DrawingTooLarge(f"A drawing may have {MAX_POINTS:,} points; simplify its strokes.")
    return ink


def canvas_json(ink: Ink, pen_px: float = PEN_PX, color: str = "#000000") -> dict[str, Any]:
    """The canvas message that shows ``ink``; the inverse of :func:`strokes`.

    Args:
        ink: float32 (n_points, 2) each, canvas px.
        pen_px: width of the pen, px.
        color: CSS colour of the pen.
    """
    objects = [
        {
            "type": "Path",
            "version": "6.0.0",
            "originX": "center",
            "originY": "center",
            "left": float((stroke[:, 0].min() + stroke[:, 0].max()) / 2),
            "top": float((stroke[:, 1].min() + stroke[:, 1].max()) / 2),
            "width": float(np.ptp(stroke[:, 0])),
            "height": float(np.ptp(stroke[:, 1])),
            "fill": None,
            "stroke": color,
            "strokeWidth": pen_px,
            "strokeLineCap": "round",
            "strokeLineJoin": "round",
            "path": [
                ["M" if i == 0 else "L", float(x), float(y)] for i, (x, y) in enumerate(stroke)
            ],
        }
        for stroke in ink
        if len(stroke)
    ]
    return {"version": "6.0.0", "objects": objects}


def longer_side_px(ink: Ink) -> float:
    """Longer side of the box around the strokes' points, px; 0 for no ink or a dot."""
    points = [stroke for stroke in ink if len(stroke)]
    return float(np.ptp(np.concatenate(points), axis=0).max()) if points else 0.0


def legible_pen_px(ink: Ink, pen_px: float = PEN_PX) -> float:
    """The pen width, px, nearest to ``pen_px`` that neither fills nor starves this drawing.

    A digit of 40 px drawn with an 18-px pen is a blot, though its path is as clear as any. As the
    path is known, small drawings get a finer pen and large ones at least a visible line.
    """
    longer_px = longer_side_px(ink)
    return min(max(pen_px, _FINEST_PEN * longer_px), max(_BROADEST_PEN * longer_px, 1.0))


def clipped(stroke: Stroke, size_px: tuple[float, float]) -> Stroke:
    """The part of a stroke that lies on a paper of (width, height) px; (0, 2) if none does.

    Where it leaves the paper and comes back, it goes straight from the one place to the other.
    """
    if ((stroke >= 0) & (stroke <= size_px)).all():
        return stroke
    starts = stroke.astype(np.float64)
    # A dot, too, is a step: of no length. Adding 0 makes 0.0 of -0.0, by which a point on a side
    # would be divided to the wrong infinity.
    steps = np.diff(starts, axis=0, append=starts[-1:]) + 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        # When each step meets the paper's four sides, 0 at its start and 1 at its end; a step
        # along a side meets it never, on the right hand of it or on the wrong one.
        meets = np.stack([(0 - starts) / steps, (size_px - starts) / steps])
    meets = np.where(np.isnan(meets), np.array([-np.inf, np.inf])[:, None, None], meets)
    enters = np.maximum(meets.min(axis=0).max(axis=1), 0)
    leaves = np.minimum(meets.max(axis=0).min(axis=1), 1)
    seen = enters <= leaves
    ends = (
        np.stack([enters, leaves], axis=1)[seen, :, None] * steps[seen, None] + starts[seen, None]
    )
    points = np.clip(ends.reshape(-1, 2), 0, size_px)
    is_new = np.append(True, (points[1:] != points[:-1]).any(axis=1))[: len(points)]
    left: np.ndarray = points[is_new].astype(np.float32)
    return left


def rasterize(
    ink: Ink, size_px: tuple[int, int] = (CANVAS_PX, CANVAS_PX), pen_px: float | None = None
) -> np.ndarray:
    """The ink on paper.

    Args:
        ink: float32 (n_points, 2) each, canvas px; what lies outside the canvas is cut off.
        size_px: (width, height) of the raster.
        pen_px: width of the round pen, px; by default :func:`legible_pen_px`.

    Returns:
        uint8 (height, width), anti-aliased: 255 paper, 0 ink.
    """
    if pen_px is None:
        # What runs off the paper does not make the drawing larger.
        pen_px = legible_pen_px([np.clip(stroke, 0, size_px) for stroke in ink])
    width, height = size_px
    picture = Image.new("L", (width * _SMOOTHING, height * _SMOOTHING), 255)
    pen = ImageDraw.Draw(picture)
    radius = pen_px * _SMOOTHING / 2
    for stroke in ink:
        # Far outside is as good as just outside, and keeps Pillow's arithmetic safe.
        points = _near(stroke).astype(float) * _SMOOTHING
        corners = [tuple(point) for point in points]
        if len(corners) > 1:
            pen.line(corners, fill=0, width=max(1, round(2 * radius)))
        for x, y in corners:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return np.asarray(picture.reduce(_SMOOTHING))


def _near(stroke: Stroke) -> Stroke:
    near: Stroke = np.clip(stroke, -2 * CANVAS_PX, 4 * CANVAS_PX)
    return near


def _length_px(stroke: Stroke) -> float:
    return float(np.hypot(*np.diff(_near(stroke), axis=0).T).sum())


def _flatten(path: Any, room: int) -> Stroke:
    """Points of a Fabric path of M, L, Q, C and Z commands; float32 (n_points, 2)."""
    if not isinstance(path, list) or not path:
        raise MalformedDrawing("A stroke of that drawing is damaged; clear it and draw again.")
    points: list[tuple[float, float]] = []
    for command in path:
        letter, numbers = _command(command)
        ends = [(numbers[i], numbers[i + 1]) for i in range(0, len(numbers), 2)]
        if letter in "QC" and points:
            points.extend(_curve([points[-1], *ends]))
        elif letter != "Z":
            points.extend(ends[-1:])
        if len(points) > room:
            raise DrawingTooLarge(_TOO_LARGE)
    if not points:
        raise MalformedDrawing("A stroke of that drawing is empty; clear it and draw again.")
    return np.array(points, np.float32)


def _command(command: Any) -> tuple[str, list[float]]:
    try:
        letter, *numbers = command
        numbers = [float(number) for number in numbers]
        if len(numbers) != {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}[letter]:
            raise ValueError(letter)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise MalformedDrawing("That drawing is damaged; clear it and draw again.") from error
    if not all(math.isfinite(number) and abs(number) < 1e6 for number in numbers):
        raise MalformedDrawing("That drawing lies off the canvas; clear it and draw again.")
    return letter, numbers


def _curve(control: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points along a Bézier curve after its start, about 3 px apart (de Casteljau)."""
    corners = np.array(control, float)
    length = np.linalg.norm(np.diff(corners, axis=0), axis=1).sum()
    t = np.linspace(0, 1, min(max(int(length / 3), 1), 200) + 1)[1:, None, None]
    curve = np.broadcast_to(corners, (len(t), *corners.shape))
    while curve.shape[1] > 1:
        curve = curve[:, :-1] * (1 - t) + curve[:, 1:] * t
    return [(float(x), float(y)) for x, y in curve[:, 0]]
