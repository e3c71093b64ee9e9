"""What is looked at: the digits of every selection, their order, and addresses that say so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcnn.app.explore.selection import (
    ORDERS,
    SETTLED,
    SHOWN,
    Selection,
    in_region,
    indices,
    read_address,
    within,
    write_address,
)
from digitcnn.data.corrections import Correction, CorrectionSet, Of
from digitcnn.evaluation import label_quality
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.significance import TwoRuns
from tests.run_makers import some_evaluation

EVALUATION = some_evaluation(400, seed=3)
SECOND = Evaluation(
    "second", EVALUATION.labels, some_evaluation(400, seed=3).probabilities[:, ::-1]
)
MAPPED = Evaluation(
    "mapped",
    EVALUATION.labels,
    EVALUATION.probabilities,
    positions=np.random.default_rng(0).uniform(-1, 1, (400, 2)).astype(np.float32),
)

digits = st.none() | st.integers(0, 9)
selections = st.builds(
    Selection,
    run=st.sampled_from(["", "starter", "digitcnn-fast-20260101-000000"]),
    compare=st.sampled_from(["", "starter"]),
    data=st.sampled_from(["", "handwriting"]),
    true=digits,
    predicted=digits,
    region=st.lists(
        st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=3, max_size=40
    ).map(tuple)
    | st.just(()),
    show=st.sampled_from(list(SHOWN)),
    order=st.sampled_from(list(ORDERS)),
    threshold=st.sampled_from([0.0, 0.5, 0.9, 0.995, 0.9999]),
    settled=st.sampled_from(list(SETTLED)),
    tag=st.sampled_from(["", "broken stroke", "ambiguous"]),
    page=st.integers(0, 200),
    digit=st.none() | st.integers(0, 9_999),
)


# -- which digits


def test_what_is_settled_can_be_looked_at_and_what_is_not():
    said = [
        Correction(3, "label", 1, 2, ("ambiguous",)),
        Correction(5, "leave out", 1),
        Correction(8, "right", 1),
        Correction(9, "tag", 1, None, ("ambiguous",)),
    ]
    found = CorrectionSet("s", Of("mnist", "d", "0" * 64, 12), {one.index: one for one in said})

    def inside(**asked):
        return np.flatnonzero(within(Selection(**asked), found, 12)).tolist()

    assert within(Selection(), found, 12) is None
    assert inside(settled="settled") == [3, 5, 8]
    assert inside(settled="open") == [0, 1, 2, 4, 6, 7, 9, 10, 11]
    assert [inside(settled=kind) for kind in ("label", "out", "right")] == [[3], [5], [8]]
    assert inside(tag="ambiguous") == [3, 9]
    assert inside(tag="ambiguous", settled="open") == [9]
    assert within(Selection(settled="settled"), None, 3).tolist() == [False] * 3
    assert within(Selection(settled="open"), None, 3).all()
    shown = indices(Selection(show="all"), EVALUATION, within=np.arange(400) < 7)
    assert sorted(shown) == list(range(7))


@pytest.mark.parametrize("true", range(10))
@pytest.mark.parametrize("predicted", range(10))
def test_each_of_the_100_cells_holds_exactly_its_digits(true, predicted):
    expected = [
        index
        for index in range(400)
        if EVALUATION.labels[index] == true
        and EVALUATION.probabilities[index].argmax() == predicted
    ]
    for show in ("mistakes", "right", "all"):  # The cell says what is right and what is not.
        found = indices(Selection(true=true, predicted=predicted, show=show), EVALUATION)
        assert sorted(found) == expected


@given(true=digits, show=st.sampled_from(["mistakes", "right", "all", "refused"]),
       threshold=st.sampled_from([0.0, 0.4, 0.8]))  # fmt: skip
def test_a_row_by_what_is_shown_of_it(true, show, threshold):
    def belongs(index: int) -> bool:
        answered = EVALUATION.probabilities[index].max() >= threshold
        right = EVALUATION.probabilities[index].argmax() == EVALUATION.labels[index]
        in_row = true is None or EVALUATION.labels[index] == true
        wanted = {"mistakes": answered and not right, "right": answered and right,
                  "all": True, "refused": not answered}[show]  # fmt: skip
        return bool(in_row and wanted)

    found = indices(Selection(true=true, show=show, threshold=threshold), EVALUATION)
    assert sorted(found) == [index for index in range(400) if belongs(index)]


def test_a_threshold_takes_the_refused_out_of_a_cell():
    everything = indices(Selection(true=4, predicted=4), EVALUATION)
    sure = indices(Selection(true=4, predicted=4, threshold=0.8), EVALUATION)
    assert 0 < len(sure) < len(everything)
    assert (EVALUATION.confidences[sure] >= 0.8).all()
    refused = indices(Selection(true=4, predicted=4, threshold=0.8, show="refused"), EVALUATION)
    assert sorted([*sure, *refused]) == sorted(everything)


def test_of_two_runs():
    two = TwoRuns(EVALUATION, SECOND)
    first = indices(Selection(show="first"), EVALUATION, two=two)
    assert sorted(first) == two.only_first().tolist()
    second = indices(Selection(show="second", true=7), EVALUATION, two=two)
    assert sorted(second) == [index for index in two.only_second() if SECOND.labels[index] == 7]
    cell = indices(Selection(true=2, predicted=5), EVALUATION, two=two)
    assert sorted(cell) == sorted({*EVALUATION.cell(2, 5), *SECOND.cell(2, 5)})
    wrong = indices(Selection(), EVALUATION, two=two)
    assert sorted(wrong) == sorted({*EVALUATION.mistakes(), *SECOND.mistakes()})
    assert len(indices(Selection(show="first"), EVALUATION)) == 0  # There is no second run.


# -- in which order


@pytest.mark.parametrize(
    ("order", "values"),
    [
        ("loss", -EVALUATION.losses),
        ("sure", -EVALUATION.confidences),
        ("unsure", EVALUATION.confidences),
        ("margin", EVALUATION.margins),
        ("position", np.arange(400)),
    ],
)
def test_order(order, values):
    found = indices(Selection(show="all", order=order), EVALUATION)
    assert len(found) == 400
    assert (np.diff(values[found]) >= 0).all()


def test_order_by_doubt():
    doubts = label_quality.doubts(EVALUATION)
    ordered = indices(Selection(show="all", order="label"), EVALUATION, doubts)
    assert ordered.tolist() == doubts.order.tolist()
    labels = indices(Selection(show="labels", order="sure", true=3), EVALUATION, doubts)
    assert labels.tolist() == [i for i in doubts.order if EVALUATION.labels[i] == 3]


# -- a part of the map


def test_a_rectangle_of_the_map():
    corners = ((100, 200), (700, 200), (700, 900), (100, 900))
    x, y = ((MAPPED.positions + 1) / 2 * 999).T
    expected = (x > 100) & (x < 700) & (y > 200) & (y < 900)
    assert np.array_equal(in_region(MAPPED.positions, corners), expected)
    found = indices(Selection(region=corners, show="all"), MAPPED)
    assert sorted(found) == np.flatnonzero(expected).tolist()
    mistakes = indices(Selection(region=corners, show="mistakes"), MAPPED)
    assert set(mistakes) == set(found) & set(MAPPED.mistakes())


def test_a_star_by_counting_turns():
    """Against the winding number of a shape that does not cross itself, where both rules agree."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = np.where(np.arange(24) % 2, 180, 480)
    corners = np.stack([500 + radius * np.cos(angles), 500 + radius * np.sin(angles)], axis=1)
    corners = tuple((int(x), int(y)) for x, y in corners)
    polygon = np.array(corners) / 999 * 2 - 1
    arms = polygon[None] - MAPPED.positions[:, None]
    turned = np.roll(arms, -1, axis=1)
    cross = arms[..., 0] * turned[..., 1] - arms[..., 1] * turned[..., 0]
    winding = np.arctan2(cross, (arms * turned).sum(axis=2)).sum(axis=1) / (2 * np.pi)
    assert np.array_equal(in_region(MAPPED.positions, corners), np.abs(winding) > 0.5)


# -- addresses


@given(selections)
def test_an_address_gives_the_selection_back(selection):
    address = write_address(selection)
    assert all(isinstance(text, str) and text for text in address.values())
    assert read_address(address) == (selection, [])


def test_an_address_says_only_what_is_unusual():
    assert write_address(Selection()) == {}
    address = write_address(Selection(true=4, predicted=9, page=2, threshold=0.95))
    assert address == {"true": "4", "predicted": "9", "page": "3", "threshold": "95"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("true", "17"),
        ("true", "-1"),
        ("true", ""),
        ("true", "four"),
        ("true", "\N{ARABIC-INDIC DIGIT FOUR}"),
        ("predicted", "9.0"),
        ("predicted", "4 OR 1=1"),
        ("show", "everything"),
        ("order", "<script>"),
        ("threshold", "nan"),
        ("threshold", "-3"),
        ("threshold", "100"),
        ("threshold", "1e999"),
        ("page", "0"),
        ("page", "99999999999999999999"),
        ("digit", "-5"),
        ("digit", "1" * 5_000),
        ("region", "1-2-3"),
        ("region", "1-2-3-4-5-6-7"),
        ("region", "1-2-3-4-5-1000"),
        ("region", "-".join(["7"] * 400)),
        ("region", "a-b-c-d-e-f"),
    ],
)
def test_nonsense_is_ignored_with_a_hint(name, text):
    selection, hints = read_address({name: text, "other": "thing"})
    assert selection == Selection()
    assert len(hints) == 1 and f"{name}=" in hints[0] and hints[0].endswith("ignored.")
    assert len(hints[0]) < 200


@given(st.dictionaries(st.sampled_from(["true", "predicted", "region", "page", "digit", "show",
                                        "order", "threshold", "run"]), st.text()))  # fmt: skip
def test_no_address_hurts(address):
    selection, hints = read_address(address)
    indices(selection, EVALUATION)
    assert len(hints) <= len(address)
