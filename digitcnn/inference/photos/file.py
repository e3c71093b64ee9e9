"""A picture file → the picture as a person sees it, and its digits."""

import io
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from digitcnn.inference.photos.digits import find_digits
from digitcnn.inference.photos.found import Found, FoundPage, Part
from digitcnn.preprocessing import image_file

WORK_PX = 2000  # longer side of the picture in which digits are looked for
_SMALLEST_PX = 160  # smaller pictures are enlarged first
SHOWN_PX = 1280  # longer side of the picture that is shown
_SHOWN_QUALITY = 75


def find(source: Path | BinaryIO) -> FoundPage:
    """What may be digits in a picture file of any format that Pillow reads, or HEIC.

    Raises:
        NoPicture, DamagedPicture, PictureTooLarge: see :mod:`digitcnn.preprocessing.image_file`.
        NothingWritten, TooManyThings: see :mod:`digitcnn.inference.photos.found`.
    """
    shown, size = _shown(source)
    lines = find_digits(np.asarray(shown.convert("L")))
    scale = size[0] / shown.width, size[1] / shown.height
    file = io.BytesIO()
    shown.thumbnail((SHOWN_PX, SHOWN_PX), Image.Resampling.BOX)
    shown.save(file, "JPEG", quality=_SHOWN_QUALITY)
    lines = [[_scaled(found, scale) for found in line] for line in lines]
    return FoundPage(size, file.getvalue(), lines)


def _shown(source: Path | BinaryIO) -> tuple[Image.Image, tuple[int, int]]:
    """The picture as a person sees it, RGB, at most ``WORK_PX``; and its size in the file."""
    _know_heic()
    with image_file.opened(source, WORK_PX) as (picture, size):
        # Turning a small picture takes less than turning a large one.
        picture.thumbnail((WORK_PX, WORK_PX), Image.Resampling.BOX, reducing_gap=None)
        is_aside = ImageOps.exif_transpose(picture).size != picture.size
        picture = ImageOps.exif_transpose(picture)
        if picture.width != picture.height and is_aside:
            size = size[::-1]
        picture = image_file.on_paper(picture).convert("RGB")
    if max(picture.size) < _SMALLEST_PX:
        factor = -(-_SMALLEST_PX // max(picture.size))
        picture = picture.resize((picture.width * factor, picture.height * factor))
    return picture, size


def _know_heic() -> None:
    """Lets Pillow read what iPhones write, if the library for it is there."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener(thumbnails=False)


def _scaled(found: Found, scale: tuple[float, float]) -> Found:
    """The same with its box in pixels of the whole picture."""
    x, y, width, height = found.box
    left, top = int(x * scale[0]), int(y * scale[1])
    right, bottom = int(np.ceil((x + width) * scale[0])), int(np.ceil((y + height) * scale[1]))
    parts = tuple(Part(part.start, part.end, _scaled(part.found, scale)) for part in found.parts)
    box = (left, top, right - left, bottom - top)
    return replace(found, box=box, parts=parts)
