"""One digit on the canvas, read after every stroke."""

import streamlit as st

from digitcnn.app.draw import confirm, networks
from digitcnn.app.shared import (
    cache,
    canvas,
    lesson_progress,
    live,
    panels,
    pen_tools,
    personal_model,
    reading,
    replay,
    run_line,
    sample_digits,
)
from digitcnn.preprocessing import ink


def show(reader: cache.Reader) -> None:
    """Places the canvas and what ``reader`` reads on it."""
    with st.container(key="desk"):
        with st.container(key="paper"):
            try:
                read = reading.read(canvas.DIGIT.place(), reader.recognizer, canvas.DIGIT.picture())
            except (ink.MalformedDrawing, ink.DrawingTooLarge) as error:
                read = reading.Reading(trouble=str(error))
            pen_tools.show(canvas.DIGIT)
        panels.show_answer(read, lay_over=lambda: live.show(canvas.DIGIT, reader, ".st-key-answer"))
    networks.show_votes(read, reader)
    confirm.show(read, canvas.DIGIT.drawing(), canvas.DIGIT.picture() is None)
    sample_digits.show("Or try a sample")
    networks.show(read, reader)
    panels.show_steps(read)
    replay.show(canvas.DIGIT, reader)
    run_line.show(reader)
    if read.prediction is not None:
        lesson_progress.report(
            "read",
            label=read.prediction.label,
            sure=read.prediction.confidence,
            is_digit=read.prediction.is_digit,
            is_drawn=canvas.DIGIT.picture() is None,
            n_strokes=len(canvas.DIGIT.drawing()),
            # Also where all were read right, and nothing had to change.
            n_taught=len(personal_model.mine().drawings),
        )
