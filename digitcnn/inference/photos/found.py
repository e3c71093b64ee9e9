"""What is found in a photo, before anything has been read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError

OTHER = "·"
"""The text of what is no digit, and no separator that is known."""

Box = tuple[int, int, int, int]
"""x, y, width and height: px of the picture as shown, turned as its camera noted."""


@dataclass(frozen=True)
class View:
    """How a picture file is looked at.

    Attributes:
        page: which page of a file of several, counted from 0.
        turn: degrees by which it is turned clockwise first: 0, 90, 180, 270; or 360, where somebody
            wants it as it is, and 0 lets its digits say how it lies.
        crop: left, top, right and bottom of the part that is looked at, 0 to 1 of the turned
            picture.
    """

    page: int = 0
    turn: int = 0
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


class NothingWritten(DigitcnnError):
    """A picture in which nothing stands out from the paper."""


class TooManyThings(DigitcnnError):
    """A picture of hundreds of blobs: gravel, a text, a carpet."""


@dataclass(frozen=True, eq=False)
class Found:
    """What may be a digit.

    Attributes:
        box: where it is.
        raster: uint8 (side, side), 255 paper, 0 ink, grey levels kept.
        seen: uint8 (height, width), the same part of the picture as it is, in grey.
        after_space: whether a space stands before it.
        parts: if it may be several touching digits, what lies between each two cuts.
        sign: the text of what is no digit but a sign between digits; empty otherwise.
        may_be_sign: whether it looks like a sign, should the network find that it is no digit.
        extent: width and height along its line, in parts of the height of digits there.
    """

    box: Box
    raster: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    after_space: bool = False
    parts: tuple["Part", ...] = ()
    sign: str = ""
    extent: tuple[float, float] = (0.0, 0.0)
    may_be_sign: bool = False


@dataclass(frozen=True, eq=False)
class Part:
    """A stretch of what may be several digits.

    Attributes:
        start, end: the numbers of the cuts that it lies between, from the left; the piece's own
            ends are 0 and the highest.
        found: what is there; not as seen in the picture, which the whole piece holds.
        lost: how much of its ink was left out as crumbs, 0 to 1.
    """

    start: int
    end: int
    found: Found
    lost: float = 0.0


@dataclass(frozen=True, eq=False)
class FoundPage:
    """A picture and what may be digits in it.

    Attributes:
        size: its width and height, px, as shown.
        jpeg: the picture as shown, of at most 1,280 px, a JPEG file.
        lines: what may be digits, line by line from left to right.
        wholes: the picture as one digit, in the ways that it may be seen; the first are likelier.
        is_compact: whether what is written hangs together as one digit does.
        trouble: why there are no lines, as a sentence.
        view: how the file was looked at.
        n_pages: how many pages the file has.
        was_flattened: whether a sheet photographed at an angle was straightened.
        tilt: degrees by which its lines run down to the right, for which it was straightened.
    """

    size: tuple[int, int]
    jpeg: bytes
    lines: list[list[Found]]
    wholes: tuple[Found, ...] = ()
    is_compact: bool = False
    trouble: str | None = None
    view: View = View()
    n_pages: int = 1
    was_flattened: bool = False
    tilt: float = 0.0
