"""A drawn number as a file: JSON, or CSV with one line per digit."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from digitcnn.inference import number
from digitcnn.preprocessing import ink as inks

_COLUMNS = (
    "place", "text", "label", "confidence", "is_digit", "x", "y", "width", "height",
    "is_corrected",
)  # fmt: skip


def to_plain(digits: Sequence[number.Digit], strokes: inks.Ink) -> dict[str, Any]:
    """The number for a JSON file.

    Args:
        digits: as read and corrected.
        strokes: the drawing that they were read from, canvas px.
    """
    return {
        "paper_px": [number.WIDTH_PX, number.HEIGHT_PX],
        "text": number.text(list(digits)),
        "digits": [_digit(digit, strokes) for digit in digits],
    }


def to_csv(digits: Sequence[number.Digit], strokes: inks.Ink) -> str:
    """The number as CSV, from left to right; arguments as for :func:`to_plain`."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for place, digit in enumerate(digits, 1):
        plain = _digit(digit, strokes)
        confidence = "" if digit.prediction is None else f"{digit.prediction.confidence:.4f}"
        label = "" if plain["label"] is None else plain["label"]
        read = (digit.text, label, confidence, plain["is_digit"])
        writer.writerow((place, *read, *plain["box"].values(), plain["is_corrected"]))
    return file.getvalue()


def _digit(digit: number.Digit, strokes: inks.Ink) -> dict[str, Any]:
    prediction = digit.prediction
    read_as = None if prediction is None else prediction.label
    is_corrected = digit.corrected is not None
    return {
        "box": _box([strokes[i] for i in digit.strokes]),
        "label": digit.corrected if is_corrected else read_as,
        "confidence": None if prediction is None else prediction.confidence,
        "is_digit": is_corrected or digit.looks_like_one,
        "is_corrected": is_corrected,
        "read_as": read_as,
        "probabilities": [] if prediction is None else [float(p) for p in prediction.probabilities],
    }


def _box(strokes: inks.Ink) -> dict[str, int]:
    """Around the middle of the pen's lines, in whole px."""
    points = np.concatenate(strokes)
    low, high = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
    x, y, width, height = (int(value) for value in (*low, *(high - low)))
    return {"x": x, "y": y, "width": width, "height": height}
