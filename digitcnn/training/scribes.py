"""Handwriting made by two processes at once, for a training that would otherwise wait for it.

This process makes the first half and another the second; what they make together is what one would
have made alone.
"""

import contextlib
import io
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from digitcnn.data import handwriting
from digitcnn.data.digits import Digits
from digitcnn.errors import DigitcnnError

COMMAND = (sys.executable, "-m", "digitcnn.training.scribes")

_ROOT = Path(__file__).resolve().parents[2]
_HERE, _THERE = (0, 2), (1, 2)

Work = tuple[Digits, np.ndarray]


class HandwritingFailed(DigitcnnError):
    """The other process ended without its half."""


def make(n_digits: int, n_nondigits: int, seed: int) -> Work:
    """What :func:`handwriting.digits` and :func:`handwriting.nondigits` give, in half the time.

    Raises:
        HandwritingFailed: the other process ended early, for want of memory most likely.
    """
    command = [*COMMAND, str(n_digits), str(n_nondigits), str(seed)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE) as other:
        try:
            digits, nondigits = _part(n_digits, n_nondigits, seed, _HERE)
            answer = other.stdout.read()
        except BaseException:
            other.kill()
            raise
    if other.returncode:
        raise HandwritingFailed(
            "The second process that makes up handwriting ended early. Most likely there was not "
            "enough memory; close other programs and try again."
        )
    rest = np.load(io.BytesIO(answer))
    return (
        Digits(
            np.concatenate([digits.images, rest["images"]]),
            np.concatenate([digits.labels, rest["labels"]]),
        ),
        np.concatenate([nondigits, rest["nondigits"]]),
    )


def _part(n_digits: int, n_nondigits: int, seed: int, part: handwriting.Part) -> Work:
    return (
        handwriting.digits(n_digits, seed, part=part),
        handwriting.nondigits(n_nondigits, seed, part=part),
    )


def main() -> None:
    """The other process: its half on standard output, an ``.npz`` archive."""
    # Ctrl-C is for the process that asked, which ends this one; if it is gone, nobody listens.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    n_digits, n_nondigits, seed = map(int, sys.argv[1:])
    digits, nondigits = _part(n_digits, n_nondigits, seed, _THERE)
    file = io.BytesIO()
    np.savez(file, images=digits.images, labels=digits.labels, nondigits=nondigits)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(file.getvalue())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
