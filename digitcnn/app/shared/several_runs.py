"""Several runs on the same digits: the table that Train and Explore show."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.several_runs import SeveralRuns
from digitcnn.figures.image_url import picture_url
from digitcnn.models.networks import N_CLASSES
from digitcnn.system.templates import render
from digitcnn.text import percent

_render = partial(render, "app/shared/templates/several_runs.html")

_N_SHOWN = 12  # pictures of digits that one run alone reads correctly


def show(
    names: Sequence[str], several: SeveralRuns, images: NDArray[np.uint8] | None = None
) -> None:
    """Places the table by digit, how far the runs agree, and what each alone reads correctly.

    Args:
        names: the runs', in the order of ``several``.
        several: what they say.
        images: the digits, uint8 (n, 28, 28), where they are at hand.
    """
    each = [*several.evaluations, several.together]
    together = "together (mean of logits)"
    st.html(
        _render(
            "by_digit", names=[*names, together], rows=_rows(each), agreement=several.in_words()
        )
    )
    alone = [
        {"name": name, "n": f"{len(places):,}", "pictures": _pictures(several, places, images)}
        for run, name in enumerate(names)
        for places in [several.only(run)]
    ]
    missed = several.no_run()
    st.html(
        _render(
            "alone",
            alone=alone,
            n_missed=f"{len(missed):,}",
            missed=_pictures(several, missed, images),
        )
    )


def _rows(each: Sequence[Evaluation]) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Each run's share read correctly, over all digits and by digit, and whether it is the best."""
    rows = [("all", [evaluation.accuracy for evaluation in each])]
    by_digit = [[digit.recall for digit in evaluation.per_digit()] for evaluation in each]
    rows += [(str(digit), [recall[digit] for recall in by_digit]) for digit in range(N_CLASSES)]
    mistakes = [len(evaluation.mistakes()) for evaluation in each]
    marked = [(name, [(percent(v), v == max(values)) for v in values]) for name, values in rows]
    return [*marked, ("mistakes", [(f"{n:,}", n == min(mistakes)) for n in mistakes])]


def _pictures(
    several: SeveralRuns, places: NDArray[np.int64], images: NDArray[np.uint8] | None
) -> list[tuple[str, str]]:
    """Address and words of the first of these digits."""
    if images is None:
        return []
    return [
        (picture_url(255 - images[place]), f"Digit {place:,}, labelled {several.labels[place]}")
        for place in places[:_N_SHOWN]
    ]
