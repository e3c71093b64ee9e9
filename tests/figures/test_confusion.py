"""The matrix as it is shown: what stands in its cells, and the files made of it."""

import csv
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digitcnn.figures import confusion

matrices = hnp.arrays(np.int64, (10, 10), elements=st.integers(0, 2_000))


@settings(deadline=None)
@given(matrices)
def test_shares_of_rows_and_columns_sum_to_one_or_are_unknown(matrix):
    for normalisation, axis in (("row", 1), ("column", 0)):
        shares = confusion.shares(matrix, normalisation)
        totals = matrix.sum(axis=axis)
        assert np.isnan(shares.sum(axis=axis)[totals == 0]).all()
        assert np.allclose(shares.sum(axis=axis)[totals > 0], 1)
    assert np.array_equal(confusion.shares(matrix, "count"), matrix)


@settings(deadline=None)
@given(matrices, st.sampled_from(confusion.NORMALISATIONS), st.booleans())
def test_view_says_each_cell(matrix, normalisation, diagonal):
    view = confusion.matrix_view(matrix, normalisation, diagonal)
    assert np.abs(view.tints).max() <= 1 + 1e-9
    for true in range(10):
        for predicted in range(10):
            count, text = matrix[true, predicted], view.texts[true][predicted]
            hidden = true == predicted and not diagonal
            assert (text == "") == (count == 0 or hidden)
            assert f"{true} read as {predicted}: {count:,}" in view.words[true][predicted]
            if normalisation == "count" and text:
                assert int(text) == count
            tint = view.tints[true, predicted]
            if count == 0 or hidden:
                assert tint == 0
            else:
                assert (tint > 0) == (true == predicted)


def test_99_96_percent_is_not_shown_as_100():
    matrix = np.zeros((10, 10), np.int64)
    matrix[3, 3], matrix[3, 5] = 2_500, 1
    matrix[4, 4] = 7
    view = confusion.matrix_view(matrix, "row")
    assert view.texts[3][3] == "99.9" and view.texts[4][4] == "100"


@settings(deadline=None)
@given(matrices, matrices)
def test_difference_is_tinted_by_better_and_worse(first, second):
    view = confusion.difference_view(first, second)
    assert np.array_equal(view.values, second - first)
    for true, predicted in np.argwhere(first != second):
        more = second[true, predicted] > first[true, predicted]
        text = view.texts[true][predicted]
        assert text[0] == ("+" if more else "\N{MINUS SIGN}")
        assert int(text[1:]) == abs(second[true, predicted] - first[true, predicted])
        assert (view.tints[true, predicted] > 0) == (more == (true == predicted))
    same = np.argwhere(first == second)
    assert all(view.texts[true][predicted] == "" for true, predicted in same)


@settings(deadline=None)
@given(matrices)
def test_csv_gives_the_matrix_back(matrix):
    rows = list(csv.reader(io.StringIO(confusion.as_csv(confusion.matrix_view(matrix)))))
    assert rows[0][1:] == [str(digit) for digit in range(10)]
    assert [row[0] for row in rows[1:]] == rows[0][1:]
    assert np.array_equal(np.array([row[1:] for row in rows[1:]], np.int64), matrix)


def test_csv_of_a_digit_that_does_not_occur_has_empty_cells():
    matrix = np.diag(np.array([5, 0, 1, 1, 1, 1, 1, 1, 1, 1]))
    rows = list(csv.reader(io.StringIO(confusion.as_csv(confusion.matrix_view(matrix, "row")))))
    assert rows[2][1:] == [""] * 10 and rows[1][1] == "1.0"


def test_svg_is_one_and_has_every_cell():
    matrix = np.arange(100).reshape(10, 10)
    svg = confusion.as_svg(confusion.matrix_view(matrix), "Digits: <mine> & yours")
    root = ET.fromstring(svg)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.find("s:title", space).text == "Digits: <mine> & yours"
    cells = root.findall("s:rect/s:title", space)
    assert [cell.text.split(":")[0] for cell in cells] == [
        f"{true} read as {predicted}" for true in range(10) for predicted in range(10)
    ]


@pytest.mark.parametrize("tint", np.linspace(-1, 1, 41))
def test_svg_text_stands_out_from_its_ground(tint):
    """At least 4.5:1, as WCAG 2.1 counts contrast."""

    def luminance(color: str) -> float:
        parts = [int(part, 16) / 255 for part in re.findall("..", color[1:])]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    dark, light = sorted(luminance(color) for color in confusion._colors(float(tint)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5
