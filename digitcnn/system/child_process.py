"""Calls to a separate process: arrays there and back through files, with progress.

What went through pipes would be in the caller's memory twice.
"""

import contextlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.system import npz

_TOLD_EVERY_S = 0.3
_ROOT = Path(__file__).resolve().parents[2]


class TookTooLong(DigitcnnError):
    """The process exceeded its time limit and was ended."""


class NoAnswer(DigitcnnError):
    """The process failed; the cause has its last output."""


@contextlib.contextmanager
def answer(
    module: str,
    arguments: Sequence[str],
    question: Mapping[str, NDArray[Any]],
    tell: Callable[[float], None],
    limit_s: float,
    environment: Mapping[str, str] | None = None,
) -> Iterator[BinaryIO]:
    """Runs a module as a program, and returns the file with its standard output.

    It gets the question on standard input, and as its last argument the file in which to write a
    number now and then, how far it is: see :func:`write_count`.

    Args:
        module: by its full name.
        arguments: for it.
        question: arrays by name, which become an ``.npz`` archive.
        tell: told that number, in a thread of its own.
        limit_s: the time that it has.
        environment: its variables; by default this process's.

    Raises:
        TookTooLong: it took longer.
        NoAnswer: it ended with an error.
    """
    with (
        tempfile.TemporaryFile() as asked,
        tempfile.TemporaryFile() as answered,
        tempfile.TemporaryDirectory() as folder,
    ):
        npz.write(asked, question, compressed=False)
        asked.seek(0)
        count = Path(folder) / "count"
        command = [sys.executable, "-m", module, *arguments, str(count)]
        with _telling(count, tell):
            try:
                done = subprocess.run(
                    command,
                    cwd=_ROOT,
                    env=environment,
                    stdin=asked,
                    stdout=answered,
                    stderr=subprocess.PIPE,
                    timeout=limit_s,
                )
            except subprocess.TimeoutExpired as error:
                raise TookTooLong(f"That took more than {limit_s:.0f} seconds.") from error
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise NoAnswer(f"{module} failed.") from RuntimeError(
                f"exit code {done.returncode}: {' '.join(last)}"
            )
        answered.seek(0)
        yield cast(BinaryIO, answered)


@contextlib.contextmanager
def _telling(count: Path, tell: Callable[[float], None]) -> Iterator[None]:
    """Reports the number in a file while the child works."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(_TOLD_EVERY_S):
            with contextlib.suppress(OSError, ValueError):  # It has not begun, or writes just now.
                tell(float(count.read_text(encoding="ascii")))

    thread = threading.Thread(target=watch, name=f"watching {count.parent.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def write_count(path: Path, number: float) -> None:
    """For the child: reports its progress.

    Args:
        path: its last argument.
        number: for the caller's ``tell``.
    """
    path.write_text(repr(number), encoding="ascii")
