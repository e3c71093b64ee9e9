"""The networks by name: described without TensorFlow, built with it.

A network is a list of layers, as data: each takes what the one before gives, and ``add`` that of an
earlier one as well. From it come the layer table and the parameter count that
the web process shows, and, in the trainer, the Keras model; a test holds the two together.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from digitcnn.errors import DigitcnnError
from digitcnn.models import layers
from digitcnn.models.layers import Layer

if TYPE_CHECKING:
    import keras

INPUT_SHAPE = (28, 28, 1)
N_CLASSES = 10

_WEIGHTED = ("conv", "dense")  # the kinds of layers that have weights; norm goes with them


class UnknownNetwork(DigitcnnError):
    """A name that no network has."""


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


def layer_table(asked: str | Network) -> list[dict[str, Any]]:
    """A network's layers in order: ``layer`` in words, output ``shape`` and ``parameters``."""
    table = []
    shape: tuple[int, ...] = INPUT_SHAPE
    for layer in _network(asked).layers:
        parameters = layers.parameters(layer, shape)
        shape = layers.output_shape(layer, shape)
        table.append({"layer": layers.words(layer), "shape": list(shape), "parameters": parameters})
    return table


def parameters(asked: str | Network) -> int:
    """Exact number of parameters of a network, as Keras counts them."""
    return sum(row["parameters"] for row in layer_table(asked))


class UnknownLayer(DigitcnnError):
    """Layers asked for by a name or number that the network does not have."""


def stages(asked: str | Network) -> list[str]:
    """The layers that have weights, by name, from the first to the last.

    Convolutions are ``conv1``, ``conv2`` …, dense layers ``dense1`` …, and the last one is
    ``logits``. The normalisation after a layer belongs to it.
    """
    made: list[str] = []
    for layer in _network(asked).layers:
        if layer.kind in _WEIGHTED:
            number = sum(other.startswith(layer.kind) for other in made) + 1
            made.append("logits" if layer.name == "logits" else f"{layer.kind}{number}")
    return made


def frozen_stages(asked: str | Network, words: str) -> list[str]:
    """The layers of a network that are meant, by name as :func:`stages` has them.

    Args:
        asked: the network, or the name of one of ours.
        words: how many from the first on, such as ``2``, or names with commas between them, such
            as ``conv1,conv3``; empty for none.

    Raises:
        UnknownLayer: there are none of that name, or not so many; or none would be left to learn.
    """
    wanted = _network(asked)
    known, name = stages(wanted), wanted.name
    chosen = [word.strip() for word in words.split(",")] if words.strip() else []
    if len(chosen) == 1 and chosen[0].isdecimal():
        n = int(chosen[0])
        if n >= len(known):
            raise UnknownLayer(
                f"{n} layers can't be frozen: {name} has {len(known)} layers with weights "
                f"({', '.join(known)}), and at least one of them has to learn."
            )
        return known[:n]
    for word in chosen:
        if word not in known:
            raise UnknownLayer(
                f"{name} has no layer {word!r} that could be frozen; it has {', '.join(known)}."
            )
    if set(chosen) == set(known):
        raise UnknownLayer(f"All layers of {name} are frozen: nothing is learned; leave one.")
    return [stage for stage in known if stage in chosen]


def build(asked: str | Network, frozen: Collection[str] = ()) -> "keras.Model":
    """A network with fresh weights, as a Keras model.

    Its input is float32 (n, 28, 28), a digit image as it is: 0 paper, 255 ink. Its output is
    float32 (n, 10), probabilities. The layer that gives the logits is named ``logits``; its input
    is the embedding. Imports Keras.

    Args:
        asked: the network, or the name of one of ours.
        frozen: layers whose weights no training changes, as :func:`stages` names them.

    Raises:
        UnknownNetwork: there is none of that name.
    """
    import keras

    inputs = keras.Input(INPUT_SHAPE[:2], name="digit_image")
    x = keras.layers.Reshape(INPUT_SHAPE)(inputs)
    x = keras.layers.Rescaling(1 / 255)(x)
    named: dict[str, Any] = {}
    wanted = _network(asked)
    upcoming = iter(stages(wanted))
    stage = ""
    for layer in wanted.layers:
        made = layers.keras_layer(layer)
        if layer.kind in _WEIGHTED:
            stage = next(upcoming)
        if stage in frozen:
            made.trainable = False
        x = made([x, named[layer.of]]) if layer.of else made(x)
        if layer.name:
            named[layer.name] = x
    return keras.Model(inputs, x, name=wanted.name.replace("-", "_"))


def _network(asked: str | Network) -> Network:
    return network(asked) if isinstance(asked, str) else asked


def _conv(filters: int, kernel: int, padding: str = "same") -> list[Layer]:
    return [Layer("conv", filters, kernel, padding=padding), Layer("relu")]


def _normalised_conv(filters: int, kernel: int, stride: int = 1) -> list[Layer]:
    return [Layer("conv", filters, kernel, stride, bias=False), Layer("norm"), Layer("relu")]


def _normalised_dense(units: int) -> list[Layer]:
    return [Layer("dense", units, bias=False), Layer("norm"), Layer("relu")]


def _residual(filters: int, name: str) -> list[Layer]:
    """Two convolutions whose result is added to what they saw, the layer ``name``."""
    return [
        *_normalised_conv(filters, 3),
        *_normalised_conv(filters, 3)[:2],
        Layer("add", of=name),
        Layer("relu"),
    ]


def _named(block: list[Layer], name: str) -> list[Layer]:
    return [*block[:-1], replace(block[-1], name=name)]


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
                *_dropout(0.1),
                *_normalised_dense(64),
                *_READ,
            ],
        ),
        Network(
            "digitcnn-wide",
            "Ours, larger: more layers, at finer resolution; about five times slower.",
            [
                *_normalised_conv(32, 3),
                *_normalised_conv(32, 3, 2),
                *_normalised_conv(64, 3),
                *_normalised_conv(64, 3, 2),
                *_normalised_conv(128, 3),
                *_normalised_conv(128, 3, 2),
                *_FLATTEN,
                *_dropout(0.2),
                *_normalised_dense(64),
                *_READ,
            ],
        ),
        Network(
            "digitcnn-small",
            "Ours, as small as it gets: 20,000 parameters; made to learn from a larger one.",
            [
                *_normalised_conv(12, 5, 2),
                *_normalised_conv(24, 5, 2),
                *_normalised_conv(32, 3, 2),
                *_FLATTEN,
                *_READ,
            ],
        ),
        Network(
            "stacked",
            "Two convolutions, a pooling, twice over; dropout against overfitting.",
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
            "As small as is sensible for digits: no dropout, no normalisation.",
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
        Network(
            "vgg",
            "VGG-style: pairs of small convolutions, then pooling, three times over.",
            [
                *_normalised_conv(32, 3),
                *_normalised_conv(32, 3),
                *_POOL,
                *_normalised_conv(64, 3),
                *_normalised_conv(64, 3),
                *_POOL,
                *_normalised_conv(128, 3),
                *_normalised_conv(128, 3),
                *_POOL,
                *_FLATTEN,
                *_dropout(0.2),
                *_normalised_dense(128),
                *_READ,
            ],
        ),
        Network(
            "resnet",
            "ResNet-style: blocks that add what they find to what they saw (skip connections).",
            [
                *_named(_normalised_conv(24, 3, 2), "block_1"),
                *_residual(24, "block_1"),
                *_named(_normalised_conv(48, 3, 2), "block_2"),
                *_residual(48, "block_2"),
                *_named(_normalised_conv(96, 3, 2), "block_3"),
                *_residual(96, "block_3"),
                Layer("average"),
                *_READ,
            ],
        ),
        Network(
            "lenet5",
            "LeNet-5 of 1998: tanh and average pooling, as it is usually rebuilt.",
            [
                Layer("conv", 6, 5),
                Layer("tanh"),
                Layer("avgpool", 2),
                Layer("conv", 16, 5, padding="valid"),
                Layer("tanh"),
                Layer("avgpool", 2),
                *_FLATTEN,
                Layer("dense", 120),
                Layer("tanh"),
                Layer("dense", 84),
                Layer("tanh"),
                *_READ,
            ],
        ),
        Network(
            "mlp",
            "No convolution at all, for contrast: one hidden layer that sees every pixel.",
            [*_FLATTEN, *_dense(128), *_READ],
        ),
    )
}
