"""Pictures written strip by strip are those that Pillow reads."""

import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from digitcnn.app.shared.cache_digits import THUMBNAILS_ACROSS, sheet
from digitcnn.figures.image_url import strips_png


@pytest.mark.parametrize("size", [(1, 1), (7, 30), (300, 5)])
def test_strips_are_one_picture(size):
    picture = np.random.default_rng(1).integers(0, 256, size).astype(np.uint8)
    png = strips_png((picture[top : top + 4] for top in range(0, size[0], 4)), size[1], size[0])
    with Image.open(io.BytesIO(png)) as read:
        assert read.mode == "L" and np.array_equal(np.asarray(read), picture)


@pytest.mark.parametrize("n", [1, 100, 130])
def test_a_sheet_has_each_digit_in_its_place(n):
    digits = np.random.default_rng(2).integers(0, 256, (n, 28, 28)).astype(np.uint8)
    with Image.open(io.BytesIO(sheet(digits))) as read:
        pixels = np.asarray(read)
    for number in range(n):
        top, left = 28 * (number // THUMBNAILS_ACROSS), 28 * (number % THUMBNAILS_ACROSS)
        assert np.array_equal(pixels[top : top + 28, left : left + 28], digits[number])


def test_a_sheet_is_never_in_memory_as_a_whole():
    digits = np.zeros((10_000, 28, 28), np.uint8)
    tracemalloc.start()
    try:
        sheet(digits)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < digits.nbytes / 4
