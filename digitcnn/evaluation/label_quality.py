"""Which labels of a data set are probably wrong: confident learning.

A run was never fitted to the digits that it is evaluated on, so what it says to them can be held
against their labels. Source: Northcutt, Jiang and Chuang 2021, "Confident learning: estimating
uncertainty in dataset labels", whose two parts are the confident joint (:func:`confidently_other`)
and the ranking by self-confidence (:func:`doubts`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools, Floats
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.neighbours import neighbour_counts
from digitcnn.models.networks import N_CLASSES

N_NEIGHBOURS = 10
N_CANDIDATES = 1_000


@dataclass(frozen=True, eq=False)
class Doubts:
    """How much each label is in doubt.

    Attributes:
        order: int64 (n,), indices of all digits, the most doubtful label first.
        self_confidence: float32 (n,), probability of the given label as the ranking sees it.
        suggested: uint8 (n,), the most probable label in its place, which may be the same.
        confidently_other: bool (n,), see :func:`confidently_other`.
        by_folds: whether networks judged that learned from other digits, not the run.
    """

    order: NDArray[np.int64]
    self_confidence: NDArray[np.float32]
    suggested: NDArray[np.uint8]
    confidently_other: Bools
    by_folds: bool = False


def doubts(evaluation: Evaluation) -> Doubts:
    """Ranks every digit's label by its self-confidence, the probability of the given label.

    A network's own probabilities are all but 0 and 1, and a good network forgives a label much.
    So for the digits whose labels it finds least likely, the probabilities are those of the nearest
    neighbours among all other digits, leaving the digit itself out; the network's own decide
    between equals, and order the rest.

    The evaluation may have found the neighbours where the network has not yet decided
    (:func:`neighbours`); else they are looked for in the embedding; without that the network's own
    probabilities order all.

    Source: Northcutt et al. 2021, section 3, for self-confidence of out-of-sample probabilities;
    for taking those from nearest neighbours within the network, Papernot and McDaniel 2018, "Deep
    k-nearest neighbors", and Bahri, Jiang and Gupta 2020, "Deep k-NN for noisy labels".
    """
    own = evaluation.self_confidences
    quality, suggested = own.copy(), evaluation.predicted.copy()
    counts = evaluation.neighbours
    if counts is None and evaluation.embeddings is not None:
        counts = neighbours(evaluation.embeddings, evaluation)
    if counts is None:
        counts = np.zeros((len(own), N_CLASSES), np.uint8)
    looked_at = counts.any(axis=1)
    if looked_at.any():
        shares = counts[looked_at] / counts[looked_at].sum(axis=1, keepdims=True)
        quality[looked_at] = np.take_along_axis(
            shares, evaluation.labels[looked_at, None].astype(np.int64), axis=1
        )[:, 0]
        # Among neighbours that say the same, the network decides.
        mixed = shares + 1e-3 * evaluation.probabilities[looked_at]
        suggested[looked_at] = mixed.argmax(axis=1)
    return Doubts(
        np.lexsort((own, quality, ~looked_at)),
        quality,
        suggested,
        confidently_other(evaluation),
    )


def neighbours(features: Floats, evaluation: Evaluation) -> NDArray[np.uint8]:
    """How the nearest neighbours of the digits with the least likely labels are labelled.

    Args:
        features: float (n, d), what the network makes of each digit. The earlier in the network,
            the less it has forgiven: the trainer takes what the last convolution gives.
        evaluation: what the network says to them.

    Returns:
        uint8 (n, 10), for the ``N_CANDIDATES`` digits whose labels the network finds least likely
        ``N_NEIGHBOURS`` neighbours each, by label, fewer if there are no more; else zeros.
    """
    candidates = np.argsort(evaluation.self_confidences, kind="stable")[:N_CANDIDATES]
    counts = np.zeros((len(evaluation), N_CLASSES), np.uint8)
    k = min(N_NEIGHBOURS, len(evaluation) - 1)
    if k > 0:
        counts[candidates] = neighbour_counts(features, evaluation.labels, candidates, k)
    return counts


def confidently_other(evaluation: Evaluation) -> Bools:
    """Which digits fall off the diagonal of the confident joint: bool (n,).

    A digit counts for a class when its probability of it is at least what the digits of that
    class have on average; if for several, for the most probable. One that counts for another
    class than its label is confidently another.
    """
    probabilities, labels = evaluation.probabilities, evaluation.labels
    own = evaluation.self_confidences.astype(np.float64)
    support = np.bincount(labels, minlength=N_CLASSES)
    sums = np.bincount(labels, own, minlength=N_CLASSES)
    thresholds = np.where(support, sums / np.maximum(support, 1), np.inf)
    counts: Bools = probabilities >= thresholds
    best = np.where(counts, probabilities, -1).argmax(axis=1)
    is_another: Bools = best != labels
    return counts.any(axis=1) & is_another
