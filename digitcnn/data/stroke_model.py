"""Handwriting learned from pen strokes: a generative model, and ink drawn from it.

For each character and number of strokes there are components: a mean shape and the few directions
in which the shapes behind it differed most (principal components of clusters). A drawing sampled
from one is nobody's: no component stands for fewer than ``FEWEST`` drawings. What hands and devices
do to whole strokes, hooks and trimmed ends and parts that drift, is added afterwards, as the
components smooth it away. :mod:`digitcnn.data.stroke_model_fit` makes the parameters.
"""

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats, Ints
from digitcnn.errors import DigitcnnError
from digitcnn.system import npz

FEWEST = 25  # drawings that a component stands for
N_POINTS = 24  # of each stroke, equally far apart along it
N_DIRECTIONS = 8
DIGITS = tuple("0123456789")

SHIPPED = Path(__file__).with_name("stroke_model.npz")

_FARTHEST = 2.5  # standard deviations along a direction; beyond lie shapes that nobody wrote
# Other people differ by more than the few whose drawings were clustered, and write between their
# ways: shapes lie a little farther out, and often part of the way to a neighbouring component.
_SPREAD = 1.15
_BETWEEN, _FARTHEST_BETWEEN = 0.5, 0.6
_ALIKE = 0.15  # from point to point, longer side 1: farther ones were drawn another way round
_LIMIT_MB = 50

Strokes = list[np.ndarray]


class WrongStrokeModel(DigitcnnError):
    """A file that does not hold a model of strokes."""


@dataclass(frozen=True, eq=False)
class Components:
    """All components of characters of one number of strokes.

    Attributes:
        labels: str (n,), the character of each.
        counts: int64 (n,), how many drawings each stands for.
        means: float32 (n, n_strokes, N_POINTS, 2), x right, y down, longer side about 1.
        directions: float32 (n, N_DIRECTIONS, n_strokes, N_POINTS, 2), each a standard deviation
            long.
    """

    labels: NDArray[np.str_]
    counts: Ints
    means: NDArray[np.float32]
    directions: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class StrokeModel:
    """A generative model of pen strokes.

    Attributes:
        components: by number of strokes.
    """

    components: dict[int, Components]

    @property
    def labels(self) -> list[str]:
        """The characters that it can write, sorted."""
        return sorted({str(label) for part in self.components.values() for label in part.labels})

    def __len__(self) -> int:
        return sum(len(part.labels) for part in self.components.values())

    @property
    def fewest(self) -> int:
        """The smallest number of drawings that a component stands for."""
        return min(int(part.counts.min()) for part in self.components.values())

    def sample(self, label: str, rng: np.random.Generator) -> Strokes:
        """A drawing of a character: float (n_points, 2) each stroke, longer side about 1.

        A component is as likely as the number of drawings behind it, softened by a square root so
        that rare ways of writing are seen as well. Half of the drawings lie between it and one of
        those most like it.

        Raises:
            KeyError: the model can't write it.
        """
        parts, chances = self._choices[label]
        n_strokes, i = parts[rng.choice(len(parts), p=chances)]
        part = self.components[n_strokes]
        shape = _shape(part, i, rng)
        others = self._neighbours[n_strokes][i]
        if len(others) and rng.random() < _BETWEEN:
            share = rng.uniform(0, _FARTHEST_BETWEEN)
            other = _shape(part, int(others[rng.integers(len(others))]), rng)
            shape = shape * (1 - share) + other * share
        return _as_by_hand(list(shape.astype(np.float64)), rng)

    @functools.cached_property
    def _neighbours(self) -> dict[int, list[NDArray[np.intp]]]:
        """For each component those of its character that are much like it, by strokes."""
        found = {}
        for n_strokes, part in self.components.items():
            means = part.means.reshape(len(part.labels), -1)
            nearest = []
            for i, label in enumerate(part.labels):
                far = np.sqrt(((means - means[i]) ** 2).mean(axis=1) * 2)
                alike = (part.labels == label) & (far < _ALIKE)
                alike[i] = False
                nearest.append(np.flatnonzero(alike))
            found[n_strokes] = nearest
        return found

    @functools.cached_property
    def _choices(self) -> dict[str, tuple[list[tuple[int, int]], np.ndarray]]:
        choices = {}
        for label in self.labels:
            parts = [
                (n_strokes, int(i))
                for n_strokes, part in self.components.items()
                for i in np.flatnonzero(part.labels == label)
            ]
            weights = np.sqrt([self.components[s].counts[i] for s, i in parts])
            choices[label] = parts, weights / weights.sum()
        return choices

    def to_bytes(self) -> bytes:
        """The model as an ``.npz`` archive of plain arrays, in half precision."""
        arrays: dict[str, np.ndarray] = {}
        for n_strokes, part in self.components.items():
            arrays[f"labels_{n_strokes}"] = part.labels
            arrays[f"counts_{n_strokes}"] = part.counts
            arrays[f"means_{n_strokes}"] = part.means.astype(np.float16)
            arrays[f"directions_{n_strokes}"] = part.directions.astype(np.float16)
        file = io.BytesIO()
        npz.write(file, arrays)
        return file.getvalue()


def load(path: Path = SHIPPED) -> StrokeModel:
    """The model in a file; by default that which ships with the package.

    Raises:
        UnreadableArchive, ArchiveTooLarge: see :func:`digitcnn.npz.read`.
        WrongStrokeModel: arrays are missing, or do not fit each other.
    """
    arrays = npz.read(path, limit_mb=_LIMIT_MB)
    numbers = sorted(
        int(name.removeprefix("labels_"))
        for name in arrays
        if name.startswith("labels_") and name.removeprefix("labels_").isdecimal()
    )
    try:
        components = {n: _components(arrays, n) for n in numbers}
    except (KeyError, TypeError, ValueError):
        components = {}
    if not components:
        raise WrongStrokeModel(
            f"{path} holds no model of strokes; python -m digitcnn handwriting fit makes one."
        )
    return StrokeModel(components)


def _components(arrays: dict[str, np.ndarray], n_strokes: int) -> Components:
    labels, counts = arrays[f"labels_{n_strokes}"], arrays[f"counts_{n_strokes}"]
    means = arrays[f"means_{n_strokes}"].astype(np.float32)
    directions = arrays[f"directions_{n_strokes}"].astype(np.float32)
    n, shape = len(labels), (n_strokes, N_POINTS, 2)
    fits = (
        n > 0
        and n_strokes > 0
        and labels.dtype.kind == "U"
        and counts.shape == labels.shape == (n,)
        and np.issubdtype(counts.dtype, np.integer)
        and (counts > 0).all()
        and means.shape == (n, *shape)
        and directions.shape == (n, N_DIRECTIONS, *shape)
        and np.isfinite(means).all()
        and np.isfinite(directions).all()
    )
    if not fits:
        raise ValueError("arrays that do not fit each other")
    return Components(labels, counts, means, directions)


def _shape(part: Components, i: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A shape of one component: float32 (n_strokes, N_POINTS, 2)."""
    along = np.clip(rng.normal(0, _SPREAD, N_DIRECTIONS), -_FARTHEST, _FARTHEST)
    shape: NDArray[np.float32] = part.means[i] + np.tensordot(along, part.directions[i], 1)
    return shape


def resampled(stroke: Floats, n_points: int = N_POINTS) -> NDArray[np.float64]:
    """Points equally far apart along a stroke, from its first to its last: float64 (n_points, 2).

    Args:
        stroke: float (n, 2), n ≥ 1.
        n_points: how many.
    """
    steps = np.linalg.norm(np.diff(stroke, axis=0), axis=1)
    along = np.append(0.0, np.cumsum(steps))
    where = np.linspace(0, along[-1], n_points)
    return np.stack([np.interp(where, along, stroke[:, axis]) for axis in (0, 1)], axis=1)


def _as_by_hand(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """What hands do to whole strokes: ends trimmed or hooked, parts that drift apart."""
    made = []
    for stroke in strokes:
        if rng.random() < 0.3:
            stroke = _trimmed(stroke, rng)
        for end in (0, -1):
            if rng.random() < 0.12:
                stroke = _hooked(stroke, end, rng)
        if len(strokes) > 1 and rng.random() < 0.6:
            middle = stroke.mean(axis=0)
            stroke = (stroke - middle) * np.exp(rng.normal(0, 0.08)) + middle
            stroke = stroke + rng.normal(0, 0.035, 2)
        made.append(stroke)
    return made


def _trimmed(stroke: Floats, rng: np.random.Generator) -> Floats:
    """The stroke without a little of its ends."""
    low, high = rng.uniform(0, 0.07), 1 - rng.uniform(0, 0.07)
    where = np.linspace(low, high, len(stroke)) * (len(stroke) - 1)
    places = np.arange(len(stroke))
    return np.stack([np.interp(where, places, stroke[:, axis]) for axis in (0, 1)], axis=1)


def _hooked(stroke: Floats, end: int, rng: np.random.Generator) -> Floats:
    """The stroke with a short flick before its first or after its last point."""
    outward = stroke[end] - stroke[2 if end == 0 else -3]
    length = np.linalg.norm(outward)
    if length < 1e-6:
        return stroke
    turn = np.radians(rng.uniform(60, 150)) * rng.choice([-1, 1])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    flick = rotation @ outward / length * rng.uniform(0.03, 0.11)
    hook = stroke[end] + flick * np.array([[0.5], [1.0]])
    return np.concatenate([hook[::-1], stroke] if end == 0 else [stroke, hook])


def bounds(strokes: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """Upper left corner and longer side of the box around strokes."""
    points = np.concatenate(list(strokes))
    low = points.min(axis=0)
    return low, float(np.ptp(points, axis=0).max())
