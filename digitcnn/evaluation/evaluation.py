"""A run's labels and probabilities on a data set, and what follows from them.

Rows of the confusion matrix are true digits, columns predicted ones, always.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools, Chosen, Floats
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.calibration import Reliability, reliability
from digitcnn.models.networks import N_CLASSES
from digitcnn.system import npz

_ARRAYS = ("labels", "probabilities", "embeddings", "positions", "neighbours", "members")

# A probability is at least this, so that no loss is infinite; Keras clips at the same place.
_LEAST_PROBABILITY = np.finfo(np.float32).eps


class DamagedEvaluation(DigitcnnError):
    """Arrays that are not labels with their probabilities."""


@dataclass(frozen=True)
class DigitMetrics:
    """Metrics of one digit; NaN for a division by zero.

    Attributes:
        digit: 0 to 9.
        precision: of those read as this digit, the part that are.
        recall: of those that are this digit, the part read as it.
        f1: harmonic mean of the two.
        support: how many are this digit.
    """

    digit: int
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A run's predictions for each digit of a data set.

    Attributes:
        dataset: the data set's name, for people.
        labels: uint8 (n,), true digits.
        probabilities: float32 (n, 10), rows sum to 1.
        embeddings: float16 (n, d), the network's last layer before the logits, if kept.
        positions: float32 (n, 2), places on the map of digits, if it was made.
        neighbours: uint8 (n, 10), how the digits nearest to each are labelled, as
            :func:`digitcnn.evaluation.label_quality.neighbours` found, if it was asked.
        members: uint8 (n, n_members), what each network of an ensemble reads by itself.

    Figures over no digits at all are NaN.

    Raises:
        DamagedEvaluation: shapes, dtypes or ranges are otherwise.
    """

    dataset: str
    labels: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    embeddings: NDArray[np.float16] | None = None
    positions: NDArray[np.float32] | None = None
    neighbours: NDArray[np.uint8] | None = None
    members: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        self._check("labels", self.labels, np.uint8, (n,))
        self._check("probabilities", self.probabilities, np.float32, (n, N_CLASSES))
        if self.embeddings is not None:
            self._check("embeddings", self.embeddings, np.float16, (n, *self.embeddings.shape[-1:]))
        if self.positions is not None:
            self._check("positions", self.positions, np.float32, (n, 2))
        if self.neighbours is not None:
            self._check("neighbours", self.neighbours, np.uint8, (n, N_CLASSES))
        if self.members is not None:
            self._check("members", self.members, np.uint8, (n, *self.members.shape[-1:]))
            if self.members.shape[1] < 2 or self.members.max(initial=0) >= N_CLASSES:
                raise DamagedEvaluation(
                    f"The evaluation on {self.dataset} does not say which digit each network "
                    "reads; evaluate the run again."
                )
        if n and (self.labels.max() >= N_CLASSES or not _rows_are_probabilities(self)):
            raise DamagedEvaluation(
                f"The evaluation on {self.dataset} has labels or probabilities out of range; "
                "evaluate the run again."
            )

    def _check(self, name: str, array: np.ndarray, dtype: type, shape: tuple[int, ...]) -> None:
        if array.dtype != dtype or array.shape != shape:
            raise DamagedEvaluation(
                f"The evaluation on {self.dataset} is damaged: its {name} are {array.dtype} "
                f"{array.shape}; evaluate the run again."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: Chosen) -> "Evaluation":
        """The evaluation of the digits at ``chosen``: a slice, indices, or bool (n,)."""
        kept: dict[str, Any] = {
            name: None if (rows := getattr(self, name)) is None else rows[chosen]
            for name in _ARRAYS
        }
        return replace(self, **kept)

    @cached_property
    def predicted(self) -> NDArray[np.uint8]:
        """Predicted labels: uint8 (n,)."""
        best: NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return best.astype(np.uint8)

    @cached_property
    def confidences(self) -> NDArray[np.float32]:
        """Probability of the predicted label: float32 (n,)."""
        highest: NDArray[np.float32] = self.probabilities.max(axis=1, initial=0.0)
        return highest

    @cached_property
    def self_confidences(self) -> NDArray[np.float32]:
        """Probability of the true label: float32 (n,). Low where the label may be wrong."""
        return self.probabilities[np.arange(len(self)), self.labels]

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """Cross-entropy of each digit, nats: float64 (n,)."""
        own = self.self_confidences.astype(np.float64)
        return -np.log(np.clip(own, _LEAST_PROBABILITY, 1.0))

    @cached_property
    def margins(self) -> NDArray[np.float32]:
        """Probability of the best label less that of the runner-up: float32 (n,)."""
        best = np.partition(self.probabilities, -2, axis=1)
        return best[:, -1] - best[:, -2]

    def confusion(self) -> NDArray[np.int64]:
        """Counts by (true, predicted): int64 (10, 10)."""
        pairs = self.labels.astype(np.int64) * N_CLASSES + self.predicted
        return np.bincount(pairs, minlength=N_CLASSES**2).reshape(N_CLASSES, N_CLASSES)

    def cell(self, true: int | None = None, predicted: int | None = None) -> NDArray[np.int64]:
        """Indices of the digits in a cell of the matrix: int64, rising.

        Args:
            true: row; ``None`` for all rows.
            predicted: column; ``None`` for all columns.
        """
        inside = np.ones(len(self), bool)
        if true is not None:
            inside &= self.labels == true
        if predicted is not None:
            inside &= self.predicted == predicted
        return np.flatnonzero(inside)

    def mistakes(self) -> NDArray[np.int64]:
        """Indices of the digits whose predicted label is not their label: int64, rising."""
        return np.flatnonzero(self.predicted != self.labels)

    @property
    def accuracy(self) -> float:
        """Share of the digits read correctly."""
        return _mean(self.predicted == self.labels)

    @property
    def top2(self) -> float:
        """Part of the digits whose label is the prediction or the runner-up."""
        better = (self.probabilities > self.self_confidences[:, None]).sum(axis=1)
        return _mean(better < 2)

    @property
    def loss(self) -> float:
        """Mean cross-entropy, nats."""
        return _mean(self.losses)

    @property
    def macro_recall(self) -> float:
        """Mean of the recalls of the digits that occur."""
        return _mean([metrics.recall for metrics in self.per_digit() if metrics.support])

    @property
    def macro_f1(self) -> float:
        """Mean of the F1 of the digits that occur."""
        return _mean([metrics.f1 for metrics in self.per_digit() if metrics.support])

    def per_digit(self) -> list[DigitMetrics]:
        """Precision, recall, F1 and support of each digit, 0 to 9."""
        matrix = self.confusion()
        right, support, read = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
        return [
            DigitMetrics(
                digit,
                _ratio(right[digit], read[digit]),
                _ratio(right[digit], support[digit]),
                _ratio(2 * right[digit], support[digit] + read[digit]),
                int(support[digit]),
            )
            for digit in range(N_CLASSES)
        ]

    def reliability(self, n_bins: int = 15) -> Reliability:
        """How often the digits of each confidence are read correctly."""
        return reliability(self.confidences, self.predicted == self.labels, n_bins)

    @property
    def ece(self) -> float:
        """Expected calibration error, in 15 bins."""
        return self.reliability().error

    def figures(self) -> dict[str, float]:
        """The figures above by name, for cards, tables and ``--json``."""
        return {
            "n": len(self),
            "accuracy": self.accuracy,
            "errors": len(self.mistakes()),
            "loss": self.loss,
            "top2": self.top2,
            "macro_recall": self.macro_recall,
            "macro_f1": self.macro_f1,
            "ece": self.ece,
        }

    def save(self, path: Path) -> None:
        """Writes ``path``, an ``.npz`` of the attributes."""
        kept = {name: getattr(self, name) for name in _ARRAYS}
        kept = {name: rows for name, rows in kept.items() if rows is not None}
        npz.write(path, {"dataset": np.array(self.dataset), **kept})

    @classmethod
    def load(cls, path: Path) -> "Evaluation":
        """The evaluation that :meth:`save` wrote.

        Raises:
            DamagedEvaluation: no such file, or not an evaluation.
        """
        try:
            arrays = npz.read(path)
            dataset = str(arrays.pop("dataset"))
            return cls(dataset, **arrays)
        except (npz.UnreadableArchive, npz.ArchiveTooLarge, KeyError, TypeError) as error:
            raise DamagedEvaluation(f"{path} is not an evaluation ({error}).") from error


def _rows_are_probabilities(evaluation: Evaluation) -> bool:
    rows = evaluation.probabilities
    return bool(np.all(rows >= 0) and np.allclose(rows.sum(axis=1), 1, atol=1e-3))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _mean(values: Sequence[float] | Floats | Bools) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
