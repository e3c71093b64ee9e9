"""The progress of a training, in a file that any process may read.

The trainer writes ``progress.json`` into its folder below ``home/training``; whoever shares the
home folder can watch. That the trainer lives is told by its lock, not by this file.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from digitcnn.errors import DigitcnnError
from digitcnn.system import durable

FILENAME = "progress.json"
# Below a training's folder; gone when the run is published.
TEMPORARY = ".tmp"
HARD_DIGITS = f"{TEMPORARY}/hard-digits.png"  # side by side
LATEST_MODEL = f"{TEMPORARY}/latest.tflite"  # the network as it was after a recent epoch
STATES = ("starting", "loading", "fitting", "evaluating", "exporting", "done", "failed",
          "cancelled")  # fmt: skip


class UnreadableProgress(DigitcnnError):
    """A progress file that is missing or is none."""


@dataclass
class Progress:
    """Where a training stands.

    Attributes:
        id: the training's, and the coming run's.
        pid: the trainer process's.
        host: name of the machine that it runs on.
        state: one of ``STATES``.
        doing: what it does just now, in words.
        recipe: see :meth:`digitcnn.models.recipes.Recipe.to_dict`.
        epoch, epochs: the current one, from 1; and how many there will be.
        step, steps: batches seen, and in all.
        accuracy, loss: on recent training batches.
        val_accuracy: on validation digits after the last epoch.
        seconds: since fitting began.
        seconds_left: of fitting, estimated.
        started: when, seconds since 1970.
        reason: why it failed, as a sentence.
        history: see :class:`digitcnn.runs.run.Run`.
        hard: of a few hard digits their ``labels``; as lists of [label, probability] what the
            network ``in_use`` reads in them, the new one ``now``, and did at the ``previous``
            epoch; and after which ``epoch``. Empty before that.
    """

    id: str
    pid: int
    state: str = "starting"
    doing: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    accuracy: float | None = None
    loss: float | None = None
    val_accuracy: float | None = None
    seconds: float = 0.0
    seconds_left: float | None = None
    started: float = 0.0
    host: str = ""
    reason: str = ""
    history: dict[str, Any] = field(default_factory=dict)
    hard: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Puts the progress into a training's folder, all of it or nothing.

        Raises:
            DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
        """
        durable.write(folder / FILENAME, json.dumps(asdict(self)).encode())


def read(folder: Path) -> Progress:
    """The progress in a training's folder.

    Raises:
        UnreadableProgress: there is none, or it is damaged.
    """
    try:
        values = json.loads((folder / FILENAME).read_bytes())
        known = {entry.name for entry in fields(Progress)}
        progress = Progress(**{key: value for key, value in values.items() if key in known})
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableProgress(f"{folder.name} left no readable progress.") from error
    if progress.state not in STATES:
        raise UnreadableProgress(f"{folder.name} is in no known state.")
    return progress
