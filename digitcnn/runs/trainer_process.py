"""The training process: starting, watching and cancelling it.

Training is the command-line program in a process of its own, so nothing that happens to it can
hurt the app. What is known about it is read from the home folder, by any session of any process;
only for the moments before it has written anything does this module remember its child.
"""

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitcnn.runs import cancellation, lock, progress
from digitcnn.runs.lock import TrainingRunning
from digitcnn.runs.progress import Progress
from digitcnn.runs.store import folders, live_training
from digitcnn.system import durable, logs, resources
from digitcnn.system.download import TEMPORARY

log = logging.getLogger("digitcnn.app")

PROGRAM = (sys.executable, "-m", "digitcnn")
LOG_NAME = "training.log"
GRACE_S = 0.7  # for a cancelled trainer to clean up after itself; who clicked is waiting

_KILLED_S = 20.0  # for one of low priority to be gone, on a machine that has other things to do

_NICENESS = 10
_NO_FAILURE = (0, 130)  # exit codes: finished, cancelled
_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_DIED = (
    "The training process stopped unexpectedly: it was killed, or the machine ran out of memory."
)


@dataclass(frozen=True)
class TrainingState:
    """What is known about the training of a home folder.

    Attributes:
        alive: whether a training is running.
        id: id of the running training, or of the last one that left something behind.
        progress: how far it is, or was; ``None`` before it says so.
        trouble: why the last training came to nothing, as a sentence; empty if it did not.
    """

    alive: bool = False
    id: str = ""
    progress: Progress | None = None
    trouble: str = ""


@dataclass
class _Child:
    """A trainer process that this process started."""

    process: subprocess.Popen[bytes]
    started: float


_children: dict[Path, _Child] = {}
_children_lock = threading.Lock()


def start(home: Path, recipe: str, options: Sequence[str] = ()) -> None:
    """Starts a training in the background, at low priority.

    Args:
        home: the home folder; created if missing.
        recipe: name of the recipe.
        options: further arguments of ``python -m digitcnn train``.

    Raises:
        TrainingRunning: one is running already.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    home = Path(home).absolute()
    process = _start(home, ["train", "--home", str(home), "--recipe", recipe, *options])
    logs.event(log, "training started", recipe=recipe, process=process.pid)


def put_together(home: Path, run_ids: Sequence[str]) -> None:
    """Starts making an ensemble in the background; it is watched and cancelled like a training.

    Args:
        home: the home folder.
        run_ids: of its members.

    Raises:
        TrainingRunning: a training is running.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    home = Path(home).absolute()
    process = _start(home, ["runs", "--home", str(home), "ensemble", *run_ids])
    logs.event(log, "ensemble started", members=len(run_ids), process=process.pid)


def _start(home: Path, words: Sequence[str]) -> subprocess.Popen[bytes]:
    with _children_lock:
        if _child_lives(home) or lock.held(home):
            raise TrainingRunning("A training is already running. Wait for it, or cancel it.")
        command = [*PROGRAM, *words]
        with durable.writing(home):
            home.mkdir(parents=True, exist_ok=True)
            with open(home / LOG_NAME, "wb") as output:
                process = _spawn(command, output)
        _children[home] = _Child(process, time.time())
    # A child that nobody waits for stays in the process table after its end.
    threading.Thread(target=_reap, args=(process,), name="reap trainer", daemon=True).start()
    return process


def watch(home: Path) -> TrainingState:
    """How the training of a home folder goes, or how the last one ended."""
    home = Path(home).absolute()
    child = _children.get(home)
    if _child_lives(home) or lock.held(home):
        live_id = live_training(home) or ""
        return TrainingState(True, live_id, _progress(home / "training" / live_id))
    newest = max(folders(home / "training"), key=_started, default=None)
    code = child.process.returncode if child is not None else 0
    if child is not None and code not in _NO_FAILURE and _started(newest) < child.started - 1:
        # It failed before it had a folder to say so in.
        return TrainingState(trouble=(log_tail(home, 1) or [_DIED])[-1])
    if newest is None:
        return TrainingState()
    last = _progress(newest)
    if last is not None and last.state == "cancelled":
        return TrainingState(False, newest.name, last)
    told = last.reason if last is not None and last.state == "failed" else ""
    return TrainingState(False, newest.name, last, told or _DIED)


def cancel(home: Path, grace_s: float = GRACE_S) -> None:
    """Ends the running training and leaves nothing of it behind.

    Returns when the process is gone: when it has cleaned up after itself or, if that takes more
    than ``grace_s`` seconds, was killed and its folder deleted. A trainer on another machine is
    asked through the home folder, and may end a moment later. Without one it does nothing.
    """
    home = Path(home).absolute()
    state = watch(home)
    if not state.alive:
        return
    if state.id:
        cancellation.ask(home / "training" / state.id)
    pid = _pid(home, state)
    if pid is not None:
        _end(pid, signal.SIGTERM)
    if not _gone_within(home, grace_s) and pid is not None:
        _end(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        _gone_within(home, _KILLED_S)
    if lock.held(home):
        return  # It is on another machine, and has been asked.
    if state.id:
        shutil.rmtree(home / "training" / state.id, ignore_errors=True)
    for debris in (home / "data").rglob(f"{TEMPORARY}*"):
        shutil.rmtree(debris, ignore_errors=True)
    _children.pop(home, None)
    logs.event(log, "training cancelled", id=state.id)


def finish(home: Path) -> None:
    """Has the training that is running end now, as a run with the weights of its best epoch."""
    state = watch(home)
    if state.alive and state.id:
        cancellation.ask_to_finish(Path(home).absolute() / "training" / state.id)


def dismiss(home: Path) -> None:
    """Forgets the last training that came to nothing, and deletes what it left."""
    home = Path(home).absolute()
    state = watch(home)
    if state.alive:
        return
    for folder in folders(home / "training"):
        shutil.rmtree(folder, ignore_errors=True)
    _children.pop(home, None)


def log_tail(home: Path, n_lines: int = 12, since: float = 0.0) -> list[str]:
    """The last lines that the trainer wrote to its terminal, oldest first.

    Args:
        home: the home folder.
        n_lines: how many at most.
        since: an older log, of an earlier training, is passed over; seconds since 1970.
    """
    try:
        with open(Path(home) / LOG_NAME, "rb") as file:
            if os.fstat(file.fileno()).st_mtime < since:
                return []
            file.seek(max(0, os.fstat(file.fileno()).st_size - 20_000))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    # A progress bar rewrites its line: what stands after the last return is what is seen.
    lines = [line.rstrip().rsplit("\r", 1)[-1] for line in text.split("\n")]
    return [line for line in lines if line.strip()][-n_lines:]


def _spawn(command: list[str], output: Any) -> subprocess.Popen[bytes]:
    paths = [str(_PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    posix = os.name == "posix"
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=posix,  # so that Ctrl-C on the app does not end the training
        creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # Windows has it,
    )
    if posix:
        resources.give_way(process.pid, _NICENESS)
    return process


def _reap(process: subprocess.Popen[bytes]) -> None:
    code = process.wait()
    level = logging.INFO if code in _NO_FAILURE else logging.WARNING
    logs.event(log, "training ended", level, process=process.pid, code=code)


def _pid(home: Path, state: TrainingState) -> int | None:
    """The process to end; ``None`` if it is unknown, or not one of this machine's."""
    child = _children.get(home)
    if child is not None and _child_lives(home):
        return child.process.pid
    told = state.progress
    if told is None or told.pid <= 1 or told.host not in ("", socket.gethostname()):
        return None
    return told.pid


def _child_lives(home: Path) -> bool:
    child = _children.get(home)
    return child is not None and child.process.poll() is None


def _gone_within(home: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while _child_lives(home) or lock.held(home):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _end(pid: int, how: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, how)


def _started(folder: Path | None) -> float:
    """When the training in ``folder`` began, seconds since the epoch; 0 if nobody knows."""
    if folder is None:
        return 0.0
    last = _progress(folder)
    if last is not None:
        return last.started
    with contextlib.suppress(OSError):
        return folder.stat().st_mtime
    return 0.0


def _progress(folder: Path) -> Progress | None:
    try:
        return progress.read(folder)
    except progress.UnreadableProgress:
        return None
