"""What was read in a photo, as a file: JSON, and CSV with a line for each digit and sign."""

import csv
import io
from typing import Any

from digitcnn.inference.photos.found import Box
from digitcnn.inference.photos.result import PhotoDigit, PhotoMark, PhotoReading

_COLUMNS = (
    "page", "line", "text", "label", "confidence", "is_digit", "x", "y", "width", "height",
    "is_corrected", "is_uncertain",
)  # fmt: skip


def to_plain(reading: PhotoReading) -> dict[str, Any]:
    """The reading for a JSON file: lines as text, each digit and each sign with its box.

    What a person said is a digit stands among the digits, whatever it was read as; what was said to
    be none among the marks, with an empty text if it is to be left out.
    """
    digits, marks = [], []
    for number, row in enumerate(reading.rows):
        place = 0
        for one in row:
            if one.is_sign:
                marks.append(_mark(one, number, place))
            else:
                digits.append(_digit(one, number))
                place += 1
    return {
        "page": reading.view.page + 1,
        "turned": reading.view.turn % 360,
        "flattened": reading.was_flattened,
        "tilt": round(reading.tilt, 1),
        "may_be_upside_down": reading.may_be_upside_down,
        "lines": reading.texts,
        "digits": digits,
        "marks": marks,
    }


def to_csv(reading: PhotoReading) -> str:
    """The reading as CSV: a line for each digit and each sign, in writing order.

    What was corrected stands as text and label; the confidence stays that of what was read. What is
    to be left out has no text.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    page = reading.view.page + 1
    for number, row in enumerate(reading.rows):
        for one in row:
            label = "" if one.is_sign else _label(one)
            sure = f"{one.prediction.confidence:.4f}" if isinstance(one, PhotoDigit) else ""
            read = (one.text, label, sure, one.is_digit)
            told = one.corrected is not None, isinstance(one, PhotoDigit) and one.is_uncertain
            writer.writerow((page, number + 1, *read, *one.box, *told))
    return file.getvalue()


def _digit(one: PhotoDigit | PhotoMark, line: int) -> dict[str, Any]:
    """A digit; nothing is known of how sure one is that was read as a sign."""
    prediction = one.prediction if isinstance(one, PhotoDigit) else None
    return {
        "line": line,
        "box": _box(one.box),
        "label": _label(one),
        "confidence": None if prediction is None else prediction.confidence,
        "is_digit": one.is_digit,
        "is_uncertain": isinstance(one, PhotoDigit) and one.is_uncertain,
        "is_corrected": one.corrected is not None,
        "read_as": one.read_as if prediction is None else prediction.label,
        "probabilities": None
        if prediction is None
        else [float(p) for p in prediction.probabilities],
    }


def _mark(one: PhotoDigit | PhotoMark, line: int, place: int) -> dict[str, Any]:
    plain = {"line": line, "before": place, "text": one.text, "box": _box(one.box)}
    if one.corrected is not None:
        plain |= {"is_corrected": True, "read_as": one.read_as}
    return plain


def _label(one: PhotoDigit | PhotoMark) -> int:
    return one.label if isinstance(one, PhotoDigit) else int(one.text)


def _box(box: Box) -> dict[str, int]:
    return dict(zip(("x", "y", "width", "height"), box, strict=True))
