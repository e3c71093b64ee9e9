"""A network as data, for files, cards of runs and the editor: kinds of layers, and their settings.

A description is plain data as JSON has it::

    {"name": "my-net", "summary": "Small, with one skip.", "layers": [
        {"kind": "conv", "filters": 16, "kernel": 3, "stride": 2, "padding": "same", "bias": true},
        {"kind": "relu", "name": "block_1"},
        {"kind": "conv", "filters": 16, "kernel": 3},
        {"kind": "add", "of": "block_1"},
        "relu", "average",
        {"kind": "dense", "units": 10}]}

Settings that are left out have their defaults, a layer without any may be its kind alone, and the
softmax at the end goes without saying.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from digitcnn.errors import DigitcnnError
from digitcnn.models.layers import Layer
from digitcnn.models.networks import NETWORKS, Network

MOST_LAYERS = 60  # those of ours have at most 33
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # which no file can be named by
_NAME_CHARS = 40
_SUMMARY_CHARS = 200
_SHOWN_CHARS = 40

OWN_SUMMARY = "A network of your own."


class WrongDescription(DigitcnnError):
    """What should describe a network does not; the message says where and why."""


@dataclass(frozen=True)
class Setting:
    """A setting of a kind of layer.

    Attributes:
        key: in a description.
        attribute: of :class:`digitcnn.models.layers.Layer`.
        title: for people.
        default: where a description does not say; its type is the setting's.
        low: the least number.
        high: the greatest.
        choices: instead of numbers.
        help: what it is, in a sentence.
    """

    key: str
    attribute: str
    title: str
    default: bool | int | float | str
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of layer that a description may have.

    Attributes:
        title: for people.
        settings: what can be set.
    """

    title: str
    settings: tuple[Setting, ...] = ()


_BIAS = Setting(
    "bias", "bias", "Bias", True, help="Whether each sum gets a number of its own added; before a "
    "batch normalisation it makes no difference.",
)  # fmt: skip
_POOL = Setting(
    "width", "size", "Width", 2, 2, 14, help="Side of the squares of which one number is left, px."
)

KINDS: dict[str, Kind] = {
    "conv": Kind(
        "Convolution",
        (
            Setting("filters", "size", "Filters", 32, 1, 512, help="How many patterns it learns."),
            Setting(
                "kernel", "kernel", "Kernel", 3, 1, 15,
                help="Side of the window that slides over the picture, px.",
            ),
            Setting(
                "stride", "stride", "Stride", 1, 1, 4,
                help="Steps in which it slides, px; 2 halves the picture.",
            ),
            Setting(
                "padding", "padding", "Padding", "same", choices=("same", "valid"),
                help="same: zeros around the picture, so that it keeps its size. valid: none, so "
                "that it loses its edge.",
            ),
            _BIAS,
        ),
    ),
    "norm": Kind("Batch normalisation"),
    "relu": Kind("ReLU"),
    "tanh": Kind("Tanh"),
    "maxpool": Kind("Max pooling", (_POOL,)),
    "avgpool": Kind("Average pooling", (_POOL,)),
    "dropout": Kind(
        "Dropout",
        (
            Setting(
                "rate", "size", "Rate", 0.25, 0.0, 0.9,
                help="Share of the numbers that is left out at random while the network learns.",
            ),
        ),
    ),
    "add": Kind("Addition"),
    "flatten": Kind("Flatten"),
    "average": Kind("Global average pooling"),
    "dense": Kind(
        "Dense",
        (Setting("units", "size", "Units", 128, 1, 2_048, help="How many sums it makes."), _BIAS),
    ),
    "softmax": Kind("Softmax"),
}  # fmt: skip


def made(kind: str) -> Layer:
    """A layer of that kind with the settings that it has by default."""
    return Layer(kind, **{each.attribute: each.default for each in KINDS[kind].settings})  # type: ignore[arg-type]


def proper_name(text: str) -> str:
    """The name that a network of one's own gets: small letters, digits, and hyphens for spaces.

    Raises:
        WrongDescription: that is none, or one of our networks has it.
    """
    name = re.sub(r"[\s_]+", "-", text.strip().lower())
    if not name:
        raise WrongDescription("Give the network a name.")
    if len(name) > _NAME_CHARS:
        raise WrongDescription(f"The name of a network has at most {_NAME_CHARS} characters.")
    if not _NAME.fullmatch(name):
        raise WrongDescription(
            f"{_shown(text.strip())} can't be a network's name; use letters from a to z, digits "
            "and hyphens, such as my-net."
        )
    if _DEVICE.fullmatch(name):
        raise WrongDescription(f"Windows has a device called {name}; choose another name.")
    if name in NETWORKS:
        raise WrongDescription(f"{name} is one of the built-in networks; choose another name.")
    return name


def named(layers: Sequence[Layer]) -> list[Layer]:
    """The same layers with the names that Keras and notebooks are given.

    ``block_1``, ``block_2`` … for those that an addition refers to, ``logits`` for the last dense
    one. The softmax is added if it is missing.
    """
    layers = list(layers)
    if not layers or layers[-1].kind != "softmax":
        layers.append(Layer("softmax"))
    wanted = {layer.of for layer in layers if layer.of}
    called: dict[str, str] = {}
    for layer in layers:
        if layer.name and layer.name in wanted:
            called.setdefault(layer.name, f"block_{len(called) + 1}")
    for i, layer in enumerate(layers):
        own = called.get(layer.name or "")
        if layer.kind == "dense" and i == len(layers) - 2:
            own = "logits"
        # What refers to nothing keeps doing so; digitcnn.models.stack explains it.
        layers[i] = replace(layer, name=own, of=layer.of and called.get(layer.of, "nothing"))
    return layers


def described(network: Network) -> dict[str, Any]:
    """A network as a description, from which :func:`read` makes it again."""
    return {
        "name": network.name,
        "summary": network.summary,
        "layers": [_plain(layer) for layer in network.layers],
    }


def read(values: Any, name: str = "", built_in_names: bool = False) -> Network:
    """The network that a description means; whether it can be built is not looked at.

    Args:
        values: plain data, from wherever it may come.
        name: what the network is called if the description does not say.
        built_in_names: whether it may be called like one of ours.

    Raises:
        WrongDescription: the data describes no network.
    """
    if not isinstance(values, Mapping):
        raise WrongDescription("A network is described by entries: a name and a list of layers.")
    _only_known(values, ("name", "summary", "layers"), "The description")
    own, summary = values.get("name", name), values.get("summary", OWN_SUMMARY)
    if not isinstance(own, str):
        raise WrongDescription("The network's name must be a text.")
    if not (built_in_names and own in NETWORKS):
        own = proper_name(own)
    if not isinstance(summary, str) or len(summary) > _SUMMARY_CHARS or not summary.isprintable():
        raise WrongDescription(
            f"The summary must be a text of one line, at most {_SUMMARY_CHARS} characters."
        )
    layers = values.get("layers")
    if not isinstance(layers, list) or not layers:
        raise WrongDescription('The description has no "layers", a list of at least one.')
    if len(layers) > MOST_LAYERS:
        raise WrongDescription(
            f"The network has {len(layers):,} layers; at most {MOST_LAYERS} can be trained here."
        )
    read_layers = [_layer(each, number) for number, each in enumerate(layers, 1)]
    names = [layer.name for layer in read_layers if layer.name]
    for twice in names:
        if names.count(twice) > 1:
            raise WrongDescription(f"Two layers are called {twice!r}; names must differ.")
    return Network(own, summary, named(read_layers))


def _layer(values: Any, number: int) -> Layer:
    where = f"Layer {number}"
    if isinstance(values, str):
        values = {"kind": values}
    if not isinstance(values, Mapping):
        raise WrongDescription(f"{where} must be a kind of layer, or entries with a kind.")
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise WrongDescription(
            f"{where} is of the kind {_shown(kind)}; there are {', '.join(KINDS)}."
        )
    settings = KINDS[kind].settings
    known = ("kind", "name", *(each.key for each in settings), *(("of",) if kind == "add" else ()))
    _only_known(values, known, f"{where} ({kind})")
    entries: dict[str, Any] = {
        each.attribute: proper_value(values.get(each.key, each.default), each, f"{where} ({kind})")
        for each in settings
    }
    for key in ("name", "of"):
        text = values.get(key)
        if text is None and (key == "name" or kind != "add"):
            continue
        if not isinstance(text, str) or not 0 < len(text) <= _NAME_CHARS:
            meant = "the name of an earlier layer" if key == "of" else "a short text"
            raise WrongDescription(f'{where} ({kind}): "{key}" must be {meant}.')
        entries[key] = text
    return Layer(kind, **entries)


def proper_value(value: Any, setting: Setting, where: str) -> bool | int | float | str:
    """A value from outside, as a layer has it.

    Args:
        value: anything.
        setting: what it is for.
        where: how the sentence about a wrong one begins.

    Raises:
        WrongDescription: the setting can't have it.
    """
    says = f'{where}: "{setting.key}" is {_shown(value)}; it must be'
    if setting.choices:
        if not isinstance(value, str) or value not in setting.choices:
            raise WrongDescription(f"{says} {' or '.join(setting.choices)}.")
        return value
    if isinstance(setting.default, bool):
        if not isinstance(value, bool):
            raise WrongDescription(f"{says} true or false.")
        return value
    whole = isinstance(setting.default, int)
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits or not setting.low <= value <= setting.high:
        raise WrongDescription(
            f"{says} a {'whole ' if whole else ''}number, {setting.low:g} to {setting.high:g}."
        )
    return int(value) if whole else float(value)


def _only_known(values: Mapping[Any, Any], known: Sequence[str], what: str) -> None:
    for key in values:
        if key not in known:
            raise WrongDescription(
                f"{what} has an entry {_shown(key)}; there are {', '.join(known)}."
            )


def _plain(layer: Layer) -> dict[str, Any] | str:
    entries = dict(_entries(layer))
    return entries if len(entries) > 1 else layer.kind


def _entries(layer: Layer) -> Iterator[tuple[str, Any]]:
    yield "kind", layer.kind
    for setting in KINDS[layer.kind].settings:
        value = getattr(layer, setting.attribute)
        if value != setting.default or setting.attribute in ("size", "kernel"):
            yield setting.key, value
    if layer.of:
        yield "of", layer.of
    if layer.name and layer.name != "logits":
        yield "name", layer.name


def _shown(value: Any) -> str:
    """A value from outside, short enough for a sentence."""
    if isinstance(value, Mapping | list | tuple | set):
        return "a list" if not isinstance(value, Mapping) else "a table"
    try:
        text = repr(value)
    except ValueError:  # a number too long to be written
        return "a number that is far too long"
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
