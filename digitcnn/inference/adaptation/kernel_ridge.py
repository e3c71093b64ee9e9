"""Confirmed drawings → correction: the regression, and how strong it may be.

What the network knows of a drawing before it decides, its embedding, is compared with those of the
confirmed drawings; near to one of them, its label gains. The correction is found by kernel ridge
regression: it shall lift each drawing's label above all others by a margin, and be zero at
digits of synthetic handwriting, which hold everything else in its place.

Source: Rasmussen & Williams 2006, "Gaussian processes for machine learning", equations 2.25 (the
regression) and 5.12 (each left out in turn); a store of examples beside a network is the idea of
Orhan 2018, "A simple cache model for image recognition".
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools, Floats, Ints
from digitcnn.evaluation.logits import free_energy
from digitcnn.inference.adaptation.correction import Correction, features, kernel
from digitcnn.inference.adaptation.reference_set import ReferenceSet, Seen
from digitcnn.inference.tta import N_VIEWS
from digitcnn.models.networks import N_CLASSES

# How far a label is lifted above the others, in logits, from firmly to not at all.
MARGINS = (10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0, -np.inf)

_LOOKS_LIKE_ONE = 6.0  # free energy above the threshold
_NOISE = 0.1
_N_NEAREST = 400  # of our own handwriting, those most like the drawings
_MOST_ROWS = 500  # views of drawings: what can be solved in a moment
_CHUNK = 1_000

Levels = tuple[int, ...]


class KernelRidge:
    """The regression over confirmed drawings, at any strength.

    Drawings of one label that are read as one digit are a group, and have their strength in
    common: so what contradicts the test digits is learned less firmly, and the rest is not.

    Args:
        drawings: as the network sees them, at least one.
        labels: int64 (n,), what they are.
        reference: of the network's run.

    Attributes:
        groups: of each group its label and as what it is read.
    """

    def __init__(self, drawings: list[Seen], labels: NDArray[np.int64], reference: ReferenceSet):
        self._n_views = max(1, min(N_VIEWS, _MOST_ROWS // len(drawings)))
        self._labels, self._reference = labels, reference
        self._logits = np.stack([drawing.logits for drawing in drawings]).astype(np.float64)
        read = self._logits.argmax(axis=1)
        self.groups = sorted(set(zip(labels.tolist(), read.tolist(), strict=True)))
        self._group = np.array([self.groups.index(pair) for pair in zip(labels, read, strict=True)])
        shown = [
            features(d.embeddings[: self._n_views], d.views[: self._n_views], reference.known)
            for d in drawings
        ]
        rows = np.concatenate(shown)
        self._first = np.stack([own[0] for own in shown])
        nearness = kernel(reference.anchors, rows).max(axis=1)
        anchors = reference.anchors[np.argsort(-nearness, kind="stable")[:_N_NEAREST]]
        self._centres = np.concatenate([rows, anchors])
        covariance = kernel(self._centres, self._centres).astype(np.float64)
        covariance[np.diag_indices_from(covariance)] += _NOISE
        self._inverse: Floats = np.linalg.inv(covariance)

    def correction(self, levels: Levels) -> Correction:
        """The correction with each group lifted by ``MARGINS[level]``."""
        weights = self._weights(self._wanted(levels)).astype(np.float32)
        return Correction(self._centres, weights, self._reference.known)

    def fitted(self, levels: Levels) -> NDArray[np.float64]:
        """The drawings' logits with that correction: float64 (n, 10)."""
        weights = self._weights(self._wanted(levels))
        added: NDArray[np.float64] = kernel(self._first, self._centres) @ weights
        return self._logits + added

    def held_out(self, levels: Levels) -> NDArray[np.float64]:
        """The same with each drawing left out in turn, all its views: float64 (n, 10)."""
        wanted = self._wanted(levels)
        weights = self._weights(wanted)
        corrected = self._logits.copy()
        for i in range(len(self._labels)):
            own = slice(i * self._n_views, (i + 1) * self._n_views)
            missing = np.linalg.solve(self._inverse[own, own], weights[own])
            corrected[i] += wanted[own.start] - missing[0]
        return corrected

    def lost(self, levels: Levels) -> int:
        """How many test digits fewer are read correctly with that correction."""
        logits, labels, added = self._at_risk
        corrected = logits.copy()
        for group, (label, _) in enumerate(self.groups):
            corrected[:, label] += added[levels[group], group]
        before, after = (of.argmax(axis=1) == labels for of in (logits, corrected))
        return int(before.sum()) - int(after.sum())

    def allowed(self, most_lost: float) -> Levels:
        """The firmest levels that cost at most so many test digits."""
        levels = (0,) * len(self.groups)
        last = len(MARGINS) - 1
        while (lost := self.lost(levels)) > most_lost:
            tries = [
                (*levels[:i], level + 1, *levels[i + 1 :])
                for i, level in enumerate(levels)
                if level < last
            ]
            # What brings back most test digits; if nothing does yet, what is firmest.
            costs = [(self.lost(tried), sum(tried)) for tried in tries]
            best = min(range(len(tries)), key=lambda i: (costs[i][0], min(levels), i))
            if costs[best][0] >= lost:
                levels = tuple(min(level + 1, last) for level in levels)
            else:
                levels = tries[best]
        return levels

    @cached_property
    def _at_risk(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The test digits that some levels might change: logits, labels, and what is added.

        The last is float32 (n_levels, n_groups, n_at_risk), added to the group's label alone.
        """
        n_groups, n_levels = len(self.groups), len(MARGINS)
        columns = np.zeros((len(self._centres), n_levels * n_groups))
        for level in range(n_levels):
            wanted = self._wanted((level,) * n_groups)
            for group, (label, _) in enumerate(self.groups):
                mine = np.repeat(self._group == group, self._n_views)
                columns[: len(mine), level * n_groups + group] = wanted[: len(mine), label] * mine
        weights = self._weights(columns).astype(np.float32)
        reference = self._reference
        logits, labels, kept = [], [], []
        for start in range(0, len(reference.labels), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            added = (kernel(reference.test[chunk], self._centres) @ weights).reshape(
                -1, n_levels, n_groups
            )
            best = np.partition(reference.logits[chunk], -2, axis=1)
            reach = 2 * np.abs(added).max(axis=1).sum(axis=1)
            near = best[:, -1] - best[:, -2] <= reach
            logits.append(reference.logits[chunk][near])
            labels.append(reference.labels[chunk][near])
            kept.append(added[near])
        added = np.concatenate(kept).transpose(1, 2, 0)
        return np.concatenate(logits), np.concatenate(labels), added

    def _weights(self, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
        weights: NDArray[np.float64] = self._inverse @ wanted
        return weights

    def _wanted(self, levels: Levels) -> NDArray[np.float64]:
        """What shall be added to the logits of each centre: float64 (k, 10), 0 at anchors."""
        rows = np.arange(len(self._labels))
        others = self._logits.copy()
        others[rows, self._labels] = -np.inf
        margins = np.array([MARGINS[level] for level in levels])[self._group]
        goal = others.max(axis=1) + margins
        if self._reference.threshold is not None:
            # What it takes for no digit shall look like one, though not more so than it must.
            known = free_energy(self._logits) >= self._reference.threshold
            least = self._reference.threshold + np.minimum(margins, _LOOKS_LIKE_ONE)
            goal = np.where(known, np.maximum(goal, least), least)
        lift = np.maximum(0, goal - self._logits[rows, self._labels])
        wanted = np.zeros((len(self._centres), N_CLASSES))
        for view in range(self._n_views):
            wanted[rows * self._n_views + view, self._labels] = lift
        return wanted


def read_right(logits: Floats, labels: Ints, threshold: float | None) -> Bools:
    """Which drawings are taken for digits and read as they are labelled: bool (n,)."""
    right: Bools = logits.argmax(axis=1) == labels
    return right if threshold is None else right & (free_energy(logits) >= threshold)
