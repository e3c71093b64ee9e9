"""Correction sets: what a file may say, what it changes, and what contradicts itself."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcnn.data import correction_folder, corrections
from digitcnn.data.corrections import Contradiction, Correction, CorrectionSet, Of, WrongCorrections
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.errors import DigitcnnError

N = 30


@pytest.fixture(scope="module")
def digits() -> Digits:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (N, 28, 28), np.uint8)
    return Digits(images, np.arange(N, dtype=np.uint8) % 10)


@pytest.fixture
def some(digits) -> CorrectionSet:
    of = Of("mnist", "thirty digits", fingerprint(digits), N)
    when = "2026-11-26T08:30:00+00:00"
    said = [
        Correction(3, "label", 3, 8, ("broken stroke",), when=when),
        Correction(7, "leave out", 7, rule="7 read as 1", when=when),
        Correction(11, "right", 1, when=when),
        Correction(20, "tag", 0, None, ("slashed", "ambiguous"), when=when),
    ]
    return CorrectionSet("doubtful", of, {}).with_these(said)


def test_what_is_written_is_read_again(some):
    again = corrections.read(some.to_json())
    assert again.to_dict() == some.to_dict() and again.fingerprint == some.fingerprint
    assert json.loads(some.to_json())["dataset"]["fingerprint"] == some.of.fingerprint
    assert replace(some, name="other").fingerprint == some.fingerprint
    assert some.without([3]).fingerprint != some.fingerprint
    assert some.in_words() == (
        "4 corrections: 1 relabelled, 1 left out, 1 found right, 1 tagged only"
    )


def test_labels_are_put_right_and_digits_left_out(some, digits):
    before = digits.labels.copy()
    labels, kept = some.applied(digits.labels)
    assert np.array_equal(digits.labels, before)
    assert np.flatnonzero(labels != before).tolist() == [3] and labels[3] == 8
    assert np.flatnonzero(~kept).tolist() == [7]
    some.check(digits)


def test_other_digits_are_refused(some, digits):
    with pytest.raises(corrections.OtherDataSet, match="other digits than these"):
        some.check(Digits(digits.images, (digits.labels + 1) % 10))
    with pytest.raises(corrections.OtherDataSet, match="30 digits; here are 29"):
        some.applied(digits.labels[1:])
    edited = some.with_these([Correction(4, "label", 5, 6)])
    with pytest.raises(WrongCorrections, match="digit 4 was labelled 5; it is labelled 4"):
        edited.check(digits)
    with pytest.raises(WrongCorrections, match="no digit 30 in thirty digits: .* 0 to 29"):
        some.with_these([Correction(N, "right", 1)])


def test_sets_that_agree_are_merged_and_others_named(some):
    tagged = some.with_these([Correction(3, "tag", 3, None, ("wobbly",))]).without([7])
    merged = some.merged(tagged)
    assert merged.corrections[3].to == 8 and 7 in merged.corrections
    assert merged.corrections[3].tags == ("broken stroke", "wobbly")
    later = Correction(3, "label", 3, 5, when="2026-11-27T00:00:00+00:00")
    other = replace(some, name="theirs").with_these([later])
    with pytest.raises(Contradiction, match="digit 3 .*an 8.* / 3, in truth a 5"):
        some.merged(other)
    assert some.merged(other, "first").corrections[3].to == 8
    assert some.merged(other, "last").corrections[3].to == 5
    assert some.merged(other, "newest").corrections[3].to == 5
    assert other.merged(some, "newest").corrections[3].to == 5
    elsewhere = replace(some, of=replace(some.of, fingerprint="0" * 64))
    with pytest.raises(corrections.OtherDataSet, match="can't be merged"):
        some.merged(elsewhere)


def entry(**changes) -> dict:
    return {"index": 3, "kind": "label", "was": 3, "is": 8, **changes}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([entry(index=30)], "Correction 1 is wrong. There is no digit 30"),
        ([entry(index=-1)], "no digit -1"),
        ([entry(index=True)], "whole number"),
        ([entry(), entry(index=4, **{"is": 10})], "Correction 2 is wrong. What it is must be"),
        ([entry(was=None)], "What it was must be"),
        ([entry(**{"is": 3})], "it needs no other label"),
        ([entry(kind="right")], "Only a digit of the kind label"),
        ([entry(kind="wrong")], "must be one of right, label, leave out, tag"),
        ([entry(kind=["label"])], "must be one of"),
        ([entry(kind="tag", **{"is": None})], "must have a tag"),
        ([entry(tags="broken")], "a list of at most"),
        ([entry(tags=["x" * 41])], "A tag is a word"),
        ([entry(tags=["a\u0000b"])], "A tag is a word"),
        ([entry(when="yesterday")], "ISO 8601"),
        ([entry(rule="two\nlines")], "a text of one line"),
        ([entry(), entry(**{"is": 5})], "contradicts itself on digit 3"),
        ([entry(), "8"], "Correction 2 is wrong. It must be an object"),
        ({"3": 8}, "a list"),
    ],
)
def test_wrong_entries_are_said(some, rows, says):
    told = {**some.to_dict(), "corrections": rows}
    with pytest.raises(WrongCorrections) as refused:
        corrections.read(json.dumps(told).encode())
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": "drawings"}, "is no correction set"),
        ({"version": 2}, "another version"),
        ({"version": True}, "another version"),
        ({"name": "../../etc/passwd"}, "name has 1 to"),
        ({"name": 7}, "name has 1 to"),
        ({"dataset": {"n": 30}}, "which data set"),
        ({"dataset": {"fingerprint": "0" * 64, "n": 0}}, "how many digits"),
    ],
)
def test_wrong_files_are_said(some, changes, says):
    with pytest.raises(WrongCorrections, match=says):
        corrections.read(json.dumps({**some.to_dict(), **changes}).encode())


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["format", "version", "name", "dataset", "corrections", "index", "kind"]),
        inner, max_size=5,
    ),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_the_bytes_are_it_is_a_sentence(data):
    with pytest.raises(DigitcnnError):
        corrections.read(data)


# -- in the home folder


def test_sets_in_the_home_folder(some, tmp_path):
    correction_folder.write(tmp_path, some)
    assert correction_folder.load(tmp_path, "doubtful").fingerprint == some.fingerprint
    with pytest.raises(correction_folder.SetInTheWay):
        correction_folder.write(tmp_path, some, replaces=False)
    changed = correction_folder.change(tmp_path, "doubtful", lambda one: one.without([3]))
    assert 3 not in changed.corrections
    assert 3 not in correction_folder.find("doubtful", tmp_path).corrections
    renamed = correction_folder.rename(tmp_path, "doubtful", " second  look ")
    assert renamed.name == "second look"
    assert [one.name for one in correction_folder.sets(tmp_path)] == ["second look"]
    for gone in ("doubtful", "none"):
        with pytest.raises(correction_folder.UnknownSet):
            correction_folder.find(gone, tmp_path)
    correction_folder.remove(tmp_path, "second look")
    assert correction_folder.listings(tmp_path) == []


def test_a_damaged_file_is_listed_with_its_reason(some, tmp_path):
    correction_folder.write(tmp_path, some)
    (tmp_path / "corrections" / "broken.json").write_text("{")
    found = {one.name: one for one in correction_folder.listings(tmp_path)}
    assert found["broken"].set is None and "is no JSON" in found["broken"].reason
    assert found["doubtful"].set is not None


def test_names_never_lead_out_of_the_folder(some, tmp_path):
    for name in ("../up", "a/b", "", "a+b", "x.json", "-x", "a" * 61):
        with pytest.raises(WrongCorrections):
            correction_folder.path_of(tmp_path, name)


def test_a_recipe_names_sets_and_files(some, tmp_path):
    (tmp_path / "given.json").write_bytes(some.renamed("given").to_json())
    correction_folder.write(tmp_path, some)
    asked = f"doubtful+{tmp_path / 'given.json'}"
    assert [one.name for one in correction_folder.find_all(asked, tmp_path)] == [
        "doubtful",
        "given",
    ]
    assert correction_folder.find_all("", tmp_path) == []
