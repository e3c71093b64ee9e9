"""``digitcnn corrections``: what it lists and says, and that what is wrong is a sentence."""

import json

import numpy as np
import pytest

from digitcnn.cli.main import main
from digitcnn.data import correction_folder, handwriting
from digitcnn.data.corrections import Correction, CorrectionSet, Of
from digitcnn.data.digits import fingerprint


@pytest.fixture
def said(capsys, home):
    """Runs a command of corrections; gives its exit code, output and what it says in red."""

    def run(*words) -> tuple[int, str, str]:
        code = main(["corrections", "--home", str(home), *map(str, words)])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return run


@pytest.fixture
def digits(tmp_path):
    made = handwriting.digits(300, 1)
    path = tmp_path / "mine.npz"
    np.savez(path, images=made.images, labels=made.labels)
    return made, path


@pytest.fixture
def some(home, digits) -> CorrectionSet:
    made, _ = digits
    of = Of("uploaded", "mine.npz", fingerprint(made), len(made))
    was = made.labels.tolist()
    found = CorrectionSet("first look", of, {}).with_these(
        [Correction(2, "label", was[2], (was[2] + 1) % 10), Correction(5, "leave out", was[5])]
    )
    correction_folder.write(home, found)
    return found


def test_list_and_show(said, some):
    code, out, _ = said()
    assert code == 0 and "first look" in out and "mine.npz" in out
    (listed,) = json.loads(said("list", "--json")[1])
    assert (listed["n"], listed["relabelled"], listed["left_out"]) == (2, 1, 1)
    assert listed["fingerprint"] == some.fingerprint
    assert "leave out" in said("show", "first look")[1]
    shown = json.loads(said("show", "first look", "--json")[1])
    assert [row["index"] for row in shown["corrections"]] == [2, 5]


def test_an_empty_home_says_where_they_come_from(said):
    assert "make them on Explore" in said()[1]
    assert said("show", "none")[0] == 2


def test_check_finds_the_digits(said, some, digits):
    _, path = digits
    assert "It is of the digits of mine.npz" in said("check", "first look", "--dataset", path)[1]
    code, _, err = said("check", "first look", "--dataset", path, "--part", "test")
    assert code == 2 and "no test digits" in err
    assert json.loads(said("check", "first look", "--json")[1])["fits"] is None


def test_merge_into_a_name_and_into_a_file(said, some, home, tmp_path):
    was = some.corrections[2].was
    theirs = some.renamed("theirs").with_these([Correction(2, "right", was)])
    file = tmp_path / "theirs.json"
    file.write_bytes(theirs.to_json())
    code, _, err = said("merge", "first look", file, "--into", "both")
    assert code == 2 and "contradict each other on digit 2" in err
    assert said("merge", "first look", file, "--into", "both", "--prefer", "last")[0] == 0
    assert correction_folder.load(home, "both").corrections[2].kind == "right"
    assert said("merge", "both", "--into", tmp_path / "out.json")[0] == 0
    assert said("check", tmp_path / "out.json")[0] == 0
    code, _, err = said("merge", file, "--into", "both")
    assert code == 2 and "already" in err  # no set is written over unless it is one of those named


def test_compare_names_what_is_missing(said, some):
    code, _, err = said("compare", "starter")
    assert code == 2 and "no run to compare starter with" in err
    code, _, err = said("compare", "starter", "starter", "--corrections", "first look")
    assert code == 2 and "not the test digits of starter" in err
    code, out, _ = said("compare", "starter", "starter", "--json")
    assert code == 0 and json.loads(out)["untouched"]["p"] == 1
