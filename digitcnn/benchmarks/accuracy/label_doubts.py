"""How good label doubts are: labels flipped on purpose, and how many of them are found.

Some of MNIST's labels are wrong as it is; those that are found, too, count here as false alarms.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.data.digits import Digits
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.label_quality import Doubts, doubts
from digitcnn.evaluation.logits import softmax
from digitcnn.inference import evaluate
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models.networks import N_CLASSES

SHARES = (0.02, 0.05, 0.2)  # of the labels that are flipped
N_FOLDS = 5
_N_FEATURES = 1_024
_RIDGE = 100.0
_SHARPNESS = 10.0  # a ridge regression's outputs, near 0 and 1, as logits
_ROWS = 5_000


def of_test(digits: Digits, recognizer: Recognizer, seed: int = 0) -> dict[str, Any]:
    """Flipped labels of digits that a run never learned, found by what it says of them.

    Args:
        digits: test digits.
        recognizer: the run's network, as Explore asks it.
        seed: of which labels are flipped, and to what.

    Returns:
        By share of flipped labels, the figures of :func:`found`.
    """
    said = evaluate.evaluate(recognizer, digits, "test")
    figures = {}
    for share in SHARES:
        labels, flipped = flip(digits.labels, share, seed)
        figures[_percent(share)] = found(doubts(replace(said, labels=labels)), flipped)
    return figures


def of_training(digits: Digits, seed: int = 0) -> dict[str, Any]:
    """Flipped labels of training digits, found by predictions from other folds.

    A cheap model learns from four fifths of the digits, flipped labels and all, and reads the
    fifth: ridge regression on 1,024 random features, rectified (Rahimi and Recht 2008, "Weighted
    sums of random kitchen sinks"). Neighbours are looked for among those features.

    Args:
        digits: training digits; 60,000 take a minute or two, and 1 GB.
        seed: of flips, folds and features.

    Returns:
        As :func:`of_test`, each with ``model_accuracy``, by the labels that were not flipped.
    """
    features = _features(digits.images, seed)
    folds = np.random.default_rng([seed, 1]).permutation(len(digits)) % N_FOLDS
    grams = [features[folds == fold].T @ features[folds == fold] for fold in range(N_FOLDS)]
    all_folds = np.sum(grams, axis=0)
    inverses = [
        np.linalg.inv(all_folds - gram + _RIDGE * np.eye(features.shape[1], dtype=np.float32))
        for gram in grams
    ]
    figures = {}
    for share in SHARES:
        labels, flipped = flip(digits.labels, share, seed)
        targets = np.eye(N_CLASSES, dtype=np.float32)[labels]
        outputs = np.empty((len(digits), N_CLASSES))
        for fold, inverse in enumerate(inverses):
            others = folds != fold
            weights = inverse @ (features[others].T @ targets[others])
            outputs[~others] = features[~others] @ weights
        probabilities = softmax(_SHARPNESS * outputs).astype(np.float32)
        said = Evaluation("training", labels, probabilities, features.astype(np.float16))
        figures[_percent(share)] = {
            "model_accuracy": float((said.predicted == digits.labels).mean()),
            **found(doubts(said), flipped),
        }
    return figures


def flip(labels: NDArray[np.uint8], share: float, seed: int) -> tuple[NDArray[np.uint8], Bools]:
    """Labels of which a share became another digit, all nine as likely; and which: bool (n,)."""
    rng = np.random.default_rng([seed, round(share * 1000)])
    flipped = np.zeros(len(labels), bool)
    flipped[rng.choice(len(labels), round(share * len(labels)), replace=False)] = True
    by = rng.integers(1, N_CLASSES, len(labels))
    changed = np.where(flipped, (labels + by) % N_CLASSES, labels)
    return changed.astype(np.uint8), flipped


def found(doubted: Doubts, flipped: Bools) -> dict[str, Any]:
    """Precision and recall of the first n in doubt, and of those that are confidently another.

    Returns:
        ``flipped``, how many there are; ``first``, a list of ``n``, ``precision`` and ``recall``
        for half as many as are flipped, as many, and twice as many, and for 100;
        ``confidently_other``, the same for the confident joint.
    """
    ordered = flipped[doubted.order]
    n_flipped = int(flipped.sum())

    def figures(hits: Bools) -> dict[str, Any]:
        right = int(hits.sum())
        return {
            "n": len(hits),
            "precision": right / len(hits) if len(hits) else float("nan"),
            "recall": right / n_flipped if n_flipped else float("nan"),
        }

    return {
        "flipped": n_flipped,
        "first": [figures(ordered[:n]) for n in _numbers(n_flipped, len(flipped))],
        "confidently_other": figures(flipped[doubted.confidently_other]),
    }


def rows(figures: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Lines of a table: flipped, how many are looked at, precision, recall."""
    for share, cell in figures.items():
        for first in cell["first"]:
            yield share, f"first {first['n']:,}", first["precision"], first["recall"]
        other = cell["confidently_other"]
        yield share, f"confidently other ({other['n']:,})", other["precision"], other["recall"]


def _numbers(n_flipped: int, most: int) -> Sequence[int]:
    return sorted({n for n in (100, n_flipped // 2, n_flipped, 2 * n_flipped) if 0 < n <= most})


def _features(images: NDArray[np.uint8], seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng([seed, 2])
    weights = rng.normal(0, 1 / 6, (28 * 28, _N_FEATURES)).astype(np.float32)
    bias = rng.normal(0, 1, _N_FEATURES).astype(np.float32)
    features = np.empty((len(images), _N_FEATURES), np.float32)
    for start in range(0, len(images), _ROWS):
        pixels = images[start : start + _ROWS].reshape(-1, 28 * 28).astype(np.float32) / 255
        features[start : start + _ROWS] = np.maximum((pixels - 0.13) @ weights + bias, 0)
    return features


def _percent(share: float) -> str:
    return f"{share * 100:g} %"
