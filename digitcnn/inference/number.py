"""Strokes → a number: its digits, found and read.

:mod:`digitcnn.inference.segmentation` divides the strokes, with a network's word on what looks like
a digit; each digit then goes the way of any drawing, on a paper of its own.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.logits import free_energy
from digitcnn.inference import segmentation
from digitcnn.inference.recognizer import Prediction, Recognizer
from digitcnn.preprocessing import digit_image
from digitcnn.preprocessing import ink as inks

WIDTH_PX, HEIGHT_PX = 924, 280  # of the paper for numbers
PEN_PX = 12.0

UNREADABLE = "?"

# A group is first looked at on a small paper; only what turns out to be a digit gets a large one.
_LOOK_PX, _LOOK_BOX_PX = 72, 56
_DOUBT, _LEAST, _MOST = 3.0, -8.0, 4.0  # of free energy; the bounds keep one group from deciding


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit of a number.

    Attributes:
        strokes: which of the drawing's strokes it is made of.
        prediction: what the network reads; ``None`` if it could not be read.
        steps: its way to the digit image; ``None`` likewise.
        trouble: why it could not be read, as a sentence.
        corrected: what a person says it is; ``None`` if nobody did.
    """

    strokes: tuple[int, ...]
    prediction: Prediction | None = None
    steps: digit_image.Steps | None = None
    trouble: str | None = None
    corrected: int | None = None

    @property
    def text(self) -> str:
        """What it is as corrected, or as read; a question mark if it could not be read."""
        if self.corrected is not None:
            return str(self.corrected)
        return UNREADABLE if self.prediction is None else str(self.prediction.label)

    @property
    def looks_like_one(self) -> bool:
        """Whether it looks like a digit at all."""
        return self.prediction is not None and self.prediction.is_digit


def read(strokes: inks.Ink, recognizer: Recognizer) -> list[Digit]:
    """The digits of a number, from left to right.

    Args:
        strokes: the drawing, canvas px, in any order; those that lie off the paper are passed over.
        recognizer: reads it.

    Raises:
        TooManyStrokes: see :func:`digitcnn.inference.segmentation.groups`.
    """
    # What runs off the paper can't be seen, and does not make a digit larger.
    inside = [inks.clipped(stroke, (WIDTH_PX, HEIGHT_PX)) for stroke in strokes]
    seen = [i for i, stroke in enumerate(inside) if len(stroke)]
    found = [
        tuple(seen[i] for i in group)
        for group in segmentation.groups(
            [inside[i] for i in seen], lambda drawings: likeness(drawings, recognizer)
        )
    ]
    ways = [_way([inside[i] for i in group]) for group in found]
    images = [way.centred for way in ways if isinstance(way, digit_image.Steps)]
    predictions = iter(recognizer.predictions(np.stack(images)) if images else ())
    return [
        Digit(group, next(predictions), way)
        if isinstance(way, digit_image.Steps)
        else Digit(group, trouble=way)
        for group, way in zip(found, ways, strict=True)
    ]


def text(digits: list[Digit]) -> str:
    """The number as text; what could not be read is a question mark."""
    return "".join(digit.text for digit in digits)


def likeness(drawings: list[inks.Ink], recognizer: Recognizer) -> NDArray[np.float64]:
    """How much each drawing looks like one digit, float64 (n,): its free energy above doubt."""
    images = np.zeros((len(drawings), digit_image.DIGIT_PX, digit_image.DIGIT_PX), np.uint8)
    seen = np.ones(len(drawings), bool)
    for i, drawing in enumerate(drawings):
        try:
            images[i] = digit_image.digit_image(_small(drawing))
        except DigitcnnError:
            seen[i] = False  # a dot, or a blot
    doubt = _DOUBT if recognizer.digit_threshold is None else recognizer.digit_threshold
    above = free_energy(recognizer.logits(images)) - doubt
    return np.where(seen, np.clip(above, _LEAST, _MOST), _LEAST)


def on_paper(strokes: inks.Ink) -> NDArray[np.uint8]:
    """A digit's strokes in the middle of a square paper of its own: uint8 (side, side)."""
    side_px = max(HEIGHT_PX, math.ceil(inks.longer_side_px(strokes) + 2 * PEN_PX))
    pen_px = inks.legible_pen_px(strokes, PEN_PX)
    return inks.rasterize(_centred(strokes, side_px), (side_px, side_px), pen_px)


def on_digit_paper(strokes: inks.Ink) -> inks.Ink:
    """A digit's strokes as if they had been drawn on the paper for one digit, in its middle.

    They grow as the pen does, so that they look the same under the broader one.
    """
    room_px = inks.CANVAS_PX - 2 * inks.PEN_PX
    scale = min(inks.PEN_PX / PEN_PX, room_px / max(inks.longer_side_px(strokes), 1e-3))
    placed = _centred([stroke * scale for stroke in strokes], inks.CANVAS_PX)
    return [stroke.astype(np.float32) for stroke in placed]


def _small(strokes: inks.Ink) -> NDArray[np.uint8]:
    longer_px = max(inks.longer_side_px(strokes), 1e-3)
    scale = _LOOK_BOX_PX / longer_px
    pen_px = inks.legible_pen_px(strokes, PEN_PX) * scale
    enlarged = [stroke * scale for stroke in strokes]
    return inks.rasterize(_centred(enlarged, _LOOK_PX), (_LOOK_PX, _LOOK_PX), pen_px)


def _centred(strokes: inks.Ink, side_px: int) -> inks.Ink:
    points = np.concatenate(strokes)
    shift = side_px / 2 - (points.min(axis=0) + points.max(axis=0)) / 2
    return [stroke + shift for stroke in strokes]


def _way(strokes: inks.Ink) -> digit_image.Steps | str:
    """A digit's way to its digit image, or why it has none."""
    try:
        return digit_image.steps(on_paper(strokes))
    except DigitcnnError as error:
        return str(error)
