"""Arrays as other people keep digits → :class:`~digitcnn.data.digits.Digits`, and what was noticed.

Floats, one-hot labels, a channel axis, flat rows, other sizes, white paper, transposed images: all
are understood. What changes the pictures is said in a sentence, never done in silence.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitcnn.array_types import Floats
from digitcnn.data import handwriting
from digitcnn.data.digits import Digits, WrongDigits
from digitcnn.errors import DigitcnnError
from digitcnn.models.networks import N_CLASSES
from digitcnn.preprocessing.digit_image import digit_image

_SIDE = 28
_LARGEST_SIDE = 1024
_UPSCALED_PX = 160  # longer side of a small picture before it is centred as a drawing is
_WHITE = 127  # a rim that is brighter is paper that is white

# Detecting transposed digits: the mean picture of each label is compared with that of synthetic
# handwriting, as it is and transposed. EMNIST's differ by 0.3 and more.
_N_COMPARED, _LEAST_DIGITS, _LEAST_CLASSES, _CLEARLY = 3_000, 40, 5, 0.12
_N_KNOWN, _KNOWN_SEED = 600, 20_260_101


@dataclass(frozen=True)
class Loaded:
    """Digits that somebody brought along.

    Attributes:
        digits: the digits, as networks read them.
        notes: what was noticed and corrected, a sentence each.
    """

    digits: Digits
    notes: tuple[str, ...] = ()


def digits_of(images: np.ndarray, labels: np.ndarray, called: str) -> Loaded:
    """The digits of two arrays.

    Args:
        images: integers or floats, (n, h, w), (n, h, w, 1 or 3), (n, 1, h, w), or (n, h²) of
            square pictures; 0 to 1, -1 to 1, 0 to 16 or 0 to 255; ink on dark or light paper.
        labels: 0 to 9, integers or whole floats, (n,) or (n, 1), or one-hot, (n, 10).
        called: what messages call them.

    Raises:
        WrongDigits: they are something else.
    """
    known = _labels(labels, called)
    pictures = _grey(images, called)
    if len(known) != len(pictures):
        raise WrongDigits(
            f"{called} has {len(pictures):,} images and {len(known):,} labels; each image needs "
            "one."
        )
    pictures, notes = _as_read(pictures, called)
    digits = Digits(pictures, known)
    if _is_transposed(digits):
        digits = Digits(np.ascontiguousarray(digits.images.transpose(0, 2, 1)), known)
        notes.append(
            "Rows and columns are exchanged in these images, as in EMNIST's files; they were "
            "transposed to be read."
        )
    return Loaded(digits, tuple(notes))


def images_of(images: np.ndarray, called: str) -> tuple[np.ndarray, list[str]]:
    """Images without labels, uint8 (n, 28, 28), and what was noticed; see :func:`digits_of`.

    Raises:
        WrongDigits: they are something else.
    """
    return _as_read(_grey(images, called), called)


def _as_read(pictures: NDArray[np.uint8], called: str) -> tuple[np.ndarray, list[str]]:
    """Uint8 (n, h, w) as networks read them, and what was changed in them."""
    if not len(pictures):
        raise WrongDigits(f"{called} holds no digits.")
    notes = []
    if _white_paper(pictures):
        pictures = 255 - pictures
        notes.append("The paper is white in these images; they were inverted to be read.")
    height, width = pictures.shape[1:]
    if (height, width) != (_SIDE, _SIDE):
        pictures = np.stack([_resized(picture) for picture in pictures])
        notes.append(f"The images are {width} × {height}; they were centred and scaled to 28 × 28.")
    return np.ascontiguousarray(pictures), notes


def _labels(labels: np.ndarray, called: str) -> NDArray[np.uint8]:
    """uint8 (n,), 0 to 9."""
    found = np.asarray(labels)
    if found.ndim == 2 and found.shape[1] == N_CLASSES:
        ones = (found == 1).sum(axis=1) == 1
        if not (ones & ((found == 0).sum(axis=1) == N_CLASSES - 1)).all():
            raise WrongDigits(f"The labels in {called} have ten columns, but are not one-hot.")
        hot: NDArray[np.int64] = found.argmax(axis=1)
        return hot.astype(np.uint8)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.dtype.kind in "US":
        found = np.char.strip(found)
        if not np.isin(found, [str(digit) for digit in range(N_CLASSES)]).all():
            raise WrongDigits(f"The labels in {called} must be 0 to 9.")
        found = found.astype(np.int64)
    if found.ndim != 1 or found.dtype.kind not in "iufb":
        raise WrongDigits(
            f"The labels in {called} must be one number for each image, 0 to 9, or one-hot; they "
            f"are {found.dtype} of shape {found.shape}."
        )
    if not np.isin(found, np.arange(N_CLASSES)).all():
        low, high = (found.min(), found.max()) if found.dtype.kind != "f" else (np.nan, np.nan)
        between = f"; these go from {low} to {high}" if low == low else ""
        raise WrongDigits(f"The labels in {called} must be 0 to 9{between}.")
    return found.astype(np.uint8)


def _grey(images: np.ndarray, called: str) -> NDArray[np.uint8]:
    """uint8 (n, h, w), 0 to 255, as bright as they are in the file."""
    found = np.asarray(images)
    if found.dtype.kind not in "iufb":
        raise WrongDigits(f"The images in {called} must be numbers; they are {found.dtype}.")
    if found.ndim == 4 and found.shape[-1] in (1, 3, 4):
        found = found[..., 0] if found.shape[-1] == 1 else _luma(found[..., :3])
    elif found.ndim == 4 and found.shape[1] in (1, 3):
        found = found[:, 0] if found.shape[1] == 1 else _luma(np.moveaxis(found, 1, -1))
    elif found.ndim == 2:
        side = round(found.shape[1] ** 0.5)
        if side * side != found.shape[1] or side < 2:
            raise WrongDigits(
                f"The images in {called} have {found.shape[1]:,} values each, which is no square; "
                "784 are expected, 28 × 28."
            )
        found = found.reshape(-1, side, side)
    if found.ndim != 3 or not 4 <= min(found.shape[1:]) <= max(found.shape[1:]) <= _LARGEST_SIDE:
        raise WrongDigits(
            f"The images in {called} are of shape {np.asarray(images).shape}; (n, 28, 28), "
            "(n, 784) and the like can be read."
        )
    return _scaled(found, called)


def _luma(colours: np.ndarray) -> NDArray[np.float32]:
    """Brightness of (n, h, w, 3). Source: ITU-R BT.601."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    brightness: NDArray[np.float32] = colours.astype(np.float32) @ weights
    return brightness


def _scaled(values: np.ndarray, called: str) -> NDArray[np.uint8]:
    """The same as uint8, 0 to 255, whichever range they are in."""
    if values.dtype == np.uint8 and values.size and values.max() > 16:
        return values
    if not values.size:
        return values.astype(np.uint8)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(low + high):
        raise WrongDigits(f"Some pixels in {called} are not finite numbers.")
    if -1 <= low < 0 and high <= 1:
        low, high = -1.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, next(top for top in (1.0, 16.0, 255.0) if high <= top)
    else:
        raise WrongDigits(
            f"The pixels in {called} go from {low:g} to {high:g}; 0 to 255, 0 to 1 and -1 to 1 can "
            "be read."
        )
    scaled = (values.astype(np.float32) - low) * (255 / (high - low))
    whole: NDArray[np.float32] = np.rint(scaled)
    return whole.astype(np.uint8)


def _white_paper(pictures: NDArray[np.uint8]) -> bool:
    rim = np.concatenate(
        [pictures[:, 0], pictures[:, -1], pictures[:, 1:-1, 0], pictures[:, 1:-1, -1]], axis=1
    )
    return float(np.mean(np.median(rim, axis=1) > _WHITE)) > 0.5


def _resized(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of any size as a drawing of that size would become a digit image."""
    scale = max(1.0, _UPSCALED_PX / max(picture.shape))
    size = tuple(round(side * scale) for side in picture.shape[::-1])
    raster = Image.fromarray(255 - picture).resize(size, Image.Resampling.BICUBIC)
    try:
        return digit_image(np.pad(np.asarray(raster), _SIDE, constant_values=255))
    except DigitcnnError:  # Nothing on it, or hardly anything: a digit image without ink.
        return np.zeros((_SIDE, _SIDE), np.uint8)


def _is_transposed(digits: Digits) -> bool:
    some = digits[np.linspace(0, len(digits) - 1, min(len(digits), _N_COMPARED)).astype(int)]
    present = [d for d in range(N_CLASSES) if (some.labels == d).sum() >= 3 and d not in (0, 1, 8)]
    if len(some) < _LEAST_DIGITS or len(present) < _LEAST_CLASSES:
        return False
    means = _means(some)[present]
    known = _known_means()[present]
    return _likeness(means.transpose(0, 2, 1), known) > _likeness(means, known) + _CLEARLY


def _likeness(means: Floats, known: Floats) -> float:
    pairs = zip(means, known, strict=True)
    return float(np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs]))


def _means(digits: Digits) -> Floats:
    """The mean picture of each label, blank where there is none: float32 (10, 28, 28)."""
    means = np.zeros((N_CLASSES, _SIDE, _SIDE), np.float32)
    for digit in np.unique(digits.labels):
        means[digit] = digits.images[digits.labels == digit].mean(axis=0)
    return means


@functools.lru_cache(maxsize=1)
def _known_means() -> Floats:
    return _means(handwriting.digits(_N_KNOWN, _KNOWN_SEED))
