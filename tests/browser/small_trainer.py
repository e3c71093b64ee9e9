"""The command line as it is, with a recipe ``fast`` that takes seconds where the real one minutes.

A small network on few digits, read in one view: what pages show of a training, and what becomes of
it, is the same. It rests after each batch, as a test that looks at it needs the processor as well.
"""

import contextlib
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil

from digitcnn.benchmarks.speed.browser import Server
from digitcnn.cli.main import main
from digitcnn.data import handwriting, mnist
from digitcnn.models.recipes import RECIPES
from digitcnn.training import train

SMALL_TRAININGS = Path(__file__).with_name("small_trainings.py")
"""The app that has its trainings done by this program."""

_N_TEST = 1_000
_REST_S = 0.02  # after a batch


def hurry(server: Server) -> None:
    """Takes the low priority from a server's trainer, where one may: a busy machine starves it."""
    for child in psutil.Process(server.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error, OSError):
            child.nice(0)
            # Linux shares a busy machine among sessions, and a trainer has one of its own.
            Path(f"/proc/{child.pid}/autogroup").write_text("0")


def _make_trainings_small() -> None:
    load = mnist.load

    def load_few(path: Path) -> mnist.Mnist:
        whole = load(path)
        return replace(whole, test=whole.test[:_N_TEST])

    mnist.load = load_few
    handwriting.N_TEST, handwriting.N_HELD_BACK = 500, 200
    RECIPES["fast"] = replace(
        RECIPES["fast"],
        network="plain",
        epochs=6,
        limit=4_000,
        handwriting=500,
        learned_digits=500,
        nondigits=200,
        learned_letters=0,
        validation=500,
        tta=False,
    )


def _make_trainings_rest() -> None:
    start = train._start_tensorflow

    def started(training: train._Training) -> None:
        start(training)
        from digitcnn.training.fit import Logs, _Teller

        end = _Teller.on_train_batch_end

        def rested(self: _Teller, batch: int, logs: Logs) -> None:
            end(self, batch, logs)
            time.sleep(_REST_S)

        _Teller.on_train_batch_end = rested

    train._start_tensorflow = started


if __name__ == "__main__":
    _make_trainings_small()
    _make_trainings_rest()
    sys.exit(main())
