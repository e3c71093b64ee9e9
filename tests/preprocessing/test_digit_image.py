"""Raster → digit image: what it must not depend on, what it must keep, what it refuses."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digitcnn.data import samples
from digitcnn.preprocessing import digit_image, ink

digits = st.integers(0, 9)


def _placed(digit: int, longer_px: float, left: float = 0, top: float = 0, turn_deg: float = 0):
    """A sample digit of a size at a place: ink."""
    turn = np.radians(turn_deg)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    strokes = [stroke @ rotation for stroke in samples.sample(digit)]
    low = np.concatenate(strokes).min(axis=0)
    scale = longer_px / ink.longer_side_px(strokes)
    return [((s - low) * scale + [left, top]).astype(np.float32) for s in strokes]


def _read(drawing: ink.Ink, pen_px: float | None = None) -> np.ndarray:
    return digit_image.digit_image(ink.rasterize(drawing, pen_px=pen_px)).astype(float)


def _likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def _likeness_up_to_a_pixel(a: np.ndarray, b: np.ndarray) -> float:
    """As rounding may put the whole half a pixel elsewhere: the best of nine places."""
    shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return max(_likeness(a, np.roll(b, shift, (0, 1))) for shift in shifts)


# -- what it must not depend on


@settings(deadline=None, max_examples=80)
@given(digit=digits, x=st.integers(0, 120), y=st.integers(0, 120))
def test_position_changes_nothing(digit, x, y):
    size = 130
    here, there = _placed(digit, size, 12, 12), _placed(digit, size, 12 + x, 12 + y)
    assert np.array_equal(_read(here), _read(there))


@settings(deadline=None, max_examples=60)
@given(digit=digits, x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_fraction_of_a_pixel_changes_next_to_nothing(digit, x, y):
    here, there = _placed(digit, 160, 40, 40), _placed(digit, 160, 40 + x, 40 + y)
    assert _likeness_up_to_a_pixel(_read(here), _read(there)) > 0.97


@settings(deadline=None, max_examples=60)
@given(digit=digits, size=st.floats(40, 240))
def test_size_changes_next_to_nothing(digit, size):
    image, other = _read(_placed(digit, 180, 20, 20)), _read(_placed(digit, size, 20, 20))
    assert _likeness_up_to_a_pixel(image, other) > 0.8


@settings(deadline=None, max_examples=60)
@given(digit=digits, pen_px=st.floats(6, 36))
def test_pen_width_leaves_the_shape(digit, pen_px):
    image, other = (
        _read(_placed(digit, 200, 40, 40), 18),
        _read(_placed(digit, 200, 40, 40), pen_px),
    )
    assert _likeness_up_to_a_pixel(image, other) > 0.75


@settings(deadline=None, max_examples=40)
@given(digit=digits, margin=st.integers(0, 300))
def test_paper_around_changes_nothing_until_the_digit_is_a_speck(digit, margin):
    raster = ink.rasterize(_placed(digit, 200, 40, 40))
    roomy = np.pad(raster, margin, constant_values=255)
    assert np.array_equal(digit_image.digit_image(raster), digit_image.digit_image(roomy))


@settings(deadline=None, max_examples=40)
@given(digit=digits, faint=st.integers(0, 20))
def test_paper_that_is_not_quite_white_changes_nothing(digit, faint):
    raster = ink.rasterize(_placed(digit, 200, 40, 40))
    grey = np.where(raster == 255, 255 - faint, raster).astype(np.uint8)
    steps, other = digit_image.steps(raster), digit_image.steps(grey)
    assert other.cropped.shape == steps.cropped.shape
    images = (steps.centred.astype(float), other.centred.astype(float))
    assert _likeness_up_to_a_pixel(*images) > 0.98


# -- what it must give


@settings(deadline=None, max_examples=80)
@given(digit=digits, size=st.floats(40, 240), pen_px=st.floats(6, 30), turn=st.floats(-30, 30))
def test_the_longer_side_is_20_and_the_mass_is_in_the_middle(digit, size, pen_px, turn):
    drawing = _placed(digit, size, 20, 20, turn)
    try:
        steps = digit_image.steps(ink.rasterize(drawing, pen_px=pen_px))
    except digit_image.TooMuchInk:
        assume(False)
    assert max(steps.resized.shape) == 20
    image = steps.centred
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    rows, columns = np.nonzero(image)
    y, x = np.average(np.nonzero(image), axis=1, weights=image[rows, columns])
    # Half a pixel is what whole pixels allow; a lopsided digit may be held by the edge.
    held = rows.min() == 0 or rows.max() == 27 or columns.min() == 0 or columns.max() == 27
    assert held or max(abs(y - 14), abs(x - 14)) <= 0.51


def test_ink_is_light_and_paper_dark_in_a_digit_image():
    image = _read(samples.sample(8))
    assert image.max() > 200 and image[0].max() == 0 and np.median(image) == 0


def test_each_step_leads_to_the_next():
    raster = ink.rasterize(samples.sample(5))
    steps = digit_image.steps(raster)
    assert np.array_equal(steps.drawn, raster)
    assert np.array_equal(steps.inverted, 255 - raster)
    rows, columns = np.nonzero(steps.inverted > 24)
    assert steps.cropped.shape == (np.ptp(rows) + 1, np.ptp(columns) + 1)
    aspect = steps.cropped.shape[0] / steps.cropped.shape[1]
    assert steps.resized.shape[0] / steps.resized.shape[1] == pytest.approx(aspect, rel=0.1)
    assert steps.resized.sum() == steps.centred.sum()
    assert np.array_equal(steps.centred, digit_image.digit_image(raster))


def test_mnists_own_digits_hardly_move(real_mnist):
    images = real_mnist.test.images[:1000]
    moved = np.array([digit_image.digit_image(255 - image) for image in images])
    likeness = np.array(
        [_likeness(a.astype(float), b.astype(float)) for a, b in zip(images, moved, strict=True)]
    )
    assert np.median(likeness) > 0.999
    assert (likeness > 0.9).mean() > 0.9
    # What moved, moved by one pixel.
    for image, other in zip(images[likeness < 0.9], moved[likeness < 0.9], strict=True):
        assert _likeness_up_to_a_pixel(image.astype(float), other.astype(float)) > 0.85


@pytest.mark.parametrize("pen_px", [1, 2, 4])
def test_a_hair_line_is_not_washed_out(pen_px):
    for digit in range(10):
        image = _read(_placed(digit, 220, 30, 30), pen_px)
        assert image.max() > 120
        assert _likeness_up_to_a_pixel(image, _read(_placed(digit, 220, 30, 30), 18)) > 0.6


# -- what it refuses


def test_empty_paper_is_an_invitation():
    for raster in (np.full((280, 280), 255, np.uint8), np.full((280, 280), 240, np.uint8)):
        with pytest.raises(digit_image.EmptyDrawing, match="Draw a digit"):
            digit_image.digit_image(raster)


@pytest.mark.parametrize("pen_px", [1, 6, 14])
def test_a_dot_is_no_digit(pen_px):
    dot = ink.rasterize([np.array([[140, 140]], np.float32)], pen_px=pen_px)
    with pytest.raises(digit_image.TooLittleInk, match="dot"):
        digit_image.digit_image(dot)


def test_ink_all_over_is_no_digit():
    for raster in (np.zeros((280, 280), np.uint8), np.full((50, 90), 30, np.uint8)):
        with pytest.raises(digit_image.TooMuchInk, match="Clear"):
            digit_image.digit_image(raster)


@settings(deadline=None, max_examples=200)
@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    seed=st.integers(0, 1000),
    share=st.floats(0, 1),
)
def test_any_raster_gives_a_digit_image_or_a_sentence(height, width, seed, share):
    rng = np.random.default_rng(seed)
    raster = np.where(rng.random((height, width)) < share, rng.integers(0, 256), 255).astype(
        np.uint8
    )
    try:
        image = digit_image.digit_image(raster)
    except (digit_image.EmptyDrawing, digit_image.TooLittleInk, digit_image.TooMuchInk):
        return
    assert (image.shape, image.dtype) == ((28, 28), np.uint8) and image.max() > 0
