"""What is as high as a digit and none: a mark of its own, never a digit, and no digit is taken
for it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitcnn.inference.photos import symbols
from digitcnn.inference.photos.picture import read_file
from digitcnn.inference.photos.pieces import Piece
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import ink
from digitcnn.runs.store import open_run
from digitcnn.settings import STARTER_FOLDER
from tests.photo_makers import drawn_lines, file_of, styled_digits

PEN_PX = 6
SIGNS = "+()$€%"


def draw(sign: str, at: tuple[int, int], height_px: int, pen: ImageDraw.ImageDraw) -> None:
    """A sign as high as a digit, drawn with Pillow's own pen."""
    x, y, h = *at, height_px

    def line(*points: float) -> None:
        xy = [(x + points[i] * h, y + points[i + 1] * h) for i in range(0, len(points), 2)]
        pen.line(xy, 0, PEN_PX, joint="curve")

    def arc(left: float, top: float, right: float, bottom: float, start: int, end: int) -> None:
        box = (x + left * h, y + top * h, x + right * h, y + bottom * h)
        pen.arc(box, start, end, 0, PEN_PX)

    if sign == "+":
        line(0, 0.5, 0.7, 0.5)
        line(0.35, 0.15, 0.35, 0.85)
    elif sign == "(":
        arc(0, -0.15, 0.7, 1.15, 110, 250)
    elif sign == ")":
        arc(-0.4, -0.15, 0.3, 1.15, -70, 70)
    elif sign == "$":
        arc(0, 0, 0.6, 0.52, 90, 330)
        arc(0, 0.48, 0.6, 1, 270, 510)
        line(0.3, -0.15, 0.3, 1.15)
    elif sign == "€":
        arc(0.1, 0, 0.9, 1, 50, 310)
        line(0, 0.4, 0.55, 0.4)
        line(0, 0.6, 0.55, 0.6)
    else:
        arc(0, 0, 0.3, 0.38, 0, 360)
        arc(0.45, 0.62, 0.75, 1, 0, 360)
        line(0.72, 0, 0.06, 1)


def with_sign(number: str, sign: str, is_first: bool) -> Image.Image:
    page, boxes = drawn_lines((number,))
    page = np.pad(page, ((0, 0), (80, 60)), constant_values=255)
    picture = Image.fromarray(page)
    x = 60 if is_first else boxes[-1][0] + boxes[-1][2] + 80 + 20
    draw(sign, (x, boxes[0][1]), boxes[0][3], ImageDraw.Draw(picture))
    return picture


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_is_a_mark(sign):
    recognizer = Recognizer(open_run(STARTER_FOLDER))
    is_first = sign in "($"
    picture = with_sign("(4827"[1:], sign, is_first)
    if sign == "(":  # an opening bracket has a closing one
        pen = ImageDraw.Draw(picture)
        draw(")", (picture.width - 100, 30), 54, pen)
    reading = read_file(file_of(picture), recognizer)
    expected = {"(": "·4827·", "$": "·4827"}.get(sign, "4827·")
    assert [text.replace(" ", "") for text in reading.texts] == [expected]
    assert [digit.text for digit in reading.digits] == list("4827")


def test_a_digit_is_no_sign():
    digits = styled_digits(lambda label, strokes: True, per_label=30, seed=1)
    taken = []
    for i in range(len(digits)):
        strokes = [60 * stroke + 10 for stroke in digits.ink(i)]
        mask = ink.rasterize(strokes, (90, 90), 5.0) < 128
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        piece = Piece(0, 0, mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        looks = symbols.is_plus, symbols.is_dollar, symbols.is_percent
        if any(look(piece) for look in looks) or symbols.brackets([piece, piece], 50.0):
            taken.append(int(digits.labels[i]))
    assert len(taken) <= 1, taken  # of 300


def test_brackets_come_in_pairs_or_are_higher_than_digits():
    def bracket(height_px: int, is_open: bool) -> Piece:
        picture = Image.new("L", (60, height_px), 255)
        box = (5, -10, 55, height_px + 10) if is_open else (-25, -10, 25, height_px + 10)
        ImageDraw.Draw(picture).arc(box, 100 if is_open else -80, 260 if is_open else 80, 0, 5)
        mask = np.asarray(picture) < 128
        columns = np.flatnonzero(mask.any(axis=0))
        return Piece(0, 0, mask[:, columns[0] : columns[-1] + 1])

    opening, closing = bracket(60, True), bracket(60, False)
    assert symbols.bend_of(opening) < 0 < symbols.bend_of(closing)
    assert symbols.brackets([opening, closing], 60.0) == {id(opening), id(closing)}
    assert symbols.brackets([opening], 60.0) == symbols.brackets([closing], 60.0) == set()
    high = bracket(80, False)
    assert symbols.brackets([high], 60.0) == {id(high)}


@pytest.mark.parametrize(
    ("rings", "width", "is_one"), [(0.0, 45, True), (-0.1, 45, True), (0, 150, False)]
)
def test_a_percent_sign_is_as_broad_as_a_digit(rings, width, is_one):
    """In a run of touching digits there may be two eyes that lie as its rings do."""
    picture = Image.new("L", (width + 20, 80), 255)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((10, 10, 30, 34), None, 0, 5)  # touches the bar
    x = 10 + width + rings * 60
    pen.ellipse((x - 20, 46, x, 70), None, 0, 5)
    pen.line((10 + width, 10, 14, 70), 0, 5)
    pen.line((28, 22, 44, 22) if is_one else (28, 22, 100, 40), 0, 5)
    mask = np.asarray(picture) < 128
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    own = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert symbols.is_percent(Piece(0, 0, own)) == is_one


def test_two_digits_that_touch_are_no_percent_sign():
    """Between their eyes no bar runs, or they do not lie as its rings do."""
    two_eights = Image.new("L", (90, 100), 255)
    pen = ImageDraw.Draw(two_eights)
    for x in (10, 45):
        pen.ellipse((x, 10, x + 38, 50), None, 0, 5)
        pen.ellipse((x, 46, x + 38, 90), None, 0, 5)
    nine_and_four = Image.new("L", (100, 97), 255)
    pen = ImageDraw.Draw(nine_and_four)
    pen.ellipse((2, 2, 38, 40), None, 0, 9)
    pen.line([(30, 8), (32, 92)], 0, 10)
    pen.line([(76, 8), (36, 62), (94, 58)], 0, 10)
    pen.line([(76, 8), (72, 92)], 0, 10)
    for picture in (two_eights, nine_and_four):
        mask = np.asarray(picture) < 128
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        own = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert len(symbols._eyes(own)) >= 2
        assert not symbols.is_percent(Piece(0, 0, own))
