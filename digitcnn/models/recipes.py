"""Recipes: everything that defines a training, by name, and the command that runs one.

Needs no TensorFlow.
"""

import shlex
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import PurePath
from typing import Any

from digitcnn.errors import DigitcnnError
from digitcnn.models.networks import NETWORKS, Network, frozen_stages, network
from digitcnn.models.training_options import BY_NAME, LONGEST_TEXT, OPTIONS, Option

# Those that digitcnn.data.datasets knows; here they are only names.
DATASETS = (
    "mnist",
    "handwriting",
    "optdigits",
    "usps",
    "qmnist",
    "emnist-digits",
    "mnist-c",
    "pendigits",
)
JOIN = "+"

# Names of entries in runs of earlier versions, and today's.
RENAMED = {"smoothing": "label_smoothing", "averaging": "ema_momentum", "views": "tta"}


class RecipeError(DigitcnnError):
    """A recipe that is not valid."""


def dataset_parts(asked: str) -> list[str]:
    """The data sets that are joined."""
    return [part.strip() for part in asked.split(JOIN)]


def dataset_title(asked: str) -> str:
    """Display name of data sets: their names, and files without their folders."""
    parts = dataset_parts(asked)
    return JOIN.join(PurePath(part).name if is_file(part) else part for part in parts)


def is_file(name: str) -> bool:
    """Whether a data set's name means a file or folder: it has an ending or names a folder."""
    path = PurePath(name)
    return name not in DATASETS and bool(path.suffix or path.parent.name or path.anchor)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training.

    Attributes:
        name: its name in commands and runs.
        network: name of the architecture.
        dataset: what to train and evaluate on: names of data sets, such as ``mnist`` or our own
            ``handwriting``, and files or folders; several are joined by ``+``.
        epochs: passes over the training digits, 1 to 1,000.
        batch: digits per update step, 1 to 4,096.
        optimizer: ``adamw``, or ``muon``; see :mod:`digitcnn.training.optimizers`.
        learning_rate: the optimizer's largest, above 0 and at most 1.
        schedule: ``one-cycle`` (rise, then fall along a cosine) or ``constant``.
        weight_decay: the optimizer's; AdamW without is Adam.
        label_smoothing: how much of each label's certainty is spread over all labels, 0 to 0.5.
        ema_momentum: of the moving average of the weights that is kept; 0 keeps the last weights.
        augment: whether digits are rotated, sheared, scaled, shifted and thickened at random.
        robust: whether, with ``augment``, some digits are distorted or rotated far and others
            corrupted; see :mod:`digitcnn.training.corruption`.
        handwriting: how many digits in synthetic styles join MNIST's; see
            :mod:`digitcnn.data.handwriting`.
        learned_digits: how many digits drawn from the stroke model join them.
        nondigits: how many drawings of other things are added, to be refused.
        learned_letters: how many letters drawn from the stroke model do so as well.
        validation: how many training digits are held back for validation.
        patience: epochs without progress on them before stopping and returning to the best; 0
            never stops.
        tta: test-time augmentation: whether each digit is read in several views and the results
            are averaged; see :mod:`digitcnn.inference.tta`.
        seed: of everything random.
        corrections: correction sets that labels are corrected by: names, and files of one's own,
            joined by ``+``; empty for none. See :mod:`digitcnn.data.corrections`.
        limit: how many training digits of each data set are learned from at most, chosen by the
            seed; 0 takes all.
        from_run: id of the run whose weights training starts from; empty for random weights.
        freeze: layers that keep those weights; see
            :func:`digitcnn.models.networks.frozen_stages`.
        teacher: id of a run to distil besides the labels; empty for none. See
            :mod:`digitcnn.training.distillation`.
        distillation_temperature: what its logits are divided by, 1 to 100.
        distillation_weight: weight of the teacher against the labels, 0 to 1.
        custom: the network itself, if it is a custom one; ``network`` is its name.

    Raises:
        RecipeError: a value is out of its range.
        UnknownNetwork: there is no network of that name.
        UnknownLayer: the network has no such layers to freeze.
    """

    name: str
    network: str = "digitcnn"
    dataset: str = "mnist"
    epochs: int = 8
    batch: int = 128
    optimizer: str = "adamw"
    learning_rate: float = 3e-3
    schedule: str = "one-cycle"
    weight_decay: float = 0.02
    label_smoothing: float = 0.0
    ema_momentum: float = 0.0
    augment: bool = True
    robust: bool = False
    handwriting: int = 0
    learned_digits: int = 0
    nondigits: int = 0
    learned_letters: int = 0
    validation: int = 5_000
    patience: int = 0
    tta: bool = True
    seed: int = 0
    corrections: str = ""
    limit: int = 0
    from_run: str = ""
    freeze: str = ""
    teacher: str = ""
    distillation_temperature: float = 4.0
    distillation_weight: float = 0.7
    custom: Network | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.custom is None:
            network(self.network)
        elif self.custom.name != self.network:
            raise RecipeError(f"The network {self.custom.name} is not {self.network}.")
        self._check_dataset()
        self._check_corrections()
        for option in OPTIONS:
            if option.of_recipe:
                self._check_option(option)
        if self.freeze:
            if not self.from_run:
                raise RecipeError(
                    "Only a training that starts from another run can have frozen layers: "
                    "name that run."
                )
            frozen_stages(self.architecture, self.freeze)
        alone = self.dataset == "handwriting"
        if alone and not self.handwriting + self.learned_digits:
            raise RecipeError("To learn from handwriting alone, handwriting must be above 0.")

    def _check_dataset(self) -> None:
        if self.dataset == "":
            raise RecipeError("Choose at least one data set.")
        parts = dataset_parts(self.dataset) if isinstance(self.dataset, str) else [""]
        known = all(part in DATASETS or is_file(part) for part in parts)
        self._check(
            "dataset",
            known,
            f"one of {', '.join(DATASETS)}, a file with its ending, or several joined by {JOIN}",
        )
        if len(set(parts)) < len(parts):
            raise RecipeError(f"dataset is {self.dataset!r}; name each data set once.")
        if len(self.dataset) > LONGEST_TEXT:
            raise RecipeError(
                f"The names of the data sets are longer than {LONGEST_TEXT} characters; put "
                "the file into a folder with a shorter path."
            )

    def _check_corrections(self) -> None:
        parts = dataset_parts(self.corrections) if isinstance(self.corrections, str) else [""]
        named = self.corrections == "" or all(parts)
        self._check("corrections", named, f"names or files of correction sets, joined by {JOIN}")
        if len(set(parts)) < len(parts):
            raise RecipeError(f"corrections is {self.corrections!r}; name each set once.")
        if len(self.corrections) > LONGEST_TEXT:
            raise RecipeError(
                f"The names of the correction sets are longer than {LONGEST_TEXT} characters; "
                "merge the sets into one: digitcnn corrections merge."
            )

    def _check_option(self, option: Option) -> None:
        choices = {
            "switch": "true or false",
            "choice": " or ".join(option.choices),
        }.get(option.kind, option.bounds or f"a text of at most {LONGEST_TEXT} characters")
        self._check(option.name, option.allows(getattr(self, option.name)), choices)

    def _check(self, name: str, right: bool, choices: str) -> None:
        if not right:
            value = getattr(self, name)
            raise RecipeError(f"{name.replace('_', ' ')} is {value!r}; it must be {choices}.")

    @property
    def architecture(self) -> Network:
        """The network that is trained."""
        return self.custom or network(self.network)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON values, without the layers of a custom network.

        Entries that few recipes set are left out where they have their defaults.
        """
        told = {entry.name: getattr(self, entry.name) for entry in entries()}
        return {
            key: value
            for key, value in told.items()
            if key not in _SELDOM or value != _FIELDS[key].default
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], custom: Network | None = None) -> "Recipe":
        """The recipe that :meth:`to_dict` wrote, of this version or an earlier one.

        Args:
            values: its entries.
            custom: the network, if it is a custom one.

        Raises:
            RecipeError: entries are missing, unknown or out of range.
            UnknownNetwork: the network is a custom one, and ``custom`` is missing.
        """
        known = {entry.name for entry in entries()}
        values = renamed(values) if isinstance(values, Mapping) else {}
        if "name" not in values or set(values) - known:
            raise RecipeError("That is no recipe of this version; entries are missing or unknown.")
        return cls(**values, custom=custom)


def entries() -> "tuple[Field[Any], ...]":
    """The entries of a recipe, as in files and commands."""
    return tuple(entry for entry in fields(Recipe) if entry.name != "custom")


_FIELDS = {field.name: field for field in fields(Recipe)}
# Entries that few recipes set; a recipe without them has their defaults.
_SELDOM = {
    "corrections",
    "limit",
    "from_run",
    "freeze",
    "teacher",
    "distillation_temperature",
    "distillation_weight",
}


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a recipe, with names of earlier versions replaced by today's."""
    return {RENAMED.get(key, key): value for key, value in values.items()}


_DEFAULT = Recipe(
    "default",
    epochs=9,
    batch=256,
    optimizer="muon",
    learning_rate=5e-3,
    label_smoothing=0.02,
    ema_momentum=0.996,
    robust=True,
    handwriting=10_000,
    learned_digits=28_000,
    nondigits=10_000,
    learned_letters=8_000,
    validation=4_000,
)

RECIPES = {
    made.name: made
    for made in (
        replace(
            _DEFAULT,
            name="fast",
            epochs=2,
            optimizer="adamw",  # faster steps
            ema_momentum=0.98,
            robust=False,  # pays off only after more epochs
            # Less than half of MNIST, and more pen strokes: people draw with a pen.
            limit=24_000,
            handwriting=3_000,
            learned_digits=18_000,
            nondigits=1_500,
            learned_letters=1_500,
        ),
        _DEFAULT,
        replace(_DEFAULT, name="thorough", network="digitcnn-wide", epochs=16, ema_momentum=0.998),
    )
}

# Each reference network's training as its authors published it: no augmentation, Adam, their batch
# sizes. Reproduced, not improved.
_REFERENCE = Recipe(
    "reference",
    learning_rate=1e-3,
    schedule="constant",
    weight_decay=0.0,
    augment=False,
    tta=False,
)
_REFERENCES = {
    made.network: made
    for made in (
        replace(_REFERENCE, network="stacked", epochs=15, batch=86),
        replace(_REFERENCE, network="two-block", epochs=20, patience=3, validation=6_000),
        replace(_REFERENCE, network="wide-kernel", epochs=10, batch=200),
        replace(_REFERENCE, network="pooled", epochs=5),
        replace(_REFERENCE, network="plain", epochs=5, validation=12_000),
        replace(_REFERENCE, network="lenet5", epochs=20),
        replace(_REFERENCE, network="mlp", epochs=10),
    )
}
NAMES = (*RECIPES, "reference")

PROGRAM = "python -m digitcnn"


def recipe(name: str, **changes: Any) -> Recipe:
    """The recipe of that name, with changes.

    Args:
        name: ``fast``, ``default``, ``thorough``; or ``reference``, the network's own.
        changes: attributes of :class:`Recipe`; those that are ``None`` change nothing. For
            ``network`` its name if it is one of ours, or the network itself.

    Raises:
        RecipeError: there is no such recipe, or a change is out of range.
        UnknownNetwork: there is no such network.
    """
    changes = {key: value for key, value in changes.items() if value is not None}
    asked = changes.get("network")
    if isinstance(asked, Network):
        changes["network"] = asked.name
        changes["custom"] = None if NETWORKS.get(asked.name) == asked else asked
    if name == "reference":
        chosen = changes.get("network", "stacked")
        if not changes.get("custom"):
            network(chosen)
        # The reference of our own networks is the default recipe.
        return replace(_REFERENCES.get(chosen, replace(_DEFAULT, name=name)), **changes)
    if name not in RECIPES:
        raise RecipeError(f"There is no recipe {name!r}; choose one of {', '.join(NAMES)}.")
    return replace(RECIPES[name], **changes)


def options(wanted: Recipe) -> list[str]:
    """The shortest arguments of ``python -m digitcnn train`` that mean this recipe.

    A recipe whose name this version does not know is written out in full.
    """
    known = wanted.name in NAMES
    name = wanted.name if known else "default"
    of_its_own = recipe(name).network == wanted.network and name != "reference"
    base = recipe(name, network=wanted.architecture)
    arguments = ["--recipe", name]
    if not of_its_own:
        arguments += ["--network", wanted.network]
    for entry in entries():
        value = getattr(wanted, entry.name)
        if entry.name in ("name", "network") or value == "":
            continue
        if known and value == getattr(base, entry.name):
            continue
        option = BY_NAME.get(entry.name)
        flag = option.flag if option else entry.name
        if isinstance(value, bool):
            arguments.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            arguments += [f"--{flag}", str(value)]
    return arguments


def command(wanted: Recipe) -> str:
    """The same as a command line."""
    return f"{PROGRAM} train {shlex.join(options(wanted))}"
