"""Moments of a training: what the network read, and its kernels, at each.

``moments.npz`` in the run has for each moment the label and the certainty of every test digit, and
the kernels, so that any drawing can be read as the network of that moment would have read it. The
moments are ten in the first epoch, closer together at its beginning, where most is learned, and the
end of each epoch.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools, Floats
from digitcnn.errors import DigitcnnError
from digitcnn.models.networks import N_CLASSES
from digitcnn.runs.run import MOMENTS, Run
from digitcnn.system import npz
from digitcnn.system.spilled import SpilledArray

LIMIT_BYTES = 6_000_000  # of the file
MOST_DIGITS = 20_000  # test digits; of larger sets only the kernels are kept
MOST_EPOCHS = 40  # of longer trainings that many epochs, evenly, the last one among them
N_EARLY = 10  # moments in the first epoch

_LIMIT_MB = 60  # unpacked
_SPILLED_BYTES = 100_000  # kernels of that many wait in a file
_GREATEST = 127
_MOST_LAYERS = 500
_LAYERED = ("conv", "dense")  # layers whose weights are rounded

Pair = tuple[NDArray[np.float32], NDArray[np.float32]]
"""A layer's weights (n_inputs, n_outputs) and bias (n_outputs,); or its scale and shift."""

Layers = list[dict[str, Any]]


class NoMoments(DigitcnnError):
    """A run without moments of its training, or with unreadable ones."""


def early_steps(steps_per_epoch: int) -> list[int]:
    """After how many steps of the first epoch there is a moment: ten, or as many as it has."""
    return sorted({round(steps_per_epoch * (k / N_EARLY) ** 2) for k in range(N_EARLY)})


def kept_epochs(n_epochs: int) -> set[int]:
    """The epochs, from 1, after which there is a moment."""
    n = min(n_epochs, MOST_EPOCHS)
    return {round(epoch) for epoch in np.linspace(n_epochs / n, n_epochs, n)}


@dataclass(frozen=True, eq=False)
class Moments:
    """What a run kept of its training.

    Attributes:
        steps: int64 (m,), how many steps had been made, rising; 0 is before the first.
        steps_per_epoch: how many make an epoch.
        averaged: bool (m,), whether the weights are the moving average over steps, as after each
            epoch of a recipe that keeps one, or those of the step itself.
        predicted: uint8 (m, n), the label read of each test digit, in a single view; n is 0 if
            there were too many to keep.
        doubts: float16 (m, n), 1 less the probability of that label. Half precision is finest near
            0, and so near full certainty.
        layers: the network's layers, as :func:`digitcnn.inference.browser.weights.folded` has them;
            empty if the kernels were not kept.
        with_kernels: int64 (k,), the moments whose kernels were kept, rising.
        arrays: the kernels by name, as :func:`save` writes them; large ones wait in a file, as one
            moment's are looked at at a time.
    """

    steps: NDArray[np.int64]
    steps_per_epoch: int
    averaged: Bools
    predicted: NDArray[np.uint8]
    doubts: NDArray[np.float16]
    layers: Layers
    with_kernels: NDArray[np.int64]
    arrays: Mapping[str, np.ndarray | SpilledArray]

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def n_digits(self) -> int:
        """How many test digits' labels were kept."""
        return int(self.predicted.shape[1])

    def epoch(self, moment: int) -> float:
        """How many epochs had been made."""
        return float(self.steps[moment] / self.steps_per_epoch)

    def name(self, moment: int) -> str:
        """A moment for people."""
        step = int(self.steps[moment])
        if step == 0:
            return "before the first step"
        if step % self.steps_per_epoch == 0:
            return f"after epoch {step // self.steps_per_epoch}"
        return "after 1 step" if step == 1 else f"after {step:,} steps"

    def confidences(self, moment: int) -> NDArray[np.float32]:
        """Probability of each predicted label: float32 (n,)."""
        sure: NDArray[np.float32] = 1 - self.doubts[moment].astype(np.float32)
        return sure

    def probabilities(self, moment: int) -> NDArray[np.float32]:
        """Rows that have the label read at its probability, and the rest spread: float32 (n, 10).

        What else each digit might have been was not kept.
        """
        rest = self.doubts[moment].astype(np.float32)
        rows = np.repeat(rest[:, None] / (N_CLASSES - 1), N_CLASSES, axis=1)
        rows[np.arange(self.n_digits), self.predicted[moment]] = 1 - rest
        return rows

    def accuracies(self, labels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Share of the test digits read correctly at each moment: float64 (m,)."""
        right: NDArray[np.float64] = (self.predicted == labels).mean(axis=1)
        return right

    def learned(self, labels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The moment since which each digit has been read correctly to the end: int64 (n,).

        ``len(self)`` for those that are read wrong at the last moment.
        """
        wrong = self.predicted != labels
        last_wrong = len(self) - 1 - wrong[::-1].argmax(axis=0)
        return np.where(wrong.any(axis=0), last_wrong + 1, 0).astype(np.int64)

    def forgotten(self, labels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """How often each digit was read correctly, and wrong at the next moment: int64 (n,).

        Source: Toneva et al. 2019, "An empirical study of example forgetting during deep neural
        network learning".
        """
        right = self.predicted == labels
        events: NDArray[np.int64] = (right[:-1] & ~right[1:]).sum(axis=0)
        return events

    def kernels_at(self, moment: int) -> int:
        """The moment whose kernels are the latest kept up to this one.

        Raises:
            NoMoments: none were kept.
        """
        if not len(self.with_kernels):
            raise NoMoments("This run kept no kernels of its training.")
        place = int(np.searchsorted(self.with_kernels, moment, side="right")) - 1
        return int(self.with_kernels[max(place, 0)])

    def kernels(self, moment: int) -> list[Pair | None]:
        """Every layer's weights and bias at a moment, as far as it has any.

        Raises:
            NoMoments: the kernels of this moment were not kept.
        """
        places = np.flatnonzero(self.with_kernels == moment)
        if not len(places):
            raise NoMoments(f"This run kept no kernels of the moment {self.name(moment)}.")
        place = int(places[0])
        found: list[Pair | None] = []
        for number, layer in enumerate(self.layers):
            weights = self.arrays.get(f"weights_{number}")
            if weights is None:
                found.append(None)
                continue
            one = weights[place].astype(np.float32)
            if layer["kind"] in _LAYERED:
                one = one * self.arrays[f"scales_{number}"][place]
            found.append((one, self.arrays[f"biases_{number}"][place]))
        return found


def of_run(run: Run) -> Moments:
    """The moments that a run kept.

    Raises:
        NoMoments: it kept none, or they can't be read.
        DamagedRun: the file changed since the run was opened.
    """
    if run.card.members:
        raise NoMoments(
            "An ensemble is not trained itself; how each of its networks learned is shown where "
            "that network’s own run is."
        )
    if MOMENTS not in run.card.files:
        raise NoMoments(
            "This run kept no moments of its training: it was made by an earlier version, or "
            "elsewhere. Its curves and its last state can be seen; a run trained now keeps them."
        )
    try:
        return _read(run.content(MOMENTS))
    except (KeyError, ValueError, TypeError, npz.UnreadableArchive, npz.ArchiveTooLarge) as error:
        raise NoMoments(
            f"The moments of this run’s training can't be read ({error}); train again."
        ) from error


def save(
    path: Path,
    steps: Sequence[int],
    steps_per_epoch: int,
    averaged: Sequence[bool],
    predicted: NDArray[np.uint8],
    doubts: NDArray[np.float16],
    layers: Layers,
    kernels: Sequence[Sequence[tuple[Floats, Floats] | None]],
    limit_bytes: int = LIMIT_BYTES,
) -> None:
    """Writes ``moments.npz`` as precisely as the limit lets it.

    Kernels have half precision if that fits; else 8 bits, each output's times a scale of its own;
    else those of every second moment are left out, the last one's never, until it does.

    Args:
        path: where to write.
        steps, steps_per_epoch, averaged, predicted, doubts, layers: see :class:`Moments`.
        kernels: for each moment every layer's weights and bias; empty to keep none.
        limit_bytes: of the file.
    """
    told: dict[str, np.ndarray] = {
        "steps": np.asarray(steps, np.int64),
        "steps_per_epoch": np.array(steps_per_epoch, np.int64),
        "averaged": np.asarray(averaged, bool),
        "predicted": predicted,
        "doubts": doubts,
        "layers": np.array(json.dumps(layers if kernels else [])),
    }
    chosen, half = list(range(len(kernels))), True
    while True:
        arrays = _rounded(layers, [kernels[moment] for moment in chosen], half) if chosen else {}
        data = io.BytesIO()
        npz.write(data, {**told, "with_kernels": np.array(chosen, np.int64), **arrays})
        if len(data.getvalue()) <= limit_bytes or not chosen:
            break
        if half:
            half = False
        else:
            chosen = chosen[::-1][::2][::-1] if len(chosen) > 1 else []
    path.write_bytes(data.getvalue())


def _rounded(
    layers: Layers, kernels: Sequence[Sequence[tuple[Floats, Floats] | None]], half: bool
) -> dict[str, np.ndarray]:
    """Kernels of several moments as the file has them."""
    arrays = {}
    for number, layer in enumerate(layers):
        pairs = [pair for moment in kernels if (pair := moment[number]) is not None]
        if not pairs:
            continue
        weights = np.stack([pair[0] for pair in pairs])
        if layer["kind"] in _LAYERED:
            # As far as half precision is fine; between moments the scales differ, too.
            scales = np.maximum(np.abs(weights).max(axis=1), 1e-30) / (1 if half else _GREATEST)
            whole = weights / scales[:, None]
            weights = whole.astype(np.float16) if half else np.rint(whole).astype(np.int8)
            arrays[f"scales_{number}"] = scales.astype(np.float32)
        arrays[f"weights_{number}"] = (
            weights if layer["kind"] in _LAYERED else weights.astype(np.float32)
        )
        arrays[f"biases_{number}"] = np.stack([pair[1] for pair in pairs]).astype(np.float32)
    return arrays


def _read(data: bytes) -> Moments:
    arrays = npz.read(io.BytesIO(data), None, _LIMIT_MB, MOMENTS)
    kernels = {name: _spilled(arrays.pop(name)) for name in list(arrays) if _is_kernel(name)}
    found = Moments(
        steps=arrays.pop("steps"),
        steps_per_epoch=int(arrays.pop("steps_per_epoch")),
        averaged=arrays.pop("averaged"),
        predicted=arrays.pop("predicted"),
        doubts=arrays.pop("doubts"),
        layers=json.loads(str(arrays.pop("layers"))),
        with_kernels=arrays.pop("with_kernels"),
        arrays=kernels,
    )
    _check(found)
    return found


def _is_kernel(name: str) -> bool:
    return name.startswith(("weights_", "scales_", "biases_"))


def _spilled(array: np.ndarray) -> np.ndarray | SpilledArray:
    if array.nbytes < _SPILLED_BYTES or not array.ndim:
        return array
    return SpilledArray.of(array)


def _check(found: Moments) -> None:
    """Raises ValueError for contents that no trainer would have written."""
    steps, m = found.steps, len(found.steps)
    shape = (m, found.predicted.shape[-1])
    for name, array, dtype, expected in (
        ("steps", steps, np.int64, (m,)),
        ("averaged", found.averaged, np.bool_, (m,)),
        ("predicted", found.predicted, np.uint8, shape),
        ("doubts", found.doubts, np.float16, shape),
        ("with_kernels", found.with_kernels, np.int64, found.with_kernels.shape[:1]),
    ):
        if array.dtype != dtype or array.shape != expected:
            raise ValueError(f"its {name} are {array.dtype} {array.shape}")
    if not m or found.steps_per_epoch < 1 or steps[0] < 0 or (np.diff(steps) <= 0).any():
        raise ValueError("its steps are in no order")
    doubts = found.doubts
    if doubts.size and not (doubts.min() >= 0 and doubts.max() <= 1):
        raise ValueError("its certainties are out of range")
    if found.predicted.size and found.predicted.max() >= N_CLASSES:
        raise ValueError("its labels are out of range")
    kept, layers = found.with_kernels, found.layers
    if len(kept) and (kept[0] < 0 or kept[-1] >= m or (np.diff(kept) <= 0).any()):
        raise ValueError("its kernels are of no moments")
    if not isinstance(layers, list) or len(layers) > _MOST_LAYERS:
        raise ValueError("its layers are no list")
    for number, layer in enumerate(layers):
        if not isinstance(layer, dict) or not isinstance(layer.get("kind"), str):
            raise ValueError("a layer without a kind")
        if layer["kind"] in (*_LAYERED, "affine") and len(kept):
            _check_layer(found.arrays, number, layer["kind"] in _LAYERED, len(kept))


def _check_layer(
    arrays: Mapping[str, np.ndarray | SpilledArray], number: int, layered: bool, k: int
) -> None:
    weights, biases = arrays[f"weights_{number}"], arrays[f"biases_{number}"]
    n_outputs = weights.shape[-1]
    right = biases.shape == (k, n_outputs) and biases.dtype == np.float32
    if layered:
        scales = arrays[f"scales_{number}"]
        right = right and weights.ndim == 3 and weights.dtype in (np.int8, np.float16)
        right = right and scales.shape == biases.shape and scales.dtype == np.float32
    else:
        right = right and weights.ndim == 2 and weights.dtype == np.float32
    if not right or len(weights) != k:
        raise ValueError(f"the kernels of layer {number + 1} have other shapes")
