"""Data sets by name: what there is, whence it comes, and how it is had.

To add one, add its entry to :data:`DATASETS`: the files with their checksums, or a function that
makes it. Files lie in ``home/data/<name>/``; whoever has them already can put them there.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from digitcnn.data import corruptions, digit_files, handwriting, mnist, readers
from digitcnn.data.digit_files import Part
from digitcnn.data.digits import DataSetUnavailable, Digits
from digitcnn.errors import DigitcnnError
from digitcnn.system import durable, npz
from digitcnn.system.download import DownloadFailed, Mirror, Patience, Progress, fetch

N_MADE = 20_000  # training digits of our own handwriting
_MADE_SEED = 5
_OF_MNIST = ("mnist", "mnist-c")  # had by the digits of MNIST


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
        is_divided: whether its makers, not we, chose which are the test digits.
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
    is_divided: bool = True

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
    if name in _OF_MNIST:
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
    """Ensures that a data set is on this machine, downloading it if necessary.

    Args:
        name: of the data set.
        home: the home folder.
        progress: called with bytes so far and in all, for each file.
        mirrors: other places than the known ones.
        patience: time limits and retries.

    Raises:
        UnknownDataSet: there is none of that name.
        DataSetUnavailable: it can't be downloaded; the message says what to do.
    """
    wanted = source(name)
    if is_here(name, home):
        return
    if name in _OF_MNIST:
        mnist.download(home, progress)
        return
    folder = folder_of(name, home)

    def accept(paths: list[Path]) -> None:
        if not all(checksum for _, checksum in wanted.files):
            for part in get_args(Part):
                wanted.read(paths[0].parent, part)
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


def verify(name: str, home: Path) -> None:
    """Compares a data set's files with their checksums, where such are published.

    Of others, reading looks at format, number of digits, and number of each label.

    Raises:
        UnknownDataSet: there is none of that name.
        DataSetUnavailable: a file is missing, or is another.
    """
    for file, checksum in source(name).files:
        path = folder_of(name, home) / file
        kind, _, wanted = checksum.partition(":")
        if not checksum:
            continue
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


def _mnist_c(folder: Path, part: Part) -> Digits:
    """Made once, of MNIST's digits, and kept."""
    path = folder / f"{part}.npz"
    clean = _mnist(folder, part)
    if path.is_file():
        with contextlib.suppress(DigitcnnError):
            images = npz.read(path, {"images"}, digit_files.LIMIT_MB)["images"]
            return Digits(images, clean.labels)
    corrupted = corruptions.one_each(clean, _MADE_SEED + (part == "train"))
    file = io.BytesIO()
    np.savez_compressed(file, images=corrupted.images)
    with contextlib.suppress(DigitcnnError):  # A home folder that is full is told elsewhere.
        with durable.writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        durable.write(path, file.getvalue())
    return corrupted


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
            1_437,
            360,
            0,
            (),
            readers.optdigits,
            is_divided=False,
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
            readers.usps,
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
                        (readers.QMNIST["train"], "md5:ed72d4157d28c017586c42bc6afe6370"),
                        (
                            "qmnist-train-labels-idx2-int.gz",
                            "md5:0058f8dd561b90ffdd0f734c6a30e5e4",
                        ),
                        (readers.QMNIST["test"], "md5:1394631089c404de565df7b7aeaf9412"),
                        (
                            "qmnist-test-labels-idx2-int.gz",
                            "md5:5b5b05890a5e13444e108efe57b788aa",
                        ),
                    ),
                ),
            ),
            readers.qmnist,
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
            readers.emnist,
        ),
        Source(
            "mnist-c",
            "MNIST corrupted as in MNIST-C (Mu, Gilmer), remade: 17 kinds, a digit each",
            "CC BY-SA 3.0, as MNIST",
            "https://arxiv.org/abs/1906.02337",
            60_000,
            10_000,
            0,
            (),
            _mnist_c,
        ),
        Source(
            "pendigits",
            "Pen-Based Recognition of Handwritten Digits (Alpaydin, Alimoglu), strokes",
            "CC BY 4.0",
            "https://archive.ics.uci.edu/dataset/81",
            7_494,
            3_498,
            1,
            (
                # No checksums are published: the digits are counted, label by label.
                Mirror(
                    "https://archive.ics.uci.edu/ml/machine-learning-databases/pendigits/",
                    ((readers.PENDIGITS["train"], ""), (readers.PENDIGITS["test"], "")),
                ),
            ),
            readers.pendigits,
        ),
    )
}
