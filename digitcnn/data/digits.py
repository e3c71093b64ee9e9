"""Labelled digit images: what networks learn from and are examined on."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from digitcnn.errors import DigitcnnError
from digitcnn.system import npz

N_CLASSES = 10
_NAMES = (("images", "labels"), ("x_test", "y_test"), ("x_train", "y_train"), ("x", "y"))


class WrongDigits(DigitcnnError):
    """Arrays that are not digit images with their labels."""


@dataclass(frozen=True)
class Digits:
    """Digit images and what they show.

    Attributes:
        images: uint8 (n, 28, 28), 0 paper, 255 ink.
        labels: uint8 (n,), 0 to 9.

    Raises:
        WrongDigits: shapes, dtypes or labels are otherwise.
    """

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self):
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
            raise WrongDigits(
                "The images must be uint8 of shape (n, 28, 28), 0 for paper and 255 for ink; "
                f"these are {images.dtype} of shape {images.shape}."
            )
        if labels.dtype != np.uint8 or labels.shape != (len(images),):
            raise WrongDigits(
                f"The labels must be uint8 of shape ({len(images)},), one for each image; "
                f"these are {labels.dtype} of shape {labels.shape}."
            )
        if len(labels) and labels.max() >= N_CLASSES:
            raise WrongDigits(f"The labels must be 0 to 9; one of these is {labels.max()}.")

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen) -> "Digits":
        """The digits at ``chosen``: a slice, indices, or bool (n,)."""
        return Digits(self.images[chosen], self.labels[chosen])


def fingerprint(digits: Digits) -> str:
    """SHA-256, in hexadecimal, of the images' bytes followed by the labels'."""
    digest = hashlib.sha256(np.ascontiguousarray(digits.images))
    digest.update(np.ascontiguousarray(digits.labels))
    return digest.hexdigest()


def read_digits(path: Path | BinaryIO, called: str = "", limit_mb: int = npz.LIMIT_MB) -> Digits:
    """The digits of an ``.npz`` file that somebody brings along.

    Args:
        path: an archive with ``images`` and ``labels``; or, as in Keras's files, ``x_test`` and
            ``y_test`` (preferred, as those a network was not trained on), or ``x_train`` and
            ``y_train``. Images may have a last axis of length 1, labels any integer dtype.
            A path, or a file that is open for reading bytes.
        called: what messages call the file; its path by default.
        limit_mb: refuse to unpack more than this, MB.

    Raises:
        UnreadableArchive, ArchiveTooLarge: see :func:`digitcnn.system.npz.read`.
        WrongDigits: the arrays are missing, or are not digits with labels.
    """
    called = called or str(path)
    there = npz.names(path, called)
    pair = next((pair for pair in _NAMES if there.issuperset(pair)), None)
    if pair is None:
        raise WrongDigits(
            f"{called} must hold the arrays images, uint8 (n, 28, 28), and labels, uint8 (n,)."
        )
    arrays = npz.read(path, set(pair), limit_mb, called)
    images, labels = (arrays[name] for name in pair)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if np.issubdtype(labels.dtype, np.integer) and labels.ndim == 1:
        if len(labels) and not 0 <= labels.min() <= labels.max() < N_CLASSES:
            raise WrongDigits(f"The labels in {called} must be 0 to 9.")
        labels = labels.astype(np.uint8)
    if not images.size:
        raise WrongDigits(f"{called} holds no digits.")
    try:
        return Digits(images, labels)
    except WrongDigits as error:
        raise WrongDigits(f"{called} can't be read. {error}") from error
