"""Keras model → the LiteRT models that the web process serves. Trainer process only.

One reads digits; the other, with the kernels beside it, shows what goes on inside.
"""

import contextlib
import io
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.logits import softmax
from digitcnn.inference.litert import activations_network, serving_network, stage_name
from digitcnn.runs.run import ACTIVATIONS, KERNELS
from digitcnn.system import durable, npz

TOLERANCE = 1e-5  # between the two models' probabilities
# Between two activations, in parts of a stage's greatest, or of 1 if that is less.
MAPS_TOLERANCE = 1e-5

_MOST_FEATURES = 4_096
_MAPS_AT_A_TIME = 250


class ParityError(DigitcnnError):
    """The LiteRT model does not say what the Keras model says."""


def serving_model(model: keras.Model) -> keras.Model:
    """The same network giving ``logits`` (n, 10) and ``embedding`` (n, d)."""
    logits = model.get_layer("logits")
    return keras.Model(model.input, {"logits": logits.output, "embedding": logits.input})


def export(model: keras.Model, path: Path, images: NDArray[np.uint8]) -> float:
    """Writes the LiteRT model, and compares it with the Keras model on real digits.

    Args:
        model: as :func:`digitcnn.models.networks.build` gives it.
        path: where to write.
        images: uint8 (n, 28, 28), digits to compare on.

    Returns:
        The largest difference between two probabilities.

    Raises:
        ParityError: it is more than ``TOLERANCE``.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # the converter talks about each tensor
        serving_model(model).export(path, format="litert", verbose=False)
    pictures = images.astype(np.float32)
    expected = model.predict(pictures, batch_size=500, verbose=0)
    logits, _ = serving_network(path.read_bytes())(pictures)
    difference = float(np.abs(softmax(logits.astype(np.float64)) - expected).max())
    if not difference <= TOLERANCE:
        raise ParityError(
            f"The compiled model differs from the trained one by {difference:.1e}, more than "
            f"{TOLERANCE:.0e}; the run was not kept. Install requirements.txt again and train anew."
        )
    return difference


def maps_model(model: keras.Model) -> keras.Model:
    """The same network giving every convolution's activations, ``embedding`` and ``logits``."""
    logits = model.get_layer("logits")
    maps = {
        stage_name(number): _activation(conv).output for number, conv in enumerate(_convs(model))
    }
    return keras.Model(model.input, {**maps, "embedding": logits.input, "logits": logits.output})


def last_maps(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the last convolution makes of digits: float32 (n, d).

    Args:
        model: as :func:`digitcnn.models.networks.build` gives it.
        images: uint8 (n, 28, 28).

    Returns:
        Its activations; of large maps, averages over squares, so that d is at most 4,096.
    """
    convs = _convs(model)
    # Without a convolution there is only what the logits see.
    output = _activation(convs[-1]).output if convs else model.get_layer("logits").input
    maps = keras.Model(model.input, output)
    found = []
    for start in range(0, len(images), _MAPS_AT_A_TIME):
        batch = images[start : start + _MAPS_AT_A_TIME].astype(np.float32)
        given = np.asarray(maps(batch, training=False))
        while given.ndim == 4 and given[0].size > _MOST_FEATURES:
            n, height, width, depth = given.shape
            squares = given[:, : height // 2 * 2, : width // 2 * 2]
            squares = squares.reshape(n, height // 2, 2, width // 2, 2, depth)
            given = squares.mean(axis=(2, 4))
        found.append(given.reshape(len(given), -1))
    return np.concatenate(found)


def export_maps(model: keras.Model, folder: Path, images: NDArray[np.uint8]) -> float:
    """Writes ``activations.tflite`` and ``kernels.npz``; compares the former with Keras's model.

    Args:
        model: as :func:`digitcnn.models.networks.build` gives it.
        folder: where to write.
        images: uint8 (n, 28, 28), digits to compare on.

    Returns:
        The largest difference between two activations, as ``MAPS_TOLERANCE`` counts it.

    Raises:
        ParityError: it is more than ``MAPS_TOLERANCE``.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    whole = maps_model(model)
    with contextlib.redirect_stdout(io.StringIO()):  # the converter talks about each tensor
        whole.export(folder / ACTIVATIONS, format="litert", verbose=False)
    with durable.writing(folder):
        npz.write(folder / KERNELS, kernels(model), compressed=False)
    pictures = images.astype(np.float32)
    expected = whole.predict(pictures, batch_size=500, verbose=0)
    given = activations_network((folder / ACTIVATIONS).read_bytes(), len(_convs(model)))(pictures)
    difference = max(
        float(np.abs(given[key] - expected[key]).max() / max(1.0, np.abs(expected[key]).max()))
        for key in expected
    )
    if not difference <= MAPS_TOLERANCE:
        raise ParityError(
            f"The compiled feature maps differ from the trained ones by {difference:.1e}, more "
            f"than {MAPS_TOLERANCE:.0e}; the run was not kept. Install requirements.txt again and "
            "train anew."
        )
    return difference


def kernels(model: keras.Model) -> dict[str, np.ndarray]:
    """What each convolution multiplies by and adds, with the normalisation after it folded in.

    Returns:
        For each stage, from 1, ``kernel_1`` float32 (side, side, n_inputs, n_maps) and ``bias_1``
        float32 (n_maps,); ``steps`` int64 (n_stages, 3), for each its stride, 1 if it is padded,
        and the pooling before it; ``wiring`` int64 (n_stages, 4), for each the stage that it sees,
        0 for the image, 1 if that is pooled by averages, the stage whose maps are added before the
        activation, 0 for none, and 1 if that activation is tanh; ``logits_kernel`` (d, 10) and
        ``logits_bias`` (10,).
    """
    arrays, steps, wiring = {}, [], []
    stage_of = {_activation(conv).name: n for n, conv in enumerate(_convs(model), 1)}
    for number, conv in enumerate(_convs(model), 1):
        kernel = np.asarray(conv.kernel, np.float64)
        bias = np.asarray(conv.bias, np.float64) if conv.use_bias else np.zeros(kernel.shape[3])
        (after,) = _next(conv)
        if isinstance(after, keras.layers.BatchNormalization):
            weights = (after.gamma, after.beta, after.moving_mean, after.moving_variance)
            gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in weights)
            scale = gamma / np.sqrt(variance + after.epsilon)
            kernel, bias = kernel * scale, (bias - mean) * scale + beta
        arrays[f"kernel_{number}"] = kernel.astype(np.float32)
        arrays[f"bias_{number}"] = bias.astype(np.float32)
        pool, averaged, seen = _before(conv)
        steps.append((conv.strides[0], conv.padding == "same", pool))
        added, activation = _added(conv), _activation(conv)
        wiring.append(
            (
                stage_of.get(seen, 0),
                averaged,
                stage_of.get(added, 0),
                not isinstance(activation, keras.layers.ReLU),
            )
        )
    logits = model.get_layer("logits")
    return {
        **arrays,
        "steps": np.array(steps, np.int64).reshape(-1, 3),
        "wiring": np.array(wiring, np.int64).reshape(-1, 4),
        "logits_kernel": np.asarray(logits.kernel),
        "logits_bias": np.asarray(logits.bias),
    }


def n_stages(model: keras.Model) -> int:
    """How many convolutions a network has."""
    return len(_convs(model))


def _convs(model: keras.Model) -> list[keras.layers.Layer]:
    """The convolutions, each after those that it sees; of an ensemble, network by network."""
    found: dict[str, keras.layers.Layer] = {}
    todo = [(model.output._keras_history.operation, False)]
    while todo:
        layer, is_done = todo.pop()
        if is_done:
            found[layer.name] = layer
        elif layer.name not in found:
            todo.append((layer, True))
            before = [model.get_layer(name) for name in _seen(layer)]
            todo += [(one, False) for one in reversed(before)]
    return [layer for layer in found.values() if isinstance(layer, keras.layers.Conv2D)]


def _next(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    return [node.operation for node in layer._outbound_nodes if node.operation.built]


def _activation(layer: keras.layers.Layer) -> keras.layers.Layer:
    """The ReLU or tanh that follows a convolution."""
    while not isinstance(layer, keras.layers.ReLU | keras.layers.Activation):
        (layer,) = _next(layer)
    return layer


def _added(conv: keras.layers.Layer) -> str | None:
    """Name of the layer whose output is added to a convolution's before its activation."""
    before, layer = conv, conv
    while not isinstance(layer, keras.layers.ReLU | keras.layers.Activation):
        if isinstance(layer, keras.layers.Add):
            return next(name for name in _seen(layer) if name != before.name)
        before = layer
        (layer,) = _next(layer)
    return None


def _seen(layer: keras.layers.Layer) -> list[str]:
    """Names of the layers whose outputs a layer takes; none of an input."""
    tensors = layer._inbound_nodes[0].input_tensors
    return [tensor._keras_history.operation.name for tensor in tensors]


def _before(conv: keras.layers.Layer) -> tuple[int, bool, str]:
    """What a convolution sees: how wide is pooled, whether by averages, and of which layer."""
    pool, averaged, layer = 1, False, conv
    while True:
        layer = layer._inbound_nodes[0].input_tensors[0]._keras_history.operation
        if isinstance(layer, keras.layers.MaxPooling2D | keras.layers.AveragePooling2D):
            pool *= layer.pool_size[0]
            averaged = isinstance(layer, keras.layers.AveragePooling2D)
        elif not isinstance(layer, keras.layers.Dropout):
            return pool, averaged, layer.name
