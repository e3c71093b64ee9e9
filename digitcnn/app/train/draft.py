"""A network under construction: rows that keep their identity when they are moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digitcnn.models import description
from digitcnn.models.layers import Layer
from digitcnn.models.networks import N_CLASSES, Network

_OUTPUT = ("dense", "softmax")  # what every network ends with; not a part of a draft
_ACTIVATIONS = ("relu", "tanh")

# What can be put on the stack at once: a title, and the kinds of its layers.
PALETTE: dict[str, tuple[str, tuple[str, ...]]] = {
    "conv": ("Convolution", ("conv", "relu")),
    "normalised": ("Convolution, normalised", ("conv", "norm", "relu")),
    "residual": ("Residual block", ()),
    "maxpool": ("Max pooling", ("maxpool",)),
    "avgpool": ("Average pooling", ("avgpool",)),
    "dropout": ("Dropout", ("dropout",)),
    "flatten": ("Flatten", ("flatten",)),
    "average": ("Global average pooling", ("average",)),
    "dense": ("Dense", ("dense", "relu")),
    "norm": ("Batch normalisation", ("norm",)),
    "relu": ("ReLU", ("relu",)),
    "tanh": ("Tanh", ("tanh",)),
    "add": ("Addition", ("add",)),
}


@dataclass(frozen=True)
class Row:
    """A layer of a draft.

    Attributes:
        id: what it is called by, wherever it stands.
        layer: what it is; without a name.
        adds: of an addition, the row whose output is added; ``None`` for none yet.
    """

    id: int
    layer: Layer
    adds: int | None = None


@dataclass(frozen=True)
class Draft:
    """Rows from the image on, without the output at the end.

    Attributes:
        rows: in order.
        next_id: of a row to come; no id is given twice.
    """

    rows: tuple[Row, ...] = ()
    next_id: int = 1


def of_network(network: Network, first_id: int = 1) -> Draft:
    """The draft that is this network; its rows are numbered from ``first_id``."""
    body = list(network.layers)[: -len(_OUTPUT)]
    ids = {layer.name: first_id + i for i, layer in enumerate(body) if layer.name}
    rows = tuple(
        Row(
            first_id + i,
            replace(layer, name=None, of=None),
            ids.get(layer.of) if layer.of else None,
        )
        for i, layer in enumerate(body)
    )
    return Draft(rows, first_id + len(rows))


def layers(draft: Draft) -> list[Layer]:
    """The layers of the network that it is, the output included."""
    added = {row.adds for row in draft.rows}
    made = [
        replace(
            row.layer,
            name=str(row.id) if row.id in added else None,
            of=str(row.adds or 0) if row.layer.kind == "add" else None,
        )
        for row in draft.rows
    ]
    return description.named([*made, Layer("dense", N_CLASSES)])


def add(draft: Draft, choice: str, after: int | None = None) -> Draft:
    """The draft with an entry of the palette inserted after a row, or at the end."""
    place = len(draft.rows)
    if after is not None:
        place = next((i + 1 for i, row in enumerate(draft.rows) if row.id == after), place)
    kinds = PALETTE[choice][1]
    before = draft.rows[:place]
    if choice == "residual":
        made = _residual(before, draft.next_id)
    else:
        made = [
            Row(draft.next_id + i, description.made(kind), _latest_activation(before))
            if kind == "add"
            else Row(draft.next_id + i, _fitting(kind, kinds))
            for i, kind in enumerate(kinds)
        ]
    return Draft((*before, *made, *draft.rows[place:]), draft.next_id + len(made))


def remove(draft: Draft, row_id: int) -> Draft:
    """The draft without a row."""
    return replace(draft, rows=tuple(row for row in draft.rows if row.id != row_id))


def move(draft: Draft, row_id: int, by: int) -> Draft:
    """The draft with a row moved up (-1) or down (1), if possible."""
    rows = list(draft.rows)
    at = next((i for i, row in enumerate(rows) if row.id == row_id), None)
    if at is None or not 0 <= at + by < len(rows):
        return draft
    rows.insert(at + by, rows.pop(at))
    return replace(draft, rows=tuple(rows))


def change(draft: Draft, row_id: int, attribute: str, value: bool | int | float | str) -> Draft:
    """The draft with a setting of a row changed."""
    return _with(draft, row_id, lambda row: replace(row, layer=_set(row.layer, attribute, value)))


def choose_added(draft: Draft, row_id: int, other: int | None) -> Draft:
    """The draft with another row chosen for an addition."""
    return _with(draft, row_id, lambda row: replace(row, adds=other))


def addable(draft: Draft, row_id: int) -> list[Row]:
    """The rows that an addition can add: activations before it."""
    found = []
    for row in draft.rows:
        if row.id == row_id:
            break
        if row.layer.kind in _ACTIVATIONS:
            found.append(row)
    return found


def _with(draft: Draft, row_id: int, changed: Callable[[Row], Row]) -> Draft:
    return replace(
        draft, rows=tuple(changed(row) if row.id == row_id else row for row in draft.rows)
    )


def _set(layer: Layer, attribute: str, value: bool | int | float | str) -> Layer:
    return replace(layer, **{attribute: value})  # type: ignore[arg-type]


def _fitting(kind: str, beside: Sequence[str]) -> Layer:
    layer = description.made(kind)
    # The normalisation adds a number of its own.
    return replace(layer, bias=False) if kind == "conv" and "norm" in beside else layer


def _latest_activation(rows: Sequence[Row]) -> int | None:
    return next((row.id for row in reversed(rows) if row.layer.kind in _ACTIVATIONS), None)


def _residual(before: Sequence[Row], first_id: int) -> list[Row]:
    """Two convolutions whose result is added to what they saw, which must be an activation's."""
    latest = next((row.layer for row in reversed(before) if row.layer.kind == "conv"), None)
    conv = replace(description.made("conv"), bias=False)
    if latest is not None:
        conv = replace(conv, size=latest.size)
    kinds = ["conv", "norm", "relu", "conv", "norm", "add", "relu"]
    seen = next((row for row in reversed(before) if row.layer.kind != "dropout"), None)
    if seen is not None and seen.layer.kind in _ACTIVATIONS:
        added = seen.id
    else:
        kinds, added = ["conv", "norm", "relu", *kinds], first_id + 2
    return [
        Row(
            first_id + i,
            conv if kind == "conv" else description.made(kind),
            added if kind == "add" else None,
        )
        for i, kind in enumerate(kinds)
    ]
