"""Cross-validated label checks: small networks judge the labels they were not trained on.

A run has learned its own training digits by heart, wrong labels and all, so it can't say which of
them are wrong. Here each fifth of the digits is read by a network that learned from the other four:
one convolution whose filters are pieces of the digits themselves, whitened, its maps rectified and
summed over a grid of sixteen regions, and on that a ridge regression. All five share the filters,
which no label has touched, so one pass over the pictures serves them all. They read some 98 % of
MNIST right; labels that are wrong take little from that.

Source: Coates and Ng 2011, "The importance of encoding versus training with sparse coding and
vector quantization", for filters drawn from the pictures; Northcutt et al. 2021 for folds.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.logits import softmax
from digitcnn.models.networks import N_CLASSES

N_FOLDS = 5
FEWEST = 50  # digits that can be judged so

_SIDE = 6  # of a filter, px
_N_FILTERS = 64
_GRID = 4
_THRESHOLD = 0.25  # of what a filter must find, of at most 1
_N_SAMPLED, _PER_DIGIT = 4_000, 10  # digits, and pieces of each, that filters are drawn from
_PLAINEST = 0.1  # the least standard deviation, of 1, of a piece that can be a filter
_EVEN = 0.025  # keeps even pieces from being stretched to noise
_WHITENED = 0.1  # added to variances
_RIDGE = 100.0
_SHARPNESS = 10.0  # a ridge regression's outputs, near 0 and 1, as logits
_ROWS = 250  # digits at a time: some 100 MB

Tell = Callable[[float], None]
"""Told how much is done, 0 to 1."""


class Folds:
    """Digits, ready to be read by networks that learn from the others of them.

    What takes time is done once, for any labels: 60,000 digits take some 25 seconds of a core and
    half a gigabyte.
    """

    def __init__(
        self, images: NDArray[np.uint8], seed: int = 0, tell: Tell = lambda share: None
    ) -> None:
        """Looks at the pictures.

        Args:
            images: uint8 (n, 28, 28), at least ``FEWEST``.
            seed: of filters and folds.
            tell: called now and then.
        """
        rng = np.random.default_rng(seed)
        self._features = _features(images, rng, tell)
        self._folds = rng.permutation(len(images)) % N_FOLDS
        grams = [some.T @ some for some in map(self._of, range(N_FOLDS))]
        ridge = _RIDGE * np.eye(self._features.shape[1], dtype=np.float32)
        together = np.sum(grams, axis=0)
        self._inverses = [np.linalg.inv(together - gram + ridge) for gram in grams]
        tell(1.0)

    def evaluation(self, labels: NDArray[np.uint8]) -> Evaluation:
        """What each digit is read as by the network that learned from the other folds' labels.

        Args:
            labels: uint8 (n,).
        """
        targets = np.eye(N_CLASSES, dtype=np.float32)[labels]
        sums = [
            self._of(fold).T @ targets[self._folds == fold] for fold in range(N_FOLDS)
        ]  # of features, by class
        outputs = np.empty((len(labels), N_CLASSES))
        for fold, inverse in enumerate(self._inverses):
            weights = inverse @ (np.sum(sums, axis=0) - sums[fold])
            outputs[self._folds == fold] = self._of(fold) @ weights
        return Evaluation("folds", labels, softmax(_SHARPNESS * outputs).astype(np.float32))

    def _of(self, fold: int) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self._features[self._folds == fold]
        return found


def _features(
    images: NDArray[np.uint8], rng: np.random.Generator, tell: Tell
) -> NDArray[np.float32]:
    """What the convolution makes of each digit, and a one: float32 (n, _N_FILTERS * 16 + 1)."""
    filters, bias = _filters(images, rng)
    features = np.ones((len(images), filters.shape[1] * _GRID**2 + 1), np.float32)
    for start in range(0, len(images), _ROWS):
        pieces = _even(_pieces(images[start : start + _ROWS]))
        # As one matrix: the product of many small ones takes twice the time.
        found = pieces.reshape(-1, _SIDE**2) @ filters
        found = np.maximum(found - bias, 0).reshape(*pieces.shape[:3], -1)
        edges = np.linspace(0, found.shape[1], _GRID + 1).astype(int)[:-1]
        sums = np.add.reduceat(np.add.reduceat(found, edges, axis=1), edges, axis=2)
        features[start : start + _ROWS, :-1] = np.sqrt(sums).reshape(len(sums), -1)
        tell(0.85 * (start + len(sums)) / len(images))
    features[:, :-1] -= features[:, :-1].mean(axis=0)
    features[:, :-1] /= max(float(features[:, :-1].std()), 1e-6)
    return features


def _filters(
    images: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Filters, float32 (36, n), and what is taken off what each finds, float32 (n,)."""
    sampled = rng.choice(len(images), min(_N_SAMPLED, len(images)), replace=False)
    pieces = _pieces(images[sampled]).reshape(len(sampled), -1, _SIDE**2)
    places = rng.integers(0, pieces.shape[1], (len(sampled), _PER_DIGIT))
    some = pieces[np.arange(len(sampled))[:, None], places].reshape(-1, _SIDE**2)
    inked = some[some.std(axis=1) > _PLAINEST]
    some = _even(inked if len(inked) else some)
    mean = some.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((some - mean).T))
    whitening = (vectors / np.sqrt(np.maximum(values, 0) + _WHITENED)) @ vectors.T
    drawn = rng.choice(len(some), min(_N_FILTERS, len(some)), replace=False)
    chosen = (some[drawn] - mean) @ whitening
    chosen /= np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-6)
    filters = whitening @ chosen.T
    return filters.astype(np.float32), (mean @ filters + _THRESHOLD).astype(np.float32)


def _pieces(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Every square piece of each picture, 0 to 1: float32 (n, 23, 23, 36)."""
    windows: NDArray[np.float32] = sliding_window_view(
        images.astype(np.float32) / 255, (_SIDE, _SIDE), axis=(1, 2)
    )
    return np.asarray(windows.reshape(*windows.shape[:3], _SIDE**2), np.float32)


def _even(pieces: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pieces without their brightness, and of like contrast."""
    centred = pieces - pieces.mean(axis=-1, keepdims=True)
    contrast = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + _EVEN)
    found: NDArray[np.float32] = centred / contrast
    return found
