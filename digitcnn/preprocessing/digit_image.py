"""Raster → digit image: the one preprocessing for drawings, uploads and synthetic digits.

The recipe is MNIST's own (LeCun et al. 1998, "Gradient-based learning applied to document
recognition", section III-A): invert, crop to the ink, scale the longer side to 20 px keeping the
aspect, and put the centre of mass at the centre of 28×28.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitcnn.errors import DigitcnnError

DIGIT_PX = 28
BOX_PX = 20

_FAINT = 24  # of 255: fainter than this is paper that is not quite white
_LEAST_INK = 0.07  # a digit's longer side, in parts of the raster's, or it is a speck
_MOST_INK = 0.6  # of the raster covered: no digit covers more
_THINNEST_PX = 1.2  # a line's width in the 20-px box; MNIST's are hardly ever thinner


class EmptyDrawing(DigitcnnError):
    """There is no ink: an invitation rather than a fault."""


class TooLittleInk(DigitcnnError):
    """A dot or a speck."""


class TooMuchInk(DigitcnnError):
    """Ink all over."""


@dataclass(frozen=True)
class Steps:
    """A raster's way to its digit image, each step uint8 (height, width).

    Attributes:
        drawn: the raster, 255 paper.
        inverted: the same with 0 paper and 255 ink; so are all that follow.
        cropped: the box around the ink.
        resized: longer side 20 px.
        centred: the digit image, (28, 28).
    """

    drawn: NDArray[np.uint8]
    inverted: NDArray[np.uint8]
    cropped: NDArray[np.uint8]
    resized: NDArray[np.uint8]
    centred: NDArray[np.uint8]


def digit_image(raster: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The digit image of a raster: uint8 (28, 28), 0 paper, 255 ink.

    Args:
        raster: uint8 (height, width), 255 paper, 0 ink.

    Raises:
        EmptyDrawing: no ink.
        TooLittleInk: nothing larger than a dot.
        TooMuchInk: more than 60 % of the raster is ink.
    """
    return steps(raster).centred


def steps(raster: NDArray[np.uint8]) -> Steps:
    """Every step of a raster's way; arguments and errors are those of :func:`digit_image`."""
    inverted = 255 - raster
    cropped = _crop(inverted)
    resized = _resize(_thicken(cropped))
    return Steps(raster, inverted, cropped, resized, _centre(resized))


def enlarged(digit_image: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """A digit image as a raster that a person can draw on: the way back.

    Args:
        digit_image: uint8 (28, 28), 0 paper, 255 ink.
        size_px: side of the raster.

    Returns:
        uint8 (size_px, size_px), 255 paper, 0 ink.
    """
    picture = Image.fromarray(255 - digit_image)
    return np.asarray(picture.resize((size_px, size_px), Image.Resampling.BILINEAR))


def _crop(inverted: NDArray[np.uint8]) -> NDArray[np.uint8]:
    ink = inverted > _FAINT
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        raise EmptyDrawing("Draw a digit from 0 to 9.")
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    if max(bottom - top, right - left) < _LEAST_INK * max(inverted.shape):
        raise TooLittleInk("That is only a dot. Draw the digit larger.")
    if ink.mean() > _MOST_INK:
        raise TooMuchInk("There is ink nearly everywhere. Clear it and draw one digit.")
    return inverted[top:bottom, left:right]


def _thicken(cropped: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same, with hair lines broadened so that scaling down does not wash them out."""
    longer_px = max(cropped.shape)
    ink = cropped > 127
    # Half the outline is about a line's length, so area over that is about its width.
    padded = np.pad(ink, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    outline = np.count_nonzero(ink & ~inner)
    if longer_px <= BOX_PX or not outline:
        return cropped
    line_px = max(2 * np.count_nonzero(ink) / outline, 1.0) if outline < ink.sum() else 1.0
    missing_px = _THINNEST_PX * 1.5 * longer_px / BOX_PX - line_px
    if line_px * BOX_PX / longer_px >= _THINNEST_PX or missing_px < 1:
        return cropped
    # Work at no more than 8 px per box pixel: the filter's cost grows with its size.
    scale = min(1.0, 8 * BOX_PX / longer_px)
    height, width = cropped.shape
    picture = Image.fromarray(cropped)
    if scale < 1:
        target = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = picture.resize(target, Image.Resampling.BOX)
        picture = picture.point(lambda value: min(255, int(value / scale)))
    size = 2 * max(1, round(missing_px * scale / 2)) + 1
    margin = size // 2
    roomy = np.pad(np.asarray(picture), margin)
    return np.asarray(Image.fromarray(roomy).filter(ImageFilter.MaxFilter(size)))


def _resize(cropped: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = cropped.shape
    scale = BOX_PX / max(height, width)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    if target == (width, height):
        return cropped
    # Averaging over each target pixel's area is what MNIST's own grey levels come from.
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(cropped).resize(target, method))


def _centre(resized: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = resized.shape
    # MNIST's centres of mass lie on pixel 14 (measured: its mean is 13.99 down, 14.00 across).
    mass = resized.astype(np.float64)
    total = max(mass.sum(), 1.0)
    middle_y = (mass.sum(axis=1) * np.arange(height)).sum() / total
    middle_x = (mass.sum(axis=0) * np.arange(width)).sum() / total
    top = int(np.clip(round(DIGIT_PX / 2 - middle_y), 0, DIGIT_PX - height))
    left = int(np.clip(round(DIGIT_PX / 2 - middle_x), 0, DIGIT_PX - width))
    centred = np.zeros((DIGIT_PX, DIGIT_PX), np.uint8)
    centred[top : top + height, left : left + width] = resized
    return centred
