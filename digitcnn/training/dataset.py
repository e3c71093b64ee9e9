"""What a training works on: digits to learn from, to choose by, and to be examined on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitcnn.data import handwriting, mnist, stroke_model
from digitcnn.data.digits import Digits
from digitcnn.models.recipes import Recipe
from digitcnn.training import scribes


@dataclass(frozen=True)
class Material:
    """Digits by their purpose.

    Attributes:
        training: learned from.
        nondigits: uint8 (n, 28, 28), drawings that the network should be unsure about.
        validation: looked at after each epoch, and calibrated on.
        test: looked at once, at the end; chooses nothing.
        name: the data set's, for people.
    """

    training: Digits
    nondigits: np.ndarray
    validation: Digits
    test: Digits
    name: str


def gather(
    recipe: Recipe, digits: mnist.Mnist | None, model: Path = stroke_model.SHIPPED
) -> Material:
    """What a recipe asks for.

    Args:
        recipe: what decides.
        digits: MNIST; ``None`` to learn, and be examined on, our own handwriting alone.
        model: the model of strokes that learned digits and letters are drawn from.

    Raises:
        HandwritingFailed, UnreadableArchive, ArchiveTooLarge, WrongStrokeModel: see
            :func:`digitcnn.training.scribes.make`.
    """
    made, nondigits = scribes.make(
        scribes.Order(
            recipe.handwriting,
            recipe.nondigits,
            recipe.seed,
            recipe.learned_digits,
            recipe.learned_letters,
            model,
        )
    )
    if digits is None:
        validation = handwriting.digits(recipe.validation, handwriting.EXAM_SEED + 1)
        test = handwriting.digits(handwriting.N_EXAM, handwriting.EXAM_SEED)
        return Material(made, nondigits, validation, test, "handwriting")
    training, validation = mnist.split(digits.train, recipe.validation, recipe.seed)
    training = Digits(
        np.concatenate([training.images, made.images]),
        np.concatenate([training.labels, made.labels]),
    )
    return Material(training, nondigits, validation, digits.test, "MNIST test")
