"""MNIST: find it, download it, verify it, split it.

The archive is never trusted by its name or by its own checksum alone: the arrays themselves are
compared with the MD5 sums that its authors published for the raw files, so that every copy of
MNIST, however it was packed, is either MNIST or refused.
"""

import contextlib
import gzip
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitcnn.data.digits import DataSetUnavailable, Digits, WrongDigits, fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.settings import settings
from digitcnn.system import npz
from digitcnn.system.download import DownloadFailed, Mirror, Patience, Progress, fetch

__all__ = [
    "Digits",
    "Mnist",
    "WrongMnist",
    "download",
    "find",
    "fingerprint",
    "held_out",
    "load",
    "load_part",
    "split",
]

N_TRAIN = 60_000

# Of each raw IDX file, header included.
# Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
RAW_MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}

MIRRORS = (
    Mirror(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        (
            (
                "mnist.npz",
                "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
            ),
        ),
    ),
    # The four original files, in the order of RAW_MD5; checksums of the compressed files.
    Mirror(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        (
            ("train-images-idx3-ubyte.gz", "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            ("train-labels-idx1-ubyte.gz", "md5:d53e105ee54ea40749a09fcbcd1e9432"),
            ("t10k-images-idx3-ubyte.gz", "md5:9fb629c4189551a2d022fa330f9573f3"),
            ("t10k-labels-idx1-ubyte.gz", "md5:ec29112dd5afa0611ce80d1b7f02629c"),
        ),
    ),
)

_LIMIT_MB = 100  # MNIST unpacks to 55 MB
_BY_HAND = (
    f"Download {MIRRORS[0].url}mnist.npz on a computer that can, and name it with --mnist PATH or "
    "the environment variable DIGITCNN_MNIST."
)


class WrongMnist(DigitcnnError):
    """A file that should be MNIST and is not."""


@dataclass(frozen=True)
class Mnist:
    """MNIST's 60,000 training and 10,000 test digits."""

    train: Digits
    test: Digits


def find(path: Path | None = None, home: Path | None = None) -> Path | None:
    """Where MNIST lies on this machine, or ``None``.

    Looks at ``path``, then where ``DIGITCNN_MNIST`` points, then in Keras's cache, then in the
    home folder's own download. The file is not opened: :func:`load` verifies it.

    Args:
        path: a file that the caller was told to use.
        home: the home folder; by default the settings'.

    Raises:
        DataSetUnavailable: ``path`` or ``DIGITCNN_MNIST`` names a file that is not there.
    """
    for told, by in ((path, "--mnist"), (settings().mnist, "DIGITCNN_MNIST")):
        if told is not None:
            if not Path(told).is_file():
                raise DataSetUnavailable(f"There is no file {told}, which {by} names.")
            return Path(told)
    places = (
        Path.home() / ".keras" / "datasets" / "mnist.npz",
        (home or settings().home) / "data" / "mnist.npz",
    )
    return next((place for place in places if place.is_file()), None)


def download(
    home: Path,
    progress: Progress | None = None,
    mirrors: tuple[Mirror, ...] = MIRRORS,
    patience: Patience | None = None,
    checksums: dict[str, str] | None = None,
) -> Path:
    """MNIST, downloaded into the home folder: ``home/data/mnist.npz``.

    Args:
        home: the home folder.
        progress: called with bytes so far and in all, for each file.
        mirrors: where to try, in this order; each has one ``.npz`` or the four original files.
        patience: time limits and retries.
        checksums: MD5 sums of the raw files by array name; MNIST's by default.

    Raises:
        DataSetUnavailable: no mirror gave MNIST; the message has each one's reason and what to do.
        DiskFull, NotWritable: the home folder can't be written.
    """
    target = Path(home) / "data" / "mnist.npz"

    def accept(paths: list[Path]) -> Path:
        archive = _verified(paths, checksums or RAW_MD5)
        os.replace(archive, target)
        return target

    try:
        return fetch(mirrors, target.parent, accept, progress, patience)
    except DownloadFailed as error:
        raise DataSetUnavailable(f"MNIST can't be downloaded: {error}. {_BY_HAND}") from error


def load(path: Path, checksums: dict[str, str] | None = None) -> Mnist:
    """MNIST from ``path``, verified array by array.

    Args:
        path: an archive in the layout of Keras's ``mnist.npz``.
        checksums: as in :func:`download`.

    Raises:
        WrongMnist: no such file, no archive, cut short, or other arrays than MNIST's.
    """
    return Mnist(load_part(path, "train", checksums), load_part(path, "test", checksums))


def load_part(path: Path, part: str, checksums: dict[str, str] | None = None) -> Digits:
    """The training or the test digits alone, verified: 47 or 8 MB instead of 55.

    Args:
        path: as in :func:`load`, which has the errors too.
        part: ``"train"`` or ``"test"``.
        checksums: as in :func:`download`.
    """
    names = (f"x_{part}", f"y_{part}")
    checksums = {name: (checksums or RAW_MD5)[name] for name in names}
    try:
        arrays = npz.read(path, set(names), _LIMIT_MB)
    except DigitcnnError as error:
        raise WrongMnist(f"{error} {_BY_HAND}") from error
    for name, md5 in checksums.items():
        if name not in arrays:
            raise WrongMnist(f"{path} is not MNIST: it has no array {name}. {_BY_HAND}")
        if _raw_md5(arrays[name]) != md5:
            raise WrongMnist(f"{path} is not MNIST: its {name} is another. {_BY_HAND}")
    try:
        return Digits(*(arrays[name] for name in names))
    except WrongDigits as error:
        raise WrongMnist(f"{path} is not MNIST. {error}") from error


def split(train: Digits, n_validation: int = 5000, seed: int = 0) -> tuple[Digits, Digits]:
    """Training and validation digits: ``train`` without, and with only, a random choice.

    Args:
        train: the digits to divide; they are copied, in their order.
        n_validation: how many go to validation, 0 to all.
        seed: the same seed gives the same choice.

    Raises:
        ValueError: see :func:`held_out`.
    """
    validation = held_out(len(train), n_validation, seed)
    return train[~validation], train[validation]


def held_out(n: int, n_validation: int, seed: int = 0) -> np.ndarray:
    """Which of ``n`` digits :func:`split` sets aside: bool (n,).

    Of one seed, a smaller choice is part of a larger one.

    Raises:
        ValueError: fewer than ``n_validation`` digits.
    """
    if not 0 <= n_validation <= n:
        raise ValueError(f"{n_validation} of {n} digits can't be set aside.")
    chosen = np.zeros(n, bool)
    chosen[np.random.default_rng(seed).permutation(n)[:n_validation]] = True
    return chosen


def _verified(paths: list[Path], checksums: dict[str, str]) -> Path:
    """A verified ``mnist.npz`` made of a mirror's files, beside them."""
    archive = paths[0].with_name("mnist.npz")
    if len(paths) > 1:
        arrays = {name: _read_idx(path) for name, path in zip(checksums, paths, strict=True)}
        npz.write(archive, arrays)
    load(archive, checksums)
    return archive


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """A gzipped IDX file of uint8: two zeros, type 8, number of axes, big-endian lengths, data."""
    with contextlib.suppress(OSError, EOFError, ValueError), gzip.open(path) as file:
        raw = file.read(_LIMIT_MB * 1_000_000)
        shape = np.frombuffer(raw, ">u4", raw[3], 4)
        return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)
    raise WrongMnist(f"{path.name} is damaged")


def _raw_md5(array: NDArray[np.uint8]) -> str:
    """MD5 of the IDX file that holds ``array``."""
    header = np.array([0x0800 | array.ndim, *array.shape], ">u4").tobytes()
    digest = hashlib.md5(header, usedforsecurity=False)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
