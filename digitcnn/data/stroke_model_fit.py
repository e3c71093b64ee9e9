"""Pen strokes → the parameters of :mod:`digitcnn.data.stroke_model`.

Run once by the project, not by its users' trainings; needs scikit-learn.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from digitcnn.data.stroke_model import (
    FEWEST,
    N_DIRECTIONS,
    N_POINTS,
    Components,
    StrokeModel,
    Strokes,
    bounds,
    resampled,
)
from digitcnn.errors import DigitcnnError

AIM = 45  # drawings for each component, as far as clusters come out evenly
_MOST_STROKES = 4

_Row = tuple[str, int, np.ndarray, np.ndarray]  # character, drawings, mean, directions


class TooFewDrawings(DigitcnnError):
    """No character was drawn often enough."""


def fit(drawings: Iterable[tuple[str, Strokes]], seed: int = 0) -> StrokeModel:
    """A model of strokes fitted to drawings.

    Drawings of a character with the same number of strokes are clustered (k-means), and each
    cluster described by its mean and its principal components. Clusters of fewer than ``FEWEST``
    drawings are dissolved into their neighbours; where a character was hardly ever drawn with that
    many strokes, those drawings are left out.

    Args:
        drawings: each a character and its strokes, float (n_points, 2), in any unit.
        seed: of the clustering.

    Raises:
        TooFewDrawings: no character was drawn ``FEWEST`` times with the same number of strokes.
    """
    groups: dict[tuple[int, str], list[np.ndarray]] = defaultdict(list)
    for label, strokes in drawings:
        if 0 < len(strokes) <= _MOST_STROKES:
            shape = _shape(strokes)
            if shape is not None:
                groups[len(strokes), label].append(shape)
    found: dict[int, list[_Row]] = defaultdict(list)
    for (n_strokes, label), shapes in sorted(groups.items(), key=lambda item: item[0]):
        for members in _clusters(np.stack(shapes).reshape(len(shapes), -1), seed):
            mean, directions = _described(members)
            found[n_strokes].append((label, len(members), mean, directions))
    if not found:
        raise TooFewDrawings(
            f"No character was drawn {FEWEST} times in the same number of strokes; a model needs "
            "more drawings than that."
        )
    return StrokeModel({n_strokes: _components(n_strokes, rows) for n_strokes, rows in
                        found.items()})  # fmt: skip


def _shape(strokes: Strokes) -> np.ndarray | None:
    """The strokes resampled, their box's middle at 0 and its longer side 1; None for a dot."""
    low, longer_side = bounds(strokes)
    if not longer_side > 0:
        return None
    middle = (low + np.concatenate(strokes).max(axis=0)) / 2
    return np.stack([resampled(stroke) - middle for stroke in strokes]) / longer_side


def _clusters(shapes: np.ndarray, seed: int) -> list[np.ndarray]:
    """Groups of at least ``FEWEST`` rows that together are all of ``shapes``; none if too few."""
    from sklearn.cluster import KMeans

    if len(shapes) < FEWEST:
        return []
    kmeans = KMeans(max(1, len(shapes) // AIM), n_init=2, random_state=seed).fit(shapes)
    centres = kmeans.cluster_centers_
    while True:
        nearest = ((shapes[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        counts = np.bincount(nearest, minlength=len(centres))
        if counts.min() >= FEWEST:
            return [shapes[nearest == i] for i in range(len(centres))]
        centres = np.delete(centres, counts.argmin(), axis=0)


def _described(members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean, and principal components each a standard deviation long, zeros where there is none."""
    from sklearn.decomposition import PCA

    n = min(N_DIRECTIONS, len(members) - 1, members.shape[1])
    pca = PCA(n, svd_solver="full").fit(members)
    directions = np.zeros((N_DIRECTIONS, members.shape[1]))
    directions[:n] = pca.components_ * np.sqrt(np.maximum(pca.explained_variance_, 0))[:, None]
    return pca.mean_, directions


def _components(n_strokes: int, rows: Sequence[_Row]) -> Components:
    labels, counts, means, directions = zip(*rows, strict=True)
    shape = (n_strokes, N_POINTS, 2)
    return Components(
        np.array(labels),
        np.array(counts, np.int64),
        np.stack(means).reshape(-1, *shape).astype(np.float32),
        np.stack(directions).reshape(-1, N_DIRECTIONS, *shape).astype(np.float32),
    )
