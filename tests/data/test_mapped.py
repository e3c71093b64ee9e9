"""Many digits in a file instead of in memory."""

import gc
from pathlib import Path

import numpy as np
import pytest

from digitcnn.data import handwriting, mapped
from digitcnn.data.digits import DataSetUnavailable, fingerprint
from digitcnn.system import memory_maps


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    digits = handwriting.digits(300, 1)
    path = tmp_path_factory.mktemp("own") / "mine.npz"
    np.savez(path, images=digits.images, labels=digits.labels)
    return path


def test_they_are_those_that_are_learned_from_and_their_file_goes(own, home):
    from digitcnn.data import joined

    expected = joined.training_digits(str(own), home)
    found = mapped.training_digits(str(own), home, 1_000)
    assert isinstance(found.digits.images, np.memmap)
    np.testing.assert_array_equal(found.digits.images, expected.images)
    np.testing.assert_array_equal(found.digits.labels, expected.labels)
    assert found.fingerprint == fingerprint(expected)
    assert len(list((home / "unpacked").iterdir())) == 1
    del found
    gc.collect()
    assert not list((home / "unpacked").iterdir())


def test_too_many_and_none_at_all_get_a_sentence(own, home, tmp_path):
    with pytest.raises(DataSetUnavailable, match="at most 10 are explored"):
        mapped.training_digits(str(own), home, 10)
    with pytest.raises(DataSetUnavailable, match="nothing.npz"):
        mapped.training_digits(str(tmp_path / "nothing.npz"), home, 10)
    assert not list((home / "unpacked").iterdir())


def _mapped_kb(path: str) -> int:
    """How much of a file counts as this process's memory."""
    lines = Path("/proc/self/smaps").read_text().splitlines()
    (at,) = (i for i, line in enumerate(lines) if line.endswith(path))
    found = next(line for line in lines[at:] if line.startswith("Rss:"))
    return int(found.split()[1])


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells")
def test_what_was_looked_at_is_no_memory_once_it_is_released(own, home):
    found = mapped.training_digits(str(own), home, 1_000).digits
    before = found.images.copy()
    assert _mapped_kb(mapped.file_of(found)) > 0
    memory_maps.release()
    assert _mapped_kb(mapped.file_of(found)) == 0
    np.testing.assert_array_equal(found.images, before)
