"""Whether an attribution is faithful: deletion and insertion curves.

The ink that is said to matter most is removed first: the more it mattered, the sooner the
network loses the digit. Then it is put back first, on blank paper: the sooner the digit is back.

Source: Petsiuk et al. 2018, "RISE: Randomized input sampling for explanation of black-box models";
here in steps of equal parts of the ink, and random order shuffles the inked pixels only, as
whoever shuffles the blank ones too has an easy win.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Ints
from digitcnn.evaluation.logits import softmax
from digitcnn.explain.occlusion import Logits, attribution

N_STEPS = 20


@dataclass(frozen=True, eq=False)
class Curves:
    """Probability of the label while ink goes or comes; means over digits.

    Attributes:
        deletion: float64 (N_STEPS + 1,), from the whole picture to blank paper.
        insertion: float64 (N_STEPS + 1,), from blank paper to the whole picture.
    """

    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]

    @property
    def deletion_area(self) -> float:
        """Area under the deletion curve, 0 to 1; less is better."""
        return float(np.trapezoid(self.deletion) / N_STEPS)

    @property
    def insertion_area(self) -> float:
        """Area under the insertion curve, 0 to 1; more is better."""
        return float(np.trapezoid(self.insertion) / N_STEPS)


def compare(images: NDArray[np.uint8], logits: Logits, seed: int = 0) -> tuple[Curves, Curves]:
    """Curves in the order of the attribution, and in random order.

    Args:
        images: uint8 (n, 28, 28), n ≥ 1; each with ink.
        logits: the network; the label is what it reads.
        seed: of the random order.
    """
    rng = np.random.default_rng(seed)
    attributed, shuffled = [], []
    labels = logits(images).argmax(axis=1)
    for image, label in zip(images, labels, strict=True):
        ink = np.flatnonzero(image)
        speaks = attribution(image, logits).present[label].ravel()[ink]
        attributed.append(_curves(image, ink[np.argsort(-speaks, kind="stable")], label, logits))
        shuffled.append(_curves(image, rng.permutation(ink), label, logits))
    return Curves(*np.mean(attributed, axis=0)), Curves(*np.mean(shuffled, axis=0))


def _curves(
    image: NDArray[np.uint8], order: Ints, label: int, logits: Logits
) -> NDArray[np.float64]:
    """Deletion and insertion of one digit: float64 (2, N_STEPS + 1)."""
    pictures = np.zeros((2, N_STEPS + 1, image.size), np.uint8)
    pictures[0] = image.ravel()
    for step in range(N_STEPS + 1):
        chosen = order[: round(len(order) * step / N_STEPS)]
        pictures[0, step, chosen] = 0
        pictures[1, step, chosen] = image.ravel()[chosen]
    read = softmax(logits(pictures.reshape(-1, 28, 28)).astype(np.float64))
    return read[:, label].reshape(2, N_STEPS + 1)
