"""Lessons about a training: its curves, and a question that they answer.

Whoever runs the app trains a small network for them; strangers look at the built-in network's own
training instead, to which the same question has another answer.
"""

import math

import streamlit as st

from digitcnn.app.learn.lessons import Lesson
from digitcnn.app.shared import (
    cache,
    charts,
    lesson_progress,
    messages,
    navigation,
    notes,
    operator,
)
from digitcnn.figures import curves
from digitcnn.runs import history, trainer_process
from digitcnn.runs.history import History
from digitcnn.runs.run import STARTER_ID, Run
from digitcnn.runs.store import find_run
from digitcnn.settings import settings
from digitcnn.text import percent

GAP = 0.03  # of accuracy; more is learned by heart

_TROUBLE = "lesson trouble"  # session state: why a training could not be started


def show(lesson: Lesson) -> None:
    """Places the curves, and the lesson's question about them."""
    own = own_run(lesson)
    if own is None and settings().training and not settings().public:
        _training(lesson)
    shown = own or find_run(settings().home, STARTER_ID)
    if own is None:
        notes.quiet("Meanwhile, or instead: the training of the built-in network.")
    found = history.of_run(shown)
    if not len(found.epochs):
        notes.hint("This run kept no curves.")
        return
    if own is not None:
        notes.quiet(f"Your training “{own.name}”.")
    figure = curves.accuracy_curves(found, int(found.epochs[-1]))
    charts.place(
        figure,
        f"curves-{lesson.name}",
        f"In the end {percent(float(found.accuracy[-1]), 1)} of the training digits are read "
        f"correctly, and {percent(float(found.val_accuracy[-1]), 1)} of those held back.",
    )
    _question(lesson, shown, found)


def own_run(lesson: Lesson) -> Run | None:
    """The newest run that was trained as the lesson wants it; ``None`` if there is none."""
    limit = int(lesson.trains[lesson.trains.index("--limit") + 1])
    for run in cache.finished_runs().values():
        recipe = run.recipe
        if run.is_starter or recipe.get("augment") or run.card.members:
            continue
        few = 0 < recipe.get("limit", 0) <= limit
        # Turning augmentation off is the second lesson, with however many digits.
        if few or lesson.name == "no-augmentation":
            return run
    return None


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


def _training(lesson: Lesson) -> None:
    if st.button(
        "Train a small network for it", key=f"train-{lesson.name}",
        icon=":material/model_training:", on_click=_start, args=(lesson,),
    ) and not st.session_state.get(_TROUBLE):  # fmt: skip
        navigation.go("train")
    if st.session_state.get(_TROUBLE):
        notes.hint(st.session_state.pop(_TROUBLE))


@operator.only
def _start(lesson: Lesson) -> None:
    try:
        trainer_process.start(settings().home, "fast", lesson.trains)
    except Exception as error:
        st.session_state[_TROUBLE] = messages.sentence(error, "training for a lesson")


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
