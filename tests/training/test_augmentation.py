"""Augmentation: digits stay digits, the same seed gives the same, and parts drift apart."""

import numpy as np
import pytest
import tensorflow as tf

from digitcnn.data import handwriting
from digitcnn.training import augmentation
from digitcnn.training.augmentation import augment

N = 64


@pytest.fixture(scope="module")
def images():
    return tf.constant(handwriting.digits(N, 5).images, tf.float32)


def _seed(number: int) -> tf.Tensor:
    return tf.constant([1, number], tf.int64)


@pytest.mark.parametrize("robust", [False, True])
def test_augmented_digits_are_digit_images_and_the_seed_decides(images, robust):
    once, again, other = (augment(images, _seed(n), robust).numpy() for n in (1, 1, 2))
    assert once.shape == (N, 28, 28) and once.min() >= 0 and once.max() <= 255
    assert np.array_equal(once, again) and not np.array_equal(once, other)
    # Nobody's ink is lost.
    assert (once.sum(axis=(1, 2)) > 0.2 * images.numpy().sum(axis=(1, 2))).all()


def test_digits_that_are_not_displaced_are_moved_as_by_tensorflow(images, monkeypatch):
    """Two ways to move a digit; where nothing is displaced they are one."""
    monkeypatch.setattr(augmentation, "BENT_PX", 0.0)
    bent = augmentation._move(images, _seed(3), True).numpy()
    monkeypatch.setattr(augmentation, "BENT", 0.0)
    straight = augmentation._move(images, _seed(3), True).numpy()
    assert np.abs(bent - straight).max() < 0.1


def test_parts_are_displaced_by_a_pixel_or_two(images, monkeypatch):
    """A field that is known: each pixel is looked up as far away as it says."""
    monkeypatch.setattr(augmentation, "BENT", 1.0)
    monkeypatch.setattr(augmentation, "BENT_PX", 1e-9)
    still = [tf.constant(np.full(N, value, np.float32)) for value in (1, 0, 0, 0, 1, 0)]
    moved = augmentation._bent(images, [*still[:2], still[2] + 2, *still[3:]], _seed(0)).numpy()
    assert np.abs(moved[:, :, :-2] - images.numpy()[:, :, 2:]).max() < 0.1
    assert np.abs(moved[:, :, -2:]).max() < 0.1  # paper from outside the picture
    monkeypatch.setattr(augmentation, "BENT_PX", 1.2)
    places = tf.tile(tf.range(28, dtype=tf.float32)[None, None, :] * 9, (N, 28, 1))
    reached = augmentation._bent(places, still, _seed(0)).numpy()[:, 6:-6, 6:-6] / 9
    far = np.abs(reached - np.arange(6, 22))
    assert 0.2 < far.mean() < 1.2 and np.quantile(far, 0.99) < 4
    assert len(np.unique(far.mean(axis=(1, 2)).round(3))) > N / 2  # each digit its own way
