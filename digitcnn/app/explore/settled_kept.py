"""What undoes what was settled, kept in the browser as drawings are; for strangers the sets, too.

A set of the operator's lies in the home folder. One of a stranger on a public site is in the
session's memory only, which a reload ends: their own browser keeps it.
"""

import json
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.explore import correction_sets, settle
from digitcnn.data import corrections
from digitcnn.data.corrections import CorrectionSet
from digitcnn.errors import DigitcnnError
from digitcnn.inference import browser
from digitcnn.settings import settings

MOST_KEPT = 2_000  # corrections in all: a message of some 300 kB
_MOST_CHARS = 900_000

_KEY, _FRESH = "settled-kept", "settled asked for"  # widget and session state

_COMPONENT = st.components.v2.component(
    "digitcnn-settled-kept",
    js=browser.script(Path(__file__).with_name("settled_kept.js")),
)


def show() -> None:
    """Has the browser keep what there is now; at a visit's first sight, asks what it has."""
    steps = settle.steps()
    own = settings().public and bool(correction_sets.every())
    # Only once something was settled here may it take the place of what was kept.
    if steps or own:
        st.session_state[_FRESH] = False
    is_fresh = st.session_state.setdefault(_FRESH, True)
    told = {"settled": None if is_fresh else _settled(), "is_fresh": is_fresh}
    # In a list: see matrix.py.
    data = [json.dumps(told, ensure_ascii=False, separators=(",", ":"))]
    _COMPONENT(key=_KEY, data=data, height=0, on_restored_change=_restored)


def is_too_large() -> bool:
    """Whether a stranger's sets are more than their browser keeps."""
    return sum(map(len, correction_sets.every())) > MOST_KEPT


def _settled() -> dict[str, Any] | None:
    """What the browser is to keep; ``None`` to leave what it has."""
    sets: list[CorrectionSet] = []
    if settings().public:
        if correction_sets.was_let_go() or is_too_large():
            return None
        sets = correction_sets.every()
    room, steps = MOST_KEPT - sum(map(len, sets)), []
    for step in reversed(settle.steps()):
        room -= len(step.before)
        if room < 0:
            break
        said = [one.to_dict() for one in step.before.values() if one is not None]
        gone = [index for index, one in step.before.items() if one is None]
        steps.append({"set": step.set, "said": said, "gone": gone})
    return {"steps": steps[::-1], "sets": [one.to_dict() for one in reversed(sets)]}


def _restored() -> None:
    reported: Any = st.session_state.get(_KEY)
    restore(reported.get("restored") if hasattr(reported, "get") else None)


def restore(text: Any) -> None:
    """Takes what a browser gives back; whatever can't be true is passed over.

    Args:
        text: what :func:`show` had it keep, as JSON; anything can come in its place.
    """
    st.session_state[_FRESH] = False
    if not isinstance(text, str) or len(text) > _MOST_CHARS:
        return
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(found, dict):
        return
    if settings().public:
        for entries in _list(found.get("sets"))[: correction_sets.PUBLIC_SETS]:
            _add(entries)
    steps = [_step(entries) for entries in _list(found.get("steps"))[-settle.MOST_UNDONE :]]
    settle.put_before([step for step in steps if step is not None])


def _add(entries: Any) -> None:
    try:
        wanted = corrections.read_entries(entries)
        if correction_sets.find(wanted.name) is None:
            correction_sets.add(wanted)
    except DigitcnnError:
        pass  # It is no set, or there is no room for it.


def _step(entries: Any) -> settle.Step | None:
    """A step that a browser gave back; ``None`` if it is none of a set that is here."""
    if not isinstance(entries, dict) or not isinstance(entries.get("set"), str):
        return None
    found = correction_sets.find(entries["set"])
    gone = _list(entries.get("gone"))
    if found is None or any(type(index) is not int for index in gone):
        return None
    if not all(0 <= index < found.of.n for index in gone):
        return None
    try:
        said = corrections.read_entries({**found.to_dict(), "corrections": entries.get("said")})
    except DigitcnnError:
        return None
    before = {**dict.fromkeys(gone), **said.corrections}
    return settle.Step(found.name, before) if before else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
