"""Undo and Clear, below whatever paper there is."""

import streamlit as st

from digitcnn.app.shared.canvas import Canvas


def show(paper: Canvas) -> None:
    """Places the buttons that take a stroke, or all of them, from ``paper``."""
    with st.container(key="pen-tools", horizontal=True, gap="small"):
        st.button("Undo", on_click=paper.undo, icon=":material/undo:", key="undo")
        st.button("Clear", on_click=paper.clear, icon=":material/ink_eraser:", key="clear")
