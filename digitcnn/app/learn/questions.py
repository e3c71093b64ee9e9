"""Lessons about a training: its curves, and a question that they answer.

Whoever runs the app trains a small network for them; strangers look at the built-in network's own
training instead, to which the same question has another answer.
"""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from digitcnn.app.learn.lessons import FEW_DIGITS, Lesson
from digitcnn.app.shared import (
    cache,
    charts,
    lesson_progress,
    messages,
    moment_slider,
    navigation,
    notes,
    operator,
)
from digitcnn.figures import curves
from digitcnn.runs import history, trainer_process
from digitcnn.runs.history import History
from digitcnn.runs.run import MOMENTS, STARTER_ID, Run
from digitcnn.runs.store import find_run
from digitcnn.settings import settings
from digitcnn.text import percent

GAP = 0.03  # of accuracy; more is learned by heart

_STARTED = "lesson training started"  # session state: it is to be watched
_POLL_S = 3.0  # while a training is running
_WATCH = (
    "Watch both curves grow. When the training is done, go back to the lessons and answer the "
    "question."
)
_WATCH_MOMENTS = (
    "Move the slider, or press play: which digits are learned first, which late? Then go back to "
    "the lessons and answer the question."
)
_TROUBLE = "lesson trouble"  # session state: why a training could not be started


def show(lesson: Lesson) -> None:
    """Places the curves, and the lesson's question about them."""
    own = own_run(lesson)
    may_train = settings().training and not settings().public
    built_in = find_run(settings().home, STARTER_ID)
    shown = own or built_in
    if own is None and may_train:
        _training(lesson)
        notes.quiet("Or answer for the training of the built-in network, which saw 60,000 digits:")
    elif own is None:
        notes.quiet("The training of the built-in network, which saw 60,000 digits:")
    found = history.of_run(shown)
    if not len(found.epochs):
        notes.hint("This run kept no curves.")
        return
    if own is not None:
        notes.quiet(f"Your training “{own.name}”:")
    figure = curves.accuracy_curves(found, int(found.epochs[-1]))
    charts.place(figure, f"curves-{lesson.name}", _ends(found))
    if own is not None:
        notes.quiet(f"{_BESIDE[lesson.name]} {_ends(history.of_run(built_in))}")
    if MOMENTS in shown.card.files and st.button(
        "Watch it learn on Explore", key=f"moments-{lesson.name}", icon=":material/play_circle:"
    ):
        lesson_progress.begin(lesson.name, lesson.title, _WATCH_MOMENTS, lesson.is_done)
        moment_slider.turn_on("explore")
        navigation.go("explore", run=shown.id)
    _question(lesson, shown, found)


def own_run(lesson: Lesson) -> Run | None:
    """The newest run that was trained as the lesson wants it; ``None`` if there is none."""
    for run in cache.finished_runs().values():
        if not run.is_starter and not run.card.members and _is_wanted(lesson, run.recipe):
            return run
    return None


def _is_wanted(lesson: Lesson, recipe: Mapping[str, Any]) -> bool:
    """Whether a training by this recipe is the one that the lesson is about."""
    limit = recipe.get("limit", 0)
    is_few = 0 < limit <= FEW_DIGITS
    # Without augmentation with however many digits, but for those of the lesson before.
    return not recipe.get("augment") and (is_few if lesson.name == "overfit" else not is_few)


def _ends(found: History) -> str:
    """The ends of the curves in words."""
    return (
        f"In the end {percent(float(found.accuracy[-1]), 1)} of the training digits are read "
        f"correctly, and {percent(float(found.val_accuracy[-1]), 1)} of those held back."
    )


def answer(lesson: Lesson, found: History) -> int:
    """Which of the lesson's answers its curves give, from 0."""
    train, held_back = float(found.accuracy[-1]), float(found.val_accuracy[-1])
    if lesson.name == "overfit":
        return 0 if train - held_back > GAP else 1
    return 0 if train > held_back else 1


ANSWERS = {
    "overfit": (
        "Did this network learn its training digits by heart?",
        ("Yes: it reads them far better than those held back", "No"),
    ),
    "no-augmentation": (
        "Which digits does it read better at the end?",
        ("The training digits", "The digits held back"),
    ),
}


# What the built-in network's curves are to one's own.
_BESIDE = {
    "overfit": "For comparison, the built-in network, which learned from 60,000 digits.",
    "no-augmentation": "For comparison, the built-in network, which learned with augmentation.",
}


def _training(lesson: Lesson) -> None:
    """The button that trains; or, while a training is running, how far it is."""
    if st.session_state.pop(_STARTED, False):
        navigation.go("train")
    if trainer_process.watch(settings().home).alive:
        with st.container(key=f"training-{lesson.name}"):
            st.fragment(_running, run_every=_POLL_S)(lesson)
            if st.button(
                "Watch it on Train", key=f"watch-{lesson.name}", icon=":material/monitoring:"
            ):
                navigation.go("train")
        return
    notes.quiet(
        f"The small training takes a minute or two on an idle computer: {lesson.trains_on}. "
        "It does not change which network reads your drawings, unless it reads better."
    )
    st.button(
        "Train a small network for it", key=f"train-{lesson.name}",
        icon=":material/model_training:", on_click=_start, args=(lesson,),
    )  # fmt: skip
    if st.session_state.get(_TROUBLE):
        notes.hint(st.session_state.pop(_TROUBLE))


def _running(lesson: Lesson) -> None:
    state = trainer_process.watch(settings().home)
    if not state.alive:
        st.rerun()
    progress = state.progress
    if progress is None or not progress.recipe:
        notes.hint("A training begins.")
        return
    is_it = _is_wanted(lesson, progress.recipe)
    says = "This lesson’s training is running" if is_it else "Another training is running"
    if progress.epoch:
        says += f", epoch {progress.epoch} of {progress.epochs}"
    ends = "its curves will be here" if is_it else "you can start this lesson’s"
    notes.hint(f"{says}. When it is done, {ends}.")


@operator.only
def _start(lesson: Lesson) -> None:
    try:
        trainer_process.start(settings().home, "fast", lesson.trains)
    except Exception as error:
        st.session_state[_TROUBLE] = messages.sentence(error, "training for a lesson")
        return
    st.session_state[_STARTED] = True
    # Its line stands above the other pages, with the way back.
    lesson_progress.begin(lesson.name, lesson.title, _WATCH, lesson.is_done)


def _question(lesson: Lesson, run: Run, found: History) -> None:
    question, answers = ANSWERS[lesson.name]
    if not (math.isfinite(found.accuracy[-1]) and math.isfinite(found.val_accuracy[-1])):
        notes.hint("This training ended before its curves did; train another.")
        return
    # A widget for each run: another's answer is no answer.
    key = f"answer-{lesson.name}-{run.card.checksum[:12]}"
    right = answer(lesson, found)

    def answered() -> None:
        if st.session_state[key] == right:
            lesson_progress.finish(lesson.name)

    given = st.radio(
        question, range(len(answers)), format_func=lambda i: answers[i], index=None, key=key,
        on_change=answered,
    )  # fmt: skip
    if given is None:
        return
    train, held_back = (percent(float(x[-1]), 1) for x in (found.accuracy, found.val_accuracy))
    verdict = "Right." if given == right else "Look again at the ends of the curves."
    notes.status(f"{verdict} Training digits: {train} correct; held back: {held_back}.")
