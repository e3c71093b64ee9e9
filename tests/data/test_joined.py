"""Data by name, by file, or joined: divided the same way each time, with nothing in two halves."""

import numpy as np
import pytest

from digitcnn.data import corruptions, datasets, handwriting, joined
from digitcnn.data.datasets import DATASETS, UnknownDataSet
from digitcnn.data.digits import DataSetUnavailable, Digits, WrongDigits
from digitcnn.models import recipes


def as_set(digits: Digits) -> set[bytes]:
    return {image.tobytes() for image in digits.images}


@pytest.fixture
def mine(tmp_path):
    digits = handwriting.digits(200, 1)
    path = tmp_path / "mine.npz"
    np.savez(path, images=digits.images, labels=digits.labels)
    return path, digits


def test_recipes_know_the_data_sets_of_the_registry():
    assert tuple(DATASETS) == recipes.DATASETS


def test_a_file_that_is_not_divided_is_divided_the_same_way_each_time(mine, home):
    path, digits = mine
    first, again = (joined.halves(str(path), home)[0] for _ in range(2))
    assert (len(first.training), len(first.test), first.title) == (180, 20, "mine.npz")
    assert np.array_equal(first.test.images, again.test.images)
    assert np.array_equal(joined.test_digits(str(path), home).images, first.test.images)
    assert not as_set(first.training) & as_set(first.test)
    assert as_set(first.training) | as_set(first.test) == as_set(digits)
    assert len(joined.named(str(path), home).digits) == 200


def test_a_file_that_is_divided_stays_so(tmp_path, home):
    train, test = handwriting.digits(150, 1), handwriting.digits(30, 2)
    path = tmp_path / "divided.npz"
    np.savez(
        path, x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels
    )
    halves = joined.halves(str(path), home)[0]
    assert np.array_equal(halves.training.images, train.images)
    assert np.array_equal(halves.test.labels, test.labels)


def test_joined_sets_stand_one_after_the_other(mine, home):
    pytest.importorskip("sklearn")
    asked = f"optdigits+{mine[0]}"
    halves = joined.halves(asked, home)
    assert [len(one.training) for one in halves] == [1_437, 180]
    test = joined.test_digits(asked, home)
    assert np.array_equal(test.labels[:360], halves[0].test.labels)
    assert np.array_equal(test.images[360:], halves[1].test.images)
    assert recipes.dataset_title(asked) == "optdigits+mine.npz"
    assert len(joined.named(asked, home).digits) == 1_797 + 200
    train, test = (datasets.load("optdigits", home, part) for part in ("train", "test"))
    assert len(as_set(train) & as_set(test)) < 5  # 8 x 8 pixels: a few are the same by chance


def test_paths_hold_in_another_folder(mine, monkeypatch, home):
    monkeypatch.chdir(mine[0].parent)
    assert joined.absolute("mnist+mine.npz") == f"mnist+{mine[0]}"
    folder = mine[0].parent / "pictures"
    folder.mkdir()
    assert joined.absolute("pictures") == str(folder)
    assert joined.absolute("mnits") == "mnits"


def test_what_is_neither_a_name_nor_a_file_is_a_sentence(tmp_path, home):
    with pytest.raises(UnknownDataSet, match="usps"):
        joined.named("mnits", home)
    with pytest.raises(WrongDigits, match="no file"):
        joined.halves(str(tmp_path / "none.npz"), home)
    with pytest.raises(DataSetUnavailable, match="data get usps"):
        joined.halves("usps", home)
    few = handwriting.digits(60, 1)
    np.savez(tmp_path / "few.npz", images=few.images, labels=few.labels)
    with pytest.raises(WrongDigits, match="60 digits; at least 112"):
        joined.halves(str(tmp_path / "few.npz"), home)


def test_what_has_to_be_downloaded_is_known_beforehand(mine, home, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    asked = f"mnist+usps+handwriting+{mine[0]}"
    assert joined.missing(asked, home) == ["mnist", "usps"]
    assert joined.missing(asked, home, mine[0]) == ["usps"]


def test_corrupted_mnist_is_made_once_of_the_digits_of_mnist(home, monkeypatch, tmp_path):
    clean = handwriting.digits(34, 3)
    monkeypatch.setattr(datasets, "_mnist", lambda folder, part: clean)
    made = datasets.DATASETS["mnist-c"].read(home / "data" / "mnist-c", "test")
    assert np.array_equal(made.labels, clean.labels)
    changed = (made.images != clean.images).any(axis=(1, 2))
    assert changed.mean() > 0.9
    monkeypatch.setattr(corruptions, "one_each", None)  # What is kept is not made again.
    kept = datasets.DATASETS["mnist-c"].read(home / "data" / "mnist-c", "test")
    assert np.array_equal(kept.images, made.images)


@pytest.mark.parametrize("asked", ["", "mnits", "mnist+", "mnist+mnist", "mnist+letters", 3])
def test_a_recipe_refuses_what_can_be_no_data_set(asked):
    with pytest.raises(recipes.RecipeError):
        recipes.recipe("fast", dataset=asked)


def test_a_recipe_with_joined_sets_survives_the_command_line():
    made = recipes.recipe("fast", dataset="mnist+usps+/data/own.csv.gz")
    assert "--dataset mnist+usps+/data/own.csv.gz" in recipes.command(made)
    assert recipes.Recipe.from_dict(made.to_dict()) == made
