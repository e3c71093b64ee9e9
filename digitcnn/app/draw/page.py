"""The Draw page: a canvas, and what the network reads on it after every stroke."""

from collections.abc import Callable

import streamlit as st

from digitcnn.app.draw import digit, number, photo
from digitcnn.app.shared import (
    STYLE,
    cache,
    live,
    messages,
    navigation,
    personal_model,
    sample_digits,
    training_state,
)

# What can be read, each with its name, the page's title then, and what shows it to a reader.
_WAYS: dict[str, tuple[str, str, Callable[[cache.Reader], None]]] = {
    "digit": ("One digit", "Draw a digit", digit.show),
    "number": ("A number", "Draw a number", number.show),
    "photo": ("A photo", "Read a photo", photo.show),
}

# Session state: the way that was chosen last; the one that the address was told.
_KEPT, _TOLD = "way kept", "way told"


def page() -> None:
    """The page, as Streamlit calls it."""
    st.html(STYLE)
    st.html(sample_digits.STYLE)
    title = st.container()
    way = _way()
    title.title(_WAYS[way][1], anchor=False)
    _desk(way)
    with messages.in_words("training state"):
        training_state.show(cache.first_training())


def _way() -> str:
    """What the visitor wants read: a key of ``_WAYS``; kept for the session and in the address."""
    # Streamlit forgets the choice when another page is shown.
    state, asked = st.session_state, st.query_params.get(navigation.WAY)
    if navigation.WAY not in state:
        state[navigation.WAY] = asked if asked in _WAYS else state.get(_KEPT, navigation.USUAL_WAY)
    elif (asked or navigation.USUAL_WAY) != state.get(
        _TOLD, navigation.USUAL_WAY
    ):  # by a link, or the browser's Back
        state[navigation.WAY] = asked if asked in _WAYS else navigation.USUAL_WAY
    way = (
        st.segmented_control(
            "What to read",
            list(_WAYS),
            required=True,
            format_func=lambda key: _WAYS[key][0],
            label_visibility="collapsed",
            key=navigation.WAY,
        )
        or navigation.USUAL_WAY
    )
    if way != (asked or navigation.USUAL_WAY):
        if way == navigation.USUAL_WAY:
            del st.query_params[navigation.WAY]
        else:
            st.query_params[navigation.WAY] = way
    state[_KEPT] = state[_TOLD] = way
    return way


def choose(way: str) -> None:
    """Has the page read in this way when it is shown next: a key of ``_WAYS``."""
    st.session_state[navigation.WAY] = way


@st.fragment
def _desk(way: str) -> None:
    """Everything that a stroke changes, and nothing else."""
    with messages.in_words("reading"):
        if kept := _kept_way():
            choose(kept)
            st.rerun()
        _WAYS[way][2](personal_model.reader())


def _kept_way() -> str | None:
    """The way that the browser kept, told once; not where the address asks for one."""
    kept = live.kept_way()
    return None if navigation.WAY in st.query_params else kept
