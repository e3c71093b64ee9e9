"""A trained network's evaluation: calibrated on validation digits, read once on test digits.

What is evaluated is what will be served, the LiteRT model.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from digitcnn.evaluation import calibration, embedding_map, label_quality
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.logits import free_energy, softmax
from digitcnn.inference.litert import serving_network
from digitcnn.inference.recognizer import with_tta
from digitcnn.models.recipes import Recipe
from digitcnn.training.dataset import Dataset

REFUSED = 0.005  # part of the validation digits that may be taken for no digit

_CHUNK = 64


@dataclass(frozen=True)
class TestResult:
    """What came of it.

    Attributes:
        evaluation: on the test digits.
        temperature: what logits are divided by.
        digit_threshold: free energy below which something is no digit.
        refused: part of the test digits taken for no digit.
    """

    evaluation: Evaluation
    temperature: float
    digit_threshold: float
    refused: float


def evaluate(
    model: bytes,
    dataset: Dataset,
    recipe: Recipe,
    features: Callable[[np.ndarray], np.ndarray],
) -> TestResult:
    """The evaluation of a LiteRT model.

    Args:
        model: the model's file.
        dataset: its validation and test digits are used.
        recipe: whether digits are read in several views, and the seed of the map of digits.
        features: from uint8 (n, 28, 28) to float32 (n, d), what the network makes of digits before
            it decides; to find labels that do not fit.
    """
    read = serving_network(model)
    if recipe.tta:
        read = with_tta(read)

    def outputs(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        chunks = [
            read(images[start : start + _CHUNK].astype(np.float32))
            for start in range(0, len(images), _CHUNK)
        ]
        logits, embeddings = zip(*chunks, strict=True)
        return np.concatenate(logits), np.concatenate(embeddings)

    logits, _ = outputs(dataset.validation.images)
    temperature = calibration.temperature(logits, dataset.validation.labels)
    threshold = float(np.quantile(free_energy(logits), REFUSED))
    logits, embeddings = outputs(dataset.test.images)
    evaluation = Evaluation(
        dataset.name,
        dataset.test.labels,
        softmax(logits.astype(np.float64) / temperature).astype(np.float32),
        embeddings.astype(np.float16),
        embedding_map.positions(embeddings, recipe.seed),
    )
    neighbours = label_quality.neighbours(features(dataset.test.images), evaluation)
    evaluation = replace(evaluation, neighbours=neighbours)
    refused = float(np.mean(free_energy(logits) < threshold))
    return TestResult(evaluation, temperature, threshold, refused)
