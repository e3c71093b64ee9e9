"""The digit that Inside looks into: the drawing, one that another page sent, or a sample."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from digitcnn import ink, preprocess, samples
from digitcnn.app import canvas
from digitcnn.app.reading import read
from digitcnn.recognizer import Prediction, Recognizer

SAMPLE = 3  # shown before there is a drawing

# Session state: the digit that another page sent, what it is in words, and the drawing that was
# on the paper at that time.
_SENT = "inside sent"


@dataclass(frozen=True, eq=False)
class Source:
    """What is looked into.

    Attributes:
        prediction: what the network reads, with the digit image.
        strokes: the drawing, if it is one; else empty.
        says: what it is, if it is not the visitor's own drawing.
        sent: whether another page sent it.
    """

    prediction: Prediction
    strokes: ink.Ink
    says: str = ""
    sent: bool = False

    @property
    def image(self) -> np.ndarray:
        """The digit image: uint8 (28, 28)."""
        return self.prediction.digit_image


def look_at(image: np.ndarray, says: str) -> None:
    """Sends a digit to Inside, until something is drawn.

    Args:
        image: uint8 (28, 28), 0 paper, 255 ink.
        says: what it is: "Test digit 947, labelled 8".
    """
    st.session_state[_SENT] = (image, says, _mark(canvas.drawing()))


def forget() -> None:
    """Goes back from a digit that was sent to the drawing."""
    st.session_state.pop(_SENT, None)


def source(strokes: ink.Ink, trouble: str, recognizer: Recognizer) -> Source:
    """What to look into now.

    Args:
        strokes: the drawing.
        trouble: what is wrong with it, if anything.
        recognizer: reads it.
    """
    sent = st.session_state.get(_SENT)
    if sent is not None:
        image, says, mark = sent
        if mark == _mark(strokes):
            return Source(recognizer.recognize(image), [], says, sent=True)
        forget()
    reading = read(strokes, recognizer)
    if reading.prediction is not None:
        return Source(reading.prediction, strokes)
    sample = samples.sample(SAMPLE)
    image = preprocess.digit_image(ink.rasterize(sample))
    trouble = trouble or reading.trouble or "There is nothing on the paper yet."
    return Source(
        recognizer.recognize(image), sample, f"{trouble} Until then, this is one of our samples."
    )


def without_strokes(strokes: ink.Ink, left_out: tuple[int, ...]) -> np.ndarray | None:
    """The digit image of a drawing without some strokes; ``None`` if too little is left."""
    rest = [stroke for number, stroke in enumerate(strokes) if number not in left_out]
    try:
        return preprocess.digit_image(ink.rasterize(rest))
    except (preprocess.EmptyDrawing, preprocess.TooLittleInk, preprocess.TooMuchInk):
        return None


def _mark(strokes: ink.Ink) -> tuple:
    return tuple(stroke.tobytes() for stroke in strokes)
