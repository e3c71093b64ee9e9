"""Who agrees with whom, in words and in counts."""

import numpy as np
import pytest

from digitcnn.evaluation.agreement import Agreement, votes_in_words


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([4, 4], "Both networks say 4."),
        ([4, 4, 4], "All 3 networks say 4."),
        ([4, 9, 4], "2 of 3 networks say 4, 1 says 9."),
        ([9, 4, 7], "1 of 3 networks says 9, 1 says 4, 1 says 7."),
        ([1, 7, 1, 7, 2], "2 of 5 networks say 1, 2 say 7, 1 says 2."),
    ],
)
def test_votes_in_words(labels, said):
    assert votes_in_words(labels) == said


def test_counts_and_what_they_say():
    labels = np.array([1, 2, 3, 4, 5], np.uint8)
    members = np.array([[1, 1], [2, 3], [8, 8], [4, 9], [6, 7]], np.uint8)
    agreement = Agreement(labels, members[:, 0], members)
    assert agreement.differ.tolist() == [False, True, False, True, True]
    assert agreement.figures() == {
        "n": 5, "agree": 2, "agree_right": 1, "differ": 3, "differ_right": 2, "any_right": 2,
    }  # fmt: skip
    said = agreement.in_words()
    assert "agree on 2 of 5 digits (1 of them wrongly)" in said
    assert "On the 3 where they disagree, the ensemble is right 2 times" in said
    alike = Agreement(labels, labels, np.stack([labels, labels], axis=1))
    assert alike.in_words() == "All networks agree on 5 of 5 digits, and are right."
