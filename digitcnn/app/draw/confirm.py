"""After a reading: whether it is correct, and if not, what it is; the network adapts to both."""

import streamlit as st

from digitcnn.app.draw import personal_model_panel
from digitcnn.app.shared import messages, notes, personal_model
from digitcnn.app.shared.reading import Reading
from digitcnn.data import drawings
from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing.ink import Ink
from digitcnn.settings import settings

_ASKED = "teach asked"  # session state: id of the drawing of which it is asked what it is


def show(read: Reading, ink: Ink, is_own: bool = True) -> None:
    """Places the buttons, and below them what was learned.

    Args:
        read: what was read.
        ink: the strokes that it was read from, on a paper for one digit.
        is_own: whether there is nothing else on that paper.
    """
    mine = personal_model.mine()
    can_be_kept = read.prediction is not None and bool(ink) and is_own
    label = _label(read) if can_be_kept else None
    if can_be_kept and st.session_state.get(_ASKED) == _id(ink):
        _digits(ink, label)
    else:
        _verdict(mine, ink, read, can_be_kept, is_own, label)
    if settings().collect is not None:
        notes.quiet(
            "The operator of this site stores the drawings you confirm, with their labels; what "
            "you delete here is deleted there, too.",
            "collects",
        )
    personal_model_panel.show(mine)


def _label(read: Reading) -> int | None:
    """What is read; ``None`` where that is no digit, or nothing."""
    prediction = read.prediction
    return prediction.label if prediction is not None and prediction.is_digit else None


def _verdict(
    mine: personal_model.PersonalModel,
    ink: Ink,
    read: Reading,
    can_be_kept: bool,
    is_own: bool,
    label: int | None,
) -> None:
    """Whether the reading is correct, as two buttons."""
    with st.container(key="teach", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Correct",
            icon=":material/check:",
            disabled=label is None,
            key="teach-right",
            on_click=_keep,
            args=(ink, label or 0),
        )
        st.button(
            "Wrong – it's a …" if label is not None or not can_be_kept else "It's a …",
            disabled=not can_be_kept,
            key="teach-other",
            on_click=_ask,
            args=(ink,),
        )
        notes.status(_says(mine, ink, can_be_kept, is_own))


def _digits(ink: Ink, denied: int | None) -> None:
    """What else it can be, in place of the buttons that asked; never what was just denied."""
    with st.container(key="teach-digits", horizontal=True, gap="xsmall"):
        notes.status("It's a")
        for label in range(10):
            if label != denied:
                st.button(str(label), key=f"teach-{label}", on_click=_keep, args=(ink, label))
        st.button(
            "Cancel", icon=":material/close:", type="tertiary", key="teach-cancel",
            on_click=_ask, args=(None,),
        )  # fmt: skip


def kept_label(ink: Ink) -> int | None:
    """What the visitor said that a drawing is; ``None`` if nothing was said."""
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


def _ask(ink: Ink | None) -> None:
    st.session_state[_ASKED] = None if ink is None else _id(ink)


def _keep(ink: Ink, label: int) -> None:
    personal_model.mine().keep(ink, label)
    st.session_state[_ASKED] = None
