"""The tables of reports and pages: layers, confusions, figures per digit, recipe, digits.

Each is made once, by a macro of ``templates/tables.html``; here is what fills it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from digitcnn.data.digits import Digits
from digitcnn.evaluation.evaluation import DigitMetrics, Evaluation
from digitcnn.figures.confusion import matrix_view
from digitcnn.figures.image_url import picture_url
from digitcnn.models import networks
from digitcnn.models.networks import Network
from digitcnn.runs.card import Layer
from digitcnn.runs.run import Run
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "report/templates/tables.html")

_N_MISTAKES, _N_READINGS = 30, 30
_CONFUSION_CAPTION = (
    "Rows are the true digits, columns what was read. On the diagonal it was right."
)


@dataclass(frozen=True)
class ShownDigit:
    """A test digit in a list.

    Attributes:
        index: its position among the test digits.
        true: its label.
        read: what was read.
        sure: how surely, for people.
        url: its picture; empty if there is none.
    """

    index: int
    true: int
    read: int
    sure: str
    url: str


@dataclass(frozen=True)
class ShownDigits:
    """A list of test digits, and what it is a list of."""

    says: str
    items: list[ShownDigit]


def layers_html(layers: Iterable[Layer], total: int) -> Markup:
    """A network's layers, with the parameters of each and of all."""
    return _render("layers", rows=list(layers), total=total)


def network_layers_html(network: Network) -> Markup:
    """The same of a network that nobody has trained yet."""
    layers = [
        Layer(row["layer"], tuple(row["shape"]), row["parameters"])
        for row in networks.layer_table(network)
    ]
    return layers_html(layers, networks.parameters(network))


def confusion_html(
    counts: NDArray[np.int64], caption: str = _CONFUSION_CAPTION, buttons: bool = False
) -> Markup:
    """A confusion matrix.

    Args:
        counts: int (10, 10), rows true.
        caption: what is said above it.
        buttons: whether its cells can be pressed, to see what is in them.
    """
    view = matrix_view(counts)
    # Even the rarest mistake is told from paper by its ground.
    shares = np.round(15 + 60 * np.abs(view.tints)).astype(int)
    return _render("confusion", view=view, shares=shares.tolist(), caption=caption, buttons=buttons)


def per_digit_html(
    metrics: list[DigitMetrics], others: list[DigitMetrics] | None = None, digits: int = 1
) -> Markup:
    """A table by digit with bars in the cells; a second run's figures below the first's.

    The bars begin at a round figure below the least, which the caption names.

    Args:
        metrics: of each digit.
        others: the second run's.
        digits: after the point of each percentage.
    """
    shown = [value for m in [*metrics, *(others or [])] for value in (m.precision, m.recall, m.f1)]
    shown = [value for value in shown if value == value]
    floor = max(0.0, float(np.floor((min(shown, default=0.0) - 1e-9) * 20)) / 20)

    def cell(value: float, other: float) -> dict[str, str | None]:
        length = max((value - floor) / max(1 - floor, 1e-9), 0)
        return {
            "text": f"{value:.{digits}%}" if value == value else None,
            "length": f"{length:.1%}",
            "second": f"{other:.{digits}%}" if value == value and other == other else None,
        }

    rows = []
    for i, m in enumerate(metrics):
        names = ("precision", "recall", "f1")
        cells = [
            cell(getattr(m, name), getattr(others[i], name) if others else float("nan"))
            for name in names
        ]
        rows.append({"digit": m.digit, "cells": cells, "support": m.support})
    return _render("per_digit", rows=rows, floor=f"{floor:.0%}")


def recipe_html(run: Run) -> Markup:
    """What decided the training: recipe, data, calibration, versions."""
    calibration = {
        "temperature": f"{run.card.calibration.temperature:.4f}",
        "digit threshold": run.card.calibration.digit_threshold,
    }
    tables = [
        (title, [(str(name).replace("_", " "), _plain(value)) for name, value in entries.items()])
        for title, entries in (
            ("Recipe", run.recipe),
            ("Data", run.card.entries["dataset"]),
            ("Calibration", calibration),
        )
    ]
    versions = [(name, _plain(value)) for name, value in run.card.versions.items()]
    return _render("recipe", tables=[*tables, ("Versions", versions)])


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 else text  # a fingerprint


def mistakes(evaluation: Evaluation, pictures: Digits | None) -> ShownDigits:
    """The mistakes in which the true digit seemed least likely, worst first."""
    wrong = evaluation.mistakes()
    if not len(wrong):
        return ShownDigits("There are none.", [])
    worst = wrong[np.argsort(evaluation.self_confidences[wrong], kind="stable")][:_N_MISTAKES]
    says = (
        f"The {len(worst)} of {len(wrong):,} mistakes in which the true digit seemed least likely "
        "to the network. In some of them the label may be wrong."
    )
    return ShownDigits(says, _list(evaluation, pictures, worst))


def readings(evaluation: Evaluation, pictures: Digits | None) -> ShownDigits:
    """Digits chosen at random, and what was read."""
    n = min(_N_READINGS, len(evaluation))
    chosen = np.sort(np.random.default_rng(0).choice(len(evaluation), n, replace=False))
    return ShownDigits("Random sample.", _list(evaluation, pictures, chosen))


def _list(
    evaluation: Evaluation, pictures: Digits | None, chosen: NDArray[np.int64]
) -> list[ShownDigit]:
    return [
        ShownDigit(
            i,
            int(evaluation.labels[i]),
            int(evaluation.predicted[i]),
            certainty(float(evaluation.confidences[i])),
            "" if pictures is None else picture_url(pictures.images[i]),
        )
        for i in map(int, chosen)
    ]
