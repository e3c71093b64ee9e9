"""Run → files that other programs read: Keras, LiteRT, TensorFlow Serving, ONNX; or a run to share.

Each file is put to the test before it is handed out: what it says to 100 digits must be what the
run says. For the command line; imports TensorFlow where a format needs it.
"""

import contextlib
import io
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.data import handwriting
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.logits import softmax
from digitcnn.inference import tta
from digitcnn.inference.litert import serving_network
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import MODEL, SAMPLES, SERVING_MODEL, Run, open_run, write_card
from digitcnn.system import durable

if TYPE_CHECKING:
    import keras

N_CHECKED = 100
TOLERANCE = 1e-5  # between two probabilities


class MissingConverter(DigitcnnError):
    """A format that needs a package that is not installed."""


class ExportDiffers(DigitcnnError):
    """An exported network whose outputs differ from the run's."""


class UnknownFormat(DigitcnnError):
    """An unknown export format."""


@dataclass(frozen=True)
class Export:
    """A file, or folder, that was exported.

    Attributes:
        format: one of ``FORMATS``.
        path: where it is.
        difference: the largest between one of its probabilities and the run's, on 100 digits.
    """

    format: str
    path: Path
    difference: float


@dataclass(frozen=True)
class _Format:
    """How to write a format, and how to ask what was written.

    Attributes:
        suffix: what comes after the run's id.
        write: makes the file or folder, from the run, at a path.
        ask: from what was written, and digits float32 (n, 28, 28), to probabilities (n, 10).
        needs: packages besides our own.
        bare: whether it is the network alone, asked about a digit in one view.
    """

    suffix: str
    write: Callable[[Run, Path], None]
    ask: Callable[[Run, Path, NDArray[np.float32]], Floats]
    needs: tuple[str, ...] = ()
    bare: bool = False


def export(run: Run, folder: Path, name: str) -> Export:
    """Writes a run's network in one format, and checks it on 100 digits.

    Args:
        run: the run.
        folder: where to; created if missing. What an earlier export left there is replaced.
        name: one of ``FORMATS``.

    Raises:
        UnknownFormat: there is no such format.
        MissingConverter: a package is not installed; the message says which.
        ExportDiffers: the file does not say what the run says; it is not kept.
        DamagedRun, UnreadableModel: see :mod:`digitcnn.inference.recognizer`.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    if name not in FORMATS:
        raise UnknownFormat(f"There is no format {name!r}; choose one of {', '.join(FORMATS)}.")
    chosen = FORMATS[name]
    if run.card.foreign is not None and name != "run":
        raise UnknownFormat(
            f"{run.name} was made elsewhere; {run.folder / run.card.foreign.file} is its network. "
            "Only --format run exports it."
        )
    for package in chosen.needs:
        _require(package, name)
    images = handwriting.digits(N_CHECKED, handwriting.TEST_SEED).images
    recognizer = Recognizer(run)
    expected: Floats = recognizer.outputs(images).probabilities
    if chosen.bare:
        expected = _calibrated(run, recognizer.logits(images).astype(np.float64))
    folder, target = Path(folder), Path(folder) / f"{run.id}{chosen.suffix}"
    with durable.writing(folder), _quiet():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as workshop:
            made = Path(workshop) / target.name
            chosen.write(run, made)
            said = chosen.ask(run, made, images.astype(np.float32))
            difference = float(np.abs(said - expected).max())
            if not difference <= TOLERANCE:
                raise ExportDiffers(
                    f"The {name} file differs from the run by {difference:.1e}, more than "
                    f"{TOLERANCE:.0e}; it was not kept. Install requirements.txt again."
                )
            if target.is_dir():
                shutil.rmtree(target)
            os.replace(made, target)
    return Export(name, target, difference)


def _copy(filename: str) -> Callable[[Run, Path], None]:
    def write(run: Run, path: Path) -> None:
        path.write_bytes(run.content(filename))

    return write


def _write_run(run: Run, path: Path) -> None:
    """The run folder without pictures of digits, which may be others' property."""
    path.mkdir()
    files = {name: checksum for name, checksum in run.card.files.items() if name != SAMPLES}
    for filename in files:
        (path / filename).write_bytes(run.content(filename))
    write_card(path, {**run.card.entries, "files": files})


def _write_saved_model(run: Run, path: Path) -> None:
    # TensorFlow Serving looks for a folder that is named by a version's number.
    _answering_model(run).export(path / "1", format="tf_saved_model", verbose=False)


def _write_onnx(run: Run, path: Path) -> None:
    _answering_model(run).export(path, format="onnx", verbose=False)


def _answering_model(run: Run) -> "keras.Model":
    """A Keras model with the run's calibrated ``probabilities``, and ``logits`` and ``embedding``.

    What the app does around the network, the views and the calibration, becomes part of it.
    """
    import keras

    run.content(MODEL)  # Keras reads the file itself; this verifies it.
    model = _load_keras(run.folder / MODEL)
    layer = model.get_layer("logits")
    logits, embedding = layer.output, layer.input
    if run.recipe.get("tta"):
        logits, embedding = _with_tta(keras.Model(model.input, [logits, embedding]))
    calibrate = keras.layers.Rescaling(1 / run.card.calibration.temperature, name="calibrate")
    outputs = {
        "probabilities": keras.layers.Softmax(name="calibrated")(calibrate(logits)),
        "logits": logits,
        "embedding": embedding,
    }
    answering = keras.Model(model.input, outputs)
    answering(np.zeros((1, 28, 28), np.float32))  # The ONNX converter wants it to have been used.
    return answering


def _with_tta(network: "keras.Model") -> tuple["keras.KerasTensor", "keras.KerasTensor"]:
    """As :func:`digitcnn.inference.recognizer.with_tta` does, within a Keras model."""
    from keras import ops

    pixels = ops.pad(ops.reshape(network.input, (-1, 28 * 28)), ((0, 0), (0, 1)))
    corners = ops.take(pixels, tta.SOURCES.ravel().astype("int32"), axis=1)
    weighed = ops.reshape(corners, (-1, *tta.WEIGHTS.shape)) * tta.WEIGHTS
    logits, embedding = network(ops.reshape(ops.sum(weighed, axis=-1), (-1, 28, 28)))
    logits = ops.mean(ops.reshape(logits, (-1, tta.N_VIEWS, logits.shape[-1])), axis=1)
    return logits, ops.reshape(embedding, (-1, tta.N_VIEWS, embedding.shape[-1]))[:, 0]


def _load_keras(path: Path) -> "keras.Model":
    import keras

    return keras.saving.load_model(path, compile=False, safe_mode=True)


def _ask_keras(run: Run, path: Path, images: NDArray[np.float32]) -> Floats:
    model = _load_keras(path)
    # model.keras is not calibrated. The logarithm of its probabilities is as good as its logits.
    probabilities = np.asarray(model(images, training=False), np.float64)
    return _calibrated(run, np.log(np.maximum(probabilities, 1e-300)))


def _ask_litert(run: Run, path: Path, images: NDArray[np.float32]) -> Floats:
    logits, _ = serving_network(path.read_bytes())(images)
    return _calibrated(run, logits.astype(np.float64))


def _ask_run(run: Run, path: Path, images: NDArray[np.float32]) -> Floats:
    return Recognizer(open_run(path)).outputs(images.astype(np.uint8)).probabilities


def _ask_saved_model(run: Run, path: Path, images: NDArray[np.float32]) -> Floats:
    import tensorflow as tf

    served = tf.saved_model.load(str(path / "1")).signatures["serving_default"]
    return np.asarray(served(digit_image=tf.constant(images))["probabilities"])


def _ask_onnx(run: Run, path: Path, images: NDArray[np.float32]) -> Floats:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {session.get_inputs()[0].name: images})
    return np.asarray(probabilities)


def _calibrated(run: Run, logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return softmax(logits / run.card.calibration.temperature)


FORMATS = {
    "keras": _Format(".keras", _copy(MODEL), _ask_keras, bare=True),
    "tflite": _Format(".tflite", _copy(SERVING_MODEL), _ask_litert, bare=True),
    "savedmodel": _Format("-savedmodel", _write_saved_model, _ask_saved_model),
    "onnx": _Format(".onnx", _write_onnx, _ask_onnx, ("tf2onnx", "onnxruntime")),
    "run": _Format("-run", _write_run, _ask_run),
}


def _require(package: str, name: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise MissingConverter(
            f"The {name} format needs packages that are not installed: "
            f"pip install {' '.join(FORMATS[name].needs)}"
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silences the converters."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
