"""The pictures of what a network learns from."""

import io

import numpy as np
import pytest
from PIL import Image

from digitcnn import settings
from digitcnn.data import handwriting
from digitcnn.models.recipes import recipe
from digitcnn.runs import store
from digitcnn.runs.run import SAMPLES
from digitcnn.training import samples

ASSET = settings.STARTER_FOLDER.parent / "augmentation.png"


@pytest.fixture(scope="module")
def training():
    return handwriting.digits(100, seed=1)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def tiles(png: bytes) -> np.ndarray:
    """The digits of a picture: uint8 (rows, columns, 28, 28)."""
    picture = pixels(png)
    rows, columns = picture.shape[0] // 28, picture.shape[1] // 28
    return picture.reshape(rows, 28, columns, 28).swapaxes(1, 2)


def test_without_augmentation_training_digits_are_shown_as_they_are(training):
    shown = tiles(samples.samples_png(recipe("fast", augment=False), training))
    assert shown.shape == (4, 12, 28, 28)
    known = {image.tobytes() for image in training.images}
    assert all(tile.tobytes() in known for row in shown for tile in row)


def test_with_augmentation_they_are_changed_and_still_digits(training):
    plain = tiles(samples.samples_png(recipe("fast", augment=False), training))
    changed = tiles(samples.samples_png(recipe("fast"), training))
    differ = (plain != changed).any(axis=(2, 3))
    assert differ.mean() > 0.9
    ink = changed.astype(float).sum(axis=(2, 3)) / plain.astype(float).sum(axis=(2, 3))
    assert 0.5 < np.median(ink) < 1.5


def test_same_seed_same_picture(training):
    first, second, other = (
        samples.samples_png(recipe("fast", seed=seed), training) for seed in (1, 1, 2)
    )
    assert first == second != other


def test_picture_of_augmentation_is_what_augmentation_does_now():
    """When it fails: python -m digitcnn handwriting --augmented assets/augmentation.png"""
    made, kept = (pixels(png) for png in (samples.augmentation_png(), ASSET.read_bytes()))
    assert made.shape == kept.shape == (5 * 28, 10 * 28)
    # On other machines TensorFlow rounds otherwise.
    assert np.abs(made.astype(int) - kept.astype(int)).max() <= 2


def test_every_training_keeps_its_picture(trained_run):
    assert tiles(trained_run.content(SAMPLES)).shape == (4, 12, 28, 28)


def test_starter_shows_nobodys_digits():
    assert SAMPLES not in store.open_run(settings.STARTER_FOLDER).card.files
    assert not (settings.STARTER_FOLDER / SAMPLES).exists()
