"""How a run learned: its matrix and the most telling digits at any moment of its training."""

from functools import partial

import numpy as np
import streamlit as st

from digitcnn.app.shared import cache_digits, messages, moment_slider, notes
from digitcnn.array_types import Ints
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.figures import confusion, sheets
from digitcnn.figures.image_url import png_url, svg_url
from digitcnn.runs.moments import Moments
from digitcnn.runs.run import Run
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/train/templates/how_it_learned.html")

_PAGE = "train"
_N = 24  # digits shown
_ORDERS = {
    "late": "learned late",
    "forgotten": "forgotten again",
    "wrong": "read wrong, the surest first",
}


def show(run: Run) -> None:
    """Places the part; moving its slider renews nothing else.

    Args:
        run: whose training.
    """
    st.fragment(_show)(run)


def _show(run: Run) -> None:
    with st.container(key="how-it-learned"), messages.in_words("showing how it learned"):
        moment_slider.switch(_PAGE)
        if not moment_slider.is_on(_PAGE):
            return
        notes.quiet(f"The training of {run.name}, moment by moment.")
        moment_slider.show(run, _PAGE)
        try:
            moments, kept = cache_digits.moments(run), cache_digits.kept_evaluation(run)
        except DigitcnnError:
            return  # The slider has said why.
        if moments.n_digits != len(kept):
            return
        at = moment_slider.chosen(run, _PAGE)
        seen = kept
        if at is not None:
            seen = Evaluation(kept.dataset, kept.labels, moments.probabilities(at.index))
        with st.container(key="learned-desk"):
            matrix = confusion.matrix_view(seen.confusion())
            title = f"{len(seen):,} test digits: rows true, columns read as"
            n_wrong = len(seen.mistakes())
            st.html(
                _render(
                    "matrix",
                    url=svg_url(confusion.as_svg(matrix, title)),
                    words=f"Confusion matrix with {n_wrong:,} mistakes of {len(seen):,}; the "
                    "Explore page has it as a table",
                )
            )
            with st.container(key="learned-digits"):
                _digits(run, moments, seen)


def _digits(run: Run, moments: Moments, seen: Evaluation) -> None:
    order = st.segmented_control(
        "Digits", list(_ORDERS), format_func=lambda order: _ORDERS[order].capitalize(),
        default="late", key="learned-order", label_visibility="collapsed", required=True,
    )  # fmt: skip
    chosen = _chosen(order or "late", moments, seen)
    if not len(chosen):
        notes.quiet("There are no such digits at this moment.")
        return
    pictures = cache_digits.test_digits(run)
    if pictures is None:
        notes.quiet("The pictures of its test digits are not on this computer.")
        return
    n = max(len(chosen) - 1, 1)
    st.html(
        _render(
            "digits",
            sheet=png_url(sheets.grid_png(pictures.images[chosen], len(chosen))),
            tiles=[
                {
                    "across": 100 * place / n,
                    "label": int(seen.labels[digit]),
                    "read": int(seen.predicted[digit]),
                    "sure": certainty(float(seen.confidences[digit])),
                }
                for place, digit in enumerate(chosen.tolist())
            ],
        )
    )


def _chosen(order: str, moments: Moments, seen: Evaluation) -> Ints:
    """Positions of the digits that are shown."""
    if order == "wrong":
        mistakes = seen.mistakes()
        surest: Ints = np.argsort(-seen.confidences[mistakes], kind="stable")[:_N]
        return mistakes[surest]
    if order == "forgotten":
        rank = moments.forgotten(seen.labels)
        return np.argsort(-rank, kind="stable")[: min(_N, int((rank > 0).sum()))]
    # Those that were learned in the end; what never was is among the mistakes.
    rank = np.where((learned := moments.learned(seen.labels)) < len(moments), learned, -1)
    return np.argsort(-rank, kind="stable")[:_N]
