"""Trains nothing: holds the lock and tells progress, so that the tests can watch and cancel it.

Called as ``python stand_in_trainer.py CHARACTER train --home HOME --recipe RECIPE``. An obedient
one cleans up when it is told to end; a stubborn one does not; a broken one says why and ends.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from digitcnn.runs import lock, progress, store


def main() -> int:
    character, home = sys.argv[1], Path(sys.argv[4])
    if character == "broken":
        print("Learning 1/3\rLearning 2/3\nThe moon is in the wrong place.", flush=True)
        return 2
    print("Learning", flush=True)
    with lock.hold(home):
        folder = store.new_training(home, f"digitcnn-{sys.argv[6]}")
        told = progress.Progress(folder.name, os.getpid(), "fitting", started=time.time())
        try:
            told.write(folder)  # Whoever has read it may end this process before it goes on.
            while True:
                time.sleep(0.05)
        finally:
            shutil.rmtree(folder)


def _end(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_IGN if sys.argv[1] == "stubborn" else _end)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
