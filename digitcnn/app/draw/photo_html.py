"""A photo's reading in words and pictures: what the page says about it."""

import json
from base64 import b64encode
from functools import partial

from digitcnn.figures import bars
from digitcnn.figures.image_url import picture_url
from digitcnn.inference.photos.reading import UNCERTAIN, PhotoDigit, PhotoReading
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/draw/templates/photo.html")

INVITATION = "Take or upload a photo of digits"
_HINT = (
    "Numbers on paper, in one line or many: dark on light or light on dark, plain, lined or "
    "squared. Photos are not stored after you leave."
)


def invitation_html() -> str:
    """What to do, before there is a photo."""
    return _render("invitation", text=INVITATION, hint=_HINT)


def trouble_html(trouble: str) -> str:
    """Why a photo could not be read."""
    return _render("trouble", text=trouble)


def picture_html(reading: PhotoReading, name: str) -> str:
    """The photo; its boxes are laid over it by :func:`boxes`."""
    url = "data:image/jpeg;base64," + b64encode(reading.jpeg).decode()
    return _render("picture", url=url, size=reading.size, words=f"{name}: {counted(reading)}")


def counted(reading: PhotoReading) -> str:
    """How many digits there are, and how many of them a person should look at again."""
    n, lines = len(reading.digits), len(reading.lines)
    what = "1 digit" if n == 1 else f"{n} digits"
    where = "" if lines == 1 else f" in {lines} lines"
    doubtful = sum(digit.is_uncertain for digit in reading.digits)
    doubts = f"; {doubtful} uncertain (marked ?)" if doubtful else ""
    return " ".join([f"{what}{where}{doubts}.", *_done(reading)])


def _done(reading: PhotoReading) -> list[str]:
    """What was done to the picture, and which signs are in it, in sentences."""
    said = []
    if reading.view.turn % 360:
        said.append(f"Turned by {reading.view.turn % 360}°.")
    if reading.was_flattened:
        said.append("The sheet was straightened.")
    if reading.view.crop != (0.0, 0.0, 1.0, 1.0):
        said.append("A part of the picture.")
    signs = [mark.text for mark in reading.marks if mark.text != "·"]
    if signs:
        said.append(f"Signs between them: {' '.join(signs)}")
    others = sum(mark.text == "·" for mark in reading.marks)
    if others:
        said.append(
            f"{others} sign{'' if others == 1 else 's'} that {'is' if others == 1 else 'are'} "
            "not a digit (marked ·)."
        )
    return said


def contents(reading: PhotoReading) -> str:
    """The digits and where they are, for the component that shows them."""
    width, height = reading.size
    items = []
    for place, digit in enumerate(reading.digits):
        x, y, w, h = digit.box
        items.append(
            {
                "box": [100 * x / width, 100 * y / height, 100 * w / width, 100 * h / height],
                "label": str(digit.label),
                "uncertain": digit.is_uncertain,
                "space": digit.after_space,
                "sure": sure(digit),
                "words": f"{in_words(digit)}. Digit {place + 1} of {len(reading.digits)}.",
            }
        )
    lines = [len(line) for line in reading.lines]
    return json.dumps({"items": items, "lines": lines})


def in_words(digit: PhotoDigit) -> str:
    """What was read and how sure."""
    prediction = digit.prediction
    if digit.corrected is not None:
        return f"{digit.corrected}, as you said"
    if not prediction.is_digit:
        guess = bars.closest(prediction.label, prediction.confidence)
        return f"Does not look like a digit. {guess}".strip()
    doubt = ", uncertain" if prediction.confidence < UNCERTAIN else ""
    return f"{prediction.label}, {certainty(prediction.confidence)} sure{doubt}"


def sure(digit: PhotoDigit) -> str:
    """How sure, in few signs."""
    if digit.corrected is not None:
        return "you"
    if not digit.prediction.is_digit:
        return "a digit?"
    confidence = digit.prediction.confidence
    return ">\u200999%" if confidence > 0.99 else f"{100 * confidence:.0f}%"


def seen_html(digit: PhotoDigit) -> str:
    """The digit in the photo, as the first of its steps."""
    return _render("seen", url=picture_url(digit.found.seen), box=digit.box)
