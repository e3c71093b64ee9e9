"""Pictures as data URLs, so that a page needs no files for them."""

import base64
import io
import struct
import zlib
from collections.abc import Iterable

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


def strips_png(strips: Iterable[NDArray[np.uint8]], width: int, height: int) -> bytes:
    """A large grey picture as the content of a PNG file, without the whole of it in memory.

    Args:
        strips: uint8 (n, width), from the top; ``height`` rows in all.
        width, height: of the picture, px.

    Source: Portable Network Graphics, third edition, W3C 2025, sections 5, 9 and 10.
    """
    packer, packed = zlib.compressobj(), []
    for strip in strips:
        lines = np.zeros((len(strip), 1 + width), np.uint8)  # each begins with its filter: none
        lines[:, 1:] = strip
        packed.append(packer.compress(lines.data))
    packed.append(packer.flush())
    head = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)  # 8 bits of grey, not interlaced
    chunks = ((b"IHDR", head), (b"IDAT", b"".join(packed)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def png_url(png: bytes) -> str:
    """A PNG file's content as an address that holds itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def svg_url(svg: str) -> str:
    """An SVG picture as an address that holds itself."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
