"""Pictures as addresses that hold them, so that a page needs no file for them."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def picture_url(picture: NDArray[np.uint8]) -> str:
    """A picture as the address of a PNG that holds itself; as for :func:`picture_png`."""
    return png_url(picture_png(picture))


def picture_png(picture: NDArray[np.uint8]) -> bytes:
    """A picture as the content of a PNG file.

    Args:
        picture: uint8, grey (height, width), or red, green, blue and opacity (height, width, 4).
    """
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def png_url(png: bytes) -> str:
    """A PNG file's content as an address that holds itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def svg_url(svg: str) -> str:
    """An SVG picture as an address that holds itself."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
