"""Digit image → what every convolution makes of it, and the sum behind each single value.

A run carries a second LiteRT graph that gives every convolution's activations, and the kernels
that made them. Here both are read and brought together, without TensorFlow.
"""

import io
import threading
from dataclasses import dataclass

import numpy as np

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
        pool: side of the squares of which only the greatest value is passed on to this stage; 1
            if all are.
    """

    kernel: np.ndarray
    bias: np.ndarray
    stride: int
    same: bool
    pool: int

    @property
    def side(self) -> int:
        """Side of the kernel, px."""
        return self.kernel.shape[0]

    @property
    def n_maps(self) -> int:
        """How many feature maps it makes."""
        return self.kernel.shape[3]


@dataclass(frozen=True, eq=False)
class Activations:
    """A digit image's way through the network.

    Attributes:
        inputs: for each stage what it sees, float32 (height, width, n_inputs); the first sees the
            digit image, 0 paper, 1 ink.
        maps: for each stage what it makes of that, after ReLU: float32 (height, width, n_maps).
        embedding: float32 (d,), the last layer before the logits.
        logits: float32 (10,).
    """

    inputs: list[np.ndarray]
    maps: list[np.ndarray]
    embedding: np.ndarray
    logits: np.ndarray


@dataclass(frozen=True, eq=False)
class Sum:
    """How one value of a feature map comes about: Σ patch × kernel + bias, and 0 if that is less.

    Attributes:
        patch: float32 (side, side, n_inputs), the part of the input under the kernel.
        kernel: float32, the same shape.
        bias: added at the end.
        top: row of the input under the kernel's first row; less than 0 in the padding.
        left: column likewise.
    """

    patch: np.ndarray
    kernel: np.ndarray
    bias: float
    top: int
    left: int

    @property
    def products(self) -> np.ndarray:
        """Patch times kernel, number by number: float64, the same shape."""
        return self.patch.astype(np.float64) * self.kernel

    @property
    def by_input(self) -> np.ndarray:
        """What each input map adds: float64 (n_inputs,)."""
        return self.products.sum(axis=(0, 1))

    @property
    def total(self) -> float:
        """The sum, bias included."""
        return float(self.by_input.sum() + self.bias)

    @property
    def value(self) -> float:
        """What the feature map shows: the sum, or 0 if it is negative (ReLU)."""
        return max(self.total, 0.0)


class FeatureMaps:
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

    def of(self, digit_image: np.ndarray) -> Activations:
        """What every stage makes of a digit image: uint8 (28, 28), 0 paper, 255 ink."""
        with self._lock:
            outputs = self._raw(digit_image[None].astype(np.float32))
        maps = [outputs[stage_name(number)][0] for number in range(len(self.stages))]
        before = [digit_image[:, :, None].astype(np.float32) / np.float32(255), *maps]
        inputs = [
            _pooled(image, stage.pool) for image, stage in zip(before, self.stages, strict=False)
        ]
        return Activations(inputs, maps, outputs["embedding"][0], outputs["logits"][0])


def sum_of(stage: Stage, seen: np.ndarray, feature_map: int, row: int, column: int) -> Sum:
    """The sum behind one value of a feature map.

    Args:
        stage: which stage.
        seen: its input, float32 (height, width, n_inputs).
        feature_map: which of its maps, from 0.
        row: of the value, from 0.
        column: likewise.
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
    return Sum(patch, stage.kernel[..., feature_map], bias, top, left)


def _padding(length: int, stage: Stage) -> int:
    """Zeros before the input's first row, as Keras pads: the odd one goes to the end."""
    if not stage.same:
        return 0
    places = -(-length // stage.stride)
    return max((places - 1) * stage.stride + stage.side - length, 0) // 2


def _pooled(maps: np.ndarray, pool: int) -> np.ndarray:
    """The greatest value of each square of ``pool`` px; what does not fill a square is left."""
    if pool == 1:
        return maps
    height, width = (length // pool for length in maps.shape[:2])
    squares = maps[: height * pool, : width * pool].reshape(height, pool, width, pool, -1)
    return squares.max(axis=(1, 3))


def _stages(arrays: dict[str, np.ndarray]) -> list[Stage]:
    steps = arrays["steps"]  # int64 (n_stages, 3): stride, same, pool
    return [
        Stage(
            arrays[f"kernel_{number}"], arrays[f"bias_{number}"], int(stride), bool(same), int(pool)
        )
        for number, (stride, same, pool) in enumerate(steps, 1)
    ]
