"""The new network and the run in use, on the same digits, neither of which has learned them.

What is compared is what is served, the LiteRT models, in as many views as each recipe says.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitcnn.data import handwriting, mnist, stroke_model
from digitcnn.data.digits import Digits
from digitcnn.runs.comparison import Comparison, Part
from digitcnn.runs.run import Run
from digitcnn.training import dataset as datasets
from digitcnn.training.dataset import SPLIT_SEED, Dataset

Read = Callable[[NDArray[np.uint8]], NDArray[np.int64]]
"""From digit images, (n, 28, 28), to the labels read in them, (n,)."""

# Data sets that have digits in common.
_OVERLAPPING = {"MNIST", "qmnist", "emnist-digits", "mnist-c"}


def compare(new: Read, before: Read, in_use: Run, dataset: Dataset, asked: bool) -> Comparison:
    """Which of two networks reads more of the validation digits, and of held-back handwriting.

    Args:
        new: the network that was just trained.
        before: the network of the run in use.
        in_use: that run.
        dataset: what the new one was trained on.
        asked: whether the new one is to take over whatever comes of it.
    """
    shared = dataset.validation[held_back_by_both(in_use, dataset)]
    made = handwriting.held_back(stroke_model.load())
    parts = [
        _part(name, digits, new, before)
        for name, digits in (("validation digits", shared), ("held-back synthetic digits", made))
        if len(digits)
    ]
    return Comparison(in_use.id, in_use.name, tuple(parts), asked)


def held_back_by_both(in_use: Run, dataset: Dataset) -> NDArray[np.bool_]:
    """Which of a training's validation digits the run in use has not learned: (n,)."""
    learned = {part.name: (part.n_training, part.n_validation) for part in in_use.card.datasets}
    if not in_use.card.datasets and in_use.recipe.get("dataset", "mnist") == "mnist":
        n_validation = in_use.card.dataset.n_validation
        learned = {"MNIST": (mnist.N_TRAIN - n_validation, n_validation)}
    seed = in_use.card.dataset.split_seed
    return np.concatenate([_not_learned(part, learned, seed) for part in dataset.parts])


def _not_learned(
    part: datasets.Part, learned: dict[str, tuple[int, int]], seed: int
) -> NDArray[np.bool_]:
    if part.name == "handwriting":
        return np.ones(part.n_validation, bool)  # made of seeds that nothing is learned from
    if part.name not in learned:
        overlaps = part.name in _OVERLAPPING and bool(_OVERLAPPING & set(learned))
        return np.full(part.n_validation, not overlaps)
    n_training, n_validation = learned[part.name]
    n = part.n_training + part.n_validation
    if n_training + n_validation != n:
        return np.zeros(part.n_validation, bool)  # another file of that name
    own = mnist.held_out(n, part.n_validation, SPLIT_SEED)
    free: NDArray[np.bool_] = mnist.held_out(n, n_validation, seed)[own]
    return free


def _part(name: str, digits: Digits, new: Read, before: Read) -> Part:
    correct = new(digits.images) == digits.labels
    known = before(digits.images) == digits.labels
    return Part(
        name, len(digits), int(correct.sum()), int(known.sum()), int((correct != known).sum())
    )
