"""What is looked at on Explore, kept for the session and in the page's address alike."""

from dataclasses import replace
from typing import Any

import streamlit as st

from digitcnn.app.explore.selection import NAMES, Selection, read_address, write_address

# Session state: the selection; the address that said so last; what was wrong with it.
_SELECTION, _ADDRESS, _HINTS = (f"explore {name}" for name in ("selection", "address", "hints"))

PRESENT = "explore-data"  # a widget of the page: Streamlit forgets its state when the page is left


def selection() -> Selection:
    """What is looked at now.

    The address is read when it is not what it was last told to be: at the first visit, after a
    link or the browser's Back. Coming back from another page, which leaves it empty, finds what
    was looked at before.
    """
    state = st.session_state
    address = _address()
    returning = not address and PRESENT not in state and _SELECTION in state
    if not returning and (address != state.get(_ADDRESS) or _SELECTION not in state):
        state[_SELECTION], state[_HINTS] = read_address(address)
        state[_ADDRESS] = address
    return state[_SELECTION]


def change(**changes: Any) -> None:
    """Looks at something else; attributes are those of :class:`Selection`.

    A change of what is listed starts at its first page and its first digit.
    """
    if set(changes) - {"digit"}:
        changes = {"digit": None, **changes}
    if set(changes) - {"digit", "page"}:
        changes = {"page": 0, **changes}
    look_at(replace(selection(), **changes))


def look_at(wanted: Selection) -> None:
    """Makes ``wanted`` what is looked at."""
    selection()
    st.session_state[_SELECTION] = wanted
    st.session_state[_HINTS] = []


def tell_address() -> None:
    """Writes what is looked at into the page's address; other parameters stay."""
    wanted = write_address(selection())
    state = st.session_state
    if wanted != _address():
        others = {name: st.query_params[name] for name in st.query_params if name not in NAMES}
        st.query_params.from_dict({**others, **wanted})
    state[_ADDRESS] = wanted


def hints() -> list[str]:
    """Sentences about what made no sense in the address."""
    return list(st.session_state.get(_HINTS, []))


def _address() -> dict[str, str]:
    return {name: st.query_params[name] for name in st.query_params if name in NAMES}
