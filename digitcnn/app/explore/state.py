"""What is looked at on Explore, kept for the session and in the page's address alike."""

from dataclasses import replace
from typing import Any

import streamlit as st

from digitcnn.app.explore.selection import NAMES, Selection, read_address, write_address

# Session state: the selection; the address that said so last; what was wrong with it; the run that
# was in use, and shown, when a visitor began to choose.
_SELECTION, _ADDRESS, _HINTS, _PINNED = (
    f"explore {name}" for name in ("selection", "address", "hints", "pinned")
)
_SHOWN = "explore shown"  # session state: ids of the run and of the data set that are shown

USUAL_DATA = "mnist"  # what an address means that names no data set
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
    wanted: Selection = state[_SELECTION]
    return wanted


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
    """Makes ``wanted`` what is looked at; of the run that is shown, whatever is in use later."""
    selection()
    state = st.session_state
    run, data = state.get(_SHOWN, ("", ""))
    if not wanted.run and run:
        wanted = replace(wanted, run=run)
        state[_PINNED] = run
    if not wanted.data and data != USUAL_DATA:
        wanted = replace(wanted, data=data)
    state[_SELECTION] = wanted
    state[_HINTS] = []


def shows(run_id: str, data: str) -> None:
    """Notes which run and which data set the page shows."""
    st.session_state[_SHOWN] = run_id, data


def is_pinned(run_id: str) -> bool:
    """Whether a run is shown only because it was in use when the visitor began to choose."""
    return st.session_state.get(_PINNED) == run_id == selection().run


def unpin() -> None:
    """Shows the run in use again."""
    st.session_state.pop(_SHOWN, None)
    change(run="", region=())


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
