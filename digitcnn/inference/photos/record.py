"""What was read in a photo, as a file: JSON, and CSV with a line for each digit and sign."""

import csv
import io
from typing import Any

from digitcnn.inference.photos.found import Box
from digitcnn.inference.photos.reading import PhotoDigit, PhotoReading

_COLUMNS = (
    "page", "line", "text", "label", "confidence", "is_digit", "x", "y", "width", "height",
    "is_corrected",
)  # fmt: skip


def to_plain(reading: PhotoReading) -> dict[str, Any]:
    """The reading for a JSON file: lines as text, each digit and each sign with its box."""
    return {
        "page": reading.view.page + 1,
        "turned": reading.view.turn % 360,
        "flattened": reading.was_flattened,
        "lines": reading.texts,
        "digits": [
            _digit(digit, number) for number, line in enumerate(reading.lines) for digit in line
        ],
        "marks": [
            {
                "line": mark.line,
                "before": mark.place,
                "text": mark.text,
                "box": _box(mark.found.box),
            }
            for mark in reading.marks
        ],
    }


def to_csv(reading: PhotoReading) -> str:
    """The reading as CSV: a line for each digit and each sign, in writing order.

    What was corrected stands as text and label; the confidence stays that of what was read.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    page = reading.view.page + 1
    for number, line in enumerate(reading.lines):
        for place in range(len(line) + 1):
            for mark in reading.marks:
                if (mark.line, mark.place) == (number, place):
                    read_as = (mark.text, "", "", False)
                    writer.writerow((page, number + 1, *read_as, *mark.found.box, False))
            if place < len(line):
                digit = line[place]
                sure = f"{digit.prediction.confidence:.4f}"
                read = (digit.text, digit.label, sure, digit.is_digit)
                is_corrected = digit.corrected is not None
                writer.writerow((page, number + 1, *read, *digit.box, is_corrected))
    return file.getvalue()


def _digit(digit: PhotoDigit, line: int) -> dict[str, Any]:
    return {
        "line": line,
        "box": _box(digit.box),
        "label": digit.label,
        "confidence": digit.prediction.confidence,
        "is_digit": digit.is_digit,
        "is_corrected": digit.corrected is not None,
        "read_as": digit.prediction.label,
        "probabilities": [float(p) for p in digit.prediction.probabilities],
    }


def _box(box: Box) -> dict[str, int]:
    return dict(zip(("x", "y", "width", "height"), box, strict=True))
