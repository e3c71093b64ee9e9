"""The new network and the run in use, on the same digits, neither of which has learned them.

What is compared is what is served, the LiteRT models, in as many views as each recipe says.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from digitcnn.data import handwriting, mnist, stroke_model
from digitcnn.data.digits import Digits
from digitcnn.runs import card as card_file
from digitcnn.runs.comparison import Comparison, Part
from digitcnn.runs.run import Run
from digitcnn.training import dataset as datasets
from digitcnn.training.dataset import Dataset

Read = Callable[[NDArray[np.uint8]], NDArray[np.int64]]
"""From digit images, (n, 28, 28), to the labels read in them, (n,)."""

# Data sets that have digits in common.
_OVERLAPPING = {"MNIST", "qmnist", "emnist-digits", "mnist-c"}


def compare(
    new: Read,
    before: Read,
    in_use: Run,
    dataset: Dataset,
    asked: bool,
    known: NDArray[np.int64] | None = None,
) -> Comparison:
    """Which of two networks reads more of the validation digits, and of held-back handwriting.

    Args:
        new: the network that was just trained.
        before: the network of the run in use.
        in_use: that run.
        dataset: what the new one was trained on.
        asked: whether the new one is to take over whatever comes of it.
        known: int64 (n,), the labels that the new one has already read in the validation digits;
            by default it is asked.
    """
    both = held_back_by_both(in_use, dataset)
    shared = dataset.validation[both]
    with ThreadPoolExecutor(2) as pool:
        waited_for = pool.submit(_right, before, shared)
        right = _right(new, shared) if known is None else known[both] == shared.labels
        made = handwriting.held_back(stroke_model.load())
        was_right = waited_for.result()
        of_made = pool.map(lambda network: _right(network, made), (new, before))
    parts = (
        _part("validation digits", right, was_right),
        _part("held-back synthetic digits", *of_made),
    )
    return Comparison(in_use.id, in_use.name, tuple(part for part in parts if part.n), asked)


def held_back_by_both(in_use: Run, dataset: Dataset) -> NDArray[np.bool_]:
    """Which of a training's validation digits the run in use has not learned: (n,)."""
    card = in_use.card
    learned = {part.name: part for part in card.datasets}
    if not card.datasets and in_use.recipe.get("dataset", "mnist") == "mnist":
        n = card.dataset.n_validation
        learned = {"MNIST": card_file.Part("MNIST", "", mnist.N_TRAIN - n, n, 0, 0.0)}
    return np.concatenate(
        [
            _not_learned(part, inside, learned, in_use)
            for part, inside in zip(dataset.parts, dataset.held_back, strict=True)
        ]
    )


def _not_learned(
    part: datasets.Part,
    held_back: NDArray[np.bool_],
    learned: dict[str, card_file.Part],
    in_use: Run,
) -> NDArray[np.bool_]:
    if part.name == "handwriting":
        return np.ones(part.n_validation, bool)  # made of seeds that nothing is learned from
    known = learned.get(part.name)
    if known is None:
        overlaps = part.name in _OVERLAPPING and bool(_OVERLAPPING & set(learned))
        return np.full(part.n_validation, not overlaps)
    n = len(held_back)
    if not _is_of(known, part, n, in_use):
        return np.zeros(part.n_validation, bool)  # another file of that name
    # If corrections left some out these are fewer than were held back, and all of them were.
    free = mnist.held_out(n, known.n_validation, in_use.card.dataset.split_seed)
    inside: NDArray[np.bool_] = free[held_back]
    return inside


def _is_of(known: card_file.Part, part: datasets.Part, n: int, in_use: Run) -> bool:
    """Whether what a run learned from are these n digits, or as many as it was to learn from."""
    n_known = known.n_training + known.n_validation
    if in_use.card.corrections or in_use.recipe.get("limit"):
        return known.fingerprint == part.fingerprint and n_known <= n
    return n_known == n


def _right(network: Read, digits: Digits) -> NDArray[np.bool_]:
    """Which digits a network reads right: (n,)."""
    if not len(digits):
        return np.zeros(0, bool)
    right: NDArray[np.bool_] = network(digits.images) == digits.labels
    return right


def _part(name: str, right: NDArray[np.bool_], was_right: NDArray[np.bool_]) -> Part:
    n_differ = int((right != was_right).sum())
    return Part(name, len(right), int(right.sum()), int(was_right.sum()), n_differ)
