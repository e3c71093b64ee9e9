"""Feedback on a reading: correct, or another digit; the network adapts to both."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from digitcnn.app.draw import personal_model_panel
from digitcnn.app.shared import messages, notes, personal_model
from digitcnn.app.shared.reading import Reading
from digitcnn.data import drawings
from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing.ink import Ink
from digitcnn.settings import settings

_ASKED = "teach asked"  # session state: the digit of which it is asked what it is


@dataclass(frozen=True)
class Others:
    """What else something may be, where it need not be a digit.

    Attributes:
        captions: what buttons say, by the text that each stands for.
        keep: called with that text.
    """

    captions: Mapping[str, str]
    keep: Callable[[str], None]


def show(read: Reading, ink: Ink, is_own: bool = True) -> None:
    """Places the buttons, and below them what was learned.

    Args:
        read: what was read.
        ink: the strokes that it was read from, on a paper for one digit.
        is_own: whether there is nothing else on that paper.
    """
    mine = personal_model.mine()
    can_be_kept = read.prediction is not None and bool(ink) and is_own
    ask(
        _id(ink) if can_be_kept else None,
        label(read) if can_be_kept else None,
        functools.partial(_keep, ink),
        _says(mine, ink, can_be_kept, is_own),
    )
    if settings().collect is not None:
        notes.quiet(
            "The operator of this site stores the drawings you confirm, with their labels; what "
            "you delete here is deleted there, too.",
            "collects",
        )
    personal_model_panel.show(mine)


def label(read: Reading) -> int | None:
    """What is read; ``None`` where that is no digit, or nothing."""
    prediction = read.prediction
    return prediction.label if prediction is not None and prediction.is_digit else None


def ask(
    asked: str | None,
    read_as: int | None,
    keep: Callable[[int], None],
    says: str,
    others: Others | None = None,
) -> None:
    """Whether a reading is correct, as two buttons; or, once it is not, what else it is.

    Args:
        asked: what tells the digit from all others; ``None`` if there is nothing to be told.
        read_as: what was read; ``None`` where that is no digit.
        keep: called with what the digit is.
        says: what there is to say about it.
        others: what it may be but a digit.
    """
    if asked is not None and st.session_state.get(_ASKED) == asked:
        _digits(read_as, keep, others)
        return
    with st.container(key="teach", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Correct",
            icon=":material/check:",
            disabled=read_as is None,
            key="teach-right",
            on_click=_tell,
            args=(keep, read_as or 0),
        )
        st.button(
            "Wrong – it's a …" if read_as is not None or asked is None else "It's a …",
            disabled=asked is None,
            key="teach-other",
            on_click=_ask,
            args=(asked,),
        )
        notes.status(says)


def _digits(denied: int | None, keep: Callable[[int], None], others: Others | None) -> None:
    """What else it can be, in place of the buttons that asked; never what was just denied."""
    with st.container(key="teach-digits", horizontal=True, gap="xsmall"):
        notes.status("It's a")
        for digit in range(10):
            if digit != denied:
                st.button(str(digit), key=f"teach-{digit}", on_click=_tell, args=(keep, digit))
        for number, (text, caption) in enumerate(others.captions.items() if others else ()):
            st.button(
                caption, key=f"teach-other-{number}", on_click=_tell_other, args=(others, text)
            )
        st.button(
            "Cancel", icon=":material/close:", type="tertiary", key="teach-cancel",
            on_click=_ask, args=(None,),
        )  # fmt: skip


def kept_label(ink: Ink) -> int | None:
    """The label that the visitor gave a drawing; ``None`` if none."""
    kept = personal_model.mine().drawings.find(_id(ink))
    return None if kept is None else kept.label


def _says(mine: personal_model.PersonalModel, ink: Ink, can_be_kept: bool, is_own: bool) -> str:
    """What there is to say about the drawing on the canvas."""
    kept = mine.drawings.find(_id(ink))
    if kept is not None:
        return f"Kept as {messages.one(kept.label)}. {mine.trouble}".strip()
    if mine.trouble or can_be_kept:
        return mine.trouble or "Correct it and it adapts to your handwriting."
    if not is_own:
        return (
            "There is a picture on the paper that you did not draw; the network adapts only to "
            "your own drawings. Clear it and draw."
        )
    return "Draw a digit, and say here whether it was read correctly."


def _id(ink: Ink) -> str:
    """The drawing's id; empty if it can't be kept."""
    try:
        return drawings.confirmed(ink, 0).id
    except DigitcnnError:
        return ""


def _ask(asked: str | None) -> None:
    st.session_state[_ASKED] = asked


def _tell(keep: Callable[[int], None], digit: int) -> None:
    keep(digit)
    st.session_state[_ASKED] = None


def _tell_other(others: Others, text: str) -> None:
    others.keep(text)
    st.session_state[_ASKED] = None


def _keep(ink: Ink, digit: int) -> None:
    personal_model.mine().keep(ink, digit)
