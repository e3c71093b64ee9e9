"""Digit image → which ink supports a digit, and which contradicts it: occlusion.

Parts of the picture are covered with paper, and parts of the paper with ink, and the network is
asked again each time. What it loses by that supported a digit.

Source: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks"; several
sizes of patches as in Petsiuk et al. 2018, "RISE", so that no size decides.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools, Floats
from digitcnn.evaluation.logits import log_sum_exp

Logits = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From digit images, uint8 (n, 28, 28), to logits, float (n, 10)."""

PATCHES_PX = ((1, 1), (2, 1), (4, 2))  # sides of the squares, and the steps that they move by
BLOT_PX, _BLOT_STEP_PX = 3, 2  # of the ink that is put on paper

_INK = 32  # of 255: fainter is a line's edge


@dataclass(frozen=True, eq=False)
class Attribution:
    """What supports each digit, in log-odds: +1 makes a digit e ≈ 2.7 times as likely.

    Attributes:
        present: float64 (10, 28, 28), for each digit what the ink that is there adds to it; 0
            where there is none.
        missing: float64 (10, 28, 28), for each digit what ink would add where there is paper; 0
            where there is ink.
        log_odds: float64 (10,), of the picture as it is.
    """

    present: NDArray[np.float64]
    missing: NDArray[np.float64]
    log_odds: NDArray[np.float64]


def attribution(digit_image: NDArray[np.uint8], logits: Logits) -> Attribution:
    """What in a digit image supports or contradicts each of the ten digits.

    Args:
        digit_image: uint8 (28, 28), 0 paper, 255 ink.
        logits: the network.
    """
    ink = digit_image > _INK
    squares = [square for square in _squares(PATCHES_PX) if ink[square].any()]
    blots = [
        square for square in _squares([(BLOT_PX, _BLOT_STEP_PX)]) if _may_be_inked(ink, square)
    ]
    changed = np.repeat(digit_image[None], 1 + len(squares) + len(blots), axis=0)
    for picture, square in zip(changed[1:], squares, strict=False):
        picture[square] = 0
    for picture, square in zip(changed[1 + len(squares) :], blots, strict=True):
        picture[square] = 255
    odds = log_odds(logits(changed))
    change = odds[0] - odds[1:]
    present = _average(squares, change[: len(squares)]) * ink
    missing = _average(blots, -change[len(squares) :]) * ~ink
    return Attribution(present, missing, odds[0])


def log_odds(logits: Floats) -> NDArray[np.float64]:
    """Logarithm of how much likelier each digit is than all others: float64 (n, 10).

    Unlike a probability it does not stand still at 100 %: what is lost of a sure thing shows.
    """
    given = logits.astype(np.float64)
    # One row of the nine others for each digit, so that nothing is lost by taking it off a sum.
    others = np.where(np.eye(10, dtype=bool), -np.inf, given[:, None, :])
    odds: NDArray[np.float64] = given - log_sum_exp(others)
    return odds


def _squares(sizes: Iterable[tuple[int, int]]) -> Iterator[tuple[slice, slice]]:
    """Squares over the picture, as a pair of slices each; at its edge they are cut off."""
    for side, step in sizes:
        for top in range(1 - side, 28, step):
            for left in range(1 - side, 28, step):
                rows = slice(max(top, 0), top + side)
                yield rows, slice(max(left, 0), left + side)


def _may_be_inked(ink: Bools, square: tuple[slice, slice]) -> bool:
    """Whether a square is mostly paper, and inside the box that a digit fills."""
    rows, columns = square
    inside = rows.start >= 4 and columns.start >= 4 and rows.stop <= 24 and columns.stop <= 24
    return inside and bool(ink[square].mean() < 0.5)


def _average(
    squares: list[tuple[slice, slice]], change: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the squares over each pixel changed, on average: float64 (10, 28, 28).

    Each counts by one over its area: what a small square does is surer to be this pixel's doing.
    """
    total = np.zeros((10, 28, 28))
    weight = np.zeros((28, 28))
    for (rows, columns), of_digit in zip(squares, change, strict=True):
        share = 1 / ((rows.stop - rows.start) * (columns.stop - columns.start))
        total[:, rows, columns] += of_digit[:, None, None] * share
        weight[rows, columns] += share
    return total / np.maximum(weight, 1e-9)
