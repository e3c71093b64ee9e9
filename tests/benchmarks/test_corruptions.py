"""The robustness benchmark: stronger corruptions corrupt more, and figures are what they say."""

from types import SimpleNamespace

import numpy as np
import pytest

from digitcnn.benchmarks.accuracy import robustness
from digitcnn.data import handwriting
from digitcnn.data.corruptions import CORRUPTIONS, STRENGTHS
from digitcnn.data.distortions import turned


@pytest.fixture(scope="module")
def digits():
    return handwriting.digits(40, seed=9)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_is_a_digit_image_and_comes_again(name, digits):
    before = digits.images.copy()
    first, again = (
        [CORRUPTIONS[name](image, 3, np.random.default_rng(1)) for image in digits.images]
        for _ in range(2)
    )
    assert all(image.shape == (28, 28) and image.dtype == np.uint8 for image in first)
    assert np.array_equal(first, again)
    assert np.array_equal(digits.images, before)
    assert not np.array_equal(first, before)


@pytest.mark.parametrize("name", [name for name in CORRUPTIONS if name != "edges"])
def test_stronger_is_farther_from_the_digit(name, digits):
    def distance(strength):
        rng = np.random.default_rng(2)
        changed = [CORRUPTIONS[name](image, strength, rng) for image in digits.images]
        return np.abs(np.stack(changed).astype(float) - digits.images).mean()

    assert distance(STRENGTHS[-1]) > distance(STRENGTHS[0])


def test_turned_by_a_quarter_is_numpys(digits):
    assert np.array_equal(turned(digits.images[0], 90), np.rot90(digits.images[0]))


def test_figures_of_a_reader_that_is_known(digits):
    """Who says 3 to everything, and is sure, and refuses what is brighter than a digit."""

    def outputs(images):
        probabilities = np.zeros((len(images), 10), np.float32)
        probabilities[:, 3] = 1
        is_digit = images.reshape(len(images), -1).min(axis=1) < 20
        return SimpleNamespace(probabilities=probabilities, is_digit=is_digit)

    figures = robustness.measure(digits, SimpleNamespace(outputs=outputs))
    assert figures["clean"] == pytest.approx(
        {"accuracy": 0.1, "refused": 0, "confidently_wrong": 0.9}
    )
    assert figures["turned"]["45"]["confidently_wrong"] == pytest.approx(0.9)
    bright = figures["corrupted"]["brightness"]
    assert bright["refused"] == 1 and bright["confidently_wrong"] == 0
    assert set(bright["by_strength"]) == {"1", "2", "3", "4", "5"}
    assert figures["most_confidently_wrong"] == pytest.approx(0.9)
    assert figures["n"] == 40
    assert figures["mean_corrupted"]["accuracy"] == pytest.approx(0.1)
