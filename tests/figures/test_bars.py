"""Figures and pictures: what Plotly and Pillow, who know nothing of us, read in them."""

import base64
import io

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from digitcnn.figures import bars as figures
from digitcnn.figures.image_url import picture_url

PROBABILITIES = np.array([0, 0.0001, 0.02, 0.9, 0.05, 0, 0.0299, 0, 0, 0], np.float32)


def test_bars_are_a_valid_figure_of_ten_bars():
    figure = go.Figure(figures.probability_bars(PROBABILITIES, 3))
    (bars,) = figure.data
    assert list(bars.x) == list(range(10))
    np.testing.assert_allclose(bars.y, PROBABILITIES, atol=1e-6)
    assert figure.layout.yaxis.range == (0, 1)


def test_chosen_bar_differs_by_more_than_colour():
    (bars,) = go.Figure(figures.probability_bars(PROBABILITIES, 3)).data
    assert [digit for digit in range(10) if bars.marker.color[digit] == figures.CHOSEN_COLOR] == [3]
    assert bars.text[3] == "<b>90%</b>"
    assert [text for text in bars.text if "<b>" in text] == ["<b>90%</b>"]


def test_bars_too_small_to_see_carry_no_label():
    (bars,) = go.Figure(figures.probability_bars(PROBABILITIES, 3)).data
    assert [bool(text) for text in bars.text] == [p >= 0.005 for p in PROBABILITIES]


def test_no_bar_claims_certainty():
    sure = np.eye(10, dtype=np.float32)[7] * 0.9999
    (bars,) = go.Figure(figures.probability_bars(sure, 7)).data
    assert bars.text[7] == "<b>>99%</b>"


def test_bars_of_nothing_have_no_height_and_no_choice():
    (bars,) = go.Figure(figures.probability_bars(None)).data
    assert list(bars.y) == [0] * 10 and set(bars.text) == {""}
    assert set(bars.marker.color) == {figures.OTHER_COLOR}


@pytest.mark.parametrize("ground", ["#faf9f6", "#16171b"])
@pytest.mark.parametrize("color", [figures.CHOSEN_COLOR, figures.OTHER_COLOR])
def test_bars_stand_out_on_both_grounds(color, ground):
    lighter, darker = sorted(map(luminance, (color, ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 3  # WCAG 2.1, 1.4.11


def test_bars_in_words_name_every_digit_most_probable_first():
    words = figures.bars_in_words(PROBABILITIES)
    assert words.index("3: 90.0%") < words.index("4: 5.0%") < words.index("6: 3.0%")
    assert all(f"{digit}: " in words for digit in range(10))


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (187, 137), (20, 3)])
def test_picture_is_a_png_of_the_same_pixels(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    kind, data = picture_url(picture).split(",")
    assert kind == "data:image/png;base64"
    opened = Image.open(io.BytesIO(base64.b64decode(data)))
    assert (opened.format, opened.mode) == ("PNG", "L")
    np.testing.assert_array_equal(np.asarray(opened), picture)


def luminance(color: str) -> float:
    """WCAG 2.1's relative luminance."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
