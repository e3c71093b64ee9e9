"""One layer of a network: description, shapes, parameter count, and the Keras layer.

Told without TensorFlow, so that the web process can show layer tables; a test holds the shapes
and parameter counts to Keras's own.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        kind: ``conv``, ``norm``, ``relu``, ``tanh``, ``maxpool``, ``avgpool``, ``add``,
            ``dropout``, ``flatten``, ``average``, ``dense`` or ``softmax``.
        size: filters, units, pool width, or dropout rate.
        kernel: side of a convolution's kernel, px.
        stride: of a convolution, px.
        padding: of a convolution, ``same`` or ``valid``.
        bias: whether a convolution or dense layer adds one.
        name: the Keras layer's name, where something relies on it.
        of: for ``add``, the name of the earlier layer whose output is added to that of the layer
            before; both have the same shape.
    """

    kind: str
    size: float = 0
    kernel: int = 0
    stride: int = 1
    padding: str = "same"
    bias: bool = True
    name: str | None = None
    of: str | None = None

    @property
    def n(self) -> int:
        """The size of a layer that counts something: filters, units, or a pool's width."""
        return int(self.size)


def output_shape(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of a layer's output, without the batch, for an input of ``shape``."""
    match layer.kind:
        case "conv":
            lost = 0 if layer.padding == "same" else layer.kernel - 1
            return (*(-(-(side - lost) // layer.stride) for side in shape[:2]), layer.n)
        case "maxpool" | "avgpool":
            return (shape[0] // layer.n, shape[1] // layer.n, shape[2])
        case "flatten":
            return (shape[0] * shape[1] * shape[2],)
        case "average":
            return shape[2:]
        case "dense":
            return (layer.n,)
    return shape


def parameters(layer: Layer, shape: tuple[int, ...]) -> int:
    """Number of a layer's weights for an input of ``shape``, untrained ones included."""
    match layer.kind:
        case "conv":
            return layer.n * (layer.kernel**2 * shape[2] + layer.bias)
        case "dense":
            return layer.n * (shape[0] + layer.bias)
        case "norm":
            return 4 * shape[-1]
    return 0


def words(layer: Layer) -> str:
    """What the layer does, for people."""
    size = layer.size
    match layer.kind:
        case "conv":
            step = f", every {layer.stride} px" if layer.stride > 1 else ""
            edge = ", no padding" if layer.padding == "valid" else ""
            return f"Convolution, {size} filters of {layer.kernel}×{layer.kernel}{step}{edge}"
        case "avgpool":
            return f"Average pooling {size}×{size}"
        case "maxpool":
            return f"Max pooling {size}×{size}"
        case "dropout":
            return f"Dropout {size:.0%}"
        case "dense":
            return f"Dense, {size} units"
    return {
        "norm": "Batch normalisation",
        "relu": "ReLU",
        "tanh": "Tanh",
        "add": "Add the block’s input",
        "flatten": "Flatten",
        "average": "Global average pooling",
        "softmax": "Softmax",
    }[layer.kind]


def keras_layer(layer: Layer) -> "keras.layers.Layer":
    """The layer as Keras's; imports Keras."""
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
        case "tanh":
            return kl.Activation("tanh", name=layer.name)
        case "add":
            return kl.Add(name=layer.name)
        case "avgpool":
            return kl.AveragePooling2D(layer.n)
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
