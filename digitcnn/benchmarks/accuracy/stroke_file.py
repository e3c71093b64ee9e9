"""Files of pen digits as strokes, and how a digit is placed on the canvas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Ints
from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing.ink import CANVAS_PX, PEN_PX, Ink
from digitcnn.system import npz

SMALLEST, LARGEST = 0.35, 0.85  # a digit's longer side, in parts of what the canvas has room for


class WrongStrokes(DigitcnnError):
    """A file that does not hold digits as strokes."""


@dataclass(frozen=True, eq=False)
class PenDigits:
    """Digits as strokes.

    Attributes:
        points: float32 (n_points, 2), x right, y down; each digit's box starts at (0, 0) and its
            longer side is 1.
        stroke_starts: int (n_strokes + 1,), into ``points``.
        digit_starts: int (n_digits + 1,), into strokes.
        labels: uint8 (n_digits,), 0 to 9; of other characters str (n_digits,).
        sites: str (n_digits,), where each was written.
    """

    points: NDArray[np.float32]
    stroke_starts: Ints
    digit_starts: Ints
    labels: np.ndarray
    sites: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def ink(self, digit: int) -> Ink:
        """The strokes of a digit, longer side 1."""
        first, last = self.digit_starts[digit], self.digit_starts[digit + 1]
        return [
            self.points[self.stroke_starts[stroke] : self.stroke_starts[stroke + 1]]
            for stroke in range(first, last)
        ]

    def chosen(self, numbers: np.ndarray) -> "PenDigits":
        """The chosen digits, in that order; ``numbers`` int (n,), n ≥ 1."""
        return _packed([self.ink(i) for i in numbers], self.labels[numbers], self.sites[numbers])


def read(path: Path) -> PenDigits:
    """The digits of an ``.npz`` file with the arrays of :class:`PenDigits`.

    Raises:
        UnreadableArchive, ArchiveTooLarge: see :func:`digitcnn.system.npz.read`.
        WrongStrokes: arrays are missing, or do not fit each other.
    """
    drawings = read_characters(path)
    labels = drawings.labels
    if not np.issubdtype(labels.dtype, np.integer) or not 0 <= labels.min() <= labels.max() <= 9:
        raise WrongStrokes(f"The labels of {path} are no digits; see the benchmarks' README.")
    return replace(drawings, labels=labels.astype(np.uint8))


def read_all(paths: Sequence[Path]) -> PenDigits:
    """The digits of several files, one file after the other; errors as for :func:`read`."""
    files = [read(path) for path in paths]
    if len(files) == 1:
        return files[0]
    return _packed(
        [digits.ink(i) for digits in files for i in range(len(digits))],
        np.concatenate([digits.labels for digits in files]),
        np.concatenate([digits.sites for digits in files]),
    )


def read_characters(path: Path) -> PenDigits:
    """As :func:`read`, for a file whose labels may be letters, one character each."""
    arrays = npz.read(path)
    missing = {"points", "stroke_starts", "digit_starts", "labels"} - set(arrays)
    if missing:
        raise WrongStrokes(f"{path} holds no strokes: it lacks {', '.join(sorted(missing))}.")
    points, labels = arrays["points"], arrays["labels"]
    sites = arrays.get("sites", np.full(len(labels), "unknown"))
    strokes, digits = arrays["stroke_starts"], arrays["digit_starts"]
    fits = (
        points.ndim == 2
        and points.shape[1] == 2
        and np.issubdtype(points.dtype, np.floating)
        and np.isfinite(points).all()
        and _are_starts(strokes, len(points))
        and _are_starts(digits, len(strokes) - 1)
        and labels.shape == sites.shape == (len(digits) - 1,)
        and len(labels) > 0
        and (np.issubdtype(labels.dtype, np.integer) or labels.dtype.kind == "U")
    )
    if not fits:
        raise WrongStrokes(
            f"The arrays of {path} do not fit each other; see the benchmarks' README."
        )
    return PenDigits(points.astype(np.float32), strokes, digits, labels, sites)


def placed(digits: PenDigits, seed: int = 0) -> Iterator[Ink]:
    """Each digit as drawn on the canvas: its size and place at random, by one protocol.

    Canvas 280 × 280 px, round pen 18 px wide; the longer side is uniform from 35 % to 85 % of
    280 − 2 · 18 px, the place uniform so that the path stays 18 px from the border.

    Args:
        digits: what is drawn, in this order.
        seed: of NumPy's default generator; 0 for every figure that is quoted.
    """
    rng = np.random.default_rng(seed)
    room_px = CANVAS_PX - 2 * PEN_PX
    for digit in range(len(digits)):
        ink = digits.ink(digit)
        longer_px = rng.uniform(SMALLEST, LARGEST) * room_px
        extent = np.concatenate(ink).max(axis=0) * longer_px
        corner = PEN_PX + rng.uniform(0, 1, 2) * (room_px - extent)
        yield [(stroke * longer_px + corner).astype(np.float32) for stroke in ink]


def _packed(drawings: Sequence[Ink], labels: np.ndarray, sites: np.ndarray) -> PenDigits:
    strokes = [stroke for ink in drawings for stroke in ink]
    return PenDigits(
        np.concatenate(strokes),
        np.cumsum([0, *map(len, strokes)]),
        np.cumsum([0, *map(len, drawings)]),
        labels,
        sites,
    )


def _are_starts(starts: np.ndarray, end: int) -> bool:
    return bool(
        starts.ndim == 1
        and len(starts) > 1
        and np.issubdtype(starts.dtype, np.integer)
        and starts[0] == 0
        and starts[-1] == end
        and (np.diff(starts) > 0).all()
    )
