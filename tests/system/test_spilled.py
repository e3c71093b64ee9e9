"""Arrays in a file are those that were put there, whatever becomes of the disk."""

import io
import tempfile
import threading
import tracemalloc

import numpy as np
import pytest

from digitcnn.system import spilled
from digitcnn.system.spilled import Spilled, SpilledArray


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float16, np.float32])
@pytest.mark.parametrize("shape", [(7, 3, 4), (7,), (0, 5), (7, 0)])
def test_rows_come_back(dtype, shape):
    array = np.random.default_rng(1).integers(0, 100, shape).astype(dtype)
    kept = SpilledArray.of(array)
    assert (kept.shape, kept.ndim, kept.dtype, len(kept)) == (shape, len(shape), dtype, shape[0])
    for rows in (slice(None), slice(2, 5), slice(6, 99), slice(5, 2)):
        assert np.array_equal(kept[rows], array[rows]) and kept[rows].dtype == dtype
    for row in range(-len(array), len(array)):
        assert np.array_equal(kept[row], array[row])
    with pytest.raises(IndexError):
        kept[len(array)]
    with pytest.raises(ValueError, match="gaps"):
        kept[::2]


def test_rows_are_added_and_no_others():
    kept = SpilledArray(np.float16, (2,))
    for start in range(3):
        kept.append(np.full((2, 2), start, np.float32))
    assert kept[:].tolist() == [[0, 0], [0, 0], [1, 1], [1, 1], [2, 2], [2, 2]]
    with pytest.raises(ValueError, match="shape"):
        kept.append(np.zeros((2, 3)))


def test_they_are_not_in_memory():
    array = np.ones((1000, 1000), np.uint8)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = SpilledArray.of(array)
        kept[10:20]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept.shape == (1000, 1000) and after - before < 100_000


def test_without_a_place_for_files_they_stay_in_memory(monkeypatch):
    def nowhere():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryFile", nowhere)
    assert SpilledArray.of(np.arange(5))[3] == 3


def test_a_full_disk_loses_nothing(monkeypatch):
    class Small(io.BytesIO):
        def write(self, data):
            if self.tell() + len(data) > 10:
                super().write(data[: 10 - self.tell()])
                raise OSError(28, "No space left on device")
            return super().write(data)

    monkeypatch.setattr(spilled.tempfile, "TemporaryFile", Small)
    kept = Spilled()
    places = [(kept.write(data), len(data)) for data in (b"first", b"second", b"third")]
    assert [kept.read(*place) for place in places] == [b"first", b"second", b"third"]


def test_threads_read_what_they_asked_for():
    kept, wrong = SpilledArray.of(np.repeat(np.arange(200)[:, None], 500, axis=1)), []

    def look(start):
        for row in range(start, 200, 4):
            if not (kept[row] == row).all():
                wrong.append(row)

    threads = [threading.Thread(target=look, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
