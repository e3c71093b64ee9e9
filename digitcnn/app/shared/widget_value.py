"""Values that a page gives to a widget, as an address or another widget asks."""

from typing import Any

import streamlit as st

_NONE_YET = object()


def give(key: str, value: Any) -> None:
    """Has a widget show a value, if it shows another one; before the widget is placed.

    Not at every run: Streamlit sends a value that is given to the browser, where it replaces what
    the visitor chose while the page was being made.

    Args:
        key: the widget's.
        value: one of the widget's options, or in its range.
    """
    if st.session_state.get(key, _NONE_YET) != value:
        st.session_state[key] = value
