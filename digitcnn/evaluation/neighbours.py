"""Nearest neighbours of digits, by the cosine of their embeddings."""

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats, Ints
from digitcnn.models.networks import N_CLASSES

_ROWS = 250  # digits at a time: 10 MB of similarities to 10,000
_COLUMNS = 10_000  # of others at a time, which are widened to float32


def unit_rows(embeddings: Floats) -> NDArray[np.float32]:
    """Embeddings as directions: float32 (n, d), rows of length 1; a row of zeros stays."""
    rows = embeddings.astype(np.float32)
    lengths: NDArray[np.float32] = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows / lengths


def nearest(
    directions: NDArray[np.float32], others: Floats, k: int, itself: Ints | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k of the others most like each digit, the most alike first, equals in their order.

    Args:
        directions: float32 (n, d), :func:`unit_rows`.
        others: float16 or float32 (m, d), likewise.
        k: how many, 1 to m; less than m if ``itself`` is given.
        itself: int (n,), where among the others each digit is itself, which is left out.

    Returns:
        Indices int64 (n, k), and cosines float32 (n, k).
    """
    indices = np.empty((len(directions), k), np.int64)
    cosines = np.empty((len(directions), k), np.float32)
    for start in range(0, len(directions), _ROWS):
        rows = directions[start : start + _ROWS]
        likeness = np.empty((len(rows), len(others)), np.float32)
        for left in range(0, len(others), _COLUMNS):
            some = others[left : left + _COLUMNS].astype(np.float32, copy=False)
            likeness[:, left : left + _COLUMNS] = rows @ some.T
        if itself is not None:
            likeness[np.arange(len(rows)), itself[start : start + _ROWS]] = -np.inf
        for row, alike in enumerate(likeness, start):
            least = np.partition(alike, -k)[-k]
            among = np.flatnonzero(alike >= least)  # more than k if several are as near
            indices[row] = among[np.argsort(-alike[among], kind="stable")[:k]]
            cosines[row] = alike[indices[row]]
    return indices, cosines


def neighbour_counts(
    features: Floats, labels: NDArray[np.uint8], chosen: Ints, k: int
) -> NDArray[np.uint8]:
    """How some digits' nearest neighbours are labelled: uint8 (n_chosen, 10), rows sum to k.

    Args:
        features: float (n, d), of all digits.
        labels: uint8 (n,).
        chosen: int (n_chosen,), indices of the digits to look around; never their own neighbours.
        k: how many neighbours, fewer than n.
    """
    directions = unit_rows(features)
    indices, _ = nearest(directions[chosen], directions, k, itself=chosen)
    counts: NDArray[np.int64] = (labels[indices][:, :, None] == np.arange(N_CLASSES)).sum(axis=1)
    return counts.astype(np.uint8)
