"""Confirmed drawings on the operator's disk, where the operator asks for them.

One JSON file each, in the form of :mod:`digitcnn.data.drawings`, in a folder of its own.
"""

import contextlib
import os
import secrets
import threading
from pathlib import Path

from digitcnn.data.drawings import Collection, Confirmed
from digitcnn.errors import DigitcnnError
from digitcnn.system import durable

MAX_FILES = 10_000  # of some kilobytes each: strangers can't fill a disk with them
_SUFFIX = ".drawing.json"

_one_at_a_time = threading.Lock()


class FolderFull(DigitcnnError):
    """There are as many drawings in the folder as it may hold."""


class NoFolder(DigitcnnError):
    """The folder is not there, or is none, or can't be written to."""


def write(folder: Path, drawing: Confirmed, path: Path | None = None) -> Path:
    """Writes a drawing, all of it or nothing.

    Args:
        folder: where; it is made if its parent is there.
        drawing: the drawing with its label.
        path: the file of the same drawing with another label, which is replaced.

    Returns:
        The drawing's file.

    Raises:
        DiskFull: no space left.
        NoFolder: the folder can't be made or written to.
        FolderFull: it holds ``MAX_FILES`` drawings.
    """
    data = Collection((drawing,)).to_json()
    with _one_at_a_time:
        if path is None:
            if count(folder) >= MAX_FILES:
                raise FolderFull(
                    f"The folder for drawings, {folder}, holds {MAX_FILES:,} files and takes no "
                    "more."
                )
            path = folder / f"{drawing.id}-{secrets.token_hex(4)}{_SUFFIX}"
        try:
            durable.write(path, data)
        except durable.NotWritable as error:
            raise _no_folder(folder, error) from error
    return path


def count(folder: Path) -> int:
    """How many drawings the folder holds; it is made if its parent is there.

    Raises:
        NoFolder: it can't be made or read.
    """
    try:
        folder.mkdir(exist_ok=True)
        with os.scandir(folder) as entries:
            return sum(entry.name.endswith(_SUFFIX) for entry in entries)
    except OSError as error:
        raise _no_folder(folder, error) from error


def remove(path: Path) -> None:
    """Takes a drawing's file away, if it is still there."""
    with contextlib.suppress(OSError):
        path.unlink()


def _no_folder(folder: Path, error: Exception) -> NoFolder:
    reason = getattr(error, "strerror", None) or getattr(error.__cause__, "strerror", "")
    return NoFolder(
        f"DIGITCNN_COLLECT names {folder}, which can't be written to ({reason}). Make that folder, "
        "or change its permissions."
    )
