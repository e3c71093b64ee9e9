"""The test bench for faults: a home folder with good runs, the app over it, and what must hold."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from digitcnn import settings
from digitcnn.benchmarks.robustness.visitor import Answer, VisitFailed, Visitor
from digitcnn.benchmarks.speed.browser import APP, ROOT, Server, serve
from digitcnn.data import samples
from digitcnn.errors import DigitcnnError
from digitcnn.runs import lock, store
from digitcnn.runs.run import STARTER_ID, Run, open_run

# As little training as possible: accuracy is not what is tested.
TINY: tuple[str, ...] = (
    *("--recipe", "fast", "--network", "plain", "--dataset", "handwriting"),
    *("--handwriting", "300", "--validation", "100", "--nondigits", "0", "--epochs", "3"),
)
PATIENCE_S = 300.0


class NotTried(DigitcnnError):
    """A fault that can't be made here; the message says why."""


@dataclass
class Trial:
    """The outcome of one fault.

    Attributes:
        lost: what was there before and is not any more, or is wrong; a sentence each.
        down: how the app failed to answer; a sentence each.
        note: what happened, in a word, to be counted.
    """

    lost: list[str] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    note: str = ""


class TrainingProcess(subprocess.Popen[bytes]):
    """A training, and the file that its words go to."""

    words: IO[bytes]


Fault = Callable[[Path, int, np.random.Generator], Iterator[Trial]]
"""Called with an empty folder, how often to try, and a source of chance."""


def good_run(home: Path, label: str = "digitcnn-good") -> Run:
    """A run of the home folder's own that verifies, and is in use: a copy of the starter."""
    starter = open_run(settings.STARTER_FOLDER)
    folder = store.new_training(home, label)
    for name in starter.card.files:
        (folder / name).write_bytes(starter.content(name))
    card = starter.card.to_seal
    return store.publish(folder, home, {**card, "id": folder.name, "name": folder.name})


def training(home: Path, *, before: str = "", options: tuple[str, ...] = TINY) -> TrainingProcess:
    """A training process with that home.

    Args:
        home: the home folder.
        before: Python to run in it first.
        options: of the command ``train``.
    """
    code = f"{before}\nimport sys\nfrom digitcnn.cli.main import main\nsys.exit(main())"
    words = tempfile.TemporaryFile()  # noqa: SIM115 - goes with the process
    process = TrainingProcess(
        [sys.executable, "-c", code, "train", "--use", "--home", str(home), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=words,
        stderr=subprocess.STDOUT,
        start_new_session=os.name == "posix",
    )
    process.words = words
    return process


def words_of(process: TrainingProcess) -> str:
    """The output of a training so far."""
    process.words.seek(0)
    return process.words.read().decode(errors="replace")


@contextlib.contextmanager
def app(home: Path, **variables: str) -> Iterator[Server]:
    """The app over that home, not training by itself unless ``DIGITCNN_TRAINING`` says so."""
    environment = {"DIGITCNN_HOME": str(home), "DIGITCNN_TRAINING": "off", "DIGITCNN_PUBLIC": ""}
    with serve(APP, {**environment, **variables}) as server:
        yield server


def visit(url: str, digit: int = 3) -> Answer:
    """Opens the app's page and draws; returns all that the visit showed.

    Raises:
        VisitFailed: no answer.
    """

    async def go() -> Answer:
        async with Visitor(url) as visitor:
            page = await visitor.open()
            answer = await visitor.draw(samples.sample(digit))
            answer.html = [*page.html, *answer.html]
            answer.alerts += page.alerts
            answer.exceptions += page.exceptions
            return answer

    return asyncio.run(go())


def app_troubles(server: Server, *, says: str = "", digit: int = 3) -> list[str]:
    """What is wrong with the app now: it must serve, read, and show no traceback.

    Args:
        server: the app's.
        says: a word that must be on the page.
        digit: which to draw.
    """
    if server.process.poll() is not None:
        return [f"The app ended with code {server.process.returncode}."]
    try:
        answer = visit(server.url, digit)
    except VisitFailed as error:
        return [str(error)]
    troubles = [*answer.exceptions, *answer.alerts]
    if answer.reading_ms is None or answer.seen is None:
        troubles.append("A drawing was not read.")
    if says and says not in answer.text:
        troubles.append(f"The page does not say {says!r}.")
    return troubles


def home_troubles(home: Path, kept: set[str], current: str = "") -> list[str]:
    """What is wrong with a home folder: runs that were there must be, and those listed must open.

    Args:
        home: the home folder.
        kept: ids of the runs that must be there and good.
        current: id of the run that must be in use, if that is known.
    """
    listings = {listing.id: listing for listing in store.list_runs(home)}
    troubles = [f"The run {run_id} is gone." for run_id in sorted(kept - set(listings))]
    for listing in listings.values():
        if listing.state == "damaged":
            troubles.append(f"The run {listing.id} is damaged: {listing.reason}")
        elif listing.run is not None:
            try:
                open_run(listing.run.folder).evaluation()
            except DigitcnnError as error:
                troubles.append(f"The run {listing.id} does not open: {error}")
    try:
        reads = store.current_run(home)[0].id
    except DigitcnnError as error:
        return [*troubles, str(error)]
    if current and reads != current:
        troubles.append(f"{reads} is in use, not {current}.")
    return troubles


def lock_troubles(home: Path) -> list[str]:
    """Whether the next training would be refused though none is running."""
    try:
        with lock.hold(home):
            return []
    except DigitcnnError as error:
        return [f"No training can start: {error}"]


def own_runs(home: Path) -> set[str]:
    """Ids of the finished runs of a home folder, the starter apart."""
    listings = store.list_runs(home)
    return {entry.id for entry in listings if entry.run is not None} - {STARTER_ID}
