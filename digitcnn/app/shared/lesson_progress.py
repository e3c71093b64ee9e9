"""Progress of lessons: which one a visitor is in, what they did for it, which are done.

Pages report what happens on them; the Learn page says with what check a lesson is done. So neither
knows the other. Nothing is noted while no lesson is open.
"""

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.shared import notes
from digitcnn.inference import browser

_KEY = "lesson progress"
_COMPONENT_KEY = "lessons-kept"
_MOST_EVENTS = 500  # of a lesson
_MOST_DONE, _LONGEST = 50, 40  # names that a browser may give back, and their characters


@dataclass(frozen=True)
class Event:
    """Something that happened on a page.

    Attributes:
        name: what, such as "read".
        facts: about it.
    """

    name: str
    facts: dict[str, Any]


Check = Callable[[list[Event]], bool]
"""Whether a lesson is done, from what happened since it was opened."""


@dataclass
class Progress:
    """What a session knows of its visitor's lessons.

    Attributes:
        done: names of lessons that are done, in their order.
        open: name of the lesson that is open; empty for none.
        title, task, steps: of that lesson.
        check: of that lesson.
        is_opening: whether its page has not yet been shown.
        found: what was so on that page from the start, such as a drawing on the paper.
        events: what happened since.
        is_fresh: whether the browser has not yet been asked what it kept.
    """

    done: list[str] = field(default_factory=list)
    open: str = ""
    title: str = ""
    task: str = ""
    steps: Sequence[str] = ()
    check: Check | None = None
    is_opening: bool = False
    found: list[Event] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    is_fresh: bool = True


def mine() -> Progress:
    """This session's progress."""
    progress: Progress = st.session_state.setdefault(_KEY, Progress())
    return progress


def begin(name: str, title: str, task: str, check: Check, steps: Sequence[str] = ()) -> None:
    """Opens a lesson.

    Args:
        name: its name in code.
        title, task: for people.
        check: says when it is done.
        steps: how it is done, for people.
    """
    progress = mine()
    progress.open, progress.title, progress.task, progress.check = name, title, task, check
    progress.steps = steps
    progress.is_opening, progress.found, progress.events = True, [], []


def leave() -> None:
    """Closes the lesson that is open."""
    progress = mine()
    progress.open, progress.check, progress.events = "", None, []


def is_open(name: str) -> bool:
    """Whether a lesson is open and not done."""
    progress = st.session_state.get(_KEY)
    return progress is not None and progress.open == name and progress.check is not None


def finish(name: str) -> None:
    """Notes that a lesson is done."""
    progress = mine()
    if name not in progress.done:
        progress.done.append(name)
    if progress.open == name:
        progress.check = None


def note(name: str, **facts: Any) -> None:
    """Notes what happened, in a widget's callback; whether it ends a lesson is asked by report.

    Args:
        name: what happened.
        **facts: about it.
    """
    progress: Progress | None = st.session_state.get(_KEY)
    if progress is None or progress.check is None:
        return
    event = Event(name, facts)
    if progress.is_opening:
        progress.found.append(event)
    elif event not in (progress.found or progress.events[-1:]):
        progress.found = []
        progress.events = [*progress.events, event][-_MOST_EVENTS:]
    # Else the page was renewed, and nothing happened.


def report(name: str, **facts: Any) -> None:
    """Tells what is so on a page; the page is renewed where that is the end of a lesson.

    Args:
        name: what happened.
        **facts: about it.
    """
    note(name, **facts)
    progress: Progress | None = st.session_state.get(_KEY)
    if progress is not None and progress.check is not None and progress.check(progress.events):
        finish(progress.open)
        st.toast(f"Lesson done: {progress.title}", icon=":material/check:")
        st.rerun()


def bar(back: Callable[[], None]) -> None:
    """Places the open lesson's task, above a page; and what keeps lessons in the browser.

    Args:
        back: goes to the lessons.
    """
    progress = mine()
    if progress.open:
        with st.container(key="lesson-bar", horizontal=True, vertical_alignment="center"):
            if progress.check is None:
                notes.hint(f"Lesson done: {progress.title}")
            else:
                notes.hint(progress.task)
                if progress.steps:
                    with st.popover("How to do it", icon=":material/help:", key="lesson-steps"):
                        notes.steps(progress.steps)
            if st.button("Lessons", key="lesson-back", icon=":material/school:"):
                back()
            st.button("Leave the lesson", key="lesson-leave", on_click=leave)


def keep() -> None:
    """Has the browser keep what is done, and give back what it kept; once on every page."""
    progress = mine()
    progress.is_opening = False

    def restored() -> None:
        progress.is_fresh = False
        reported: Any = st.session_state.get(_COMPONENT_KEY)
        found = reported.get("restored") if hasattr(reported, "get") else None
        for name in found[:_MOST_DONE] if isinstance(found, list) else []:
            if isinstance(name, str) and len(name) <= _LONGEST and name not in progress.done:
                progress.done.append(name)

    # In a list: of a dict, or text, Streamlit would ask pandas, 75 MB, whether it is a table.
    data = [json.dumps({"done": progress.done, "is_fresh": progress.is_fresh})]
    _component()(key=_COMPONENT_KEY, data=data, height=0, on_restored_change=restored)


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    js = browser.script(Path(__file__).with_name("lessons_kept.js"))
    return st.components.v2.component("digitcnn-lessons", js=js)
