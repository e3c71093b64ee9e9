"""What counts as right, and as wrong without a mark, in pictures of all kinds."""

import io

import numpy as np
import pytest
from PIL import Image

from digitcnn.benchmarks.accuracy import photo_kinds, photo_mix
from digitcnn.benchmarks.accuracy.photo_mix import Sign, compared
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import open_run
from digitcnn.settings import STARTER_FOLDER
from tests.photo_makers import own_digits


def signs(text: str) -> list[Sign]:
    """``4?`` is an uncertain 4."""
    found: list[Sign] = []
    for char in text:
        if char == "?":
            found[-1] = Sign(found[-1].text, True)
        else:
            found.append(Sign(char, char == "·"))
    return found


@pytest.mark.parametrize(
    ("true", "read", "n_right", "n_unmarked"),
    [
        ("123", "123", 3, 0),
        ("123", "124", 2, 1),
        ("123", "124?", 2, 0),
        ("123", "13", 2, 1),  # dropped in silence
        ("123", "13?", 2, 0),
        ("123", "1723", 3, 1),
        ("12.50", "1250", 4, 1),
        ("12.50", "12·50", 4, 0),
        ("17/20", "17120", 4, 1),
    ],
)
def test_errors_and_their_marks(true, read, n_right, n_unmarked):
    assert compared([true], [signs(read)]) == (n_right, n_unmarked)


def test_a_picture_that_is_read_and_one_that_is_not():
    recognizer = Recognizer(open_run(STARTER_FOLDER))
    made = list(photo_kinds.pictures("decimal point", own_digits(), 2, seed=1))
    good, other = photo_mix.read_kinds(
        [made[0], photo_kinds.KindPicture("blank", made[1].picture * 0 + 255, ("5",))], recognizer
    )
    assert good.is_right and good.n == good.n_right == len(made[0].lines[0])
    assert (other.is_right, other.n_right, other.n_unmarked) == (False, 0, 0)
    figures = photo_mix.figures([good, other])
    assert figures["photos_right"] == 0.5 and figures["wrong_unmarked"] == 0
    assert figures["by_kind"]["blank"]["accuracy"] == 0
    shown = np.asarray(Image.open(io.BytesIO(photo_mix.sheet([good, other]))))
    assert (shown == 0).any()  # what was written and read, in words
    assert (np.asarray(Image.open(io.BytesIO(photo_mix.sheet([good])))) == 255).all()
