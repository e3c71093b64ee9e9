"""Two runs on the same digits: where they differ, and whether that could be chance."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation


class NotComparable(DigitcnnError):
    """Evaluations on different digits."""


@dataclass(frozen=True, eq=False)
class TwoRuns:
    """The predictions of two runs for the same digits.

    Attributes:
        first: one run's evaluation.
        second: the other's.
        threshold: the least confidence at which a run answers; a digit that it refuses is not
            read correctly.

    Raises:
        NotComparable: their labels differ.
    """

    first: Evaluation
    second: Evaluation
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if not np.array_equal(self.first.labels, self.second.labels):
            raise NotComparable(
                "These two runs were evaluated on different digits; choose another data set."
            )

    @cached_property
    def first_right(self) -> Bools:
        """Which digits the first run answers, and rightly: bool (n,)."""
        return self._right(self.first)

    @cached_property
    def second_right(self) -> Bools:
        """Which digits the second run answers, and rightly: bool (n,)."""
        return self._right(self.second)

    def only_first(self) -> NDArray[np.int64]:
        """Indices of the digits that only the first run reads correctly: int64, rising."""
        return np.flatnonzero(self.first_right & ~self.second_right)

    def only_second(self) -> NDArray[np.int64]:
        """Indices of the digits that only the second run reads correctly: int64, rising."""
        return np.flatnonzero(self.second_right & ~self.first_right)

    def difference(self) -> NDArray[np.int64]:
        """Second run's counts less the first's, of what each answers: int64 (10, 10)."""
        first, second = (
            evaluation[evaluation.confidences >= self.threshold].confusion()
            for evaluation in (self.first, self.second)
        )
        return second - first

    @property
    def chance(self) -> float:
        """How often equally good runs would differ at least so much; 1 if they don't differ.

        McNemar's test, exact: the digits that only one run reads correctly fall to either run like
        coins. Source: McNemar 1947; Dietterich 1998, "Approximate statistical tests for comparing
        supervised classification learning algorithms", which recommends it for one test set.
        """
        few, many = sorted((len(self.only_first()), len(self.only_second())))
        n = few + many
        ways = sum(math.comb(n, heads) for heads in range(few + 1))  # to so few heads among n coins
        return min(1.0, _ratio(2 * ways, n))

    def in_words(self, first_name: str, second_name: str) -> str:
        """What McNemar's test says, in a sentence or two."""
        a, b = len(self.only_first()), len(self.only_second())
        if a + b == 0:
            return f"{first_name} and {second_name} read the same digits correctly."
        told = f"{first_name} is the only one right on {_digits(a)}, {second_name} on {_digits(b)}."
        if a == b:
            return f"{told} Neither is better on this data set."
        better = first_name if a > b else second_name
        shown = f"p {p_value(self.chance)}, McNemar’s test"
        if self.chance < 0.05:
            return f"{told} {better} is most likely the better one ({shown})."
        return f"{told} That could be chance ({shown})."

    def fewer_in_words(self, second_name: str) -> str:
        """How many mistakes fewer the first run makes than the second, and whether by chance.

        A digit that a run refuses counts as a mistake.

        Args:
            second_name: what the second run is called in a sentence.
        """
        first, second = (int((~right).sum()) for right in (self.first_right, self.second_right))
        counted = f"{first:,} against {second:,} of {len(self.first):,}"
        shown = f"p {p_value(self.chance)}, McNemar’s test"
        n = abs(first - second)
        if not n:
            alone = len(self.only_first())
            told = f"as many mistakes as {second_name} ({counted})"
            return f"{told}, on other digits: {alone:,} each." if alone else f"{told}."
        mistakes = "mistake" if n == 1 else "mistakes"
        told = f"{n:,} {'fewer' if first < second else 'more'} {mistakes} than {second_name}"
        chance = "that is hardly chance" if self.chance < 0.05 else "that could be chance"
        return f"{told} ({counted}); {chance} ({shown})."

    def _right(self, evaluation: Evaluation) -> Bools:
        answered: Bools = evaluation.confidences >= self.threshold
        is_right: Bools = evaluation.predicted == evaluation.labels
        return answered & is_right


def p_value(chance: float) -> str:
    """A probability as statisticians write it, as exact as anybody needs it: ``= 0.03``."""
    if chance < 0.0001:
        return "< 0.0001"
    return f"= {chance:.4f}" if chance < 0.01 else f"= {chance:.2f}"


def _ratio(ways: int, n_coins: int) -> float:
    """``ways`` / 2**n_coins, which may both be too large for a float."""
    if ways.bit_length() < 1000 and n_coins < 1000:
        return ways / (1 << n_coins)
    return math.exp(math.log(ways) - n_coins * math.log(2))


def _digits(n: int) -> str:
    return "1 digit" if n == 1 else f"{n:,} digits"
