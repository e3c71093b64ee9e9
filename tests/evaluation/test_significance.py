"""Two runs compared: who is right alone, and McNemar's test against SciPy's binomial."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.significance import NotComparable, TwoRuns
from tests.run_makers import some_evaluation


def read_as(labels, predicted, confidence=0.9) -> Evaluation:
    """An evaluation with these predictions, all equally sure."""
    labels = np.asarray(labels, np.uint8)
    probabilities = np.full((len(labels), 10), (1 - confidence) / 9, np.float32)
    probabilities[np.arange(len(labels)), predicted] = confidence
    return Evaluation("made up", labels, probabilities)


def of_counts(both: int, first: int, second: int, neither: int) -> TwoRuns:
    """Two runs, so many digits being read right by both, by either alone, and by neither."""
    n = both + first + second + neither
    labels = np.arange(n) % 10
    right = np.arange(n)
    first_right = right < both + first
    second_right = (right < both) | (right >= both + first) & (right < both + first + second)
    wrong = (labels + 1) % 10
    return TwoRuns(
        read_as(labels, np.where(first_right, labels, wrong)),
        read_as(labels, np.where(second_right, labels, wrong)),
    )


@given(st.integers(0, 400), st.integers(0, 400))
def test_chance_is_the_exact_binomial_test(first, second):
    two = of_counts(3, first, second, 2)
    assert len(two.only_first()) == first and len(two.only_second()) == second
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert two.chance == pytest.approx(expected, rel=1e-9)


def test_chance_of_thousands_does_not_overflow():
    assert of_counts(0, 3000, 3100, 0).chance == pytest.approx(binomtest(3000, 6100).pvalue)
    assert of_counts(0, 0, 4000, 0).chance == pytest.approx(0.0, abs=1e-300)


@pytest.mark.parametrize("seed", range(4))
def test_every_digit_falls_into_one_of_four(seed):
    a, b = some_evaluation(300, seed), some_evaluation(300, seed)
    rng = np.random.default_rng(seed + 50)
    b = Evaluation("other", a.labels, rng.dirichlet(np.full(10, 0.3), 300).astype(np.float32))
    two = TwoRuns(a, b)
    both = set(np.flatnonzero(two.first_right & two.second_right))
    neither = set(np.flatnonzero(~two.first_right & ~two.second_right))
    only = set(two.only_first().tolist()), set(two.only_second().tolist())
    parts = [both, neither, *only]
    assert sum(map(len, parts)) == 300 and set().union(*parts) == set(range(300))
    for index in only[0]:
        assert a.predicted[index] == a.labels[index] != b.predicted[index]
    assert np.array_equal(two.difference(), b.confusion() - a.confusion())


def test_what_is_refused_is_not_right():
    two = TwoRuns(read_as([1, 2, 3], [1, 2, 4], 0.6), read_as([1, 2, 3], [1, 5, 3], 0.9), 0.8)
    assert two.only_first().tolist() == []
    assert two.only_second().tolist() == [0, 2]
    assert two.difference().sum() == 3  # the first answers none, the second all


def test_in_words():
    assert "Neither is better" in of_counts(5, 4, 4, 0).in_words("A", "B")
    assert "could be chance" in of_counts(5, 4, 5, 0).in_words("A", "B")
    clear = of_counts(5, 2, 30, 0).in_words("A", "B")
    assert clear.startswith("A is the only one right on 2 digits, B on 30 digits.")
    assert "B is most likely the better one" in clear and "p < 0.0001, McNemar" in clear
    assert "A is most likely" in of_counts(5, 30, 2, 0).in_words("A", "B")
    assert of_counts(5, 0, 0, 3).in_words("A", "B") == "A and B read the same digits correctly."


def test_other_digits_are_not_compared():
    with pytest.raises(NotComparable, match="different digits"):
        TwoRuns(some_evaluation(20, 0), some_evaluation(20, 1))
    with pytest.raises(NotComparable):
        TwoRuns(some_evaluation(20), some_evaluation(20)[:10])
