"""The files of published data sets, as their makers packed them → digits."""

import bz2
import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from digitcnn.data import digit_files
from digitcnn.data.digit_files import Part
from digitcnn.data.digits import DataSetUnavailable, Digits
from digitcnn.data.layouts import digits_of
from digitcnn.errors import DigitcnnError
from digitcnn.models.networks import N_CLASSES
from digitcnn.preprocessing import ink
from digitcnn.preprocessing.digit_image import digit_image

QMNIST = {part: f"qmnist-{part}-images-idx3-ubyte.gz" for part in ("train", "test")}

# How often each digit occurs. Source: pendigits.names, beside the files.
PENDIGITS_COUNTS = {
    "train": (780, 779, 780, 719, 780, 720, 720, 778, 719, 719),
    "test": (363, 364, 364, 336, 364, 335, 336, 364, 336, 336),
}
PENDIGITS = {"train": "pendigits.tra", "test": "pendigits.tes"}

_OPTDIGITS_TEST = 360  # the last fifth of the 1,797
_PEN_LONGER_SIDE_PX = 160.0


def optdigits(folder: Path, part: Part) -> Digits:
    """scikit-learn's 1,797: the last fifth, in the file's order, are the test digits.

    Raises:
        DataSetUnavailable: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise DataSetUnavailable(
            "optdigits comes with scikit-learn; pip install 'digitcnn[train]' adds it."
        ) from error
    bunch = load_digits()
    chosen = slice(-_OPTDIGITS_TEST, None) if part == "test" else slice(-_OPTDIGITS_TEST)
    return digits_of(bunch.images[chosen], bunch.target[chosen], "optdigits").digits


def usps(folder: Path, part: Part) -> Digits:
    """LIBSVM's format: a label, 1 to 10, and 256 pairs of index and value, -1 to 1, in a line.

    Raises:
        DataSetUnavailable: the file is another.
    """
    path = folder / ("usps.bz2" if part == "train" else "usps.t.bz2")
    try:
        lines = bz2.decompress(path.read_bytes()).decode("ascii").splitlines()
        labels = np.array([float(line.split(maxsplit=1)[0]) for line in lines]).astype(int) - 1
        pixels = np.zeros((len(lines), 256), np.float32)
        for row, line in zip(pixels, lines, strict=True):
            pairs = np.array([pair.split(":") for pair in line.split()[1:]], np.float32)
            row[pairs[:, 0].astype(int) - 1] = pairs[:, 1]
    except (OSError, ValueError, IndexError) as error:
        raise _damaged(path, error) from error
    return digits_of(pixels.reshape(-1, 16, 16), labels, path.name).digits


def qmnist(folder: Path, part: Part) -> Digits:
    """A pair of gzipped IDX files; labels have eight columns, the class first.

    Raises:
        WrongDigits: the files are others.
    """
    return digit_files.load(folder / QMNIST[part]).digits


def emnist(folder: Path, part: Part) -> Digits:
    """Two of the many gzipped IDX files in one archive; rows and columns are exchanged.

    Raises:
        DataSetUnavailable: the file is another.
    """
    path = folder / "gzip.zip"
    try:
        with zipfile.ZipFile(path) as archive:
            images, labels = (
                digit_files.idx_array(
                    gzip.decompress(archive.read(f"gzip/emnist-digits-{part}-{kind}-ubyte.gz")),
                    path.name,
                )
                for kind in ("images-idx3", "labels-idx1")
            )
    except (OSError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error
    return digits_of(images.transpose(0, 2, 1), labels, "emnist-digits").digits


def pendigits(folder: Path, part: Part) -> Digits:
    """Pen strokes, drawn as the app draws them.

    Beside the published ``pendigits.tra`` and ``.tes``, whose digits are a path of eight points
    each, their originals are read where somebody has unpacked them: ``pendigits-orig.tra`` and
    ``.tes``, in UNIPEN's format, which tell where the pen was lifted.

    Raises:
        DataSetUnavailable: format, number of digits, or number of any label differ.
    """
    path = folder / PENDIGITS[part].replace(".", "-orig.")
    original = path.is_file()
    if not original:
        path = folder / PENDIGITS[part]
    try:
        text = path.read_text("ascii")
        written = list(_unipen(text) if original else _paths(text))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    labels = np.array([label for label, _ in written], np.int64)
    counts = np.bincount(labels, minlength=N_CLASSES)
    if tuple(counts) != PENDIGITS_COUNTS[part]:
        raise DataSetUnavailable(
            f"{path} is cut short, or another file: it has {len(labels):,} digits, "
            f"{', '.join(map(str, counts))} of 0 to 9, and should have "
            f"{', '.join(map(str, PENDIGITS_COUNTS[part]))}. Delete it and fetch it again with "
            "python -m digitcnn data get pendigits."
        )
    try:
        images = np.stack([_drawn(strokes) for _, strokes in written])
    except DigitcnnError as error:
        raise _damaged(path, error) from error
    return Digits(images, labels.astype(np.uint8))


def _paths(text: str) -> Iterator[tuple[int, list[np.ndarray]]]:
    """Lines of 16 coordinates, 0 to 100, x right and y up, and the label."""
    table = np.loadtxt(text.splitlines(), np.int64, delimiter=",", ndmin=2)
    if table.shape[1] != 17 or table.min() < 0 or table.max() > 100 or table[:, -1].max() > 9:
        raise ValueError("its lines are not 16 coordinates, 0 to 100, and a digit")
    for row in table:
        points = row[:-1].reshape(8, 2).astype(np.float32)
        yield int(row[-1]), [points * (1, -1)]


def _unipen(text: str) -> Iterator[tuple[int, list[np.ndarray]]]:
    """Source: UNIPEN 1.0 format definition; y up."""
    for segment in text.split(".SEGMENT")[1:]:
        label = re.search(r'"(\d)"', segment)
        if label is None:
            raise ValueError("a segment has no label")
        strokes = []
        for pen_down in segment.split(".PEN_DOWN")[1:]:
            pairs = re.findall(r"^\s*(-?\d+)\s+(-?\d+)", pen_down.split(".PEN_UP")[0], re.M)
            if pairs:
                strokes.append(np.array(pairs, np.float32) * (1, -1))
        yield int(label[1]), strokes


def _drawn(strokes: list[np.ndarray]) -> np.ndarray:
    """Strokes as a digit image, uint8 (28, 28), in the middle of the canvas."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = _PEN_LONGER_SIDE_PX / max(float((high - low).max()), 1.0)
    corner = ink.CANVAS_PX / 2 - (low + high) / 2 * scale
    drawing = ink.of_points([(stroke * scale + corner).tolist() for stroke in strokes])
    return digit_image(ink.rasterize(drawing))


def _damaged(path: Path, error: Exception) -> DataSetUnavailable:
    return DataSetUnavailable(f"{path} is damaged, or another file ({error}).")
