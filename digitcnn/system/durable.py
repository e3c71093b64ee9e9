"""Crash-safe writing: either the old file or the new one is left, never half of one.

Our own, as libraries for it write one file; a run is a folder, and a full disk must be a sentence.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from digitcnn.errors import DigitcnnError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # full, quota used up, beyond a file's limit


class DiskFull(DigitcnnError):
    """No space left, or the quota is used up."""


class NotWritable(DigitcnnError):
    """The folder can't be written to."""


def write(path: Path, data: bytes) -> None:
    """Writes ``data`` to ``path`` atomically; it is on the disk when this returns.

    Raises:
        DiskFull, NotWritable: see :func:`writing`.
    """
    path = Path(path)
    with writing(path.parent):
        # Not tempfile's: it would let nobody but its owner read what is written.
        temporary = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
        try:
            with open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        sync(path.parent)


def sync(path: Path) -> None:
    """Flushes a file's content, or a folder's list of names, to the disk."""
    if os.name == "nt" and Path(path).is_dir():
        return  # Windows writes folders through by itself, and does not open them.
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def disk_full(folder: Path) -> DiskFull:
    """The error to raise if ``folder`` could not be written for lack of space."""
    return DiskFull(
        f"The disk is full: {folder} could not be written. Free some space and try again."
    )


def says_full(error: BaseException | None) -> bool:
    """Whether an error, or its cause, is a full disk; libraries word it differently."""
    if error is None:
        return False
    told = isinstance(error, OSError) and error.errno in _FULL
    return (
        told
        or any(os.strerror(number) in str(error) for number in _FULL)
        or says_full(error.__cause__ or error.__context__)
    )


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turns the system's refusals to write in ``folder`` into sentences.

    Raises:
        DiskFull: no space left on the device, or the quota is used up.
        NotWritable: no permission, a read-only file system, a file where a folder should be.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full(folder) from error
        raise NotWritable(
            f"{folder} can't be written to ({error.strerror or error}). Choose another home folder "
            "with --home or the environment variable DIGITCNN_HOME, or change its permissions."
        ) from error
