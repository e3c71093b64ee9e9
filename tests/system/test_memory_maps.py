"""Arrays in files: the same to whoever reads them, and no memory of the process's."""

import gc
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from digitcnn.system import memory_maps

ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux")


def _resident_kb(array: np.ndarray) -> int:
    """How much of an array is in this process's memory, as the system says."""
    address = array.__array_interface__["data"][0]
    is_it = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first = line.split()[0]
        if not first.endswith(":"):
            start, end = (int(part, 16) for part in first.split("-"))
            is_it = start <= address < end
        elif is_it and first == "Rss:":
            return int(line.split()[1])
    raise AssertionError("the array is nowhere")


@pytest.mark.parametrize("shape", [(300, 28, 28), (5, 3), (0, 28, 28)])
def test_an_array_in_a_file_is_the_same(shape):
    array = np.random.default_rng(1).integers(0, 255, shape, np.uint8)
    for given in (array, np.asfortranarray(array), array[::2]):
        found = memory_maps.in_file(given)
        assert found.dtype == given.dtype and found.shape == given.shape
        np.testing.assert_array_equal(found, given)


def test_nobody_writes_to_it():
    with pytest.raises(ValueError, match="read-only"):
        memory_maps.in_file(np.ones((4, 4)))[0, 0] = 2


@ON_LINUX
def test_what_was_looked_at_is_given_back_and_can_be_looked_at_again():
    array = np.full((2_000, 28, 28), 7, np.uint8)
    found = memory_maps.in_file(array)
    assert found.sum() == array.sum()
    assert _resident_kb(found) > 1_000
    memory_maps.release()
    assert _resident_kb(found) == 0
    assert found.sum() == array.sum()


def test_many_threads_read_while_it_is_given_back():
    array = np.arange(400_000)
    found, wrong, is_over = memory_maps.in_file(array), [], threading.Event()

    def read():
        while not is_over.is_set():
            if not np.array_equal(found, array):
                wrong.append(1)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        memory_maps.release()
    is_over.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_it_goes_with_the_array():
    known = len(memory_maps._known)
    found = memory_maps.in_file(np.ones(5_000))
    assert len(memory_maps._known) == known + 1
    del found
    gc.collect()
    assert len(memory_maps._known) == known


def test_where_no_file_can_be_written_it_stays_in_memory(monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    array = np.ones(5)
    assert memory_maps.in_file(array) is array


@ON_LINUX
def test_maps_of_others_are_given_back_too(tmp_path):
    np.save(tmp_path / "digits.npy", np.full((2_000, 28, 28), 7, np.uint8))
    found = np.load(tmp_path / "digits.npy", mmap_mode="r")
    memory_maps.know(found)
    assert found.sum() == found.size * 7
    assert _resident_kb(found) > 1_000
    memory_maps.release()
    assert _resident_kb(found) == 0
