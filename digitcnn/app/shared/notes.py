"""Short texts on a page, one paragraph each."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from digitcnn.system.templates import render

_render = partial(render, "app/shared/templates/notes.html")


def quiet(text: str, kind: str = "") -> None:
    """Places a quiet text.

    Args:
        text: the text.
        kind: a further CSS class, if it needs one.
    """
    st.html(quiet_html(text, kind))


def quiet_html(text: str, kind: str = "") -> str:
    """The same as HTML, for a caller that places it later."""
    return _render("quiet", text=text, kind=kind)


def status(text: str) -> None:
    """Places a quiet text that screen readers announce when it changes."""
    st.html(_render("status", text=text))


def hint(text: str) -> None:
    """Places a prominent text that screen readers announce as soon as it appears."""
    st.html(_render("hint", text=text))


def steps(steps: Sequence[str]) -> None:
    """Places numbered steps."""
    st.html(_render("steps", steps=steps))
