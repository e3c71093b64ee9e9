"""Evaluates a run on many digits in a separate process, so that the caller neither waits nor grows.

Ten thousand digits take four seconds of a core and 100 MB: in the web process those would be
seconds in which everybody's strokes wait. With what a run says to them come the places on its map
and the neighbours by which labels are doubted. Two threads read, each a part; how many digits have
been read is told through a file.
"""

import io
import os
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from digitcnn.data.digits import Digits
from digitcnn.data.mapped import file_of
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import embedding_map, label_quality
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.inference.evaluate import evaluate
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import Run, open_run
from digitcnn.system import child_process, npz
from digitcnn.system.child_process import NoAnswer, TookTooLong

MANY = 1_000  # digits for which a process is worth its start

_LIMIT_S, _FOR_DIGITS = 180.0, 20_000  # the time for so many digits; for more, in proportion
_WAIT_S = 60.0
_CHUNK = 500  # digits that a thread reads at a time
_N_THREADS = 2
_ARRAYS = ("labels", "probabilities", "embeddings", "positions", "neighbours", "members")
_turn = threading.Lock()  # one of them at a time


class EvaluationFailed(DigitcnnError):
    """Digits that could not be evaluated in the time that there is."""


def evaluate_apart(
    run: Run,
    digits: Digits,
    dataset: str,
    backend: str,
    tell: Callable[[int], None] = lambda n_read: None,
) -> Evaluation:
    """What a run says to every digit, with places on its map, and neighbours of doubtful labels.

    Args:
        run: the run.
        digits: at least one.
        dataset: the data set's name, for people.
        backend: what the network runs on, ``"litert"`` or ``"keras"``.
        tell: called now and then with how many digits have been read, in a thread of its own.

    Raises:
        EvaluationFailed: others are being evaluated, or it took too long or failed.
    """
    if not _turn.acquire(timeout=_WAIT_S):
        raise EvaluationFailed("Other digits are being evaluated just now. Try again in a minute.")
    try:
        mapped = file_of(digits)
        question = {"labels": digits.labels}
        if not mapped:
            question["images"] = digits.images
        limit_s = _LIMIT_S * max(1.0, len(digits) / _FOR_DIGITS)
        with child_process.answer(
            "digitcnn.inference.evaluate_process",
            [str(run.folder), backend, mapped],
            question,
            lambda n_read: tell(int(n_read)),
            limit_s,
            {**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        ) as answer:
            return Evaluation(dataset, **npz.read(answer, called="the evaluation"))
    except TookTooLong as error:
        raise EvaluationFailed(
            f"Evaluating {len(digits):,} digits took more than {limit_s:.0f} seconds. Try fewer."
        ) from error
    except NoAnswer as error:
        raise EvaluationFailed(
            f"These {len(digits):,} digits could not be evaluated. Try fewer."
        ) from error
    finally:
        _turn.release()


def _answer(
    folder: Path, backend: str, question: IO[bytes], mapped: str, count: Path | None = None
) -> bytes:
    """What the child says: an ``.npz`` archive of an evaluation's arrays.

    Args:
        folder: the run's.
        backend: what the network runs on.
        question: an ``.npz`` archive of the labels, and of the images unless they lie in a file.
        mapped: that file, ``.npy``; empty if there is none.
        count: where to write how many digits have been read.
    """
    run = open_run(folder)
    arrays = npz.read(io.BytesIO(question.read()))
    if mapped:
        arrays["images"] = np.load(mapped, mmap_mode="r", allow_pickle=False)
    digits, kept = Digits(**arrays), run.evaluation()
    readers: queue.SimpleQueue[Recognizer] = queue.SimpleQueue()
    n_threads = min(_N_THREADS, os.cpu_count() or 1, -(-len(digits) // _CHUNK))
    for _ in range(n_threads):
        readers.put(Recognizer(run, backend=backend))
    turn, n_read = threading.Lock(), 0

    def read(start: int) -> Evaluation:
        nonlocal n_read
        reader = readers.get()
        try:
            found = evaluate(reader, digits[start : start + _CHUNK], "")
        finally:
            readers.put(reader)
        embeddings, known = found.embeddings, kept.embeddings
        if embeddings is not None and known is not None and kept.positions is not None:
            places = embedding_map.place(embeddings, known, kept.positions)
            found = replace(found, positions=places)
        with turn:
            n_read += len(found)
            if count is not None:
                child_process.write_count(count, n_read)
        return found

    with ThreadPoolExecutor(n_threads) as pool:
        parts = list(pool.map(read, range(0, len(digits), _CHUNK)))
    found = _joined(parts)
    if found.embeddings is not None:
        found = replace(found, neighbours=label_quality.neighbours(found.embeddings, found))
    answer = io.BytesIO()
    given = {name: getattr(found, name) for name in _ARRAYS}
    np.savez(answer, **{name: array for name, array in given.items() if array is not None})
    return answer.getvalue()


def _joined(parts: list[Evaluation]) -> Evaluation:
    arrays = {}
    for name in _ARRAYS:
        found = [getattr(part, name) for part in parts]
        if all(array is not None for array in found):
            arrays[name] = np.concatenate(found)
    return Evaluation("", **arrays)


def main() -> None:
    """The child: digits on standard input, the evaluation's arrays on standard output."""
    if hasattr(os, "nice"):
        os.nice(5)
    folder, backend, mapped, count = sys.argv[1:]
    answer = _answer(Path(folder), backend, sys.stdin.buffer, mapped, Path(count))
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
