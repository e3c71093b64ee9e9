"""Files of digits that somebody has, of every usual kind → digits, and what was noticed.

``.npz`` and ``.npy``; CSV as on Kaggle; MNIST's IDX; folders and zip archives of pictures, one
folder a digit; parquet, read by a process of its own. ``.gz`` around any of them.
"""

import gzip
import io
import itertools
import lzma
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from digitcnn.data.digits import WrongDigits
from digitcnn.data.layouts import Loaded, digits_of, images_of
from digitcnn.errors import DigitcnnError
from digitcnn.models.networks import N_CLASSES
from digitcnn.preprocessing import image_file
from digitcnn.preprocessing.digit_image import digit_image
from digitcnn.system import npz

LIMIT_MB = 500  # of a file, and of what it unpacks to
LIMIT_DIGITS = 1_000_000

KINDS = (
    "an .npz or .npy file, a CSV of labels and pixels, MNIST's IDX files, a folder or .zip of "
    "pictures with a folder for each digit, or a parquet file"
)

Part = Literal["test", "train"]

_IMAGES = ("images", "image", "x", "data", "pixels", "imgs")
_LABELS = ("labels", "label", "y", "target", "targets", "lbls")
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
_LABEL_COLUMNS = ("label", "labels", "class", "target", "digit", "y")
_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_PACKED: dict[bytes, tuple[Callable[[io.BytesIO], io.BufferedIOBase], str]] = {
    b"\x1f\x8b": (gzip.open, ".gz"),
    b"\xfd7": (lzma.open, ".xz"),
}
PARQUET_S = 120.0  # that reading one may take
_ROWS_AT_A_TIME = 2_000  # of a CSV, so that its numbers do not all lie there as floats


def load(
    source: Path | BinaryIO,
    called: str = "",
    part: Part = "test",
    limit_mb: int = LIMIT_MB,
    limit_digits: int = LIMIT_DIGITS,
) -> Loaded:
    """The digits of a file or folder, whichever of the usual kinds it is.

    Args:
        source: a path, or a file that is open for reading bytes.
        called: what messages call it; its name by default. Its ending tells the kind where the
            content alone does not.
        part: which digits are taken where a file has both.
        limit_mb: refuse more than this on disk, and unpacked, MB.
        limit_digits: refuse more digits than this.

    Raises:
        WrongDigits: there are no digits in it that can be read, or too many.
        UnreadableArchive, ArchiveTooLarge: see :func:`digitcnn.system.npz.read`.
    """
    name = called or (source.name if isinstance(source, Path) else "the file")
    if isinstance(source, Path) and source.is_dir():
        loaded = _pictures(_folder(source), name)
    else:
        loaded = _file(source, name, part, limit_mb, limit_digits)
    _check_number(len(loaded.digits), name, limit_digits)
    return loaded


def _check_number(n: int, name: str, limit: int) -> None:
    if n > limit:
        raise WrongDigits(f"{name} holds {n:,} digits; at most {limit:,} are read here.")


TABLES = (".csv", ".npy", ".npz")  # and .gz around them


def is_table(path: Path) -> bool:
    """Whether a file, by its name, holds many digits as numbers."""
    return PurePosixPath(path.name.lower().removesuffix(".gz")).suffix in TABLES


def images(source: Path, limit_mb: int = LIMIT_MB) -> np.ndarray:
    """The digit images of a table or array, labelled or not: uint8 (n, 28, 28).

    Args:
        source: CSV as Kaggle's ``test.csv``, ``.npy`` or ``.npz``.
        limit_mb: refuse more than this on disk, and unpacked, MB.

    Raises:
        WrongDigits, UnreadableArchive, ArchiveTooLarge: see :func:`load`.
    """
    data, name = _unpacked(_bytes(source, source.name, limit_mb), source.name, limit_mb)
    if data[:4] == b"PK\x03\x04":
        there = {known.lower(): known for known in sorted(npz.names(io.BytesIO(data), name))}
        forms = [n + part for part in ("", "_test") for n in _IMAGES]
        known = next(
            (there[form] for form in forms if form in there), min(there.values(), default="")
        )
        arrays = npz.read(io.BytesIO(data), {known}, limit_mb, name)
        if known not in arrays:
            raise WrongDigits(f"{name} holds no images.")
        return images_of(arrays[known], name)[0]
    table = npz.read_npy(data, name) if data[:6] == b"\x93NUMPY" else _csv(data, name, False)
    side = round(table.shape[1] ** 0.5) if table.ndim == 2 else 0
    if table.ndim == 2 and side * side != table.shape[1]:
        return _table(table, name).digits.images
    return images_of(table, name)[0]


def _file(
    source: Path | BinaryIO, name: str, part: Part, limit_mb: int, limit_digits: int
) -> Loaded:
    data, name = _unpacked(_bytes(source, name, limit_mb), name, limit_mb)
    kind = PurePosixPath(name.lower()).suffix
    if data[:4] == b"PK\x03\x04":
        with _archive(data, name) as archive:
            pictures = _zipped(archive, limit_mb)
            if pictures:
                return _pictures(iter(pictures), name)
            table = _zipped_table(archive, name, limit_mb)
        if table is not None:
            return _file(io.BytesIO(table[0]), table[1], part, limit_mb, limit_digits)
        return _npz(data, name, part, limit_mb, limit_digits)
    if data[:6] == b"\x93NUMPY":
        return _table(npz.read_npy(data, name), name)
    if data[:4] == b"PAR1":
        return _parquet(data, name, limit_mb)
    if data[:2] == b"\0\0" and len(data) > 3 and data[2] in _IDX_TYPES:
        return _idx(data, source, name, limit_mb)
    if kind in (".csv", ".tsv", ".txt") or _looks_like_numbers(data):
        return _table(_csv(data, name), name)
    raise WrongDigits(f"{name} is of no kind that is read here: {KINDS}.")


def _bytes(source: Path | BinaryIO, name: str, limit_mb: int) -> bytes:
    limit = limit_mb * 1_000_000
    try:
        if isinstance(source, Path):
            if source.exists() and not source.is_file():
                raise WrongDigits(f"{name} is neither a file nor a folder.")
            with source.open("rb") as file:
                data = file.read(limit + 1)
        else:
            data = source.read(limit + 1)
    except FileNotFoundError as error:
        raise WrongDigits(f"There is no file {name}.") from error
    except OSError as error:
        raise WrongDigits(f"{name} can't be read ({error.strerror}).") from error
    if len(data) > limit:
        raise WrongDigits(f"{name} is larger than {limit_mb} MB, the most that is read here.")
    if not data:
        raise WrongDigits(f"{name} is empty.")
    return data


def _unpacked(data: bytes, name: str, limit_mb: int) -> tuple[bytes, str]:
    """What a compressed file holds, and its name without the ending that says so."""
    if data[:2] not in _PACKED:
        return data, name
    opened, ending = _PACKED[data[:2]]
    limit = limit_mb * 1_000_000
    try:
        with opened(io.BytesIO(data)) as packed:
            plain = packed.read(limit + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise WrongDigits(f"{name} is damaged and can't be unpacked ({error}).") from error
    if len(plain) > limit:
        raise WrongDigits(f"{name} unpacks to more than {limit_mb} MB, the most that is read here.")
    return plain, name.removesuffix(ending)


def _npz(data: bytes, name: str, part: Part, limit_mb: int, limit_digits: int) -> Loaded:
    shapes = npz.shapes(io.BytesIO(data), name)
    there = set(shapes)
    pair = _pair(there, part)
    if pair is not None:  # Before they are unpacked, which may take a thousand times the file.
        _check_number(next(iter(shapes[pair[0]]), 0), name, limit_digits)
    if pair is None and len(there) == 2:  # Whatever they are called: labels have fewer axes.
        arrays = npz.read(io.BytesIO(data), None, limit_mb, name)
        labels, images = sorted(arrays.values(), key=lambda array: (array.ndim, array.size))
        return digits_of(images, labels, name)
    if pair is None:
        found = ", ".join(sorted(there)) or "none"
        raise WrongDigits(
            f"{name} must hold images and labels, under names such as x_test and y_test; its "
            f"arrays are: {found}."
        )
    arrays = npz.read(io.BytesIO(data), set(pair), limit_mb, name)
    return digits_of(arrays[pair[0]], arrays[pair[1]], name)


def _pair(names: set[str], part: Part) -> tuple[str, str] | None:
    """The names of images and labels: plain ones first, then those of the part that is wanted."""
    by_lower = {name.lower(): name for name in sorted(names)}
    parts = [part, *(p for p in ("test", "train") if p != part)]
    forms = ["{}", *(form for p in parts for form in (f"{{}}_{p}", f"{p}_{{}}", f"{p}{{}}"))]
    for form in forms:
        images = next((form.format(n) for n in _IMAGES if form.format(n) in by_lower), None)
        labels = next((form.format(n) for n in _LABELS if form.format(n) in by_lower), None)
        if images and labels:
            return by_lower[images], by_lower[labels]
    return None


def _looks_like_numbers(data: bytes) -> bool:
    line = data[:4000].split(b"\n", 2)
    return len(line) > 1 and bool(re.fullmatch(rb"[\s\d.,;+\-eE]+", line[1][:3000]))


def _csv(data: bytes, name: str, is_labelled: bool = True) -> np.ndarray:
    """A table of numbers; the label's column comes first, wherever a header puts it."""
    first, _, rest = data.partition(b"\n")
    delimiter = next((d for d in (",", ";", "\t") if d.encode() in first), ",")
    columns = [
        c.strip().strip('"').lower() for c in first.decode("utf-8", "replace").split(delimiter)
    ]
    has_header = any(re.search(r"[a-z]", c) and not _is_number(c) for c in columns)
    table = _numbers(rest if has_header else data, delimiter, name)
    if has_header and table.shape[1] == len(columns):
        label = next((i for i, c in enumerate(columns) if c in _LABEL_COLUMNS), None)
        if label is None and not is_labelled:
            return table
        if label is None:
            raise WrongDigits(
                f'{name} has no column "label"; without labels its digits can be read, by '
                "predict, but not counted."
            )
        order = [label, *(i for i in range(len(columns)) if i != label)]
        table = table[:, order]
    return table


def _numbers(data: bytes, delimiter: str, name: str) -> np.ndarray:
    """The rows of a table: uint8 if that holds them, which takes a quarter of the memory."""
    lines, parts = io.BytesIO(data), []
    try:
        while some := list(itertools.islice(lines, _ROWS_AT_A_TIME)):
            if not any(line.strip() for line in some):
                continue
            part = np.loadtxt(some, np.float32, delimiter=delimiter, ndmin=2)
            with np.errstate(invalid="ignore"):
                small = part.astype(np.uint8)
            parts.append(small if np.array_equal(small, part) else part)
        if not parts:
            raise ValueError("it has no rows")
        return np.concatenate(parts)
    except (ValueError, UnicodeDecodeError) as error:
        raise WrongDigits(f"{name} is not a table of numbers: {error}.") from error


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _table(table: np.ndarray, name: str) -> Loaded:
    """Rows of a label and the pixels of a square picture."""
    side = round((table.shape[1] - 1) ** 0.5) if table.ndim == 2 else 0
    if table.ndim != 2 or side * side != table.shape[1] - 1 or not side:
        raise WrongDigits(
            f"{name} has the shape {table.shape}; a table of digits has a label and 784 pixels in "
            "each row. Arrays of images alone have no labels to count by."
        )
    return digits_of(table[:, 1:], table[:, 0], name)


def _idx(data: bytes, source: Path | BinaryIO, name: str, limit_mb: int) -> Loaded:
    """MNIST's own format: the labels lie in a file beside that of the images."""
    array = idx_array(data, name)
    if not isinstance(source, Path):
        raise WrongDigits(
            f"{name} is one of a pair of IDX files; put images and labels into one .npz archive."
        )
    kinds = ("images", "labels") if array.ndim >= 3 else ("labels", "images")
    pattern = re.sub(r"idx\d-\w+", "idx*", source.name.replace(*kinds)).replace("idx*", "*")
    pattern = re.sub(r"(\.gz|\.xz)$", "", pattern).rstrip("*") + "*"
    others = [path for path in sorted(source.parent.glob(pattern)) if path != source]
    if kinds[0] not in source.name or not others:
        raise WrongDigits(
            f"{name} holds {'images' if array.ndim >= 3 else 'labels'} alone; put the file of the "
            f"{kinds[1]} beside it, called as MNIST's are."
        )
    other, _ = _unpacked(_bytes(others[0], others[0].name, limit_mb), others[0].name, limit_mb)
    images, labels = array, idx_array(other, others[0].name)
    if images.ndim < 3:
        images, labels = labels, images
    if labels.ndim == 2 and labels.shape[1] == 8:  # QMNIST's: the class, then who wrote it.
        labels = labels[:, 0]
    return digits_of(images, labels, name)


def idx_array(data: bytes, name: str) -> np.ndarray:
    """The array of an IDX file's content, of the dtype and shape that it says.

    Source: LeCun et al., "The MNIST database", file formats.

    Raises:
        WrongDigits: it is none, or is cut short.
    """
    try:
        dtype, n_axes = np.dtype(_IDX_TYPES[data[2]]), data[3]
        shape = struct.unpack(f">{n_axes}I", data[4 : 4 + 4 * n_axes])
        values = np.frombuffer(data, dtype, offset=4 + 4 * n_axes)
        return values.reshape(shape).astype(dtype.newbyteorder("="))
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise WrongDigits(f"{name} is no IDX file, or it is cut short.") from error


def _archive(data: bytes, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise WrongDigits(f"{name} is damaged and can't be unpacked ({error}).") from error


def _zipped(archive: zipfile.ZipFile, limit_mb: int) -> list[tuple[int, str, bytes]]:
    """The pictures of an archive with their labels: name and content."""
    chosen = [
        (label, info)
        for info in archive.infolist()
        if (label := _label_of(PurePosixPath(info.filename))) is not None
    ]
    if sum(info.file_size for _, info in chosen) > limit_mb * 1_000_000:
        raise WrongDigits(f"The pictures unpack to more than {limit_mb} MB.")
    try:
        return [(label, info.filename, archive.read(info)) for label, info in chosen]
    except (OSError, RuntimeError, NotImplementedError, zlib.error, zipfile.BadZipFile) as error:
        raise WrongDigits(f"The archive is damaged and can't be unpacked ({error}).") from error


def _zipped_table(archive: zipfile.ZipFile, name: str, limit_mb: int) -> tuple[bytes, str] | None:
    """The CSV in an archive, as Kaggle packs it, and its name; of several that for training."""
    tables = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
    if len(tables) > 1:
        tables = [info for info in tables if "train" in info.filename.lower()]
    if len(tables) != 1:
        return None
    (chosen,) = tables
    if chosen.file_size > limit_mb * 1_000_000:
        raise WrongDigits(f"{name} unpacks to more than {limit_mb} MB, the most that is read here.")
    try:
        return archive.read(chosen), PurePosixPath(chosen.filename).name
    except (OSError, RuntimeError, NotImplementedError, zlib.error, zipfile.BadZipFile) as error:
        raise WrongDigits(f"{name} is damaged and can't be unpacked ({error}).") from error


def _folder(folder: Path) -> Iterator[tuple[int, str, bytes]]:
    for path in sorted(folder.rglob("*")):
        label = _label_of(path.relative_to(folder))
        if label is not None and path.is_file():
            yield label, str(path.relative_to(folder)), path.read_bytes()


def _label_of(path: PurePosixPath | Path) -> int | None:
    """The digit of a picture, which its folder is called after; ``None`` for other files."""
    if path.suffix.lower() not in _PICTURES or path.name.startswith("."):
        return None
    parent = path.parent.name
    return int(parent) if re.fullmatch(r"[0-9]", parent) else None


def _pictures(pictures: Iterator[tuple[int, str, bytes]], name: str) -> Loaded:
    images: list[np.ndarray] = []
    labels: list[int] = []
    refused: list[str] = []
    for label, path, data in pictures:
        if len(images) >= LIMIT_DIGITS:
            raise WrongDigits(f"{name} holds more than {LIMIT_DIGITS:,} pictures.")
        try:
            images.append(_picture(data))
            labels.append(label)
        except DigitcnnError:
            refused.append(path)
    if not images:
        raise WrongDigits(
            f"{name} holds no pictures that can be read; put them into folders called 0 to 9."
        )
    loaded = digits_of(np.stack(images), np.array(labels), name)
    if not refused:
        return loaded
    left_out = f"{len(refused):,} pictures can't be read and were left out, such as {refused[0]}."
    return Loaded(loaded.digits, (*loaded.notes, left_out))


def _picture(data: bytes) -> NDArray[np.uint8]:
    """A picture as it is, if it has 28 × 28 pixels, else as the app reads pictures."""
    file = io.BytesIO(data)
    with image_file.opened(file, image_file.RASTER_PX) as (picture, size):
        if size == (28, 28):
            grey = np.asarray(image_file.on_paper(picture).convert("L"))
            rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
            return 255 - grey if np.median(rim) > 127 else grey
    file.seek(0)
    return digit_image(image_file.read_picture(file))


def _parquet(data: bytes, name: str, limit_mb: int) -> Loaded:
    """Read by another process: pyarrow takes more memory than the app has."""
    command = [sys.executable, "-m", "digitcnn.data.parquet"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=PARQUET_S)
    except subprocess.TimeoutExpired as error:
        raise WrongDigits(f"Reading {name} took longer than {PARQUET_S:g} s.") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1] if said else f"its reader ended with code {done.returncode}."
        raise WrongDigits(f"{name} can't be read: {why}")
    arrays = npz.read(io.BytesIO(done.stdout), None, limit_mb, name)
    if "images" in arrays:
        return digits_of(arrays["images"], arrays["labels"], name)
    labels, sizes = arrays["labels"], arrays["sizes"]
    if labels.dtype.kind not in "iu" or not np.isin(labels, np.arange(N_CLASSES)).all():
        raise WrongDigits(f"The labels in {name} must be 0 to 9.")
    files = np.split(arrays["files"], np.cumsum(sizes)[:-1])
    numbered = enumerate(zip(labels, files, strict=True))
    return _pictures(((int(y), f"row {i}", file.tobytes()) for i, (y, file) in numbered), name)
