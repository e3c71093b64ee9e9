"""A picture file → the picture as a person sees it, and its digits."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps

from digitcnn.errors import DigitcnnError
from digitcnn.inference.photos import sheet
from digitcnn.inference.photos.digits import digits_in
from digitcnn.inference.photos.found import (
    Found,
    FoundPage,
    NothingWritten,
    TooManyThings,
    View,
)
from digitcnn.inference.photos.ink import contrast_of, full_of, ink_of
from digitcnn.inference.photos.whole import SIDE_PX, whole_of
from digitcnn.preprocessing import image_file

WORK_PX = 2000  # longer side of the picture in which digits are looked for
_SMALLEST_PX = 160  # smaller pictures are enlarged first
SHOWN_PX = 1280  # longer side of the picture that is shown
_SHOWN_QUALITY = 75
_LEAST_SHEET_PX = 200  # shorter side of a picture in which a sheet of paper is looked for
_SHEET_RIM = 0.012  # of the sheet's shorter side

_TURNS = {  # Pillow turns against the clock
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def find(
    source: Path | BinaryIO,
    view: View = View(),  # noqa: B008 (it can't be changed)
    is_one: Callable[[FoundPage], bool] | None = None,
    is_shown: bool = True,
) -> FoundPage:
    """What may be digits in a picture file of any format that Pillow reads, or HEIC.

    Args:
        source: a file or an open binary file.
        view: which page of it, turned how, and which part.
        is_one: asked, before digits are looked for, whether the picture is one digit; that takes a
            tenth of the time.
        is_shown: whether the page needs a JPEG.

    Raises:
        NoPicture, DamagedPicture, PictureTooLarge: see :mod:`digitcnn.preprocessing.image_file`.
        NothingWritten, TooManyThings: see :mod:`digitcnn.inference.photos.found`.
    """
    shown, size, n_pages = _shown(source, view)
    picture = np.asarray(shown)
    scale = size[0] / shown.width, size[1] / shown.height
    way, seen = None, _from_above(picture)
    if seen is not None:
        (picture, way), seen = seen, None
    contrast, noise, is_sharp = contrast_of(picture)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    del picture  # 9 MB, which are not looked at again
    flat_size = size
    if way is not None:
        flat_size = round(grey.shape[1] * scale[0]), round(grey.shape[0] * scale[1])
    page = replace(_whole(contrast, noise, grey, flat_size), size=size, view=view, n_pages=n_pages)
    if is_one is None or not is_one(page):
        page = _page(page, contrast, noise, is_sharp, grey, scale)
    if way is not None:
        page = _as_photographed(page, way, scale)
    if is_shown:
        page = replace(page, jpeg=_jpeg(shown))
    return page


def find_or_show(source: BinaryIO, view: View) -> FoundPage:
    """The same for somebody who sees the picture: one in which nothing is found is shown, too.

    Then the page has no lines, and its trouble says why; turned or cropped, there may be some.

    Args:
        source: an open binary file.
        view: which page of it, turned how, and which part.

    Raises:
        NoPicture, DamagedPicture, PictureTooLarge: as for :func:`find`.
    """
    try:
        return find(source, view)
    except (NothingWritten, TooManyThings) as error:
        trouble = str(error)
    source.seek(0)
    shown, size, n_pages = _shown(source, view)
    return FoundPage(size, _jpeg(shown), [], trouble=trouble, view=view, n_pages=n_pages)


def n_pages(source: Path | BinaryIO) -> int:
    """How many pages a picture file has; 1 if it can't be read."""
    _know_heic()
    try:
        with image_file.opened(source, 8) as (picture, _):
            return image_file.n_pages(picture)
    except DigitcnnError:
        return 1


def _from_above(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The sheet in a picture seen from above, and the way back; ``None`` if it is no such."""
    if min(picture.shape[:2]) < _LEAST_SHEET_PX:
        return None
    way = sheet.way_to(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    if way is None:
        return None
    inside = way[1][0], way[1][1]
    flat = cv2.warpPerspective(picture, way[0], inside, flags=cv2.INTER_LINEAR)
    rim = max(2, round(_SHEET_RIM * min(inside)))  # its edges are the table's
    return np.ascontiguousarray(flat[rim:-rim, rim:-rim]), _shifted(np.linalg.inv(way[0]), rim)


def _shifted(way: np.ndarray, rim: int) -> np.ndarray:
    shifted: np.ndarray = way @ np.array([[1.0, 0, rim], [0, 1, rim], [0, 0, 1]])
    return shifted


def _as_photographed(page: FoundPage, way: np.ndarray, scale: tuple[float, float]) -> FoundPage:
    """The same with boxes in the picture as it was photographed."""

    def back(found: Found) -> Found:
        x, y, width, height = found.box
        corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
        corners = corners / scale
        seen = np.column_stack([corners, np.ones(4)]) @ way.T
        seen = seen[:, :2] / seen[:, 2:] * scale
        low = np.floor(seen.min(axis=0)).clip(0)
        high = np.ceil(seen.max(axis=0)).clip(max=page.size)
        left, top = (int(side) for side in low)
        wide, high_px = (int(side) for side in np.maximum(high - low, 1))
        parts = tuple(replace(part, found=back(part.found)) for part in found.parts)
        return replace(found, box=(left, top, wide, high_px), parts=parts)

    lines = [[back(found) for found in line] for line in page.lines]
    wholes = tuple(back(found) for found in page.wholes)
    return replace(page, lines=lines, wholes=wholes, was_flattened=True)


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
        ink = ink_of(contrast, noise, is_sharp)
        lines = digits_in(ink, grey)
    except NothingWritten as error:
        if not page.wholes:
            raise
        return replace(page, trouble=str(error))
    lines = [[_scaled(found, scale) for found in line] for line in lines]
    return replace(page, lines=lines, tilt=ink.tilt)


def _jpeg(shown: Image.Image) -> bytes:
    file = io.BytesIO()
    shown.thumbnail((SHOWN_PX, SHOWN_PX), Image.Resampling.BOX)
    shown.save(file, "JPEG", quality=_SHOWN_QUALITY)
    return file.getvalue()


def _shown(source: Path | BinaryIO, view: View) -> tuple[Image.Image, tuple[int, int], int]:
    """The picture as a person sees it, RGB, at most ``WORK_PX``; its size, and how many pages."""
    _know_heic()
    with image_file.opened(source, WORK_PX, view.page) as (picture, size):
        n_pages = image_file.n_pages(picture)
        # Turning a small picture takes less than turning a large one.
        picture.thumbnail((WORK_PX, WORK_PX), Image.Resampling.BOX, reducing_gap=None)
        is_aside = ImageOps.exif_transpose(picture).size != picture.size
        picture = ImageOps.exif_transpose(picture)
        if picture.width != picture.height and is_aside:
            size = size[::-1]
        picture = image_file.on_paper(picture, _paper(picture)).convert("RGB")
    turn = view.turn % 360
    if turn:
        picture = picture.transpose(_TURNS[turn])
        size = size if turn == 180 else size[::-1]
    left, top, right, bottom = view.crop
    if view.crop != (0.0, 0.0, 1.0, 1.0):
        width, height = picture.size
        box = (int(left * width), int(top * height), round(right * width), round(bottom * height))
        box = (box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1))
        scale = size[0] / width, size[1] / height
        picture = picture.crop(box)
        size = (max(1, round(picture.width * scale[0])), max(1, round(picture.height * scale[1])))
    return picture, size, n_pages


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
    parts = tuple(replace(part, found=_scaled(part.found, scale)) for part in found.parts)
    box = (left, top, right - left, bottom - top)
    return replace(found, box=box, parts=parts)
