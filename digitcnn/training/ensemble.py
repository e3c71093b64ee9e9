"""Runs → a run whose network is all of theirs together: the mean of their logits.

The whole is calibrated on validation digits that none of them has learned, and evaluated once on
the test digits, as a training is.
"""

import json
import os
import platform
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitcnn import __version__
from digitcnn.data import joined
from digitcnn.data.digits import fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.inference.litert import Raw, serving_network
from digitcnn.inference.members import Heads
from digitcnn.inference.recognizer import with_tta
from digitcnn.models.networks import N_CLASSES
from digitcnn.models.recipes import Recipe
from digitcnn.runs import cancellation, lock, store
from digitcnn.runs.card import FEWEST_MEMBERS, MOST_MEMBERS, Member
from digitcnn.runs.progress import Progress
from digitcnn.runs.run import EVALUATION, HISTORY, MEMBERS, MODEL, SERVING_MODEL, Run
from digitcnn.system import durable, extras, npz
from digitcnn.training.comparison import held_back_by_both
from digitcnn.training.dataset import SPLIT_SEED, Dataset, gather
from digitcnn.training.evaluate import TestResult, result

if TYPE_CHECKING:
    import keras

NETWORK = "ensemble"

_MOST_LAYERS = 200  # that a card holds
_FEWEST_VALIDATION = 100  # digits, to calibrate on
_N_PARITY, _N_PARITY_MAPS = 1_000, 100
_TOLERANCE = 1e-3  # between two logits
_CHUNK = 64

Watch = Callable[[str], None]


class NoEnsemble(DigitcnnError):
    """Runs that can't be put together; the message says why."""


def make(
    run_ids: Sequence[str],
    home: Path,
    name: str = "",
    mnist_path: Path | None = None,
    use: bool = False,
    watch: Watch = lambda doing: None,
) -> Run:
    """Makes one run of several.

    It holds all that it needs: its members may be removed afterwards.

    Args:
        run_ids: the members' ids.
        home: the home folder.
        name: what people call the run; by default what it is, and when it was made.
        mnist_path: where MNIST is, if it is known.
        use: whether it is the one in use from then on.
        watch: called with what is done next.

    Raises:
        NoEnsemble: they are too few or too many, of unlike kinds, or of other digits.
        UnknownRun, DamagedRun, NewerRun: see :func:`digitcnn.runs.store.find_run`.
        RunInTheWay: the name is longer than 80 characters.
        MissingExtra: what makes runs is not installed.
        TrainingRunning: a training holds the home folder.
        DataSetUnavailable, WrongMnist, WrongDigits: see :func:`digitcnn.data.joined.halves`.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
        KeyboardInterrupt: it was cancelled; its folder is gone.
    """
    extras.require("train", "Making an ensemble")
    runs = members(run_ids, home)
    name = store.proper_name(name) if name else ""
    with lock.hold(home):
        folder = store.new_training(home, NETWORK)
        progress = Progress(
            folder.name,
            os.getpid(),
            host=socket.gethostname(),
            recipe={"network": NETWORK, "name": _recipe_name(runs)},
            started=time.time(),
        )

        def tell(state: str, doing: str) -> None:
            progress.state, progress.doing = state, doing
            progress.write(folder)
            if doing:
                watch(doing)

        try:
            with cancellation.heeded(folder):
                return _make(runs, folder, home, name, mnist_path, use, tell)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def members(run_ids: Sequence[str], home: Path) -> list[Run]:
    """The runs of these ids, if an ensemble can be made of them; errors are those of :func:`make`.

    Whether none has learned the validation digits of another is known only with the digits.
    """
    if len(run_ids) < FEWEST_MEMBERS:
        raise NoEnsemble(
            "An ensemble has two runs or more. Name another one: python -m digitcnn runs lists "
            "them."
        )
    if len(run_ids) > MOST_MEMBERS:
        raise NoEnsemble(
            f"An ensemble has {MOST_MEMBERS} runs at most, as each makes every reading slower; "
            f"these are {len(run_ids)}."
        )
    twice = [run_id for run_id in run_ids if list(run_ids).count(run_id) > 1]
    if twice:
        raise NoEnsemble(f"{twice[0]} is named twice; an ensemble has different runs.")
    runs = [store.find_run(home, run_id) for run_id in run_ids]
    for run in runs:
        if run.card.members:
            own = ", ".join(member.id for member in run.card.members)
            raise NoEnsemble(f"{run.id} is an ensemble itself; name its networks instead: {own}.")
        if run.card.foreign is not None:
            raise NoEnsemble(
                f"{run.id} was made elsewhere and takes its input in another way; only networks "
                "that were trained here can be put together."
            )
    first, *others = runs
    for run in others:
        if run.card.dataset.fingerprint != first.card.dataset.fingerprint:
            raise NoEnsemble(
                f"{run.id} was evaluated on {run.card.test_name}, {first.id} on "
                f"{first.card.test_name}; an ensemble's runs share their test digits."
            )
    if len({run.card.checksum for run in runs}) < len(runs):
        raise NoEnsemble("Two of these runs are copies of one; an ensemble has different runs.")
    n_layers = sum(len(run.card.layers) for run in runs)
    if n_layers > _MOST_LAYERS - FEWEST_MEMBERS:
        raise NoEnsemble(
            f"Together these runs have {n_layers} layers, and {_MOST_LAYERS - FEWEST_MEMBERS} is "
            "the most that one run holds; leave one of them out."
        )
    return runs


@dataclass(frozen=True, eq=False)
class _Outputs:
    """What the networks say to digits.

    Attributes:
        members: float32 (n, n_members, 10), logits.
        embeddings: float32 (n, d).
    """

    members: NDArray[np.float32]
    embeddings: NDArray[np.float32]

    @property
    def logits(self) -> NDArray[np.float32]:
        """The mean over the members: float32 (n, 10)."""
        mean: NDArray[np.float32] = self.members.mean(axis=1)
        return mean

    @property
    def read(self) -> NDArray[np.uint8]:
        """What each member reads: uint8 (n, n_members)."""
        best: NDArray[np.int64] = self.members.argmax(axis=2)
        return best.astype(np.uint8)


def _make(
    runs: list[Run],
    folder: Path,
    home: Path,
    name: str,
    mnist_path: Path | None,
    use: bool,
    tell: Callable[[str, str], None],
) -> Run:
    tell("loading", "Looking for the digits")
    dataset = _digits(runs, home, mnist_path)
    tell("exporting", "Putting the networks together")
    models = [_model(run) for run in runs]
    heads, parity, n_stages = _compile(models, runs, folder, dataset)
    tta = any(run.recipe.get("tta") for run in runs)
    raw = heads.asked(serving_network((folder / SERVING_MODEL).read_bytes()))
    raw = with_tta(raw) if tta else raw
    tell("evaluating", f"Calibrating on {len(dataset.validation):,} validation digits")
    validation = _asked(raw, dataset.validation.images, len(runs))
    tell("evaluating", f"Evaluating on {len(dataset.test):,} test digits")
    test = _asked(raw, dataset.test.images, len(runs))
    found = _result(validation, test, dataset, models[0])
    with durable.writing(folder):
        found.evaluation.save(folder / EVALUATION)
        (folder / HISTORY).write_text(json.dumps({"epochs": [], "batches": {}}), encoding="utf-8")
    right = validation.logits.argmax(axis=1) == dataset.validation.labels
    card = {
        "id": folder.name,
        "name": name or folder.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "network": NETWORK,
        "parameters": sum(run.card.parameters for run in runs),
        "layers": _layers(runs),
        "recipe": {"name": _recipe_name(runs), "dataset": _asked_for(runs[0]), "tta": tta},
        "seconds": round(sum(run.seconds for run in runs), 1),
        "metrics": {
            "validation_accuracy": float(right.mean()),
            "test_refused": found.refused,
            **{f"test_{key}": figure for key, figure in found.evaluation.figures().items()},
        },
        "calibration": {
            "temperature": found.temperature,
            "digit_threshold": found.digit_threshold,
        },
        "dataset": {
            "name": dataset.name,
            "fingerprint": fingerprint(dataset.test),
            "n_training": runs[0].card.dataset.n_training,
            "n_validation": len(dataset.validation),
            "n_test": len(dataset.test),
            "split_seed": SPLIT_SEED,
        },
        "datasets": [
            {**asdict(part), "test_accuracy": accuracy}
            for part, accuracy in zip(dataset.parts, found.by_part, strict=True)
        ],
        **parity,
        "members": [asdict(_member(run, n)) for run, n in zip(runs, n_stages, strict=True)],
        "versions": {"digitcnn": __version__, "python": platform.python_version()},
    }
    tell("done", "")
    return store.publish(folder, home, card, takes_over=use)


def _recipe_name(runs: list[Run]) -> str:
    return f"ensemble of {len(runs)}"


def _asked_for(run: Run) -> str:
    return str(run.recipe.get("dataset", "mnist"))


def _digits(runs: list[Run], home: Path, mnist_path: Path | None) -> Dataset:
    """Test digits of all, and validation digits that none has learned.

    The split is the same for every training, so a smaller choice of validation digits is part of
    every larger one; only earlier versions split otherwise.
    """
    asked = _asked_for(runs[0])
    recipe = Recipe(
        NETWORK,
        dataset=asked,
        validation=min(int(run.recipe.get("validation", 5_000)) for run in runs),
        handwriting=1,  # of handwriting alone a data set needs some
    )
    dataset = gather(recipe, joined.halves(asked, home, mnist_path))
    for run in runs:
        if fingerprint(dataset.test) != run.card.dataset.fingerprint:
            raise NoEnsemble(
                f"The test digits of {run.id} are not those that {asked} has on this machine; "
                "train it again here."
            )
        if _splits_alike(run, asked):
            continue
        free = held_back_by_both(run, dataset)
        if not free.all():
            raise NoEnsemble(
                f"{run.id} has learned {int((~free).sum()):,} of the {len(free):,} digits that the "
                "others held back, so nothing is left to calibrate all of them on fairly; train it "
                "again with this version."
            )
    if len(dataset.validation) < _FEWEST_VALIDATION:
        raise NoEnsemble(
            f"There are {len(dataset.validation)} validation digits; to calibrate an ensemble, "
            f"{_FEWEST_VALIDATION} are needed."
        )
    return dataset


def _splits_alike(run: Run, asked: str) -> bool:
    return _asked_for(run) == asked and run.card.dataset.split_seed == SPLIT_SEED


def _model(run: Run) -> "keras.Model":
    import keras

    run.content(MODEL)  # Keras reads the file itself; this verifies it.
    try:
        return keras.saving.load_model(run.folder / MODEL, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises all kinds for a file that is not its own.
        raise NoEnsemble(f"The network of {run.id} can't be read ({error}).") from error


def _compile(
    models: "list[keras.Model]", runs: list[Run], folder: Path, dataset: Dataset
) -> tuple[Heads, dict[str, float], list[int]]:
    """Writes the joined network in every form; gives its heads, parity, and stages by member."""
    from digitcnn.training import convert, joined_model

    model, heads = joined_model.joined(models), joined_model.heads(models)
    model.save(folder / MODEL)
    check = dataset.validation.images[:_N_PARITY]
    parity = {
        "parity": convert.export(model, folder / SERVING_MODEL, check),
        "parity_maps": convert.export_maps(model, folder, check[:_N_PARITY_MAPS]),
    }
    with durable.writing(folder):
        npz.write(folder / MEMBERS, heads.arrays(), compressed=False)
    images = check[:_N_PARITY_MAPS].astype(np.float32)
    own = [serving_network(run.content(SERVING_MODEL))(images)[0] for run in runs]
    together, _ = serving_network((folder / SERVING_MODEL).read_bytes())(images)
    difference = float(np.abs(together - np.mean(own, axis=0)).max())
    if not difference <= _TOLERANCE:
        raise NoEnsemble(
            f"The networks together differ from the mean of each by {difference:.1e}, more than "
            f"{_TOLERANCE:.0e}; nothing was kept. Install requirements.txt again."
        )
    return heads, {**parity, "parity_members": difference}, [convert.n_stages(m) for m in models]


def _asked(raw: Raw, images: NDArray[np.uint8], n_members: int) -> _Outputs:
    chunks = [
        raw(images[start : start + _CHUNK].astype(np.float32))
        for start in range(0, len(images), _CHUNK)
    ]
    logits, embeddings = (np.concatenate(part) for part in zip(*chunks, strict=True))
    return _Outputs(logits.reshape(len(images), n_members, N_CLASSES), embeddings)


def _result(
    validation: _Outputs, test: _Outputs, dataset: Dataset, first: "keras.Model"
) -> TestResult:
    from digitcnn.training import convert

    found = result(
        validation.logits,
        (test.logits, test.embeddings),
        dataset,
        0,
        # Which labels are doubtful is asked of the first network's maps: of all they would take
        # hundreds of MB.
        lambda images: convert.last_maps(first, images),
    )
    return replace(found, evaluation=replace(found.evaluation, members=test.read))


def _layers(runs: list[Run]) -> list[dict[str, Any]]:
    """The members' layers, each up to its logits; then their mean."""
    rows = [
        {
            "layer": f"{number}: {layer.text}"[:200],
            "shape": list(layer.shape),
            "parameters": layer.parameters,
        }
        for number, run in enumerate(runs, 1)
        for layer in run.card.layers
        if layer.text != "Softmax"
    ]
    mean = f"Mean of the logits of {len(runs)} networks"
    return [
        *rows,
        {"layer": mean, "shape": [N_CLASSES], "parameters": 0},
        {"layer": "Softmax", "shape": [N_CLASSES], "parameters": 0},
    ]


def _member(run: Run, n_stages: int) -> Member:
    return Member(
        run.id,
        run.name,
        run.network,
        str(run.recipe.get("name", "")),
        run.card.parameters,
        run.test_accuracy,
        run.card.calibration.temperature,
        n_stages,
        run.card.checksum,
    )
