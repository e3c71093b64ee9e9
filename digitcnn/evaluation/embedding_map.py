"""The map of digits: their embeddings laid out in two dimensions.

The trainer draws it once, from the test digits' embeddings. Any other digit is placed on it
afterwards, among those that it resembles.
"""

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.evaluation.neighbours import nearest, unit_rows

_NEIGHBOURS = 5
_CHUNK = 250


def positions(embeddings: Floats, seed: int = 0) -> NDArray[np.float32]:
    """A position for every digit, so that neighbours in the embedding are neighbours on the map.

    Args:
        embeddings: float (n, d), n > 15; likeness is their cosine.
        seed: the same seed gives the same map on the same machine.

    Returns:
        float32 (n, 2), the longer side from -1 to 1, the centre at 0.

    Source: van der Maaten and Hinton 2008, "Visualizing data using t-SNE"; van der Maaten 2014,
    "Accelerating t-SNE using tree-based algorithms". scikit-learn does the work. Its settings are
    the coarser ones of a quick look: on a run's 10,000 test digits the ten nearest on the map are
    of the same label as often (98.6 %) as with perplexity 30 and angle 0.5, which take longer.
    """
    # Trainer only: it brings SciPy.
    from sklearn.manifold import TSNE

    drawn = TSNE(
        perplexity=15, angle=0.8, max_iter=300, init="pca", n_jobs=-1, random_state=seed
    ).fit_transform(unit_rows(embeddings))
    places = np.asarray(drawn, np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
    scaled: NDArray[np.float64] = (places - (low + high) / 2) * 2 / (high - low).max()
    return scaled.astype(np.float32)


def place(
    embeddings: Floats, others: Floats, positions: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Positions of further digits on a map that was made without them: float32 (n, 2).

    Each goes to the middle of the map's digits most like it, nearer to the more alike. Only the
    majority counts: a digit between two groups goes to one of them, not into the void.

    Args:
        embeddings: float (n, d), of the digits to place.
        others: float (n_map, d), of the digits on the map, n_map ≥ 1.
        positions: float32 (n_map, 2), their places.
    """
    directions, known = unit_rows(embeddings), unit_rows(others)
    k = min(_NEIGHBOURS, len(known))
    places = np.empty((len(directions), 2), np.float32)
    indices, cosines = nearest(directions, known, k)
    for start in range(0, len(directions), _CHUNK):
        alike = cosines[start : start + _CHUNK]
        spots = positions[indices[start : start + _CHUNK]]  # (chunk, k, 2)
        # The neighbour that is nearest to the others on the map stands for the majority.
        apart = np.linalg.norm(spots[:, :, None] - spots[:, None], axis=3)
        middle = np.median(apart, axis=2).argmin(axis=1)
        near_middle = np.take_along_axis(apart, middle[:, None, None], axis=1)[:, 0]
        among = near_middle <= np.maximum(np.median(near_middle, axis=1, keepdims=True), 1e-6)
        weights = np.where(among, np.exp((alike - alike.max(axis=1, keepdims=True)) * 20), 0)
        weights /= weights.sum(axis=1, keepdims=True)
        places[start : start + _CHUNK] = (weights[:, :, None] * spots).sum(axis=1)
    return places
