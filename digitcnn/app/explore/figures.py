"""The figures of an evaluation on the page: a strip of numbers, and charts to open."""

from functools import partial

import streamlit as st

from digitcnn.app.explore.view import View
from digitcnn.app.shared import charts, notes
from digitcnn.evaluation import calibration
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.figures import reliability
from digitcnn.report.tables import per_digit_html
from digitcnn.runs import with_corrections
from digitcnn.system.templates import render

_render = partial(render, "app/explore/templates/explore.html")

# name, what it says in plain words, its name in books, how it is shown
_FIGURES = (
    ("accuracy", "correct", "accuracy", "{:.2%}"),
    ("errors", "mistakes", "errors", "{:,}"),
    ("top2", "correct within the first two guesses", "top-2 accuracy", "{:.2%}"),
    ("macro_recall", "average recall per digit", "macro recall", "{:.2%}"),
    ("macro_f1", "balance of precision and recall", "macro F1", "{:.2%}"),
    ("ece", "gap between confidence and accuracy", "calibration error", "{:.2%}"),
)


def strip(view: View) -> None:
    """Places the figures that sum up what the run answers."""
    st.html(strip_html(view))
    corrected = view.corrections
    if view.two is None and corrected is not None and corrected.n_changes:
        notes.quiet(with_corrections.accuracy_in_words(view.evaluation, corrected))
    if view.two is not None:
        large, small = view.run.name, view.other_name
        verdict = view.two.in_words(large, small)
        st.html(_render("two_runs", large=large, small=small, verdict=verdict))
        outcome = with_corrections.of_two(view.two, large, small, corrected)
        # Without corrections that would only say the verdict twice.
        for sentence in outcome.in_words() if outcome.corrected is not None else ():
            notes.quiet(sentence)


def strip_html(view: View) -> str:
    """The figures alone."""
    second = None if view.other_answers is None else view.other_answers.figures()
    first = view.answers.figures()
    if view.moment is not None:  # Of each digit only the best guess was kept.
        first = {**first, "top2": float("nan")}
    cells = []
    for name, plain, book, form in _FIGURES:
        other = None if second is None else _shown(second[name], form)
        value = _shown(first[name], form)
        cells.append({"value": value, "other": other, "plain": plain, "book": book})
    at = None if view.moment is None else view.moment.index
    return _render("figures", cells=cells, moment=at)


def by_digit(view: View) -> None:
    """Places the table by digit."""
    others = None if view.other_answers is None else view.other_answers.per_digit()
    st.html(per_digit_html(view.answers.per_digit(), others))


def confidence(view: View) -> None:
    """Places the reliability diagram."""
    answers = view.answers
    if not len(answers):
        notes.quiet("No digit is answered at this confidence.")
        return
    bins = answers.reliability()
    notes.quiet(
        "Of the digits read with 70% confidence, 70% should be correct: then a bar reaches the "
        "dashed line. The number above each bar is how many digits it stands for; bars of fewer "
        f"than {reliability.FEW} are faint. Weighted by these numbers, the confidence is off by "
        f"{100 * answers.ece:.2f} points (expected calibration error)."
    )
    charts.place(
        reliability.reliability_diagram(bins),
        "reliability",
        reliability.reliability_in_words(bins),
    )


def coverage(view: View) -> None:
    """Places the curve of accuracy against coverage."""
    evaluation = view.evaluation
    right = evaluation.predicted == evaluation.labels
    answered, accuracy = calibration.coverage(evaluation.confidences, right)
    notes.quiet(
        "If the network may refuse the digits it is least sure of, it is correct more often on the "
        "rest. The ring marks the minimum confidence set above."
    )
    at = None
    if len(view.answers):
        at = (len(view.answers) / len(evaluation), view.answers.accuracy)
    charts.place(
        reliability.coverage_curve(answered, accuracy, at),
        "coverage",
        reliability.coverage_in_words(answered, accuracy),
    )


def remaining_in_words(evaluation: Evaluation, n_answered: int) -> str:
    """How many digits the threshold leaves."""
    n = len(evaluation)
    if n_answered == n:
        return f"All {n:,} digits are answered."
    return f"{n_answered:,} digits are answered, {n - n_answered:,} refused."


def _shown(value: float, form: str) -> str:
    return "–" if value != value else form.format(value)
