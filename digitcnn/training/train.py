"""Recipe → run. The trainer process: the only one that imports TensorFlow.

Digits are found or made, a network is fitted to them, calibrated on the validation digits, compiled
to LiteRT, examined once on the test digits, and published. On the way there it tells its progress.
"""

import contextlib
import functools
import json
import os
import platform
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn import __version__
from digitcnn.data import mnist
from digitcnn.data.digits import fingerprint
from digitcnn.data.stroke_model import SHIPPED
from digitcnn.errors import DigitcnnError
from digitcnn.models import networks
from digitcnn.models.recipes import Recipe
from digitcnn.runs import cancellation, lock, store
from digitcnn.runs.progress import Progress
from digitcnn.runs.run import EVALUATION, HISTORY, MODEL, SAMPLES, SERVING_MODEL
from digitcnn.system import durable, extras
from digitcnn.system.download import in_tenths
from digitcnn.training.dataset import gather
from digitcnn.training.evaluate import examine

_N_PARITY, _N_PARITY_MAPS = 1_000, 100
_TEMPORARY = ".tmp"

Watch = Callable[[Progress], None]


class TrainingFailed(DigitcnnError):
    """A training that ended without a run, for a reason that is none of ours."""


def train(
    recipe: Recipe,
    home_folder: Path,
    mnist_path: Path | None = None,
    watch: Watch = lambda p: None,
    stroke_model: Path = SHIPPED,
) -> store.Run:
    """Trains a network and publishes the run, which is then the one in use.

    Args:
        recipe: what decides.
        home_folder: where the run goes; one training at a time.
        mnist_path: where MNIST is, if it is known.
        watch: called whenever the progress has changed.
        stroke_model: what learned digits and letters are drawn from, if the recipe asks for any.

    Raises:
        MissingExtra: TensorFlow is not installed.
        TrainingGoesOn: another training holds the home folder.
        MnistUnavailable, WrongMnist: see :mod:`digitcnn.data.mnist`.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
        UnreadableArchive, WrongStrokeModel: see :func:`digitcnn.data.stroke_model.load`.
        TrainingFailed: not enough memory.
        KeyboardInterrupt: the training was cancelled; its folder is gone.
    """
    extras.require("train", "Training")
    with lock.hold(home_folder):
        for folder in store.folders(home_folder / "training"):
            shutil.rmtree(folder, ignore_errors=True)  # left by trainings that were interrupted
        folder = store.new_training(home_folder, f"{recipe.network}-{recipe.name}")
        progress = Progress(
            folder.name,
            os.getpid(),
            host=socket.gethostname(),
            recipe=recipe.to_dict(),
            started=time.time(),
        )

        def tell() -> None:
            progress.write(folder)
            watch(progress)

        try:
            tell()
            with cancellation.heeded(folder), _temporary_files_in(folder):
                return _train(recipe, home_folder, mnist_path, folder, progress, tell, stroke_model)
        except KeyboardInterrupt:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        except Exception as error:
            if not isinstance(error, DigitcnnError) and durable.says_full(error):
                error = durable.disk_full(home_folder)
            elif isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
                error = TrainingFailed("There is not enough memory; choose a smaller batch.")
            progress.state, progress.reason = "failed", str(error)
            if not isinstance(error, DigitcnnError):
                progress.reason = f"Something unforeseen happened: {error}. The log says where."
            with contextlib.suppress(DigitcnnError):
                tell()
            raise error


def _train(
    recipe: Recipe,
    home_folder: Path,
    mnist_path: Path | None,
    folder: Path,
    progress: Progress,
    tell: Callable[[], None],
    stroke_model: Path,
) -> store.Run:
    def enter(state: str, doing: str) -> None:
        progress.state, progress.doing = state, doing
        tell()

    enter("loading", "Looking for the digits")
    digits = None
    if recipe.dataset == "mnist":
        path = mnist.find(mnist_path, home_folder)
        if path is None:
            enter("loading", "Downloading MNIST")
            path = mnist.download(home_folder, in_tenths(partial(enter, "loading"), "MNIST"))
        digits = mnist.load(path)
    began = time.monotonic()
    enter("loading", "Making up handwriting")
    material = gather(recipe, digits, stroke_model)
    enter("loading", "Starting TensorFlow")
    from digitcnn.training import convert, exporting_maps, fit
    from digitcnn.training.samples import samples_png

    with durable.writing(folder):
        (folder / SAMPLES).write_bytes(samples_png(recipe, material.training))
    model = fit.fit(
        recipe, material.training, material.nondigits, material.validation, progress, tell
    )
    seconds = time.monotonic() - began

    enter("exporting", "Compiling the network")
    model.save(folder / MODEL)
    check = material.validation.images[:_N_PARITY]
    parity = convert.export(model, folder / SERVING_MODEL, check)
    parity_maps = exporting_maps.export_maps(model, folder, check[:_N_PARITY_MAPS])

    enter("evaluating", "Examining it on the test digits")
    exam = examine(
        (folder / SERVING_MODEL).read_bytes(),
        material,
        recipe,
        functools.partial(exporting_maps.last_maps, model),
    )
    with durable.writing(folder):
        exam.evaluation.save(folder / EVALUATION)
        (folder / HISTORY).write_text(json.dumps(progress.history), encoding="utf-8")

    epochs = progress.history["epochs"]
    card = {
        "id": folder.name,
        "name": folder.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "network": recipe.network,
        "parameters": networks.parameters(recipe.network),
        "layers": networks.layer_table(recipe.network),
        "recipe": recipe.to_dict(),
        "seconds": round(seconds, 1),
        "metrics": {
            "validation_accuracy": max(row["val_accuracy"] for row in epochs),
            "test_refused": exam.refused,
            **{f"test_{name}": figure for name, figure in exam.evaluation.figures().items()},
        },
        "calibration": {
            "temperature": exam.temperature,
            "digit_threshold": exam.digit_threshold,
        },
        "dataset": {
            "name": material.name,
            "fingerprint": fingerprint(material.test),
            "n_training": len(material.training),
            "n_nondigits": len(material.nondigits),
            "n_validation": len(material.validation),
            "n_test": len(material.test),
        },
        "parity": parity,
        "parity_maps": parity_maps,
        "versions": _versions(),
    }
    shutil.rmtree(folder / _TEMPORARY, ignore_errors=True)
    progress.state, progress.doing = "done", ""
    progress.write(folder)
    return store.publish(folder, home_folder, card)


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Keeps what the compilers put aside below ``folder``: it goes with it, even after a kill."""
    with durable.writing(folder):
        (folder / _TEMPORARY).mkdir()
    before, tempfile.tempdir = tempfile.tempdir, str(folder / _TEMPORARY)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _versions() -> dict[str, Any]:
    import keras
    import tensorflow

    return {
        "digitcnn": __version__,
        "python": platform.python_version(),
        "tensorflow": tensorflow.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }
