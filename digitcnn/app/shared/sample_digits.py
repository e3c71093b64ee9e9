"""Ten sample digits to put on the paper, for those without a mouse or only looking."""

import streamlit as st

from digitcnn.app.shared import canvas, notes
from digitcnn.data import samples
from digitcnn.figures import strokes
from digitcnn.models.networks import N_CLASSES
from digitcnn.preprocessing.ink import CANVAS_PX
from digitcnn.system.templates import render

_SIZE_PX, _PEN_PX = 40, 2.4

STYLE = render(
    "app/shared/templates/sample_digits.html",
    "style",
    urls=[
        strokes.paper_url(samples.sample(digit), CANVAS_PX, _SIZE_PX, _PEN_PX)
        for digit in range(N_CLASSES)
    ],
)


def show(invitation: str) -> None:
    """Places ten buttons that show a sample each; the page needs ``STYLE`` as well."""
    with st.container(key="samples"):
        notes.quiet(invitation)
        with st.container(key="sample-digits", horizontal=True, gap="xsmall"):
            for digit in range(N_CLASSES):
                st.button(str(digit), key=f"sample-{digit}", on_click=_put, args=(digit,))


def _put(digit: int) -> None:
    canvas.DIGIT.replace(samples.sample(digit))
