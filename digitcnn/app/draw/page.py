"""The Draw page: a canvas, and what the network reads on it after every stroke."""

import streamlit as st

from digitcnn.app.draw import digit, number, photo
from digitcnn.app.shared import (
    STYLE,
    cache,
    canvas,
    messages,
    personal_model,
    sample_digits,
    training_state,
)

# What can be read, each with its name, the page's title then, and what shows it to a reader.
_WAYS = {
    "digit": ("One digit", "Draw a digit", digit.show),
    "number": ("A number", "Draw a number", number.show),
    "photo": ("A photo", "Show it a photo", photo.show),
}

_KEPT = "way kept"


def as_page() -> st.Page:
    """The page, for the navigation and for links to it."""
    return st.Page(page, title="Draw", icon=":material/draw:", default=True)


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
    canvas.hurry()


def _way() -> str:
    """What the visitor wants read: a key of ``_WAYS``."""
    # Streamlit forgets what was chosen when another page is shown; the visitor does not.
    state = st.session_state
    state["way"] = state[_KEPT] = state.get("way") or state.get(_KEPT, "digit")
    return st.segmented_control(
        "What to read",
        list(_WAYS),
        required=True,
        format_func=lambda key: _WAYS[key][0],
        label_visibility="collapsed",
        key="way",
    )


def choose(way: str) -> None:
    """Has the page read in this way when it is shown next: a key of ``_WAYS``."""
    st.session_state["way"] = st.session_state[_KEPT] = way


@st.fragment
def _desk(way: str) -> None:
    """Everything that a stroke changes, and nothing else."""
    with messages.in_words("reading"):
        _WAYS[way][2](personal_model.reader())
