"""Slices: which digits they hold, and files of them that make no sense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcnn.evaluation import slices
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.slices import Slice, Traits, WrongSlice
from tests.run_makers import some_evaluation


def picture(left, right, top, bottom):
    image = np.zeros((28, 28), np.uint8)
    image[top:bottom, left:right] = 255
    return image


def test_ink_and_aspect_are_those_of_the_picture():
    images = np.stack([picture(4, 14, 2, 22), picture(0, 28, 10, 17), np.zeros((28, 28), np.uint8)])
    assert np.allclose(slices.ink(images), [200 / 784, 196 / 784, 0])
    assert np.allclose(slices.aspect(images), [0.5, 4, 0])


def test_neighbours_agreement_is_that_of_ten_counted_by_hand():
    rng = np.random.default_rng(0)
    given_ = some_evaluation(60)
    evaluation = Evaluation(
        "d", given_.labels, given_.probabilities, rng.normal(size=(60, 5)).astype(np.float16)
    )
    rows = evaluation.embeddings.astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    expected = []
    for i, row in enumerate(rows):
        others = sorted((j for j in range(60) if j != i), key=lambda j: -float(rows[j] @ row))
        expected.append(np.mean(evaluation.labels[others[:10]] == evaluation.labels[i]))
    assert np.allclose(slices.agreement(evaluation), expected, atol=0.11)
    assert np.mean(np.isclose(slices.agreement(evaluation), expected)) > 0.95  # but for near ties
    assert slices.agreement(given_) is None


RANGES = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted).map(tuple)
SLICES = st.builds(
    Slice,
    name=st.text(min_size=1, max_size=20).filter(str.strip).map(str.strip),
    labels=st.sets(st.integers(0, 9), max_size=3).map(sorted).map(tuple),
    predicted=st.sets(st.integers(0, 9), max_size=3).map(sorted).map(tuple),
    certainty=st.none() | RANGES,
    ink=st.none() | RANGES,
    strokes=st.none() | RANGES,
    styles=st.sampled_from([(), ("a",), ("a", "b")]),
    tags=st.sampled_from([(), ("smudged",)]),
    digits=st.sets(st.integers(0, 39), max_size=5).map(sorted).map(tuple),
    first=st.integers(0, 50),
)


@settings(max_examples=40, deadline=None)
@given(wanted=SLICES)
def test_a_slice_is_read_as_it_was_written_and_holds_what_meets_every_condition(wanted):
    assert slices.read(wanted.to_dict()) == wanted
    evaluation = some_evaluation(40)
    traits = Traits(
        ink=np.linspace(0, 1, 40, dtype=np.float32),
        styles=["a", "b", "c", "a"] * 10,
        strokes=np.arange(40, dtype=np.uint8) % 3,
        tags={3: ("smudged",), 30: ("cut off",)},
    )

    def within(range_, value):
        return range_ is None or range_[0] - 1e-6 <= value <= range_[1] + 1e-6

    expected = [
        i
        for i in range(40)
        if (not wanted.labels or evaluation.labels[i] in wanted.labels)
        and (not wanted.predicted or evaluation.predicted[i] in wanted.predicted)
        and within(wanted.certainty, float(evaluation.confidences[i]))
        and within(wanted.ink, float(traits.ink[i]))
        and within(wanted.strokes, float(traits.strokes[i]))
        and (not wanted.styles or traits.styles[i] in wanted.styles)
        and (not wanted.tags or i == 3)
        and (not wanted.digits or i in wanted.digits)
        and (not wanted.first or i < wanted.first)
    ]
    assert slices.members(wanted, evaluation, traits).tolist() == expected


@pytest.mark.parametrize(
    "entry",
    [
        [], {}, {"name": ""}, {"name": "x" * 61}, {"name": "x", "colour": 1},
        {"name": "x", "labels": [10]}, {"name": "x", "labels": []}, {"name": "x", "labels": [True]},
        {"name": "x", "ink": [0.5, 0.1]}, {"name": "x", "ink": [0]}, {"name": "x", "ink": "dark"},
        {"name": "x", "certainty": [float("nan"), 1]}, {"name": "x", "digits": [-1]},
        {"name": "x", "digits": list(range(10_001))}, {"name": "x", "strength": 3},
        {"name": "x", "corrupted": "fog"}, {"name": "x", "turned": 1e9},
    ],
)  # fmt: skip
def test_what_is_no_slice_gets_a_sentence(entry):
    with pytest.raises(WrongSlice, match=r"\.$"):
        slices.read(entry)


def test_what_nobody_knows_of_the_digits_gets_a_sentence():
    evaluation = some_evaluation(10)
    for wanted in (Slice("a", styles=("b",)), Slice("a", ink=(0, 1)), Slice("a", digits=(10,))):
        with pytest.raises(WrongSlice, match="“a”"):
            slices.members(wanted, evaluation, Traits())
