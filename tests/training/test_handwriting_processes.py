"""Handwriting made by two processes: the same as by one; when one fails, that is said."""

import subprocess
import sys

import numpy as np
import pytest

from digitcnn.data import handwriting
from digitcnn.training import scribes


@pytest.mark.parametrize("numbers", [(1_300, 600), (70, 0), (0, 0)])
def test_two_make_what_one_would_have_made(numbers):
    digits, nondigits = scribes.make(*numbers, seed=5)
    alone = handwriting.digits(numbers[0], seed=5)
    assert np.array_equal(digits.images, alone.images)
    assert np.array_equal(digits.labels, alone.labels)
    assert np.array_equal(nondigits, handwriting.nondigits(numbers[1], seed=5))


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_parts_are_the_whole(of):
    whole = handwriting.digits(1_700, seed=6)
    parts = [handwriting.digits(1_700, seed=6, part=(i, of)) for i in range(of)]
    assert np.array_equal(np.concatenate([part.images for part in parts]), whole.images)
    assert np.array_equal(np.concatenate([part.labels for part in parts]), whole.labels)


def test_an_early_end_is_said(monkeypatch):
    monkeypatch.setattr(scribes, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(scribes.HandwritingFailed, match="ended early"):
        scribes.make(10, 0, seed=1)


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
    monkeypatch.setattr(scribes, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(handwriting, "digits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scribes.make(10, 0, seed=1)
    assert started[0].returncode is not None
