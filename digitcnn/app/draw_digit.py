"""One digit on the canvas, read after every stroke."""

import streamlit as st

from digitcnn import ink
from digitcnn.app import canvas, panels, reading, resources, run_line, sample_digits


def show(reader: resources.Reader) -> None:
    """Places the canvas and what ``reader`` reads on it."""
    with st.container(key="desk"):
        with st.container(key="paper"):
            try:
                read = reading.read(canvas.canvas(), reader.recognizer, canvas.picture())
            except (ink.MalformedDrawing, ink.DrawingTooLarge) as error:
                read = reading.Reading(trouble=str(error))
            with st.container(key="pen-tools", horizontal=True, gap="small"):
                st.button("Undo", on_click=canvas.undo, icon=":material/undo:", key="undo")
                st.button("Clear", on_click=canvas.clear, icon=":material/ink_eraser:", key="clear")
        panels.show_answer(read)
    sample_digits.show("Or let it read one of ours")
    panels.show_steps(read)
    run_line.show(reader)
