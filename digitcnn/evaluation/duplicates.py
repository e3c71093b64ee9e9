"""Near-duplicates and outliers among digit images, by pixels, for any data set.

Pictures are compared at half their resolution, as directions: the cosine of two is 1 if one is the
other, brighter or darker. Memory is bounded: some hundred digits are held against all at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.evaluation.neighbours import unit_rows

ALIKE = 0.985  # a cosine from which two pictures count as near-duplicates

_ROWS, _COLUMNS = 500, 10_000  # digits at a time, and of others: 20 MB of cosines

Tell = Callable[[float], None]
"""Told how much is done, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """For each digit the most similar of the others.

    Attributes:
        index: int64 (n,), its position among the others.
        cosine: float32 (n,), how alike, 0 to 1.
    """

    index: NDArray[np.int64]
    cosine: NDArray[np.float32]

    def pairs(self, least: float = ALIKE) -> NDArray[np.int64]:
        """Positions of the digits that have a near-duplicate, most similar first: int64."""
        found = np.flatnonzero(self.cosine >= least)
        return found[np.argsort(-self.cosine[found], kind="stable")]

    def later(self, least: float = ALIKE) -> NDArray[np.int64]:
        """Each pair of near-duplicates in one data set once, most similar first: int64.

        It stands for a pair that comes later. Without these digits one of each remains.
        """
        found = self.pairs(least)
        mutual = self.index[self.index[found]] == found
        once: NDArray[np.int64] = found[(self.index[found] < found) | ~mutual]
        return once

    def outliers(self, n: int) -> NDArray[np.int64]:
        """Positions of the n digits least similar to their nearest, most distant first."""
        return np.argsort(self.cosine, kind="stable")[:n]


def nearest_pictures(
    images: NDArray[np.uint8],
    others: NDArray[np.uint8] | None = None,
    tell: Tell = lambda share: None,
) -> Nearest:
    """The most similar of the others for each digit image; the first one of equals.

    Args:
        images: uint8 (n, 28, 28), at least two if there are no others.
        others: uint8 (m, 28, 28), at least one; ``None`` for the rest of ``images``.
        tell: called now and then.
    """
    directions = _directions(images)
    known = directions if others is None else _directions(others)
    index = np.zeros(len(images), np.int64)
    cosine = np.full(len(images), -np.inf, np.float32)
    for start in range(0, len(images), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(images)))
        for left in range(0, len(known), _COLUMNS):
            likeness = directions[rows] @ known[left : left + _COLUMNS].T
            if others is None:
                itself = rows[(rows >= left) & (rows < left + likeness.shape[1])]
                likeness[itself - start, itself - left] = -np.inf
            best = likeness.argmax(axis=1)
            found = likeness[np.arange(len(rows)), best]
            is_better = found > cosine[rows]
            index[rows[is_better]] = best[is_better] + left
            cosine[rows[is_better]] = found[is_better]
        tell((start + len(rows)) / len(images))
    return Nearest(index, cosine)


def _directions(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures at half their resolution as rows of length 1: float32 (n, 196)."""
    halves: NDArray[np.float32] = images.reshape(len(images), 14, 2, 14, 2).mean(
        axis=(2, 4), dtype=np.float32
    )
    return unit_rows(halves.reshape(len(images), -1))
