"""Undo, Redo, Clear and the choice of pen, below any paper."""

import functools
from typing import Any

import streamlit as st

from digitcnn.app.shared import canvas
from digitcnn.app.shared.canvas import Canvas

# live.js finds these, and gives them their meaning.
_OPTIONS = (
    '<p class="away" role="status" hidden>The server does not answer. What you draw is read in your'
    " browser, and stays here.</p>"
    '<div class="paper-options"><label><input type="checkbox"> Keep in this browser</label>'
    '<button type="button" hidden>Full screen</button></div>'
)

_PENS = {
    "fine": ("Fine", ":material/stylus_pen:"),
    "pen": ("Pen", ":material/edit:"),
    "marker": ("Marker", ":material/ink_marker:"),
    "eraser": ("Eraser", ":material/ink_eraser:"),
}


def show(paper: Canvas) -> None:
    """Places the tools for ``paper``."""
    # Never grey: a button that turns grey under the keyboard's focus throws it off the page.
    with st.container(key="pen-tools", horizontal=True, gap="small"):
        st.button(
            "Undo",
            on_click=paper.undo,
            icon=":material/undo:",
            key="undo",
            help="Ctrl+Z",
        )
        st.button(
            "Redo",
            on_click=paper.redo,
            icon=":material/redo:",
            key="redo",
            help="Ctrl+Y",
        )
        st.button("Clear", on_click=paper.clear, icon=":material/delete:", key="clear")
    st.session_state["pen"] = canvas.pen()
    st.segmented_control(
        "Draw with",
        list(_PENS),
        required=True,
        format_func=lambda name: f"{_PENS[name][1]} {_PENS[name][0]}",
        label_visibility="collapsed",
        key="pen",
    )
    _options()(key="paper-options")


@functools.cache
def _options() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    return st.components.v2.component(
        "digitcnn-paper-options",
        js="export default function () {}",
        html=_OPTIONS,
        isolate_styles=False,
    )
