"""How a reading changes as a digit is changed more and more: rotated, blurred, covered …

A change has an amount, which is tried in :data:`N_STEPS` steps: for one digit, and for many.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools, Floats
from digitcnn.data import distortions
from digitcnn.data.digits import Digits
from digitcnn.data.distortions import Digit
from digitcnn.evaluation.logits import free_energy, softmax
from digitcnn.inference.browser import weights
from digitcnn.inference.moment_network import forward, stages
from digitcnn.inference.recognizer import Recognizer

N_STEPS = 21
N_DIGITS = 1_000  # of the curve for many
_AT_ONCE = 50  # digits that are changed before they are read, so that memory stays small

_CHANCE: Floats = np.random.default_rng(28).random((28, 28))  # the same pixels at every amount


@dataclass(frozen=True)
class Change:
    """A way to change a digit.

    Attributes:
        title: what it is called.
        low, high: the least and the greatest amount.
        usual: the amount that changes nothing.
        unit: of the amount, as it stands behind a number.
        make: a digit image and an amount → the digit image that becomes of it.
    """

    title: str
    low: float
    high: float
    usual: float
    unit: str
    make: Callable[[Digit, float], Digit]

    @property
    def amounts(self) -> list[float]:
        """The amounts that are tried."""
        return [round(float(x), 4) for x in np.linspace(self.low, self.high, N_STEPS)]

    def of(self, digit: Digit) -> NDArray[np.uint8]:
        """A digit image, uint8 (28, 28), changed by each amount: uint8 (N_STEPS, 28, 28)."""
        return np.stack([self.make(digit, amount) for amount in self.amounts])


CHANGES = {
    "turn": Change("Turn", -90, 90, 0, "°", distortions.turned),
    "slant": Change("Slant", -1, 1, 0, " px a row", distortions.slanted),
    "size": Change("Size", 0.4, 1.4, 1, " ×", distortions.resized),
    "thickness": Change("Thickness", -5, 5, 0, " px", distortions.thickened),
    "blur": Change("Blur", 0, 5, 0, " px", distortions.blurred),
    "noise": Change(
        "Noise", 0, 100, 0, "% of the pixels",
        lambda digit, part: distortions.speckled(digit, part / 100, _CHANCE),
    ),
    "block": Change(
        "Cover", 0, 20, 0, " px wide", lambda digit, side: distortions.covered(digit, round(side))
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curve:
    """What is read at each amount.

    Attributes:
        probabilities: float (N_STEPS, 10).
        is_digit: bool (N_STEPS,).
    """

    probabilities: Floats
    is_digit: Bools

    @property
    def labels(self) -> list[int]:
        """What is read at each amount."""
        labels: list[int] = self.probabilities.argmax(axis=1).tolist()
        return labels

    @property
    def confidences(self) -> Floats:
        """How sure the network is of that."""
        confidences: Floats = self.probabilities.max(axis=1)
        return confidences


@dataclass(frozen=True, eq=False)
class ManyCurve:
    """The same for many digits.

    Attributes:
        n: how many.
        right: share read correctly at each amount, refused or not: float (N_STEPS,).
        confidence: mean confidence at each amount.
        refused: part refused at each amount.
    """

    n: int
    right: Floats
    confidence: Floats
    refused: Floats


class Silenceable:
    """A network of which single feature maps can be switched off; it reads in a single view.

    Args:
        packed: the network, as :func:`digitcnn.inference.browser.weights.packed` gives it.
    """

    def __init__(self, packed: bytes):
        header, arrays = weights.unpacked(packed)
        self._layers = header["layers"]
        self._pairs = [
            None if pair is None else (pair[0].astype(np.float32), pair[1].astype(np.float32))
            for pair in arrays
        ]
        self._temperature = float(header["temperature"])
        self._threshold: float | None = header["digit_threshold"]
        self._stages = stages(self._layers)

    @property
    def n_maps(self) -> list[int]:
        """How many feature maps each convolution has."""
        return [layer["outputs"] for layer in self._layers if layer["kind"] == "conv"]

    def read(self, images: NDArray[np.uint8], silent: dict[int, list[int]]) -> Curve:
        """What is read in digit images, uint8 (n, 28, 28).

        Args:
            images: the digit images.
            silent: maps that are switched off, from 0, by their convolution, from 0.
        """
        by_layer = {self._stages[stage]: maps for stage, maps in silent.items()}
        outputs = forward(self._layers, self._pairs, images, by_layer)
        logits = outputs[-1].reshape(len(images), -1, 10).mean(axis=1)
        is_digit = np.ones(len(images), bool)
        if self._threshold is not None:
            is_digit = free_energy(logits.astype(np.float32)) >= self._threshold
        return Curve(softmax(logits.astype(np.float64) / self._temperature), is_digit)


def curve(change: Change, digit: Digit, recognizer: Recognizer) -> Curve:
    """What a network reads in a digit image, uint8 (28, 28), changed by each amount."""
    outputs = recognizer.outputs(change.of(digit))
    return Curve(outputs.probabilities.astype(np.float64), outputs.is_digit)


def curve_of_many(change: Change, digits: Digits, recognizer: Recognizer) -> ManyCurve:
    """The same for many digits, at least one."""
    sums = np.zeros((3, N_STEPS))
    for start in range(0, len(digits), _AT_ONCE):
        some = digits.images[start : start + _AT_ONCE]
        labels = np.repeat(digits.labels[start : start + _AT_ONCE], N_STEPS)
        outputs = recognizer.outputs(np.concatenate([change.of(digit) for digit in some]))
        told = (
            outputs.probabilities.argmax(axis=1) == labels,
            outputs.probabilities.max(axis=1),
            ~outputs.is_digit,
        )
        sums += np.stack([row.reshape(-1, N_STEPS).sum(axis=0) for row in told])
    right, confidence, refused = sums / len(digits)
    return ManyCurve(len(digits), right, confidence, refused)
