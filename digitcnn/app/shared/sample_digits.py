"""Ten sample digits to put on the paper, for those who have no mouse or only want to look."""

from base64 import b64encode

import streamlit as st

from digitcnn.app.shared import canvas
from digitcnn.data import samples

STYLE = "".join(
    (
        "<style>",
        *(
            f".st-key-sample-{digit}{{--strokes:url(data:image/svg+xml;base64,"
            f"{b64encode(samples.outline(digit).encode()).decode()})}}"
            for digit in range(10)
        ),
        "</style>",
    )
)


def show(invitation: str) -> None:
    """Places ten buttons that show a sample each; the page needs ``STYLE`` as well."""
    with st.container(key="samples"):
        st.html(f'<p class="quiet">{invitation}</p>')
        with st.container(key="sample-digits", horizontal=True, gap="xsmall"):
            for digit in range(10):
                st.button(str(digit), key=f"sample-{digit}", on_click=_put, args=(digit,))


def _put(digit: int) -> None:
    canvas.DIGIT.replace(samples.sample(digit))
