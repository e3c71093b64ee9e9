"""Labelled digit images: what networks learn from and are evaluated on."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Chosen
from digitcnn.errors import DigitcnnError
from digitcnn.models.networks import N_CLASSES


class WrongDigits(DigitcnnError):
    """Arrays that are not digit images with their labels."""


class DataSetUnavailable(DigitcnnError):
    """A data set that is not on this machine and can't be fetched, or whose files are others."""


@dataclass(frozen=True)
class Digits:
    """Digit images and what they show.

    Attributes:
        images: uint8 (n, 28, 28), 0 paper, 255 ink.
        labels: uint8 (n,), 0 to 9.

    Raises:
        WrongDigits: shapes, dtypes or labels are otherwise.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
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

    def __getitem__(self, chosen: Chosen) -> "Digits":
        """The digits at ``chosen``: a slice, indices, or bool (n,)."""
        return Digits(self.images[chosen], self.labels[chosen])


def fingerprint(digits: Digits) -> str:
    """SHA-256, in hexadecimal, of the images' bytes followed by the labels'."""
    digest = hashlib.sha256(np.ascontiguousarray(digits.images).data)
    digest.update(np.ascontiguousarray(digits.labels).data)
    return digest.hexdigest()
