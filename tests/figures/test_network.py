"""Pictures of what goes on inside."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from digitcnn.figures import network
from digitcnn.figures.image_url import picture_url


def decoded(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))))


def parts(url: str) -> tuple[np.ndarray, str]:
    """The pixels in a picture of ours with signs on it, and the SVG."""
    svg = base64.b64decode(url.split(",", 1)[1]).decode()
    return decoded(re.search(r'href="([^"]+)"', svg)[1]), svg


@pytest.fixture
def digit() -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 255
    return image


def test_colored_pictures_survive():
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    np.testing.assert_array_equal(decoded(picture_url(picture)), picture)


def test_for_is_blue_with_a_plus_and_against_orange_with_a_minus(digit):
    effects = np.zeros((28, 28))
    effects[5:8, 12:15], effects[20:23, 12:15] = 2, -2
    pixels, svg = parts(network.heat_map_url(digit, effects))
    assert tuple(pixels[6, 13, :3]) == network.FOR_COLOR
    assert tuple(pixels[21, 13, :3]) == network.AGAINST_COLOR
    assert len(set(pixels[14, 13, :3])) == 1  # ink that says nothing is grey
    assert svg.count("v2.2") == 2 and svg.count("h2.2") == 4  # one + and one −, each twice
    assert network.peaks(effects / 2) == [(6, 13)]


def test_weak_effects_are_not_blown_up(digit):
    effects = np.zeros((28, 28))
    effects[5:8, 12:15] = 0.01
    pixels, svg = parts(network.heat_map_url(digit, effects))
    assert "<path" not in svg
    assert abs(int(pixels[6, 13, 2]) - int(pixels[6, 13, 0])) < 20


def test_a_change_shows_what_came_and_what_went(digit):
    after = digit.copy()
    after[4:8, 12:16], after[4:8, 18:22] = 0, 255
    pixels, _ = parts(network.change_url(digit, after))
    assert tuple(pixels[5, 13, :3]) == network.AGAINST_COLOR
    assert tuple(pixels[5, 20, :3]) == network.FOR_COLOR


def test_a_mosaic_holds_every_map_in_order():
    maps = np.zeros((4, 4, 6))
    for n in range(6):
        maps[1, 2, n] = n + 1
    picture = decoded(network.mosaic_url(maps, 3))
    tile_height, tile_width = picture.shape[0] // 2, picture.shape[1] // 3
    peak = []
    for n in range(6):
        row, column = divmod(n, 3)
        tile = picture[row * tile_height :, column * tile_width :][:28, :28]
        assert np.unravel_index(tile.argmax(), tile.shape) == (7, 14)
        peak.append(int(tile.max()))
    assert peak == sorted(peak) and peak[-1] == 255 and peak[0] > 0


def test_what_tanh_gives_below_zero_is_black():
    maps = np.array([[[-1.0, -0.2], [0.5, 0.0]]])
    picture = decoded(network.mosaic_url(maps, 2))
    assert picture.max() == 255 and picture[0, 0] == 0


def test_the_map_has_a_dot_where_each_digit_lies():
    positions = np.array([[-1, -1], [1, 1], [0, 0.5]], np.float32)
    picture = decoded(network.map_picture_url(positions, np.array([0, 1, 2]), 101))
    for x, y in ((4, 4), (96, 96), (50, 73)):
        assert picture[y, x, 3] == 255
    assert (picture[:, :, 3] > 0).sum() == 15


@pytest.mark.parametrize(
    ("place", "words"),
    [((5, 5), "top left"), ((14, 14), "middle"), ((25, 14), "bottom"), ((14, 25), "right")],
)
def test_places_in_words(place, words):
    assert network.where(*place) == words


def test_numbers_have_a_sign():
    assert network.signed(-1.234) == "−1.23"
    assert network.signed(0.5, 1) == "+0.5"
