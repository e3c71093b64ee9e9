"""The confusion matrix as displayed: texts and tints of its cells, and its files.

Rows are true digits, columns predicted ones, always.
"""

import csv
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.models.networks import N_CLASSES
from digitcnn.system.templates import render

NORMALISATIONS = ("count", "row", "column")

_CELL_PX, _MARGIN_PX = 44, 64
_RIGHT_RGB, _WRONG_RGB = (35, 71, 197), (180, 84, 26)  # as in the page's light theme


@dataclass(frozen=True, eq=False)
class MatrixView:
    """A confusion matrix, ready to be drawn.

    Attributes:
        texts: 10 rows of 10 short texts; empty where nothing is to be seen.
        tints: float64 (10, 10), -1 to 1: how strongly a cell is coloured, below 0 as a mistake (or
            a loss), above as right (or a gain).
        words: 10 rows of 10 sentences, for those who cannot see it.
        values: float64 or int64 (10, 10), what the texts round.
        title: what the numbers are.
    """

    texts: list[list[str]]
    tints: NDArray[np.float64]
    words: list[list[str]]
    values: np.ndarray
    title: str


def shares(matrix: NDArray[np.int64], normalisation: str) -> np.ndarray:
    """Counts as parts of their row or column: float64 (10, 10), NaN where there is nothing.

    Args:
        matrix: int64 (10, 10).
        normalisation: ``row`` or ``column``; ``count`` gives the counts as they are.
    """
    if normalisation == "count":
        return matrix
    totals = matrix.sum(axis=1 if normalisation == "row" else 0, keepdims=True)
    return matrix / np.where(totals, totals, np.nan)


def matrix_view(
    matrix: NDArray[np.int64], normalisation: str = "count", diagonal: bool = True
) -> MatrixView:
    """The view of one run's matrix.

    Args:
        matrix: int64 (10, 10).
        normalisation: one of ``NORMALISATIONS``.
        diagonal: whether what was read correctly is shown.

    Returns:
        MatrixView. Mistakes are a hundred times rarer than what is right, so each kind is tinted
        against its own largest value.
    """
    values = shares(matrix, normalisation)
    filled = np.nan_to_num(values.astype(np.float64))
    on_diagonal = np.eye(N_CLASSES, dtype=bool)
    wrong = np.where(on_diagonal, 0, filled)
    tints = -np.sqrt(wrong / max(wrong.max(), 1e-12))
    if diagonal:
        right = np.where(on_diagonal, filled, 0)
        tints += right / max(right.max(), 1e-12)
    texts = [
        [
            _text(values[true, predicted], normalisation)
            if matrix[true, predicted] and (diagonal or true != predicted)
            else ""
            for predicted in range(N_CLASSES)
        ]
        for true in range(N_CLASSES)
    ]
    words = [
        [
            _in_words(true, predicted, f"{matrix[true, predicted]:,}", texts[true][predicted])
            for predicted in range(N_CLASSES)
        ]
        for true in range(N_CLASSES)
    ]
    title = {"count": "Digits", "row": "% of each row", "column": "% of each column"}[normalisation]
    return MatrixView(texts, tints, words, values, title)


def difference_view(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    normalisation: str = "count",
    diagonal: bool = True,
    names: tuple[str, str] = ("the first run", "the second"),
) -> MatrixView:
    """The view of a second run's matrix less a first one's; tinted by better and worse.

    Args:
        first: int64 (10, 10).
        second: int64 (10, 10).
        normalisation: one of ``NORMALISATIONS``; shares differ by percentage points.
        diagonal: whether what was read correctly is shown.
        names: of the two runs, for people.
    """
    values = shares(second, normalisation) - shares(first, normalisation)
    filled = np.nan_to_num(values.astype(np.float64))
    on_diagonal = np.eye(N_CLASSES, dtype=bool)
    gains = np.where(on_diagonal, filled, -filled)
    if not diagonal:
        gains = np.where(on_diagonal, 0, gains)
    largest = max(np.abs(gains).max(), 1e-12)
    tints = np.sign(gains) * np.sqrt(np.abs(gains) / largest)
    changed = second != first
    texts = [
        [
            _signed(values[true, predicted], normalisation)
            if changed[true, predicted] and (diagonal or true != predicted)
            else ""
            for predicted in range(N_CLASSES)
        ]
        for true in range(N_CLASSES)
    ]
    words = [
        [
            _in_words(
                true,
                predicted,
                f"{first[true, predicted]:,} by {names[0]}, "
                f"{second[true, predicted]:,} by {names[1]}",
            )
            for predicted in range(N_CLASSES)
        ]
        for true in range(N_CLASSES)
    ]
    unit = {"count": "digits", "row": "% of each row", "column": "% of each column"}[normalisation]
    return MatrixView(texts, tints, words, values, f"Difference, {unit}")


def as_csv(view: MatrixView) -> str:
    """The view's numbers with the digits beside and above: a row for each true digit."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["true \\ predicted", *range(N_CLASSES)])
    for true, row in enumerate(view.values):
        cells = ["" if np.isnan(value) else value for value in row.tolist()]
        writer.writerow([true, *cells])
    return file.getvalue()


def as_svg(view: MatrixView, title: str) -> str:
    """The view as a picture on white paper.

    Args:
        view: what to draw.
        title: what it is of, above the picture.
    """
    return render(
        "figures/templates/confusion.svg",
        view=view,
        colors=[[_colors(float(tint)) for tint in row] for row in view.tints],
        title=title,
        cell=_CELL_PX,
        margin=_MARGIN_PX,
        n=N_CLASSES,
    )


def _colors(tint: float) -> tuple[str, str]:
    """Ground and text of a cell, at least 4.5:1."""
    if not tint:
        return "#f4f3f0", "#000000"
    strong = _RIGHT_RGB if tint > 0 else _WRONG_RGB
    strength = 0.08 + 0.92 * abs(tint)
    mixed = [round(255 + (part - 255) * strength) for part in strong]
    linear = [((part / 255 + 0.055) / 1.055) ** 2.4 for part in mixed]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # On this grey, black and white stand out equally, 4.6:1.
    return "#{:02x}{:02x}{:02x}".format(*mixed), "#000000" if luminance > 0.179 else "#ffffff"


def _text(value: float, normalisation: str) -> str:
    if normalisation == "count":
        return str(int(value))
    return "100" if value == 1 else f"{min(value * 100, 99.9):.1f}"


def _signed(value: float, normalisation: str) -> str:
    if np.isnan(value):
        return ""
    number = f"{abs(value):.0f}" if normalisation == "count" else f"{abs(value) * 100:.1f}"
    sign = "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{number}"


def _in_words(true: int, predicted: int, count: str, share: str = "") -> str:
    part = f", {share}%" if "." in share or share == "100" and count != "100" else ""
    return f"{true} read as {predicted}: {count}{part}"
