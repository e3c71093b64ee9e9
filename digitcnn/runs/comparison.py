"""Whether a new run takes over: compared with the run in use on digits that neither has learned.

The trainer compares the two at the end of a training and leaves what came of it in the run's
folder; the pages and the commands tell it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from digitcnn.runs.card import ID_FORM, NAME_CHARS, DamagedRun
from digitcnn.runs.run import STARTER_ID, Run
from digitcnn.text import percent

FILENAME = "comparison.json"

_LIMIT_CHARS, _LIMIT_PARTS = 100_000, 10


@dataclass(frozen=True)
class Part:
    """Two runs on the same digits.

    Attributes:
        name: what digits they are, as it stands in a sentence.
        n: how many.
        correct: how many of them the new run reads correctly.
        before: how many of them the other one does.
        differ: how many of them exactly one of the two reads correctly.
    """

    name: str
    n: int
    correct: int
    before: int
    differ: int

    @property
    def is_as_good(self) -> bool:
        """Whether the new run reads as many, give or take what is chance.

        If two networks are equally good, each digit that only one of them reads correctly falls to
        either like a coin: the standard deviation of the difference is the square root of their
        number (as in McNemar's test). One such standard error is allowed for, no more: networks
        that are equally good then take over five times of six, and one that is worse by two of
        them, about 0.2 points on 4,000 digits, once in six.
        Source: the one-standard-error rule, Breiman et al. 1984, "Classification and Regression
        Trees".
        """
        return self.before - self.correct <= math.sqrt(self.differ)


@dataclass(frozen=True)
class Comparison:
    """A new run and the one that was in use when its training ended.

    Attributes:
        other: id of the run that was in use.
        other_name: its name for people.
        parts: what they were compared on.
        asked: whether the new one was to take over whatever came of it.
    """

    other: str
    other_name: str
    parts: tuple[Part, ...]
    asked: bool = False

    @property
    def is_as_good(self) -> bool:
        """Whether the new run is at least as good on everything."""
        return all(part.is_as_good for part in self.parts)

    @property
    def takes_over(self) -> bool:
        """Whether the new run is to be the one in use."""
        return self.asked or self.is_as_good

    @property
    def called(self) -> str:
        """The other run's name as it stands in a sentence."""
        return f"the {self.other_name}" if self.other == STARTER_ID else f"“{self.other_name}”"

    def in_words(self) -> str:
        """Which one is better, on what, and by how much: a sentence or two."""
        told = "; ".join(
            f"{percent(part.correct / part.n)} of {part.n:,} {part.name} correct, against "
            f"{percent(part.before / part.n)}"
            for part in self.parts
        )
        told = f"The new network reads {told}."
        worse = [part for part in self.parts if not part.is_as_good]
        if not worse:
            return told
        by = " and ".join(
            f"{(part.before - part.correct) / part.n * 100:.2f} points on {part.name}"
            for part in worse
        )
        return f"{told} So {self.called} is better by {by}: more than chance explains."

    def to_bytes(self) -> bytes:
        """The comparison as its file holds it."""
        return json.dumps(asdict(self)).encode()


def of_run(run: Run) -> Comparison | None:
    """What a run's trainer found when it compared it; ``None`` if it had nothing to compare with.

    Raises:
        DamagedRun: the file is not what a trainer writes.
    """
    if FILENAME not in run.card.files:
        return None
    content = run.content(FILENAME)
    try:
        if len(content) > _LIMIT_CHARS:
            raise ValueError("too long")
        return _comparison(json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedRun(f"{FILENAME} is not a comparison of two runs.") from error


def _comparison(entries: Mapping[str, Any]) -> Comparison:
    other, name, parts = entries["other"], entries["other_name"], entries["parts"]
    if not ID_FORM.fullmatch(other) or len(name) > NAME_CHARS or not name.isprintable():
        raise ValueError("no run's id and name")
    if not isinstance(parts, list) or len(parts) > _LIMIT_PARTS:
        raise ValueError("no list of parts")
    return Comparison(other, name, tuple(map(_part, parts)), entries["asked"] is True)


def _part(entries: Mapping[str, Any]) -> Part:
    part = Part(**entries)
    counts = (part.correct, part.before, part.differ)
    if any(type(count) is not int for count in (part.n, *counts)):
        raise ValueError("counts are whole numbers")
    if not 0 < part.n <= 10**9 or not all(0 <= count <= part.n for count in counts):
        raise ValueError("counts out of range")
    if not isinstance(part.name, str) or len(part.name) > NAME_CHARS or not part.name.isprintable():
        raise ValueError("no name")
    return part
