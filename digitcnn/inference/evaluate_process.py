"""Evaluating a run on many digits in a process of its own, as the caller must not wait nor grow.

Ten thousand digits take four seconds of a core and 100 MB: in the web process those would be
seconds in which everybody's strokes wait. With what a run says to them come the places on its map
and the neighbours by which labels are doubted.
"""

import io
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np

from digitcnn.data.digits import Digits
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import embedding_map, label_quality
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.inference.evaluate import evaluate
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import Run, open_run
from digitcnn.system import npz

MANY = 1_000  # digits for which a process is worth its start

_LIMIT_S = 180.0
_WAIT_S = 60.0
_ROOT = Path(__file__).resolve().parents[2]
_ARRAYS = ("labels", "probabilities", "embeddings", "positions", "neighbours", "members")
_turn = threading.Lock()  # one of them at a time


class EvaluationFailed(DigitcnnError):
    """Digits that could not be evaluated in the time that there is."""


def evaluate_apart(run: Run, digits: Digits, dataset: str, backend: str) -> Evaluation:
    """What a run says to every digit, with places on its map, and neighbours of doubtful labels.

    Args:
        run: the run.
        digits: at least one.
        dataset: the data set's name, for people.
        backend: what the network runs on, ``"litert"`` or ``"keras"``.

    Raises:
        EvaluationFailed: others are being evaluated, or it took too long or failed.
    """
    if not _turn.acquire(timeout=_WAIT_S):
        raise EvaluationFailed("Other digits are being evaluated just now. Try again in a minute.")
    try:
        answer = _ask(run, digits, backend)
    finally:
        _turn.release()
    return Evaluation(dataset, **npz.read(io.BytesIO(answer), called="the evaluation"))


def _ask(run: Run, digits: Digits, backend: str) -> bytes:
    question = io.BytesIO()
    np.savez(question, images=digits.images, labels=digits.labels)
    command = [sys.executable, "-m", "digitcnn.inference.evaluate_process"]
    try:
        done = subprocess.run(
            [*command, str(run.folder), backend],
            cwd=_ROOT,
            input=question.getvalue(),
            capture_output=True,
            timeout=_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise EvaluationFailed(
            f"Evaluating {len(digits):,} digits took more than {_LIMIT_S:.0f} seconds. Try fewer."
        ) from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise EvaluationFailed(
            f"These {len(digits):,} digits could not be evaluated. Try fewer."
        ) from RuntimeError(f"exit code {done.returncode}: {' '.join(last)}")
    return done.stdout


def _answer(folder: Path, backend: str, question: bytes) -> bytes:
    """What the child says: an ``.npz`` archive of an evaluation's arrays."""
    run = open_run(folder)
    found = evaluate(Recognizer(run, backend=backend), Digits(**npz.read(io.BytesIO(question))), "")
    kept = run.evaluation()
    embeddings = found.embeddings
    if embeddings is not None:
        if kept.positions is not None and kept.embeddings is not None:
            places = embedding_map.place(embeddings, kept.embeddings, kept.positions)
            found = replace(found, positions=places)
        found = replace(found, neighbours=label_quality.neighbours(embeddings, found))
    answer = io.BytesIO()
    arrays = {name: getattr(found, name) for name in _ARRAYS}
    np.savez(answer, **{name: array for name, array in arrays.items() if array is not None})
    return answer.getvalue()


def main() -> None:
    """The child: digits on standard input, the evaluation's arrays on standard output."""
    if hasattr(os, "nice"):
        os.nice(5)
    folder, backend = sys.argv[1:]
    sys.stdout.buffer.write(_answer(Path(folder), backend, sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
