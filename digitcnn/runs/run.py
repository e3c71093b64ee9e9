"""The run folder: what one training leaves, verified whenever it is opened.

``card.json`` says what the run is and carries the SHA-256 of every other file, and its own. A
folder that does not verify is never loaded.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitcnn import settings, text
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.runs.card import FORMAT, ID_FORM, Card, DamagedRun, NewerRun, read_card
from digitcnn.system import durable

__all__ = ["ID_FORM", "DamagedRun", "NewerRun"]

CARD, HISTORY, EVALUATION = "card.json", "history.json", "evaluation.npz"
MODEL, SERVING_MODEL = "model.keras", "model.tflite"
# What goes on inside the network; absent from runs of older versions.
ACTIVATIONS, KERNELS = "activations.tflite", "kernels.npz"
SAMPLES = "samples.png"  # training digits as the network saw them; not in the starter
MOMENTS = "moments.npz"  # of the training, see digitcnn.runs.moments; absent from older runs
REQUIRED = (HISTORY, MODEL, SERVING_MODEL, EVALUATION)
# Of a network that was made elsewhere, one of these stands for both models.
FOREIGN_LITERT, FOREIGN_ONNX = "foreign.tflite", "foreign.onnx"
MEMBERS = "members.npz"  # of an ensemble: how each network's own logits come about
CHECKS = "checks.json"  # what became of expectations, see digitcnn.runs.checks
# Still written to while the run is published, or later.
UNVERIFIED = (CARD, CHECKS, "progress.json", "log.txt")

STARTER_ID = "starter"

_CARD_LIMIT, _HISTORY_LIMIT = 1_000_000, 50_000_000  # bytes


class IncompleteRun(DigitcnnError):
    """A training folder that lacks a part of a run."""


@dataclass(frozen=True)
class Run:
    """One training and all that it left, verified.

    Attributes:
        folder: the run folder.
        card: ``card.json``.
    """

    folder: Path
    card: Card

    @property
    def id(self) -> str:
        """The run's name in commands and on disk; ``"starter"`` for the built-in one."""
        return STARTER_ID if self.is_starter else self.card.id

    @property
    def is_starter(self) -> bool:
        """Whether this is the built-in run."""
        return self.folder == settings.STARTER_FOLDER

    @property
    def name(self) -> str:
        """The name that people see.

        One that nobody has named is called by what it was trained with, and when; its id is for
        files and commands.
        """
        if self.card.name != self.card.id:
            return self.card.name
        if self.is_starter:
            return "built-in network"
        return human_name(self.recipe, self.card.created)

    @property
    def network(self) -> str:
        """Name of the architecture."""
        return self.card.network

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What decided the training."""
        return self.card.recipe

    @property
    def test_accuracy(self) -> float:
        """Share of the test digits read correctly, 0 to 1."""
        return self.card.test_accuracy

    @property
    def seconds(self) -> float:
        """How long fitting took."""
        return self.card.seconds

    @property
    def created(self) -> str:
        """When: ISO 8601, UTC."""
        return self.card.created

    def history(self) -> dict[str, Any]:
        """How the training went: ``"epochs"`` and ``"batches"``."""
        entries: dict[str, Any] = _read_json(self.folder / HISTORY, _HISTORY_LIMIT)
        return entries

    def evaluation(self) -> Evaluation:
        """The run's labels and probabilities on its test digits."""
        return Evaluation.load(self.folder / EVALUATION)

    def content(self, filename: str) -> bytes:
        """A file's bytes, verified as they are read.

        Raises:
            DamagedRun: the file is not part of the run, or has changed.
        """
        try:
            data = (self.folder / filename).read_bytes()
        except OSError as error:
            raise DamagedRun(f"{filename} can't be read ({error.strerror}).") from error
        if self.card.files.get(filename) != hashlib.sha256(data).hexdigest():
            raise DamagedRun(f"{filename} is damaged: its checksum differs.")
        return data


def open_run(folder: Path) -> Run:
    """The run in ``folder``, with every file compared to its checksum.

    Raises:
        NewerRun: a newer version wrote it.
        DamagedRun: anything is missing, changed, or not what readers could use.
    """
    folder = Path(folder)
    entries = _read_json(folder / CARD, _CARD_LIMIT)
    card = read_card(entries)
    try:
        is_whole = card.checksum == _card_checksum(entries)
    except (RecursionError, ValueError) as error:
        raise DamagedRun("card.json can't be read (it is too deep).") from error
    if not is_whole:
        raise DamagedRun("card.json is damaged: its checksum differs.")
    for filename in (*required(entries), *card.files):
        if filename not in card.files:
            raise DamagedRun(f"card.json has no proper entry for {filename!r}.")
        if _checksum(folder / filename) != card.files[filename]:
            raise DamagedRun(f"{filename} is damaged: its checksum differs.")
    return Run(folder, card)


def required(entries: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the files that a run with this card must have."""
    foreign = entries.get("foreign")
    if not isinstance(foreign, dict):
        return (*REQUIRED, MEMBERS) if entries.get("members") else REQUIRED
    return HISTORY, EVALUATION, str(foreign.get("file"))


def seal(folder: Path, entries: Mapping[str, Any]) -> None:
    """Makes ``folder`` a run: puts its files on the disk and writes their card.

    Args:
        folder: a training folder whose files are complete.
        entries: of the card, without ``"format"``, ``"files"`` and ``"checksum"``, which are added.

    Raises:
        IncompleteRun: a file or an entry of the card is missing, or is none that can be read.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    names = [name for name in names if name not in UNVERIFIED]
    missing = [name for name in required(entries) if name not in names]
    if missing:
        raise IncompleteRun(f"The training left no {', '.join(missing)}; train again.")
    with durable.writing(folder):
        for name in names:
            durable.sync(folder / name)
        files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    entries = {**entries, "format": FORMAT, "files": files}
    try:
        read_card({**entries, "checksum": "0" * 64})
    except DamagedRun as error:
        raise IncompleteRun(f"The training left no run that can be read: {error}") from error
    write_card(folder, entries)


def write_card(folder: Path, entries: Mapping[str, Any]) -> None:
    """Writes ``card.json``, with its own checksum; for a run whose files have not changed.

    Raises:
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    sealed = {**entries, "checksum": _card_checksum(entries)}
    durable.write(folder / CARD, json.dumps(sealed, indent=1, allow_nan=False).encode())


def _card_checksum(entries: Mapping[str, Any]) -> str:
    """SHA-256 of the card without its checksum."""
    rest = {key: value for key, value in entries.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _read_json(path: Path, limit: int) -> Any:
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise ValueError("too long")
        return json.loads(data)
    except FileNotFoundError as error:
        raise DamagedRun(f"{path.name} is missing.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedRun(f"{path.name} can't be read ({error}).") from error


_checksums: dict[str, tuple[tuple[int, ...], str]] = {}
_checksums_lock = threading.Lock()


def _checksum(path: Path) -> str:
    """SHA-256 of a file; remembered for as long as the system says it is untouched."""
    try:
        if path.is_symlink() or not path.is_file():
            raise DamagedRun(f"{path.name} is missing.")
        state = _state(path)
        with _checksums_lock:
            known = _checksums.get(str(path))
        if known and known[0] == state:
            return known[1]
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        # A file touched a moment ago may be touched again within the clock's resolution.
        settled = time.time_ns() - max(state[1], state[2]) > 2_000_000_000
        if settled and _state(path) == state:
            with _checksums_lock:
                if len(_checksums) > 2000:
                    _checksums.clear()
                _checksums[str(path)] = (state, digest)
        return digest
    except OSError as error:
        raise DamagedRun(f"{path.name} can't be read ({error.strerror}).") from error


def _state(path: Path) -> tuple[int, ...]:
    status = os.stat(path)
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def human_name(recipe: Mapping[str, Any], created: str) -> str:
    """``default · seed 0 · 25 Nov 20:07``, the network before it if it is not ours.

    Args:
        recipe: see :meth:`digitcnn.models.recipes.Recipe.to_dict`.
        created: ISO date and time.
    """
    network, name = recipe.get("network", ""), recipe.get("name", "")
    known = name if network in ("", "digitcnn") else f"{network} · {name}"
    seed = recipe.get("seed")
    parts = [known, None if seed is None else f"seed {seed}", text.moment(created)]
    return " · ".join(part for part in parts if part)
