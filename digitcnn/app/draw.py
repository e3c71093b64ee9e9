"""The Draw page: a canvas, and what the network reads on it after every stroke."""

from pathlib import Path

import streamlit as st

from digitcnn import figures, ink
from digitcnn.app import (
    canvas,
    reading,
    resources,
    run_line,
    sample_digits,
    training_state,
    words,
)

_STYLE = Path(__file__).with_name("style.css")


def as_page() -> st.Page:
    """The page, for the navigation and for links to it."""
    return st.Page(page, title="Draw", icon=":material/draw:", default=True)


def page() -> None:
    """The page, as Streamlit calls it."""
    st.html(_STYLE)
    st.html(sample_digits.STYLE)
    st.title("Draw a digit", anchor=False)
    _desk()
    with words.in_words("training state"):
        training_state.show(resources.first_training())
    canvas.hurry()


@st.fragment
def _desk() -> None:
    """Everything that a stroke changes, and nothing else."""
    with words.in_words("reading a drawing"):
        _read_and_show(resources.reader())


def _read_and_show(reader: resources.Reader) -> None:
    with st.container(key="desk"):
        with st.container(key="paper"):
            try:
                read = reading.read(canvas.canvas(), reader.recognizer, canvas.picture())
            except (ink.MalformedDrawing, ink.DrawingTooLarge) as error:
                read = reading.Reading(trouble=str(error))
            with st.container(key="pen-tools", horizontal=True, gap="small"):
                st.button("Undo", on_click=canvas.undo, icon=":material/undo:", key="undo")
                st.button("Clear", on_click=canvas.clear, icon=":material/ink_eraser:", key="clear")
        with st.container(key="answer"):
            with st.container(key="reading"):
                st.html(reading.answer_html(read))
            with st.container(key="sureness"):
                st.html(reading.sureness_html(read))
            with st.container(key="seen"):
                st.html(reading.seen_html(read))
            with st.container(key="probabilities"):
                _bars(read)
    sample_digits.show("Or let it read one of ours")
    _steps(read)
    run_line.show(reader)


def _bars(read: reading.Reading) -> None:
    prediction = read.prediction
    probabilities = None if prediction is None else prediction.probabilities
    chosen = None if prediction is None else prediction.label
    st.plotly_chart(
        figures.probability_bars(probabilities, chosen),
        config={"displayModeBar": False},
        alt=figures.bars_in_words(probabilities),
        key="bars",
    )
    st.html(reading.digits_html(read))


def _steps(read: reading.Reading) -> None:
    title = "From your drawing to 28 × 28 pixels"
    # The pictures are made only for who looks: open or not is known to the server.
    with st.expander(title, on_change="rerun", key="steps") as steps:
        if steps.open:
            st.html(reading.steps_html(read))
