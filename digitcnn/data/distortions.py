"""Digit images turned, slanted, resized, thickened, blurred, speckled or covered, by any amount.

The corruptions of :mod:`digitcnn.data.corruptions` are some of these in fixed strengths. All take
and give a digit image, uint8 (28, 28), 0 paper, 255 ink.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitcnn.array_types import Floats
from digitcnn.preprocessing.digit_image import DIGIT_PX

_FINE = 4  # lines are thickened this many times larger, then averaged

Digit = NDArray[np.uint8]


def turned(digit: Digit, degrees: float) -> Digit:
    """A digit image turned anticlockwise about its middle."""
    picture = Image.fromarray(digit).rotate(degrees, Image.Resampling.BILINEAR)
    return np.asarray(picture)


def slanted(digit: Digit, slant: float) -> Digit:
    """A digit image whose top is moved to the right, its foot to the left: px of each row."""
    return moved(digit, (1, slant, -slant * (DIGIT_PX - 1) / 2, 0, 1, 0))


def resized(digit: Digit, part: float) -> Digit:
    """A digit image ``part`` times as large about its middle; what has no room is cut off."""
    middle = (DIGIT_PX - 1) / 2 * (1 - 1 / part)
    return moved(digit, (1 / part, 0, middle, 0, 1 / part, middle))


def thickened(digit: Digit, more_px: float) -> Digit:
    """A digit image whose lines are so many px wider, or thinner if that is below 0."""
    reach = round(abs(more_px) / 2 * _FINE)
    if not reach:
        return digit
    side = DIGIT_PX * _FINE
    large = Image.fromarray(digit).resize((side, side), Image.Resampling.BILINEAR)
    step = ImageFilter.MaxFilter(3) if more_px > 0 else ImageFilter.MinFilter(3)
    for _ in range(reach):  # one step as wide as all of them takes ten times as long
        large = large.filter(step)
    return np.asarray(large.reduce(_FINE))


def blurred(digit: Digit, sigma_px: float) -> Digit:
    """A digit image out of focus."""
    return np.asarray(Image.fromarray(digit).filter(ImageFilter.GaussianBlur(sigma_px)))


def speckled(digit: Digit, part: float, chance: Floats) -> Digit:
    """A digit image of which a part of the pixels is black or white.

    Args:
        digit: it.
        part: of the pixels, 0 to 1.
        chance: which ones, at random from 0 to 1 for each: float (28, 28).
    """
    return np.where(
        chance < part / 2, 0, np.where(chance > 1 - part / 2, 255, digit)
    ).astype(np.uint8)  # fmt: skip


def covered(digit: Digit, side_px: int) -> Digit:
    """A digit image with a square of paper over its middle."""
    first = (DIGIT_PX - side_px) // 2
    left = digit.copy()
    left[first : first + side_px, first : first + side_px] = 0
    return left


def moved(digit: Digit, change: tuple[float, ...]) -> Digit:
    """The digit whose pixel (x, y) comes from (a·x + b·y + c, d·x + e·y + f), 0 to 27 each."""
    a, b, c, d, e, f = change
    # Pillow's pixels have their middles at halves.
    c, f = c + (1 - a - b) / 2, f + (1 - d - e) / 2
    return np.asarray(
        Image.fromarray(digit).transform(
            digit.shape, Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR
        )
    )
