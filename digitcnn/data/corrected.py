"""Correction sets and the digits of a training: which set is of which digits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digitcnn.data.corrections import CorrectionSet, Of, OtherDataSet, WrongCorrections
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.data.joined import Halves, joined


@dataclass(frozen=True, eq=False)
class Corrections:
    """What the correction sets of a recipe say of the digits of a training.

    Attributes:
        asked: the sets, as they were named.
        training: for each data set what is said of its training digits; ``None`` for nothing.
        test: what is said of the test digits of all data sets, one after the other; a training
            learns nothing of it, and two runs can be compared by it. ``None`` for nothing.
    """

    asked: tuple[CorrectionSet, ...] = ()
    training: tuple[CorrectionSet | None, ...] = ()
    test: CorrectionSet | None = None

    @property
    def n_training(self) -> int:
        """How many training digits get another label or are left out."""
        return sum(one.n_changes for one in self.training if one is not None)


def assign(asked: Sequence[CorrectionSet], sets: Sequence[Halves]) -> Corrections:
    """Which correction set is of which digits.

    A set may be of a data set's training digits, of its test digits, of a whole file that is
    divided here, or of the test digits of all data sets together.

    Args:
        asked: correction sets.
        sets: the data sets of a training, divided.

    Raises:
        OtherDataSet: a set is of none of these digits.
        Contradiction: two sets say different things of the same digit.
        WrongCorrections: a digit had another label than a set says, or no set changes a training
            digit.
    """
    if not asked:
        return Corrections()
    training: list[CorrectionSet | None] = [None] * len(sets)
    test: CorrectionSet | None = None
    all_tests = joined([one.test for one in sets])
    of_tests = Of("test", "the test digits", fingerprint(all_tests), len(all_tests))
    places = _places(sets, of_tests)
    for wanted in asked:
        if wanted.of.fingerprint not in places:
            names = ", ".join(one.title for one in sets)
            raise OtherDataSet(
                f"“{wanted.name}” corrects {wanted.of.name}, other digits than this training’s "
                f"({names}). Name that data set, or leave the correction set out."
            )
        for place in places[wanted.of.fingerprint]:
            part = _moved(wanted, place)
            if place.number is None:
                test = part if test is None else test.merged(part)
            else:
                before = training[place.number]
                training[place.number] = part if before is None else before.merged(part)
    for one, found in zip(sets, training, strict=True):
        if found is not None:
            found.check(one.training)
    if test is not None:
        test.check(all_tests)
    corrections = Corrections(tuple(asked), tuple(training), test if test else None)
    if not corrections.n_training:
        raise WrongCorrections(
            f"“{asked[0].name}” changes no training digit, so the training would be the same as "
            "without it. Correct training digits; corrections of test digits count when two runs "
            "are compared."
        )
    return corrections


@dataclass(frozen=True, eq=False)
class _Place:
    """Where the digits of a correction set stand in a training.

    Attributes:
        of: the digits there.
        positions: int64 (n,), where each digit of the set is among them; -1 for those that are not.
        number: of the data set whose training digits these are; ``None`` for the test digits.
    """

    of: Of
    positions: NDArray[np.int64]
    number: int | None = None


def _places(sets: Sequence[Halves], of_tests: Of) -> dict[str, list[_Place]]:
    """By the fingerprint of a set's digits, where they stand."""
    found = {of_tests.fingerprint: [_Place(of_tests, np.arange(of_tests.n))]}
    offset = 0
    for number, one in enumerate(sets):
        among_tests = np.arange(offset, offset + len(one.test))
        offset += len(one.test)
        test_mark = fingerprint(one.test)
        found.setdefault(test_mark, [_Place(of_tests, among_tests)])
        if not len(one.training):
            continue
        name = f"the training digits of {one.title}"
        of = Of("training", name, fingerprint(one.training), len(one.training))
        found[of.fingerprint] = [_Place(of, np.arange(of.n), number)]
        whole = one.whole()
        if whole is not None and one.held_out is not None:
            found[fingerprint(whole)] = [
                _Place(of, _ranks(~one.held_out, np.arange(of.n)), number),
                _Place(of_tests, _ranks(one.held_out, among_tests)),
            ]
    return found


def _ranks(inside: NDArray[np.bool_], to: NDArray[np.int64]) -> NDArray[np.int64]:
    positions = np.full(len(inside), -1, np.int64)
    positions[inside] = to
    return positions


def _moved(wanted: CorrectionSet, place: _Place) -> CorrectionSet:
    """What a set says of the digits of one place, by their positions there."""
    if len(place.positions) != wanted.of.n:
        raise OtherDataSet(
            f"“{wanted.name}” is of {wanted.of.n:,} digits; {place.of.name} are "
            f"{len(place.positions):,}."
        )
    there = {
        int(place.positions[correction.index]): correction
        for correction in wanted
        if place.positions[correction.index] >= 0
    }
    moved = {index: replace(correction, index=index) for index, correction in there.items()}
    return CorrectionSet(wanted.name, place.of, moved)


def corrected(digits: Digits, by: CorrectionSet | None) -> tuple[Digits, NDArray[np.bool_]]:
    """The digits with their corrected labels, and which of them are not left out: bool (n,)."""
    if by is None:
        return digits, np.ones(len(digits), bool)
    labels, kept = by.applied(digits.labels)
    return Digits(digits.images, labels), kept
