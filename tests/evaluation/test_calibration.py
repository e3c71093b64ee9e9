"""Accuracy against coverage, by its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcnn.evaluation.calibration import coverage

answers = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.75, 0.99, 1.0]), st.booleans()), max_size=40
)


@given(answers)
def test_each_point_is_the_accuracy_of_all_that_are_as_sure(pairs):
    confidences = np.array([sure for sure, _ in pairs], np.float64)
    right = np.array([is_right for _, is_right in pairs], bool)
    parts, accuracies = coverage(confidences, right)
    expected = []
    for threshold in sorted(set(confidences.tolist()), reverse=True):
        kept = [is_right for sure, is_right in pairs if sure >= threshold]
        expected.append((len(kept) / len(pairs), np.mean(kept)))
    assert len(parts) == len(expected)
    assert parts == pytest.approx([part for part, _ in expected])
    assert accuracies == pytest.approx([accuracy for _, accuracy in expected])


def test_the_last_point_is_the_accuracy_of_all():
    rng = np.random.default_rng(0)
    right = rng.random(500) < 0.9
    parts, accuracies = coverage(rng.random(500), right)
    assert parts[-1] == 1 and accuracies[-1] == pytest.approx(right.mean())
    assert (np.diff(parts) > 0).all()
