"""Data sets by name: what there is, whence it comes, and how it is had.

To add one, add its entry to :data:`DATASETS`: the files with their checksums, or a function that
makes it. Files lie in ``home/data/<name>/``; whoever has them already can put them there.
"""

import bz2
import functools
import gzip
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitcnn.data import digit_files, handwriting, mnist
from digitcnn.data.digit_files import Part
from digitcnn.data.digits import DataSetUnavailable, Digits, WrongDigits
from digitcnn.data.layouts import Loaded, digits_of
from digitcnn.errors import DigitcnnError
from digitcnn.system.download import DownloadFailed, Mirror, Patience, Progress, fetch

N_MADE = 20_000  # training digits of our own handwriting
_MADE_SEED = 5


class UnknownDataSet(DigitcnnError):
    """No data set of that name."""


@dataclass(frozen=True)
class Source:
    """A data set, and how it is had.

    Attributes:
        name: as commands and recipes call it.
        title: for people, with who made it.
        licence: what its makers allow.
        home_page: where it is described.
        n_training, n_test: how many digits it has.
        size_mb: of the download; 0 where there is none.
        mirrors: where its files are, in the order in which they are tried.
        read: from its folder and the part that is wanted to the digits.
    """

    name: str
    title: str
    licence: str
    home_page: str
    n_training: int
    n_test: int
    size_mb: float
    mirrors: tuple[Mirror, ...]
    read: Callable[[Path, Part], Digits]

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Names and checksums of its files."""
        return self.mirrors[0].files if self.mirrors else ()


def source(name: str) -> Source:
    """The data set of that name.

    Raises:
        UnknownDataSet: there is none.
    """
    if name not in DATASETS:
        known = ", ".join(DATASETS)
        raise UnknownDataSet(f"There is no data set {name!r}; choose one of {known}, or a file.")
    return DATASETS[name]


def folder_of(name: str, home: Path) -> Path:
    """Where a data set's files lie."""
    return home / "data" / source(name).name


def is_here(name: str, home: Path) -> bool:
    """Whether a data set can be read without a download."""
    if name == "mnist":
        return mnist.find(home=home) is not None
    folder = folder_of(name, home)
    return all((folder / file).is_file() for file, _ in source(name).files)


def get(
    name: str,
    home: Path,
    progress: Progress | None = None,
    mirrors: tuple[Mirror, ...] | None = None,
    patience: Patience | None = None,
) -> None:
    """Sees to it that a data set is on this machine, by a download if need be.

    Args:
        name: of the data set.
        home: the home folder.
        progress: called with bytes so far and in all, for each file.
        mirrors: other places than the known ones.
        patience: time limits and retries.

    Raises:
        UnknownDataSet: there is none of that name.
        DataSetUnavailable: it can't be had; the message says what to do.
    """
    wanted = source(name)
    if is_here(name, home):
        return
    if name == "mnist":
        mnist.download(home, progress)
        return
    folder = folder_of(name, home)

    def accept(paths: list[Path]) -> None:
        for path in paths:
            os.replace(path, folder / path.name)

    try:
        fetch(mirrors or wanted.mirrors, folder, accept, progress, patience)
    except DownloadFailed as error:
        names = " and ".join(file for file, _ in wanted.files)
        raise DataSetUnavailable(
            f"{wanted.title} can't be downloaded: {error}. Without a network, put {names} into "
            f"{folder}; {wanted.home_page} has them."
        ) from error


def load(name: str, home: Path, part: Part = "test") -> Digits:
    """The digits of a data set that is on this machine.

    Raises:
        UnknownDataSet: there is none of that name.
        DataSetUnavailable: it is not on this machine, or its files are others.
    """
    wanted = source(name)
    if not is_here(name, home):
        raise DataSetUnavailable(
            f"{wanted.title} is not on this machine; python -m digitcnn data get {name} fetches it."
        )
    verify(name, home)
    return wanted.read(folder_of(name, home), part)


def named(name: str, home: Path, part: Part = "test") -> Loaded:
    """The digits of a data set, or of a file or folder, whichever ``name`` is.

    Raises:
        DataSetUnavailable: see :func:`load`.
        WrongDigits, UnreadableArchive, ArchiveTooLarge: see :func:`digit_files.load`.
        UnknownDataSet: it is neither.
    """
    if name not in DATASETS and (Path(name).exists() or Path(name).suffix):
        return digit_files.load(Path(name), part=part)
    return Loaded(load(name, home, part))


def verify(name: str, home: Path) -> None:
    """Compares a data set's files with their checksums.

    Raises:
        UnknownDataSet: there is none of that name.
        DataSetUnavailable: a file is missing, or is another.
    """
    for file, checksum in source(name).files:
        path = folder_of(name, home) / file
        kind, _, wanted = checksum.partition(":")
        try:
            with path.open("rb") as opened:
                found = hashlib.file_digest(opened, kind).hexdigest()
        except OSError as error:
            raise DataSetUnavailable(f"{path} can't be read ({error.strerror}).") from error
        if found != wanted:
            raise DataSetUnavailable(
                f"{path} is damaged, or another file; delete it and fetch it again with "
                f"python -m digitcnn data get {name}."
            )


def _mnist(folder: Path, part: Part) -> Digits:
    """MNIST is found in more places than one, and verified by its arrays."""
    path = mnist.find(home=folder.parent.parent)
    if path is None:
        raise DataSetUnavailable("MNIST is not on this machine any more.")
    return mnist.load_part(path, part)


def _handwriting(folder: Path, part: Part) -> Digits:
    if part == "train":
        return handwriting.digits(N_MADE, _MADE_SEED)
    return handwriting.digits(handwriting.N_TEST, handwriting.TEST_SEED)


def _optdigits(folder: Path, part: Part) -> Digits:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise DataSetUnavailable(
            "optdigits comes with scikit-learn; pip install 'digitcnn[train]' adds it."
        ) from error
    if part == "train":
        raise WrongDigits("optdigits has no training digits here; evaluate on it.")
    bunch = load_digits()
    return digits_of(bunch.images, bunch.target, "optdigits").digits


def _usps(folder: Path, part: Part) -> Digits:
    """LIBSVM's format: a label, 1 to 10, and 256 pairs of index and value, -1 to 1, in a line."""
    path = folder / ("usps.bz2" if part == "train" else "usps.t.bz2")
    try:
        lines = bz2.decompress(path.read_bytes()).decode("ascii").splitlines()
        labels = np.array([float(line.split(maxsplit=1)[0]) for line in lines]).astype(int) - 1
        pixels = np.zeros((len(lines), 256), np.float32)
        for row, line in zip(pixels, lines, strict=True):
            pairs = np.array([pair.split(":") for pair in line.split()[1:]], np.float32)
            row[pairs[:, 0].astype(int) - 1] = pairs[:, 1]
    except (OSError, ValueError, IndexError) as error:
        raise DataSetUnavailable(f"{path} is damaged, or another file ({error}).") from error
    return digits_of(pixels.reshape(-1, 16, 16), labels, path.name).digits


def _idx_pair(stem: dict[str, str], folder: Path, part: Part) -> Digits:
    return digit_files.load(folder / stem[part]).digits


def _emnist(folder: Path, part: Part) -> Digits:
    """Two of the many gzipped IDX files in one archive; rows and columns are exchanged."""
    path = folder / "gzip.zip"
    try:
        with zipfile.ZipFile(path) as archive:
            images, labels = (
                digit_files.idx_array(
                    gzip.decompress(archive.read(f"gzip/emnist-digits-{part}-{kind}-ubyte.gz")),
                    path.name,
                )
                for kind in ("images-idx3", "labels-idx1")
            )
    except (OSError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise DataSetUnavailable(f"{path} is damaged, or another file ({error}).") from error
    return digits_of(images.transpose(0, 2, 1), labels, "emnist-digits").digits


_QMNIST = {part: f"qmnist-{part}-images-idx3-ubyte.gz" for part in ("train", "test")}

DATASETS = {
    made.name: made
    for made in (
        Source(
            "mnist",
            "MNIST (LeCun, Cortes, Burges)",
            "CC BY-SA 3.0",
            "https://yann.lecun.com/exdb/mnist/",
            60_000,
            10_000,
            11,
            (),
            _mnist,
        ),
        Source(
            "handwriting",
            "Synthetic handwriting, made by this program",
            "MIT, as the program",
            "python -m digitcnn handwriting",
            N_MADE,
            handwriting.N_TEST,
            0,
            (),
            _handwriting,
        ),
        Source(
            "optdigits",
            "Optical Recognition of Handwritten Digits (Alpaydin, Kaynak), 8 × 8",
            "CC BY 4.0",
            "https://archive.ics.uci.edu/dataset/80",
            0,
            1_797,
            0,
            (),
            _optdigits,
        ),
        Source(
            "usps",
            "USPS (Hull), 16 × 16 from envelopes",
            "for research",
            "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
            7_291,
            2_007,
            9,
            (
                Mirror(
                    "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/",
                    (
                        ("usps.bz2", "md5:ec16c51db3855ca6c91edd34d0e9b197"),
                        ("usps.t.bz2", "md5:8ea070ee2aca1ac39742fdd1ef5ed118"),
                    ),
                ),
            ),
            _usps,
        ),
        Source(
            "qmnist",
            "QMNIST (Yadav, Bottou): MNIST rebuilt, with 50,000 more test digits",
            "BSD-3-Clause",
            "https://github.com/facebookresearch/qmnist",
            60_000,
            60_000,
            21,
            (
                Mirror(
                    "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
                    (
                        (_QMNIST["train"], "md5:ed72d4157d28c017586c42bc6afe6370"),
                        (
                            "qmnist-train-labels-idx2-int.gz",
                            "md5:0058f8dd561b90ffdd0f734c6a30e5e4",
                        ),
                        (_QMNIST["test"], "md5:1394631089c404de565df7b7aeaf9412"),
                        (
                            "qmnist-test-labels-idx2-int.gz",
                            "md5:5b5b05890a5e13444e108efe57b788aa",
                        ),
                    ),
                ),
            ),
            functools.partial(_idx_pair, _QMNIST),
        ),
        Source(
            "emnist-digits",
            "EMNIST Digits (Cohen, Afshar, Tapson, van Schaik)",
            "public domain, as NIST's",
            "https://www.nist.gov/itl/products-and-services/emnist-dataset",
            240_000,
            40_000,
            562,
            (
                Mirror(
                    "https://biometrics.nist.gov/cs_links/EMNIST/",
                    (("gzip.zip", "md5:58c8d27c78d21e728a6bc7b3cc06412e"),),
                ),
                Mirror(
                    "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
                    (("gzip.zip", "md5:58c8d27c78d21e728a6bc7b3cc06412e"),),
                ),
            ),
            _emnist,
        ),
    )
}
