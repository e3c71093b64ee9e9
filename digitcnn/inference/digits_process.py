"""Slow analyses of digits alone: doubtful labels and near-duplicates.

Each is found in a process of its own, as the caller must not wait nor grow, and kept in the home
folder under the digits' fingerprints: it depends on no run. Of what one visitor uploaded nothing is
kept.
"""

import contextlib
import io
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
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
from digitcnn.system import child_process, durable, npz
from digitcnn.system.child_process import NoAnswer, TookTooLong

FOLDER = "found-out"  # in the home folder

_LIMIT_S = 900.0
_LIMIT_MB = 20
_MARK_CHARS = 20  # of a fingerprint in a file's name
_turn = threading.Lock()  # one of them at a time

Found = TypeVar("Found")
Tell = Callable[[float], None]
"""Told how much is done, 0 to 1, in a thread of its own."""


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
            f"These are {len(digits):,} digits; to judge labels, networks need at least {FEWEST} "
            "to learn from."
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
    mapped = file_of(digits)
    other_file = "" if others is None else file_of(others)
    question: dict[str, NDArray[Any]] = {"labels": digits.labels}
    if not mapped:
        question["images"] = digits.images
    if others is not None and not other_file:
        question["others"] = others.images
    try:
        with child_process.answer(
            "digitcnn.inference.digits_process",
            [kind, mapped, other_file],
            question,
            tell,
            _LIMIT_S,
        ) as answer:
            return answer.read()
    except TookTooLong as error:
        raise NotFoundOut(
            f"That took more than {_LIMIT_S / 60:.0f} minutes, and was stopped."
        ) from error
    except NoAnswer as error:
        raise NotFoundOut(
            f"These {len(digits):,} digits could not be analysed; there may not be enough memory. "
            "Try fewer."
        ) from error


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

    tell = partial(child_process.write_count, Path(count))
    answer = _answer(kind, sys.stdin.buffer, (mapped, others), tell)
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
