"""Arrays from programs → digit images, as the networks read them."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from digitcnn.errors import DigitcnnError

_SIDE = 28

Paper = Literal["dark", "light"]


class WrongImages(DigitcnnError):
    """An array that does not hold digit images."""


def digit_images(array: ArrayLike, paper: Paper = "dark") -> NDArray[np.uint8]:
    """The digit images of an array: uint8 (n, 28, 28), 0 paper, 255 ink.

    They are taken as they are, already centred and 28 pixels wide, as MNIST's are; drawings and
    pictures of any size go through :mod:`digitcnn.preprocessing.digit_image` instead.

    Args:
        array: integers 0 to 255, or floats 0 to 1; (n, 28, 28), (n, 28, 28, 1) or (n, 784), or
            one image, (28, 28) or (784,).
        paper: ``"dark"`` where paper is 0 and ink the highest value, as in MNIST; ``"light"``
            where it is the other way round.

    Raises:
        WrongImages: another shape, dtype or range, or no ``paper`` of these.
    """
    if paper not in ("dark", "light"):
        raise WrongImages(f'paper is "dark" or "light", not {paper!r}.')
    try:
        values = np.asarray(array)
    except ValueError as error:
        raise WrongImages("The images must be one array: all of the same size.") from error
    values = _squares(values)
    if np.issubdtype(values.dtype, np.floating):
        if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
            raise WrongImages(
                "Images of floats must be within 0 to 1; divide them by their highest value, or "
                "pass uint8, 0 to 255."
            )
        values = np.rint(values * 255)
    elif np.issubdtype(values.dtype, np.integer):
        if values.min() < 0 or values.max() > 255:
            raise WrongImages(
                "Images of integers must be within 0 to 255; "
                f"these go from {values.min()} to {values.max()}."
            )
    elif values.dtype == bool:
        values = values * np.uint8(255)
    else:
        raise WrongImages(f"Images must be integers or floats, not {values.dtype}.")
    images = np.ascontiguousarray(values, np.uint8)
    return 255 - images if paper == "light" else images


def _squares(values: np.ndarray) -> np.ndarray:
    """The same values as (n, 28, 28)."""
    shape = values.shape
    if shape[-3:] == (_SIDE, _SIDE, 1):
        values = values[..., 0]
    elif shape[-1:] == (_SIDE * _SIDE,):
        values = values.reshape(*shape[:-1], _SIDE, _SIDE)
    if values.ndim == 2:
        values = values[None]
    if values.ndim != 3 or values.shape[1:] != (_SIDE, _SIDE) or not len(values):
        raise WrongImages(
            f"Images must be of shape (n, 28, 28) or (n, 784), at least one; this is {shape}."
        )
    return values
