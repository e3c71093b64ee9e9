"""Strokes to a number: each digit as it is read alone, and what can't be read in words."""

import numpy as np
import pytest

from digitcnn.data import samples
from digitcnn.inference import number
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image
from digitcnn.preprocessing import ink as inks
from digitcnn.runs import store
from digitcnn.settings import STARTER_FOLDER


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer(store.open_run(STARTER_FOLDER))


@pytest.mark.parametrize("digits", ["0", "47", "308", "2615", "9876543210", "111", "44554455"])
def test_numbers_of_our_samples_are_read(recognizer, digits):
    strokes = samples.number(digits)
    wide = np.concatenate(strokes)[:, 0].max()
    if wide > number.WIDTH_PX - 40:  # as many as that are drawn smaller
        strokes = [stroke * ((number.WIDTH_PX - 40) / wide) for stroke in strokes]
    read = number.read(strokes, recognizer)
    assert number.text(read) == digits
    assert all(digit.looks_like_one for digit in read)
    assert sorted(i for digit in read for i in digit.strokes) == list(range(len(strokes)))


def test_a_digit_is_read_as_it_is_alone(recognizer):
    strokes = samples.number("2615")
    for digit in number.read(strokes, recognizer):
        paper = number.on_paper([strokes[i] for i in digit.strokes])
        image = digit_image.digit_image(paper)
        assert np.array_equal(digit.steps.centred, image)
        alone = recognizer.recognize(image)
        assert alone.label == digit.prediction.label
        np.testing.assert_allclose(alone.probabilities, digit.prediction.probabilities, atol=1e-5)


def test_a_digit_has_the_middle_of_its_paper(recognizer):
    for strokes in (samples.sample(4), [s * 0.3 + [700, 10] for s in samples.sample(4)]):
        paper = number.on_paper(strokes)
        assert paper.shape == (number.HEIGHT_PX, number.HEIGHT_PX)
        rows, columns = np.nonzero(paper < 128)
        assert (rows.min() + rows.max()) / 2 == pytest.approx(139.5, abs=1)
        assert (columns.min() + columns.max()) / 2 == pytest.approx(139.5, abs=1)


def test_wide_ink_gets_a_wider_paper_and_no_more():
    line = np.array([[0, 0], [924, 280]], np.float32)
    assert number.on_paper([line]).shape == (948, 948)


def test_no_stroke_is_no_digit(recognizer):
    assert number.read([], recognizer) == []
    assert number.text([]) == ""


def test_what_lies_off_the_paper_is_passed_over(recognizer):
    far = [
        np.array([[-300, -300], [-400, -9e5]], np.float32),
        np.array([[5000, 100], [9e5, 100]], np.float32),
    ]
    assert number.read(far, recognizer) == []
    read = number.read([far[0], *samples.number("47"), far[1]], recognizer)
    assert number.text(read) == "47"
    assert [digit.strokes for digit in read] == [(1, 2), (3,)]


def test_a_stroke_off_the_edge_is_cut_there(recognizer):
    """Ink to a million px must not become a paper of that size."""
    (digit,) = number.read([np.array([[460, -9e5], [455, 9e5]], np.float32)], recognizer)
    assert digit.prediction.label == 1
    assert max(digit.steps.drawn.shape) <= number.WIDTH_PX + 2 * number.PEN_PX


def test_a_dot_is_a_question_mark_with_a_reason(recognizer):
    read = number.read(
        [*samples.number("47"), np.array([[500, 190], [501, 190]], np.float32)], recognizer
    )
    assert number.text(read) == "47?"
    assert "only a dot" in read[-1].trouble and not read[-1].looks_like_one
    assert read[-1].prediction is None and read[-1].steps is None


def test_a_scribble_does_not_look_like_a_digit(recognizer):
    points = [(500 + 16 * i, 60 if i % 2 else 220) for i in range(15)]
    read = number.read([*samples.number("47"), np.array(points, np.float32)], recognizer)
    assert number.text(read)[:2] == "47" and len(read) == 3
    assert [digit.looks_like_one for digit in read] == [True, True, False]


def test_every_sample_reads_alike_in_any_company(recognizer):
    for first in range(10):
        for second in (1, 4, 7):
            strokes = samples.number(f"{first}{second}")
            assert number.text(number.read(strokes, recognizer)) == f"{first}{second}"


def test_likeness_tells_a_digit_from_two_and_from_a_dot(recognizer):
    ones = number.likeness([samples.sample(digit) for digit in range(10)], recognizer)
    twos = number.likeness([samples.number(f"{d}{9 - d}") for d in range(10)], recognizer)
    (dot,) = number.likeness([[np.zeros((1, 2), np.float32)]], recognizer)
    assert ones.mean() > twos.mean() + 2
    assert dot == -8 == min(*ones, *twos, dot)


def test_many_points_stay_bearable(recognizer):
    rng = np.random.default_rng(0)
    strokes = [
        rng.uniform((0, 0), (924, 280), (inks.MAX_POINTS // 20, 2)).astype(np.float32)
        for _ in range(20)
    ]
    read = number.read(strokes, recognizer)
    assert sorted(i for digit in read for i in digit.strokes) == list(range(20))


def test_a_digit_of_a_number_on_the_paper_for_one_looks_the_same():
    strokes = samples.number("3")
    alone = number.on_digit_paper(strokes)
    there = digit_image.digit_image(number.on_paper(strokes)).astype(int)
    here = digit_image.digit_image(inks.rasterize(alone)).astype(int)
    assert np.abs(here - there).mean() < 8
