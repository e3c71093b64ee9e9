"""The networks by name: what each is made of, told without TensorFlow, and built with it.

A network is a list of layers, as data. From it come the layer table and the parameter count that
the web process shows, and, in the trainer, the Keras model; a test holds the two together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from digitcnn.errors import DigitcnnError

INPUT_SHAPE = (28, 28, 1)
N_CLASSES = 10


class UnknownNetwork(DigitcnnError):
    """A name that no network has."""


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        kind: ``conv``, ``norm``, ``relu``, ``maxpool``, ``dropout``, ``flatten``, ``average``,
            ``dense`` or ``softmax``.
        size: filters, units, pool width, or dropout rate.
        kernel: side of a convolution's kernel, px.
        stride: of a convolution, px.
        padding: of a convolution, ``same`` or ``valid``.
        bias: whether a convolution or dense layer adds one.
        name: the Keras layer's name, where something relies on it.
    """

    kind: str
    size: float = 0
    kernel: int = 0
    stride: int = 1
    padding: str = "same"
    bias: bool = True
    name: str | None = None


@dataclass(frozen=True)
class Network:
    """An architecture.

    Attributes:
        name: as commands and runs call it.
        summary: one sentence for people.
        layers: from the image, (28, 28, 1), to the ten logits and their softmax.
    """

    name: str
    summary: str
    layers: Sequence[Layer] = field(repr=False)


def network(name: str) -> Network:
    """The network of that name.

    Raises:
        UnknownNetwork: there is none.
    """
    try:
        return NETWORKS[name]
    except KeyError:
        raise UnknownNetwork(
            f"There is no network {name!r}; choose one of {', '.join(NETWORKS)}."
        ) from None


def layer_table(name: str) -> list[dict[str, Any]]:
    """A network's layers in order: ``layer`` in words, output ``shape`` and ``parameters``."""
    table, shape = [], INPUT_SHAPE
    for layer in network(name).layers:
        parameters = _parameters(layer, shape)
        shape = _output_shape(layer, shape)
        table.append({"layer": _words(layer), "shape": list(shape), "parameters": parameters})
    return table


def parameters(name: str) -> int:
    """Exact number of parameters of a network, as Keras counts them."""
    return sum(row["parameters"] for row in layer_table(name))


def build(name: str):
    """A network with fresh weights, as a Keras model.

    Its input is float32 (n, 28, 28), a digit image as it is: 0 paper, 255 ink. Its output is
    float32 (n, 10), probabilities. The layer that gives the logits is named ``logits``; its input
    is the embedding. Imports Keras.

    Raises:
        UnknownNetwork: there is none of that name.
    """
    import keras

    inputs = keras.Input(INPUT_SHAPE[:2], name="digit_image")
    x = keras.layers.Reshape(INPUT_SHAPE)(inputs)
    x = keras.layers.Rescaling(1 / 255)(x)
    for layer in network(name).layers:
        x = _keras_layer(layer)(x)
    return keras.Model(inputs, x, name=name.replace("-", "_"))


def _keras_layer(layer: Layer):
    from keras import layers as kl

    size, kernel = layer.size, layer.kernel
    match layer.kind:
        case "conv":
            return kl.Conv2D(
                size, kernel, layer.stride, layer.padding, use_bias=layer.bias, name=layer.name
            )
        case "norm":
            # Keras's 0.99 remembers longer than a short training lasts.
            return kl.BatchNormalization(momentum=0.97)
        case "relu":
            return kl.ReLU(name=layer.name)
        case "maxpool":
            return kl.MaxPooling2D(size)
        case "dropout":
            return kl.Dropout(size)
        case "flatten":
            return kl.Flatten()
        case "average":
            return kl.GlobalAveragePooling2D(name=layer.name)
        case "dense":
            return kl.Dense(size, use_bias=layer.bias, name=layer.name)
        case "softmax":
            return kl.Softmax(name="probabilities")
    raise ValueError(f"no layer kind {layer.kind!r}")


def _output_shape(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    match layer.kind:
        case "conv":
            lost = 0 if layer.padding == "same" else layer.kernel - 1
            return (*(-(-(side - lost) // layer.stride) for side in shape[:2]), layer.size)
        case "maxpool":
            return (shape[0] // layer.size, shape[1] // layer.size, shape[2])
        case "flatten":
            return (shape[0] * shape[1] * shape[2],)
        case "average":
            return shape[2:]
        case "dense":
            return (layer.size,)
    return shape


def _parameters(layer: Layer, shape: tuple[int, ...]) -> int:
    match layer.kind:
        case "conv":
            return layer.size * (layer.kernel**2 * shape[2] + layer.bias)
        case "dense":
            return layer.size * (shape[0] + layer.bias)
        case "norm":
            return 4 * shape[-1]
    return 0


def _words(layer: Layer) -> str:
    size = layer.size
    match layer.kind:
        case "conv":
            step = f", every {layer.stride} px" if layer.stride > 1 else ""
            edge = ", no padding" if layer.padding == "valid" else ""
            return f"Convolution, {size} filters of {layer.kernel}×{layer.kernel}{step}{edge}"
        case "maxpool":
            return f"Max pooling {size}×{size}"
        case "dropout":
            return f"Dropout {size:.0%}"
        case "dense":
            return f"Dense, {size} units"
    return {
        "norm": "Batch normalisation",
        "relu": "ReLU",
        "flatten": "Flatten",
        "average": "Global average pooling",
        "softmax": "Softmax",
    }[layer.kind]


def _conv(filters: int, kernel: int, padding: str = "same") -> list[Layer]:
    return [Layer("conv", filters, kernel, padding=padding), Layer("relu")]


def _normalised_conv(filters: int, kernel: int, stride: int = 1) -> list[Layer]:
    return [Layer("conv", filters, kernel, stride, bias=False), Layer("norm"), Layer("relu")]


def _normalised_dense(units: int) -> list[Layer]:
    return [Layer("dense", units, bias=False), Layer("norm"), Layer("relu")]


_POOL = [Layer("maxpool", 2)]
_FLATTEN = [Layer("flatten")]
_READ = [Layer("dense", N_CLASSES, name="logits"), Layer("softmax")]


def _dropout(rate: float) -> list[Layer]:
    return [Layer("dropout", rate)]


def _dense(units: int) -> list[Layer]:
    return [Layer("dense", units), Layer("relu")]


NETWORKS = {
    made.name: made
    for made in (
        Network(
            "digitcnn",
            "Ours: strided convolutions instead of pooling, batch-normalised; small and quick.",
            [
                *_normalised_conv(24, 5, 2),
                *_normalised_conv(48, 5, 2),
                *_normalised_conv(96, 3, 2),
                *_normalised_conv(192, 3, 2),
                *_FLATTEN,
                *_normalised_dense(64),
                *_READ,
            ],
        ),
        Network(
            "digitcnn-wide",
            "Ours for the patient: more layers at full resolution, about ten times the work.",
            [
                *_normalised_conv(32, 3),
                *_normalised_conv(48, 3),
                *_normalised_conv(48, 3, 2),
                *_normalised_conv(96, 3),
                *_normalised_conv(96, 3),
                *_normalised_conv(96, 3, 2),
                *_normalised_conv(160, 3),
                *_normalised_conv(160, 3, 2),
                *_FLATTEN,
                *_dropout(0.3),
                *_normalised_dense(64),
                *_READ,
            ],
        ),
        Network(
            "stacked",
            "Two convolutions, a pooling, twice over; dropout against learning by heart.",
            [
                *_conv(32, 5),
                *_conv(32, 5),
                *_POOL,
                *_dropout(0.25),
                *_conv(64, 3),
                *_conv(64, 3),
                *_POOL,
                *_dropout(0.25),
                *_FLATTEN,
                *_dense(128),
                *_dropout(0.5),
                *_READ,
            ],
        ),
        Network(
            "two-block",
            "The textbook's: convolution and pooling, twice.",
            [
                *_conv(32, 3, "valid"),
                *_POOL,
                *_conv(64, 3, "valid"),
                *_POOL,
                *_FLATTEN,
                *_dense(128),
                *_dropout(0.5),
                *_READ,
            ],
        ),
        Network(
            "wide-kernel",
            "Large kernels first, and dropout after each block.",
            [
                *_conv(32, 5, "valid"),
                *_POOL,
                *_dropout(0.25),
                *_conv(64, 3, "valid"),
                *_POOL,
                *_dropout(0.25),
                *_FLATTEN,
                *_dense(128),
                *_dropout(0.5),
                *_READ,
            ],
        ),
        Network(
            "pooled",
            "No dense layer but the last: each filter's average is its vote.",
            [
                *_normalised_conv(16, 3),
                *_normalised_conv(32, 3, 2),
                *_normalised_conv(64, 3, 2),
                *_normalised_conv(128, 3, 2),
                Layer("average"),
                *_READ,
            ],
        ),
        Network(
            "plain",
            "As small as a network for digits sensibly gets: no dropout, no normalisation.",
            [
                *_conv(32, 3, "valid"),
                *_POOL,
                *_conv(64, 3, "valid"),
                *_POOL,
                *_FLATTEN,
                *_dense(64),
                *_READ,
            ],
        ),
    )
}
