"""Strokes: there and back through the canvas's JSON, onto paper, and what is no drawing."""

import json
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digitcnn.data import samples
from digitcnn.preprocessing import ink

_coordinates = st.floats(-50, 330, width=32)
_strokes = hnp.arrays(np.float32, st.tuples(st.integers(1, 30), st.just(2)), elements=_coordinates)
inks = st.lists(_strokes, max_size=6)


# -- canvas JSON


@given(inks)
def test_ink_comes_back_from_canvas_json_as_it_went(drawing):
    message = json.loads(json.dumps(ink.canvas_json(drawing)))
    back = ink.strokes(message)
    assert len(back) == len(drawing)
    for stroke, other in zip(drawing, back, strict=True):
        assert other.dtype == np.float32
        assert np.array_equal(stroke, other)


def test_an_empty_canvas_is_no_ink():
    assert ink.strokes(None) == []
    assert ink.strokes({}) == []
    assert ink.strokes({"objects": []}) == []
    assert ink.strokes({"objects": [{"type": "rect"}, {"type": "line"}]}) == []


def _message(path) -> dict:
    return {"objects": [{"type": "path", "path": path}]}


def test_a_quadratic_curve_is_followed():
    """Against the Bézier formula itself."""
    (stroke,) = ink.strokes(_message([["M", 10, 10], ["Q", 100, 10, 100, 100], ["L", 100, 120]]))
    curve, end = stroke[:-1], stroke[-1]
    assert end.tolist() == [100, 120]
    t = np.linspace(0, 1, 2000)[:, None]
    exact = (1 - t) ** 2 * [10, 10] + 2 * t * (1 - t) * [100, 10] + t**2 * [100, 100]
    off = np.linalg.norm(curve[:, None] - exact[None], axis=2).min(axis=1)
    assert off.max() < 0.1
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    assert steps.max() < 7


def test_a_cubic_curve_is_followed():
    (stroke,) = ink.strokes(_message([["M", 0, 0], ["C", 0, 90, 90, 90, 90, 0], ["Z"]]))
    t = np.linspace(0, 1, 2000)[:, None]
    exact = 3 * t * (1 - t) ** 2 * [0, 90] + 3 * t**2 * (1 - t) * [90, 90] + t**3 * [90, 0]
    off = np.linalg.norm(stroke[:, None] - exact[None], axis=2).min(axis=1)
    assert off.max() < 0.1
    assert stroke[-1].tolist() == pytest.approx([90, 0])


@pytest.mark.parametrize("kind", ["path", "Path", "PATH"])
def test_the_objects_kind_is_read_in_any_case(kind):
    message = {"objects": [{"type": kind, "path": [["M", 1, 2], ["L", 3, 4]]}]}
    assert ink.strokes(message)[0].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "message",
    [
        [],
        "drawing",
        7,
        {"objects": None},
        {"objects": {"type": "path"}},
        _message(None),
        _message([]),
        _message("M 1 2"),
        _message([["M", 1]]),
        _message([["M", 1, 2, 3]]),
        _message([["M", "a", "b"]]),
        _message([["A", 1, 2]]),
        _message([["M", None, 2]]),
        _message([["M", math.nan, 2]]),
        _message([["M", math.inf, 2]]),
        _message([["M", 1e300, 2]]),
        _message([["M", 10**400, 2]]),
        _message([["Z"]]),
        _message([[]]),
        _message([{}]),
        _message([None]),
        _message([[["M"], 1, 2]]),
    ],
    ids=lambda message: str(message)[:60],
)
def test_what_is_no_drawing_is_refused_in_words(message):
    with pytest.raises(ink.MalformedDrawing, match=r"clear it"):
        ink.strokes(message)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
_commands = st.lists(
    st.one_of(
        _json,
        st.tuples(st.sampled_from("MLQCZA"), _json, _json).map(list),
        st.lists(st.sampled_from(["M", "Q", 1.5, -3, None, math.nan, "x"]), max_size=6),
    ),
    max_size=5,
)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        _json,
        st.fixed_dictionaries({"objects": _json}),
        _commands.map(_message),
    )
)
def test_any_message_gives_ink_or_a_sentence(message):
    try:
        drawing = ink.strokes(message)
    except (ink.MalformedDrawing, ink.DrawingTooLarge) as error:
        assert str(error).endswith(".")
    else:
        assert all(s.dtype == np.float32 and s.ndim == 2 and s.shape[1] == 2 for s in drawing)
        assert all(np.isfinite(stroke).all() for stroke in drawing)


@pytest.mark.parametrize(
    "path",
    [
        [["M", 0, 0]] + [["L", 1, 1]] * (ink.MAX_POINTS + 1),
        [["M", 0, 0]] + [["Q", 9e5, 9e5, -9e5, -9e5]] * (ink.MAX_POINTS // 100),
    ],
    ids=["many lines", "long curves"],
)
def test_more_points_than_a_person_draws_are_refused(path):
    with pytest.raises(ink.DrawingTooLarge):
        ink.strokes(_message(path))
    half = [["M", 0, 0]] + [["L", 1, 1]] * (ink.MAX_POINTS // 2 + 1)
    with pytest.raises(ink.DrawingTooLarge):
        ink.strokes({"objects": [{"type": "path", "path": half}] * 2})


def test_longer_strokes_than_a_person_draws_are_refused():
    across = [["M", 0, 5], *[["L", 280 * (i % 2), 5] for i in range(1, 340)]]
    assert len(ink.strokes(_message(across))[0]) == 340
    with pytest.raises(ink.DrawingTooLarge):
        ink.strokes(_message([*across, *across]))
    # What lies far off the paper is no longer for that.
    assert ink.strokes(_message([["M", 0, 0], ["L", 9e5, 9e5]]))


# -- paper


def test_a_line_is_as_wide_and_as_dark_as_the_pen():
    stroke = np.array([[50, 140], [230, 140]], np.float32)
    raster = ink.rasterize([stroke], pen_px=18)
    assert (raster.shape, raster.dtype) == ((280, 280), np.uint8)
    inked = 255 - raster[:, 140].astype(int)
    assert inked.sum() / 255 == pytest.approx(18, abs=0.6)
    assert inked.max() == 255 and inked[140] == 255
    rows, columns = np.nonzero(raster < 128)
    assert (rows.min(), rows.max()) == pytest.approx((131, 148), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((41, 238), abs=1)


def test_ends_are_round():
    dot = ink.rasterize([np.array([[100, 100]], np.float32)], pen_px=40)
    y, x = np.mgrid[:280, :280]
    disc = (x - 99.5) ** 2 + (y - 99.5) ** 2 <= 20**2
    assert (disc != (dot < 128)).sum() < 0.05 * disc.sum()


@given(inks)
@settings(deadline=None, max_examples=40)
def test_any_ink_can_be_put_on_paper(drawing):
    raster = ink.rasterize(drawing)
    assert (raster.shape, raster.dtype) == ((280, 280), np.uint8)
    if not drawing:
        assert (raster == 255).all()


def test_strokes_far_off_the_canvas_leave_no_ink():
    far = np.array([[9e5, 9e5], [9.5e5, 9.9e5]], np.float32)
    assert (ink.rasterize([far], pen_px=18) == 255).all()


def test_a_stroke_off_the_edge_is_cut_there():
    stroke = np.array([[140, 140], [140, 9e5]], np.float32)
    raster = ink.rasterize([stroke], pen_px=18)
    assert raster[279, 140] == 0 and raster[100, 140] == 255


@pytest.mark.parametrize("size_px", [40, 80, 120, 160, 240])
def test_the_pen_is_broad_enough_to_see_and_fine_enough_to_read(size_px):
    for digit in range(10):
        drawing = [stroke * size_px / 160 for stroke in samples.sample(digit)]
        longer_px = ink.longer_side_px(drawing)
        pen_px = ink.legible_pen_px(drawing)
        assert 1.6 <= pen_px * 20 / (longer_px + pen_px) <= 3.1


def test_the_pen_that_was_asked_for_stays_where_it_is_legible():
    drawing = samples.sample(3)
    assert ink.legible_pen_px(drawing, 18) == 18
    assert ink.longer_side_px([]) == 0 and ink.legible_pen_px([]) >= 1


# -- the edge of the paper


@example(np.array([[0, 0], [-0.0, -1]], np.float32))  # once, nothing was left of it
@given(_strokes)
def test_only_what_lies_on_the_paper_is_left(stroke):
    """Points on the paper stay; no point comes that is not on the stroke."""
    left = ink.clipped(stroke, (280, 280))
    assert left.dtype == np.float32 and left.shape[1] == 2
    assert ((left >= 0) & (left <= 280)).all()
    inside = ((stroke >= 0) & (stroke <= 280)).all(axis=1)
    for point in stroke[inside]:
        assert np.linalg.norm(left - point, axis=1).min() < 0.01
    ends = np.concatenate([stroke, stroke[-1:]])
    for point in left:
        assert min(map(_distance, [point] * len(stroke), ends[:-1], ends[1:])) < 0.01


def _distance(point, start, end):
    """From a point to the line between two others."""
    step = (end - start).astype(float)
    length = step @ step
    along = np.clip((point - start) @ step / length, 0, 1) if length else 0
    return np.linalg.norm(point - start - along * step)


def test_a_line_through_the_paper_is_cut_at_both_sides():
    line = np.array([[100, -9e5], [102, 9e5]], np.float32)
    left = ink.clipped(line, (280, 280))
    np.testing.assert_allclose(left, [[101, 0], [101, 280]], atol=0.01)
    assert len(ink.clipped(np.array([[-50, 40], [40, -60]], np.float32), (280, 280))) == 0
    assert len(ink.clipped(np.array([[-50, 40]], np.float32), (280, 280))) == 0
    assert ink.clipped(np.array([[0, 280]], np.float32), (280, 280)).tolist() == [[0, 280]]
