"""After a reading: whether it is right, and if not, what it is; both teach the network."""

from html import escape

import streamlit as st

from digitcnn.app.draw import personal_model_panel
from digitcnn.app.shared import canvas, messages, personal_model
from digitcnn.app.shared.reading import Reading
from digitcnn.data import drawings
from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing.ink import Ink
from digitcnn.settings import settings

_ASKED = "teach asked"  # session state: whether the ten digits are shown to choose from


def show(read: Reading) -> None:
    """Places both buttons, and below them what was learned; for the drawing on the canvas."""
    mine, ink = personal_model.mine(), canvas.DIGIT.drawing()
    can_be_kept = read.prediction is not None and bool(ink) and canvas.DIGIT.picture() is None
    sure = can_be_kept and read.prediction.is_digit
    with st.container(key="teach", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Right",
            icon=":material/check:",
            disabled=not sure,
            key="teach-right",
            on_click=_keep,
            args=(ink, read.prediction.label if sure else 0),
        )
        st.button(
            "No, it is a …" if sure or not can_be_kept else "It is a …",
            disabled=not can_be_kept,
            key="teach-other",
            on_click=_ask,
        )
        st.html(f'<p class="quiet" role="status">{escape(_says(mine, ink))}</p>')
    if can_be_kept and st.session_state.get(_ASKED):
        with st.container(key="teach-digits"):
            for label in range(10):
                st.button(str(label), key=f"teach-{label}", on_click=_keep, args=(ink, label))
    if settings().collect is not None:
        st.html(
            '<p class="quiet collects">Whoever runs this page also keeps each drawing that you '
            "confirm, with its label; what you delete here is deleted there, too.</p>"
        )
    personal_model_panel.show(mine)


def _says(mine: personal_model.PersonalModel, ink: Ink) -> str:
    """What there is to say about the drawing on the canvas."""
    try:
        kept = mine.drawings.find(drawings.confirmed(ink, 0).id)
    except DigitcnnError:
        kept = None
    if kept is not None:
        return f"Kept as {messages.one(kept.label)}. {mine.trouble}".strip()
    return mine.trouble or "Tell it, and it learns your hand."


def _ask() -> None:
    st.session_state[_ASKED] = not st.session_state.get(_ASKED)


def _keep(ink: Ink, label: int) -> None:
    personal_model.mine().keep(ink, label)
    st.session_state[_ASKED] = False
