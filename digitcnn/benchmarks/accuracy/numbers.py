"""How well numbers composed of pen digits are read."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitcnn.benchmarks.accuracy.drawn import wilson
from digitcnn.benchmarks.accuracy.stroke_file import PenDigits
from digitcnn.inference import number
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import ink as inks

FEWEST, MOST = 2, 6  # digits in a number
GAPS = (0.1, 0.6)  # between two digits, in parts of the mean width of the number's digits
_SIZE, _BASELINE = 0.1, 0.05  # jitter each way, in parts of a digit's height
_HEIGHTS_PX = (80.0, 200.0)
_PICTURE = 4  # a wrong number is shown this many times smaller


@dataclass(frozen=True, eq=False)
class Number:
    """A drawn number.

    Attributes:
        strokes: canvas px.
        owners: int (n_strokes,), which digit each stroke belongs to, from left to right.
        labels: uint8 (n_digits,).
        site: where its digits were written.
    """

    strokes: inks.Ink
    owners: np.ndarray
    labels: np.ndarray
    site: str = ""

    @property
    def groups(self) -> list[tuple[int, ...]]:
        """The strokes of each digit."""
        return [tuple(np.flatnonzero(self.owners == i).tolist()) for i in range(len(self.labels))]


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read in numbers.

    Attributes:
        numbers: what was drawn.
        digits: what was read in each.
        took_ms: how long each took.
    """

    numbers: list[Number]
    digits: list[list[number.Digit]]
    took_ms: list[float]

    def figures(self) -> dict[str, Any]:
        """Parts right, 0 to 1: of numbers, of digits, of groupings.

        A number is right if its text is. A digit is right if there is a group of exactly its
        strokes and this group is read as its label, whatever became of its neighbours.
        """
        true = ["".join(map(str, drawn.labels)) for drawn in self.numbers]
        right = np.array([number.text(d) == t for d, t in zip(self.digits, true, strict=True)])
        grouped = np.array(
            [
                [digit.strokes for digit in digits] == drawn.groups
                for drawn, digits in zip(self.numbers, self.digits, strict=True)
            ]
        )
        digits = np.concatenate(
            [digits_right(*pair) for pair in zip(self.numbers, self.digits, strict=True)]
        )
        lengths = np.array([len(text) for text in true])
        sites = np.array([drawn.site for drawn in self.numbers])
        return {
            "n_numbers": len(right),
            "n_digits": len(digits),
            "numbers_right": float(right.mean()),
            "numbers_interval_95": wilson(int(right.sum()), len(right)),
            "digits_right": float(digits.mean()),
            "digits_interval_95": wilson(int(digits.sum()), len(digits)),
            "grouped_right": float(grouped.mean()),
            "by_length": {int(n): float(right[lengths == n].mean()) for n in np.unique(lengths)},
            "by_site": {str(site): float(right[sites == site].mean()) for site in np.unique(sites)},
            "took_ms": float(np.median(self.took_ms)),
        }

    def wrong(self) -> tuple[np.ndarray, list[str]]:
        """Pictures of the numbers that were read wrong, and for each what it is > what was read.

        The pictures are uint8 (n, height, width), 0 paper, 255 ink.
        """
        pictures, captions = [], []
        for drawn, digits in zip(self.numbers, self.digits, strict=True):
            true, read_ = "".join(map(str, drawn.labels)), number.text(digits)
            if read_ != true:
                pictures.append(_picture(drawn.strokes))
                captions.append(f"{true} > {read_}")
        shape = (number.HEIGHT_PX // _PICTURE, number.WIDTH_PX // _PICTURE)
        return np.array(pictures, np.uint8).reshape(-1, *shape), captions


def composed(digits: PenDigits, n: int, seed: int = 0) -> Iterator[Number]:
    """Numbers of 2 to 6 different digits of one site, each site as often as it has digits."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        site = digits.sites[rng.integers(len(digits))]
        there = np.flatnonzero(digits.sites == site)
        length = min(int(rng.integers(FEWEST, MOST + 1)), len(there))
        chosen = rng.choice(there, length, replace=False)
        strokes, owners = compose([digits.ink(i) for i in chosen], rng)
        yield Number(strokes, owners, digits.labels[chosen], str(site))


def compose(
    digits: list[inks.Ink], rng: np.random.Generator, gaps: tuple[float, float] = GAPS
) -> tuple[inks.Ink, np.ndarray]:
    """Digits side by side on the paper for numbers.

    The digits' longer sides differ by up to 10 % each way, their feet by up to 5 % of the height;
    the number is 80 to 200 px high, or as high as there is room for, and anywhere on the paper.

    Args:
        digits: strokes of each, longer side 1, box starting at (0, 0).
        rng: decides.
        gaps: least and most room between two digits' boxes, in parts of the mean width.

    Returns:
        Strokes in canvas px, and for each the digit that it belongs to.
    """
    sized = [
        [stroke * size for stroke in digit]
        for digit, size in zip(digits, rng.uniform(1 - _SIZE, 1 + _SIZE, len(digits)), strict=True)
    ]
    extents = np.array([np.concatenate(digit).max(axis=0) for digit in sized])
    x, strokes, owners = 0.0, [], []
    for i, (digit, (width, height)) in enumerate(zip(sized, extents, strict=True)):
        corner = x, rng.uniform(-_BASELINE, _BASELINE) - height
        strokes += [stroke + corner for stroke in digit]
        owners += [i] * len(digit)
        x += width + rng.uniform(*gaps) * extents[:, 0].mean()
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    room = np.array([number.WIDTH_PX, number.HEIGHT_PX]) - 2 * number.PEN_PX
    scale = min(rng.uniform(*_HEIGHTS_PX), *(room / np.maximum(extent, 1e-6)))
    place = number.PEN_PX + rng.uniform(0, 1, 2) * (room - extent * scale)
    placed = [((stroke - low) * scale + place).astype(np.float32) for stroke in strokes]
    return placed, np.array(owners)


def read(numbers: Iterator[Number], recognizer: Recognizer) -> Reading:
    """Reads every number, through the canvas's message as in the app."""
    kept, digits, took_ms = [], [], []
    for drawn in numbers:
        strokes = inks.strokes(inks.canvas_json(drawn.strokes))
        start = time.perf_counter()
        digits.append(number.read(strokes, recognizer))
        took_ms.append((time.perf_counter() - start) * 1e3)
        kept.append(drawn)
    return Reading(kept, digits, took_ms)


def digits_right(drawn: Number, digits: list[number.Digit]) -> np.ndarray:
    """Which digits of a number were found and read: bool (n_digits,)."""
    labels = {
        digit.strokes: digit.prediction.label for digit in digits if digit.prediction is not None
    }
    return np.array(
        [
            labels.get(strokes) == label
            for strokes, label in zip(drawn.groups, drawn.labels, strict=True)
        ]
    )


def _picture(strokes: inks.Ink) -> np.ndarray:
    raster = inks.rasterize(strokes, (number.WIDTH_PX, number.HEIGHT_PX), number.PEN_PX)
    height, width = (size // _PICTURE for size in raster.shape)
    smaller: np.ndarray = raster.reshape(height, _PICTURE, width, _PICTURE).mean(axis=(1, 3))
    inverted: np.ndarray = 255 - smaller
    return inverted.astype(np.uint8)
