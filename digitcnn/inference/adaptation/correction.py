"""The correction that an adaptation adds to a network's logits, and the network with it."""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.evaluation.neighbours import unit_rows
from digitcnn.inference.litert import Raw
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing.digit_image import DIGIT_PX

_NARROWNESS = 6.0  # the kernel is exp(-_NARROWNESS · ½ distance²)
_BLUR = (1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9)


@dataclass(frozen=True, eq=False)
class Correction:
    """The sum of what each centre adds, the more the nearer it is to a digit.

    Attributes:
        centres: float32 (k, f), :func:`features`.
        weights: float32 (k, 10).
        known: as for :func:`features`.
    """

    centres: NDArray[np.float32]
    weights: NDArray[np.float32]
    known: float

    def __call__(
        self, embeddings: NDArray[np.float32], images: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """What is added to digits' logits: float32 (n, 10); arguments as :func:`features`'."""
        nearness = kernel(features(embeddings, images, self.known), self.centres)
        added: NDArray[np.float32] = nearness @ self.weights
        return added


class AdaptedRecognizer(Recognizer):
    """A recognizer's network, its logits corrected; the recognizer itself stays as it is.

    Attributes:
        correction: what is added to its logits.
        plain: the recognizer as it is.
    """

    def __init__(self, recognizer: Recognizer, correction: Correction):
        # The same network, behind the same lock: nothing is loaded again.
        self._network = recognizer._network
        self.correction = correction
        self.plain = recognizer

    def _ask(
        self, raw: Raw, images: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        logits, embeddings = super()._ask(raw, images)
        # To every network of an ensemble the same: their mean is corrected by as much.
        added = np.tile(self.correction(embeddings, images), self._network.n_members)
        return logits + added, embeddings


def features(
    embeddings: Floats, images: NDArray[np.uint8] | None, known: float
) -> NDArray[np.float32]:
    """What digits are compared by: float32 (n, f), rows of length 1.

    That is what the network knows of them, the embedding's direction. Of what is no digit to it, it
    knows nothing, and the embedding is short, or all zeros; then the picture itself counts instead.

    Args:
        embeddings: floats (n, d).
        images: uint8 (n, 28, 28); ``None`` if not available: then only the first d columns,
            and shorter rows where pictures would count.
        known: length of an embedding from which on it alone counts.
    """
    rows = embeddings.astype(np.float32)
    share: NDArray[np.float32] = np.minimum(np.linalg.norm(rows, axis=1, keepdims=True) / known, 1)
    directions = unit_rows(rows) * share
    if images is None:
        return directions
    return np.concatenate([directions, np.sqrt(1 - share**2) * _shapes(images)], axis=1)


def kernel(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """How near each row of features is to each of the others: (n, m), 0 to 1.

    Rows without pictures, see :func:`features`, are as far from others' pictures as from paper.
    """
    lengths = (rows**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
    products = rows @ others[:, : rows.shape[1]].T
    nearness: NDArray[np.float32] = np.exp(_NARROWNESS * np.minimum(products - lengths / 2, 0))
    return nearness


def _shapes(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures blurred and halved, less their mean: float32 (n, 196), rows of length 1."""
    pixels = np.pad(images.astype(np.float32), ((0, 0), (2, 2), (2, 2)))
    rows: NDArray[np.float32] = reduce(
        np.add, (share * pixels[:, start : start + DIGIT_PX] for start, share in enumerate(_BLUR))
    )
    blurred: NDArray[np.float32] = reduce(
        np.add, (share * rows[:, :, start : start + DIGIT_PX] for start, share in enumerate(_BLUR))
    )
    half = DIGIT_PX // 2
    small = blurred.reshape(-1, half, 2, half, 2).mean(axis=(2, 4)).reshape(len(images), -1)
    return unit_rows(small - small.mean(axis=1, keepdims=True))
