"""How many labels flipped on purpose are found by label doubts.

Some of MNIST's labels are wrong as it is; those that are found, too, count here as false alarms.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.data.digits import Digits
from digitcnn.evaluation.folds import Folds
from digitcnn.evaluation.label_quality import Doubts, doubts
from digitcnn.inference import evaluate
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models.networks import N_CLASSES

SHARES = (0.02, 0.05, 0.2)  # of the labels that are flipped


def of_test(digits: Digits, recognizer: Recognizer, seed: int = 0) -> dict[str, Any]:
    """Flipped labels of digits that a run never learned, found from its predictions.

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
    """Flipped labels of training digits, found as Explore finds them: by folds.

    Args:
        digits: training digits; 60,000 take half a minute to a minute, and 1 GB.
        seed: of flips and folds.

    Returns:
        As :func:`of_test`, each with ``model_accuracy``, by the labels that were not flipped.
    """
    folds = Folds(digits.images, seed)
    figures = {}
    for share in SHARES:
        labels, flipped = flip(digits.labels, share, seed)
        said = folds.evaluation(labels)
        figures[_percent(share)] = {
            "model_accuracy": float((said.predicted == digits.labels).mean()),
            **found(doubts(said), flipped),
        }
    return figures


def flip(labels: NDArray[np.uint8], share: float, seed: int) -> tuple[NDArray[np.uint8], Bools]:
    """Labels with a share flipped, all nine others equally likely; and which: bool (n,)."""
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


def _percent(share: float) -> str:
    return f"{share * 100:g} %"
