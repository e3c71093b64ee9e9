"""What is found out about digits in a process of its own, and kept."""

import numpy as np
import pytest

from digitcnn.data import handwriting
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.evaluation.duplicates import nearest_pictures
from digitcnn.evaluation.folds import Folds
from digitcnn.evaluation.label_quality import doubts
from digitcnn.inference import digits_process
from digitcnn.inference.digits_process import NotFoundOut, find_nearest, judge_labels
from digitcnn.system import child_process


@pytest.fixture(scope="module")
def digits() -> Digits:
    return handwriting.digits(120, 6)


@pytest.fixture
def mapped(digits, tmp_path) -> Digits:
    """The same digits in a file."""
    np.save(tmp_path / "images.npy", digits.images)
    return Digits(np.load(tmp_path / "images.npy", mmap_mode="r"), digits.labels)


def test_labels_are_judged_as_here_and_once(digits, mapped, home, monkeypatch):
    mark, told = fingerprint(digits), []
    assert digits_process.kept_doubts(home, mark) is None
    monkeypatch.setattr(child_process, "_TOLD_EVERY_S", 0.02)
    found = judge_labels(mapped, mark, home, told.append)
    expected = doubts(Folds(digits.images).evaluation(digits.labels))
    np.testing.assert_array_equal(found.order, expected.order)
    np.testing.assert_array_equal(found.suggested, expected.suggested)
    np.testing.assert_allclose(found.self_confidence, expected.self_confidence, atol=1e-5)
    assert found.by_folds and told == sorted(told) and all(0 <= share <= 1 for share in told)
    monkeypatch.setattr(digits_process, "_ask", None)  # it is not asked again
    assert judge_labels(mapped, mark, home, told.append).order.tolist() == found.order.tolist()
    kept = next((home / digits_process.FOLDER).iterdir())
    kept.write_bytes(b"nothing")
    assert digits_process.kept_doubts(home, mark) is None


def test_pictures_are_compared_as_here_and_nothing_private_is_kept(digits, mapped, home):
    mark = fingerprint(digits)
    found = find_nearest(digits, None, (mark, ""), None, lambda share: None)
    expected = nearest_pictures(digits.images)
    np.testing.assert_array_equal(found.index, expected.index)
    np.testing.assert_allclose(found.cosine, expected.cosine, atol=1e-6)
    assert not (home / digits_process.FOLDER).exists()
    some = digits[30:90]
    marks = fingerprint(some), mark
    find_nearest(some, mapped, marks, home, lambda share: None)
    assert digits_process.kept_nearest(home, *marks).index.tolist() == list(range(30, 90))
    assert digits_process.kept_nearest(home, *marks[::-1]) is None


def test_too_few_digits_and_a_process_that_dies_get_a_sentence(digits, home, monkeypatch):
    with pytest.raises(NotFoundOut, match="at least 50"):
        judge_labels(digits[:20], "m", home, lambda share: None)
    with pytest.raises(NotFoundOut, match="two digits at least"):
        find_nearest(digits[:1], None, ("m", ""), home, lambda share: None)
    monkeypatch.setattr(digits_process.sys, "executable", "/bin/false")
    with pytest.raises(NotFoundOut, match="120 digits"):
        judge_labels(digits, "m", home, lambda share: None)
    assert not (home / digits_process.FOLDER).exists()
