"""Digit image → every convolution's feature maps, and the sum behind each single value.

A run carries a second LiteRT graph that gives every convolution's activations, and the kernels
that made them. Here both are read and brought together, without TensorFlow.
"""

import io
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.inference.litert import activations_network, stage_name
from digitcnn.runs.run import ACTIVATIONS, KERNELS, Run
from digitcnn.system import npz

KERNELS_LIMIT_MB = 50


class NoFeatureMaps(DigitcnnError):
    """A run that kept no feature maps, or whose maps can't be read here."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One convolution with what belongs to it.

    Attributes:
        kernel: float32 (side, side, n_inputs, n_maps); batch normalisation is folded into it.
        bias: float32 (n_maps,), likewise.
        stride: px between two places where the kernel is laid.
        same: whether the input is padded with zeros, so that the kernel fits at its edge.
        pool: side of the squares of which one value, the greatest, is passed on to this stage; 1
            if all are.
        averaged: whether that value is their mean instead.
        source: the stage whose maps it sees, from 0; -1 for the digit image.
        added: the stage whose maps are added to the sum before the activation, from 0; -1 for
            none.
        tanh: whether the activation is tanh instead of ReLU.
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    same: bool
    pool: int
    averaged: bool = False
    source: int = -1
    added: int = -1
    tanh: bool = False

    @property
    def side(self) -> int:
        """Side of the kernel, px."""
        return int(self.kernel.shape[0])

    @property
    def n_maps(self) -> int:
        """How many feature maps it makes."""
        return int(self.kernel.shape[3])


@dataclass(frozen=True, eq=False)
class Activations:
    """A digit image's way through the network.

    Attributes:
        inputs: for each stage what it sees, float32 (height, width, n_inputs); the first sees the
            digit image, 0 paper, 1 ink.
        maps: for each stage what it makes of that, after its activation: float32 (height, width,
            n_maps).
        shortcuts: for each stage the maps that are added to its sums before the activation, or
            ``None``.
        embedding: float32 (d,), the last layer before the logits.
        logits: float32 (10,).
    """

    inputs: list[np.ndarray]
    maps: list[np.ndarray]
    shortcuts: list[np.ndarray | None]
    embedding: np.ndarray
    logits: np.ndarray


@dataclass(frozen=True, eq=False)
class Sum:
    """How one value of a feature map comes about: Σ patch × kernel + bias, and its activation.

    Attributes:
        patch: float32 (side, side, n_inputs), the part of the input under the kernel.
        kernel: float32, the same shape.
        bias: added at the end.
        top: row of the input under the kernel's first row; less than 0 in the padding.
        left: column likewise.
        added: what the skip connection of a residual block adds; 0 where there is none.
        tanh: whether the activation is tanh instead of ReLU.
    """

    patch: NDArray[np.float32]
    kernel: NDArray[np.float32]
    bias: float
    top: int
    left: int
    added: float = 0.0
    tanh: bool = False

    @property
    def products(self) -> NDArray[np.float64]:
        """Patch times kernel, number by number: float64, the same shape."""
        return self.patch.astype(np.float64) * self.kernel

    @property
    def by_input(self) -> NDArray[np.float64]:
        """What each input map adds: float64 (n_inputs,)."""
        sums: NDArray[np.float64] = self.products.sum(axis=(0, 1))
        return sums

    @property
    def total(self) -> float:
        """The sum, with bias and what is added."""
        return float(self.by_input.sum() + self.bias + self.added)

    @property
    def value(self) -> float:
        """What the feature map shows: the sum, 0 if it is negative (ReLU); or its tanh."""
        return math.tanh(self.total) if self.tanh else max(self.total, 0.0)


class Opened(Protocol):
    """A network laid open.

    Attributes:
        stages: its convolutions.
        logits_kernel: float32 (d, 10), weights of the last layer.
        logits_bias: float32 (10,).
    """

    stages: list[Stage]
    logits_kernel: NDArray[np.float32]
    logits_bias: NDArray[np.float32]

    def of(self, digit_image: NDArray[np.uint8]) -> Activations:
        """What every stage makes of a digit image: uint8 (28, 28), 0 paper, 255 ink."""


class FeatureMaps(Opened):
    """A run's network laid open; any number of threads may share one.

    Args:
        run: a verified run.

    Raises:
        NoFeatureMaps: the run kept none, they can't be read, or LiteRT is not installed.
        DamagedRun: a file changed since the run was opened.
    """

    def __init__(self, run: Run):
        if not {ACTIVATIONS, KERNELS} <= set(run.card.files):
            raise NoFeatureMaps(
                "This network was trained by another version of the program, which did not keep "
                "its feature maps. Train a new one on the Train page to see them."
            )
        try:
            arrays = npz.read(io.BytesIO(run.content(KERNELS)), None, KERNELS_LIMIT_MB, KERNELS)
            self.stages = _stages(arrays)
            self.logits_kernel = arrays["logits_kernel"]
            self.logits_bias = arrays["logits_bias"]
            self._raw = activations_network(run.content(ACTIVATIONS), len(self.stages))
        except ImportError as error:
            raise NoFeatureMaps(
                "Feature maps need LiteRT, which this machine does not have; the rest of the page "
                "works without."
            ) from error
        except (KeyError, ValueError, RuntimeError, TypeError, npz.UnreadableArchive) as error:
            raise NoFeatureMaps(
                f"This network's feature maps can't be read ({error}); train again."
            ) from error
        self._lock = threading.Lock()

    def of(self, digit_image: NDArray[np.uint8]) -> Activations:
        """What every stage makes of a digit image: uint8 (28, 28), 0 paper, 255 ink."""
        with self._lock:
            outputs = self._raw(digit_image[None].astype(np.float32))
        maps = [outputs[stage_name(number)][0] for number in range(len(self.stages))]
        embedding, logits = outputs["embedding"][0], outputs["logits"][0]
        return activations(self.stages, digit_image, maps, embedding, logits)


def activations(
    stages: Sequence[Stage],
    digit_image: NDArray[np.uint8],
    maps: list[np.ndarray],
    embedding: np.ndarray,
    logits: np.ndarray,
) -> Activations:
    """A digit image's way through a network, from what its stages make of it.

    Args:
        stages: the network's.
        digit_image: uint8 (28, 28), 0 paper, 255 ink.
        maps, embedding, logits: see :class:`Activations`.
    """
    image = digit_image[:, :, None].astype(np.float32) / np.float32(255)
    inputs = [_pooled(image if stage.source < 0 else maps[stage.source], stage) for stage in stages]
    shortcuts = [None if stage.added < 0 else maps[stage.added] for stage in stages]
    return Activations(inputs, maps, shortcuts, embedding, logits)


def sum_of(
    stage: Stage,
    seen: NDArray[np.float32],
    feature_map: int,
    row: int,
    column: int,
    shortcut: np.ndarray | None = None,
) -> Sum:
    """The sum behind one value of a feature map.

    Args:
        stage: which stage.
        seen: its input, float32 (height, width, n_inputs).
        feature_map: which of its maps, from 0.
        row: of the value, from 0.
        column: likewise.
        shortcut: the maps that are added to the sum, as :attr:`Activations.shortcuts` has them.
    """
    top, left = (
        place * stage.stride - _padding(length, stage)
        for place, length in zip((row, column), seen.shape[:2], strict=True)
    )
    patch = np.zeros((stage.side, stage.side, seen.shape[2]), np.float32)
    rows = slice(max(top, 0), min(top + stage.side, seen.shape[0]))
    columns = slice(max(left, 0), min(left + stage.side, seen.shape[1]))
    patch[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = seen[
        rows, columns
    ]
    bias = float(stage.bias[feature_map])
    added = 0.0 if shortcut is None else float(shortcut[row, column, feature_map])
    return Sum(patch, stage.kernel[..., feature_map], bias, top, left, added, stage.tanh)


def sees_the_top(
    digit_image: NDArray[np.uint8], maps: NDArray[np.float32], part: float
) -> set[int]:
    """The maps that light up at the top of a digit's ink more than elsewhere, from 0.

    Args:
        digit_image: uint8 (28, 28) with some ink, 0 paper.
        maps: what a stage makes of it, float32 (height, width, n).
        part: 0 to 1, how clearly one must do so, of the map that does it most.
    """
    rows = np.flatnonzero(digit_image.max(axis=1) > 127)
    if not len(rows):
        return set()
    scale = maps.shape[0] / digit_image.shape[0]
    end = rows[0] + max(0.3 * (rows[-1] + 1 - rows[0]), 1)
    # From a row above: many maps find an edge there, where the paper ends.
    top = slice(max(int(rows[0] * scale) - 1, 0), max(int(np.ceil(end * scale)), 1))
    lit = np.maximum(maps, 0).astype(np.float64)
    # Over what it makes of bare paper, and squared: people see what is bright, not a grey ground.
    lit = np.maximum(lit - np.median(lit, axis=(0, 1)), 0) ** 2
    at_top, all_over = lit[top].sum(axis=(0, 1)), lit.sum(axis=(0, 1))
    share = np.where(all_over > 0, at_top / np.maximum(all_over, 1e-9), 0)
    # Much light in few places is what people see; a glimmer there and nothing else is not.
    clearness = share * np.sqrt(at_top)
    seen = (share > 0.5) & (clearness >= part * clearness.max())
    return {int(number) for number in np.flatnonzero(seen)}


def _padding(length: int, stage: Stage) -> int:
    """Zeros before the input's first row, as Keras pads: the odd one goes to the end."""
    if not stage.same:
        return 0
    places = -(-length // stage.stride)
    return max((places - 1) * stage.stride + stage.side - length, 0) // 2


def _pooled(maps: NDArray[np.float32], stage: Stage) -> NDArray[np.float32]:
    """The greatest or mean value of each square of ``pool`` px; what fills no square is left."""
    pool = stage.pool
    if pool == 1:
        return maps
    height, width = (length // pool for length in maps.shape[:2])
    squares = maps[: height * pool, : width * pool].reshape(height, pool, width, pool, -1)
    taken = squares.mean(axis=(1, 3)) if stage.averaged else squares.max(axis=(1, 3))
    pooled: NDArray[np.float32] = taken
    return pooled


def _stages(arrays: dict[str, np.ndarray]) -> list[Stage]:
    steps = arrays["steps"]  # int64 (n_stages, 3): stride, same, pool
    # Runs of earlier versions are chains, and do not say so.
    chain = [(number, 0, 0, 0) for number in range(len(steps))]
    wiring = arrays["wiring"].tolist() if "wiring" in arrays else chain
    for number, (source, _, added, _) in enumerate(wiring):
        if not (0 <= source <= number and 0 <= added <= number):
            raise ValueError("a stage before the one that it sees")
    return [
        Stage(
            arrays[f"kernel_{number + 1}"],
            arrays[f"bias_{number + 1}"],
            int(stride),
            bool(same),
            int(pool),
            bool(averaged),
            source - 1,
            added - 1,
            bool(tanh),
        )
        for number, ((stride, same, pool), (source, averaged, added, tanh)) in enumerate(
            zip(steps, wiring, strict=True)
        )
    ]
