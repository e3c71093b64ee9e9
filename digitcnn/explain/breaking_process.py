"""Break it's curves of many digits, computed once per run in a separate process, and kept.

Some 20,000 digits are read for one: seconds of a core, in which everybody's strokes would wait.
"""

import atexit
import io
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitcnn.data import handwriting
from digitcnn.data.digits import Digits
from digitcnn.errors import DigitcnnError
from digitcnn.explain.breaking import CHANGES, N_DIGITS, N_STEPS, ManyCurve, curve_of_many
from digitcnn.inference import evaluate
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import Run, open_run
from digitcnn.system import durable, npz

FOLDER = "break-it"  # in the home folder

_LIMIT_S = 300.0
_LIMIT_MB = 1
_ROOT = Path(__file__).resolve().parents[2]
_SEED = 1717  # of which digits are taken
_turn = threading.Lock()  # one of them at a time


class CurveFailed(DigitcnnError):
    """A curve that could not be made."""


@dataclass(frozen=True, eq=False)
class KeptCurve:
    """A curve of many digits, and of which.

    Attributes:
        curve: the curve.
        digits: the digits' name, as it stands in a sentence.
    """

    curve: ManyCurve
    digits: str


def kept(run: Run, change: str, home: Path) -> KeptCurve | None:
    """The curve that was made before; ``None`` if none was, or it can't be read.

    Args:
        run: the run.
        change: name of one of :data:`digitcnn.explain.breaking.CHANGES`.
        home: the home folder.
    """
    try:
        return _curve(_path(run, change, home).read_bytes())
    except (OSError, DigitcnnError, KeyError, ValueError):
        return None


def make(run: Run, change: str, home: Path, backend: str) -> KeptCurve:
    """Makes the curve and keeps it; arguments as above, and what the network runs on.

    Raises:
        CurveFailed: it took too long, or failed.
    """
    with _turn:
        found = kept(run, change, home)
        if found is not None:
            return found
        made = _ask([str(run.folder), change, str(home), backend])
    try:
        path = _path(run, change, home)
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(path, made)
    except (OSError, DigitcnnError):
        pass  # It is made again the next time.
    return _curve(made)


def _ask(arguments: Sequence[str]) -> bytes:
    """What a child says, which ends with this process at the latest."""
    process = subprocess.Popen(
        [sys.executable, "-m", "digitcnn.explain.breaking_process", *arguments],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    atexit.register(process.kill)
    try:
        made, complaints = process.communicate(timeout=_LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise CurveFailed("The curve of the test digits took too long to make.") from error
    finally:
        process.kill()
        process.communicate()
        atexit.unregister(process.kill)
    if process.returncode:
        last = complaints.decode(errors="replace").strip().splitlines()[-1:]
        raise CurveFailed("The curve of the test digits could not be made.") from RuntimeError(
            f"exit code {process.returncode}: {' '.join(last)}"
        )
    return made


def _path(run: Run, change: str, home: Path) -> Path:
    return home / FOLDER / f"{run.card.checksum[:32]}-{change}.npz"


def _curve(data: bytes) -> KeptCurve:
    arrays = npz.read(io.BytesIO(data), None, _LIMIT_MB, "the curve")
    figures = arrays["figures"]
    if figures.shape != (3, N_STEPS):
        raise ValueError("a curve of other steps")
    return KeptCurve(ManyCurve(int(arrays["n"]), *figures), str(arrays["digits"]))


def _digits(run: Run, home: Path) -> tuple[Digits, str]:
    """Test digits, and their name: the run's own, or if they are not available, synthetic ones."""
    found = evaluate.digits(run, home)
    if found is None:
        return handwriting.digits(N_DIGITS, handwriting.TEST_SEED), "synthetic digits"
    chosen = np.random.default_rng(_SEED).permutation(len(found))[:N_DIGITS]
    return Digits(found.images[chosen], found.labels[chosen]), "of its test digits"


def main() -> None:
    """The child: the curve's arrays on standard output."""
    if hasattr(os, "nice"):
        os.nice(10)
    folder, change, home, backend = sys.argv[1:]
    run = open_run(Path(folder))
    digits, name = _digits(run, Path(home))
    found = curve_of_many(CHANGES[change], digits, Recognizer(run, backend=backend))
    answer = io.BytesIO()
    figures = np.stack([found.right, found.confidence, found.refused])
    np.savez(answer, figures=figures, n=found.n, digits=name)
    sys.stdout.buffer.write(answer.getvalue())


if __name__ == "__main__":
    main()
