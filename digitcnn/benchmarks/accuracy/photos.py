"""How well numbers in photos composed of pen digits are found and read."""

import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from digitcnn.benchmarks.accuracy.drawn import wilson
from digitcnn.benchmarks.accuracy.paper import Box, WrittenPage
from digitcnn.errors import DigitcnnError
from digitcnn.figures.sheets import tiles_png
from digitcnn.inference.photos.picture import read_file
from digitcnn.inference.photos.result import PhotoDigit
from digitcnn.inference.recognizer import Recognizer

_LEAST_OVERLAP = 0.5  # intersection over union of a found box and a true one

_SHEET_PX = 640
_COLUMNS = 3


@dataclass(frozen=True, eq=False)
class PageReading:
    """A composed photo, and what was read in it.

    Attributes:
        page: the photo.
        lines: what was read, line by line.
        found: for each digit written, in writing order, the digit read there, or ``None``.
        n_false: how many things were taken for digits that are none.
        seconds: how long it took, from file to text.
    """

    page: WrittenPage
    lines: list[list[PhotoDigit]]
    found: list[PhotoDigit | None]
    n_false: int
    seconds: float

    @property
    def n_right(self) -> int:
        """How many digits were found, and read as what they are."""
        return sum(
            digit is not None and digit.text == str(written.label)
            for digit, written in zip(self.found, self.page.digits, strict=True)
        )

    @property
    def lines_right(self) -> int:
        """How many lines were read whole, with nothing missing, wrong or added, in their order."""
        true = ["".join(str(digit.label) for digit in line) for line in self.page.lines]
        read = ["".join(digit.text for digit in line) for line in self.lines]
        if len(true) == len(read):
            return sum(one == other for one, other in zip(true, read, strict=True))
        return sum(line in read for line in true)


def read_pages(pages: Iterable[WrittenPage], recognizer: Recognizer) -> Iterator[PageReading]:
    """Reads each photo as in the app, but in this process."""
    for page in pages:
        start = time.perf_counter()
        try:
            lines = read_file(io.BytesIO(page.jpeg), recognizer).lines
        except DigitcnnError:
            lines = []
        seconds = time.perf_counter() - start
        read = [digit for line in lines for digit in line]
        found = _matched(page, read)
        n_found = sum(digit is not None for digit in found)
        yield PageReading(page, lines, found, len(read) - n_found, seconds)


def figures(readings: list[PageReading]) -> dict[str, Any]:
    """Shares found, read correctly, and of lines read whole, 0 to 1; overall and by paper."""
    n = sum(len(reading.found) for reading in readings)
    n_found = sum(digit is not None for reading in readings for digit in reading.found)
    n_right = sum(reading.n_right for reading in readings)
    groups: dict[str, list[PageReading]] = defaultdict(list)
    for reading in readings:
        ground = reading.page.ground
        groups[ground.ruling].append(reading)
        groups["light on dark" if ground.is_dark else "dark on light"].append(reading)
        if ground.on_table:
            groups["with the table around it"].append(reading)
    return {
        "photos": len(readings),
        "n": n,
        "found": n_found / n,
        "found_interval_95": wilson(n_found, n),
        "accuracy": n_right / n,
        "accuracy_interval_95": wilson(n_right, n),
        "false_per_photo": sum(reading.n_false for reading in readings) / len(readings),
        "lines": sum(len(reading.page.lines) for reading in readings),
        "lines_right": sum(reading.lines_right for reading in readings)
        / sum(len(reading.page.lines) for reading in readings),
        "seconds_median": float(np.median([reading.seconds for reading in readings])),
        "by_ground": {
            name: {
                "n": sum(len(reading.found) for reading in group),
                "found": _part(group, lambda r: sum(d is not None for d in r.found)),
                "accuracy": _part(group, lambda r: r.n_right),
            }
            for name, group in sorted(groups.items())
        },
    }


def sheet(readings: list[PageReading], most: int = 60) -> bytes:
    """A PNG of the photos with mistakes, what was read drawn over them; the worst first."""
    wrong = [r for r in readings if r.n_right < len(r.found) or r.n_false]
    wrong.sort(key=lambda r: r.n_right - len(r.found) - r.n_false)
    return tiles_png([_tile(reading) for reading in wrong[:most]], _COLUMNS, _SHEET_PX)


def _part(group: list[PageReading], count: Callable[[PageReading], int]) -> float:
    return sum(map(count, group)) / sum(len(reading.found) for reading in group)


def _tile(reading: PageReading) -> Image.Image:
    picture = Image.open(io.BytesIO(reading.page.jpeg)).convert("RGB")
    scale = _SHEET_PX / picture.width
    picture = picture.resize((_SHEET_PX, round(picture.height * scale)))
    pen = ImageDraw.Draw(picture)
    true = {id(d): w.label for d, w in zip(reading.found, reading.page.digits, strict=True) if d}
    for digit in (digit for line in reading.lines for digit in line):
        x, y, width, height = (side * scale for side in digit.box)
        is_right = str(true.get(id(digit), "")) == digit.text
        colour = "#0a8a3a" if is_right else "#e0002d"
        pen.rectangle((x, y, x + width, y + height), outline=colour, width=2)
        if not is_right:
            pen.text((x, max(y - 14, 0)), digit.text, fill=colour, font_size=14)
    for found, written in zip(reading.found, reading.page.digits, strict=True):
        if found is None:
            x, y, width, height = (side * scale for side in written.box)
            pen.rectangle((x, y, x + width, y + height), outline="#c800c8", width=1)
    return picture


def _matched(page: WrittenPage, read: list[PhotoDigit]) -> list[PhotoDigit | None]:
    """For each digit written the digit read at its place, each used once; best overlap first."""
    written = page.digits
    overlaps = [
        (_overlap(digit.box, one.box), i, j)
        for i, digit in enumerate(written)
        for j, one in enumerate(read)
    ]
    found: list[PhotoDigit | None] = [None] * len(written)
    taken: set[int] = set()
    for overlap, i, j in sorted(overlaps, reverse=True):
        if overlap >= _LEAST_OVERLAP and found[i] is None and j not in taken:
            found[i] = read[j]
            taken.add(j)
    return found


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(width, 0) * max(height, 0)
    return both / (one[2] * one[3] + other[2] * other[3] - both)
