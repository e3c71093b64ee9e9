"""One training at a time: the lock that a trainer process holds while it lives.

The system lets go of it when the process ends, however it ends, so a held lock means a living
trainer, on any machine that shares the home folder.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from digitcnn.errors import DigitcnnError
from digitcnn.system import durable

NAME = "training.lock"


class TrainingRunning(DigitcnnError):
    """Another training holds the home folder."""


@contextlib.contextmanager
def hold(home: Path, patience_s: float = 3.0) -> Iterator[None]:
    """Locks the home folder against other trainings while the block runs.

    Args:
        home: the home folder; created if missing.
        patience_s: how long to try. Not zero, as :func:`held` holds the lock for an instant.

    Raises:
        TrainingRunning: another process holds it.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    # Imported here: it takes time to import, and most commands never lock.
    import filelock

    lock = filelock.FileLock(home / NAME)
    with durable.writing(home):
        home.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=patience_s)
        except filelock.Timeout as error:
            raise TrainingRunning(
                f"A training is already running in {home}. Wait for it, cancel it, or choose "
                "another home folder with --home."
            ) from error
    try:
        yield
    finally:
        lock.release()


def held(home: Path) -> bool:
    """Whether a trainer process is alive."""
    try:
        import fcntl
    except ImportError:
        return _held_as_filelock_says(home)
    try:
        handle = os.open(home / NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared, so that two who ask at the same moment do not take each other for a trainer.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # A file system without locks: nobody can hold one.
    finally:
        os.close(handle)
    return False


def _held_as_filelock_says(home: Path) -> bool:
    import filelock

    if not (home / NAME).exists():
        return False
    try:
        with filelock.FileLock(home / NAME, timeout=0):
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False  # Nobody trains in a folder that can't be written to.
