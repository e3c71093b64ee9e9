"""What takes long to find out about digits alone: labels in doubt, pictures that are all but alike.

Each is found in a process of its own, as the caller must not wait nor grow, and kept in the home
folder under the digits' fingerprints: it depends on no run. Of what one visitor uploaded nothing is
kept.
"""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from digitcnn.data.digits import Digits
from digitcnn.data.mapped import file_of
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.duplicates import Nearest, nearest_pictures
from digitcnn.evaluation.folds import FEWEST, Folds
from digitcnn.evaluation.label_quality import Doubts, doubts
from digitcnn.system import durable, npz

FOLDER = "found-out"  # in the home folder

_LIMIT_S = 900.0
_LIMIT_MB = 20
_TOLD_EVERY_S = 0.3
_MARK_CHARS = 20  # of a fingerprint in a file's name
_ROOT = Path(__file__).resolve().parents[2]
_turn = threading.Lock()  # one of them at a time

Found = TypeVar("Found")
Tell = Callable[[float], None]
"""Told how much is done, 0 to 1, in any thread."""


class NotFoundOut(DigitcnnError):
    """A process that found nothing out: it took too long, or failed."""


def kept_doubts(home: Path, mark: str) -> Doubts | None:
    """What was found out about labels before; ``None`` if nothing was that can be read.

    Args:
        home: the home folder.
        mark: fingerprint of the digits.
    """
    return _kept(_path(home, "labels", mark), _doubts)


def judge_labels(digits: Digits, mark: str, home: Path | None, tell: Tell) -> Doubts:
    """How much each label is in doubt, by networks that have not learned it.

    See :mod:`digitcnn.evaluation.folds`.

    Args:
        digits: the digits.
        mark: their fingerprint.
        home: the home folder, where it is kept; ``None`` to keep nothing.
        tell: told how far it is.

    Raises:
        NotFoundOut: there are too few digits, or it took too long or failed.
    """
    if len(digits) < FEWEST:
        raise NotFoundOut(
            f"These are {len(digits):,} digits; from fewer than {FEWEST} no network can learn to "
            "judge the labels of the others."
        )
    with _turn:
        known = None if home is None else kept_doubts(home, mark)
        if known is not None:
            return known
        answer = _ask("labels", digits, None, tell)
    if home is not None:
        _keep(_path(home, "labels", mark), answer)
    return _doubts(answer)


def kept_nearest(home: Path, mark: str, other_mark: str = "") -> Nearest | None:
    """The most alike pictures, as they were found before; ``None`` if they were not.

    Args:
        home: the home folder.
        mark: fingerprint of the digits.
        other_mark: of the others; empty if they were compared with one another.
    """
    return _kept(_path(home, "alike", mark, other_mark), _nearest)


def find_nearest(
    digits: Digits,
    others: Digits | None,
    marks: tuple[str, str],
    home: Path | None,
    tell: Tell,
) -> Nearest:
    """For each digit the one most like it, of the others or of the rest.

    See :mod:`digitcnn.evaluation.duplicates`.

    Args:
        digits: the digits.
        others: ``None`` for the rest of them.
        marks: fingerprints of both; the second is empty without others.
        home: the home folder, where it is kept; ``None`` to keep nothing.
        tell: told how far it is.

    Raises:
        NotFoundOut: there is but one digit, or it took too long or failed.
    """
    if len(digits if others is None else others) < 1 + (others is None):
        raise NotFoundOut("There must be two digits at least to compare.")
    with _turn:
        known = None if home is None else kept_nearest(home, *marks)
        if known is not None:
            return known
        answer = _ask("alike", digits, others, tell)
    if home is not None:
        _keep(_path(home, "alike", *marks), answer)
    return _nearest(answer)


def _path(home: Path, kind: str, *marks: str) -> Path:
    return (
        home / FOLDER / f"{'-'.join([kind, *(mark[:_MARK_CHARS] for mark in marks if mark)])}.npz"
    )


def _kept(path: Path, read: Callable[[bytes], Found]) -> Found | None:
    try:
        return read(path.read_bytes())
    except (OSError, DigitcnnError, KeyError, ValueError):
        return None


def _keep(path: Path, answer: bytes) -> None:
    with contextlib.suppress(OSError, DigitcnnError):  # It is found out again the next time.
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(path, answer)


def _doubts(answer: bytes) -> Doubts:
    arrays = npz.read(io.BytesIO(answer), None, _LIMIT_MB, "what was found out about labels")
    return Doubts(
        arrays["order"].astype(np.int64),
        arrays["self_confidence"],
        arrays["suggested"],
        arrays["confidently_other"],
        by_folds=True,
    )


def _nearest(answer: bytes) -> Nearest:
    arrays = npz.read(io.BytesIO(answer), None, _LIMIT_MB, "what was found out about pictures")
    return Nearest(arrays["index"].astype(np.int64), arrays["cosine"])


def _ask(kind: str, digits: Digits, others: Digits | None, tell: Tell) -> bytes:
    command = [sys.executable, "-m", "digitcnn.inference.digits_process", kind]
    # Through files: what went through pipes would be in this process's memory twice.
    with (
        tempfile.TemporaryFile() as question,
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryDirectory() as folder,
    ):
        mapped = file_of(digits)
        other_file = "" if others is None else file_of(others)
        arrays = {"labels": digits.labels}
        if not mapped:
            arrays["images"] = digits.images
        if others is not None and not other_file:
            arrays["others"] = others.images
        npz.write(question, arrays, compressed=False)
        question.seek(0)
        count = Path(folder) / "done"
        with subprocess.Popen(
            [*command, mapped, other_file, str(count)],
            cwd=_ROOT,
            stdin=question,
            stdout=answer,
            stderr=subprocess.PIPE,
        ) as child:
            try:
                told = _waited_for(child, count, tell)
            except BaseException:
                child.kill()
                raise
        if child.returncode:
            last = told.decode(errors="replace").strip().splitlines()[-1:]
            raise NotFoundOut(
                f"That could not be found out of these {len(digits):,} digits; there may not be "
                "enough memory. Try fewer."
            ) from RuntimeError(f"exit code {child.returncode}: {' '.join(last)}")
        answer.seek(0)
        return answer.read()


def _waited_for(child: "subprocess.Popen[bytes]", count: Path, tell: Tell) -> bytes:
    """What the child says to standard error, once it has ended."""
    waited_s = 0.0
    while True:
        try:
            return child.communicate(timeout=_TOLD_EVERY_S)[1]
        except subprocess.TimeoutExpired as error:
            waited_s += _TOLD_EVERY_S
            if waited_s > _LIMIT_S:
                raise NotFoundOut(
                    f"That took more than {_LIMIT_S / 60:.0f} minutes, and was ended."
                ) from error
        with contextlib.suppress(OSError, ValueError):  # It has not begun, or writes just now.
            tell(float(count.read_text(encoding="ascii")))


def _answer(kind: str, question: IO[bytes], files: tuple[str, str], tell: Tell) -> bytes:
    """What the child says: an ``.npz`` archive.

    Args:
        kind: "labels" or "alike".
        question: an ``.npz`` archive of labels, and of the images that lie in no file.
        files: ``.npy`` files of the images and of the others; empty for none.
        tell: told how far it is.
    """
    arrays = npz.read(io.BytesIO(question.read()))
    for name, path in zip(("images", "others"), files, strict=True):
        if path:
            arrays[name] = np.load(path, mmap_mode="r", allow_pickle=False)
    if kind == "labels":
        found = doubts(Folds(arrays["images"], tell=tell).evaluation(arrays["labels"]))
        given: dict[str, NDArray[Any]] = {
            "order": found.order.astype(np.int32),
            "self_confidence": found.self_confidence,
            "suggested": found.suggested,
            "confidently_other": found.confidently_other,
        }
    else:
        nearest = nearest_pictures(arrays["images"], arrays.get("others"), tell)
        given = {"index": nearest.index.astype(np.int32), "cosine": nearest.cosine}
    answer = io.BytesIO()
    npz.write(answer, given, compressed=False)
    return answer.getvalue()


def main() -> None:
    """The child: digits on standard input, what it found out on standard output."""
    if hasattr(os, "nice"):
        os.nice(10)
    kind, mapped, others, count = sys.argv[1:]

    def tell(share: float) -> None:
        Path(count).write_text(f"{share:.4f}", encoding="ascii")

    answer = _answer(kind, sys.stdin.buffer, (mapped, others), tell)
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
