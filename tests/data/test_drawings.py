"""Confirmed drawings: kept once, corrected, and their file; whatever else a file may hold."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcnn.data import drawings as collection
from digitcnn.data import samples
from digitcnn.data.drawings import Collection, CollectionFull, WrongDrawings, confirmed, read

coordinate = st.floats(-50, 350, width=32)
stroke = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=12).map(
    lambda points: np.array(points, np.float32)
)
ink = st.lists(stroke, min_size=1, max_size=4)
drawings = st.lists(st.tuples(ink, st.integers(0, 9)), max_size=6)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


few = settings(deadline=None, max_examples=40)


def collected(pairs) -> Collection:
    found = Collection()
    for strokes, label in pairs:
        found = found.add(confirmed(strokes, label))
    return found


def sample(digit: int) -> collection.Confirmed:
    return confirmed(samples.sample(digit), digit)


def file(**changes) -> bytes:
    content = json.loads(Collection((sample(4),)).to_json())
    return json.dumps({**content, **changes}).encode()


@few
@given(drawings)
def test_a_file_gives_back_what_was_written(pairs):
    first = collected(pairs)
    again = read(first.to_json())
    assert again.mark == first.mark
    assert again.to_json() == first.to_json()
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.ink, other.ink, strict=True))


@given(ink)
def test_strokes_are_kept_to_a_tenth_of_a_pixel(strokes):
    for kept, drawn in zip(confirmed(strokes, 0).ink, strokes, strict=True):
        assert kept.dtype == np.float32
        np.testing.assert_allclose(kept, drawn, atol=0.0501)


@few
@given(drawings, drawings)
def test_merging_brings_each_drawing_once_and_changes_no_label(pairs, others):
    first, second = collected(pairs), collected(others)
    merged = first.merge(second)
    ids = [drawing.id for drawing in merged]
    assert len(ids) == len(set(ids))
    assert set(ids) == {drawing.id for drawing in [*first, *second]}
    assert all(merged.find(drawing.id).label == drawing.label for drawing in first)
    assert merged.merge(second).mark == merged.mark


def test_the_same_strokes_are_one_drawing_whatever_the_label():
    both = Collection().add(sample(4)).add(confirmed(samples.sample(4), 9))
    assert [drawing.label for drawing in both] == [9]
    assert sample(4).id != sample(5).id
    # One stroke is not two, though the points be the same.
    (points,) = samples.sample(1)
    assert confirmed([points], 1).id != confirmed([points[:5], points[5:]], 1).id


def test_labels_are_corrected_and_drawings_deleted():
    three = Collection(tuple(sample(digit) for digit in (1, 2, 3)))
    first, second, _ = three
    assert [d.label for d in three.relabel(second.id, 7)] == [1, 7, 3]
    assert [d.label for d in three.remove(first.id)] == [2, 3]
    assert [d.label for d in three] == [1, 2, 3]
    with pytest.raises(WrongDrawings):
        three.relabel(first.id, 10)


def test_a_collection_is_bounded(monkeypatch):
    monkeypatch.setattr(collection, "MAX_DRAWINGS", 2)
    full = Collection((sample(1), sample(2)))
    with pytest.raises(CollectionFull, match="Delete some"):
        full.add(sample(3))
    with pytest.raises(CollectionFull, match="Delete some"):
        full.merge(Collection((sample(3),)))
    assert full.add(sample(2)).mark == full.mark
    with pytest.raises(WrongDrawings, match="at most 2"):
        read(Collection((sample(1), sample(2), sample(3))).to_json())


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [np.zeros((0, 2), np.float32)],
        [np.zeros((collection.MAX_POINTS + 1, 2), np.float32)],
        [np.zeros((1, 2), np.float32)] * (collection.MAX_STROKES + 1),
        [np.array([[np.nan, 0]], np.float32)],
        [np.array([[1e9, 0]], np.float32)],
    ],
)
def test_what_is_no_drawing_is_not_kept(strokes):
    with pytest.raises(WrongDrawings):
        confirmed(strokes, 3)


@pytest.mark.parametrize(
    "data, says",
    [
        (b"", "no JSON"),
        (b"\xff\xfe{}", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"1" * 5_000, "no JSON"),
        (b"[" + b"[]," * 1_000_000 + b"0]", "more than 200 drawings"),
        (b"[" + b"{}," * 1_000_000 + b"0]", "more than 200 drawings"),
        (b"[]", "holds no drawings"),
        (file(format="other"), "holds no drawings"),
        (file(version=3), "another version"),
        (file(version=True), "another version"),
        (file(canvas_px=28), "280 pixels"),
        (file(drawings={}), "280 pixels"),
        (file(drawings=[[]] * 201), "201 drawings"),
        (file(drawings=[None]), "Drawing 1"),
        (file(drawings=[{"label": 4}]), "Drawing 1"),
        (file(drawings=[{"label": 4, "strokes": []}]), "no drawing"),
        (file(drawings=[{"label": 4, "strokes": [[]]}]), "list of points"),
        (file(drawings=[{"label": 4, "strokes": [[[1, 2, 3]]]}]), "two numbers"),
        (file(drawings=[{"label": 4, "strokes": [[[1, "2"]]]}]), "two numbers"),
        (file(drawings=[{"label": 4, "strokes": [[[1, True]]]}]), "two numbers"),
        (file(drawings=[{"label": 4, "strokes": [[[1, float("nan")]]]}]), "two numbers"),
        (file(drawings=[{"label": 4, "strokes": [[[1, float("inf")]]]}]), "two numbers"),
        (file(drawings=[{"label": 4, "strokes": [[[1, 10**400]]]}]), "two numbers"),
        (file(drawings=[{"label": 10, "strokes": [[[1, 2]]]}]), "from 0 to 9"),
        (file(drawings=[{"label": "4", "strokes": [[[1, 2]]]}]), "from 0 to 9"),
        (file(drawings=[{"label": True, "strokes": [[[1, 2]]]}]), "from 0 to 9"),
        (file(drawings=[{"label": 4, "strokes": [[[1, 2]] * 1001]}]), "list of points"),
        (file(drawings=[{"label": 4, "strokes": [[[1, 2]]] * 51}]), "at most 50 strokes"),
        (b" " * (collection.MAX_BYTES + 1), "4 MB"),
    ],
)
def test_a_file_that_is_wrong_gets_a_sentence(data, says):
    with pytest.raises(WrongDrawings, match=says) as raised:
        read(data)
    assert str(raised.value).endswith(".")


@few
@given(anything, st.sampled_from(["format", "version", "canvas_px", "drawings", "whole", "entry"]))
def test_whatever_a_file_holds_it_is_read_or_refused(value, where):
    if where == "whole":
        data = json.dumps(value).encode()
    elif where == "entry":
        data = file(drawings=[{"label": 4, "strokes": value}, value])
    else:
        data = file(**{where: value})
    try:
        found = read(data)
    except WrongDrawings as error:
        assert len(str(error)) < 300
    else:
        assert read(found.to_json()).mark == found.mark


@few
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused(data):
    with pytest.raises(WrongDrawings):
        read(data)


def test_a_full_collection_fits_into_a_file():
    rng = np.random.default_rng(0)
    full = Collection(
        tuple(
            confirmed(
                [
                    rng.uniform(100, 300, (collection.MAX_POINTS // collection.MAX_STROKES, 2))
                    for _ in range(collection.MAX_STROKES)
                ],
                n % 10,
            )
            for n in range(collection.MAX_DRAWINGS)
        )
    )
    assert read(full.to_json()).mark == full.mark


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (28, 28), np.uint8)


def test_digits_of_photos_are_kept_by_their_pictures():
    both = Collection((sample(3), collection.confirmed_image(picture(), 5)))
    content = json.loads(both.to_json())
    assert content["version"] == 2
    again = read(both.to_json())
    assert again.mark == both.mark
    assert np.array_equal(again.drawings[1].image, picture()) and not again.drawings[1].ink
    assert json.loads(again.remove(again.drawings[1].id).to_json())["version"] == 1
    assert collection.confirmed_image(picture(1), 5).id != both.drawings[1].id


@pytest.mark.parametrize("image", [None, 7, [], "", "AAAA", "ä" * 40, "A" * 1048])
def test_what_is_no_picture_is_a_sentence(image):
    with pytest.raises(WrongDrawings, match="Drawing 1 in the file is wrong"):
        read(file(version=2, drawings=[{"label": 4, "image": image}]))
