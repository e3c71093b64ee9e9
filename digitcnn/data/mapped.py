"""Many digits in a file instead of in memory: only those that are looked at are read.

The file is written by a process of its own, so that the caller never holds them all: MNIST's
training digits are 47 MB, and twice that while they are unpacked.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitcnn.data import joined
from digitcnn.data.digits import DataSetUnavailable, Digits, fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.system import durable, memory_maps

_FOLDER, _PREFIX = "unpacked", "digits-"
_LIMIT_S = 120.0
_LEFT_S = 7 * 24 * 3_600.0  # after which a file is taken for one that nobody reads any more
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, eq=False)
class Mapped:
    """Digits whose images lie in a file.

    Attributes:
        digits: the digits; the images are a memory map of the file.
        fingerprint: theirs.
    """

    digits: Digits
    fingerprint: str


def training_digits(name: str, home: Path, limit: int) -> Mapped:
    """The digits of one data set or file that are learned from.

    The file lies in the home folder, and goes when nobody holds the digits any more.

    Args:
        name: of the data set, or the file's.
        home: the home folder.
        limit: of the number of digits.

    Raises:
        DataSetUnavailable: they can't be read, with the reason; or are more than the limit.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    folder = home / _FOLDER
    with durable.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        handle, written = tempfile.mkstemp(".npy", _PREFIX, folder)
        os.close(handle)
    path = Path(written)
    try:
        command = [sys.executable, "-m", __name__, name, str(home), str(limit), written]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, timeout=_LIMIT_S)
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise DataSetUnavailable(told[0] if told else "These digits can't be read.")
        mark, labels = done.stdout[:64].decode(), np.frombuffer(done.stdout[64:], np.uint8)
        images = np.load(path, mmap_mode="r", allow_pickle=False)
        found = Mapped(Digits(images, labels), mark)
    except subprocess.TimeoutExpired as error:
        path.unlink(missing_ok=True)
        raise DataSetUnavailable(f"Reading {name} took too long.") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    memory_maps.know(images)
    weakref.finalize(images, _remove, path)
    return found


def file_of(digits: Digits) -> str:
    """The file that these images, and no others, are a map of; empty if they are none."""
    images = digits.images
    if not isinstance(images, np.memmap) or not images.filename:
        return ""
    size = os.stat(images.filename).st_size
    return str(images.filename) if images.offset + images.nbytes == size else ""


def _sweep(folder: Path) -> None:
    """Removes what was left behind by processes that were killed."""
    for path in folder.glob(f"{_PREFIX}*.npy"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_S:
                path.unlink()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def main() -> None:
    """The child: writes the images, and tells fingerprint and labels on standard output."""
    name, home, limit, path = sys.argv[1:]
    try:
        digits = joined.training_digits(name, Path(home))
        if len(digits) > int(limit):
            sys.exit(
                f"It has {len(digits):,} training digits; at most {int(limit):,} are explored."
            )
        with durable.writing(Path(path)):
            np.save(path, digits.images)
    except DigitcnnError as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(fingerprint(digits).encode() + digits.labels.tobytes())


if __name__ == "__main__":
    main()
