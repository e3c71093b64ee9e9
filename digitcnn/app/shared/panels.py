"""Panels that show a reading, the same for drawings, photos and samples."""

from collections.abc import Callable

import streamlit as st

from digitcnn.app.shared import reading
from digitcnn.app.shared.reading import Reading
from digitcnn.figures import bars
from digitcnn.inference.recognizer import Prediction


def show_answer(
    read: Reading, name: str = "reading", lay_over: Callable[[], None] | None = None
) -> None:
    """The digit, how sure, what the network saw, and the bars of all ten.

    Args:
        read: what was read.
        name: key of the container that holds the digit itself.
        lay_over: places what may lie over the answer, if anything does.
    """
    with st.container(key="answer"):
        with st.container(key=name):
            st.html(reading.answer_html(read))
        with st.container(key="sureness"):
            st.html(reading.sureness_html(read))
        with st.container(key="seen"):
            st.html(reading.seen_html(read))
        with st.container(key="probabilities"):
            show_bars(read.prediction)
        if lay_over is not None:
            lay_over()


def show_steps(
    read: Reading, title: str = "From your drawing to 28 × 28 pixels", before: str = ""
) -> None:
    """An expander with every step from the drawing to the digit image.

    Args:
        read: what was read.
        title: of the expander.
        before: HTML of what comes before the first step, if anything does.
    """
    # The pictures are made only when somebody looks: open or not is known to the server.
    with st.expander(title, on_change="rerun", key="steps") as steps:
        if steps.open:
            if before:
                st.html(before)
            st.html(reading.steps_html(read))


def show_bars(prediction: Prediction | None) -> None:
    """The bars of all ten digits; of no height where there is no prediction."""
    probabilities = None if prediction is None else prediction.probabilities
    # Of ten that are all alike none is the answer.
    marked = prediction is not None and (
        prediction.is_digit or prediction.confidence >= bars.STANDS_OUT
    )
    chosen = prediction.label if prediction is not None and marked else None
    st.plotly_chart(
        bars.probability_bars(probabilities, chosen),
        config={"displayModeBar": False},
        alt=bars.bars_in_words(probabilities),
        key="bars",
    )
    st.html(reading.digits_html(chosen))
