"""Several runs on the same digits."""

import numpy as np
import pytest

from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.several_runs import SeveralRuns
from digitcnn.evaluation.significance import NotComparable
from tests.run_makers import some_evaluation


def same_digits(seed):
    """Another run on the digits of seed 0."""
    labels, other = some_evaluation(200).labels, some_evaluation(200, seed)
    shifted = [np.roll(row, int(a) - int(b)) for row, a, b in
               zip(other.probabilities, labels, other.labels, strict=True)]  # fmt: skip
    return Evaluation("mnist", labels, np.stack(shifted))


def test_together_is_the_mean_of_logits_whatever_was_added_to_them():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (3, 50, 10))
    labels = rng.integers(0, 10, 50).astype(np.uint8)
    each = []
    for run in logits:
        powers = np.exp(run)
        rows = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        each.append(Evaluation("d", labels, rows))
    mean = np.exp(logits.mean(axis=0))
    expected = mean / mean.sum(axis=1, keepdims=True)
    assert np.allclose(SeveralRuns(each).together.probabilities, expected, atol=1e-5)


def test_a_probability_of_nought_is_no_infinity():
    labels = np.array([1], np.uint8)
    sure = np.eye(10, dtype=np.float32)[[1]]
    other = np.eye(10, dtype=np.float32)[[2]]
    both = SeveralRuns([Evaluation("d", labels, sure), Evaluation("d", labels, other)])
    assert np.isfinite(both.together.probabilities).all()
    assert both.together.probabilities[0, [1, 2]] == pytest.approx(0.5, abs=0.01)


def test_who_is_right_alone_and_where_all_agree_counted_one_by_one():
    each = [some_evaluation(200), same_digits(1), same_digits(2)]
    several = SeveralRuns(each)
    right = [[bool(e.predicted[i] == e.labels[i]) for e in each] for i in range(200)]
    for run in range(3):
        alone = [i for i in range(200) if right[i][run] and sum(right[i]) == 1]
        assert several.only(run).tolist() == alone
    assert several.no_run().tolist() == [i for i in range(200) if not any(right[i])]
    assert several.some_run().tolist() == [i for i in range(200) if 0 < sum(right[i]) < 3]
    same = [len({int(e.predicted[i]) for e in each}) == 1 for i in range(200)]
    assert several.agree.tolist() == same
    assert f"agree on {sum(same)} of 200" in several.in_words()


def test_runs_on_other_digits_are_not_compared():
    with pytest.raises(NotComparable):
        SeveralRuns([some_evaluation(200), some_evaluation(200, 1)])
    with pytest.raises(NotComparable):
        SeveralRuns([])
