"""Writing ``.npz`` archives, and reading untrusted ones safely.

NumPy believes what an archive says of itself and sets memory aside accordingly. Here the sizes
are checked against each other first, and nothing is ever unpickled.
"""

import contextlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np

from digitcnn.errors import DigitcnnError

LIMIT_MB = 500


class UnreadableArchive(DigitcnnError):
    """A file that is no archive of plain arrays, or a damaged one."""


class ArchiveTooLarge(DigitcnnError):
    """An archive that holds more than the program is willing to unpack."""


def read(
    path: Path | BinaryIO,
    names: set[str] | None = None,
    limit_mb: int = LIMIT_MB,
    called: str = "",
) -> dict[str, np.ndarray]:
    """The arrays of an archive by name, each read once.

    Args:
        path: an ``.npz`` file, or one that is open for reading bytes.
        names: read only these, as far as the archive has them; by default all.
        limit_mb: refuse to unpack more than this, MB.
        called: what messages call the file; its path by default.

    Raises:
        UnreadableArchive: no such file, no archive, cut short, or holding Python objects.
        ArchiveTooLarge: more than ``limit_mb`` unpacked.
    """
    called = called or str(path)
    with _members(path, called) as (archive, members):
        chosen = [name for name in members if names is None or name in names]
        size = sum(members[name].file_size for name in chosen)
        if size > limit_mb * 1_000_000:
            raise ArchiveTooLarge(
                f"{called} unpacks to {size // 1_000_000} MB; at most {limit_mb} MB are read."
            )
        return {name: _read_array(archive, members[name]) for name in chosen}


def names(path: Path | BinaryIO, called: str = "") -> set[str]:
    """The names of an archive's arrays; arguments and errors are those of :func:`read`."""
    with _members(path, called or str(path)) as (_, members):
        return set(members)


def shapes(path: Path | BinaryIO, called: str = "") -> dict[str, tuple[int, ...]]:
    """What an archive says of its arrays' shapes, by name, without unpacking them.

    Arguments and errors are those of :func:`read`.
    """
    with _members(path, called or str(path)) as (archive, members):
        return {name: _shape(archive, info) for name, info in members.items()}


def write(path: Path | BinaryIO, arrays: Mapping[str, np.ndarray], compressed: bool = True) -> None:
    """Writes an archive of the arrays, each under its name."""
    # As NumPy's own options are keywords too, no name of an array has a type of its own.
    by_name: dict[str, Any] = dict(arrays)
    if compressed:
        np.savez_compressed(path, **by_name)
    else:
        np.savez(path, **by_name)


@contextlib.contextmanager
def _members(
    path: Path | BinaryIO, called: str
) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]]:
    """The open archive and its arrays' entries by name; what goes wrong is an archive's fault."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield (
                archive,
                {
                    info.filename.removesuffix(".npy"): info
                    for info in archive.infolist()
                    if info.filename.endswith(".npy")
                },
            )
    except FileNotFoundError as error:
        raise UnreadableArchive(f"There is no file {called}.") from error
    # RuntimeError and NotImplementedError are zipfile's words for encrypted and odd compression.
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        OverflowError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise UnreadableArchive(
            f"{called} is not an .npz archive of plain arrays, or it is damaged ({error})."
        ) from error


def read_npy(data: bytes, called: str) -> np.ndarray:
    """The array of an ``.npy`` file's content.

    Raises:
        UnreadableArchive: it is none, is cut short, or holds Python objects.
    """
    try:
        return _array(io.BytesIO(data), called, len(data))
    except (ValueError, EOFError, OverflowError) as error:
        raise UnreadableArchive(
            f"{called} is not a plain array, or it is damaged ({error})."
        ) from error


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as member:
        array = _array(member, info.filename, info.file_size)
        # Reading to the end is what makes zipfile compare the checksum.
        member.read(1)
        return array


def _shape(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[int, ...]:
    with archive.open(info) as member:
        return _header(member)[0]


def _array(member: IO[bytes], name: str, size: int) -> np.ndarray:
    """The array that ``member`` holds from its beginning, ``size`` bytes with its header."""
    shape, fortran_order, dtype = _header(member)
    if dtype.hasobject:
        raise ValueError(f"{name} holds Python objects")
    n_bytes = int(np.prod(shape, dtype=object)) * dtype.itemsize if shape else dtype.itemsize
    if any(n < 0 for n in shape) or member.tell() + n_bytes != size:
        raise ValueError(f"{name} is not as long as it says")
    array = np.empty(shape, dtype, order="F" if fortran_order else "C")
    buffer = array.reshape(-1, order="A").view(np.uint8) if n_bytes else np.empty(0, np.uint8)
    filled = 0
    while filled < n_bytes:
        chunk = member.read(min(1 << 20, n_bytes - filled))
        if not chunk:
            raise EOFError(f"{name} is cut short")
        buffer[filled : filled + len(chunk)] = np.frombuffer(chunk, np.uint8)
        filled += len(chunk)
    return array


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    try:
        version = np.lib.format.read_magic(member)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(member)
        if version == (2, 0):
            return np.lib.format.read_array_header_2_0(member)
    except zipfile.BadZipFile:
        raise
    except Exception as error:  # NumPy parses it as Python, which fails in as many ways as Python.
        raise ValueError("a header that is none") from error
    raise ValueError(f"version {version} of the format")
