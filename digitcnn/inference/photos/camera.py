"""Finding digits in the pictures of a running camera, in a process that stays for the next one.

Starting a process takes as long as looking at a picture of this size, so this one is kept: it is
started with the first picture, shared by all cameras, and ended when none has asked for a while.
As in :mod:`digitcnn.inference.photos.process` its memory and its time are bounded.
"""

import contextlib
import io
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import IO

from digitcnn.errors import DigitcnnError
from digitcnn.inference.photos.found import FoundPage, View
from digitcnn.inference.photos.process import PhotoFailed, keep_modest, packed, unpacked
from digitcnn.system import extras

MOST_PX = 1280  # longer side of a picture
MOST_BYTES = 300_000  # of one, as a JPEG
LIMIT_S = 4.0  # for one; the first waits for the process as well
IDLE_S = 15.0  # without a picture, after which the process ends
TURN_S = 2.0  # that a picture waits for those of other cameras

NOT_A_FRAME = (
    "What was sent is not a picture of the page's camera. Reload the page, or upload a photo."
)

_ROOT = Path(__file__).resolve().parents[3]
_NAME = "The camera's picture"
_LENGTH_BYTES = 4  # of the number before each message


class NoFrame(DigitcnnError):
    """What was sent in place of a picture."""


class FrameFinder:
    """The process, for as long as it is needed; any number of threads may share one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._state = threading.Condition()  # guards what follows
        self._process: subprocess.Popen[bytes] | None = None
        self._ends_at = 0.0  # by time.monotonic(), unless something is asked of it before

    def find(self, jpeg: bytes) -> FoundPage:
        """What may be digits in a picture; its own ``jpeg`` is empty.

        Args:
            jpeg: a JPEG file of at most ``MOST_PX`` and ``MOST_BYTES``.

        Raises:
            MissingExtra: OpenCV is not installed.
            NoFrame: it is larger, or no JPEG.
            PhotoFailed: it took too long, or others are asking just now.
            DigitcnnError: what is wrong with the picture, as
                :func:`digitcnn.inference.photos.file.find` says.
        """
        extras.require("photos", "Reading pictures")
        check(jpeg)
        if not self._turn.acquire(timeout=TURN_S):
            raise PhotoFailed("Many cameras are being read just now; this takes longer.")
        try:
            answer = self._ask(jpeg)
        finally:
            self._turn.release()
        return unpacked(answer, View())

    def end(self) -> None:
        """Ends the process, if there is one."""
        with self._state:
            process, self._process = self._process, None
            self._state.notify_all()
        if process is not None:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int | None:
        """The process's number; ``None`` while there is none."""
        process = self._process
        return None if process is None else process.pid

    def _ask(self, jpeg: bytes) -> bytes:
        process = self._at_work()
        assert process.stdin is not None and process.stdout is not None
        try:
            _write(process.stdin, jpeg)
            answer = _read(process.stdout)
        except (OSError, ValueError):  # It was ended meanwhile.
            answer = None
        if answer is None:
            self.end()
            raise PhotoFailed("The camera's picture could not be read in time. The next one may.")
        with self._state:
            self._ends_at = time.monotonic() + IDLE_S
        return answer

    def _at_work(self) -> "subprocess.Popen[bytes]":
        """The process, new if need be; it has ``LIMIT_S`` from now on."""
        with self._state:
            self._ends_at = time.monotonic() + LIMIT_S
            self._state.notify_all()  # It is sooner than the end of its idle time.
            if self._process is not None and self._process.poll() is None:
                return self._process
            self._process = subprocess.Popen(
                [sys.executable, "-m", "digitcnn.inference.photos.camera"],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._ends_at += LIMIT_S
            threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()
            return self._process

    def _watch(self, process: "subprocess.Popen[bytes]") -> None:
        """Ends the process when its time is over."""
        with self._state:
            while self._process is process:
                left = self._ends_at - time.monotonic()
                if left <= 0:
                    self._process = None
                    break
                self._state.wait(left)
        process.kill()
        process.wait()


FINDER = FrameFinder()
"""The server's: one process for all cameras."""


def check(jpeg: bytes) -> None:
    """Looks at what was sent, before anything is made of it.

    Raises:
        NoFrame: it is too large, or no JPEG.
    """
    if len(jpeg) > MOST_BYTES or not jpeg.startswith(b"\xff\xd8\xff"):
        raise NoFrame(NOT_A_FRAME)


def _find_here(jpeg: bytes) -> FoundPage:
    """What the child does with one picture."""
    from PIL import Image

    from digitcnn.inference.photos.file import find

    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            size = picture.size  # as its head says; nothing is unpacked yet
    except Exception as error:  # Pillow raises all kinds for a file that is not as it says.
        raise NoFrame(f"{_NAME} is damaged.") from error
    if max(size) > MOST_PX:
        raise NoFrame(f"{_NAME} is larger than {MOST_PX} pixels.")
    source = io.BytesIO(jpeg)
    source.name = _NAME
    return find(source, is_shown=False)


def _write(file: IO[bytes], data: bytes) -> None:
    file.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    file.flush()


def _read(file: IO[bytes]) -> bytes | None:
    """The next message; ``None`` if there is none any more."""
    head = file.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    n_bytes = int.from_bytes(head, "big")
    data = file.read(n_bytes)
    return data if len(data) == n_bytes else None


def main() -> None:
    """The child: pictures on standard input, what was found in each on standard output."""
    keep_modest()
    # Who asks may be gone before the answer is ready.
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        while (jpeg := _read(sys.stdin.buffer)) is not None:
            _write(sys.stdout.buffer, packed(partial(_find_here, jpeg), _NAME))


if __name__ == "__main__":
    main()
