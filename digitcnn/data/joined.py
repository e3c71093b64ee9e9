"""Data sets as people ask for them: by name, a file or folder of one's own, several joined by "+".

What is asked for divides into training and test digits wherever it comes from: published sets come
divided, a file that is not has its test digits held out here, the same ones each time.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from digitcnn.data import datasets, digit_files, handwriting, mnist
from digitcnn.data.digit_files import Part
from digitcnn.data.digits import DataSetUnavailable, Digits, WrongDigits
from digitcnn.data.layouts import Loaded
from digitcnn.models import recipes

_TEST_SHARE = 10  # every tenth digit of a file that has no test digits of its own
_SPLIT_SEED = 20_260_102
_TRAINING = "-training"
_FEWEST = 100  # digits of a file that can be trained on


@dataclass(frozen=True, eq=False)
class Halves:
    """A data set, divided.

    Attributes:
        name: as it was asked for.
        title: its name for people: of a file without its folder.
        training: to learn from and to choose by; none of our own handwriting, which each recipe
            orders by number.
        test: for the end.
        notes: what was noticed and corrected, a sentence each.
        held_out: which digits of a file that was not divided are the test digits: bool (n,);
            ``None`` of what came divided.
    """

    name: str
    title: str
    training: Digits
    test: Digits
    notes: tuple[str, ...] = ()
    held_out: NDArray[np.bool_] | None = None

    def whole(self) -> Digits | None:
        """The digits of a file that was not divided, in its order; ``None`` of what was."""
        if self.held_out is None:
            return None
        images = np.empty((len(self.held_out), *self.test.images.shape[1:]), np.uint8)
        labels = np.empty(len(self.held_out), np.uint8)
        for part, inside in ((self.training, ~self.held_out), (self.test, self.held_out)):
            images[inside], labels[inside] = part.images, part.labels
        return Digits(images, labels)


def absolute(asked: str) -> str:
    """The same with each file's full path, which holds in another folder, too."""
    return recipes.JOIN.join(_absolute(part) for part in recipes.dataset_parts(asked))


def _absolute(name: str) -> str:
    path = Path(name).expanduser()
    is_path = recipes.is_file(name) or (name not in recipes.DATASETS and name and path.exists())
    return str(path.absolute()) if is_path else name


def training_key(name: str) -> str:
    """What the training digits of a data set, or of a file of one's own, are called in addresses.

    Args:
        name: as a recipe names it.
    """
    if recipes.is_file(name):
        return f"file-{hashlib.sha256(name.encode()).hexdigest()[:12]}{_TRAINING}"
    return f"{name}{_TRAINING}"


def missing(asked: str, home: Path, mnist_path: Path | None = None) -> list[str]:
    """Which of the data sets have to be downloaded.

    Raises:
        UnknownDataSet: one is neither a data set nor a file.
        DataSetUnavailable: the file that ``DIGITCNN_MNIST`` names is not there.
    """
    names = [name for name in recipes.dataset_parts(asked) if not recipes.is_file(name)]
    if mnist_path is not None:
        names = [name for name in names if name != "mnist"]
    return [name for name in names if not datasets.is_here(name, home)]


def halves(asked: str, home: Path, mnist_path: Path | None = None) -> list[Halves]:
    """The data asked for, each set divided; all must be on this machine.

    Raises:
        UnknownDataSet: one is neither a data set nor a file.
        DataSetUnavailable, WrongMnist: one is not on this machine, or its files are others.
        WrongDigits, UnreadableArchive, ArchiveTooLarge: see :func:`digit_files.load`.
    """
    return [_divided(name, home, mnist_path) for name in recipes.dataset_parts(asked)]


def test_digits(asked: str, home: Path) -> Digits:
    """The test digits of all the data asked for; errors are those of :func:`halves`."""
    return joined([_test(name, home) for name in recipes.dataset_parts(asked)])


def training_digits(name: str, home: Path) -> Digits:
    """The digits of one data set or file that are learned from; errors are those of halves."""
    if recipes.is_file(name):
        return _own(name).training
    return datasets.load(name, home, "train")


def named(asked: str, home: Path, part: Part = "test") -> Loaded:
    """The digits of one part of the data asked for; all of what its makers did not divide.

    Errors are those of :func:`halves`.
    """
    parts = [asked] if Path(asked).is_file() else recipes.dataset_parts(absolute(asked))
    loaded = [
        digit_files.load(Path(name), part=part)
        if recipes.is_file(name)
        else Loaded(_all_or_part(name, home, part))
        for name in parts
    ]
    notes = tuple(note for one in loaded for note in one.notes)
    return Loaded(joined([one.digits for one in loaded]), notes)


def is_divided_here(name: str) -> bool:
    """Whether it is we who hold out test digits of a data set or file, from all trainings."""
    return recipes.is_file(name) or not datasets.source(name).is_divided


def _all_or_part(name: str, home: Path, part: Part) -> Digits:
    if is_divided_here(name):
        return joined([datasets.load(name, home, half) for half in get_args(Part)])
    return datasets.load(name, home, part)


def joined(parts: list[Digits]) -> Digits:
    """All the digits, one set after the other."""
    if len(parts) == 1:
        return parts[0]
    return Digits(
        np.concatenate([digits.images for digits in parts]),
        np.concatenate([digits.labels for digits in parts]),
    )


def nothing() -> Digits:
    """No digits."""
    return Digits(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8))


def _divided(name: str, home: Path, mnist_path: Path | None) -> Halves:
    if name == "mnist":
        path = mnist.find(mnist_path, home)
        if path is None:
            raise DataSetUnavailable("MNIST is not on this machine.")
        both = mnist.load(path)
        return Halves(name, "MNIST", both.train, both.test)
    if name == "handwriting":
        return Halves(name, name, nothing(), _test(name, home))
    if not recipes.is_file(name):
        return Halves(
            name, name, datasets.load(name, home, "train"), datasets.load(name, home, "test")
        )
    return _own(name)


def _test(name: str, home: Path) -> Digits:
    if name == "handwriting":
        return handwriting.digits(handwriting.N_TEST, handwriting.TEST_SEED)
    return _own(name).test if recipes.is_file(name) else datasets.load(name, home)


def _own(name: str) -> Halves:
    path = Path(name)
    training, test = (digit_files.load(path, part=part) for part in ("train", "test"))
    training_digits, test_digits, held_out = training.digits, test.digits, None
    if len(training_digits) == len(test_digits) and np.array_equal(
        training_digits.images, test_digits.images
    ):
        held_out = mnist.held_out(len(test_digits), len(test_digits) // _TEST_SHARE, _SPLIT_SEED)
        training_digits, test_digits = test_digits[~held_out], test_digits[held_out]
    if len(training_digits) < _FEWEST or not len(test_digits):
        raise WrongDigits(
            f"{path.name} has {len(training_digits) + len(test_digits):,} digits; at least "
            f"{_FEWEST + _FEWEST // (_TEST_SHARE - 1) + 1} are needed to train on."
        )
    notes = tuple(dict.fromkeys((*training.notes, *test.notes)))
    return Halves(name, path.name, training_digits, test_digits, notes, held_out)
