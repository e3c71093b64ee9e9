"""Correction sets: what somebody who looked at a data set's digits said of their labels.

One JSON file each, version 1; it never holds the data itself::

    {"format": "digitcnn corrections", "version": 1, "name": "doubtful sevens",
     "dataset": {"key": "mnist", "name": "MNIST’s 10,000 test digits", "n": 10000,
                 "fingerprint": "<SHA-256 of the images' bytes and the labels'>"},
     "corrections": [
       {"index": 2654, "kind": "label", "was": 6, "is": 1, "tags": ["broken stroke"],
        "rule": "by hand", "when": "2026-11-26T08:30:00+00:00"}]}

Each digit stands there once: its position in the data set, the label that it had, and what was
found: ``right`` (the label stays), ``label`` (it is a ``is``), ``leave out``, or ``tag`` (nothing
but words about it). Tags go with any of them. ``rule`` says how it was decided: by hand, or for
all digits of a selection at once. Whatever else a file holds is passed over.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.models.networks import N_CLASSES

FORMAT, VERSION = "digitcnn corrections", 1
MAX_CORRECTIONS = 20_000
MAX_BYTES = 8_000_000  # of a file
MAX_TAGS = 20  # of one digit
TAG_CHARS, NAME_CHARS, TEXT_CHARS = 40, 60, 200
BY_HAND = "by hand"

# First of those that are offered; free words are taken as well.
SUGGESTED_TAGS = (
    "ambiguous",
    "badly written",
    "broken stroke",
    "cut off",
    "smudged",
    "unusual style",
    "not a digit",
)

Kind = Literal["right", "label", "leave out", "tag"]
Prefer = Literal["first", "last", "newest"]

_NAME = re.compile(r"[^\W_][\w -]*")  # no dot and no slash: never a path, and no +, which joins
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_MOST_DIGITS = 10**8  # of a data set
_NAMED = 3  # digits that a sentence names


class WrongCorrections(DigitcnnError):
    """A file that holds no correction set, or a correction that can't be kept."""


class OtherDataSet(WrongCorrections):
    """A correction set of other digits than those that it is to be applied to."""


class Contradiction(WrongCorrections):
    """Two corrections that say different things of the same digit."""


@dataclass(frozen=True)
class Of:
    """The data set that is corrected.

    Attributes:
        key: its name in addresses.
        name: its name for people.
        fingerprint: of its digits with the labels that they came with; see
            :func:`digitcnn.data.digits.fingerprint`.
        n: how many digits it has.
    """

    key: str
    name: str
    fingerprint: str
    n: int


@dataclass(frozen=True)
class Correction:
    """What was found of one digit.

    Attributes:
        index: its position in the data set.
        kind: what was found.
        was: the label that it had, 0 to 9.
        to: the label that it is to have, where ``kind`` is ``label``; else ``None``.
        tags: words about it.
        rule: how it was decided, for people.
        when: ISO 8601.
    """

    index: int
    kind: Kind
    was: int
    to: int | None = None
    tags: tuple[str, ...] = ()
    rule: str = BY_HAND
    when: str = ""

    def agrees(self, other: "Correction") -> bool:
        """Whether both leave the digit with the same label; tags don't contradict each other."""
        if "tag" in (self.kind, other.kind):
            return True
        return (self.kind, self.to) == (other.kind, other.to)

    def joined(self, other: "Correction") -> "Correction":
        """This one with the other's tags; of two that agree."""
        decided = other if self.kind == "tag" else self
        return replace(decided, tags=tuple(dict.fromkeys((*self.tags, *other.tags)))[:MAX_TAGS])

    def in_words(self) -> str:
        """What was found: "6, in truth a 1", "left out" …"""
        found = {
            "right": f"{self.was} is right",
            "label": f"{self.was}, in truth {_a(self.to)}",
            "leave out": "left out",
            "tag": "",
        }[self.kind]
        return ": ".join(part for part in (found, ", ".join(self.tags)) if part)

    def to_dict(self) -> dict[str, Any]:
        """The correction as it stands in the file."""
        entry: dict[str, Any] = {"index": self.index, "kind": self.kind, "was": self.was}
        if self.to is not None:
            entry["is"] = self.to
        if self.tags:
            entry["tags"] = list(self.tags)
        return {**entry, "rule": self.rule, "when": self.when}


@dataclass(frozen=True, eq=False)
class CorrectionSet:
    """Corrections of one data set under a name; it never changes, others are made.

    Attributes:
        name: for people, commands, and the file.
        of: the data set.
        corrections: by position in the data set.
    """

    name: str
    of: Of
    corrections: Mapping[int, Correction]

    def __len__(self) -> int:
        return len(self.corrections)

    def __iter__(self) -> Iterator[Correction]:
        return iter(sorted(self.corrections.values(), key=lambda correction: correction.index))

    @property
    def n_relabelled(self) -> int:
        """How many digits get another label."""
        return self._count("label")

    @property
    def n_left_out(self) -> int:
        """How many digits are left out."""
        return self._count("leave out")

    @property
    def n_right(self) -> int:
        """How many labels were found right."""
        return self._count("right")

    @property
    def n_changes(self) -> int:
        """How many digits a training or an evaluation takes otherwise than they came."""
        return self.n_relabelled + self.n_left_out

    def tags(self) -> tuple[str, ...]:
        """The tags that occur, the most frequent first."""
        counts: dict[str, int] = {}
        for correction in self.corrections.values():
            for tag in correction.tags:
                counts[tag] = counts.get(tag, 0) + 1
        return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of what is corrected and how; not of the set's name."""
        entries = [self.of.fingerprint, *(correction.to_dict() for correction in self)]
        return hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()

    def in_words(self) -> str:
        """How many corrections of which kind: "37 corrections: 30 relabelled, 7 left out"."""
        n = len(self)
        kinds = (
            (self.n_relabelled, "relabelled"),
            (self.n_left_out, "left out"),
            (self.n_right, "found right"),
            (self._count("tag"), "tagged only"),
        )
        told = ", ".join(f"{count:,} {what}" for count, what in kinds if count)
        counted = "1 correction" if n == 1 else f"{n:,} corrections"
        return f"{counted}: {told}" if told else counted

    def with_these(self, corrections: Iterable[Correction]) -> "CorrectionSet":
        """With these in place of what was said of the same digits.

        Raises:
            WrongCorrections: an index is out of range, or there would be too many.
        """
        added = {correction.index: correction for correction in corrections}
        for index in added:
            _check_index(index, self.of)
        kept = {**self.corrections, **added}
        if len(kept) > MAX_CORRECTIONS:
            raise WrongCorrections(
                f"A correction set holds at most {MAX_CORRECTIONS:,} digits; start another one."
            )
        return replace(self, corrections=kept)

    def without(self, indices: Iterable[int]) -> "CorrectionSet":
        """Without what was said of these digits."""
        gone = set(indices)
        kept = {index: one for index, one in self.corrections.items() if index not in gone}
        return replace(self, corrections=kept)

    def renamed(self, name: str) -> "CorrectionSet":
        """Under another name; see :func:`proper_name` for errors."""
        return replace(self, name=proper_name(name))

    def merged(self, other: "CorrectionSet", prefer: Prefer | None = None) -> "CorrectionSet":
        """With the corrections of another set of the same digits, under this one's name.

        Args:
            other: the other set.
            prefer: which one counts where they contradict each other; ``None`` refuses.

        Raises:
            OtherDataSet: it is of other digits.
            Contradiction: they contradict each other and nothing is preferred.
        """
        if other.of.fingerprint != self.of.fingerprint:
            raise OtherDataSet(
                f"“{self.name}” corrects {self.of.name}, and “{other.name}” {other.of.name}: "
                "sets of different digits can't be merged."
            )
        kept, against = dict(self.corrections), []
        for correction in other:
            own = kept.get(correction.index)
            if own is None:
                kept[correction.index] = correction
            elif own.agrees(correction):
                kept[correction.index] = own.joined(correction)
            elif prefer is None:
                against.append((own, correction))
            else:
                last = prefer == "last" or (prefer == "newest" and _newer(correction, own))
                kept[correction.index] = correction if last else own
        if against:
            raise Contradiction(_told(self.name, other.name, against))
        return replace(self, corrections={}).with_these(kept.values())

    def check(self, digits: Digits) -> None:
        """Makes sure that the set is of these digits.

        Raises:
            OtherDataSet: it is not.
            WrongCorrections: a digit had another label than the set says.
        """
        if fingerprint(digits) != self.of.fingerprint:
            raise OtherDataSet(
                f"“{self.name}” corrects other digits than these: {self.of.name}. Choose that "
                "data set, or another correction set."
            )
        self.applied(digits.labels)

    def applied(self, labels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Bools]:
        """The labels as corrected, uint8 (n,), and which digits are not left out: bool (n,).

        Args:
            labels: uint8 (n,), as the data set has them.

        Raises:
            WrongCorrections: there are more or fewer of them than the set is of, or one is not
                what the set says it was.
        """
        if len(labels) != self.of.n:
            raise OtherDataSet(
                f"“{self.name}” is of {self.of.n:,} digits; here are {len(labels):,}."
            )
        corrected, kept = labels.copy(), np.ones(len(labels), bool)
        for correction in self.corrections.values():
            if labels[correction.index] != correction.was:
                raise WrongCorrections(
                    f"“{self.name}” says that digit {correction.index:,} was labelled "
                    f"{correction.was}; it is labelled {labels[correction.index]}."
                )
            if correction.to is not None:
                corrected[correction.index] = correction.to
            kept[correction.index] = correction.kind != "leave out"
        return corrected, kept

    def to_dict(self) -> dict[str, Any]:
        """The set as JSON can hold it."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "dataset": {
                "key": self.of.key,
                "name": self.of.name,
                "n": self.of.n,
                "fingerprint": self.of.fingerprint,
            },
            "corrections": [correction.to_dict() for correction in self],
        }

    def to_json(self) -> bytes:
        """The set as a file, a correction a line."""
        told = self.to_dict()
        rows = ",\n".join(
            f"  {json.dumps(row, ensure_ascii=False)}" for row in told.pop("corrections")
        )
        head = json.dumps(told, ensure_ascii=False)
        return f'{head[:-1]}, "corrections": [\n{rows}\n]}}\n'.encode()

    def _count(self, kind: Kind) -> int:
        return sum(correction.kind == kind for correction in self.corrections.values())


def now() -> str:
    """This moment as corrections keep it: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def proper_name(name: str) -> str:
    """A set's name without spaces around it.

    Raises:
        WrongCorrections: it is empty, too long, or has characters that no file's name should have.
    """
    name = " ".join(name.split())
    if len(name) > NAME_CHARS or not _NAME.fullmatch(name):
        raise WrongCorrections(
            f"A correction set's name has 1 to {NAME_CHARS} letters, digits, spaces, - and _, and "
            "starts with a letter or digit."
        )
    return name


def proper_tag(tag: Any) -> str:
    """A tag without spaces around it.

    Raises:
        WrongCorrections: it is empty, too long, or not to be shown.
    """
    text = " ".join(tag.split()) if isinstance(tag, str) else ""
    if not text or len(text) > TAG_CHARS or not text.isprintable():
        raise WrongCorrections(f"A tag is a word or a few, with at most {TAG_CHARS} characters.")
    return text


def read(data: bytes) -> CorrectionSet:
    """The correction set in a file's bytes.

    Raises:
        WrongCorrections: the file is too large, no JSON, or not of the form above.
        Contradiction: it says different things of one digit.
    """
    if len(data) > MAX_BYTES:
        raise WrongCorrections(
            f"The file has more than {MAX_BYTES // 1_000_000} MB; no correction set is as large."
        )
    # As many objects and lists as the largest set has: others would take memory and no more.
    if data.count(b"{") + data.count(b"[") > 2 * MAX_CORRECTIONS + 3:
        raise WrongCorrections(f"The file has more than {MAX_CORRECTIONS:,} corrections.")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WrongCorrections(
            "The file is no JSON; choose a correction set that was downloaded here."
        ) from error
    return read_entries(content)


def read_entries(content: Any) -> CorrectionSet:
    """The correction set that :meth:`CorrectionSet.to_dict` gave; errors are those of read."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise WrongCorrections(
            "The file is no correction set; choose one that was downloaded from Explore."
        )
    if content.get("version") != VERSION or type(content.get("version")) is not int:
        raise WrongCorrections(
            f"The file is of another version of the form; this program reads version {VERSION}."
        )
    name = content.get("name")
    name = proper_name(name if isinstance(name, str) else "")
    of, rows = _of(content.get("dataset")), content.get("corrections")
    if not isinstance(rows, list) or len(rows) > MAX_CORRECTIONS:
        raise WrongCorrections(f"It must have a list of at most {MAX_CORRECTIONS:,} corrections.")
    found: dict[int, Correction] = {}
    against = []
    for number, row in enumerate(rows, 1):
        try:
            correction = _correction(row, of)
        except WrongCorrections as error:
            raise WrongCorrections(f"Correction {number:,} is wrong. {error}") from error
        own = found.get(correction.index)
        if own is not None and not (own.agrees(correction) and own.was == correction.was):
            against.append((own, correction))
        found[correction.index] = correction if own is None else own.joined(correction)
    if against:
        raise Contradiction(_told(name, "", against))
    return CorrectionSet(name, of, found)


def _of(entries: Any) -> Of:
    told = entries if isinstance(entries, dict) else {}
    key, name, mark, n = (told.get(entry) for entry in ("key", "name", "fingerprint", "n"))
    if not isinstance(mark, str) or not _FINGERPRINT.fullmatch(mark):
        raise WrongCorrections("It does not say which data set it corrects: by its fingerprint.")
    if type(n) is not int or not 0 < n <= _MOST_DIGITS:
        raise WrongCorrections("It does not say how many digits its data set has.")
    return Of(_text(key, "the data set's key"), _text(name, "the data set's name"), mark, n)


def _correction(row: Any, of: Of) -> Correction:
    if not isinstance(row, dict):
        raise WrongCorrections("It must be an object.")
    kinds: dict[Any, Kind] = {kind: kind for kind in get_args(Kind)}
    told, tags, to = row.get("kind"), row.get("tags", []), row.get("is")
    kind = kinds.get(told) if isinstance(told, str) else None
    if kind is None:
        raise WrongCorrections(f"Its kind must be one of {', '.join(get_args(Kind))}.")
    if not isinstance(tags, list) or len(tags) > MAX_TAGS:
        raise WrongCorrections(f"Its tags must be a list of at most {MAX_TAGS}.")
    if type(row.get("index")) is not int:
        raise WrongCorrections("Its index must be a whole number: a position in the data set.")
    _check_index(row["index"], of)
    was = _label(row.get("was"), "was")
    if kind == "label":
        to = _label(to, "is")
        if to == was:
            raise WrongCorrections("A digit whose label stays is right; it needs no other label.")
    elif to is not None:
        raise WrongCorrections(f"Only a digit of the kind label is something else, not {kind}.")
    words = tuple(dict.fromkeys(map(proper_tag, tags)))
    if kind == "tag" and not words:
        raise WrongCorrections("A digit of the kind tag must have a tag.")
    rule, when = _text(row.get("rule", BY_HAND), "its rule"), _moment(row.get("when", ""))
    return Correction(row["index"], kind, was, to, words, rule, when)


def _check_index(index: int, of: Of) -> None:
    if not 0 <= index < of.n:
        raise WrongCorrections(
            f"There is no digit {index:,} in {of.name}: positions go from 0 to {of.n - 1:,}."
        )


def _label(value: Any, name: str) -> int:
    if type(value) is not int or not 0 <= value < N_CLASSES:
        raise WrongCorrections(f"What it {name} must be a digit from 0 to 9.")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or len(value) > TEXT_CHARS or not value.isprintable():
        raise WrongCorrections(f"{what.capitalize()} must be a text of one line.")
    return value


def _moment(value: Any) -> str:
    if value == "":
        return ""
    try:
        return datetime.fromisoformat(_text(value, "its time")).isoformat(timespec="seconds")
    except ValueError as error:
        raise WrongCorrections("Its time must be a date and time as in ISO 8601.") from error


def _newer(one: Correction, other: Correction) -> bool:
    """Whether one was made after the other; what has no time is the oldest."""

    def at(correction: Correction) -> float:
        when = datetime.fromisoformat(correction.when) if correction.when else None
        if when is None:
            return float("-inf")
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()

    return at(one) > at(other)


def _told(name: str, other: str, against: Sequence[tuple[Correction, Correction]]) -> str:
    """Which digits are contradicted, as a sentence or two."""
    shown = "; ".join(
        f"digit {one.index:,} ({one.in_words()} / {two.in_words()})"
        for one, two in against[:_NAMED]
    )
    more = f"; and {len(against) - _NAMED:,} more" if len(against) > _NAMED else ""
    who = (
        f"“{name}” and “{other}” contradict each other" if other else f"“{name}” contradicts itself"
    )
    what = "Choose which one counts" if other else "Settle each digit once"
    return f"{who} on {shown}{more}. {what}."


def _a(digit: int | None) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"
