"""Pictures of every mode and format, turned, transparent, dark or light; and what is none."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digitcnn.data import samples
from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing import digit_image, image_file, ink
from digitcnn.preprocessing.image_file import (
    DamagedPicture,
    FaintPicture,
    NoPicture,
    PictureTooLarge,
    read_picture,
)


def _drawing(digit: int = 4, width: int = 280, height: int = 280) -> Image.Image:
    """A sample digit, black on white, mode L."""
    return Image.fromarray(ink.rasterize(samples.sample(digit))).resize((width, height))


def _file(picture: Image.Image, kind: str = "PNG", **options) -> io.BytesIO:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    file.seek(0)
    return file


def _likeness(raster: np.ndarray, picture: Image.Image) -> float:
    """How alike the digit images of a raster and of a black-on-white picture are: up to 1."""
    images = (digit_image.digit_image(raster), digit_image.digit_image(np.asarray(picture)))
    a, b = (image.astype(float).ravel() for image in images)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "ICO"])
def test_formats(kind):
    picture = _drawing(2, 256, 256)
    assert _likeness(read_picture(_file(picture, kind)), picture) > 0.98


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I", "F", "I;16"])
def test_modes(mode):
    picture = _drawing(3)
    if mode == "I;16":
        other = Image.fromarray(np.asarray(picture).astype(np.uint16) * 200)
    else:
        other = picture.convert("RGB").convert(mode) if mode == "CMYK" else picture.convert(mode)
    assert _likeness(read_picture(_file(other, "TIFF")), picture) > 0.97


@pytest.mark.parametrize(
    ("paper", "pen"),
    [
        ((255, 255, 255), (0, 0, 0)),
        ((0, 0, 0), (255, 255, 255)),
        ((250, 240, 200), (20, 40, 160)),
        ((30, 60, 40), (240, 240, 220)),
        ((200, 60, 60), (60, 120, 60)),
        ((120, 120, 120), (160, 160, 160)),
    ],
    ids=["black on white", "white on black", "blue ink", "chalk", "red and green", "grey on grey"],
)
def test_dark_on_light_and_light_on_dark_in_any_colours(paper, pen):
    picture = _drawing(5)
    share = np.asarray(picture, float)[..., None] / 255
    colours = share * np.array(paper) + (1 - share) * np.array(pen)
    raster = read_picture(_file(Image.fromarray(colours.astype(np.uint8))))
    assert (raster[0, 0], raster.min()) == (255, 0)
    assert _likeness(raster, picture) > 0.97


@pytest.mark.parametrize("noise", [4, 12])
def test_grain_of_paper_is_not_ink(noise):
    picture = _drawing(6)
    grey = 40 + np.asarray(picture, float) * 160 / 255
    grey += np.random.default_rng(0).normal(0, noise, grey.shape)
    raster = read_picture(_file(Image.fromarray(grey.clip(0, 255).astype(np.uint8)), "JPEG"))
    assert _likeness(raster, picture) > 0.95


@pytest.mark.parametrize("pen", [0, 255])
def test_what_is_drawn_on_nothing_is_read_black_or_white(pen):
    picture = _drawing(7)
    strokes = Image.fromarray(255 - np.asarray(picture))
    transparent = Image.merge("LA", (Image.new("L", picture.size, pen), strokes))
    assert _likeness(read_picture(_file(transparent)), picture) > 0.98


def test_a_palette_with_a_transparent_colour():
    picture = _drawing(1).convert("1").convert("P")
    file = _file(picture, "GIF", transparency=255)
    assert _likeness(read_picture(file), _drawing(1)) > 0.95


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_the_camera_noted(orientation):
    upright = _drawing(4, 200, 280)
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    raster = read_picture(_file(stored, "JPEG", exif=exif.tobytes(), quality=95))
    assert raster.shape == (280, 200)
    assert _likeness(raster, upright) > 0.98


def test_of_an_animation_the_first_picture_is_read():
    first, second = _drawing(2), _drawing(8)
    file = _file(first, "GIF", save_all=True, append_images=[second], duration=100)
    assert _likeness(read_picture(file), first) > 0.98


def test_large_pictures_are_scaled_down():
    raster = read_picture(_file(_drawing(3, 3000, 2000)))
    assert raster.shape == (667, 1000)
    assert raster.dtype == np.uint8
    raster = read_picture(_file(_drawing(3, 6000, 5000), "JPEG"))
    assert max(raster.shape) == 1000


def test_mnists_own_images_come_through_unchanged(real_mnist):
    """White on black, 28 by 28, to the edge of the box: what people feed such programs."""
    digits = real_mnist.test[:300]
    off = []
    for image in digits.images:
        back = digit_image.digit_image(read_picture(_file(Image.fromarray(image))))
        off.append(np.abs(back.astype(int) - image).mean())
    # Preprocessing itself centres them anew, by up to a pixel; the median does not move at all.
    assert np.median(off) < 3
    assert np.percentile(off, 95) < 25


def test_a_path_a_file_and_bytes_are_the_same(tmp_path):
    path = tmp_path / "four.png"
    _drawing(4).save(path)
    with open(path, "rb") as file:
        assert np.array_equal(read_picture(path), read_picture(file))


# -- what is no picture


@pytest.mark.parametrize("data", [b"", b"not a picture", b"<svg></svg>", b"PK\3\4"])
def test_what_is_no_picture_is_called_that(data, tmp_path):
    path = tmp_path / "notes.png"
    path.write_bytes(data)
    with pytest.raises(NoPicture, match=r"notes\.png"):
        read_picture(path)


def test_a_pdf_without_a_page_is_damaged(tmp_path):
    path = tmp_path / "notes.png"
    path.write_bytes(b"%PDF-1.4")
    with pytest.raises(DamagedPicture, match=r"notes\.png can't be read"):
        read_picture(path)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(NoPicture, match="no file"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(NoPicture, match="not a file"):
        read_picture(tmp_path)


def test_postscript_is_not_handed_to_another_program():
    with pytest.raises(NoPicture):
        read_picture(_file(_drawing(), "EPS"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP"])
def test_a_truncated_picture_is_damaged_or_none(kind):
    data = _file(_drawing(), kind).getvalue()
    for share in (0.3, 0.6, 0.9):
        with pytest.raises((DamagedPicture, NoPicture)):
            read_picture(io.BytesIO(data[: int(share * len(data))]))


def _png_of(width: int, height: int) -> bytes:
    """A PNG that says it has so many pixels, in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [6_000, 10_000, 20_000, 2**31 - 1])
def test_a_picture_of_100_megapixels_and_bombs_are_refused_unread(side):
    with pytest.raises(PictureTooLarge):
        read_picture(io.BytesIO(_png_of(side, side)))


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_blank_picture_is_faint(grey):
    with pytest.raises(FaintPicture, match="stands out"):
        read_picture(_file(Image.new("L", (100, 100), grey)))


def test_a_blank_picture_of_a_few_pixels_is_faint():
    with pytest.raises(FaintPicture):
        read_picture(_file(Image.new("L", (5, 5))))


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=300, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"])
def test_damage_anywhere_gives_a_raster_or_a_sentence(kind, data):
    whole = _file(_drawing(5, 60, 60), kind).getvalue()
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        raster = read_picture(io.BytesIO(bytes(broken)))
    except DigitcnnError as error:
        assert str(error).rstrip().endswith((".", "?"))
    else:
        assert raster.dtype == np.uint8 and max(raster.shape) <= image_file.RASTER_PX


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1), (4, 300)])
def test_a_picture_of_too_few_pixels_is_told(size, tmp_path):
    Image.new("L", size, 0).save(tmp_path / "thin.png")
    with pytest.raises(image_file.PictureTooSmall, match=r"thin\.png.*pixels"):
        read_picture(tmp_path / "thin.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes that are files")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(image_file.NoPicture, match="not a file"):
        read_picture(tmp_path / "pipe.png")
    with pytest.raises(image_file.NoPicture, match="not a file"):
        read_picture(tmp_path)
