"""Finding digits in a process of its own: the same, and bounded."""

import io
import sys

import numpy as np
import pytest

from digitcnn.errors import DigitcnnError
from digitcnn.inference.photos import process
from tests.photo_makers import drawn_lines, file_of


@pytest.fixture
def photo() -> bytes:
    return file_of(drawn_lines(("2837", "5"), gap_px=-3)[0]).getvalue()


def test_the_other_process_finds_what_this_one_finds(photo):
    from digitcnn.inference.photos.file import find

    here, there = find(io.BytesIO(photo)), process.find(photo, "numbers.png")
    assert (there.size, there.jpeg) == (here.size, here.jpeg)
    assert [len(line) for line in there.lines] == [len(line) for line in here.lines]

    def same(one, other):
        assert (one.box, one.after_space) == (other.box, other.after_space)
        assert np.array_equal(one.raster, other.raster)
        assert np.array_equal(one.seen, other.seen)
        assert len(one.parts) == len(other.parts)
        for part, twin in zip(one.parts, other.parts, strict=True):
            assert (part.start, part.end) == (twin.start, twin.end)
            same(part.found, twin.found)

    for line, twin in zip(here.lines, there.lines, strict=True):
        for one, other in zip(line, twin, strict=True):
            same(one, other)
    assert any(found.parts for line in here.lines for found in line)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_what_is_wrong_comes_back_as_a_sentence(data):
    with pytest.raises(DigitcnnError, match=r"numbers\.png"):
        process.find(data, "numbers.png")


def test_it_is_given_up_when_nobody_would_wait_longer(photo, monkeypatch):
    monkeypatch.setattr(process, "PATIENCE_S", 0.05)
    with pytest.raises(process.PhotoFailed, match="Try again in a moment"):
        process.find(photo, "numbers.png")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_it_is_ended_when_it_computes_too_long(full_page, monkeypatch):
    monkeypatch.setattr(process, "LIMIT_S", 1.0)
    with pytest.raises(process.PhotoFailed, match="took more than 1 second"):
        process.find(full_page, "numbers.png")


def test_one_that_dies_is_a_sentence(photo, monkeypatch):
    monkeypatch.setattr(process, "_ROOT", "/")  # where there is no package
    with pytest.raises(process.PhotoFailed, match="could not be read"):
        process.find(photo, "numbers.png")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_its_memory_is_bounded():
    import subprocess

    code = (
        "import resource\nfrom digitcnn.inference.photos import process\nprocess.keep_modest()\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0])\n"
        "try:\n    bytearray(process.LIMIT_MB * 2_000_000)\n"
        "except MemoryError:\n    print('bounded')"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert said.split() == [str(process.LIMIT_MB * 1_000_000), "bounded"]


def test_others_wait_and_are_told(photo, monkeypatch):
    monkeypatch.setattr(process, "PATIENCE_S", 0.05)
    for _ in range(process.AT_ONCE):
        assert process._turn.acquire(blocking=False)
    try:
        with pytest.raises(process.PhotoFailed, match="Other pictures"):
            process.find(photo, "numbers.png")
    finally:
        for _ in range(process.AT_ONCE):
            process._turn.release()


@pytest.fixture(scope="module")
def full_page() -> bytes:
    """Hundreds of touching pairs, which take two seconds."""
    pair, _ = drawn_lines(("25",), height_px=30, gap_px=-2)
    rows, columns = np.nonzero(pair < 128)
    pair = pair[rows.min() - 8 : rows.max() + 8, columns.min() - 14 : columns.max() + 14]
    return file_of(np.tile(pair, (17, 20))).getvalue()


def test_what_comes_back_of_a_full_page_is_small(full_page):
    """The session keeps what comes back."""
    page = process.find(full_page, "numbers.png")
    found = [one for line in page.lines for one in line]
    assert len(found) == 17 * 20  # each pair is one piece

    def kept(one):
        parts = sum(kept(part.found) for part in one.parts)
        return one.raster.nbytes + one.seen.nbytes + parts

    assert sum(map(kept, found)) < 8_000_000
    assert 100 < sum(len(one.parts) for one in found) <= 1200


def test_signs_are_cut_out_as_somebody_may_say_that_they_are_digits():
    page, boxes = drawn_lines(("47",))
    x = boxes[0][0] + boxes[0][2] + 8
    page[70:76, x : x + 6] = 0  # a point
    found = process.find(file_of(page).getvalue(), "number.png")
    (sign,) = [one for line in found.lines for one in line if one.sign]
    assert 0 < sign.raster.nbytes <= 64 * 64 >= sign.seen.nbytes > 0


def test_what_is_large_is_worked_on_in_place():
    """Of a picture of 3 megapixels each array of numbers is 12 MB; there are never many of them."""
    import tracemalloc

    from digitcnn.inference.photos import ink

    random = np.random.default_rng(1)
    light = np.linspace(150, 235, 1_600)[None] * np.linspace(1, 0.8, 1_200)[:, None]
    grey = np.clip(light + random.normal(0, 4, light.shape), 0, 255).astype(np.uint8)
    grey[300:700, 400:420] = 40
    tracemalloc.start()
    try:
        contrast, noise = ink._contrast(grey)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert contrast[500, 410] > 0.5 and contrast.shape == noise.shape == grey.shape
    assert most < 5.5 * contrast.nbytes
