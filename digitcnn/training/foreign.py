"""A network that was made elsewhere → a run: its input found out, calibrated, and evaluated."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn import __version__
from digitcnn.data import handwriting, mnist
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import calibration
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.logits import free_energy, log_sum_exp, softmax
from digitcnn.inference.foreign import Served
from digitcnn.inference.litert import Raw
from digitcnn.runs import lock, store
from digitcnn.runs.card import PAPERS, PIXELS, Foreign
from digitcnn.runs.run import EVALUATION, FOREIGN_LITERT, FOREIGN_ONNX, HISTORY, Run
from digitcnn.system import durable, extras
from digitcnn.training import keras_file
from digitcnn.training.evaluate import REFUSED, positions

KINDS = (".keras", ".h5", ".hdf5", ".tflite", ".onnx")

_N_TRIED, _N_CALIBRATED = 300, 2_000
_LEAST_ACCURACY = 0.5  # in the best layout: below it, none was found
_CHUNK = 64
_CONVERSION_S = 600
_LIMIT_MB = 500


class NotTaken(DigitcnnError):
    """A file that no run can be made of."""


@dataclass(frozen=True)
class _Known:
    """Digits that a foreign network is tried, calibrated and evaluated on."""

    name: str
    dataset: str
    validation: Digits
    test: Digits


def add(
    path: Path,
    home: Path,
    name: str = "",
    pixels: str | None = None,
    paper: str | None = None,
    mnist_path: Path | None = None,
) -> Run:
    """Makes a run of a network that was made elsewhere; it is then the one in use.

    Args:
        path: a ``.keras``, ``.h5``, ``.tflite`` or ``.onnx`` file.
        home: the home folder.
        name: what people call the run; by default the file's name.
        pixels: one of :data:`digitcnn.runs.card.PIXELS`; found out by trying if ``None``.
        paper: ``"dark"`` or ``"light"``; found out if ``None``.
        mnist_path: where MNIST is, if it is known. Without MNIST the network is tried and evaluated
            on synthetic handwriting.

    Raises:
        NotTaken: another kind of file, or one that reads no digits however it is asked.
        RefusedModel: a Keras file with code in it.
        UnreadableModel: it can't be served here.
        MissingExtra: what makes runs is not installed.
        TrainingRunning: a training holds the home folder.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    extras.require("train", "Adding a network")
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise NotTaken(f"{path.name} is of no kind that is taken: {', '.join(KINDS)}.")
    if not path.is_file():
        raise NotTaken(f"There is no file {path}.")
    if path.stat().st_size > _LIMIT_MB * 1_000_000:
        raise NotTaken(f"{path.name} is larger than {_LIMIT_MB} MB, the most that is taken.")
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:40] or "network"
    with lock.hold(home):
        folder = store.new_training(home, stem)
        try:
            return _add(path, kind, folder, home, name or path.stem, (pixels, paper), mnist_path)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _add(
    path: Path,
    kind: str,
    folder: Path,
    home: Path,
    name: str,
    told: tuple[str | None, str | None],
    mnist_path: Path | None,
) -> Run:
    made: dict[str, Any] = {"layers": [], "parameters": 0}
    file = FOREIGN_ONNX if kind == ".onnx" else FOREIGN_LITERT
    with durable.writing(folder):
        if kind in (".tflite", ".onnx"):
            shutil.copy(path, folder / file)
        else:
            keras_file.check(path)
            made = _converted(path, folder / file)
    served = Served((folder / file).read_bytes(), file)
    known = _digits(mnist_path, home)
    layout = _found_out(served, file, told, known.validation[:_N_TRIED], path.name)
    raw = served.raw(layout)
    logits = _asked(raw, known.validation)
    temperature = calibration.temperature(logits, known.validation.labels)
    threshold = float(np.quantile(free_energy(logits), REFUSED))
    logits = _asked(raw, known.test)
    evaluation = Evaluation(
        known.name,
        known.test.labels,
        softmax(logits.astype(np.float64) / temperature).astype(np.float32),
        logits.astype(np.float16),
        positions(logits, 0),
    )
    with durable.writing(folder):
        evaluation.save(folder / EVALUATION)
        (folder / HISTORY).write_text(json.dumps({"epochs": [], "batches": {}}), encoding="utf-8")
    card = {
        "id": folder.name,
        "name": _printable(name),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "network": _printable(path.stem),
        "parameters": made["parameters"],
        "layers": made["layers"],
        "recipe": {"name": "made elsewhere", "dataset": known.dataset, "tta": False},
        "seconds": 0.0,
        "metrics": {
            "test_refused": float(np.mean(free_energy(logits) < threshold)),
            **{f"test_{key}": figure for key, figure in evaluation.figures().items()},
        },
        "calibration": {"temperature": temperature, "digit_threshold": threshold},
        "dataset": {
            "name": known.name,
            "fingerprint": fingerprint(known.test),
            "n_validation": len(known.validation),
            "n_test": len(known.test),
        },
        "foreign": asdict(layout),
        "versions": {"digitcnn": __version__, "python": platform.python_version()},
    }
    return store.publish(folder, home, card)


def _printable(name: str) -> str:
    return "".join(c for c in name if c.isprintable()).strip()[:80] or "network"


def _converted(path: Path, target: Path) -> dict[str, Any]:
    """Layers and number of parameters of a Keras file, which becomes a LiteRT model."""
    command = [sys.executable, "-m", keras_file.__name__, str(path.absolute()), str(target)]
    root = Path(__file__).resolve().parents[2]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=_CONVERSION_S, env=quiet
        )
    except subprocess.TimeoutExpired as error:
        raise NotTaken(f"Converting {path.name} took longer than {_CONVERSION_S} s.") from error
    if done.returncode or not target.is_file():
        last = (done.stderr.strip().splitlines() or ["its process ended"])[-1][:300]
        raise NotTaken(f"{path.name} can't be converted: {last}")
    made: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return made


def _digits(mnist_path: Path | None, home: Path) -> _Known:
    path = mnist.find(mnist_path, home)
    if path is None:
        return _Known(
            "handwriting",
            "handwriting",
            handwriting.digits(_N_CALIBRATED, handwriting.TEST_SEED + 1),
            handwriting.digits(handwriting.N_TEST, handwriting.TEST_SEED),
        )
    training = mnist.load_part(path, "train")
    validation = mnist.split(training, _N_CALIBRATED)[1]
    return _Known("MNIST test", "mnist", validation, mnist.load_part(path, "test"))


def _found_out(
    served: Served, file: str, told: tuple[str | None, str | None], tried: Digits, name: str
) -> Foreign:
    """The layout in which the network reads digits best."""
    ranges = [told[0]] if told[0] else PIXELS
    papers = [told[1]] if told[1] else PAPERS
    best: tuple[float, float] = (-1.0, 0.0)
    found = None
    for pixels, paper, transposed in product(ranges, papers, (False, True)):
        layout = Foreign(file, pixels, paper, transposed, "logits")
        said = _asked(served.raw(layout), tried)
        if not np.isfinite(said).all():
            continue
        if said.min() >= 0 and said.max() <= 1.001:
            layout = Foreign(file, pixels, paper, transposed, "probabilities")
            said = np.log(np.maximum(said, 1e-7))
        accuracy = float(np.mean(said.argmax(axis=1) == tried.labels))
        rows = np.arange(len(tried))
        loss = float(np.mean(log_sum_exp(said) - said[rows, tried.labels]))
        if (round(accuracy, 2), -loss) > best:
            best, found = (round(accuracy, 2), -loss), layout
    if found is None or best[0] < _LEAST_ACCURACY:
        raise NotTaken(
            f"{name} reads {max(best[0], 0):.0%} of {len(tried)} digits, however its pixels are "
            "given (0 to 255, 0 to 1, -1 to 1, standardized; dark or light paper; transposed). "
            "It may be trained on something else, or have other labels."
        )
    return found


def _asked(raw: Raw, digits: Digits) -> np.ndarray:
    chunks = [
        raw(digits.images[start : start + _CHUNK].astype(np.float32))[0]
        for start in range(0, len(digits), _CHUNK)
    ]
    return np.concatenate(chunks)
