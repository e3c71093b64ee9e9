"""Recipe → run. The trainer process: the only one that imports TensorFlow.

Digits are found or made, a network is fitted to them, calibrated on the validation digits, compiled
to LiteRT, evaluated once on the test digits, and published. On the way there it tells its progress.
"""

import contextlib
import importlib
import json
import os
import platform
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitcnn import __version__
from digitcnn.data import correction_folder, datasets, joined
from digitcnn.data.corrected import Corrections, assign
from digitcnn.data.corrections import CorrectionSet
from digitcnn.data.digits import fingerprint
from digitcnn.data.joined import Halves
from digitcnn.data.stroke_model import SHIPPED
from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models import description, networks
from digitcnn.models.recipes import Recipe
from digitcnn.runs import cancellation, comparison, kept_corrections, lock, origin, store
from digitcnn.runs.progress import TEMPORARY, Progress
from digitcnn.runs.run import EVALUATION, HISTORY, MODEL, SAMPLES, SERVING_MODEL, Run
from digitcnn.system import durable, extras
from digitcnn.system.download import in_tenths
from digitcnn.training.comparison import compare
from digitcnn.training.dataset import NO_CORRECTIONS, SPLIT_SEED, Dataset, gather
from digitcnn.training.evaluate import TestResult, evaluate, served

if TYPE_CHECKING:
    import keras

    from digitcnn.training.moments import Snapshots

_N_PARITY, _N_PARITY_MAPS = 1_000, 100

Watch = Callable[[Progress], None]


class TrainingFailed(DigitcnnError):
    """A training that ended without a run, for a reason that is none of ours."""


def train(
    recipe: Recipe,
    home_folder: Path,
    mnist_path: Path | None = None,
    watch: Watch = lambda p: None,
    stroke_model: Path = SHIPPED,
    use: bool = False,
    name: str = "",
) -> Run:
    """Trains a network and publishes the run.

    It is the one in use from then on if it reads at least as well as the one in use before; see
    :mod:`digitcnn.runs.comparison`, whose ``of_run`` tells what came of it.

    Args:
        recipe: what decides.
        home_folder: where the run goes; one training at a time.
        mnist_path: where MNIST is, if it is known.
        watch: called whenever the progress has changed.
        stroke_model: what learned digits and letters are drawn from, if the recipe asks for any.
        use: it is to be the one in use, however well it reads.
        name: the run's, for people; by default what it was trained with, and when.

    Raises:
        MissingExtra: TensorFlow is not installed.
        RunInTheWay: the name is longer than 80 characters.
        UnknownRun, DamagedRun, UnfitRun: see :mod:`digitcnn.runs.origin`.
        TrainingRunning: another training holds the home folder.
        DataSetUnavailable, WrongMnist, WrongDigits: see :func:`digitcnn.data.joined.halves`.
        UnknownSet, WrongCorrections: see :func:`digitcnn.data.correction_folder.find` and
            :func:`digitcnn.data.corrected.assign`.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
        UnreadableArchive, WrongStrokeModel: see :func:`digitcnn.data.stroke_model.load`.
        TrainingFailed: not enough memory.
        KeyboardInterrupt: the training was cancelled; its folder is gone.
    """
    extras.require("train", "Training")
    name = store.proper_name(name) if name else ""
    start, teacher = origin.to_start_from(recipe, home_folder), origin.teacher(recipe, home_folder)
    # By their ids, whatever they were asked for by.
    recipe = replace(
        recipe, from_run=start.id if start else "", teacher=teacher.id if teacher else ""
    )
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
                training = _Training(
                    recipe, home_folder, folder, progress, tell, use, name, start, teacher
                )
                return _train(training, mnist_path, stroke_model)
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


@dataclass(frozen=True, eq=False)
class _Training:
    """What all steps of one training share.

    Attributes:
        recipe: what decides.
        home_folder: where the run goes.
        folder: where it is made.
        progress: what those who watch are told.
        tell: tells them.
        use: whether the run is to be the one in use, however well it reads.
        name: the run's, for people; empty for none of its own.
        start: the run whose weights it starts from, if any.
        teacher: the run that is learned from beside the labels, if any.
    """

    recipe: Recipe
    home_folder: Path
    folder: Path
    progress: Progress
    tell: Callable[[], None]
    use: bool
    name: str
    start: Run | None
    teacher: Run | None

    def enter(self, state: str, doing: str) -> None:
        """Says what is done next."""
        self.progress.state, self.progress.doing = state, doing
        self.tell()


def _train(training: _Training, mnist_path: Path | None, stroke_model: Path) -> Run:
    # Before anything is downloaded: a name that is wrong is said at once.
    asked = correction_folder.find_all(training.recipe.corrections, training.home_folder)
    sets = _find_digits(training, mnist_path)
    corrections = _assign(training, asked, sets)
    began, began_cpu = time.monotonic(), _cpu_seconds()
    dataset = _gather(training, sets, stroke_model, corrections)
    model, snapshots = _fit(training, dataset)
    seconds, cpu_seconds = time.monotonic() - began, _cpu_seconds() - began_cpu
    parity = _export(training, dataset, model)
    result = _evaluate(training, dataset, model)
    _keep_moments(training, dataset, model, snapshots, result)
    takes_over = _compare(training, dataset, result)
    return _publish(
        training, dataset, result, (seconds, cpu_seconds), parity, takes_over, corrections
    )


def _cpu_seconds() -> float:
    """Processor's time of this process so far, and of those that it waited for."""
    return sum(os.times()[:4])


def _find_digits(training: _Training, mnist_path: Path | None) -> list[Halves]:
    training.enter("loading", "Looking for the digits")
    asked, home = training.recipe.dataset, training.home_folder
    for name in joined.missing(asked, home, mnist_path):
        title = "MNIST" if name == "mnist" else name
        training.enter("loading", f"Downloading {title}")
        datasets.get(name, home, in_tenths(partial(training.enter, "loading"), title))
    return joined.halves(asked, home, mnist_path)


def _assign(training: _Training, asked: Sequence[CorrectionSet], sets: list[Halves]) -> Corrections:
    """What the correction sets say of the digits; the run keeps them, whatever they become."""
    if not asked:
        return NO_CORRECTIONS
    training.enter("loading", "Putting labels right")
    corrections = assign(asked, sets)
    with durable.writing(training.folder):
        (training.folder / kept_corrections.FILENAME).write_bytes(
            kept_corrections.to_bytes(corrections)
        )
    return corrections


def _gather(
    training: _Training, sets: list[Halves], stroke_model: Path, corrections: Corrections
) -> Dataset:
    training.enter("loading", "Making up handwriting")
    return gather(
        training.recipe, sets, stroke_model, corrections, partial(_start_tensorflow, training)
    )


def _start_tensorflow(training: _Training) -> None:
    training.enter("loading", "Starting TensorFlow")
    importlib.import_module("digitcnn.training.fit")


def _fit(training: _Training, dataset: Dataset) -> "tuple[keras.Model, Snapshots]":
    from digitcnn.training import fit, hard_digits, keras_file
    from digitcnn.training.moments import Snapshooter, Snapshots
    from digitcnn.training.samples import samples_png

    in_use = _in_use(training.home_folder)
    reader = None if in_use is None else in_use[1]
    hard = hard_digits.HardDigits(
        hard_digits.choose(dataset.validation, reader), reader, training.folder, training.progress
    )
    with durable.writing(training.folder):
        (training.folder / SAMPLES).write_bytes(samples_png(training.recipe, dataset.training))
    recipe, snapshots = training.recipe, Snapshots()
    model = fit.fit(
        recipe,
        dataset.training,
        dataset.nondigits,
        dataset.validation,
        training.progress,
        training.tell,
        partial(cancellation.finish_asked, training.folder),
        hard.after_epoch,
        [Snapshooter(snapshots, recipe.epochs, bool(recipe.ema_momentum))],
        None if training.start is None else keras_file.weights(training.start),
        None if training.teacher is None else Recognizer(training.teacher).logits,
    )
    return model, snapshots


def _in_use(home_folder: Path) -> tuple[Run, Recognizer] | None:
    """The run in use and its network; ``None`` if none can be read."""
    try:
        run, _ = store.current_run(home_folder)
        return run, Recognizer(run)
    except DigitcnnError:
        return None


def _export(training: _Training, dataset: Dataset, model: "keras.Model") -> dict[str, float]:
    """Compiles the network, and gives how far that is from the trained one."""
    from digitcnn.training import convert

    training.enter("exporting", "Compiling the network")
    model.save(training.folder / MODEL)
    check = dataset.validation.images[:_N_PARITY]
    return {
        "parity": convert.export(model, training.folder / SERVING_MODEL, check),
        "parity_maps": convert.export_maps(model, training.folder, check[:_N_PARITY_MAPS]),
    }


def _evaluate(training: _Training, dataset: Dataset, model: "keras.Model") -> TestResult:
    from digitcnn.training import convert

    training.enter("evaluating", "Evaluating on the test set")
    result = evaluate(
        (training.folder / SERVING_MODEL).read_bytes(),
        dataset,
        training.recipe,
        partial(convert.last_maps, model),
    )
    with durable.writing(training.folder):
        result.evaluation.save(training.folder / EVALUATION)
        history = json.dumps(training.progress.history)
        (training.folder / HISTORY).write_text(history, encoding="utf-8")
    return result


def _keep_moments(
    training: _Training,
    dataset: Dataset,
    model: "keras.Model",
    snapshots: "Snapshots",
    result: TestResult,
) -> None:
    from digitcnn.training import moments

    moments.keep(
        model,
        snapshots,
        dataset.test,
        result.temperature,
        training.folder,
        partial(training.enter, "evaluating"),
    )


def _compare(training: _Training, dataset: Dataset, result: TestResult) -> bool:
    """Whether the run is to be the one in use; what decides that goes into its folder."""
    training.enter("evaluating", "Comparing it with the network in use")
    known = _in_use(training.home_folder)
    if known is None:
        return True
    in_use, before = known
    serving_model = (training.folder / SERVING_MODEL).read_bytes()
    outputs = served(serving_model, training.recipe)
    found = compare(
        lambda images: outputs(images)[0].argmax(axis=1),
        lambda images: before.outputs(images).logits.argmax(axis=1),
        in_use,
        dataset,
        training.use,
        result.validation_predicted,
    )
    with durable.writing(training.folder):
        (training.folder / comparison.FILENAME).write_bytes(found.to_bytes())
    return found.takes_over


def _publish(
    training: _Training,
    dataset: Dataset,
    result: TestResult,
    seconds: tuple[float, float],
    parity: dict[str, float],
    takes_over: bool,
    corrections: Corrections,
) -> Run:
    recipe, folder, progress = training.recipe, training.folder, training.progress
    epochs = progress.history["epochs"]
    card = {
        "id": folder.name,
        "name": training.name or folder.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "network": recipe.network,
        "parameters": networks.parameters(recipe.architecture),
        "layers": networks.layer_table(recipe.architecture),
        "custom_network": description.described(recipe.custom) if recipe.custom else None,
        "recipe": recipe.to_dict(),
        "seconds": round(seconds[0], 1),
        "cpu_seconds": round(seconds[1], 1),  # of all cores; other work does not prolong it
        "metrics": {
            "validation_accuracy": max(row["val_accuracy"] for row in epochs),
            "test_refused": result.refused,
            **{f"test_{name}": figure for name, figure in result.evaluation.figures().items()},
        },
        "calibration": {
            "temperature": result.temperature,
            "digit_threshold": result.digit_threshold,
        },
        "dataset": {
            "name": dataset.name,
            "fingerprint": fingerprint(dataset.test),
            "n_training": len(dataset.training),
            "n_nondigits": len(dataset.nondigits),
            "n_validation": len(dataset.validation),
            "n_test": len(dataset.test),
            "split_seed": SPLIT_SEED,
        },
        "datasets": [
            {**asdict(part), "test_accuracy": accuracy}
            for part, accuracy in zip(dataset.parts, result.by_part, strict=True)
        ],
        "started_from": origin.entry(training.start),
        "frozen": networks.frozen_stages(recipe.architecture, recipe.freeze),
        "teacher": origin.entry(training.teacher),
        **parity,
        **kept_corrections.entries(corrections),
        "versions": _versions(),
    }
    shutil.rmtree(folder / TEMPORARY, ignore_errors=True)
    progress.state, progress.doing = "done", ""
    progress.write(folder)
    return store.publish(folder, training.home_folder, card, takes_over)


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Keeps what the compilers put aside below ``folder``: it goes with it, even after a kill."""
    with durable.writing(folder):
        (folder / TEMPORARY).mkdir()
    before, tempfile.tempdir = tempfile.tempdir, str(folder / TEMPORARY)
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
