"""Trainings that end before their time, at any moment: what is listed loads, nothing else is left.

The trainer is a process of its own with its own folder for temporary files.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from digitcnn.data import handwriting
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import cancellation, lock, store
from digitcnn.runs.store import folders, live_training
from tests.places import ROOT

COMMAND = [
    sys.executable, "-m", "tests.few_digits", "train", "--recipe", "fast", "--network", "plain",
    "--dataset", "handwriting", "--handwriting", "600", "--nondigits", "50",
    "--learned-digits", "50", "--learned-letters", "50", "--validation", "100", "--epochs", "3",
]  # fmt: skip


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return handwriting.digits(20, seed=5).images


class Trainer:
    """A training in a process of its own."""

    def __init__(self, home: Path, temporary: Path):
        self.home = home
        self.process = subprocess.Popen(
            [*COMMAND, "--home", str(home)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self, how: str) -> None:
        """Ends it by a signal's name, or by asking through the home folder."""
        if how == "asking":
            live = live_training(self.home)
            if live is not None:
                cancellation.ask(self.home / "training" / live)
                self.process.wait(300)
                return
            how = "SIGTERM"  # It is not that far: only its process can be told.
        self.process.send_signal(getattr(signal, how))
        self.process.wait(300)


def check(home: Path, digits: np.ndarray) -> int:
    """How many runs a home folder lists; each of them reads."""
    listings = [listing for listing in store.list_runs(home) if listing.id != store.STARTER_ID]
    assert {listing.state for listing in listings} <= {"finished", "unfinished"}
    finished = [listing.run for listing in listings if listing.run is not None]
    for run in finished:
        assert Recognizer(run).outputs(digits).probabilities.shape == (len(digits), 10)
        assert len(run.evaluation()) and run.history()["epochs"]
    current, complaints = store.current_run(home)
    assert complaints == []
    assert current.id in {store.STARTER_ID, *(run.id for run in finished)}
    assert not lock.held(home)
    return len(finished)


def interrupt(home: Path, temporary: Path, digits: np.ndarray, moments_s: Sequence[float]) -> None:
    """Ends one training after another, each after so many seconds."""
    before = check(home, digits)
    for i, moment_s in enumerate(moments_s):
        trainer = Trainer(home, temporary)
        how = ("SIGKILL", "SIGTERM", "asking")[i % 3]
        time.sleep(moment_s)
        trainer.end(how)
        after = check(home, digits)
        assert before <= after <= before + 1, how  # It may have been done by then.
        if how != "SIGKILL" and trainer.process.returncode != -signal.SIGTERM:
            assert folders(home / "training") == [], how
        before = after
    # What compilers put aside lay in the training's folder, and went with it.
    assert list(temporary.iterdir()) == []


def test_trainings_that_are_interrupted_leave_only_runs_that_load(
    trained_home, tmp_path, tmp_path_factory, digits
):
    home = tmp_path_factory.mktemp("home") / "copy"
    shutil.copytree(trained_home, home)
    moments_s = np.random.default_rng(0).uniform(0, 10, 3)
    interrupt(home, tmp_path, digits, moments_s)


@pytest.mark.full
def test_twenty_trainings_that_are_interrupted_leave_only_runs_that_load(home, tmp_path, digits):
    began = time.monotonic()
    assert Trainer(home, tmp_path).process.wait(900) == 0
    whole_s = time.monotonic() - began
    interrupt(home, tmp_path, digits, np.random.default_rng(1).uniform(0, whole_s, 20))
    n = check(home, digits)
    assert Trainer(home, tmp_path).process.wait(900) == 0
    assert check(home, digits) == n + 1
    assert folders(home / "training") == []


def test_asking_a_training_that_is_gone_does_nothing(tmp_path):
    cancellation.ask(tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


def test_asking_interrupts_the_block_at_once(tmp_path):
    with pytest.raises(KeyboardInterrupt), cancellation.heeded(tmp_path):
        cancellation.ask(tmp_path)
        for _ in range(1000):
            time.sleep(0.01)


def test_a_block_that_nobody_asks_to_end_runs_to_its_end(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with cancellation.heeded(tmp_path):
        time.sleep(0.3)
    assert signal.getsignal(signal.SIGINT) is before
    cancellation.ask(tmp_path)
    time.sleep(0.3)  # Nobody looks any more.
