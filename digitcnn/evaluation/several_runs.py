"""Any number of runs on the same digits: what each reads, agreement, and their ensemble."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.logits import softmax
from digitcnn.evaluation.significance import NotComparable

_LEAST_PROBABILITY = 1e-30  # so that no logarithm is infinite: far below what float32 rounds


@dataclass(frozen=True, eq=False)
class SeveralRuns:
    """The predictions of several runs for the same digits.

    Attributes:
        evaluations: one for each run, at least one.

    Raises:
        NotComparable: there is none, or their labels differ.
    """

    evaluations: Sequence[Evaluation]

    def __post_init__(self) -> None:
        if not self.evaluations:
            raise NotComparable("Choose runs to compare.")
        labels = self.evaluations[0].labels
        if any(not np.array_equal(labels, other.labels) for other in self.evaluations[1:]):
            raise NotComparable(
                "These runs were evaluated on different digits; choose others, or another data set."
            )

    @property
    def labels(self) -> NDArray[np.uint8]:
        """True digits: uint8 (n,)."""
        return self.evaluations[0].labels

    @cached_property
    def together(self) -> Evaluation:
        """The ensemble as if it were a run: the mean of the runs' logits.

        Of kept probabilities, whose logarithms are the calibrated logits but for what is the same
        for all ten, which makes no difference.
        """
        mean = np.zeros(self.evaluations[0].probabilities.shape)
        for evaluation in self.evaluations:
            probabilities = evaluation.probabilities.astype(np.float64)
            mean += np.log(np.maximum(probabilities, _LEAST_PROBABILITY))
        mixed = softmax(mean / len(self.evaluations)).astype(np.float32)
        return Evaluation(self.evaluations[0].dataset, self.labels, mixed)

    @cached_property
    def right(self) -> Bools:
        """Which digits each run reads correctly: bool (n_runs, n)."""
        return np.stack([each.predicted == each.labels for each in self.evaluations])

    @cached_property
    def agree(self) -> Bools:
        """On which digits all runs read the same: bool (n,)."""
        predicted = np.stack([each.predicted for each in self.evaluations])
        same: Bools = (predicted == predicted[0]).all(axis=0)
        return same

    def only(self, run: int) -> NDArray[np.int64]:
        """Positions of the digits that one run alone reads correctly, the others all wrong."""
        alone: Bools = self.right[run] & (self.right.sum(axis=0) == 1)
        return np.flatnonzero(alone)

    def no_run(self) -> NDArray[np.int64]:
        """Positions of the digits that no run reads correctly: int64, rising."""
        return np.flatnonzero(~self.right.any(axis=0))

    def some_run(self) -> NDArray[np.int64]:
        """Positions of the digits that some read correctly, and some not."""
        n_right: NDArray[np.int64] = self.right.sum(axis=0)
        return np.flatnonzero((n_right > 0) & (n_right < len(self.right)))

    def in_words(self) -> str:
        """How far they agree, in a sentence or two."""
        n, n_same = len(self.labels), int(self.agree.sum())
        n_wrong = int((self.agree & ~self.right[0]).sum())
        told = f"All agree on {n_same:,} of {n:,} digits, {n_wrong:,} of them read wrongly."
        n_some, n_none = len(self.some_run()), len(self.no_run())
        return f"{told} {n_some:,} are read correctly by some only, {n_none:,} by none."
