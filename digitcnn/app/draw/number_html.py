"""What the page shows of a number's reading, in words and pictures."""

from functools import partial

from digitcnn.app.shared import reading
from digitcnn.figures import bars
from digitcnn.figures.strokes import fitted_url
from digitcnn.inference import number
from digitcnn.preprocessing import ink as inks
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/draw/templates/number.html")

_PICTURE_PX = 44
_PEN_PX = 2.6
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")

_HINT = "Up to twelve digits in a line. Lift the pen between digits."


def number_html(digits: list[number.Digit], chosen: int, trouble: str | None) -> str:
    """The number in large type, the chosen digit underlined; or the invitation; or the trouble."""
    if trouble or not digits:
        return reading.answer_html(reading.Reading(trouble=trouble))
    return _render(
        "number", signs=[_sign(digit, place == chosen) for place, digit in enumerate(digits)]
    )


def remarks_html(digits: list[number.Digit], chosen: int, trouble: str | None) -> str:
    """How many digits were found, which is shown, and which do not look like one."""
    if trouble:
        return _render("remarks", doubts=[], many="Press Undo or Clear and try again.")
    if not digits:
        return _render("remarks", doubts=[], many=_HINT)
    shown = f"Below: the {_ordinal(chosen)}. Select another to see how it was read."
    many = "One digit." if len(digits) == 1 else f"{len(digits)} digits. {shown}"
    doubts = [
        (_ordinal(place), _doubt(digit))
        for place, digit in enumerate(digits)
        if not digit.looks_like_one and digit.corrected is None
    ]
    return _render("remarks", doubts=doubts, many=many)


def choice(digit: number.Digit) -> str:
    """What a digit's button says."""
    if digit.corrected is not None:
        return f"**{digit.corrected}** as you said"
    if digit.prediction is None:
        return f"**{number.UNREADABLE}** can't be read"
    sure = certainty(digit.prediction.confidence)
    doubt = "" if digit.looks_like_one else " not a digit?"
    return f"**{digit.prediction.label}** {sure}{doubt}"


def pictures_css(strokes: inks.Ink, digits: list[number.Digit], chosen: int) -> str:
    """For each digit's button a picture of its strokes; and which of them is chosen."""
    pictures = [
        fitted_url([strokes[i] for i in digit.strokes], _PICTURE_PX, _PEN_PX) for digit in digits
    ]
    return _render("pictures", urls=pictures, chosen=chosen)


def as_reading(digit: number.Digit) -> reading.Reading:
    """The same as a reading of one digit, for the panels that show those."""
    return reading.Reading(digit.prediction, digit.steps, digit.trouble)


def _sign(digit: number.Digit, is_chosen: bool) -> tuple[str, str]:
    """What stands for a digit, and how it looks: names of CSS classes."""
    is_sure = digit.looks_like_one or digit.corrected is not None
    names = [*(["chosen"] if is_chosen else []), *([] if is_sure else ["unsure"])]
    return digit.text, " ".join(names)


def _doubt(digit: number.Digit) -> str:
    if digit.prediction is None:
        return f"can't be read: {digit.trouble or ''}"
    guess = bars.closest(digit.prediction.label, digit.prediction.confidence)
    return f"does not look like a digit. {guess}{'.' if guess else ''}".strip()


def _ordinal(place: int) -> str:
    return _ORDINALS[place] if place < len(_ORDINALS) else f"{place + 1}th"
