"""Digits that somebody brings along, and the archives they come in."""

import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitcnn.data import digit_files
from digitcnn.data.digits import Digits, WrongDigits
from digitcnn.errors import DigitcnnError
from digitcnn.system import npz

_IMAGES = np.zeros((6, 28, 28), np.uint8)
_IMAGES[:, 4:-4, 4:-4] = np.random.default_rng(0).integers(0, 256, (6, 20, 20), np.uint8)
_LABELS = np.array([3, 1, 4, 1, 5, 9], np.uint8)


def _read(source, **options) -> Digits:
    return digit_files.load(source, **options).digits


def _saved(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": _IMAGES, "labels": _LABELS},
        {"x_test": _IMAGES, "y_test": _LABELS, "x_train": _IMAGES[:2], "y_train": _LABELS[:2]},
        {"x_train": _IMAGES, "y_train": _LABELS.astype(np.int64)},
        {"images": _IMAGES[..., None], "labels": _LABELS.astype(">i4")},
        {"images": np.asfortranarray(_IMAGES), "labels": _LABELS},
    ],
    ids=["ours", "keras, test before training", "wide labels", "channel axis", "fortran order"],
)
def test_digits_are_read_from_the_usual_layouts(arrays, tmp_path):
    digits = _read(_saved(tmp_path / "digits.npz", **arrays))
    assert np.array_equal(digits.images, _IMAGES)
    assert np.array_equal(digits.labels, _LABELS) and digits.labels.dtype == np.uint8


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": _IMAGES},
        {"images": _IMAGES, "labels": _LABELS[:-1]},
        {"images": _IMAGES, "labels": _LABELS.astype(np.int64) - 4},
        {"images": _IMAGES, "labels": _LABELS.astype(np.int64) + 256},
        {"images": _IMAGES[:0], "labels": _LABELS[:0]},
    ],
    ids=[
        "no labels",
        "count",
        "negative",
        "257",
        "none",
    ],
)
def test_what_are_no_digits_is_refused_in_words(arrays, tmp_path):
    with pytest.raises(WrongDigits, match=r"labels|images|digits"):
        _read(_saved(tmp_path / "digits.npz", **arrays))


def test_parts_of_digits_are_digits():
    digits = Digits(_IMAGES, _LABELS)
    assert digits[_LABELS == 1].labels.tolist() == [1, 1]
    assert len(digits[2:4]) == 2


# -- archives from anywhere


def _npy(shape: str, dtype: str, data: bytes) -> bytes:
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}".encode().ljust(117)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n" + data


def _archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return file.getvalue()


@pytest.mark.parametrize(
    "member",
    [
        _npy("(1000000000000,)", "|u1", b"few"),
        _npy("(-1,)", "|u1", b"few"),
        _npy("(3,)", "|u1", b"four"),
        _npy("(3,)", "|O", b"\x80\x04N."),
        _npy("(2**9,)", "|u1", b"few"),
        _npy("(99999999999999999999999,)", "|V0", b""),
        _npy("(3,)", "nonsense", b"few"),
        b"no array",
        b"",
    ],
)
def test_an_archive_that_lies_is_refused_before_memory_is_set_aside(member, tmp_path):
    path = tmp_path / "digits.npz"
    path.write_bytes(_archive(images=member, labels=member))
    with pytest.raises((npz.UnreadableArchive, WrongDigits), match=r"digits\.npz"):
        _read(path)


def test_a_bomb_is_refused_by_its_size(tmp_path):
    path = _saved(tmp_path / "bomb.npz", images=np.zeros((3_000_000,), np.uint8))
    assert path.stat().st_size < 10_000
    with pytest.raises(npz.ArchiveTooLarge, match="3 MB"):
        npz.read(path, limit_mb=2)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damage_anywhere_gives_the_digits_or_a_sentence(tmp_path, data):
    """No damage leads to other digits, or to anything but an error of ours."""
    whole = _saved(tmp_path / "whole.npz", images=_IMAGES, labels=_LABELS).read_bytes()
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "broken.npz"
    path.write_bytes(bytes(broken)[: data.draw(st.sampled_from([len(whole), len(whole) - 30]))])
    try:
        digits = _read(path)
    except DigitcnnError as error:
        assert str(error).endswith(".")
    else:
        assert np.array_equal(digits.images, _IMAGES)
        assert np.array_equal(digits.labels, _LABELS)


def test_an_open_file_is_read_and_called_by_its_name():
    file = io.BytesIO()
    np.savez_compressed(file, images=_IMAGES, labels=_LABELS)
    file.seek(0)
    assert np.array_equal(_read(file, called="mine.npz").images, _IMAGES)
    with pytest.raises(DigitcnnError, match=r"^mine\.npz is of no kind"):
        _read(io.BytesIO(b"nothing of the kind"), called="mine.npz")


def test_only_the_arrays_that_count_are_unpacked(tmp_path):
    """The training digits of a file that has test digits may be as many as they like."""
    many = np.zeros((2_000, 28, 28), np.uint8)
    path = _saved(tmp_path / "digits.npz", x_test=_IMAGES, y_test=_LABELS, x_train=many,
                  y_train=np.zeros(2_000, np.uint8))  # fmt: skip
    assert len(_read(path, limit_mb=1)) == 6


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": np.array(7), "labels": _LABELS},
        {"images": _IMAGES, "labels": np.array(7, np.uint8)},
        {"images": np.zeros((0, 28, 28), np.uint8), "labels": np.zeros(0, np.uint8)},
        {"images": _IMAGES},
    ],
    ids=[
        "a number for images",
        "a number for labels",
        "none",
        "no labels",
    ],
)
def test_what_is_no_data_set_gets_a_sentence(arrays, tmp_path):
    with pytest.raises(WrongDigits):
        _read(_saved(tmp_path / "digits.npz", **arrays))
