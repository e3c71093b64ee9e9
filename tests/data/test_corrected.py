"""Which correction set is of which digits of a training, and that nothing else changes."""

import numpy as np
import pytest

from digitcnn.data import corrected, handwriting, joined
from digitcnn.data.corrections import (
    Contradiction,
    Correction,
    CorrectionSet,
    Of,
    OtherDataSet,
    WrongCorrections,
)
from digitcnn.data.digits import fingerprint
from digitcnn.models.recipes import recipe
from digitcnn.training import dataset


@pytest.fixture(scope="module")
def digits():
    return handwriting.digits(300, 1)


@pytest.fixture(scope="module")
def mine(digits, tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "mine.npz"
    np.savez(path, images=digits.images, labels=digits.labels)
    return path


@pytest.fixture(scope="module")
def halves(mine, tmp_path_factory):
    return joined.halves(str(mine), tmp_path_factory.mktemp("home"))


def a_set(digits, *said, name="mine") -> CorrectionSet:
    """Of (index, what it is) each; ``None`` leaves the digit out."""
    of = Of("mine", "these digits", fingerprint(digits), len(digits))
    made = [
        Correction(index, "leave out" if to is None else "label", int(digits.labels[index]), to)
        for index, to in said
    ]
    return CorrectionSet(name, of, {}).with_these(made)


def other(digits, index) -> int:
    return (int(digits.labels[index]) + 1) % 10


def test_a_divided_file_is_whole_again(halves, digits):
    assert np.array_equal(halves[0].whole().images, digits.images)
    assert np.array_equal(halves[0].whole().labels, digits.labels)


def test_a_set_of_the_whole_file_is_of_both_halves(halves, digits):
    held_out = halves[0].held_out
    learned, tested = int(np.flatnonzero(~held_out)[5]), int(np.flatnonzero(held_out)[2])
    found = corrected.assign(
        [a_set(digits, (learned, other(digits, learned)), (tested, None))], halves
    )
    assert list(found.training[0].corrections) == [5] and list(found.test.corrections) == [2]
    assert found.n_training == 1
    found.training[0].check(halves[0].training)
    found.test.check(halves[0].test)


def test_validation_digits_stay_the_same_ones(halves):
    training = halves[0].training
    wanted = recipe("fast", dataset="x/mine.npz", validation=100, handwriting=0, nondigits=0,
                    learned_digits=0, learned_letters=0)  # fmt: skip
    plain = dataset.gather(wanted, halves)
    gone = (0, 1, 2, 3, 4, 5)
    asked = a_set(training, *((i, None) for i in gone), (9, other(training, 9)))
    made = dataset.gather(wanted, halves, corrections=corrected.assign([asked], halves))
    left = {image.tobytes() for image in training.images[list(gone)]}
    for one, before in ((made.training, plain.training), (made.validation, plain.validation)):
        kept = [image.tobytes() not in left for image in before.images]
        assert np.array_equal(one.images, before.images[kept])
        is_ninth = [image.tobytes() == training.images[9].tobytes() for image in one.images]
        labels = np.where(is_ninth, other(training, 9), before.labels[kept])
        assert np.array_equal(one.labels, labels)
    assert np.array_equal(made.test.labels, plain.test.labels)
    assert len(made.training) + len(made.validation) == len(training) - len(gone)


def test_what_cannot_be_applied_is_said(halves, digits):
    training, test = halves[0].training, halves[0].test
    with pytest.raises(OtherDataSet, match="other digits than this training’s"):
        corrected.assign([a_set(handwriting.digits(20, 3), (1, None))], halves)
    with pytest.raises(WrongCorrections, match="changes no training digit"):
        corrected.assign([a_set(test, (1, None))], halves)
    first = a_set(training, (4, None))
    second = a_set(training, (4, other(training, 4)), name="theirs")
    with pytest.raises(Contradiction, match="“mine” and “theirs” contradict each other on digit 4"):
        corrected.assign([first, second], halves)
    both = corrected.assign([first, a_set(test, (1, None))], halves)
    assert both.n_training == 1 and len(both.test) == 1
    assert corrected.assign([], halves).asked == ()


def test_test_digits_of_joined_sets_stand_one_after_the_other(mine, halves, tmp_path):
    pytest.importorskip("sklearn")
    sets = joined.halves(f"optdigits+{mine}", tmp_path)
    asked = [a_set(sets[1].test, (2, None)), a_set(sets[0].training, (7, None), name="optdigits")]
    found = corrected.assign(asked, sets)
    assert list(found.test.corrections) == [360 + 2]
    assert found.training[1] is None and list(found.training[0].corrections) == [7]
