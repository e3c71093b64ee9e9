"""Touching digits are cut apart where it is likeliest, and how sure that is is known."""

import itertools

import numpy as np
import pytest

from digitcnn.inference.photos import touching
from digitcnn.inference.photos.digits import find_digits
from digitcnn.inference.photos.found import Found, Part
from digitcnn.inference.photos.reading import read_lines
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import open_run
from digitcnn.settings import STARTER_FOLDER
from tests.photo_makers import drawn_lines

PIXELS = np.zeros((4, 4), np.uint8)


def found(width: float, parts: tuple[Part, ...] = ()) -> Found:
    return Found((0, 0, 9, 9), PIXELS, PIXELS, parts=parts, extent=(width, 1.0))


def logits(label: int, height: float) -> np.ndarray:
    values = np.full(10, -4.0)
    values[label] = height
    return values


def test_two_digits_are_surely_two():
    piece = found(1.4, (Part(0, 1, found(0.7)), Part(1, 2, found(0.7))))
    likely = np.stack([logits(3, 0.0), logits(4, 9.0), logits(2, 9.0)])
    choices = touching.likeliest(piece, likely, 3.0)
    assert [choice.place for choice in choices] == [0, 1]
    assert min(choice.certainty for choice in choices) > 0.99


def test_one_digit_stays_one():
    piece = found(0.8, (Part(0, 1, found(0.3)), Part(1, 2, found(0.5))))
    likely = np.stack([logits(0, 9.0), logits(1, 2.0), logits(7, 1.0)])
    (choice,) = touching.likeliest(piece, likely, 3.0)
    assert choice.place is None and choice.certainty > 0.99


def test_certainty_is_that_of_all_ways_together():
    rng = np.random.default_rng(0)
    spans = [(a, b) for a, b in itertools.combinations(range(4), 2) if (a, b) != (0, 3)]
    piece = found(1.5, tuple(Part(a, b, found(0.5 * (b - a))) for a, b in spans))
    likely = rng.normal(0, 3, (1 + len(spans), 10))
    choices = touching.likeliest(piece, likely, None)
    parts = (Part(0, 3, found(1.5)), *piece.parts)
    scores = touching._scores(parts, likely, None)
    scores[0] += touching._UNCUT
    ways = [[0]] + [
        [1 + spans.index(span) for span in itertools.pairwise((0, *inner, 3))]
        for n in (1, 2)
        for inner in itertools.combinations((1, 2), n)
    ]
    weights = np.exp([scores[way].sum() for way in ways])
    best = ways[int(weights.argmax())]
    assert [0 if c.place is None else c.place + 1 for c in choices] == best
    for choice, place in zip(choices, best, strict=True):
        having = sum(w for w, way in zip(weights, ways, strict=True) if place in way)
        assert choice.certainty == pytest.approx(having / weights.sum())


def test_what_has_no_digit_image_is_hardly_a_digit():
    piece = found(1.4, (Part(0, 1, found(0.7)), Part(1, 2, found(0.7))))
    likely = np.stack([logits(3, 6.0), np.full(10, np.nan), logits(2, 9.0)])
    assert [choice.place for choice in touching.likeliest(piece, likely, 3.0)] == [None]


@pytest.mark.parametrize("text", ["06", "08", "136", "400", "4072", "605"])
def test_numbers_of_touching_digits(text):
    recognizer = Recognizer(open_run(STARTER_FOLDER))
    lines = find_digits(drawn_lines((text,), gap_px=-3)[0])
    assert sum(map(len, lines)) < len(text)  # they do touch
    (line,) = read_lines(lines, recognizer)
    assert "".join(digit.text for digit in line) == text
    seen = [digit.found.seen for digit in line]
    assert all(one.size for one in seen)
