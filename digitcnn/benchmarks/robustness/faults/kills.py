"""Killed processes: the trainer, and the app during a training."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from digitcnn.benchmarks.robustness.faults import bench
from digitcnn.benchmarks.robustness.faults.bench import NotTried, Trial
from digitcnn.benchmarks.robustness.visitor import VisitFailed
from digitcnn.data import mnist
from digitcnn.runs import lock, progress, store

_LONGEST_TRAINING_S = 1800


def trainer_killed(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """kill -9 at any moment from its start to just after its end."""
    if os.name != "posix":
        raise NotTried("Processes are killed with signals of Unix.")
    home = folder / "home"
    kept = {bench.good_run(home).id}
    lasts_s = _how_long_a_training_lasts(folder / "timing")
    with bench.app(home) as server:
        for _ in range(number):
            trainer = bench.training(home)
            with contextlib.suppress(Exception):
                trainer.wait(rng.uniform(0, 1.1 * lasts_s))
            finished = trainer.poll() is not None
            trainer.kill()
            trainer.wait()
            new = bench.own_runs(home) - kept
            trial = Trial(note="finished before" if finished else "published" if new else "killed")
            kept |= new
            trial.lost += bench.home_troubles(home, kept, max(new, default=""))
            trial.lost += bench.lock_troubles(home)
            trial.down += bench.app_troubles(server)
            yield trial


def web_killed(folder: Path, number: int, rng: np.random.Generator) -> Iterator[Trial]:
    """The app is killed during the first training and started again, which must find it going on.

    The last training of all is waited for: its run must come to be in use, or to be offered,
    without anybody's doing.
    """
    path = mnist.find()
    if os.name != "posix" or path is None:
        raise NotTried("This needs MNIST on this machine, and signals of Unix.")
    settings = {"DIGITCNN_TRAINING": "on", "DIGITCNN_RECIPE": "fast", "DIGITCNN_MNIST": str(path)}
    for turn in range(number):
        home, trial = folder / f"home{turn}", Trial()
        try:
            with bench.app(home, **settings) as server:
                with contextlib.suppress(VisitFailed):
                    bench.visit(server.url)
                if not _within(30, partial(lock.held, home)):
                    trial.lost.append("The first training did not start.")
                time.sleep(rng.uniform(0, 12))
                server.process.kill()
                server.process.wait()
            before = _pid(home)
            with bench.app(home, **settings) as server:
                trial.down += bench.app_troubles(server, says="being trained")
                if not lock.held(home) or _pid(home) != before and before is not None:
                    trial.lost.append("The training did not continue.")
                if turn == number - 1:
                    # At low priority, beside whatever else this machine does, it may take long.
                    _within(_LONGEST_TRAINING_S, partial(_is_free, home))
                    if not bench.own_runs(home):
                        trial.lost.append("The training came to nothing.")
                    offered = store.current_run(home)[0].is_starter
                    says = "did not take over" if offered else "Trained on this computer"
                    trial.down += bench.app_troubles(server, says=says)
            trial.note = "picked up"
        finally:
            _end(home)
        yield trial


def _how_long_a_training_lasts(home: Path) -> float:
    start = time.monotonic()
    if bench.training(home).wait(bench.PATIENCE_S):
        raise NotTried("A training does not work here at all.")
    return time.monotonic() - start


def _pid(home: Path) -> int | None:
    training = store.live_training(home)
    with contextlib.suppress(progress.UnreadableProgress):
        return progress.read(home / "training" / training).pid if training else None
    return None


def _is_free(home: Path) -> bool:
    return not lock.held(home)


def _end(home: Path) -> None:
    """Ends the training of a home folder that is thrown away."""
    _within(10, lambda: not lock.held(home) or _pid(home) is not None)
    pid = _pid(home)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _within(10, partial(_is_free, home))


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
