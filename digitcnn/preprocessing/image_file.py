"""A picture file → raster, from where it is treated like a drawing.

For pictures with one digit on even paper: scans, screenshots, drawings, MNIST's own images; dark
on light or light on dark, in any colours.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from digitcnn.array_types import Floats
from digitcnn.errors import DigitcnnError

RASTER_PX = 1000  # longer side of what is looked at; larger pictures are scaled down
LIMIT_MEGAPIXELS = 25  # as unpacked into memory
JPEG_LIMIT_MEGAPIXELS = 90  # JPEG can be unpacked at a fraction of its size

# Pillow would hand these to other programs, or only know that they are pictures.
_NOT_READ = {"EPS", "WMF", "BUFR", "GRIB", "HDF5", "FITS"}
LEAST_PX = 5
_LEAST_CONTRAST = 20  # of 255: ink that differs less from the paper is not to be trusted
_RIM = 0.04  # of each side: the border that shows what the paper looks like


class NoPicture(DigitcnnError):
    """A file that is no picture, or none of a kind that is read."""


class DamagedPicture(DigitcnnError):
    """A picture that ends too early or contradicts itself."""


class PictureTooLarge(DigitcnnError):
    """More pixels than the program is willing to unpack."""


class PictureTooSmall(DigitcnnError):
    """Fewer pixels than a digit can be drawn with."""


class FaintPicture(DigitcnnError):
    """Nothing in the picture stands out from its border."""


def read_picture(source: Path | BinaryIO) -> NDArray[np.uint8]:
    """The raster of a picture: uint8 (height, width), 255 paper, 0 ink.

    The paper's colour is that of the picture's border; ink is what differs from it most. Of an
    animation the first picture is read. A picture is turned as its camera noted, and what is
    transparent lies on white.

    Args:
        source: a file or an open binary file, of any format that Pillow reads.

    Raises:
        NoPicture: there is no such file, or it is no picture.
        DamagedPicture: it is cut short or contradicts itself.
        PictureTooLarge: more than 25 megapixels unpacked, or 90 as a JPEG.
        PictureTooSmall: fewer than 5 pixels one way.
        FaintPicture: a blank picture, or nearly so.
    """
    with opened(source, RASTER_PX) as (picture, _):
        papers = _on_papers(ImageOps.exif_transpose(picture))
    return _first_raster(papers, _name(source))


def raster_of(picture: Image.Image) -> NDArray[np.uint8]:
    """The raster of a Pillow image of any mode: uint8 (height, width), 255 paper, 0 ink.

    Raises:
        PictureTooSmall: fewer than 5 pixels one way.
        FaintPicture: a blank picture, or nearly so.
    """
    return _first_raster(_on_papers(picture), "the picture")


def _on_papers(picture: Image.Image) -> list[np.ndarray]:
    """A picture's colours on white paper and, in case it is drawn in white, on black."""
    return [_colours(picture, paper) for paper in (255, 0)]


def _first_raster(papers: list[np.ndarray], name: str) -> NDArray[np.uint8]:
    for colours in papers:
        raster = _raster(colours)
        if raster is not None:
            return raster
    raise FaintPicture(f"Nothing stands out in {name}. Is there a digit in it, darker or lighter?")


@contextlib.contextmanager
def opened(
    source: Path | BinaryIO, side_px: int, page: int = 0
) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    """A picture, unpacked, and its size in the file, px: neither is turned yet.

    A fault that shows while the block runs is the picture's, too.

    Args:
        source: a file or an open binary file, of any format that Pillow reads.
        side_px: how long its longer side needs to be; JPEGs are unpacked no larger than it takes.
        page: which page of a TIFF or PDF, counted from 0.

    Raises:
        NoPicture, DamagedPicture, PictureTooLarge, PictureTooSmall: as for :func:`read_picture`.
    """
    name = _name(source)
    if _is_pdf(source):
        yield _pdf_page(source, name, page, side_px)
        return
    with _open(source, name) as picture:
        if page:
            _turn_to(picture, page, name)
        size = picture.size
        if min(size) < LEAST_PX:
            raise PictureTooSmall(
                f"{name} has only {size[0]} × {size[1]} pixels; a digit needs {LEAST_PX} each way."
            )
        picture.draft(None, (side_px, side_px))
        if (
            size[0] * size[1] > JPEG_LIMIT_MEGAPIXELS * 1e6
            or picture.width * picture.height > LIMIT_MEGAPIXELS * 1e6
        ):
            raise PictureTooLarge(
                f"{name} has {size[0] * size[1] / 1e6:.0f} megapixels; at most "
                f"{LIMIT_MEGAPIXELS} are read ({JPEG_LIMIT_MEGAPIXELS} as a JPEG). "
                "Scale it down and try again."
            )
        try:
            picture.load()
            yield picture, size
        except MemoryError as error:
            raise PictureTooLarge(f"{name} is too large to be read here.") from error
        except Exception as error:  # Pillow raises all kinds for a file that is not as it says.
            raise DamagedPicture(f"{name} is damaged and can't be read ({error}).") from error


def n_pages(picture: Image.Image) -> int:
    """How many pages a picture that :func:`opened` gave has; the pictures of a film are none."""
    if "pdf_pages" in picture.info:
        return int(picture.info["pdf_pages"])
    return int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1


def _turn_to(picture: Image.Image, page: int, name: str) -> None:
    try:
        picture.seek(page)
    except Exception as error:  # As for opening.
        raise DamagedPicture(f"Page {page + 1} of {name} can't be read.") from error


def _is_pdf(source: Path | BinaryIO) -> bool:
    try:
        if isinstance(source, Path):
            if not source.is_file():
                return False  # Who opens a pipe waits until somebody writes to it.
            with source.open("rb") as file:
                return file.read(5) == b"%PDF-"
        start = source.tell()
        head = source.read(5)
        source.seek(start)
        return head == b"%PDF-"
    except OSError:
        return False  # It is opened once more, and complains then.


def _pdf_page(
    source: Path | BinaryIO, name: str, page: int, side_px: int
) -> tuple[Image.Image, tuple[int, int]]:
    """A page of a PDF as a picture whose longer side is ``side_px``, and its size."""
    try:
        import pypdfium2
    except ImportError as error:
        raise NoPicture(
            f"{name} is a PDF, and the library for those is missing: install pypdfium2."
        ) from error
    try:
        data = source.read_bytes() if isinstance(source, Path) else source.read()
        document = pypdfium2.PdfDocument(data)
        try:
            n = len(document)
            sheet = document[page]
            scale = side_px / max(*sheet.get_size(), 1e-3)
            picture = sheet.render(scale=scale).to_pil().convert("RGB")
        finally:
            document.close()
    except Exception as error:
        raise DamagedPicture(f"Page {page + 1} of {name} can't be read ({error}).") from error
    picture.info["pdf_pages"] = n
    return picture, picture.size


def on_paper(picture: Image.Image, paper: int = 255) -> Image.Image:
    """A picture of any mode as grey (``L``) or ``RGB``; what is transparent lies on ``paper``."""
    if picture.mode.startswith(("I", "F")):
        # Sixteen bits and more: any range, which is brought to 0 … 255.
        values = np.nan_to_num(np.asarray(picture, np.float32), posinf=0, neginf=0)
        span = max(float(np.ptp(values)), 1e-6)
        return Image.fromarray(((values - values.min()) * (255 / span)).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        opaque = Image.new("RGBA", picture.size, (paper, paper, paper, 255))
        return Image.alpha_composite(opaque, picture).convert("RGB")
    return picture if picture.mode == "L" else picture.convert("RGB")


def _name(source: Path | BinaryIO) -> str:
    return Path(getattr(source, "name", source if isinstance(source, Path) else "picture")).name


def _open(source: Path | BinaryIO, name: str) -> Image.Image:
    if isinstance(source, Path) and source.exists() and not source.is_file():
        # A folder; or a pipe, which would be waited for indefinitely.
        raise NoPicture(f"{name} is not a file.")
    Image.init()
    formats = [kind for kind in Image.OPEN if kind not in _NOT_READ]
    try:
        return Image.open(source, formats=formats)
    except FileNotFoundError as error:
        raise NoPicture(f"There is no file {source}.") from error
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(
            f"{name} has too many pixels. Scale it down and try again."
        ) from error
    except UnidentifiedImageError as error:
        raise NoPicture(
            f"{name} is not a picture that can be read. Use PNG, JPEG, WebP, HEIC, GIF, BMP or "
            "TIFF."
        ) from error
    except OSError as error:
        raise NoPicture(f"{name} can't be opened ({error.strerror or error}).") from error
    except Exception as error:  # As above.
        raise DamagedPicture(f"{name} is damaged and can't be read ({error}).") from error


def _colours(picture: Image.Image, paper: int) -> NDArray[np.float32]:
    """The picture on ``paper``, scaled down: float32 (height, width, channels)."""
    picture = on_paper(picture, paper)
    picture.thumbnail((RASTER_PX, RASTER_PX), Image.Resampling.BOX)
    colours = np.asarray(picture, np.float32)
    return colours.reshape(*colours.shape[:2], -1)


def _raster(colours: Floats) -> np.ndarray | None:
    """How far each pixel is from paper to ink, as a raster; None if nothing stands out.

    Args:
        colours: float32 (height, width, channels), 0 to 255.
    """
    border = _border(colours)
    paper = np.median(border, axis=0)
    distance = np.abs(colours - paper).max(axis=2)
    darkest = distance >= np.percentile(distance, 99.8)
    ink = np.median(colours[darkest], axis=0)
    if np.abs(ink - paper).max() < _LEAST_CONTRAST:
        return None
    way = ink - paper
    share = (colours - paper) @ way / (way @ way)
    # What the border shows beside its median is grain, not ink: a tenth of it is 1.3 standard
    # deviations off, and among a million pixels some are 5.
    grain = np.abs(np.percentile((border - paper) @ way / (way @ way), (10, 90))).max()
    grain = float(np.clip(4 * grain, 0.03, 0.4))
    share = np.clip((share - grain) / (1 - grain), 0, 1)
    levels: np.ndarray = (255 - np.rint(255 * share)).astype(np.uint8)
    return levels


def _border(colours: Floats) -> NDArray[np.float32]:
    """The pixels of the rim: float32 (n, channels)."""
    height, width, channels = colours.shape
    rim = np.ones((height, width), bool)
    deep, wide = max(1, round(_RIM * height)), max(1, round(_RIM * width))
    rim[deep : height - deep, wide : width - wide] = False
    return colours[rim].reshape(-1, channels)
