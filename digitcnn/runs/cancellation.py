"""Cancelling a training from anywhere: a file in its folder, which the trainer looks for.

Whoever wants a training to end need not be on the trainer's machine, nor know its process; the
shared home folder is enough.
"""

import _thread
import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

FILENAME = ".cancel"
_FINISH = ".finish"

_LOOK_EVERY_S = 0.2


def ask(folder: Path) -> None:
    """Asks the trainer of ``home/training/<id>`` to end; nothing happens if that is gone."""
    with contextlib.suppress(OSError):
        (folder / FILENAME).touch()


def ask_to_finish(folder: Path) -> None:
    """Asks the trainer of ``home/training/<id>`` to learn no more and keep its best epoch."""
    with contextlib.suppress(OSError):
        (folder / _FINISH).touch()


def finish_asked(folder: Path) -> bool:
    """Whether somebody called :func:`ask_to_finish`."""
    return (folder / _FINISH).exists()


@contextlib.contextmanager
def heeded(folder: Path) -> Iterator[None]:
    """Raises :class:`KeyboardInterrupt` in the block when cancelled; main thread only.

    Elsewhere nobody can be interrupted, and the block just runs.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_EVERY_S):
            if (folder / FILENAME).exists():
                _thread.interrupt_main(signal.SIGINT)
                return

    before = signal.getsignal(signal.SIGINT)
    # A process in the background of a script is started with Ctrl-C switched off.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=look, name="look for cancel", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        signal.signal(signal.SIGINT, before)
