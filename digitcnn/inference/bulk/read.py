"""Pictures → rows of readings, by several processes.

Most pictures of a large pile are small and of one digit. Those are read many at a time, as the
network takes them; where it is not sure, and for any larger picture, the whole search for digits
follows. Whatever happens to a picture, it becomes a row.
"""

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.data import digit_files
from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, image_file
from digitcnn.runs.run import open_run

MOST_PAGES = 100

_CHUNK = 64  # pictures that a process is handed at a time
_WAITING = 3  # chunks for each process that are handed out before the first is back
_CUT_OUT_PX = 64  # longer side: a smaller picture is a digit cut out, such as MNIST's own
_SURE = 0.95  # below this, small pictures are looked at more closely, too


@dataclass(frozen=True)
class Row:
    """What was read in a picture, or in one page of it.

    Attributes:
        path: of the file.
        page: counted from 1.
        label: the digit, of a picture of one; else ``None``.
        confidence: the label's probability.
        is_digit: whether it looks like a digit at all.
        text: all that was read; lines are parted by " / ".
        probabilities: of 0 to 9, of a picture of one digit.
        error: why nothing was read, as a sentence; else empty.
    """

    path: str
    page: int = 1
    label: int | None = None
    confidence: float | None = None
    is_digit: bool | None = None
    text: str = ""
    probabilities: tuple[float, ...] = ()
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The row by column."""
        return asdict(self)


def rows(
    paths: Sequence[Path], run_folder: Path, backend: str, n_workers: int
) -> Iterator[list[Row]]:
    """The rows of each picture, in the order of the paths, as they are ready.

    Args:
        paths: of picture files.
        run_folder: of the run that reads.
        backend: see :class:`digitcnn.inference.recognizer.Recognizer`.
        n_workers: how many processes read; with 1 it is this one.

    Raises:
        DamagedRun, UnreadableModel: the run can't be used.
    """
    recognizer = Recognizer(open_run(run_folder), backend)  # Said here, not by each process.
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    if n_workers == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield from read_chunk(recognizer, chunk)
        return
    yield from _by_processes(chunks, run_folder, backend, min(n_workers, len(chunks)))


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_chunk(recognizer: Recognizer, paths: Sequence[Path]) -> list[list[Row]]:
    """The rows of a few pictures."""
    images, small = [], []
    for i, path in enumerate(paths):
        image = _cut_out(path)
        if image is not None:
            images.append(image)
            small.append(i)
    found: dict[int, list[Row]] = {}
    if images:
        out = recognizer.outputs(np.stack(images))
        for i, p, is_digit in zip(small, out.probabilities, out.is_digit, strict=True):
            if is_digit and p.max() >= _SURE:
                found[i] = [_of_one(paths[i], p)]
    return [found[i] if i in found else closely(recognizer, paths[i]) for i in range(len(paths))]


def closely(recognizer: Recognizer, path: Path) -> list[Row]:
    """The rows of one picture, page by page, found by the search that photos get.

    Of a table of digits, each is a page.
    """
    if digit_files.is_table(path):
        return _of_table(recognizer, path)
    first, n = _page(recognizer, path, 0)
    return [first, *(_page(recognizer, path, page)[0] for page in range(1, min(n, MOST_PAGES)))]


def _cut_out(path: Path) -> np.ndarray | None:
    """The digit image of a small picture; ``None`` of others, and of what can't be read so."""
    if digit_files.is_table(path):
        return None
    try:
        with image_file.opened(path, image_file.RASTER_PX) as (picture, size):
            if max(size) > _CUT_OUT_PX or image_file.n_pages(picture) > 1:
                return None
            raster = image_file.raster_of(picture)
        return digit_image.digit_image(raster)
    except (DigitcnnError, OSError):
        return None  # The closer look says why.


def _of_one(
    path: Path,
    probabilities: np.ndarray,
    page: int = 1,
    is_digit: bool = True,
    text: str = "",
) -> Row:
    label = int(probabilities.argmax())
    values = tuple(round(float(p), 6) for p in probabilities)
    return Row(str(path), page, label, values[label], is_digit, text or str(label), values)


def _of_table(recognizer: Recognizer, path: Path) -> list[Row]:
    try:
        out = recognizer.outputs(digit_files.images(path))
    except DigitcnnError as trouble:
        return [Row(str(path), error=_line(trouble))]
    each = enumerate(zip(out.probabilities, out.is_digit, strict=True), start=1)
    return [_of_one(path, p, page, bool(is_digit)) for page, (p, is_digit) in each]


def _line(trouble: Exception) -> str:
    return " ".join(str(trouble).split())


def _page(recognizer: Recognizer, path: Path, page: int) -> tuple[Row, int]:
    from digitcnn.inference.photos.picture import n_pages, read_file

    try:
        read = read_file(path, recognizer, page)
    except digit_image.EmptyDrawing:
        return Row(str(path), page + 1, error=f"{path.name} is blank."), n_pages(path)
    except (DigitcnnError, OSError) as trouble:
        return Row(str(path), page + 1, error=_line(trouble)), n_pages(path)
    text = " / ".join(read.texts)
    if len(read.digits) != 1 or read.marks:
        return Row(str(path), page + 1, text=text), read.n_pages
    prediction = read.digits[0].prediction
    row = _of_one(path, prediction.probabilities, page + 1, prediction.is_digit, text)
    return row, read.n_pages


def _by_processes(
    chunks: Sequence[Sequence[Path]], run_folder: Path, backend: str, n_workers: int
) -> Iterator[list[Row]]:
    def new_pool(n: int) -> ProcessPoolExecutor:
        # Forked, a process would inherit the locks of this one's threads.
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(n, context, _start_reading, (run_folder, backend))
        with _interruptions_held_back():
            pool.submit(os.getpid)  # which starts them all
        return pool

    ahead: deque[tuple[Sequence[Path], Future[list[list[Row]]]]] = deque()
    todo = deque(chunks)
    pool = new_pool(n_workers)
    try:
        while todo or ahead:
            while todo and len(ahead) < _WAITING * n_workers:
                ahead.append((todo[0], pool.submit(_read_here, todo[0])))
                todo.popleft()
            chunk, future = ahead.popleft()
            try:
                yield from future.result()
            except BrokenProcessPool:
                # One of the pictures ended the process that read it: each is read by itself now.
                todo.extendleft(reversed([part for part, _ in ahead]))
                ahead.clear()
                pool.shutdown(wait=False, cancel_futures=True)
                yield from _one_by_one(chunk, new_pool)
                pool = new_pool(n_workers)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextlib.contextmanager
def _interruptions_held_back() -> Iterator[None]:
    """Processes started in here never hear of Ctrl-C, which is for the one that asked."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _one_by_one(paths: Sequence[Path], new_pool: Any) -> Iterator[list[Row]]:
    pool = new_pool(1)
    for path in paths:
        try:
            yield from pool.submit(_read_here, [path]).result()
        except BrokenProcessPool:
            pool = new_pool(1)
            yield [Row(str(path), error="The process that read this picture was ended by it.")]
    pool.shutdown(wait=False)


_recognizer: Recognizer | None = None  # of a reading process


def _start_reading(run_folder: Path, backend: str) -> None:
    global _recognizer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it can't be held back
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)
    try:
        import cv2

        cv2.setNumThreads(1)
    except ImportError:
        pass
    _recognizer = Recognizer(open_run(run_folder), backend)


def _read_here(paths: Sequence[Path]) -> list[list[Row]]:
    assert _recognizer is not None
    return read_chunk(_recognizer, paths)
