"""A picture file → the picture as a person sees it, and its digits."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps

from digitcnn.inference.photos.digits import digits_in
from digitcnn.inference.photos.found import Found, FoundPage, NothingWritten, Part
from digitcnn.inference.photos.ink import contrast_of, full_of, ink_of
from digitcnn.inference.photos.whole import SIDE_PX, whole_of
from digitcnn.preprocessing import image_file

WORK_PX = 2000  # longer side of the picture in which digits are looked for
_SMALLEST_PX = 160  # smaller pictures are enlarged first
SHOWN_PX = 1280  # longer side of the picture that is shown
_SHOWN_QUALITY = 75


def find(
    source: Path | BinaryIO,
    is_one: Callable[[FoundPage], bool] | None = None,
    is_shown: bool = True,
) -> FoundPage:
    """What may be digits in a picture file of any format that Pillow reads, or HEIC.

    Args:
        source: a file or an open binary file.
        is_one: asked, before digits are looked for, whether the picture is one digit; that takes a
            tenth of the time.
        is_shown: whether the page needs a JPEG.

    Raises:
        NoPicture, DamagedPicture, PictureTooLarge: see :mod:`digitcnn.preprocessing.image_file`.
        NothingWritten, TooManyThings: see :mod:`digitcnn.inference.photos.found`.
    """
    shown, size = _shown(source)
    picture = np.asarray(shown)
    scale = size[0] / shown.width, size[1] / shown.height
    contrast, noise, is_sharp = contrast_of(picture)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    page = _whole(contrast, noise, grey, size)
    if is_one is None or not is_one(page):
        page = _page(page, contrast, noise, is_sharp, grey, scale)
    if is_shown:
        page = replace(page, jpeg=_jpeg(shown))
    return page


def _whole(
    contrast: np.ndarray, noise: np.ndarray, grey: np.ndarray, size: tuple[int, int]
) -> FoundPage:
    """The page with the picture as one digit, and no lines yet."""
    contrast = contrast / full_of(contrast, noise)
    contrast[contrast < 3 * noise] = 0
    scale = min(1.0, SIDE_PX / max(grey.shape))
    if scale < 1:
        target = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        # Hair lines count as much as they did: the highest of a few pixels, not their mean.
        contrast = cv2.resize(
            cv2.dilate(contrast, np.ones((2, 2), np.uint8)), target, interpolation=cv2.INTER_AREA
        )
        grey = cv2.resize(grey, target, interpolation=cv2.INTER_AREA)
    whole = whole_of(contrast, grey)
    factor = size[0] / grey.shape[1], size[1] / grey.shape[0]
    ways = tuple(_scaled(found, factor) for found in whole.ways)
    return FoundPage(size, b"", [], ways, whole.is_compact)


def _page(
    page: FoundPage,
    contrast: np.ndarray,
    noise: np.ndarray,
    is_sharp: bool,
    grey: np.ndarray,
    scale: tuple[float, float],
) -> FoundPage:
    """The page with its lines."""
    height, width = grey.shape
    if max(height, width) < _SMALLEST_PX:
        factor = -(-_SMALLEST_PX // max(height, width))
        target = (width * factor, height * factor)
        contrast = cv2.resize(contrast, target, interpolation=cv2.INTER_CUBIC).clip(0)
        noise = cv2.resize(noise, target, interpolation=cv2.INTER_LINEAR)
        grey = cv2.resize(grey, target, interpolation=cv2.INTER_CUBIC)
        scale = scale[0] / factor, scale[1] / factor
    try:
        lines = digits_in(ink_of(contrast, noise, is_sharp), grey)
    except NothingWritten as error:
        if not page.wholes:
            raise
        return replace(page, trouble=str(error))
    return replace(page, lines=[[_scaled(found, scale) for found in line] for line in lines])


def _jpeg(shown: Image.Image) -> bytes:
    file = io.BytesIO()
    shown.thumbnail((SHOWN_PX, SHOWN_PX), Image.Resampling.BOX)
    shown.save(file, "JPEG", quality=_SHOWN_QUALITY)
    return file.getvalue()


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
        picture = image_file.on_paper(picture, _paper(picture)).convert("RGB")
    return picture, size


def _paper(picture: Image.Image) -> int:
    """What a transparent picture lies on: white, or black if what is drawn is light."""
    if not picture.has_transparency_data:
        return 255
    small = picture.convert("RGBA")
    small.thumbnail((400, 400), Image.Resampling.BOX)
    values = np.asarray(small, np.float32)
    alpha = values[..., 3]
    if alpha.min() > 250 or not alpha.any():
        return 255
    return 0 if np.average(values[..., :3].mean(axis=2), weights=alpha) > 150 else 255


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
