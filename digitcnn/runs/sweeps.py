"""Sweeps: records of many trainings, ``home/sweeps/<name>.json``."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from digitcnn.errors import DigitcnnError
from digitcnn.system import durable

FOLDER = "sweeps"
OBJECTIVE = "validation_accuracy"

_LIMIT_BYTES = 4_000_000
_MOST_TRIALS, _MOST_CHANGES, _TEXT_CHARS = 1_000, 30, 300

Choice = bool | int | float | str


class DamagedSweep(DigitcnnError):
    """A record that can't be read."""


@dataclass(frozen=True)
class Trial:
    """A training of a sweep.

    Attributes:
        number: from 1, in the order in which they ended.
        changes: entries of the recipe.
        validation_accuracy: 0 to 1; ``None`` if the training failed.
        seconds: that fitting took.
        run: id of the run, if it was kept.
        error: why it failed, as a sentence; else empty.
    """

    number: int
    changes: Mapping[str, Choice]
    validation_accuracy: float | None = None
    seconds: float = 0.0
    run: str = ""
    error: str = ""


@dataclass(frozen=True)
class Sweep:
    """A search for a recipe.

    Attributes:
        name: of its file.
        recipe: name of what was changed.
        trials: in the order in which they ended.
    """

    name: str
    recipe: str
    trials: Sequence[Trial]

    def to_dict(self) -> dict[str, object]:
        """The sweep as JSON values."""
        trials = [asdict(trial) for trial in self.trials]
        return {"recipe": self.recipe, "objective": OBJECTIVE, "trials": trials}


def path_of(home: Path, name: str) -> Path:
    """Where the sweep of that name is recorded."""
    return home / FOLDER / f"{name}.json"


def write(home: Path, sweep: Sweep) -> None:
    """Records a sweep.

    Raises:
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    path = path_of(home, sweep.name)
    with durable.writing(home):
        path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, json.dumps(sweep.to_dict(), indent=1).encode())


def names(home: Path) -> list[str]:
    """Names of the recorded sweeps, newest first."""
    try:
        found = [path for path in (home / FOLDER).glob("*.json") if path.is_file()]
        return [path.stem for path in sorted(found, key=lambda path: -path.stat().st_mtime)]
    except OSError:
        return []


def read(home: Path, name: str) -> Sweep:
    """The sweep of that name.

    Raises:
        DamagedSweep: the record can't be read, or has entries that make no sense.
    """
    path = path_of(home, name)
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise ValueError("it is too large")
        entries = json.loads(path.read_bytes())
        trials = [_trial(entry) for entry in entries["trials"][:_MOST_TRIALS]]
        return Sweep(name, str(entries["recipe"])[:_TEXT_CHARS], trials)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedSweep(f"The record of the sweep {name} is damaged ({error}).") from error


def _trial(entry: dict[str, object]) -> Trial:
    changes, accuracy, seconds = (
        entry[key] for key in ("changes", "validation_accuracy", "seconds")
    )
    if not isinstance(changes, dict) or len(changes) > _MOST_CHANGES:
        raise ValueError("changes")
    for value in changes.values():
        if not isinstance(value, bool | int | float | str):
            raise ValueError("changes")
    if accuracy is not None and not (isinstance(accuracy, int | float) and 0 <= accuracy <= 1):
        raise ValueError("validation_accuracy")
    if not isinstance(seconds, int | float) or not math.isfinite(seconds):
        raise ValueError("seconds")
    number = entry["number"]
    if not isinstance(number, int):
        raise ValueError("number")
    run, error = str(entry["run"])[:_TEXT_CHARS], str(entry["error"])[:_TEXT_CHARS]
    return Trial(number, changes, accuracy, float(seconds), run, error)
