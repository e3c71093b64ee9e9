"""Digits found in photos, cut out, and read line by line."""

import numpy as np
import pytest
from PIL import Image

from digitcnn.benchmarks.accuracy import photos as benchmark
from digitcnn.benchmarks.accuracy import stroke_file
from digitcnn.benchmarks.accuracy.paper import written_pages
from digitcnn.inference.photos.digits import find_digits
from digitcnn.inference.photos.file import find
from digitcnn.inference.photos.found import Found, FoundPage, NothingWritten, Part, TooManyThings
from digitcnn.inference.photos.picture import read_file
from digitcnn.inference.photos.reading import NoDigits, read_lines, read_page
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing.image_file import DamagedPicture, NoPicture, PictureTooLarge
from digitcnn.runs.store import open_run
from digitcnn.settings import STARTER_FOLDER
from tests.photo_makers import drawn_lines, file_of, overlap, own_digits
from tests.places import PEN_DIGITS

LINES = ("0123456", "98 76", "5")


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(open_run(STARTER_FOLDER))


def texts(picture: np.ndarray, recognizer: Recognizer) -> list[str]:
    return read_page(find(file_of(picture)), recognizer).texts


@pytest.fixture
def page() -> np.ndarray:
    return drawn_lines(LINES)[0]


# -- finding


def test_every_digit_is_found_where_it_is(page):
    _, boxes = drawn_lines(LINES)
    lines = find_digits(page)
    assert [len(line) for line in lines] == [7, 4, 1]
    found = [digit.box for line in lines for digit in line]
    assert min(overlap(one, other) for one, other in zip(found, boxes, strict=True)) > 0.75


def test_lines_are_read_in_order_with_their_spaces(page, recognizer):
    assert texts(page, recognizer) == list(LINES)


@pytest.mark.parametrize("paper_and_pen", [(250, 20), (90, 5), (20, 230), (140, 200), (200, 150)])
def test_dark_on_light_and_light_on_dark(page, recognizer, paper_and_pen):
    paper, pen = paper_and_pen
    grey = pen + page.astype(float) / 255 * (paper - pen)
    grey += np.random.default_rng(0).normal(0, 2, page.shape)
    assert texts(grey.clip(0, 255).astype(np.uint8), recognizer) == list(LINES)


def test_uneven_light_is_not_ink(page, recognizer):
    height, width = page.shape
    slope = np.linspace(1, 0.25, width)[None] * np.linspace(1, 0.7, height)[:, None]
    shadow = np.where(np.arange(width) > width / 2, 0.6, 1.0)
    shadow = np.convolve(np.pad(shadow, 20, "edge"), np.ones(41) / 41, "valid")
    lit = page * slope * shadow[None]
    assert texts(lit.astype(np.uint8), recognizer) == list(LINES)


@pytest.mark.parametrize("angle", [-7, -3, 3, 7])
def test_a_turned_page(page, recognizer, angle):
    turned = Image.fromarray(page).rotate(angle, Image.Resampling.BILINEAR, True, fillcolor=255)
    assert texts(np.asarray(turned), recognizer) == list(LINES)


@pytest.mark.parametrize("angle", [0, 5])
@pytest.mark.parametrize("ruling", ["lined", "squared"])
def test_rulings_are_taken_away_and_strokes_stay(page, recognizer, ruling, angle):
    ruled = page.copy()
    ruled[25::40] = np.minimum(ruled[25::40], 150)
    ruled[26::40] = np.minimum(ruled[26::40], 170)
    if ruling == "squared":
        ruled[:, 13::40] = np.minimum(ruled[:, 13::40], 150)
    picture = Image.fromarray(ruled).rotate(angle, Image.Resampling.BILINEAR, fillcolor=255)
    lines = find_digits(np.asarray(picture))
    assert [len(line) for line in lines] == [7, 4, 1]
    assert texts(np.asarray(picture), recognizer) == list(LINES)


def test_specks_and_dashes_are_passed_over(page, recognizer):
    rng = np.random.default_rng(0)
    for x, y in rng.uniform((0, 0), (page.shape[1] - 9, page.shape[0] - 9), (40, 2)).astype(int):
        if page[y - 8 : y + 16, x - 8 : x + 16].min(initial=255) > 200:
            page[y : y + 4, x : x + 4] = 40
    page[-40:-34, 300:340] = 30  # a dash
    assert texts(page, recognizer) == list(LINES)


def test_a_five_with_its_bar_apart_is_one_digit(recognizer):
    page, boxes = drawn_lines(("353",))
    x, y, width, _ = boxes[1]
    page[y + 11 : y + 15, x : x + width] = 255  # between the bar and the rest
    assert [len(line) for line in find_digits(page)] == [3]


def test_touching_digits_are_cut_apart(recognizer):
    for text in ("60", "4444", "25", "36"):
        page, _ = drawn_lines((text,), gap_px=-3)
        lines = find_digits(page)
        assert sum(map(len, lines)) < len(text)  # they do touch
        (line,) = read_lines(lines, recognizer)
        assert "".join(digit.text for digit in line) == text


def test_rasters_are_clean_paper_and_full_ink(page):
    for found in find_digits(page)[0]:
        raster = found.raster
        assert raster.dtype == np.uint8 and max(raster.shape) <= 112
        assert (raster[[0, -1]] == 255).all() and (raster[:, [0, -1]] == 255).all()
        assert raster.min() == 0 and 0.03 < (raster < 128).mean() < 0.5


def test_one_digit_that_fills_the_picture(recognizer):
    from digitcnn.data import samples
    from digitcnn.preprocessing import ink

    for digit in range(10):
        raster = ink.rasterize(samples.sample(digit))
        assert texts(raster, recognizer) == [str(digit)]


# -- files


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "HEIF"])
def test_formats(page, recognizer, kind):
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    reading = read_page(find(file_of(Image.fromarray(page).convert("RGB"), kind)), recognizer)
    assert reading.texts == list(LINES)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_boxes_are_in_the_picture_as_its_camera_turned_it(orientation):
    page, boxes = drawn_lines(("47", "3"))
    turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}
    stored = Image.fromarray(page).transpose(turn.get(orientation, Image.Transpose.ROTATE_270))
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = find(file_of(stored, "JPEG", quality=95, exif=exif.tobytes()))
    assert found.size == page.shape[::-1]
    at = [digit.box for line in found.lines for digit in line]
    assert min(overlap(one, other) for one, other in zip(at, boxes, strict=True)) > 0.75


def test_boxes_of_a_large_picture_are_in_its_own_pixels():
    page, boxes = drawn_lines(("47", "3"))
    large = Image.fromarray(page).resize((page.shape[1] * 12, page.shape[0] * 12))
    found = find(file_of(large, "JPEG"))
    assert found.size == large.size
    at = [digit.box for line in found.lines for digit in line]
    expected = [tuple(12 * side for side in box) for box in boxes]
    for one, other in zip(at, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=12 * 4)


def test_a_picture_of_one_digit_is_one_digit(tmp_path, recognizer, real_mnist):
    path = tmp_path / "digit.png"
    for image, label in zip(real_mnist.test.images[:40], real_mnist.test.labels[:40], strict=True):
        Image.fromarray(image).save(path)
        read = read_file(path, recognizer)
        assert read.texts == [str(label)]


# -- what can't be read


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_blank_picture(grey):
    with pytest.raises(NothingWritten, match="stands out"):
        find(file_of(np.full((300, 400), grey, np.uint8)))


def test_hundreds_of_blobs():
    page = np.full((1200, 1600), 250, np.uint8)
    page[20:-20:20, 20:-20:20] = 30
    for shift in range(1, 12):
        page[20 + shift : -20 : 20, 20:-20:20] = 30
        page[20 + shift : -20 : 20, 21:-20:20] = 30
        page[20 + shift : -20 : 20, 22:-20:20] = 30
    with pytest.raises(TooManyThings, match="at most 400"):
        find(file_of(page))


def test_no_digits_among_what_is_there(recognizer):
    page = np.full((400, 900), 250, np.uint8)
    rng = np.random.default_rng(0)
    for x in (100, 400, 700):
        page[150:250, x : x + 100] = rng.choice([20, 250], (100, 100)).repeat(1, 0)
    with pytest.raises((NoDigits, NothingWritten)):
        read_page(find(file_of(page)), recognizer)


def test_truncated_lying_and_foreign_files(page):
    data = file_of(page, "JPEG").getvalue()
    with pytest.raises((DamagedPicture, NoPicture)):
        find(file_of_bytes(data[: len(data) // 2]))
    with pytest.raises(NoPicture):
        find(file_of_bytes(b"not a picture"))
    with pytest.raises(PictureTooLarge):
        find(file_of(Image.new("1", (12_000, 9_000))))


def file_of_bytes(data: bytes):
    import io

    return io.BytesIO(data)


# -- cutting


class Surely:
    """A recognizer's stand-in that is as sure of each picture as its first pixel says."""

    def predictions(self, images):
        raise AssertionError("nothing is to be read")


def test_nothing_found_needs_no_network():
    assert read_lines([], Surely()) == []
    with pytest.raises(NoDigits):
        read_page(FoundPage((10, 10), b"", []), Surely())


def test_parts_are_offered_for_what_is_broad_alone():
    page, _ = drawn_lines(("1", "1"))
    assert all(digit.parts == () for line in find_digits(page) for digit in line)
    page, _ = drawn_lines(("2837",), gap_px=-3)
    broad = max((d for line in find_digits(page) for d in line), key=lambda d: d.box[2])
    assert isinstance(broad, Found) and all(isinstance(part, Part) for part in broad.parts)
    left, right = broad.box[0], broad.box[0] + broad.box[2]
    for part in broad.parts:
        x, _, width, _ = part.found.box
        assert left <= x and x + width <= right and width < broad.box[2]


# -- made-up photos


def test_made_up_photos_are_reproducible_and_true():
    first, second = (list(written_pages(own_digits(), 4, seed=3)) for _ in range(2))
    assert [page.jpeg for page in first] == [page.jpeg for page in second]
    assert first[0].jpeg != first[1].jpeg
    # Photo 3 alone is what it is among others.
    assert list(written_pages(own_digits(), 3, seed=3))[2].jpeg == first[2].jpeg
    for page in first:
        grey = np.asarray(Image.open(file_of_bytes(page.jpeg)).convert("L"), float)
        for digit in page.digits:
            x, y, width, height = digit.box
            assert x >= 0 and y >= 0
            assert x + width <= grey.shape[1] + 1 and y + height <= grey.shape[0] + 1


def test_photos_of_our_own_digits_are_read(recognizer):
    readings = list(benchmark.read_pages(written_pages(own_digits(), 16), recognizer))
    figures = benchmark.figures(readings)
    assert figures["n"] > 100
    assert figures["found"] >= 0.97
    assert figures["accuracy"] >= 0.95
    assert figures["false_per_photo"] <= 0.3


def _pen_photos(n: int, recognizer: Recognizer) -> dict:
    if not PEN_DIGITS.is_file():
        pytest.skip("needs ../shared/data/pen_digits.npz")
    digits = stroke_file.read(PEN_DIGITS)
    return benchmark.figures(list(benchmark.read_pages(written_pages(digits, n), recognizer)))


def test_photos_of_what_people_wrote_are_read(recognizer):
    figures = _pen_photos(24, recognizer)
    assert figures["found"] >= 0.95
    assert figures["accuracy"] >= 0.92


@pytest.mark.full
def test_photos_of_what_people_wrote_are_read_300(recognizer):
    figures = _pen_photos(300, recognizer)
    assert figures["found"] >= 0.97
    assert figures["accuracy"] >= 0.95


def test_the_benchmark_counts_honestly():
    """What is missing, wrong, twice found or added counts against it."""
    (page,) = written_pages(own_digits(), 1, seed=5)
    reading = benchmark.PageReading(page, [], [None] * len(page.digits), 2, 0.1)
    figures = benchmark.figures([reading])
    assert (figures["found"], figures["accuracy"], figures["lines_right"]) == (0, 0, 0)
    assert figures["false_per_photo"] == 2
    assert benchmark.sheet([reading]).startswith(b"\x89PNG")
