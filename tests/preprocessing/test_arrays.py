"""Arrays of other people's making become digit images, or are refused in a sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from digitcnn.preprocessing.arrays import WrongImages, digit_images

IMAGES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 3), st.just(28), st.just(28)))


@given(IMAGES)
def test_every_layout_gives_the_same(images):
    layouts = (
        images,
        images[..., None],
        images.reshape(len(images), 784),
        images.astype(np.int64),
        images / 255,
        (images / 255).astype(np.float32),
        images.tolist(),
    )
    for layout in layouts:
        given_back = digit_images(layout)
        assert given_back.dtype == np.uint8 and np.array_equal(given_back, images)
    assert np.array_equal(digit_images(255 - images, paper="light"), images)
    assert np.array_equal(digit_images(1 - images / 255, paper="light"), images)


def test_one_image_is_one_of_many():
    image = np.eye(28, dtype=np.uint8) * 255
    for one in (image, image.ravel(), image.astype(bool)):
        assert np.array_equal(digit_images(one), image[None])


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (np.zeros((2, 32, 32), np.uint8), r"\(2, 32, 32\)"),
        (np.zeros((0, 28, 28), np.uint8), "at least one"),
        (np.zeros((3, 28, 28, 3), np.uint8), r"\(3, 28, 28, 3\)"),
        (np.full((1, 784), 255.0), "divide them"),
        (np.full((1, 784), np.nan), "divide them"),
        (np.full((1, 784), 256), "0 to 255"),
        (np.full((1, 784), "ink"), "integers or floats"),
        ([[1, 2], [3]], "same size"),
    ],
)
def test_what_is_no_images_is_told(array, match):
    with pytest.raises(WrongImages, match=match):
        digit_images(array)


def test_paper_is_one_of_two():
    with pytest.raises(WrongImages, match="dark"):
        digit_images(np.zeros((1, 784), np.uint8), paper="white")
