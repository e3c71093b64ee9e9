"""Expectations: the least accuracy on slices of digits; a JSON file of them.

Version 1::

    {"format": "digitcnn expectations", "version": 1, "name": "digits",
     "expectations": [
       {"slice": {"name": "crossed sevens", "data": "handwriting", "labels": [7],
                  "styles": ["crossed seven", "round crossed seven"]}, "at_least": 0.99}]}

``at_least`` is the share of the slice's digits, 0 to 1, that must be read correctly.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import slices
from digitcnn.evaluation.slices import Slice, WrongSlice

FORMAT, VERSION = "digitcnn expectations", 1
MAX_BYTES, MAX_EXPECTATIONS = 2_000_000, 200


class WrongExpectations(DigitcnnError):
    """A file that holds no expectations."""


@dataclass(frozen=True)
class Expectation:
    """The least accuracy expected on a slice.

    Attributes:
        slice: which digits.
        at_least: the least share of them, 0 to 1, that must be read correctly.
    """

    slice: Slice
    at_least: float

    def to_dict(self) -> dict[str, Any]:
        """The expectation as JSON has it."""
        return {"slice": self.slice.to_dict(), "at_least": self.at_least}


@dataclass(frozen=True)
class Expectations:
    """A named list of expectations."""

    name: str
    all: tuple[Expectation, ...]

    def to_json(self) -> bytes:
        """The file."""
        entries = [expectation.to_dict() for expectation in self.all]
        content = {"format": FORMAT, "version": VERSION, "name": self.name, "expectations": entries}
        return json.dumps(content, indent=1, ensure_ascii=False).encode()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of what is expected; the name makes no difference."""
        entries = [expectation.to_dict() for expectation in self.all]
        return hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """The outcome of an expectation.

    Attributes:
        name: its slice's.
        words: the slice's conditions.
        at_least: what was expected, 0 to 1.
        n: digits of the slice.
        right: how many of them are read correctly.
        trouble: why it could not be measured, as a sentence; empty if it was.
    """

    name: str
    words: str
    at_least: float
    n: int = 0
    right: int = 0
    trouble: str = ""

    @property
    def accuracy(self) -> float:
        """Share read correctly; NaN of no digits."""
        return self.right / self.n if self.n else math.nan

    @property
    def holds(self) -> bool:
        """Whether it was measured and holds."""
        return not self.trouble and self.n > 0 and self.right >= self.at_least * self.n - 1e-9

    def to_dict(self) -> dict[str, Any]:
        """Figures by name, for ``--json`` and for keeping."""
        return {
            "name": self.name,
            "words": self.words,
            "at_least": self.at_least,
            "n": self.n,
            "right": self.right,
            "accuracy": self.accuracy if self.n else None,
            "holds": self.holds,
            "trouble": self.trouble,
        }


def counted(outcomes: Iterable[Outcome]) -> tuple[int, int]:
    """How many expectations hold, of how many."""
    held = [outcome.holds for outcome in outcomes]
    return sum(held), len(held)


def read(data: bytes) -> Expectations:
    """The expectations in a file's bytes.

    Raises:
        WrongExpectations: they are none, of a newer version, too many, or one makes no sense.
    """
    if len(data) > MAX_BYTES:
        raise WrongExpectations(f"A file of expectations may have at most {MAX_BYTES // 10**6} MB.")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WrongExpectations(f"The expectations are not JSON ({error}).") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise WrongExpectations(f'This is no file of expectations: its "format" is not "{FORMAT}".')
    if content.get("version") != VERSION:
        raise WrongExpectations(
            "These expectations are of another version of the program; this one reads version "
            f"{VERSION}."
        )
    name, entries = content.get("name", "expectations"), content.get("expectations")
    if not isinstance(name, str) or not 0 < len(name) <= slices.NAME_CHARS:
        raise WrongExpectations(f"Their name must have 1 to {slices.NAME_CHARS} characters.")
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_EXPECTATIONS:
        raise WrongExpectations(f"There must be 1 to {MAX_EXPECTATIONS} expectations in the file.")
    return Expectations(name, tuple(_one(number, entry) for number, entry in enumerate(entries, 1)))


def _one(number: int, entry: Any) -> Expectation:
    if not isinstance(entry, dict) or set(entry) != {"slice", "at_least"}:
        raise WrongExpectations(
            f'Expectation {number} must have "slice" and "at_least", and nothing else.'
        )
    try:
        wanted = slices.read(entry["slice"])
    except WrongSlice as error:
        raise WrongExpectations(f"Expectation {number}: {error}") from error
    at_least = entry["at_least"]
    is_number = isinstance(at_least, int | float) and not isinstance(at_least, bool)
    if not is_number or not 0 <= at_least <= 1:
        raise WrongExpectations(
            f'Expectation {number}, “{wanted.name}”: "at_least" must be a share, 0 to 1.'
        )
    return Expectation(wanted, float(at_least))
