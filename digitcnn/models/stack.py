"""Whether layers form a valid network: shapes and costs layer by layer, and problems in words.

Told without TensorFlow, while somebody still stacks layers. A network that passes can be built,
trained, compiled and looked into; what the rules ask beyond Keras's own is what textbooks do: an
activation right after its convolution, normalisation between the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from digitcnn.errors import DigitcnnError
from digitcnn.models import layers as each_layer
from digitcnn.models.description import MOST_LAYERS
from digitcnn.models.layers import Layer
from digitcnn.models.networks import INPUT_SHAPE, N_CLASSES, Network

# Twice and four times what the costliest of our networks has, so that a training takes hours at
# most, and a batch some hundreds of megabytes.
MOST_PARAMETERS = 2_000_000
MOST_MULTIPLICATIONS = 60_000_000  # a digit
MOST_VALUES = 600_000  # that all layers together give for a digit
# Each test digit's are kept with a run, for the map of digits and for similar ones.
MOST_LAST_INPUTS = 2_048

_ACTIVATIONS = ("relu", "tanh")
_POOLINGS = ("maxpool", "avgpool")
_Shape = tuple[int, ...]


class ImpossibleNetwork(DigitcnnError):
    """Layers that make no network; the message says which, why, and what to do."""


@dataclass(frozen=True)
class CheckedLayer:
    """A layer in its place.

    Attributes:
        shape: of its output; ``None`` where that can't be told.
        parameters: numbers that it has; 0 where that can't be told.
        problem: why it can't stand here, as a sentence; empty if it can.
    """

    shape: _Shape | None
    parameters: int = 0
    problem: str = ""


@dataclass(frozen=True)
class CheckedStack:
    """Layers on one another.

    Attributes:
        rows: one for each layer.
        problem: why it is no network, as a sentence; empty if it is one.
        parameters: of all layers that can be told.
        multiplications: that a digit costs, likewise.
    """

    rows: tuple[CheckedLayer, ...]
    problem: str
    parameters: int
    multiplications: int


def check(layers: Sequence[Layer]) -> CheckedStack:
    """Shapes, parameters and problems of layers, from the image (28, 28, 1) to the softmax."""
    rows: list[CheckedLayer] = []
    known: dict[str, tuple[Layer, _Shape]] = {}
    shape: _Shape | None = INPUT_SHAPE
    multiplications = values = 0
    for i, layer in enumerate(layers):
        if shape is None:
            rows.append(CheckedLayer(None))
            continue
        problem = _problem(layers, i, shape, known)
        # After an impossible shape nothing can be told; other problems leave the shapes alone.
        after = _shape_after(layer, shape)
        rows.append(
            CheckedLayer(after, each_layer.parameters(layer, shape) if after else 0, problem)
        )
        if after is not None:
            multiplications += _multiplications(layer, shape, after)
            values += prod(after)
            if layer.name:
                known[layer.name] = layer, after
        shape = after
    parameters = sum(row.parameters for row in rows)
    first = next((i for i, row in enumerate(rows) if row.problem), None)
    if first is not None:
        problem = _with_place(layers, first, rows[first].problem)
    else:
        problem = (
            _ending(layers)
            or _last_inputs(rows)
            or _costs(len(layers), parameters, multiplications, values)
        )
    return CheckedStack(tuple(rows), problem, parameters, multiplications)


def possible(network: Network) -> Network:
    """The network, if it is one that can be trained.

    Raises:
        ImpossibleNetwork: it is not; the message says why.
    """
    problem = check(network.layers).problem
    if problem:
        raise ImpossibleNetwork(problem)
    return network


def size_text(shape: _Shape) -> str:
    """A shape for people: 14×14×32."""
    return "×".join(map(str, shape))


def _with_place(layers: Sequence[Layer], i: int, problem: str) -> str:
    return f"Layer {i + 1} ({each_layer.words(layers[i])}): {problem}"


def _shape_after(layer: Layer, shape: _Shape) -> _Shape | None:
    is_picture = len(shape) == 3
    if layer.kind in ("conv", *_POOLINGS, "flatten", "average"):
        if not is_picture:
            return None
    elif layer.kind == "dense" and is_picture:
        return None
    after = each_layer.output_shape(layer, shape)
    return after if min(after) > 0 else None


def _multiplications(layer: Layer, shape: _Shape, after: _Shape) -> int:
    match layer.kind:
        case "conv":
            return prod(after) * layer.kernel**2 * shape[2]
        case "dense":
            return shape[0] * layer.n
    return 0


def _problem(
    layers: Sequence[Layer], i: int, shape: _Shape, known: dict[str, tuple[Layer, _Shape]]
) -> str:
    layer, before = layers[i], layers[i - 1].kind if i else ""
    is_picture = len(shape) == 3
    match layer.kind:
        case "conv":
            return _conv(layers, i, shape)
        case "maxpool" | "avgpool":
            return _pooling(layers, i, shape)
        case "norm" if before not in ("conv", "dense"):
            return "it belongs right after a convolution or a dense layer."
        case "relu" | "tanh" if before not in ("conv", "dense", "norm", "add"):
            return (
                "it belongs right after a convolution, a dense layer, a normalisation or an "
                "addition."
            )
        case "add":
            return _addition(layer, before, shape, known)
        case "flatten" | "average" if not is_picture:
            return "the numbers are in one row already; leave it out."
        case "dense" if is_picture:
            return (
                f"it takes numbers in one row, not a picture of {size_text(shape)}; put Flatten or "
                "global average pooling before it."
            )
        case "softmax" if i < len(layers) - 1:
            return "it is the end of a network; remove what comes after it."
    return ""


def _conv(layers: Sequence[Layer], i: int, shape: _Shape) -> str:
    layer = layers[i]
    if len(shape) < 3:
        return "it takes a picture, and here the numbers are in one row; put it before Flatten."
    if layer.padding == "valid" and layer.kernel > min(shape[:2]):
        return (
            f"its kernel is larger than the {size_text(shape[:2])} px that are left; use a smaller "
            "kernel, the padding “same”, or less pooling before it."
        )
    following = [after.kind for after in layers[i + 1 : i + 4]]
    for between in ("norm", "add"):
        if following[:1] == [between]:
            following.pop(0)
    if not following or following[0] not in _ACTIVATIONS:
        return (
            "its ReLU or tanh is missing; put one right after it. Only a normalisation and, after "
            "that, an addition may come between."
        )
    return ""


def _pooling(layers: Sequence[Layer], i: int, shape: _Shape) -> str:
    layer = layers[i]
    if len(shape) < 3:
        return "it takes a picture, and here the numbers are in one row; put it before Flatten."
    if layer.n > min(shape[:2]):
        return (
            f"nothing would be left of {size_text(shape[:2])} px; make its width smaller, or pool "
            "less before it."
        )
    earlier = [before.kind for before in layers[:i] if before.kind != "dropout"]
    if earlier and earlier[-1] in _POOLINGS and earlier[-1] != layer.kind:
        return (
            "two kinds of pooling follow on one another; use one kind, or put a convolution "
            "between them."
        )
    return ""


def _addition(
    layer: Layer, before: str, shape: _Shape, known: dict[str, tuple[Layer, _Shape]]
) -> str:
    if before not in ("conv", "dense", "norm"):
        return "it belongs right after a convolution, a dense layer, or their normalisation."
    if not layer.of or layer.of not in known:
        return "what it adds is no earlier layer; choose one that comes before it."
    other, other_shape = known[layer.of]
    if other.kind not in _ACTIVATIONS:
        return "it can add what a ReLU or tanh gives, nothing else; choose one of these."
    if other_shape != shape:
        return (
            f"it would add {size_text(other_shape)} numbers to {size_text(shape)}; both must have "
            "the same shape, so stride, pooling and number of filters between them must fit."
        )
    return ""


def _ending(layers: Sequence[Layer]) -> str:
    body = list(layers[:-1]) if layers and layers[-1].kind == "softmax" else list(layers)
    wanted = f"The last layer must be a dense one with {N_CLASSES} units, one for each digit"
    if not body or body[-1].kind != "dense":
        return f"{wanted}; add it at the end."
    if body[-1].n != N_CLASSES:
        return f"{wanted}; this one has {body[-1].n}."
    return ""


def _last_inputs(rows: Sequence[CheckedLayer]) -> str:
    shape = rows[-3].shape if len(rows) > 2 else None
    if shape is None or prod(shape) <= MOST_LAST_INPUTS:
        return ""
    return (
        f"The last layer would get {prod(shape):,} numbers. Those of each test digit are kept, so "
        f"{MOST_LAST_INPUTS:,} is the limit; pool more, or put another dense layer before it."
    )


def _costs(n_layers: int, parameters: int, multiplications: int, values: int) -> str:
    if n_layers > MOST_LAYERS:
        return f"The network has {n_layers} layers; at most {MOST_LAYERS} can be trained here."
    if parameters > MOST_PARAMETERS:
        return (
            f"The network has {parameters:,} parameters; more than {MOST_PARAMETERS:,} do not help "
            "with digits, and make large files. Most are in a dense layer after Flatten: pool more "
            "before it, or give it fewer units."
        )
    if multiplications > MOST_MULTIPLICATIONS:
        return (
            f"The network multiplies {multiplications / 1e6:,.0f} million times for a digit; above "
            f"{MOST_MULTIPLICATIONS / 1e6:.0f} million a training takes many hours. Pool or stride "
            "earlier, or use fewer filters."
        )
    if values > MOST_VALUES:
        return (
            f"The layers give {values:,} numbers for a digit; above {MOST_VALUES:,} a training "
            "needs too much memory. Pool or stride earlier, or use fewer filters."
        )
    return ""
