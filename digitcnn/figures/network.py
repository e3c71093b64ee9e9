"""Network internals → pictures: heat maps, changes, feature maps, the map of digits.

Digits stand light on black, as the network sees them. What supports a digit is blue and marked
with a plus, what contradicts it orange and marked with a minus, so that colour never tells it
alone; both are at least 4:1 on black.
"""

import math

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.figures.colors import DIGIT_COLORS
from digitcnn.figures.image_url import picture_url, svg_url
from digitcnn.system.templates import render

FOR_COLOR, AGAINST_COLOR = (111, 143, 255), (255, 150, 70)
LEAST_SCALE = 0.5  # log-odds; weaker effects are not blown up to full colour

_N_MARKS, _MARK_LEAST, _MARKS_APART_PX = 3, 0.4, 5
_TILE_PX, _GAP_PX, _GAP = 28, 2, 96  # of feature maps, and the shade of the lines between


def heat_map_url(digit_image: NDArray[np.uint8], effects: NDArray[np.float64]) -> str:
    """A digit image, coloured by what each pixel adds for or against a digit.

    Args:
        digit_image: uint8 (28, 28), 0 paper, 255 ink.
        effects: float (28, 28), in log-odds.
    """
    scale = max(float(np.abs(effects).max()), LEAST_SCALE)
    strength = np.minimum(np.abs(effects) / scale, 1)[:, :, None] ** 0.7
    grey = np.repeat(digit_image[:, :, None] * 0.45, 3, axis=2)
    color = np.where(effects[:, :, None] > 0, FOR_COLOR, AGAINST_COLOR)
    marks = [
        (row, column, "+" if sign > 0 else "−")
        for sign in (1, -1)
        for row, column in peaks(effects * sign / scale)
    ]
    return _marked(grey * (1 - strength) + color * strength, marks)


def change_url(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> str:
    """A digit image as a change leaves it: what was added is blue, what went is orange.

    Args:
        before: uint8 (28, 28).
        after: likewise.
    """
    shift = after.astype(float) - before
    grey = np.repeat(np.minimum(before, after)[:, :, None] * 0.8, 3, axis=2)
    strength = np.abs(shift)[:, :, None] / 255
    color = np.where(shift[:, :, None] > 0, FOR_COLOR, AGAINST_COLOR)
    marks = [
        (row, column, "+" if sign > 0 else "−")
        for sign in (1, -1)
        for row, column in peaks(shift * sign / 255)
    ]
    return _marked(np.maximum(grey, color * strength), marks)


def peaks(strength: Floats) -> list[tuple[int, int]]:
    """Rows and columns of the few strongest places, well apart; 1 is the strongest there may be.

    A place is as strong as the 3×3 pixels around it are on average.
    """
    padded = np.pad(np.maximum(strength, 0), 1)
    height, width = strength.shape
    around = sum(
        padded[row : row + height, column : column + width]
        for row in range(3)
        for column in range(3)
    )
    around = np.where(strength > 0, around / 9, 0)
    found: list[tuple[int, int]] = []
    rows, columns = np.mgrid[:height, :width]
    while len(found) < _N_MARKS and around.max() > _MARK_LEAST * 0.6:
        row, column = (int(place) for place in np.unravel_index(around.argmax(), around.shape))
        found.append((row, column))
        around = np.where(np.hypot(rows - row, columns - column) < _MARKS_APART_PX, 0, around)
    return found


def where(row: float, column: float) -> str:
    """A place of the 28×28 picture in words: "top left", "middle", …"""
    down = "top" if row < 11 else "bottom" if row > 17 else ""
    across = "left" if column < 11 else "right" if column > 17 else ""
    return " ".join(filter(None, (down, across))) or "middle"


def mosaic_url(maps: Floats, columns: int) -> str:
    """All feature maps of a stage side by side; the stage's greatest value is white.

    Args:
        maps: float (height, width, n), n a multiple of ``columns``; below 0, which tanh gives, is
            as black as 0.
        columns: how many in a row.
    """
    height, width, n = maps.shape
    shades = (np.maximum(maps, 0) / max(float(maps.max()), 1e-9)) ** 0.6 * 255
    # Small maps are drawn larger, so that the lines between them stay thin.
    times = max(1, _TILE_PX // width)
    tiles = shades.repeat(times, axis=0).repeat(times, axis=1)
    if n > 1:
        gap = ((0, _GAP_PX), (0, _GAP_PX), (0, 0))
        tiles = np.pad(tiles, gap, constant_values=_GAP)
    height, width, rows = *tiles.shape[:2], n // columns
    grid = tiles.reshape(height, width, rows, columns).transpose(2, 0, 3, 1)
    picture = grid.reshape(rows * height, columns * width)
    return picture_url(picture.round().astype(np.uint8))


def broad(n: int) -> int:
    """In how many columns so many tiles stand about half as broad again as high."""
    return min(
        (columns for columns in range(1, n + 1) if n % columns == 0),
        key=lambda columns: abs(columns - math.sqrt(1.5 * n)),
    )


def kernels_url(kernel: Floats) -> str:
    """Kernels that see the digit image, side by side: blue is above zero, orange below.

    Args:
        kernel: float (side · side, n), the weights of n kernels.
    """
    side, n = math.isqrt(kernel.shape[0]), kernel.shape[1]
    weights = kernel.reshape(side, side, n)
    strength = (np.abs(weights) / max(float(np.abs(weights).max()), 1e-9))[..., None] ** 0.7
    colors = np.where(weights[..., None] > 0, FOR_COLOR, AGAINST_COLOR) * strength
    columns = broad(n)
    # A line of grey between them, below and to the right.
    tiles = np.pad(colors, ((0, 1), (0, 1), (0, 0), (0, 0)), constant_values=_GAP)
    rows = n // columns
    grid = tiles.reshape(side + 1, side + 1, rows, columns, 3).transpose(2, 0, 3, 1, 4)
    flat = grid.reshape(rows * (side + 1), columns * (side + 1), 3)
    picture = np.full((*flat.shape[:2], 4), 255, np.uint8)
    picture[:, :, :3] = flat.round()
    return picture_url(picture)


def signed(number: float, places: int = 2) -> str:
    """A number with its sign, as print has it."""
    return f"{number:+.{places}f}".replace("-", "−")


def map_picture_url(positions: Floats, labels: NDArray[np.uint8], side_px: int = 560) -> str:
    """The map of digits as dots on no ground, coloured by label.

    Args:
        positions: float (n, 2), each -1 to 1, y down.
        labels: uint8 (n,).
        side_px: of the picture.
    """
    colors = np.array([[int(text[i : i + 2], 16) for i in (1, 3, 5)] for text in DIGIT_COLORS])
    picture = np.zeros((side_px, side_px, 4), np.uint8)
    places = np.round((positions + 1) / 2 * (side_px - 9) + 4).astype(int)
    for down, across, opacity in (
        (0, 0, 255),
        (1, 0, 200),
        (0, 1, 200),
        (-1, 0, 200),
        (0, -1, 200),
    ):
        x, y = places[:, 0] + across, places[:, 1] + down
        fainter = picture[y, x, 3] < opacity
        picture[y[fainter], x[fainter], :3] = colors[labels[fainter]]
        picture[y[fainter], x[fainter], 3] = opacity
    return picture_url(picture)


def _marked(colors: Floats, marks: list[tuple[int, int, str]]) -> str:
    """A picture of 28×28 colours with signs on it, as the address of an SVG that holds itself."""
    picture = np.full((28, 28, 4), 255, np.uint8)
    picture[:, :, :3] = np.clip(colors, 0, 255).round()
    svg = render("figures/templates/marked.svg", picture=picture_url(picture), marks=marks)
    return svg_url(svg)
