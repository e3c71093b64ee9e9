"""A drawing's reading: from strokes to the text on the page."""

import logging
import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from digitcnn.app.shared import notes
from digitcnn.errors import DigitcnnError
from digitcnn.figures import bars
from digitcnn.figures.image_url import picture_url
from digitcnn.inference.recognizer import Prediction, Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.system import logs
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/shared/templates/reading.html")

log = logging.getLogger("digitcnn.app")

INVITATION = "Draw on the paper"
NOT_A_DIGIT = "That does not look like a digit."

_HINT = "With mouse, pen or finger. Each stroke is read at once."

_STEP_CAPTIONS = (
    ("drawn", "As drawn"),
    ("inverted", "Inverted"),
    ("cropped", "Cropped to the ink"),
    ("resized", "Resized to the 20-pixel box"),
    ("centred", "Centred by its mass"),
)


@dataclass(frozen=True)
class Reading:
    """What is known about a drawing.

    Attributes:
        prediction: what the network says; ``None`` without a drawing that it could read.
        steps: the drawing's way to the digit image; ``None`` likewise.
        trouble: why there is no prediction, as a sentence; ``None`` for an empty canvas.
    """

    prediction: Prediction | None = None
    steps: digit_image.Steps | None = None
    trouble: str | None = None


def read(
    strokes: ink.Ink, recognizer: Recognizer, picture: NDArray[np.uint8] | None = None
) -> Reading:
    """Reads a drawing; what can't be read is said in :attr:`Reading.trouble`.

    Args:
        strokes: the drawing.
        recognizer: what reads it.
        picture: a digit image that lies under the drawing, uint8 (28, 28), if one does.
    """
    start = time.perf_counter()
    try:
        found = steps(strokes, picture)
        if found is None:
            return Reading()
        prediction = recognizer.recognize(found.centred)
        _log(prediction, len(strokes), start)
        return Reading(prediction, found)
    except DigitcnnError as error:
        return Reading(trouble=str(error))


def steps(strokes: ink.Ink, picture: NDArray[np.uint8] | None = None) -> digit_image.Steps | None:
    """The way from what is on the paper to the digit image; ``None`` if there is nothing on it.

    A picture that nobody has drawn on is read as it is: it is a digit image already, and may be
    one that our own preprocessing would place a little otherwise.

    Args:
        strokes: the drawing.
        picture: as for :func:`read`.

    Raises:
        TooLittleInk, TooMuchInk: see :mod:`digitcnn.preprocessing.digit_image`.
    """
    if not strokes and picture is None:
        return None
    # Over a picture the pen stays as broad as it is drawn: the picture's lines are as broad.
    raster = ink.rasterize(strokes, pen_px=None if picture is None else ink.PEN_PX)
    if picture is not None:
        raster = np.minimum(raster, digit_image.enlarged(picture, ink.CANVAS_PX))
    try:
        found = digit_image.steps(raster)
    except digit_image.EmptyDrawing:
        return None  # a stroke that stayed off the paper
    return found if strokes or picture is None else replace(found, centred=picture)


def _log(prediction: Prediction, n_strokes: int, start: float) -> None:
    logs.event(
        log,
        "reading",
        label=prediction.label,
        confidence=round(prediction.confidence, 4),
        is_digit=prediction.is_digit,
        strokes=n_strokes,
        took_ms=round((time.perf_counter() - start) * 1e3, 1),
    )


def answer_html(reading: Reading) -> str:
    """The digit that was read in large type; or the invitation; or what is the trouble."""
    prediction = reading.prediction
    if prediction is not None and prediction.is_digit:
        return digit_html(prediction.label)
    if prediction is not None:
        return _render("says", text=NOT_A_DIGIT)
    if reading.trouble:
        return _render("says", text=reading.trouble)
    return _render("says", text=INVITATION, invites=True)


def digit_html(label: int) -> str:
    """A digit in large type."""
    return _render("digit", label=label)


def sureness_html(reading: Reading) -> str:
    """How sure, and what it might be instead."""
    prediction = reading.prediction
    if prediction is None:
        return notes.quiet_html("Press Clear and try again." if reading.trouble else _HINT)
    if not prediction.is_digit:
        guess = bars.closest(prediction.label, prediction.confidence)
        return notes.quiet_html(guess or "It resembles no digit more than others.")
    sure = certainty(prediction.confidence)
    return _render(
        "sure",
        text=f"{sure[0].upper()}{sure[1:]} sure",
        runner_up=prediction.runner_up,
        chance=certainty(prediction.runner_up_probability),
    )


def seen_html(reading: Reading) -> str:
    """The picture that the network saw, enlarged without smoothing."""
    return _render("seen", url="" if reading.steps is None else picture_url(reading.steps.centred))


def digits_html(chosen: int | None) -> str:
    """The digits below the bars, in ten columns; the one that was chosen is bold and underlined."""
    return _render("digits", chosen=chosen)


def steps_html(reading: Reading) -> str:
    """Every step from the drawing to the digit image, each a picture with its caption."""
    if reading.steps is None:
        return notes.quiet_html("Draw something first.")
    pictures = [(caption, getattr(reading.steps, name)) for name, caption in _STEP_CAPTIONS]
    return _render(
        "steps",
        pictures=[
            (caption, picture_url(picture), *reversed(picture.shape))
            for caption, picture in pictures
        ],
    )
