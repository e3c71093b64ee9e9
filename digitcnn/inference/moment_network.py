"""The network at a moment of its training, in NumPy: digit image → logits and feature maps.

It runs the layers that :func:`digitcnn.inference.browser.weights.folded` finds, as ``network.js``
does in the browser. A digit takes a millisecond or two, so that the web process needs neither
TensorFlow nor a model file for each moment.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.evaluation.logits import softmax
from digitcnn.preprocessing.digit_image import DIGIT_PX
from digitcnn.runs.moments import Layers, Moments, NoMoments, Pair

_ONE_THREAD = 262_144  # multiplications up to which OpenBLAS asks no second thread
_MOST_PX = 64  # of kernels, steps and pools that a file may ask for


class MomentNetwork:
    """The network of one moment.

    Args:
        moments: what a run kept of its training.
        moment: which of them; its kernels must have been kept.

    Raises:
        NoMoments: they were not, or they are no network.
    """

    def __init__(self, moments: Moments, moment: int):
        self._layers = moments.layers
        self._pairs = moments.kernels(moment)
        try:
            logits = self.outputs(np.zeros((1, DIGIT_PX, DIGIT_PX), np.uint8))[-1]
            if logits.shape != (1, 10):
                raise ValueError("it has other outputs")
        except (KeyError, ValueError, TypeError, IndexError, ArithmeticError) as error:
            raise NoMoments(
                f"The kernels of this run’s training are no network ({error}); train again."
            ) from error

    @property
    def convolutions(self) -> list[Pair]:
        """Kernel (side · side · n_inputs, n_maps) and bias (n_maps,) of each convolution."""
        return [
            pair
            for layer, pair in zip(self._layers, self._pairs, strict=True)
            if layer["kind"] == "conv" and pair is not None
        ]

    @property
    def logits_layer(self) -> Pair:
        """Weights (d, 10) and bias (10,) of the last layer."""
        return next(pair for pair in reversed(self._pairs) if pair is not None)

    def outputs(self, images: NDArray[np.uint8]) -> list[Floats]:
        """What each layer gives for digit images, uint8 (n, 28, 28): float32 (n, …) each."""
        return forward(self._layers, self._pairs, images)

    def logits(self, images: NDArray[np.uint8]) -> Floats:
        """float32 (n, 10) for digit images, uint8 (n, 28, 28), each in a single view."""
        return self.outputs(images)[-1]

    def probabilities(self, images: NDArray[np.uint8], temperature: float) -> NDArray[np.float64]:
        """float64 (n, 10): the logits, divided by the temperature, as probabilities."""
        return softmax(self.logits(images).astype(np.float64) / temperature)

    def maps(self, outputs: Sequence[Floats]) -> list[NDArray[np.float32]]:
        """Of :meth:`outputs` each convolution's activations: (n, height, width, n_maps)."""
        return [outputs[number].astype(np.float32) for number in stages(self._layers)]


def stages(layers: Layers) -> list[int]:
    """The layers that give the feature maps of each convolution: its activation, if it has one."""
    found = []
    for number, layer in enumerate(layers):
        if layer["kind"] != "conv":
            continue
        after = (i for i in range(number + 1, len(layers)) if layers[i]["kind"] in ("relu", "tanh"))
        found.append(next(after, number))
    return found


def forward(
    layers: Layers,
    pairs: Sequence[Pair | None],
    images: NDArray[np.uint8],
    silent: Mapping[int, Sequence[int]] | None = None,
) -> list[Floats]:
    """What each of the layers gives.

    Args:
        layers: as :func:`digitcnn.inference.browser.weights.folded` has them.
        pairs: for each its weights and bias, if it has any.
        images: uint8 (n, 28, 28), 0 paper, 255 ink.
        silent: channels that give 0 whatever they see, by the number of their layer.
    """
    entry: Floats = images[..., None].astype(np.float32)
    values = entry
    outputs: list[Floats] = []
    for number, (layer, pair) in enumerate(zip(layers, pairs, strict=True)):
        match layer["kind"]:
            case "image":
                values = entry
            case "concat":
                values = np.concatenate([outputs[of] for of in layer["of"]], axis=-1)
            case "rescale":
                values = values * np.float32(layer["scale"]) + np.float32(layer["offset"])
            case "conv" if pair is not None:
                values = _convolved(values, layer, *pair)
            case "dense" if pair is not None:
                values = _product(values, pair[0]) + pair[1]
            case "affine" if pair is not None:
                values = values * pair[0] + pair[1]
            case "relu":
                values = np.maximum(values, 0)
            case "tanh":
                values = np.tanh(values)
            case "add":
                values = values + outputs[layer["of"]]
            case "maxpool" | "avgpool":
                values = _pooled(values, layer["size"], layer["kind"] == "maxpool")
            case "average":
                values = values.mean(axis=(1, 2))
            case "flatten":
                values = values.reshape(len(values), -1)
            case kind:
                raise ValueError(f"a layer of the kind {kind}")
        if silent and silent.get(number):
            values = values.copy()
            values[..., list(silent[number])] = 0
        outputs.append(values)
    return outputs


def _convolved(values: Floats, layer: dict[str, int], weights: Floats, bias: Floats) -> Floats:
    side, stride = int(layer["kernel"]), int(layer["stride"])
    if not (1 <= side <= _MOST_PX and 1 <= stride <= _MOST_PX):
        raise ValueError("a convolution of another form")
    if layer["same"]:
        # As Keras pads: the odd zero goes to the end.
        edges = [(0, 0)]
        for length in values.shape[1:3]:
            lost = max((-(-length // stride) - 1) * stride + side - length, 0)
            edges.append((lost // 2, lost - lost // 2))
        values = np.pad(values, [*edges, (0, 0)])
    windows = sliding_window_view(values, (side, side), axis=(1, 2))[:, ::stride, ::stride]
    n, height, width = windows.shape[:3]
    laid = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n * height * width, -1)
    result: Floats = (_product(laid, weights) + bias).reshape(n, height, width, -1)
    return result


def _product(rows: Floats, weights: Floats) -> Floats:
    """The matrix product, in parts so small that each is computed by one thread.

    Threads that wait for one another are slower than one alone where others want the processors,
    as in a web process with many visitors: a digit took 60 ms instead of one.
    """
    at_once = max(1, _ONE_THREAD // weights.size)
    parts = [rows[start : start + at_once] @ weights for start in range(0, len(rows), at_once)]
    return np.concatenate(parts)


def _pooled(values: Floats, size: int, greatest: bool) -> Floats:
    if not 1 <= size <= _MOST_PX:
        raise ValueError("a pooling of another form")
    n, height, width, depth = values.shape
    squares = values[:, : height // size * size, : width // size * size]
    squares = squares.reshape(n, height // size, size, width // size, size, depth)
    pooled: Floats = squares.max(axis=(2, 4)) if greatest else squares.mean(axis=(2, 4))
    return pooled
