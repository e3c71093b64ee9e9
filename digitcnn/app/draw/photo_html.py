"""A photo's reading in words and pictures: what the page says about it."""

import json
from base64 import b64encode
from functools import partial

from digitcnn.figures import bars
from digitcnn.figures.image_url import picture_url
from digitcnn.inference.photos.found import OTHER
from digitcnn.inference.photos.result import (
    NOTHING,
    UNCERTAIN,
    PhotoDigit,
    PhotoMark,
    PhotoReading,
)
from digitcnn.inference.recognizer import Prediction
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/draw/templates/photo.html")

NAMES = {
    ".": "point",
    ",": "comma",
    "-": "dash",
    "/": "slash",
    ":": "colon",
    OTHER: "not a digit",
    NOTHING: "left out",
}
"""What signs are called, by their text."""

_LEAST_TILT = 2.0  # degrees: less is no more than a hand writes

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


def unread_html(jpeg: bytes, size: tuple[int, int], name: str) -> str:
    """A photo in which nothing could be read, to be turned or cropped."""
    url = "data:image/jpeg;base64," + b64encode(jpeg).decode()
    return _render("picture", url=url, size=size, words=name)


def counted(reading: PhotoReading) -> str:
    """How many digits there are, and how many of them a person should look at again."""
    n, lines = sum(not one.is_sign for row in reading.rows for one in row), len(reading.lines)
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
    if reading.may_be_upside_down:
        said.append("It may be upside down: if it is, turn it twice.")
    if reading.was_flattened:
        said.append("The sheet was straightened.")
    if abs(reading.tilt) >= _LEAST_TILT:
        said.append(f"Straightened by {abs(reading.tilt):.0f}°.")
    if reading.view.crop != (0.0, 0.0, 1.0, 1.0):
        said.append("A part of the picture.")
    texts = [one.text for row in reading.rows for one in row if one.is_sign]
    signs = [text for text in texts if text not in (OTHER, NOTHING)]
    if signs:
        said.append(f"Signs between them: {' '.join(signs)}")
    others = texts.count(OTHER)
    if others:
        said.append(
            f"{others} sign{'' if others == 1 else 's'} that {'is' if others == 1 else 'are'} "
            "not a digit (marked ·)."
        )
    return said


def contents(reading: PhotoReading) -> str:
    """The digits and signs and where they are, for the component that shows them."""
    width, height = reading.size
    items = []
    every = [one for row in reading.rows for one in row]
    for place, one in enumerate(every):
        x, y, w, h = one.box
        kind = "Sign" if one.is_sign else "Digit"
        items.append(
            {
                "box": [100 * x / width, 100 * y / height, 100 * w / width, 100 * h / height],
                "label": short(one),
                "sign": one.is_sign,
                "uncertain": isinstance(one, PhotoDigit) and one.is_uncertain,
                "space": one.after_space,
                "sure": sure(one),
                "words": f"{in_words(one)}. {kind}, {place + 1} of {len(every)}.",
            }
        )
    lines = [len(row) for row in reading.rows]
    return json.dumps({"items": items, "lines": lines})


def short(one: PhotoDigit | PhotoMark) -> str:
    """What it is in one sign; a digit that looks like none has the label that is nearest."""
    if one.text == NOTHING:
        return "×"
    return one.text if one.is_sign or isinstance(one, PhotoMark) else str(one.label)


def in_words(one: PhotoDigit | PhotoMark) -> str:
    """What was read and how sure, or what a person said."""
    if one.corrected is not None:
        return f"{NAMES.get(one.corrected, one.corrected)}, as you said"
    if isinstance(one, PhotoMark):
        return NAMES.get(one.text, one.text)
    prediction = one.prediction
    if not prediction.is_digit:
        guess = bars.closest(prediction.label, prediction.confidence)
        return f"Does not look like a digit. {guess}".strip()
    doubt = ", uncertain" if prediction.confidence < UNCERTAIN else ""
    return f"{prediction.label}, {certainty(prediction.confidence)} sure{doubt}"


def sure(one: PhotoDigit | PhotoMark) -> str:
    """How sure, in few signs."""
    if one.corrected is not None:
        return "you"
    if isinstance(one, PhotoMark):
        return "a sign"
    if not one.prediction.is_digit:
        return "a digit?"
    confidence = one.prediction.confidence
    return ">\u200999%" if confidence > 0.99 else f"{100 * confidence:.0f}%"


def seen_html(one: PhotoDigit | PhotoMark) -> str:
    """The digit or sign in the photo, as the first of its steps."""
    return _render("seen", url=picture_url(one.found.seen), box=one.box)


def sign_html(one: PhotoDigit | PhotoMark, guess: Prediction | None) -> str:
    """A sign that is chosen: what it was taken for, and which digit it resembles.

    Args:
        one: the sign.
        guess: what the network reads in it; ``None`` if it can't be read.
    """
    resembles = None if guess is None else bars.closest(guess.label, guess.confidence)
    return _render("sign", text=short(one), name=NAMES.get(one.text, one.text), guess=resembles)
