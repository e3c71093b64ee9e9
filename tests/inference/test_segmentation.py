"""Strokes to digits: properties that hold for any drawing, and drawings whose digits are known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitcnn.benchmarks.accuracy import numbers
from digitcnn.data import handwriting
from digitcnn.data.styles import STYLES
from digitcnn.inference import number, segmentation
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import store
from digitcnn.settings import STARTER_FOLDER

BY_LABEL = [[draw for of, draw in STYLES.values() if of == label] for label in range(10)]
seeds = st.integers(0, 10_000)
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer(store.open_run(STARTER_FOLDER))


@pytest.fixture(scope="module")
def likeness(recognizer):
    return lambda drawings: number.likeness(drawings, recognizer)


def nothing_known(drawings):
    """A network that finds everything alike: geometry alone decides."""
    return np.full(len(drawings), 2.5)


def written(label, rng):
    """A digit of our own handwriting, longer side 1."""
    styles = BY_LABEL[label]
    strokes = handwriting.write(styles[rng.integers(len(styles))](rng), rng)
    points = np.concatenate(strokes)
    return [(s - points.min(axis=0)) / np.ptp(points, axis=0).max() for s in strokes]


def a_number(seed, length=None):
    """A number of our own handwriting."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, length or rng.integers(1, 7))
    strokes, owners = numbers.compose([written(label, rng) for label in labels], rng)
    return numbers.Number(strokes, owners, labels)


def as_sets(groups, names=None):
    """The groups from left to right, each stroke by its name."""
    return [frozenset(i if names is None else int(names[i]) for i in group) for group in groups]


# -- any drawing


_coordinates = st.floats(0, 900, width=32)
_strokes = st.lists(st.tuples(_coordinates, _coordinates), min_size=1, max_size=12).map(
    lambda points: np.array(points, np.float32)
)


@given(st.lists(_strokes, max_size=20))
@settings(max_examples=100, deadline=None)
def test_every_stroke_is_in_exactly_one_digit(strokes):
    groups = segmentation.groups(strokes, nothing_known)
    assert sorted(i for group in groups for i in group) == list(range(len(strokes)))
    assert all(group == tuple(sorted(group)) for group in groups)
    assert all(1 <= len(group) <= segmentation.MOST_IN_A_DIGIT for group in groups)


@given(st.lists(_strokes, max_size=20))
@settings(max_examples=50, deadline=None)
def test_digits_come_from_left_to_right(strokes):
    middles = [s[:, 0].min() + s[:, 0].max() for s in strokes]
    groups = segmentation.groups(strokes, nothing_known)
    assert all(
        max(middles[i] for i in one) <= min(middles[i] for i in next_)
        for one, next_ in pairwise(groups)
    )


@given(seeds, st.randoms(use_true_random=False))
@few
def test_order_and_direction_of_strokes_mean_nothing(likeness, seed, random):
    strokes = a_number(seed).strokes
    names = list(range(len(strokes)))
    random.shuffle(names)
    other = [strokes[i][::-1] if random.random() < 0.5 else strokes[i] for i in names]
    there = as_sets(segmentation.groups(strokes, likeness))
    assert as_sets(segmentation.groups(other, likeness), names) == there


@given(seeds, st.integers(-300, 300), st.integers(-300, 300))
@few
def test_place_on_the_paper_means_nothing(likeness, seed, right, down):
    strokes = a_number(seed).strokes
    moved = [stroke + np.float32([right, down]) for stroke in strokes]
    assert segmentation.groups(moved, likeness) == segmentation.groups(strokes, likeness)


@given(seeds, st.sampled_from([0.25, 0.5, 2.0, 4.0]))
@few
def test_size_means_nothing_to_geometry(seed, scale):
    strokes = [stroke.astype(np.float64) for stroke in a_number(seed).strokes]
    there = segmentation.groups(strokes, nothing_known)
    assert segmentation.groups([s * scale for s in strokes], nothing_known) == there


@given(st.integers(1, 8), seeds)
@settings(max_examples=60, deadline=None)
def test_the_best_way_to_cut_is_found(n, seed):
    """Against all ways, one after the other."""
    rng = np.random.default_rng(seed)
    spans = [(i, j) for i in range(n) for j in range(i + 1, min(i + 4, n) + 1)]
    spans = [span for span in spans if span[1] - span[0] == 1 or rng.random() < 0.8]
    score = dict(zip(spans, rng.normal(size=len(spans)).tolist(), strict=True))
    cuts = [0.0, *rng.normal(size=n - 1).tolist(), 0.0]
    ways = []
    for chosen in range(2 ** (n - 1)):
        ends = [0, *(i for i in range(1, n) if chosen >> (i - 1) & 1), n]
        way = list(pairwise(ends))
        if all(span in score for span in way):
            total = sum(score[span] for span in way) + sum(cuts[end] for end in ends)
            ways.append((total, way))
    found = segmentation._best(spans, [score[span] for span in spans], cuts)
    assert found == max(ways)[1]


# -- drawings whose digits are known


def line(*points):
    return np.concatenate(
        [np.linspace(a, b, 12, dtype=np.float32) for a, b in pairwise(np.array(points, float))]
    )


def ring(x, y, width, height):
    turn = np.linspace(0, 2 * np.pi, 40)
    place = np.stack([x + width / 2 * np.cos(turn), y + height / 2 * np.sin(turn)], axis=1)
    return place.astype(np.float32)


FOUR = [line((60, 40), (30, 120), (110, 120)), line((85, 70), (80, 180))]
FIVE = [line((60, 45), (50, 100), (100, 120), (90, 170), (40, 175)), line((64, 40), (120, 36))]
SEVEN = [line((30, 40), (110, 40), (60, 180)), line((50, 105), (105, 100))]
SLASHED_ZERO = [ring(70, 110, 80, 140), line((110, 40), (30, 180))]
BARRED_ZERO = [ring(70, 110, 80, 140), line((70, 50), (70, 170))]
RINGS = [ring(70, 75, 60, 70), ring(70, 145, 70, 70)]
TIMES = [line((30, 40), (110, 180)), line((110, 40), (30, 180))]


@pytest.mark.parametrize(
    "digit",
    [FOUR, FIVE, SEVEN, SLASHED_ZERO, BARRED_ZERO, RINGS, TIMES],
    ids=["4", "5", "7", "0 slashed", "0 barred", "8 of rings", "cross"],
)
def test_strokes_that_cross_stay_together_by_geometry_alone(digit):
    assert segmentation.groups(digit, nothing_known) == [(0, 1)]
    beside = [*digit, *(stroke + np.float32([130, 4]) for stroke in digit)]
    assert segmentation.groups(beside, nothing_known) == [(0, 1), (2, 3)]


@pytest.mark.parametrize("digit", [FOUR, FIVE, SEVEN, SLASHED_ZERO, BARRED_ZERO, RINGS])
def test_a_bar_that_is_drawn_last_belongs_to_its_digit(digit, likeness):
    """As some write: first the numbers, then all bars."""
    two = [stroke + np.float32([140, 0]) for stroke in digit]
    strokes = [digit[0], two[0], digit[1], two[1]]
    assert segmentation.groups(strokes, likeness) == [(0, 2), (1, 3)]


def test_ones_side_by_side_are_as_many_digits(likeness):
    ones = [line((x, 40), (x - 8, 180)) for x in (60, 110, 160, 210)]
    assert segmentation.groups(ones, likeness) == [(0,), (1,), (2,), (3,)]


def test_digits_that_touch_are_told_apart_where_strokes_allow(likeness):
    two = line((30, 70), (60, 40), (90, 60), (80, 100), (30, 180), (105, 180))
    touching = [two, ring(138, 110, 70, 140)]
    assert touching[0][:, 0].max() >= touching[1][:, 0].min()
    assert segmentation.groups(touching, likeness) == [(0,), (1,)]


def test_numbers_of_our_own_handwriting_are_grouped(likeness):
    drawn = [a_number(seed, length) for seed in range(30) for length in (2, 3, 5)]
    right = [segmentation.groups(one.strokes, likeness) == one.groups for one in drawn]
    assert np.mean(right) >= 0.95, np.flatnonzero(~np.array(right))


def test_twelve_digits_are_grouped(likeness):
    drawn = [a_number(seed, 12) for seed in range(10)]
    right = [segmentation.groups(one.strokes, likeness) == one.groups for one in drawn]
    assert np.mean(right) >= 0.8


def test_a_digit_alone_stays_one(likeness):
    drawn = [a_number(seed, 1) for seed in range(200)]
    whole = [len(segmentation.groups(one.strokes, likeness)) == 1 for one in drawn]
    assert any(len(one.strokes) > 1 for one in drawn)
    assert np.mean(whole) >= 0.98


# -- what is no number


def test_no_stroke_is_no_digit():
    assert segmentation.groups([], nothing_known) == []


def test_dots_are_grouped_like_anything():
    dots = [np.array([[x, 100]], np.float32) for x in (10, 300, 302)]
    groups = segmentation.groups(dots, nothing_known)
    assert sorted(i for group in groups for i in group) == [0, 1, 2]


def test_a_dot_far_below_does_not_join_the_digit_above(likeness):
    dot = np.array([[100, 260], [102, 261]], np.float32)
    groups = segmentation.groups([*FOUR, dot], likeness)
    assert sorted(groups) == [(0, 1), (2,)]


def test_more_strokes_than_a_number_has_are_refused_in_words():
    strokes = [line((x, 0), (x, 50)) for x in range(segmentation.MOST_STROKES + 1)]
    assert segmentation.groups(strokes[:-1], nothing_known)
    with pytest.raises(segmentation.TooManyStrokes, match=r"fewer digits\.$"):
        segmentation.groups(strokes, nothing_known)


def test_the_network_is_asked_once_however_many_points():
    asked = []

    def ask(drawings):
        asked.append(drawings)
        return nothing_known(drawings)

    rng = np.random.default_rng(0)
    scribbles = [rng.uniform(0, 280, (5_000, 2)).astype(np.float32) for _ in range(10)]
    segmentation.groups(scribbles, ask)
    assert len(asked) == 1
    assert max(len(stroke) for drawing in asked[0] for stroke in drawing) <= 100
