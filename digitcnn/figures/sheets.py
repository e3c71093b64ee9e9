"""Digit images side by side in one picture."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitcnn.system import durable

_TEXT_PX = 11
_GAP_PX = 6
_TILE_GAP_PX = 8


def sheet(
    images: NDArray[np.uint8], captions: Sequence[str], columns: int = 16, zoom: int = 2
) -> bytes:
    """A PNG with every digit image, dark on white, its caption below it.

    Args:
        images: uint8 (n, height, width), 0 paper, 255 ink; n ≥ 0.
        captions: n short texts; where all are empty no room is left for them.
        columns: digits in a row.
        zoom: screen pixels for each pixel of a digit.
    """
    size = images.shape[2] * zoom, images.shape[1] * zoom
    text_px = _TEXT_PX + 3 if any(captions) else 0
    width, height = size[0] + _GAP_PX, size[1] + text_px + _GAP_PX
    rows = max(1, -(-len(images) // columns))
    picture = Image.new("L", (columns * width + _GAP_PX, rows * height + _GAP_PX), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(_TEXT_PX)
    for i, (image, caption) in enumerate(zip(images, captions, strict=True)):
        x, y = _GAP_PX + i % columns * width, _GAP_PX + i // columns * height
        digit = Image.fromarray(255 - image).resize(size, Image.Resampling.NEAREST)
        picture.paste(digit, (x, y))
        if caption:
            pen.text((x, y + size[1]), caption, fill=0, font=font)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def tiles_png(tiles: Sequence[Image.Image], columns: int, width_px: int) -> bytes:
    """A PNG with pictures side by side, each row as high as its highest.

    Args:
        tiles: each at most ``width_px`` wide; any number.
        columns: pictures in a row.
        width_px: what each has in a row.
    """
    rows = [tiles[i : i + columns] for i in range(0, len(tiles), columns)]
    heights = [max(tile.height for tile in row) + _TILE_GAP_PX for row in rows]
    size = columns * (width_px + _TILE_GAP_PX), max(sum(heights), 40)
    picture, y = Image.new("RGB", size, "white"), 0
    for row, height in zip(rows, heights, strict=True):
        for column, tile in enumerate(row):
            picture.paste(tile, (column * (width_px + _TILE_GAP_PX), y))
        y += height
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def grid_png(images: NDArray[np.uint8], columns: int) -> bytes:
    """A PNG with digit images edge to edge, light on dark as the network gets them.

    Args:
        images: uint8 (n, 28, 28), 0 paper, 255 ink; n ≥ 1.
        columns: digits in a row.
    """
    rows = -(-len(images) // columns)
    filled = np.zeros((rows * columns, *images.shape[1:]), np.uint8)
    filled[: len(images)] = images
    height, width = images.shape[1:]
    grid = filled.reshape(rows, columns, height, width).swapaxes(1, 2)
    file = io.BytesIO()
    Image.fromarray(grid.reshape(rows * height, columns * width)).save(file, "PNG", optimize=True)
    return file.getvalue()


def save_sheet(
    path: Path, images: NDArray[np.uint8], captions: Sequence[str], columns: int = 16, zoom: int = 2
) -> None:
    """Writes :func:`sheet` to ``path``.

    Raises:
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    durable.write(path, sheet(images, captions, columns, zoom))
