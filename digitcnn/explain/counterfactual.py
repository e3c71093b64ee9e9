"""Digit image → the smallest change found that makes the network read another digit.

Either ink is removed, whole strokes or small cells of it, or a line from a small fixed set is
added. Greedily, what helps most first, until the label flips; then whatever turns out not to be
needed is taken back.

Source: Wachter et al. 2018, "Counterfactual explanations without opening the black box".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from digitcnn.explain.occlusion import Logits

LeftOut = tuple[tuple[int, ...], NDArray[np.uint8]]
"""The numbers of the strokes left out, from 0, and the digit image of what remains."""

CELL_PX = 3
MOST_CELLS, MOST_LINES, MOST_STROKES = 12, 2, 3

# Lines by the box around the ink: (left, top) is (0, 0), (right, bottom) is (1, 1).
LINES: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "a bar on top": ((0, 0), (1, 0)),
    "a bar in the middle": ((0, 0.5), (1, 0.5)),
    "a foot": ((0, 1), (1, 1)),
    "a flag": ((0.5, 0), (0, 0.25)),
    "a slash": ((0, 1), (1, 0)),
    "a line that closes the upper left": ((0, 0), (0, 0.5)),
    "a line that closes the lower left": ((0, 0.5), (0, 1)),
    "a line that closes the upper right": ((1, 0), (1, 0.5)),
    "a line that closes the lower right": ((1, 0.5), (1, 1)),
    "a short bar across": ((0.25, 0.5), (0.75, 0.5)),
    "a line down the middle": ((0.5, 0), (0.5, 1)),
}
_NARROW_PX = 8  # a narrower digit's lines reach out to this width


@dataclass(frozen=True, eq=False)
class Change:
    """A change that makes the network read another digit.

    Attributes:
        kind: ``"strokes"``, ``"cells"`` or ``"lines"``.
        label: what it reads then.
        image: uint8 (28, 28), what it sees then.
        parts: how many strokes, cells or lines.
        names: of the lines, or of the strokes ("stroke 2"); empty for cells.
        pixels: how many pixels differ by more than a shade; 0 for strokes, where what is left is
            scaled and centred anew.
    """

    kind: str
    label: int
    image: NDArray[np.uint8]
    parts: int
    names: tuple[str, ...]
    pixels: int


def changes(
    digit_image: NDArray[np.uint8],
    logits: Logits,
    target: int | None = None,
    confirm: Logits | None = None,
    without: Sequence[LeftOut] = (),
) -> list[Change]:
    """The least changes that flip the label, one of each kind at most, the smallest first.

    Args:
        digit_image: uint8 (28, 28), 0 paper, 255 ink.
        logits: the network.
        target: the digit that it should be read as; by default any other than now.
        confirm: what has the last word on whether the label has flipped; ``logits`` by default.
        without: drawings with strokes left out; see :func:`subsets`.
    """
    confirm = confirm or logits
    label = int(confirm(digit_image[None])[0].argmax())
    if target == label:
        return []
    goal = _Goal(logits, confirm, label, target)
    found = [
        _by_strokes(without, goal),
        _by_parts("lines", _lines(digit_image), digit_image, goal, MOST_LINES),
        _by_parts("cells", _cells(digit_image), digit_image, goal, MOST_CELLS),
    ]
    ways = [change for change in found if change is not None]
    return sorted(ways, key=lambda change: (change.kind == "cells", change.parts))


def subsets(n_strokes: int) -> list[tuple[int, ...]]:
    """Which strokes may be left out, fewest first; never all of them."""
    most = min(MOST_STROKES, n_strokes - 1)
    return [left_out for n in range(1, most + 1) for left_out in combinations(range(n_strokes), n)]


@dataclass(frozen=True)
class _Goal:
    """What is to be reached."""

    logits: Logits
    confirm: Logits
    label: int
    target: int | None

    def lead(self, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        """By how much the wanted digit leads in uint8 (n, 28, 28) pictures: float64 (n,)."""
        given = self.logits(pictures).astype(np.float64)
        digits = np.arange(10)
        wanted = digits == self.target if self.target is not None else digits != self.label
        lead: NDArray[np.float64] = given[:, wanted].max(axis=1) - given[:, ~wanted].max(axis=1)
        return lead

    def reached(self, picture: NDArray[np.uint8]) -> int | None:
        """What is read in a picture, if that is what is wanted."""
        read = int(self.confirm(picture[None])[0].argmax())
        wanted = read != self.label if self.target is None else read == self.target
        return read if wanted else None


def _by_strokes(without: Sequence[LeftOut], goal: _Goal) -> Change | None:
    if not without:
        return None
    for left_out, image in without:
        label = goal.reached(image)
        if label is not None:
            names = tuple(f"stroke {number + 1}" for number in left_out)
            return Change("strokes", label, image, len(left_out), names, 0)
    return None


def _by_parts(
    kind: str,
    parts: list[tuple[str, NDArray[np.int16]]],
    start: NDArray[np.uint8],
    goal: _Goal,
    most: int,
) -> Change | None:
    """Puts parts on, or takes them off, greedily; then takes back what is not needed.

    ``parts`` are names and signed changes of the picture, int16 (28, 28).
    """
    chosen: list[int] = []
    label = None
    while label is None:
        left = [i for i in range(len(parts)) if i not in chosen]
        if len(chosen) == most or not left:
            return None
        lead = goal.lead(np.stack([_changed(start, parts, [*chosen, i]) for i in left]))
        chosen.append(left[int(lead.argmax())])
        if lead.max() > 0:
            label = goal.reached(_changed(start, parts, chosen))
    for i in list(chosen[:-1]):  # The last one tipped it.
        fewer = [other for other in chosen if other != i]
        without = goal.reached(_changed(start, parts, fewer))
        if without is not None:
            chosen, label = fewer, without
    image = _changed(start, parts, chosen)
    differ = int(np.count_nonzero(np.abs(image.astype(int) - start) > 64))
    names = tuple(parts[i][0] for i in chosen if parts[i][0])
    return Change(kind, label, image, len(chosen), names, differ)


def _changed(
    start: NDArray[np.uint8], parts: list[tuple[str, NDArray[np.int16]]], chosen: Sequence[int]
) -> NDArray[np.uint8]:
    """The picture with the chosen parts; where they overlap the strongest counts."""
    picture = start.astype(np.int16)
    for i in chosen:
        part = parts[i][1]
        picture = np.where(part > 0, np.maximum(picture, part), np.minimum(picture, 255 + part))
    return picture.astype(np.uint8)


def _cells(digit_image: NDArray[np.uint8]) -> list[tuple[str, NDArray[np.int16]]]:
    """Small squares of the picture that hold ink, to be blanked."""
    cells = []
    for top in range(0, 28, CELL_PX):
        for left in range(0, 28, CELL_PX):
            square = np.s_[top : top + CELL_PX, left : left + CELL_PX]
            if digit_image[square].any():
                blank = np.zeros((28, 28), np.int16)
                blank[square] = -255
                cells.append(("", blank))
    return cells


def _lines(digit_image: NDArray[np.uint8]) -> list[tuple[str, NDArray[np.int16]]]:
    """The lines of ``LINES`` that add to the picture, as thick as its own."""
    ink = digit_image > 64
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return []
    low = np.array([columns[0], rows[0]], float)
    size = np.array([columns[-1], rows[-1]], float) - low
    missing = np.maximum(_NARROW_PX - size, 0)
    low, size = low - missing / 2, size + missing
    y, x = np.mgrid[:28, :28]
    lines = []
    for name, (start, end) in LINES.items():
        a, b = low + size * start, low + size * end
        along = np.clip(
            ((x - a[0]) * (b - a)[0] + (y - a[1]) * (b - a)[1]) / ((b - a) ** 2).sum(), 0, 1
        )
        apart = np.hypot(x - a[0] - along * (b - a)[0], y - a[1] - along * (b - a)[1])
        shade = (np.clip(1.7 - apart, 0, 1) * 255).astype(np.int16)
        if ((shade > 128) & ~ink).sum() >= 3:  # Else it is there already.
            lines.append((name, shade))
    return lines
