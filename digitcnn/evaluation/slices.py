"""Slices: named subsets of a data set's digits, defined by conditions.

A slice says by conditions which digits it holds: all of them must be met. It is kept and passed on
as JSON, and never holds a picture::

    {"name": "crossed sevens", "data": "handwriting", "labels": [7],
     "styles": ["crossed seven", "round crossed seven"]}

Conditions on what a network says, ``predicted`` and ``certainty``, choose other digits for another
run; all others choose the same for every run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.neighbours import nearest, unit_rows
from digitcnn.models.networks import N_CLASSES

NAME_CHARS, WORD_CHARS = 60, 200
MAX_DIGITS = 10_000  # that a slice may list one by one
_MAX_WORDS = 100
_INKED = 64  # from this grey level on a pixel counts for a digit's width and height
_N_NEIGHBOURS = 10
_NAMED = 2  # words that a line names

Range = tuple[float, float]
"""From, to; both included."""


class WrongSlice(DigitcnnError):
    """Not a slice, or one that can't be applied to these digits."""


@dataclass(frozen=True)
class Slice:
    """Which digits; of conditions that are empty or ``None`` nothing is asked.

    Attributes:
        name: for people, up to 60 characters.
        data: the data set, by name or file.
        labels: true digits, one of which it must have.
        predicted: what the network must read, one of these.
        certainty: probability of what is read, 0 to 1.
        tags: words of correction sets, one of which it must have.
        styles: of synthetic handwriting, one of these.
        strokes: how many the pen made, where that is known.
        ink: mean darkness of the digit image, 0 to 1.
        aspect: width of what is inked divided by its height.
        agreement: share of the ten digits most alike to the network that have the same label.
        digits: positions in the data set, one by one.
        turned: degrees by which each digit is turned before it is read, in turn either way.
        corrupted: name of a corruption, as MNIST-C has them, that each digit gets before.
        strength: of the corruption, 1 to 5.
        first: only so many of the data set's first digits; 0 for all.
    """

    name: str
    data: str = "mnist"
    labels: tuple[int, ...] = ()
    predicted: tuple[int, ...] = ()
    certainty: Range | None = None
    tags: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    strokes: Range | None = None
    ink: Range | None = None
    aspect: Range | None = None
    agreement: Range | None = None
    digits: tuple[int, ...] = ()
    turned: float = 0.0
    corrupted: str = ""
    strength: int = 0
    first: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether its digits are rotated or corrupted before they are read."""
        return bool(self.turned or self.corrupted)

    def to_dict(self) -> dict[str, Any]:
        """The slice as JSON has it: name, data set, and the conditions that it makes."""
        usual = Slice(self.name)
        entry: dict[str, Any] = {"name": self.name, "data": self.data}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name not in entry and value != getattr(usual, item.name):
                entry[item.name] = list(value) if isinstance(value, tuple) else value
        return entry

    def in_words(self) -> str:
        """The conditions in a line: ``digit 7, style crossed seven, of handwriting``."""
        said = []
        if self.labels:
            said.append("digit " + " or ".join(map(str, self.labels)))
        if self.predicted:
            said.append("read as " + " or ".join(map(str, self.predicted)))
        if self.certainty:
            low, high = self.certainty
            said.append(f"certainty {low * 100:g} to {high * 100:g}%")
        for what, words in (("style", self.styles), ("tagged", self.tags)):
            if words:
                more = f" or one of {len(words) - _NAMED} more" if len(words) > _NAMED else ""
                said.append(f"{what} {' or '.join(words[:_NAMED])}{more}")
        for what, range_ in (
            ("strokes", self.strokes), ("ink", self.ink), ("width to height", self.aspect),
            ("neighbours’ agreement", self.agreement),
        ):  # fmt: skip
            if range_:
                said.append(f"{what} {range_[0]:g} to {range_[1]:g}")
        if self.digits:
            n = len(self.digits)
            said.append("1 chosen digit" if n == 1 else f"{n:,} chosen digits")
        if self.turned:
            said.append(f"turned {self.turned:g}°")
        if self.corrupted:
            said.append(f"{self.corrupted.replace('_', ' ')}, strength {self.strength}")
        if self.first:
            said.append(f"the first {self.first:,}")
        return f"{', '.join(said) or 'all digits'} of {self.data}"


@dataclass(frozen=True, eq=False)
class Traits:
    """What is known of digits besides what a network says; ``None`` of what is not known.

    Attributes:
        ink: float32 (n,), mean darkness, 0 to 1.
        aspect: float32 (n,), width divided by height; 0 of an empty picture.
        styles: (n,) names of the ways of writing.
        strokes: uint8 (n,), how many the pen made.
        tags: position → words of correction sets; positions without any may be missing.
        agreement: float32 (n,), 0 to 1.
    """

    ink: NDArray[np.float32] | None = None
    aspect: NDArray[np.float32] | None = None
    styles: Sequence[str] | None = None
    strokes: NDArray[np.uint8] | None = None
    tags: Mapping[int, Sequence[str]] = field(default_factory=dict)
    agreement: NDArray[np.float32] | None = None


def ink(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean darkness, 0 to 1, of digit images, uint8 (n, 28, 28): float32 (n,)."""
    means: NDArray[np.float32] = images.mean(axis=(1, 2), dtype=np.float32) / np.float32(255)
    return means


def aspect(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Width divided by height of what is inked in digit images, uint8 (n, 28, 28): float32 (n,)."""
    spans = []
    for across in (1, 2):  # columns that hold ink, then rows
        darkest: NDArray[np.uint8] = images.max(axis=across)
        has = darkest >= _INKED
        last = has.shape[1] - has[:, ::-1].argmax(axis=1)
        spans.append(np.where(has.any(axis=1), last - has.argmax(axis=1), 0).astype(np.float32))
    width, height = spans
    return np.divide(width, height, out=np.zeros_like(width), where=height > 0)


def agreement(evaluation: Evaluation) -> NDArray[np.float32] | None:
    """Share of each digit's ten neighbours that have its label: float32 (n,).

    Neighbours are nearest in the network's last layer; ``None`` where that was not kept. Ten
    thousand digits take some seconds.
    """
    k = min(_N_NEIGHBOURS, len(evaluation) - 1)
    if evaluation.embeddings is None or k < 1:
        return None
    directions = unit_rows(evaluation.embeddings)
    indices, _ = nearest(directions, directions, k, itself=np.arange(len(evaluation)))
    shares: NDArray[np.float64] = (evaluation.labels[indices] == evaluation.labels[:, None]).mean(
        axis=1
    )
    return shares.astype(np.float32)


def members(wanted: Slice, evaluation: Evaluation, traits: Traits) -> NDArray[np.int64]:
    """Positions of the digits that a slice holds: int64, rising.

    Args:
        wanted: the slice.
        evaluation: a run's, on the slice's data set.
        traits: what else is known of its digits.

    Raises:
        WrongSlice: it asks for what is not known of these digits, or names digits that there are
            not.
    """
    n = len(evaluation)
    inside = np.ones(n, bool)
    if wanted.labels:
        inside &= np.isin(evaluation.labels, wanted.labels)
    if wanted.predicted:
        inside &= np.isin(evaluation.predicted, wanted.predicted)
    for range_, values, what in (
        (wanted.certainty, evaluation.confidences, "certainty"),
        (wanted.ink, traits.ink, "ink"),
        (wanted.aspect, traits.aspect, "aspect"),
        (wanted.strokes, traits.strokes, "strokes"),
        (wanted.agreement, traits.agreement, "neighbours’ agreement"),
    ):
        if range_ is not None:
            inside &= _within(range_, values, what, wanted.name)
    if wanted.styles:
        if traits.styles is None:
            raise _unknown("styles", wanted.name)
        inside &= np.isin(np.asarray(traits.styles), wanted.styles)
    if wanted.tags:
        asked = set(wanted.tags)
        tagged = [place for place, words in traits.tags.items() if asked & set(words)]
        inside &= np.isin(np.arange(n), tagged)
    if wanted.digits:
        if max(wanted.digits) >= n:
            raise WrongSlice(
                f"“{wanted.name}” names digit {max(wanted.digits):,}; the data set has {n:,}. "
                "Save it again from its own data set."
            )
        inside &= np.isin(np.arange(n), wanted.digits)
    if wanted.first:
        inside[wanted.first :] = False
    return np.flatnonzero(inside)


def _within(range_: Range, values: np.ndarray | None, what: str, name: str) -> Bools:
    if values is None:
        raise _unknown(what, name)
    low, high = range_
    # What is kept in half or single precision must not fall out by its last bit.
    found: Bools = (values >= low - 1e-6) & (values <= high + 1e-6)
    return found


def _unknown(what: str, name: str) -> WrongSlice:
    return WrongSlice(
        f"“{name}” asks for {what}, which is not known of these digits. Choose another data set "
        "for it, or leave the condition out."
    )


def read(entry: Any) -> Slice:
    """The slice that :meth:`Slice.to_dict` wrote, or that somebody wrote by hand.

    Raises:
        WrongSlice: an entry is unknown, or of a kind or range that makes no sense.
    """
    if not isinstance(entry, dict):
        raise WrongSlice("A slice must be an object with a name.")
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_CHARS:
        raise WrongSlice(f"A slice needs a name of 1 to {NAME_CHARS} characters.")
    unknown = sorted(str(key)[:40] for key in set(entry) - set(_READ) - {"name"})
    if unknown:
        known = ", ".join(_READ)
        raise WrongSlice(f"“{name}” has an unknown entry, {unknown[0]}; there are: name, {known}.")
    values: dict[str, Any] = {"name": name.strip()}
    for key, value in entry.items():
        if key != "name":
            try:
                values[key] = _READ[key](value)
            except (ValueError, TypeError, OverflowError) as error:
                raise WrongSlice(f"“{name}”: {key} must be {_EXPECTED[key]}.") from error
    found = Slice(**values)
    if bool(found.corrupted) != bool(found.strength):
        raise WrongSlice(f"“{name}”: corruption and strength (1 to 5) go together.")
    return found


def _number(value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(value)
    return float(value)


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(value)
    return value


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise ValueError(value)
    return value


def _text(value: Any, most: int = WORD_CHARS) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise ValueError(value)
    return value


def _labels(value: Any) -> tuple[int, ...]:
    found = {_whole(digit, 0, N_CLASSES - 1) for digit in _list(value, N_CLASSES)}
    return tuple(sorted(found))


def _words(value: Any) -> tuple[str, ...]:
    return tuple(_text(word) for word in _list(value, _MAX_WORDS))


def _range(value: Any, most: float) -> Range:
    low, high = (_number(end, 0, most) for end in _list(value, 2))
    if low > high:
        raise ValueError(value)
    return low, high


def _positions(value: Any) -> tuple[int, ...]:
    return tuple(sorted({_whole(place, 0, 10**8) for place in _list(value, MAX_DIGITS)}))


_READ: dict[str, Callable[[Any], Any]] = {
    "data": _text,
    "labels": _labels,
    "predicted": _labels,
    "certainty": lambda value: _range(value, 1),
    "tags": _words,
    "styles": _words,
    "strokes": lambda value: _range(value, 100),
    "ink": lambda value: _range(value, 1),
    "aspect": lambda value: _range(value, 28),
    "agreement": lambda value: _range(value, 1),
    "digits": _positions,
    "turned": lambda value: _number(value, -180, 180),
    "corrupted": _text,
    "strength": lambda value: _whole(value, 1, 5),
    "first": lambda value: _whole(value, 1, 10**8),
}
_OF_ONE = "two numbers of 0 to 1, the lower first"
_EXPECTED = {
    "data": "a data set’s name or file",
    "labels": "a list of digits, 0 to 9",
    "predicted": "a list of digits, 0 to 9",
    "certainty": _OF_ONE,
    "tags": "a list of words",
    "styles": "a list of styles’ names",
    "strokes": "two numbers, the lower first",
    "ink": _OF_ONE,
    "aspect": "two numbers of 0 to 28, the lower first",
    "agreement": _OF_ONE,
    "digits": f"a list of 1 to {MAX_DIGITS:,} positions in the data set, from 0",
    "turned": "degrees, -180 to 180",
    "corrupted": "a corruption’s name",
    "strength": "1 to 5",
    "first": "a number of digits",
}
