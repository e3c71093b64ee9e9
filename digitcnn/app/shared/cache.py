"""What all sessions share through Streamlit's caches."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from digitcnn.data import stroke_model
from digitcnn.data.handwriting import learned_samples, style_samples
from digitcnn.data.styles import STYLES
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.logits import softmax
from digitcnn.figures.image_url import picture_url
from digitcnn.inference.adaptation.reference_set import ReferenceSet, reference_set
from digitcnn.inference.litert import serving_network
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models.networks import N_CLASSES
from digitcnn.runs import history, trainer_process
from digitcnn.runs.history import History
from digitcnn.runs.lock import TrainingRunning
from digitcnn.runs.run import CARD, STARTER_ID, Run, open_run
from digitcnn.runs.store import current_run, find_run, list_runs
from digitcnn.settings import Settings, settings
from digitcnn.system import durable, logs, resources

log = logging.getLogger("digitcnn.app")

_FIRST_TRAINING = "first-training"  # in the home folder of a public app: there has been one


@dataclass(frozen=True)
class Reader:
    """The run in use, ready to read.

    Attributes:
        run: which it is.
        recognizer: its network.
        complaints: sentences about runs that could not be used.
        n_taught: how many drawings of the visitor's the network is adapted to.
    """

    run: Run
    recognizer: Recognizer
    complaints: tuple[str, ...]
    n_taught: int = 0


def reader() -> Reader:
    """The run in use now; a change of it, by any process, shows at the next call.

    Raises:
        DigitcnnError: not even the starter can be used.
    """
    now = settings()
    return _reader(str(now.home), now.backend, _mark(now.home))


def finished_runs() -> dict[str, Run]:
    """The runs that can read, by id, the newest first; looked up again only after a change."""
    home = settings().home
    return _finished_runs(str(home), _mark(home))


@st.cache_resource(show_spinner=False, max_entries=4)
def _finished_runs(home: str, mark: tuple[int, ...]) -> dict[str, Run]:
    listings = list_runs(Path(home))
    return {listing.id: listing.run for listing in listings if listing.run is not None}


def reference_set_of(reader: Reader) -> ReferenceSet:
    """What adaptations of the run in use stand on; the same for all, and nothing of anybody's.

    Raises:
        CannotAdapt, DamagedRun, DamagedEvaluation: see
            :func:`digitcnn.inference.adaptation.reference_set.reference_set`.
    """
    return _reference_set(str(reader.run.folder), reader.run.card.checksum, reader.recognizer)


def first_training() -> str | None:
    """Starts the training of a home that has no run of its own; once in this process.

    Where strangers use the app, once in the life of the home folder, whatever came of it. Nowhere
    without the memory for it.

    Returns:
        Why it could not be started, or ``None``; strangers are not told.
    """
    now = settings()
    return _first_training(now) if now.training else None


@st.cache_resource(show_spinner=False, max_entries=4)
def _reader(home: str, backend: str, mark: tuple[int, ...]) -> Reader:
    run, complaints = current_run(Path(home))
    logs.event(log, "run in use", id=run.id, passed_over=len(complaints))
    try:
        return Reader(run, Recognizer(run, backend=backend), tuple(complaints))
    except DigitcnnError as error:
        if run.is_starter:
            raise
        starter = find_run(Path(home), STARTER_ID)
        complaints = [*complaints, str(error)]
        return Reader(starter, Recognizer(starter, backend=backend), tuple(complaints))


@st.cache_resource(show_spinner="Preparing to adapt …", max_entries=2)
def _reference_set(folder: str, checksum: str, _recognizer: Recognizer) -> ReferenceSet:
    return reference_set(open_run(Path(folder)), _recognizer)


@st.cache_resource(show_spinner=False, hash_funcs={Settings: lambda now: str(now.home)})
def _first_training(now: Settings) -> str | None:
    listings = list_runs(now.home)
    if any(listing.run is not None and listing.id != STARTER_ID for listing in listings):
        return None
    if now.public and (now.home / _FIRST_TRAINING).exists():
        return None
    reason = resources.why_not_train(now.home)
    if not reason:
        try:
            if now.public:
                # Noted first: if the training takes the machine down, it is not repeated.
                with durable.writing(now.home):
                    now.home.mkdir(parents=True, exist_ok=True)
                durable.write(now.home / _FIRST_TRAINING, b"")
            trainer_process.start(now.home, now.recipe, ["--seed", str(_seed_of_its_own(now))])
        except TrainingRunning:
            return None  # started by another process of this home
        except DigitcnnError as error:
            reason = str(error)
    if reason:
        logs.event(log, "first training not started", logging.WARNING, reason=reason)
    return None if now.public else reason or None


def _seed_of_its_own(now: Settings) -> int:
    """A seed other than the starter's, which would give the same network again, bit for bit."""
    try:
        return int(find_run(now.home, STARTER_ID).recipe.get("seed", 0)) + 1
    except DigitcnnError:
        return 0  # Without a starter there is nothing to repeat.


def _mark(home: Path) -> tuple[int, ...]:
    """A value that changes whenever a run is published, chosen, renamed or removed."""
    runs = home / "runs"
    try:
        cards = [runs / name / CARD for name in sorted(os.listdir(runs))]
    except OSError:
        cards = []
    mark: list[int] = []
    for path in (home / "current", runs, *cards):
        try:
            status = path.stat()
            mark += [status.st_mtime_ns, status.st_ino]
        except OSError:
            mark += [0, 0]
    return tuple(mark)


def latest_network(path: Path) -> Callable[[np.ndarray], np.ndarray] | None:
    """The network of a training that is running, as it was after a recent epoch.

    Args:
        path: the compiled model, as the trainer left it.

    Returns:
        A function from a digit image, uint8 (28, 28), to probabilities, float64 (10,); ``None``
        if there is no model that could read.
    """
    try:
        status = path.stat()
        return _latest_network(str(path), status.st_mtime_ns, status.st_ino)
    except (OSError, ImportError, DigitcnnError):
        return None


@st.cache_resource(show_spinner=False, max_entries=1)
def _latest_network(path: str, mtime_ns: int, inode: int) -> Callable[[np.ndarray], np.ndarray]:
    raw, lock = serving_network(Path(path).read_bytes()), threading.Lock()

    def read(image: np.ndarray) -> np.ndarray:
        with lock:
            logits, _ = raw(image[None].astype(np.float32))
        probabilities: np.ndarray = softmax(logits.astype(np.float64))[0]
        return probabilities

    return read


@st.cache_resource(show_spinner=False)
def style_pictures() -> list[list[tuple[str, str]]]:
    """For each digit its synthetic styles: name, and the address of a picture of six samples."""
    pictures: list[list[tuple[str, str]]] = [[] for _ in range(N_CLASSES)]
    for (name, (label, _)), samples in zip(STYLES.items(), style_samples(6), strict=True):
        pictures[label].append((name, picture_url(np.concatenate(samples, axis=1))))
    return pictures


@st.cache_resource(show_spinner=False)
def learned_pictures() -> list[str]:
    """For each digit the address of a picture of six samples of learned handwriting."""
    samples = learned_samples(6, stroke_model.load())
    return [picture_url(np.concatenate(digits, axis=1)) for digits in samples]


@st.cache_resource(show_spinner=False, max_entries=200)
def _history(folder: str, checksum: str) -> History | None:
    try:
        return history.of_run(open_run(Path(folder)))
    except DigitcnnError:
        return None


def curves(run: Run) -> History | None:
    """A run's curves; ``None`` if they can't be read."""
    return _history(str(run.folder), run.card.checksum)
