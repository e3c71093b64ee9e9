"""How well pictures of all kinds are read: what is correct, and what is wrong but not marked."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from digitcnn.benchmarks.accuracy.drawn import wilson
from digitcnn.benchmarks.accuracy.photo_kinds import KindPicture
from digitcnn.errors import DigitcnnError
from digitcnn.figures.sheets import tiles_png
from digitcnn.inference.photos.picture import read_file
from digitcnn.inference.photos.result import PhotoMark, PhotoReading
from digitcnn.inference.recognizer import Recognizer

_COLUMNS, _TILE_PX, _LINE_PX = 5, 280, 17


@dataclass(frozen=True)
class Sign:
    """A digit or a sign that was read.

    Attributes:
        text: one character.
        is_marked: whether a person is told to look at it again, or that it is no digit.
    """

    text: str
    is_marked: bool


@dataclass(frozen=True)
class KindReading:
    """What was read in a picture of a kind.

    Attributes:
        kind: its name.
        is_right: whether every line was read whole, with nothing added.
        n: how many digits and signs are written.
        n_right: how many of them were read as what they are.
        n_unmarked: how many were misread, added or dropped, and nothing there says so.
        true, read: all lines, with a slash between them, for people.
        picture: as :class:`KindPicture` has it, unless every line was read whole.
    """

    kind: str
    is_right: bool
    n: int
    n_right: int
    n_unmarked: int
    true: str
    read: str
    picture: NDArray[np.uint8] | None


def read_kinds(pictures: Iterable[KindPicture], recognizer: Recognizer) -> Iterator[KindReading]:
    """Reads each picture as in the app, but in this process."""
    for picture in pictures:
        file = io.BytesIO()
        Image.fromarray(picture.picture).save(file, "PNG")
        try:
            lines = signs_of(read_file(file, recognizer))
        except DigitcnnError:
            lines = None  # said in a sentence
        read = ["".join(sign.text for sign in line) for line in lines or ()]
        n = sum(map(len, picture.lines))
        n_right, n_unmarked = (0, 0) if lines is None else compared(picture.lines, lines)
        is_right = read == list(picture.lines)
        yield KindReading(
            picture.kind, is_right, n, n_right, n_unmarked,
            " / ".join(picture.lines), " / ".join(read), None if is_right else picture.picture,
        )  # fmt: skip


def sheet(readings: Iterable[KindReading]) -> bytes:
    """A PNG of the pictures with mistakes: kind, what is written in each, what was read."""
    tiles = [_tile(one, one.picture) for one in readings if one.picture is not None]
    return tiles_png(tiles, _COLUMNS, _TILE_PX)


def _tile(reading: KindReading, picture: NDArray[np.uint8]) -> Image.Image:
    image = ImageOps.contain(Image.fromarray(picture).convert("RGBA"), (_TILE_PX, _TILE_PX))
    words = f"{reading.kind}\n{reading.true}\n{reading.read or '(nothing)'}"
    tile = Image.new("RGB", (_TILE_PX, image.height + 3 * _LINE_PX), "white")
    ImageDraw.Draw(tile).multiline_text((0, image.height), words, "black", font_size=_LINE_PX - 5)
    tile.paste(image, (0, 0), image)
    return tile


def signs_of(reading: PhotoReading) -> list[list[Sign]]:
    """What was read, line by line, digits and signs in writing order."""
    return [
        [
            Sign(one.text, one.text == "·" if isinstance(one, PhotoMark) else one.is_uncertain)
            for one in row
        ]
        for row in reading.rows
    ]


def compared(true: Iterable[str], read: Iterable[list[Sign]]) -> tuple[int, int]:
    """How many of the written signs were read correctly, and how many errors are not marked.

    Lines are put end to end, and the fewest changes between both looked for. A dropped sign is told
    of if the one before or after it is marked.
    """
    wanted, got = "".join(true), [sign for line in read for sign in line]
    costs = np.zeros((len(wanted) + 1, len(got) + 1), int)
    costs[:, 0], costs[0] = np.arange(len(wanted) + 1), np.arange(len(got) + 1)
    for i, char in enumerate(wanted):
        for j, sign in enumerate(got):
            costs[i + 1, j + 1] = min(
                costs[i, j] + (char != sign.text), costs[i, j + 1] + 1, costs[i + 1, j] + 1
            )
    i, j, n_right, n_unmarked = len(wanted), len(got), 0, 0
    while i or j:
        if i and j and costs[i, j] == costs[i - 1, j - 1] + (wanted[i - 1] != got[j - 1].text):
            is_right = wanted[i - 1] == got[j - 1].text
            n_right += is_right
            n_unmarked += not is_right and not got[j - 1].is_marked
            i, j = i - 1, j - 1
        elif j and costs[i, j] == costs[i, j - 1] + 1:
            n_unmarked += not got[j - 1].is_marked
            j -= 1
        else:
            beside = got[max(j - 1, 0) : j + 1]
            n_unmarked += not any(sign.is_marked for sign in beside)
            i -= 1
    return n_right, n_unmarked


def figures(readings: list[KindReading]) -> dict[str, Any]:
    """Parts right and wrong without a mark, 0 to 1; overall and by kind, in the order read."""
    kinds = dict.fromkeys(reading.kind for reading in readings)
    n, n_right = sum(r.n for r in readings), sum(r.n_right for r in readings)
    return {
        **_figures(readings),
        "accuracy_interval_95": wilson(n_right, n),
        "by_kind": {kind: _figures([r for r in readings if r.kind == kind]) for kind in kinds},
    }


def _figures(readings: list[KindReading]) -> dict[str, Any]:
    n = sum(reading.n for reading in readings)
    return {
        "photos": len(readings),
        "photos_right": sum(reading.is_right for reading in readings) / len(readings),
        "n": n,
        "accuracy": sum(reading.n_right for reading in readings) / n,
        "wrong_unmarked": sum(reading.n_unmarked for reading in readings) / n,
    }
