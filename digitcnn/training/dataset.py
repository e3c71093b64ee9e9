"""What a training works on: digits to learn from, to choose by, and to be evaluated on.

Handwriting is made by two processes at once, as a training would otherwise wait for it: this one
makes the first part of each kind and another the rest; together they are the digits that one would
have made alone. What else there is to do can be done while the other is still at it. That one is a
plain subprocess, not a pool of :mod:`concurrent.futures`: a pool's processes run the caller's
script anew, and whoever trains from Python would have to guard theirs with
``if __name__ == "__main__"``.
"""

import contextlib
import io
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitcnn.data import handwriting, joined, mnist, stroke_model
from digitcnn.data.corrected import Corrections, corrected
from digitcnn.data.digits import Digits, WrongDigits, fingerprint
from digitcnn.data.joined import Halves
from digitcnn.data.stroke_model import SHIPPED
from digitcnn.errors import DigitcnnError
from digitcnn.models.recipes import Recipe, dataset_title

# Of the choice of a data set's validation digits: the same for every training, so that any two can
# be compared on digits that neither has learned.
SPLIT_SEED = 0

COMMAND = (sys.executable, "-m", "digitcnn.training.dataset")

NO_CORRECTIONS = Corrections()

_ROOT = Path(__file__).resolve().parents[2]
# Drawings that this process could make while it starts TensorFlow, which takes about four seconds:
# so many more are left to the other.
_MEANWHILE = 7_000
_VALIDATION_SHARE = 3  # of a set's training digits, a third at most is held back

Work = tuple[Digits, NDArray[np.uint8]]


@dataclass(frozen=True)
class Part:
    """One of the data sets that a training works on.

    Attributes:
        name: its name for people.
        n_training, n_validation, n_test: how many of its digits go where; made-up handwriting is
            no part of any but ``handwriting``.
        fingerprint: of its test digits.
    """

    name: str
    n_training: int
    n_validation: int
    n_test: int
    fingerprint: str


@dataclass(frozen=True)
class Dataset:
    """Digits by their purpose.

    Attributes:
        training: learned from.
        nondigits: uint8 (n, 28, 28), drawings that the network should be unsure about.
        validation: looked at after each epoch, and calibrated on; each data set's, one after the
            other.
        test: looked at once, at the end; chooses nothing. Each data set's, one after the other.
        name: the data set's, for people.
        parts: the data sets that are joined in it.
        held_back: for each of them which of its digits that are no test digits are validation
            digits: bool (n,); none that corrections leave out.
    """

    training: Digits
    nondigits: NDArray[np.uint8]
    validation: Digits
    test: Digits
    name: str
    parts: tuple[Part, ...]
    held_back: tuple[NDArray[np.bool_], ...]


def gather(
    recipe: Recipe,
    sets: Sequence[Halves],
    model: Path = SHIPPED,
    corrections: Corrections = NO_CORRECTIONS,
    meanwhile: Callable[[], object] | None = None,
) -> Dataset:
    """What a recipe asks for.

    Each data set gives validation digits in proportion to its size, and a third of its training
    digits at most. Which ones does not depend on corrections, which change labels of training and
    validation digits and leave some of them out; test digits stay as they came.

    Args:
        recipe: what decides.
        sets: the recipe's data sets, divided.
        model: the model of strokes that learned digits and letters are drawn from.
        corrections: of these data sets; see :func:`digitcnn.data.corrected.assign`.
        meanwhile: see :func:`make`.

    Raises:
        WrongDigits: there is nothing to learn from.
        HandwritingFailed, UnreadableArchive, ArchiveTooLarge, WrongStrokeModel: see :func:`make`.
    """
    made, nondigits = make(
        Order(
            recipe.handwriting,
            recipe.nondigits,
            recipe.seed,
            recipe.learned_digits,
            recipe.learned_letters,
            model,
        ),
        meanwhile,
    )
    n_there = sum(len(one.training) for one in sets)
    training, validation, parts, held_back = [], [], [], []
    found = corrections.training or (None,) * len(sets)
    for one, correction in zip(sets, found, strict=True):
        n = len(one.training)
        if one.name == "handwriting":
            learned, looked_at = made, _made_validation(recipe, len(sets))
            held_back.append(np.ones(len(looked_at), bool))
        else:
            n_validation = min(recipe.validation * n // n_there, n // _VALIDATION_SHARE)
            held_out = mnist.held_out(n, n_validation, SPLIT_SEED)
            digits, kept = corrected(one.training, correction)
            learned, looked_at = digits[~held_out & kept], digits[held_out & kept]
            held_back.append(held_out & kept)
            learned = _limited(learned, recipe)
            training.append(learned)
        validation.append(looked_at)
        parts.append(
            Part(one.title, len(learned), len(looked_at), len(one.test), fingerprint(one.test))
        )
    learned = joined.joined([*training, made])
    if not len(learned):
        raise WrongDigits(f"{recipe.dataset} has no digits to learn from.")
    return Dataset(
        learned,
        nondigits,
        joined.joined(validation),
        joined.joined([one.test for one in sets]),
        _name(recipe.dataset),
        tuple(parts),
        tuple(held_back),
    )


def _limited(digits: Digits, recipe: Recipe) -> Digits:
    """As many of them as the recipe takes at most, chosen by its seed."""
    if not 0 < recipe.limit < len(digits):
        return digits
    chosen = np.sort(np.random.default_rng(recipe.seed).permutation(len(digits))[: recipe.limit])
    return Digits(digits.images[chosen], digits.labels[chosen])


def _made_validation(recipe: Recipe, n_sets: int) -> Digits:
    return handwriting.digits(recipe.validation // n_sets, handwriting.TEST_SEED + 1)


def _name(asked: str) -> str:
    return "MNIST test" if asked == "mnist" else dataset_title(asked)


class HandwritingFailed(DigitcnnError):
    """The other process ended without its part."""


@dataclass(frozen=True)
class Order:
    """What is to be made.

    Attributes:
        digits: digits in made-up styles.
        learned_digits: digits drawn from the model of strokes.
        nondigits: drawings that are no digit.
        learned_letters: letters drawn from the model of strokes.
        seed: of everything random.
        stroke_model: the model's file; by default that which ships.
    """

    digits: int
    nondigits: int
    seed: int
    learned_digits: int = 0
    learned_letters: int = 0
    stroke_model: Path = SHIPPED

    @property
    def n(self) -> int:
        """How many drawings there will be."""
        return self.digits + self.nondigits + self.learned_digits + self.learned_letters


def make(order: Order, meanwhile: Callable[[], object] | None = None) -> Work:
    """Digits and drawings that are no digit, in half the time that one process would take.

    Args:
        order: what is to be made.
        meanwhile: called while the other process is still making its part, which is larger by what
            this one could have made in four seconds: a training starts TensorFlow.

    Raises:
        HandwritingFailed: the other process ended early, for want of memory most likely.
        UnreadableArchive, ArchiveTooLarge, WrongStrokeModel: see
            :func:`digitcnn.data.stroke_model.load`.
    """
    if order.learned_digits + order.learned_letters:
        stroke_model.load(order.stroke_model)  # a file that can't be read is said here, not there
    numbers = (getattr(order, field.name) for field in fields(order))
    share = max(0.0, 0.5 - (_MEANWHILE / 2 / max(order.n, 1) if meanwhile else 0.0))
    command = [*COMMAND, *map(str, numbers), str(share)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE) as other:
        try:
            digits, nondigits = _part(order, (0.0, share))
            if meanwhile is not None:
                meanwhile()
            answer, _ = other.communicate()
        except BaseException:
            other.kill()
            raise
    if other.returncode:
        raise HandwritingFailed(
            "The second process that makes up handwriting ended early. Most likely there was not "
            "enough memory; close other programs and try again."
        )
    rest = np.load(io.BytesIO(answer))
    return (
        Digits(
            np.concatenate([digits.images, rest["images"]]),
            np.concatenate([digits.labels, rest["labels"]]),
        ),
        np.concatenate([nondigits, rest["nondigits"]]),
    )


def _part(order: Order, part: handwriting.Part) -> Work:
    made = [handwriting.digits(order.digits, order.seed, part=part)]
    nondigits = [handwriting.nondigits(order.nondigits, order.seed, part=part)]
    if order.learned_digits + order.learned_letters:
        model = stroke_model.load(order.stroke_model)
        made.append(handwriting.learned_digits(order.learned_digits, order.seed, model, part))
        nondigits.append(
            handwriting.learned_letters(order.learned_letters, order.seed, model, part)
        )
    return (
        Digits(
            np.concatenate([digits.images for digits in made]),
            np.concatenate([digits.labels for digits in made]),
        ),
        np.concatenate(nondigits),
    )


def main() -> None:
    """The other process: its part on standard output, an ``.npz`` archive."""
    # Ctrl-C is for the process that asked, which ends this one; if it is gone, nobody listens.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    *numbers, path, share = sys.argv[1:]
    n_digits, n_nondigits, seed, n_learned, n_letters = map(int, numbers)
    order = Order(n_digits, n_nondigits, seed, n_learned, n_letters, Path(path))
    digits, nondigits = _part(order, (float(share), 1.0))
    file = io.BytesIO()
    np.savez(file, images=digits.images, labels=digits.labels, nondigits=nondigits)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(file.getvalue())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
