"""Whether a run meets expectations: run + expectations → outcomes.

Each data set is read once, as it is, and once for each way in which slices turn or corrupt it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitcnn.data import correction_folder, corruptions, distortions, handwriting, joined, mnist
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import slices
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.expectations import Expectation, Expectations, Outcome
from digitcnn.evaluation.expectations import read as read_expectations
from digitcnn.evaluation.slices import Slice, Traits, WrongSlice
from digitcnn.inference import evaluate
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models import recipes
from digitcnn.runs.run import Run

SHIPPED = Path(__file__).with_name("expectations.json")
_SEED = 0  # of what is random in a corruption


class NoExpectations(DigitcnnError):
    """A file of expectations that can't be read."""


@dataclass(frozen=True, eq=False)
class Material:
    """A data set's digits, and what the program knows of how they were written.

    Attributes:
        digits: the digits.
        styles: (n,) names of their styles; ``None`` where nobody knows.
        strokes: uint8 (n,); likewise.
        tags: position → words of correction sets.
    """

    digits: Digits
    styles: list[str] | None
    strokes: NDArray[np.uint8] | None
    tags: dict[int, tuple[str, ...]]

    def traits(
        self,
        wanted: Slice,
        evaluation: Evaluation,
        agreement: Callable[[], NDArray[np.float32] | None] | None = None,
    ) -> Traits:
        """What a slice asks for; no more, as some of it takes seconds.

        Args:
            wanted: the slice.
            evaluation: what a run says to the digits.
            agreement: gives how far neighbours agree, where that is known already.
        """
        agreement = agreement or partial(slices.agreement, evaluation)
        images = self.digits.images
        return Traits(
            slices.ink(images) if wanted.ink else None,
            slices.aspect(images) if wanted.aspect else None,
            self.styles,
            self.strokes,
            self.tags,
            agreement() if wanted.agreement else None,
        )


def shipped() -> Expectations:
    """The expectations that come with the program."""
    return read_expectations(SHIPPED.read_bytes())


def load(path: Path) -> Expectations:
    """A file's expectations; data files that they name lie beside it.

    Raises:
        NoExpectations: there is no such file.
        WrongExpectations: see :func:`digitcnn.evaluation.expectations.read`.
    """
    try:
        found = read_expectations(path.read_bytes())
    except OSError as error:
        raise NoExpectations(f"{path} can't be read ({error.strerror or error}).") from error
    folder = path.absolute().parent
    return replace(found, all=tuple(_beside(folder, expectation) for expectation in found.all))


def mark(expectations: Expectations) -> str:
    """Changes when the expectations or the files that they name do: SHA-256, in hexadecimal."""
    digest = hashlib.sha256(expectations.fingerprint.encode())
    parts = {
        part
        for expectation in expectations.all
        for part in recipes.dataset_parts(expectation.slice.data)
        if recipes.is_file(part)
    }
    for part in sorted(parts):
        try:
            digest.update(Path(part).read_bytes())
        except OSError:  # A folder, or nothing at all: it is told when it is to be read.
            digest.update(part.encode())
    return digest.hexdigest()


def check(
    run: Run,
    recognizer: Recognizer,
    expectations: Expectations,
    home: Path,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """The outcome of each expectation, in order.

    What can't be measured, as its digits are not on this machine, does not hold, and says so.

    Args:
        run: the run.
        recognizer: its network.
        expectations: what is expected.
        home: the home folder, for data sets.
        tell: called with each outcome as it comes.
    """
    material = cache(lambda data: load_material(data, run, home))

    @cache
    def evaluated(data: str, changed: Slice) -> Evaluation:
        digits: Digits = material(data).digits
        if not changed.is_changed and not changed.first:
            return _evaluation(run, recognizer, digits, data)
        some = digits[: changed.first or len(digits)]
        if changed.is_changed:
            some = Digits(_changed(some.images, changed), some.labels)
        return evaluate.evaluate(recognizer, some, data)

    outcomes = []
    for expectation in expectations.all:
        wanted = expectation.slice
        outcome = Outcome(wanted.name, wanted.in_words(), expectation.at_least)
        try:
            # Slices that change and cut their digits alike share what is read.
            alike = Slice(
                "", turned=wanted.turned, corrupted=wanted.corrupted, strength=wanted.strength,
                first=wanted.first if wanted.is_changed else 0,
            )  # fmt: skip
            found = evaluated(wanted.data, alike)
            of: Material = material(wanted.data)
            part = _first(of, len(found))
            places = slices.members(wanted, found, part.traits(wanted, found))
            right = int((found.predicted == found.labels)[places].sum())
            outcome = replace(outcome, n=len(places), right=right)
            if not len(places):
                outcome = replace(outcome, trouble="There is no such digit in this data set.")
        except DigitcnnError as error:
            outcome = replace(outcome, trouble=str(error))
        outcomes.append(outcome)
        tell(outcome)
    return outcomes


def load_material(data: str, run: Run, home: Path) -> Material:
    """The digits of a data set by name or file, with what is known of them.

    Of a set that the run has learned from, those that were held out.

    Raises:
        DigitcnnError: they are not on this machine, or can't be read.
    """
    if data == "handwriting":
        made = handwriting.written(handwriting.N_TEST, handwriting.TEST_SEED)
        return Material(made.digits, made.styles, made.strokes, tags_of(made.digits, home))
    if data == "mnist":
        path = mnist.find(home=home) or mnist.download(home)
        digits = mnist.load_part(path, "test")
    else:
        learned = set(recipes.dataset_parts(run.recipe.get("dataset", "")))
        parts = recipes.dataset_parts(joined.absolute(data))
        if any(part in learned and joined.is_divided_here(part) for part in parts):
            digits = joined.test_digits(joined.absolute(data), home)
        else:
            digits = joined.named(data, home).digits
    return Material(digits, None, None, tags_of(digits, home))


def tags_of(digits: Digits, home: Path) -> dict[int, tuple[str, ...]]:
    """Position → words that this home's correction sets have for it."""
    sets = correction_folder.sets(home)
    if not sets:
        return {}
    own = fingerprint(digits)
    tags: dict[int, tuple[str, ...]] = {}
    for found in sets:
        if found.of.fingerprint == own:
            for correction in found:
                tags[correction.index] = (*tags.get(correction.index, ()), *correction.tags)
    return tags


def _beside(folder: Path, expectation: Expectation) -> Expectation:
    parts = recipes.dataset_parts(expectation.slice.data)
    placed = [
        str(folder / Path(part).expanduser()) if recipes.is_file(part) else part for part in parts
    ]
    moved = replace(expectation.slice, data=recipes.JOIN.join(placed))
    return replace(expectation, slice=moved)


def _first(of: Material, n: int) -> Material:
    if n == len(of.digits):
        return of
    styles = None if of.styles is None else of.styles[:n]
    strokes = None if of.strokes is None else of.strokes[:n]
    return Material(of.digits[:n], styles, strokes, of.tags)


def _evaluation(run: Run, recognizer: Recognizer, digits: Digits, data: str) -> Evaluation:
    """What the run kept of these digits, or finds out now."""
    if run.card.dataset.fingerprint == fingerprint(digits):
        kept = run.evaluation()
        if np.array_equal(kept.labels, digits.labels):
            return kept
    return evaluate.evaluate(recognizer, digits, data)


def _changed(images: NDArray[np.uint8], wanted: Slice) -> NDArray[np.uint8]:
    changed = images
    if wanted.turned:
        either = [wanted.turned * (-1) ** i for i in range(len(images))]
        changed = np.stack(
            [
                distortions.turned(image, degrees)
                for image, degrees in zip(changed, either, strict=True)
            ]
        )
    if wanted.corrupted:
        corrupt = corruptions.CORRUPTIONS.get(wanted.corrupted)
        if corrupt is None:
            known = ", ".join(corruptions.CORRUPTIONS)
            raise WrongSlice(f"There is no corruption {wanted.corrupted}; there are {known}.")
        rng = np.random.default_rng([_SEED, wanted.strength])
        changed = np.stack([corrupt(image, wanted.strength, rng) for image in changed])
    return changed
