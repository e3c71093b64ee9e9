"""What a person says of digits and signs of a photo, and what becomes of it as text and files."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from digitcnn.cli.predict import _doubts
from digitcnn.inference.photos import record
from digitcnn.inference.photos.found import OTHER, Found, FoundPage
from digitcnn.inference.photos.reading import _is_one
from digitcnn.inference.photos.result import (
    NOTHING,
    PhotoDigit,
    PhotoMark,
    PhotoReading,
    with_corrections,
)
from digitcnn.inference.recognizer import Prediction

_PAPER = np.full((28, 28), 255, np.uint8)


def found(at: int, after_space: bool = False, sign: str = "") -> Found:
    return Found((10 * at, 0, 8, 12), _PAPER, _PAPER, after_space, sign=sign)


def digit(at: int, label: int, after_space: bool = False, is_digit: bool = True) -> PhotoDigit:
    probabilities = np.full(10, 0.01, np.float32)
    probabilities[label] = 0.91
    prediction = Prediction(probabilities, label, _PAPER, is_digit, np.zeros(4, np.float32))
    return PhotoDigit(found(at, after_space), prediction, after_space)


@pytest.fixture
def reading() -> PhotoReading:
    """``12/5 ·?``: a slash, a blot, and what looks like no digit."""
    line = [digit(0, 1), digit(1, 2), digit(3, 5), digit(5, 8, is_digit=False)]
    marks = PhotoMark(found(2, sign="/"), 0, 2), PhotoMark(found(4, True, OTHER), 0, 3)
    return PhotoReading((100, 20), b"", [line], marks=marks)


def said(reading: PhotoReading, **texts: str) -> PhotoReading:
    """Corrected: ``at_2="1"`` says that the third thing is a 1."""
    boxes = {name: (10 * int(name[3:]), 0, 8, 12) for name in texts}
    return with_corrections(reading, {boxes[name]: text for name, text in texts.items()})


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ({}, "12/5 ·?"),
        ({"at_2": "1"}, "1215 ·?"),  # a slash that is a 1
        ({"at_4": "0"}, "12/5 0?"),  # a blot that is a nought
        ({"at_5": OTHER}, "12/5 ··"),  # a digit that is none
        ({"at_1": OTHER, "at_5": "7"}, "1·/5 ·7"),
        ({"at_4": NOTHING}, "12/5 ?"),  # its space stays
        ({"at_4": NOTHING, "at_5": NOTHING}, "12/5"),
        ({"at_2": "-"}, "12-5 ·?"),
    ],
)
def test_text_is_what_was_said(reading, texts, line):
    assert said(reading, **texts).texts == [line]


def test_what_is_a_digit_now_stands_among_the_digits_of_the_json(reading):
    plain = record.to_plain(said(reading, at_2="1", at_1=OTHER, at_4=NOTHING))
    assert plain["lines"] == ["1·15 ?"]
    assert [one["label"] for one in plain["digits"]] == [1, 1, 5, 8]
    (one,) = [one for one in plain["digits"] if one["is_corrected"]]
    assert (one["read_as"], one["confidence"], one["is_digit"]) == ("/", None, True)
    assert one["box"] == {"x": 20, "y": 0, "width": 8, "height": 12}
    told = [(mark["before"], mark["text"], mark["read_as"]) for mark in plain["marks"]]
    assert told == [(1, OTHER, "2"), (3, "", OTHER)]


def test_the_table_has_a_row_for_each_whatever_it_is(reading):
    text = record.to_csv(said(reading, at_2="1", at_1=OTHER))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert "".join(row["text"] for row in rows) == "1·15·?"
    assert [row["label"] for row in rows] == ["1", "", "1", "5", "", "8"]
    assert [row["is_digit"] for row in rows] == ["True", "False", "True", "True", "False", "False"]
    assert [row["is_corrected"] for row in rows].count("True") == 2
    assert [int(row["x"]) for row in rows] == [0, 10, 20, 30, 40, 50]


def test_what_a_person_said_is_not_uncertain(reading):
    assert reading.digits[3].is_uncertain
    assert not said(reading, at_5=OTHER).digits[3].is_uncertain


def test_a_digit_whose_cuts_are_uncertain_says_so_everywhere(reading):
    """The network may be sure of the piece that it was given, and the piece be the wrong one."""
    line = list(reading.lines[0])
    line[1] = replace(line[1], cut_certainty=0.6)
    cut = replace(reading, lines=[line])
    plain = record.to_plain(cut)
    assert [one["is_uncertain"] for one in plain["digits"]] == [False, True, False, True]
    rows = list(csv.DictReader(io.StringIO(record.to_csv(cut))))
    assert [row["is_uncertain"] for row in rows] == [str(n in (1, 5)) for n in range(6)]
    assert _doubts(plain, 0).strip() == "(not sure: digit 2, 2: touches its neighbour)"
    assert not record.to_plain(said(cut, at_1="2"))["digits"][1]["is_uncertain"]


def test_a_run_of_touching_digits_is_not_one_digit_however_sure_the_network_is():
    """Seen from afar it is a line, which is a sure 1 to the network; its cuts are all uncertain."""
    cut = [replace(digit(at, 5), cut_certainty=0.3) for at in range(5)]
    whole = digit(0, 1)
    whole.prediction.probabilities[1] = 0.97
    page = FoundPage((100, 30), b"", [])
    for width, is_one in ((60, False), (9, True)):
        broad = replace(whole, found=replace(whole.found, box=(0, 0, width, 12)))
        assert _is_one(page, broad, cut) is is_one
