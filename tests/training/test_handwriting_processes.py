"""Handwriting made by two processes: the same as by one; when one fails, that is said."""

import subprocess
import sys

import numpy as np
import pytest

from digitcnn.data import handwriting, stroke_model
from digitcnn.data.stroke_model import WrongStrokeModel
from digitcnn.training import dataset


@pytest.mark.parametrize("numbers", [(1_300, 600), (70, 0), (0, 0)])
def test_two_make_what_one_would_have_made(numbers):
    digits, nondigits = dataset.make(dataset.Order(*numbers, seed=5))
    alone = handwriting.digits(numbers[0], seed=5)
    assert np.array_equal(digits.images, alone.images)
    assert np.array_equal(digits.labels, alone.labels)
    assert np.array_equal(nondigits, handwriting.nondigits(numbers[1], seed=5))


def test_two_make_the_same_of_the_model_of_strokes():
    order = dataset.Order(0, 0, seed=5, learned_digits=1_300, learned_letters=600)
    digits, letters = dataset.make(order)
    alone = handwriting.learned_digits(1_300, 5, stroke_model.load())
    assert np.array_equal(digits.images, alone.images)
    assert np.array_equal(digits.labels, alone.labels)
    assert np.array_equal(letters, handwriting.learned_letters(600, 5, stroke_model.load()))


def test_a_file_that_is_no_model_of_strokes_is_a_sentence(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, images=np.zeros(3))
    with pytest.raises(WrongStrokeModel, match="handwriting fit"):
        dataset.make(dataset.Order(0, 0, 0, learned_digits=10, stroke_model=path))


def test_what_is_done_meanwhile_changes_nothing_that_is_made(monkeypatch):
    """The other process makes more of it then."""
    monkeypatch.setattr(dataset, "_MEANWHILE", 1_000)
    done = []
    order = dataset.Order(1_300, 600, seed=5)
    digits, nondigits = dataset.make(order, lambda: done.append(True))
    assert done == [True]
    alone = handwriting.digits(1_300, seed=5)
    assert np.array_equal(digits.images, alone.images)
    assert np.array_equal(nondigits, handwriting.nondigits(600, seed=5))


@pytest.fixture(scope="module")
def whole():
    return handwriting.digits(1_700, seed=6)


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_parts_are_the_whole(whole, of):
    parts = [handwriting.digits(1_700, seed=6, part=(i / of, (i + 1) / of)) for i in range(of)]
    assert np.array_equal(np.concatenate([part.images for part in parts]), whole.images)
    assert np.array_equal(np.concatenate([part.labels for part in parts]), whole.labels)


def test_an_early_end_is_said(monkeypatch):
    monkeypatch.setattr(dataset, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(dataset.HandwritingFailed, match="ended early"):
        dataset.make(dataset.Order(10, 0, seed=1))


def test_none_is_left_behind(monkeypatch):
    """Whoever is interrupted while making its half ends the other process, too."""
    started = []

    class Popen(subprocess.Popen):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            started.append(self)

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Popen)
    monkeypatch.setattr(dataset, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(handwriting, "digits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dataset.make(dataset.Order(10, 0, seed=1))
    assert started[0].returncode is not None
