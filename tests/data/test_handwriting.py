"""The digits that are made up: there are all, they are digit images, they can be had again."""

import numpy as np
import pytest

from digitcnn.data import handwriting, nondigits
from digitcnn.data.styles import STYLES


@pytest.fixture(scope="module")
def digits():
    return handwriting.digits(2_000, seed=3)


def test_every_digit_has_several_styles():
    labels = [label for label, _ in STYLES.values()]
    assert all(labels.count(digit) >= 6 for digit in range(10))


def test_every_label_is_as_frequent(digits):
    assert (np.bincount(digits.labels) == 200).all()


def test_digits_are_centred_and_fill_the_box(digits):
    mass = digits.images.astype(float)
    total = mass.sum(axis=(1, 2))
    down = (mass.sum(axis=2) * np.arange(28)).sum(axis=1) / total
    across = (mass.sum(axis=1) * np.arange(28)).sum(axis=1) / total
    assert np.abs(down - 14).max() < 2 and np.abs(across - 14).max() < 2
    ink = digits.images > 0
    tall, wide = ink.any(axis=2).sum(axis=1), ink.any(axis=1).sum(axis=1)
    assert np.maximum(tall, wide).max() <= 20
    assert np.median(np.maximum(tall, wide)) == 20


def test_same_seed_same_digits():
    digits, again, other = (handwriting.digits(300, seed) for seed in (3, 3, 4))
    assert np.array_equal(again.images, digits.images)
    assert np.array_equal(again.labels, digits.labels)
    assert not np.array_equal(other.images, digits.images)


def test_no_two_digits_are_the_same(digits):
    assert len(np.unique(digits.images.reshape(len(digits), -1), axis=0)) == len(digits)


def test_lines_go_from_thin_to_marker(digits):
    ink = (digits.images / 255).sum(axis=(1, 2))
    assert np.quantile(ink, 0.95) > 2.5 * np.quantile(ink, 0.05)


@pytest.mark.parametrize("name", STYLES)
def test_each_style_varies(name):
    _, draw = STYLES[name]
    rng = np.random.default_rng(0)
    images = [handwriting.render(handwriting.write(draw(rng), rng), rng) for _ in range(4)]
    assert len({image.tobytes() for image in images}) == 4


def test_mnist_digits_of_the_same_label_are_the_nearest(real_mnist, digits):
    """Seen by an eye that nobody trained: the mean picture of a label is nearest to its own."""
    means = np.stack(
        [
            real_mnist.train.images[real_mnist.train.labels == label].mean(axis=0)
            for label in range(10)
        ]
    ).reshape(10, -1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    nearest = (digits.images.reshape(len(digits), -1) @ means.T).argmax(axis=1)
    # Chance is 0.1; MNIST's own digits reach 0.82.
    assert (nearest == digits.labels).mean() > 0.5


def test_seen_and_unseen_nondigits_share_nothing():
    trained = {*nondigits.IN_TRAINING.values(), *nondigits.DOODLES}
    assert not trained & set(nondigits.HELD_OUT.values())
    assert not set(nondigits._TRAINING_SIGNS) & set(nondigits._HELD_OUT_SIGNS)


@pytest.mark.parametrize(
    "drawing", [*nondigits.IN_TRAINING.values(), *nondigits.DOODLES, *nondigits.HELD_OUT.values()]
)
def test_nondigits_are_digit_images_that_vary(drawing):
    images = handwriting.nondigits(5, 0, [drawing])
    assert images.shape == (5, 28, 28) and images.dtype == np.uint8
    assert (images.reshape(5, -1).max(axis=1) > 100).all()
    assert len({image.tobytes() for image in images}) == 5


def test_style_samples_are_in_the_order_of_the_styles():
    samples = handwriting.style_samples(2)
    assert samples.shape == (len(STYLES), 2, 28, 28)


def test_a_quick_mouse_leaves_learned_strokes_enough_points_to_be_read():
    """Of 24 points along a whole digit, four would leave a 3 like a bracket."""
    circle = np.stack([f(np.linspace(0, 2 * np.pi, 24)) for f in (np.cos, np.sin)], axis=1)
    rng = np.random.default_rng(0)
    fewest = min(len(handwriting.write_learned([circle], rng)[0]) for _ in range(300))
    assert 7 <= fewest < 12
