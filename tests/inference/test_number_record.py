"""A drawn number as a file."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from digitcnn.data import samples
from digitcnn.inference import number, number_record
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import open_run
from digitcnn.settings import STARTER_FOLDER


@pytest.fixture
def drawn():
    """A number, its second digit corrected, and a dot beside it that can't be read."""
    strokes = [*samples.number("308"), np.array([[900.0, 140.0], [900.0, 140.5]], np.float32)]
    digits = number.read(strokes, Recognizer(open_run(STARTER_FOLDER)))
    digits[1] = replace(digits[1], corrected=6)
    return digits, strokes


def test_every_digit_stands_with_its_box_and_what_it_was_read_as(drawn):
    digits, strokes = drawn
    plain = json.loads(json.dumps(number_record.to_plain(digits, strokes)))
    assert plain["text"].startswith("368")
    assert [digit["is_corrected"] for digit in plain["digits"][:3]] == [False, True, False]
    assert [digit["read_as"] for digit in plain["digits"][:3]] == [3, 0, 8]
    for digit, read in zip(digits, plain["digits"], strict=True):
        points = np.concatenate([strokes[i] for i in digit.strokes])
        box = read["box"]
        assert (points >= [box["x"], box["y"]]).all()
        assert (points <= [box["x"] + box["width"], box["y"] + box["height"]]).all()


def test_the_table_says_the_same(drawn):
    digits, strokes = drawn
    rows = list(csv.DictReader(io.StringIO(number_record.to_csv(digits, strokes))))
    plain = number_record.to_plain(digits, strokes)
    assert "".join(row["text"] for row in rows) == plain["text"]
    for row, digit in zip(rows, plain["digits"], strict=True):
        assert {name: int(row[name]) for name in digit["box"]} == digit["box"]
        assert (row["is_corrected"] == "True") == digit["is_corrected"]
