"""Similar training digits, against scikit-learn's neighbours; pictures packed and unpacked."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from digitcnn.data import handwriting
from digitcnn.data.digits import Digits
from digitcnn.explain.similar import PackedDigits, TrainingDigits
from digitcnn.inference.recognizer import Recognizer


@pytest.fixture(scope="module")
def digits() -> Digits:
    return handwriting.digits(330, 8)


@pytest.fixture
def recognizer(trained_run) -> Recognizer:
    return Recognizer(trained_run)


def test_packed_pictures_come_back(digits):
    packed = PackedDigits(digits, "made up")
    assert len(packed) == 330 and packed.name == "made up"
    assert np.array_equal(np.concatenate(list(packed.blocks())), digits.images)
    for index in (0, 99, 100, 329):
        assert np.array_equal(packed.image(index), digits.images[index])


@pytest.mark.parametrize("label", [None, 3, 8])
def test_nearest_are_scikit_learns(digits, recognizer, label):
    training = TrainingDigits(PackedDigits(digits, "made up"), recognizer)
    known = recognizer.outputs(digits.images).embeddings.astype(np.float64)
    of = np.arange(330) if label is None else np.flatnonzero(digits.labels == label)
    near = NearestNeighbors(n_neighbors=4, metric="cosine").fit(known[of])
    for image in handwriting.digits(10, 9).images:
        embedding = recognizer.recognize(image).embedding
        found = training.nearest(embedding, 4, label)
        distances, _ = near.kneighbors(embedding[None].astype(np.float64))
        likeness = [neighbour.likeness for neighbour in found]
        assert likeness == pytest.approx(1 - distances[0], abs=2e-3)  # float16
        assert likeness == sorted(likeness, reverse=True)
        for neighbour in found:
            assert neighbour.label == digits.labels[neighbour.index]
            assert label in (None, neighbour.label)
            assert np.array_equal(neighbour.image, digits.images[neighbour.index])


def test_a_training_digit_is_most_like_itself(digits, recognizer):
    training = TrainingDigits(PackedDigits(digits, "made up"), recognizer)
    for index in (5, 140, 321):
        embedding = recognizer.recognize(digits.images[index]).embedding
        assert training.nearest(embedding, 1)[0].index == index


def test_fewer_than_asked(digits, recognizer):
    few = TrainingDigits(PackedDigits(digits[:6], "few"), recognizer)
    embedding = recognizer.recognize(digits.images[0]).embedding
    assert len(few.nearest(embedding, 10)) == len(few) == 6
    missing = next(digit for digit in range(10) if digit not in digits.labels[:6])
    assert few.nearest(embedding, 3, missing) == []
