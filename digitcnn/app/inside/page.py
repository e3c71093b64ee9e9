"""The Inside page: what the network makes of a digit, stage by stage, and why it reads it so."""

from pathlib import Path

import streamlit as st

from digitcnn.app.inside import breaking, layers, similar, why
from digitcnn.app.inside.source import Source, source_of
from digitcnn.app.shared import (
    STYLE,
    canvas,
    live,
    messages,
    notes,
    panels,
    pen_tools,
    personal_model,
    reading,
    run_line,
    sample_digits,
)
from digitcnn.figures import bars
from digitcnn.figures.image_url import picture_url
from digitcnn.preprocessing import ink
from digitcnn.system.templates import render
from digitcnn.text import certainty

_STYLES = [STYLE, Path(__file__).with_name("inside.css")]

_PARTS = {
    "Why": why.show,
    "Break it": breaking.show,
    "Layers": layers.show,
    "Similar digits": similar.show_similar,
    "Map": similar.show_map,
}


def page() -> None:
    """The page, as Streamlit calls it."""
    for style in _STYLES:
        st.html(style)
    st.html(sample_digits.STYLE)
    st.title("Look inside", anchor=False)
    _workspace()
    with messages.in_words("naming the run in use"):
        run_line.show(personal_model.reader())


@st.fragment
def _workspace() -> None:
    """Everything that a stroke changes; the reading comes first, then the open part."""
    with messages.in_words("looking inside"), st.container(key="inside"):
        reader = personal_model.reader()
        with st.container(key="inside-digit"):
            with st.container(key="paper"):
                strokes, trouble = _paper()
                pen_tools.show(canvas.DIGIT)
            with st.container(key="inside-answer"):
                source = source_of(strokes, trouble, reader.recognizer)
                _answer(source)
                live.show(canvas.DIGIT, reader, ".st-key-inside-answer")
            sample_digits.show("Or try a sample")
        with st.container(key="inside-parts"):
            tabs = st.tabs(list(_PARTS), key="inside-tabs", on_change="rerun")
            for tab, (name, part) in zip(tabs, _PARTS.items(), strict=True):
                if tab.open:
                    with tab, messages.in_words(f"showing {name}"):
                        part(source, reader)


def _paper() -> tuple[ink.Ink, str]:
    try:
        return canvas.DIGIT.place(), ""
    except (ink.MalformedDrawing, ink.DrawingTooLarge) as error:
        return [], str(error)


def _answer(source: Source) -> None:
    prediction = source.prediction
    sure = f"{certainty(prediction.confidence)} sure"
    if not prediction.is_digit:
        guess = bars.closest(prediction.label, prediction.confidence)
        sure = f"This does not look like a digit. {guess}".strip()
    with st.container(key="reading"):
        st.html(reading.digit_html(prediction.label))
    st.html(
        render(
            "app/inside/templates/inside.html",
            "answer",
            url=picture_url(source.image),
            sure=f"{sure[0].upper()}{sure[1:]}",
            runner_up=prediction.runner_up,
            chance=certainty(prediction.runner_up_probability),
        )
    )
    with st.container(key="probabilities"):
        panels.show_bars(prediction)
    if source.says:
        notes.hint(source.says)
