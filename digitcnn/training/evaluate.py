"""A trained network's evaluation: calibrated on validation digits, read once on test digits.

What is evaluated is what will be served, the LiteRT model.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.evaluation import calibration, embedding_map, label_quality
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.logits import free_energy, softmax
from digitcnn.inference.litert import Raw, serving_network
from digitcnn.inference.recognizer import with_tta
from digitcnn.models.recipes import Recipe
from digitcnn.training.dataset import Dataset

REFUSED = 0.005  # part of the validation digits that may be taken for no digit

Served = Callable[[NDArray[np.uint8]], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""From digit images, (n, 28, 28), to logits (n, 10) and embeddings (n, d)."""

_CHUNK = 64
_THREADS = 2  # the network is asked outside of Python's lock
# Digits that the map is drawn of; the others are placed among them. Of MNIST's 10,000 it takes a
# quarter of the time, and the ten nearest on it are of the same label as often (99.4 and 99.5 %).
_MOST_DRAWN = 4_000
_FEWEST_MAPPED = 40


@dataclass(frozen=True)
class TestResult:
    """What came of it.

    Attributes:
        evaluation: on the test digits.
        temperature: what logits are divided by.
        digit_threshold: free energy below which something is no digit.
        refused: part of the test digits taken for no digit.
        by_part: accuracy on the test digits of each data set, 0 to 1.
        validation_predicted: int64 (n,), the labels read in the validation digits.
    """

    evaluation: Evaluation
    temperature: float
    digit_threshold: float
    refused: float
    by_part: tuple[float, ...]
    validation_predicted: NDArray[np.int64]


def served(model: bytes, recipe: Recipe) -> Served:
    """A LiteRT model as it will read, in several views if the recipe says so; any number of digits.

    Args:
        model: the model's file.
        recipe: what it was trained by.
    """
    readers = [serving_network(model) for _ in range(_THREADS)]
    if recipe.tta:
        readers = [with_tta(read) for read in readers]

    def outputs(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        parts = [part for part in np.array_split(images, _THREADS) if len(part)]
        with ThreadPoolExecutor(_THREADS) as pool:
            logits, embeddings = zip(*pool.map(_in_chunks, readers, parts), strict=True)
        return np.concatenate(logits), np.concatenate(embeddings)

    return outputs


def _in_chunks(
    read: Raw, images: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    chunks = [
        read(images[start : start + _CHUNK].astype(np.float32))
        for start in range(0, len(images), _CHUNK)
    ]
    logits, embeddings = zip(*chunks, strict=True)
    return np.concatenate(logits), np.concatenate(embeddings)


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
    outputs = served(model, recipe)
    return result(
        outputs(dataset.validation.images)[0],
        outputs(dataset.test.images),
        dataset,
        recipe.seed,
        features,
    )


def result(
    validation: NDArray[np.float32],
    test: tuple[NDArray[np.float32], NDArray[np.float32]],
    dataset: Dataset,
    seed: int,
    features: Callable[[np.ndarray], np.ndarray],
) -> TestResult:
    """What comes of a network's outputs.

    Args:
        validation: float32 (n, 10), logits of the validation digits.
        test: logits (n, 10) and embeddings (n, d) of the test digits.
        dataset: the digits.
        seed: of the map of digits.
        features: as for :func:`evaluate`.
    """
    temperature = calibration.temperature(validation, dataset.validation.labels)
    threshold = float(np.quantile(free_energy(validation), REFUSED))
    logits, embeddings = test
    evaluation = Evaluation(
        dataset.name,
        dataset.test.labels,
        softmax(logits.astype(np.float64) / temperature).astype(np.float32),
        embeddings.astype(np.float16),
        positions(embeddings, seed),
    )
    neighbours = label_quality.neighbours(features(dataset.test.images), evaluation)
    evaluation = replace(evaluation, neighbours=neighbours)
    refused = float(np.mean(free_energy(logits) < threshold))
    right = evaluation.predicted == evaluation.labels
    ends = np.cumsum([part.n_test for part in dataset.parts])
    by_part = tuple(float(part.mean()) for part in np.split(right, ends[:-1]))
    return TestResult(
        evaluation, temperature, threshold, refused, by_part, validation.argmax(axis=1)
    )


def positions(embeddings: Floats, seed: int) -> np.ndarray | None:
    """A map of all digits: of many, some thousands are drawn and the others placed among them."""
    if len(embeddings) < _FEWEST_MAPPED:
        return None
    if len(embeddings) <= _MOST_DRAWN:
        return embedding_map.positions(embeddings, seed)
    chosen = np.random.default_rng(seed).permutation(len(embeddings))[:_MOST_DRAWN]
    drawn = embedding_map.positions(embeddings[chosen], seed)
    places = embedding_map.place(embeddings, embeddings[chosen], drawn)
    places[chosen] = drawn
    return places
