"""The Learn page: eight lessons, which of them are done, and the way to each."""

from functools import partial
from pathlib import Path

import streamlit as st

from digitcnn.app.learn import questions
from digitcnn.app.learn.lessons import LESSONS, Lesson
from digitcnn.app.shared import STYLE, cache, lesson_progress, messages, navigation, notes, run_line
from digitcnn.system.templates import render

_render = partial(render, "app/learn/templates/learn.html")

_STYLES = [STYLE, Path(__file__).with_name("learn.css")]
_WHERE = {"draw": "Draw", "explore": "Explore", "inside": "Inside", "": "this page"}


def page() -> None:
    """The page, as Streamlit calls it."""
    for style in _STYLES:
        st.html(style)
    st.title("Learn", anchor=False)
    with st.container(key="lessons"), messages.in_words("showing the lessons"):
        done = set(lesson_progress.mine().done)
        n_done = sum(lesson.name in done for lesson in LESSONS)
        st.html(_render("intro", n_done=n_done, n=len(LESSONS)))
        for number, lesson in enumerate(LESSONS, 1):
            with st.container(key=f"lesson-{lesson.name}", border=True):
                _lesson(number, lesson, lesson.name in done)
    with messages.in_words("naming the run in use"):
        run_line.show(cache.reader())


def _lesson(number: int, lesson: Lesson, is_done: bool) -> None:
    st.html(
        _render(
            "lesson",
            number=number,
            title=lesson.title,
            minutes=lesson.minutes,
            where=_WHERE[lesson.page],
            is_done=is_done,
            task=lesson.task,
        )
    )
    with st.expander("How to do it", expanded=lesson_progress.is_open(lesson.name)):
        notes.steps(lesson.steps)
    if not lesson.page:
        with messages.in_words("asking about a training"):
            questions.show(lesson)
    elif st.button(
        "Do it again" if is_done else "Start",
        key=f"start-{lesson.name}",
        icon=":material/play_arrow:",
    ):
        lesson_progress.begin(lesson.name, lesson.title, lesson.task, lesson.is_done, lesson.steps)
        navigation.go(lesson.page, lesson.way)
    if is_done:
        st.html(_render("learned", text=lesson.learned))
    st.html(_render("teacher", points=lesson.teacher))
