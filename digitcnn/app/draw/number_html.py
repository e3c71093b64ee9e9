"""A number's reading in words and pictures: what the page says about it."""

from base64 import b64encode
from html import escape

import numpy as np

from digitcnn.app.shared import reading
from digitcnn.figures import bars
from digitcnn.inference import number
from digitcnn.preprocessing import ink as inks
from digitcnn.text import certainty

_PICTURE_PX = 44
_PEN_PX = 2.6
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")

_HINT = "Up to twelve digits in a line. Lift the pen between digits."


def number_html(digits: list[number.Digit], chosen: int, trouble: str | None) -> str:
    """The number in large type, the chosen digit underlined; or the invitation; or the trouble."""
    if trouble or not digits:
        return reading.answer_html(reading.Reading(trouble=trouble))
    signs = "".join(_sign(digit, place == chosen) for place, digit in enumerate(digits))
    return f'<div role="status" class="number" style="--digits: {len(digits)}">{signs}</div>'


def remarks_html(digits: list[number.Digit], chosen: int, trouble: str | None) -> str:
    """How many digits were found, which is shown, and which do not look like one."""
    if trouble:
        return '<p class="quiet">Press Undo or Clear and try again.</p>'
    if not digits:
        return f'<p class="quiet">{_HINT}</p>'
    shown = f"Below: the {_ordinal(chosen)}. Select another to see how it was read."
    many = "One digit." if len(digits) == 1 else f"{len(digits)} digits. {shown}"
    doubts = "".join(
        f'<p class="doubt">The {_ordinal(place)} {_doubt(digit)}</p>'
        for place, digit in enumerate(digits)
        if not digit.looks_like_one
    )
    return f'{doubts}<p class="quiet">{many}</p>'


def choice(digit: number.Digit) -> str:
    """What a digit's button says."""
    if digit.prediction is None:
        return f"**{number.UNREADABLE}** can't be read"
    sure = certainty(digit.prediction.confidence)
    doubt = "" if digit.looks_like_one else " not a digit?"
    return f"**{digit.prediction.label}** {sure}{doubt}"


def pictures_css(strokes: inks.Ink, digits: list[number.Digit], chosen: int) -> str:
    """For each digit's button a picture of its strokes; and which of them is chosen.

    That is no matter of the button's type: with another type the browser takes it for another
    button, and who chose it by keyboard would lose the place.
    """
    rules = "".join(
        f".st-key-number-digit-{place}{{--strokes:url(data:image/svg+xml;base64,"
        f"{b64encode(_outline([strokes[i] for i in digit.strokes]).encode()).decode()})}}"
        for place, digit in enumerate(digits)
    )
    mark = (
        f".st-key-number-digit-{chosen} button"
        "{border-color:var(--accent);box-shadow:inset 0 -0.25rem var(--accent)}"
    )
    return f"<style>{rules}{mark}</style>"


def as_reading(digit: number.Digit) -> reading.Reading:
    """The same as a reading of one digit, for the panels that show those."""
    return reading.Reading(digit.prediction, digit.steps, digit.trouble)


def _sign(digit: number.Digit, is_chosen: bool) -> str:
    sign = number.UNREADABLE if digit.prediction is None else str(digit.prediction.label)
    names = [*(["chosen"] if is_chosen else []), *([] if digit.looks_like_one else ["unsure"])]
    return f'<span class="{" ".join(names)}">{sign}</span>' if names else sign


def _doubt(digit: number.Digit) -> str:
    if digit.prediction is None:
        return f"can't be read: {escape(digit.trouble or '')}"
    guess = bars.closest(digit.prediction.label, digit.prediction.confidence)
    return f"does not look like a digit. {guess}{'.' if guess else ''}".strip()


def _ordinal(place: int) -> str:
    return _ORDINALS[place] if place < len(_ORDINALS) else f"{place + 1}th"


def _outline(strokes: inks.Ink) -> str:
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (_PICTURE_PX - 2 * _PEN_PX) / max(float(extent.max()), 1.0)
    corner = (_PICTURE_PX - extent * scale) / 2
    placed = [(stroke - low) * scale + corner for stroke in strokes]
    return inks.svg(placed, (_PICTURE_PX, _PICTURE_PX), _PEN_PX)
