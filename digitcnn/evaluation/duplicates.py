"""Digits that are all but the same picture, and digits like no other; by pixels, of any data set.

Pictures are compared at half their resolution, as directions: the cosine of two is 1 if one is the
other, brighter or darker. Memory is bounded: some hundred digits are held against all at a time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.evaluation.neighbours import nearest, unit_rows

ALIKE = 0.985  # a cosine from which two pictures count as near-duplicates


@dataclass(frozen=True, eq=False)
class Nearest:
    """For each digit the one of the others that is most like it.

    Attributes:
        index: int64 (n,), its position among the others.
        cosine: float32 (n,), how alike, 0 to 1.
    """

    index: NDArray[np.int64]
    cosine: NDArray[np.float32]

    def pairs(self, least: float = ALIKE) -> NDArray[np.int64]:
        """Positions of the digits that have a near-duplicate, the most alike first: int64."""
        found = np.flatnonzero(self.cosine >= least)
        return found[np.argsort(-self.cosine[found], kind="stable")]

    def outliers(self, n: int) -> NDArray[np.int64]:
        """Positions of the n digits whose nearest is least like them, the farthest first."""
        return np.argsort(self.cosine, kind="stable")[:n]


def nearest_pictures(images: NDArray[np.uint8], others: NDArray[np.uint8] | None = None) -> Nearest:
    """The most alike of the others for each digit image.

    Args:
        images: uint8 (n, 28, 28), at least two if there are no others.
        others: uint8 (m, 28, 28), at least one; ``None`` for the rest of ``images``.
    """
    directions = _directions(images)
    if others is None:
        index, cosine = nearest(directions, directions, 1, itself=np.arange(len(images)))
    else:
        index, cosine = nearest(directions, _directions(others), 1)
    return Nearest(index[:, 0], cosine[:, 0])


def _directions(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures at half their resolution as rows of length 1: float32 (n, 196)."""
    halves: NDArray[np.float32] = images.reshape(len(images), 14, 2, 14, 2).mean(
        axis=(2, 4), dtype=np.float32
    )
    return unit_rows(halves.reshape(len(images), -1))
