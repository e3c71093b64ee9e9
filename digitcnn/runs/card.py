"""The card of a run: its description as a typed value, every entry validated.

Runs can be given away, so whatever a card says is foreign: checksums show that it is as its author
wrote it, not that it makes sense. What readers use has its type, range and length checked here, and
nowhere else.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digitcnn.errors import DigitcnnError
from digitcnn.models import description, stack
from digitcnn.models.networks import Network
from digitcnn.models.recipes import Recipe, dataset_title, renamed

FORMAT = 1
ID_FORM = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
NAME_CHARS = 80

_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_TEXT_CHARS = 200
_MOST = 1e12  # of any count or figure
_ENTRIES = 200  # of a list or a table
_COLDEST, _HOTTEST = 1e-3, 1e3  # temperatures by which logits can be divided

# Entries of a recipe that readers use, and what they must be where they are there.
_RECIPE_TEXTS = {
    "name",
    "network",
    "dataset",
    "optimizer",
    "schedule",
    "corrections",
    "from_run",
    "freeze",
    "teacher",
}
_RECIPE_COUNTS = {
    "epochs",
    "handwriting",
    "learned_digits",
    "nondigits",
    "learned_letters",
    "validation",
    "patience",
    "seed",
    "limit",
}
_RECIPE_SWITCHES = {"augment", "robust", "tta"}
_PARTS = ("accuracy", "refused", "top2", "recall", "f1", "ece")  # figures from 0 to 1


class DamagedRun(DigitcnnError):
    """A run folder that does not verify; the message says which file and why."""


class NewerRun(DamagedRun):
    """A run that a newer version of digitcnn wrote: nothing is wrong with it."""


@dataclass(frozen=True)
class Layer:
    """A line of the table of layers.

    Attributes:
        text: what it is.
        shape: of what it gives.
        parameters: that training adjusts.
    """

    text: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class Calibration:
    """How logits become probabilities.

    Attributes:
        temperature: what logits are divided by.
        digit_threshold: free energy of what is taken for a digit; ``None`` if anything is.
    """

    temperature: float
    digit_threshold: float | None


@dataclass(frozen=True)
class Dataset:
    """What a run was trained and evaluated on; counts are 0 where a card does not say.

    Attributes:
        name: of the test digits.
        fingerprint: of the test digits.
        n_training, n_nondigits, n_validation, n_test: how many.
        split_seed: of the choice of validation digits; in earlier versions the recipe's.
    """

    name: str
    fingerprint: str
    n_training: int
    n_nondigits: int
    n_validation: int
    n_test: int
    split_seed: int = 0


@dataclass(frozen=True)
class Part:
    """One of the data sets that were joined for a run.

    Attributes:
        name: for people.
        fingerprint: of its test digits.
        n_training, n_validation, n_test: how many of its digits went where.
        test_accuracy: share of its test digits read correctly, 0 to 1.
    """

    name: str
    fingerprint: str
    n_training: int
    n_validation: int
    n_test: int
    test_accuracy: float


@dataclass(frozen=True)
class UsedCorrections:
    """A correction set that a run was trained with.

    Attributes:
        name: its name then.
        fingerprint: of what it said then.
        n: how many corrections it had then.
    """

    name: str
    fingerprint: str
    n: int


PIXELS = ("0-1", "0-255", "-1-1", "standard")
PAPERS = ("dark", "light")
OUTPUTS = ("logits", "probabilities")


@dataclass(frozen=True)
class Foreign:
    """How a network that was made elsewhere is asked.

    Attributes:
        file: of the network, in the run's folder.
        pixels: one of ``PIXELS``; ``standard`` is minus MNIST's mean, by its deviation.
        paper: one of ``PAPERS``: what the network knows digits on.
        transposed: whether rows and columns are exchanged.
        output: one of ``OUTPUTS``: what it says.
    """

    file: str
    pixels: str
    paper: str
    transposed: bool
    output: str


@dataclass(frozen=True)
class Member:
    """One of the networks that an ensemble is made of, as its own run told it.

    Attributes:
        id: of that run, which may be gone by now.
        name: for people.
        network: name of its architecture.
        recipe: name of the recipe that it was trained by.
        parameters: numbers that training adjusted.
        test_accuracy: its own, on the same test digits, 0 to 1.
        temperature: what its own logits are divided by.
        n_stages: how many convolutions it has.
        checksum: of its run's card.
    """

    id: str
    name: str
    network: str
    recipe: str
    parameters: int
    test_accuracy: float
    temperature: float
    n_stages: int
    checksum: str


FEWEST_MEMBERS, MOST_MEMBERS = 2, 7


@dataclass(frozen=True)
class Origin:
    """Another run that a run was made with.

    Attributes:
        id: its name in commands and on disk.
        name: its name for people, at that time.
        network: name of its architecture.
        test_accuracy: share of its own test digits read correctly, 0 to 1.
        checksum: SHA-256 of its card.
    """

    id: str
    name: str
    network: str
    test_accuracy: float
    checksum: str


@dataclass(frozen=True)
class Card:
    """What a run says of itself.

    Attributes:
        entries: everything, as it is in the file; unchecked beyond the attributes below.
        id: the run's name in commands and on disk.
        name: the name that people see.
        created: when, ISO 8601.
        network: name of the architecture.
        parameters: numbers that training adjusted.
        layers: from the first to the last.
        custom_network: what is trained, where it was none of ours; else ``None``.
        recipe: what decided the training, by entry; those of earlier versions by today's names.
        seconds: how long fitting took.
        metrics: figures by name; those that are parts are 0 to 1.
        calibration: how logits become probabilities.
        dataset: what it was trained and evaluated on.
        datasets: the data sets joined in that; empty where a card, of an older version, does not
            tell them apart.
        corrections: the correction sets that it was trained with.
        n_corrected: how many training digits had another label by them, or were left out.
        foreign: how it is asked, of a network that was made elsewhere; else ``None``.
        members: the networks that it is made of, of an ensemble; else empty.
        started_from: the run whose weights its training started from; ``None`` for random ones.
        frozen: the layers that kept those weights, as :func:`digitcnn.models.networks.stages`
            names them.
        teacher: the run that it learned from beside the labels; else ``None``.
        versions: of the programs that made it.
        files: SHA-256 of each file.
        checksum: SHA-256 of the card without it.
    """

    entries: Mapping[str, Any]
    id: str
    name: str
    created: str
    network: str
    parameters: int
    layers: tuple[Layer, ...]
    custom_network: Network | None
    recipe: Mapping[str, Any]
    seconds: float
    metrics: Mapping[str, float]
    calibration: Calibration
    dataset: Dataset
    datasets: tuple[Part, ...]
    foreign: Foreign | None
    members: tuple[Member, ...]
    started_from: Origin | None
    frozen: tuple[str, ...]
    teacher: Origin | None
    versions: Mapping[str, str]
    files: Mapping[str, str]
    checksum: str
    corrections: tuple[UsedCorrections, ...] = ()
    n_corrected: int = 0

    @property
    def test_accuracy(self) -> float:
        """Share of the test digits read correctly, 0 to 1."""
        return self.metrics["test_accuracy"]

    @property
    def test_name(self) -> str:
        """What the test digits are called in a sentence: "the MNIST test set"."""
        asked = self.recipe.get("dataset", "mnist")
        if asked == "mnist":
            return "the MNIST test set"
        if asked == "handwriting":
            return "synthetic test digits"
        return f"the test digits of {dataset_title(asked)}"

    def full_recipe(self) -> Recipe:
        """The recipe, with the network where that is none of ours.

        Raises:
            RecipeError, UnknownNetwork: this version does not know it.
            ImpossibleNetwork: the layers that the card tells make no network.
        """
        custom = self.custom_network
        if custom is not None and custom.name != self.recipe.get("network"):
            custom = None
        if custom is not None:
            stack.possible(custom)
        return Recipe.from_dict(dict(self.recipe), custom)

    @property
    def to_seal(self) -> dict[str, Any]:
        """The entries without those that sealing a run adds."""
        added = ("format", "files", "checksum")
        return {key: value for key, value in self.entries.items() if key not in added}


def read_card(entries: Any) -> Card:
    """The card with these entries, checked.

    Args:
        entries: what ``card.json`` holds.

    Raises:
        NewerRun: its format is of a later version.
        DamagedRun: an entry is missing, or is not what readers could use.
    """
    if not isinstance(entries, dict):
        raise DamagedRun("card.json is not a run's card.")
    version = entries.get("format")
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
        raise NewerRun(
            f"It was written by a newer version of digitcnn (format {version}; this one reads "
            f"{FORMAT}). Update digitcnn to use it."
        )
    if version != FORMAT or isinstance(version, bool):
        raise DamagedRun(f"card.json is not a run's card of format {FORMAT}.")
    metrics = {key: value for key, value in _table(entries, "metrics").items() if value is not None}
    if "test_accuracy" not in metrics:
        raise DamagedRun("card.json has no proper test accuracy.")
    for key in metrics:
        most = 1.0 if key.endswith(_PARTS) else _MOST
        _number(metrics, key, 0.0 if key.endswith(_PARTS) else -_MOST, most)
    calibration, dataset = _table(entries, "calibration"), _plain(_table(entries, "dataset"))
    versions = _table(entries, "versions")
    recipe = _recipe(renamed(_table(entries, "recipe")))
    threshold = calibration.get("digit_threshold")
    return Card(
        entries=entries,
        id=_matching(entries, "id", ID_FORM),
        name=_name(entries),
        created=_moment(entries, "created"),
        network=_text(entries, "network"),
        parameters=_count(entries, "parameters"),
        layers=tuple(map(_layer, _list(entries, "layers"))),
        custom_network=_custom_network(entries),
        recipe=recipe,
        seconds=_number(entries, "seconds", 0, _MOST),
        metrics=metrics,
        calibration=Calibration(
            _number(calibration, "temperature", _COLDEST, _HOTTEST),
            None if threshold is None else _number(calibration, "digit_threshold", -_MOST, _MOST),
        ),
        dataset=Dataset(
            name=_text({"name": "", **dataset}, "name"),
            fingerprint=_text({"fingerprint": "", **dataset}, "fingerprint"),
            split_seed=_count({"split_seed": recipe.get("seed", 0), **dataset}, "split_seed"),
            **{
                key: _count({key: 0, **dataset}, key)
                for key in ("n_training", "n_nondigits", "n_validation", "n_test")
            },
        ),
        datasets=tuple(map(_part, _list({"datasets": [], **entries}, "datasets"))),
        foreign=_foreign(entries),
        members=_members(entries),
        started_from=_origin(entries, "started_from"),
        frozen=_names({"frozen": [], **entries}, "frozen"),
        teacher=_origin(entries, "teacher"),
        versions={key: _text(versions, key) for key in versions},
        files=_files(_table(entries, "files")),
        checksum=_matching(entries, "checksum", _CHECKSUM),
        corrections=tuple(map(_used, _list({"corrections": [], **entries}, "corrections"))),
        n_corrected=_count({"n_corrected": 0, **entries}, "n_corrected"),
    )


def _fault(key: str) -> DamagedRun:
    return DamagedRun(f"card.json has no proper {key[:40]!r}.")


def _table(entries: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = entries.get(key)
    if not isinstance(value, dict) or len(value) > _ENTRIES:
        raise _fault(key)
    if any(len(name) > _TEXT_CHARS for name in value):
        raise _fault(key)
    return value


def _list(entries: Mapping[str, Any], key: str) -> list[Any]:
    value = entries.get(key)
    if not isinstance(value, list) or len(value) > _ENTRIES:
        raise _fault(key)
    return value


def _text(entries: Mapping[str, Any], key: str) -> str:
    value = entries.get(key)
    if not isinstance(value, str) or len(value) > _TEXT_CHARS:
        raise _fault(key)
    return value


def _name(entries: Mapping[str, Any]) -> str:
    name = _text(entries, "name")
    if not name.strip() or len(name) > NAME_CHARS or not name.isprintable():
        raise _fault("name")
    return name


def _matching(entries: Mapping[str, Any], key: str, form: re.Pattern[str]) -> str:
    value = entries.get(key)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _fault(key)
    return value


def _number(entries: Mapping[str, Any], key: str, least: float, most: float) -> float:
    value = entries.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _fault(key)
    # An int may be longer than any float; it is compared before it becomes one.
    if not least <= value <= most or not math.isfinite(value):
        raise _fault(key)
    return value


def _count(entries: Mapping[str, Any], key: str) -> int:
    value = entries.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise _fault(key)
    return value


def _moment(entries: Mapping[str, Any], key: str) -> str:
    value = _text(entries, key)
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise _fault(key) from error
    return value


def _layer(row: Any) -> Layer:
    if not isinstance(row, dict):
        raise _fault("layers")
    shape = _list(row, "shape")
    for i in range(len(shape)):
        _count({"shape": shape[i]}, "shape")
    return Layer(_text(row, "layer"), tuple(shape), _count(row, "parameters"))


def _custom_network(entries: Mapping[str, Any]) -> Network | None:
    described = entries.get("custom_network")
    if described is None:
        return None
    try:
        # A later version may have a network of that name itself.
        return description.read(described, built_in_names=True)
    except description.WrongDescription as error:
        raise _fault("custom_network") from error


def _foreign(entries: Mapping[str, Any]) -> Foreign | None:
    if entries.get("foreign") is None:
        return None
    row = _table(entries, "foreign")
    known = {"pixels": PIXELS, "paper": PAPERS, "output": OUTPUTS, "transposed": (False, True)}
    for key, values in known.items():
        if type(row.get(key)) is not type(values[0]) or row[key] not in values:
            raise _fault("foreign")
    return Foreign(file=_matching(row, "file", _FILENAME), **{key: row[key] for key in known})


def _members(entries: Mapping[str, Any]) -> tuple[Member, ...]:
    rows = _list({"members": [], **entries}, "members")
    if not rows:
        return ()
    if not FEWEST_MEMBERS <= len(rows) <= MOST_MEMBERS or entries.get("foreign") is not None:
        raise _fault("members")
    return tuple(map(_member, rows))


def _member(row: Any) -> Member:
    if not isinstance(row, dict):
        raise _fault("members")
    return Member(
        _matching(row, "id", ID_FORM),
        _name(row),
        _text(row, "network"),
        _text(row, "recipe"),
        _count(row, "parameters"),
        _number(row, "test_accuracy", 0, 1),
        _number(row, "temperature", _COLDEST, _HOTTEST),
        _count(row, "n_stages"),
        _matching(row, "checksum", _CHECKSUM),
    )


def _origin(entries: Mapping[str, Any], key: str) -> Origin | None:
    if entries.get(key) is None:
        return None
    row = _table(entries, key)
    return Origin(
        id=_matching(row, "id", ID_FORM),
        name=_name(row),
        network=_text(row, "network"),
        test_accuracy=_number(row, "test_accuracy", 0, 1),
        checksum=_matching(row, "checksum", _CHECKSUM),
    )


def _names(entries: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = _list(entries, key)
    return tuple(_text({key: name}, key) for name in names)


def _part(row: Any) -> Part:
    if not isinstance(row, dict):
        raise _fault("datasets")
    return Part(
        _text(row, "name"),
        _text(row, "fingerprint"),
        _count(row, "n_training"),
        _count(row, "n_validation"),
        _count(row, "n_test"),
        _number(row, "test_accuracy", 0, 1),
    )


def _used(row: Any) -> UsedCorrections:
    if not isinstance(row, dict):
        raise _fault("corrections")
    return UsedCorrections(_name(row), _matching(row, "fingerprint", _CHECKSUM), _count(row, "n"))


def _plain(entries: dict[str, Any]) -> dict[str, Any]:
    """Entries that are shown as they are: short texts and finite numbers."""
    for key, value in entries.items():
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, int | float):
            _number(entries, key, -_MOST, _MOST)
        else:
            _text(entries, key)
    return entries


def _recipe(recipe: dict[str, Any]) -> dict[str, Any]:
    for key, value in recipe.items():
        if key in _RECIPE_TEXTS:
            _text(recipe, key)
        elif key in _RECIPE_COUNTS:
            _count(recipe, key)
        elif key in _RECIPE_SWITCHES:
            if not isinstance(value, bool):
                raise _fault(key)
        elif key == "batch" and not _count(recipe, key):
            raise _fault(key)
    return _plain(recipe)


def _files(files: dict[str, Any]) -> dict[str, str]:
    for name in files:
        if not _FILENAME.fullmatch(name):
            raise DamagedRun(f"card.json has no proper entry for {name[:40]!r}.")
        _matching(files, name, _CHECKSUM)
    return files
