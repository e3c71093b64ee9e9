"""Many trainings, to find the recipe that reads validation digits best.

Optuna proposes what is tried next. Each trial is the command ``digitcnn train`` in a home folder of
its own, so it is a run like any other; the best are kept. Trials run one after the other here, or
several at once on a Ray cluster, by Ray Tune.
"""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitcnn.data import joined, mnist
from digitcnn.errors import DigitcnnError
from digitcnn.inference.bulk import cluster
from digitcnn.models import recipes
from digitcnn.models.networks import NETWORKS, Network
from digitcnn.runs import comparison, custom_networks, origin, store, sweeps
from digitcnn.runs.run import CARD, Run, open_run
from digitcnn.runs.sweeps import OBJECTIVE, Choice, Sweep, Trial
from digitcnn.system import durable, extras

if TYPE_CHECKING:
    import optuna

_RANGE = re.compile(r"(-?[0-9.]+(?:e-?[0-9]+)?)\.\.(-?[0-9.]+(?:e-?[0-9]+)?)", re.IGNORECASE)
_WIDE = 10  # a range of so many times its start is searched by factors, not by steps
_MOST_TRIALS = 1_000
_ROOT = Path(__file__).resolve().parents[2]


class WrongSweep(DigitcnnError):
    """A search that can't be made."""


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; whole ones where both are."""

    low: float
    high: float
    is_whole: bool


Space = Mapping[str, Range | tuple[Choice, ...]]
Tell = Callable[[Trial, int], None]
"""Called with each trial as it ends, and how many there will be."""


def space(asked: Sequence[str]) -> dict[str, Range | tuple[Choice, ...]]:
    """What is searched, from words such as ``learning_rate=0.001..0.01`` or ``network=plain,mlp``.

    Raises:
        WrongSweep: a word is of another form, or names no entry of a recipe.
    """
    types = {
        entry.name: type(getattr(recipes.recipe("default"), entry.name))
        for entry in recipes.entries()
    }
    found: dict[str, Range | tuple[Choice, ...]] = {}
    for word in asked:
        name, sign, told = word.partition("=")
        name = name.strip().replace("-", "_")
        if not sign or name == "name" or name not in types:
            raise WrongSweep(
                f"{word!r} is no NAME=VALUES; names are {', '.join(sorted(set(types) - {'name'}))}."
            )
        if name in found:
            raise WrongSweep(f"{name} is there twice; give all its values at once.")
        found[name] = _values(name, told.strip(), types[name])
    if not found:
        raise WrongSweep("Say what is searched, such as --set learning_rate=0.001..0.01.")
    return found


def _values(name: str, told: str, kind: type) -> Range | tuple[Choice, ...]:
    wrong = WrongSweep(
        f"{name}={told} can't be searched; write values with commas between them"
        + (", or a range such as 2..6." if kind in (int, float) else ".")
    )
    try:
        if kind in (int, float) and (match := _RANGE.fullmatch(told)):
            low, high = (float(end) for end in match.groups())
            if not low < high or (kind is int and not (low.is_integer() and high.is_integer())):
                raise wrong
            return Range(low, high, kind is int)
        values: list[Choice] = []
        for word in told.split(","):
            word = word.strip()
            if kind is bool:
                values.append({"true": True, "false": False}[word.lower()])
            else:
                values.append(joined.absolute(word) if name == "dataset" else kind(word))
    except (KeyError, ValueError) as error:
        raise wrong from error
    if "" in values:
        raise wrong
    return tuple(values)


def search(
    recipe_name: str,
    wanted: Space,
    home: Path,
    n_trials: int | None = None,
    keep: int = 1,
    address: str | None = None,
    mnist_path: Path | None = None,
    tell: Tell = lambda trial, n: None,
    seed: int = 0,
) -> Sweep:
    """Tries recipes, and keeps the best runs.

    Args:
        recipe_name: what is changed.
        wanted: what is searched, as :func:`space` gives it.
        home: where kept runs go, and the sweep's record.
        n_trials: how many trainings; by default all combinations, if there are only choices.
        keep: how many runs are kept; the one in use stays.
        address: of a Ray cluster that trains several at once, :data:`cluster.HERE` for one on this
            machine; ``None`` for none. Other machines must share this one's folder for temporary
            files.
        mnist_path: where MNIST is, if it is known.
        tell: told each trial.
        seed: of the proposals.

    Returns:
        The trials, which are recorded as they end; see :mod:`digitcnn.runs.sweeps`.

    Raises:
        MissingExtra: Optuna, TensorFlow or, for a cluster, Ray is not installed.
        WrongSweep: there are no or too many trials.
        UnknownRun, DamagedRun: one that is to be started or learned from; see
            :func:`digitcnn.runs.origin.find`.
        RecipeError, UnknownNetwork: a value is out of its range.
        DataSetUnavailable: MNIST can be neither found nor downloaded.
        ClusterFailed: see :func:`cluster.joined`.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    extras.require("train", "Training")
    extras.require("scale", "A sweep")
    n = n_trials or _all(wanted)
    if not 0 < n <= _MOST_TRIALS:
        raise WrongSweep(f"{n:,} trials are too many; at most {_MOST_TRIALS:,}: --trials N.")
    wanted = _with_folders(wanted, home)
    for corner in _corners(wanted):
        _recipe(recipe_name, corner, home)
    own = _custom(wanted, home)
    with tempfile.TemporaryDirectory(prefix="digitcnn-sweep-") as folder:
        work = _Work(
            recipe_name, home, _mnist(recipe_name, wanted, home, mnist_path), keep, tell, n, own
        )
        trials = _one_by_one if address is None else _by_ray
        try:
            trials(work, wanted, Path(folder), address or cluster.HERE, seed)
        finally:
            work.keep_best()
    return work.sweep


def _with_folders(wanted: Space, home: Path) -> Space:
    """Runs by their folders: each trial has a home folder of its own, where their ids are not."""
    return {
        name: tuple(str(origin.find(str(one), home).folder) for one in values)
        if name in ("from_run", "teacher") and isinstance(values, tuple)
        else values
        for name, values in wanted.items()
    }


def _all(wanted: Space) -> int:
    if any(isinstance(values, Range) for values in wanted.values()):
        raise WrongSweep("With a range, say how many trainings: --trials N.")
    return prod(len(values) for values in wanted.values() if isinstance(values, tuple))


def _corners(wanted: Space) -> list[dict[str, Any]]:
    """Recipes in which each value that is a choice, and both ends of each range, occur."""
    ends = {
        name: [_whole(values, values.low), _whole(values, values.high)]
        if isinstance(values, Range)
        else list(values)
        for name, values in wanted.items()
    }
    longest = max(map(len, ends.values()))
    return [{name: own[i % len(own)] for name, own in ends.items()} for i in range(longest)]


def _recipe(recipe_name: str, changes: Mapping[str, Any], home: Path) -> recipes.Recipe:
    """The recipe of a trial, with the networks that the home folder has."""
    changes = dict(changes)
    if "network" in changes:
        changes["network"] = custom_networks.find(home, str(changes["network"]))
    return recipes.recipe(recipe_name, **changes)


def _custom(wanted: Space, home: Path) -> list[Network]:
    """The networks of one's own that are tried."""
    asked = wanted.get("network", ())
    names = asked if isinstance(asked, tuple) else ()
    return [custom_networks.find(home, str(name)) for name in names if name not in NETWORKS]


def _lend(networks: Sequence[Network], home: Path) -> None:
    """Saves networks in the home folder of a trial."""
    for network in networks:
        custom_networks.save(home, network, replace=True)


def _whole(values: Range, value: float) -> float:
    return int(value) if values.is_whole else value


def _mnist(recipe_name: str, wanted: Space, home: Path, path: Path | None) -> Path | None:
    """MNIST is found or downloaded once, not by every trial."""
    asked = wanted.get("dataset")
    datasets = asked if isinstance(asked, tuple) else (recipes.recipe(recipe_name).dataset,)
    names = {part for one in datasets for part in recipes.dataset_parts(str(one))}
    if not names & {"mnist", "mnist-c"}:
        return None
    return mnist.find(path, home) or mnist.download(home)


class _Work:
    """A sweep's trials, its record, and the runs that may be kept."""

    def __init__(
        self,
        recipe_name: str,
        home: Path,
        mnist_path: Path | None,
        keep: int,
        tell: Tell,
        n: int,
        own: Sequence[Network],
    ):
        self.recipe_name, self.home, self.mnist, self.own = recipe_name, home, mnist_path, own
        self.trials: list[Trial] = []
        self.n = n
        self._keep, self._tell = keep, tell
        self._best: list[tuple[float, int, Run]] = []
        self._name = f"{recipe_name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"

    @property
    def sweep(self) -> Sweep:
        return Sweep(self._name, self.recipe_name, self.trials)

    def add(
        self, changes: Mapping[str, Choice], folder: Path | None, error: str = ""
    ) -> float | None:
        """Takes a trial whose run lies in ``folder``; gives its validation accuracy."""
        number = len(self.trials) + 1
        accuracy, seconds = None, 0.0
        if folder is not None:
            run = open_run(folder)
            accuracy, seconds = run.card.metrics.get(OBJECTIVE), run.seconds
            if accuracy is not None:
                self._best.append((accuracy, -number, run))
                self._best.sort(key=lambda one: one[:2], reverse=True)
                for _, _, worse in self._best[self._keep :]:
                    shutil.rmtree(worse.folder, ignore_errors=True)
                del self._best[self._keep :]
        self.trials.append(Trial(number, dict(changes), accuracy, seconds, "", error))
        sweeps.write(self.home, self.sweep)
        self._tell(self.trials[-1], self.n)
        return accuracy

    def keep_best(self) -> None:
        """Makes the best runs some of the home folder's, which keeps reading with its own."""
        for _, negative, run in reversed(self._best):
            at = -negative - 1
            kept = _adopted(run, self.home)
            trial = self.trials[at]
            self.trials[at] = replace(trial, run=kept.id)
        self._best = []
        if self.trials:
            sweeps.write(self.home, self.sweep)


def _adopted(run: Run, home: Path) -> Run:
    folder = store.new_training(home, run.id.rsplit("-", 2)[0])
    with durable.writing(home):
        for path in run.folder.iterdir():
            # What it was compared with is no run of this home folder's.
            if path.name not in (CARD, comparison.FILENAME):
                shutil.copy(path, folder / path.name)
    entries = {**run.card.to_seal, "id": folder.name, "name": folder.name}
    return store.publish(folder, home, entries, takes_over=False)


def trained(
    recipe_name: str, changes: Mapping[str, Choice], folder: Path, mnist_path: str
) -> tuple[Path | None, str]:
    """A training in a home folder of its own: its run's folder, or why there is none."""
    wanted = _recipe(recipe_name, changes, folder)
    command = [sys.executable, "-m", "digitcnn", "train", "--json", "--home", str(folder)]
    if mnist_path:
        command += ["--mnist", mnist_path]
    done = subprocess.run(
        [*command, *recipes.options(wanted)], cwd=_ROOT, capture_output=True, text=True
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return None, lines[-1].strip() if lines else "The training ended without a word."
    return folder / "runs" / json.loads(done.stdout)["id"], ""


def _distributions(wanted: Space) -> dict[str, "optuna.distributions.BaseDistribution"]:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    made: dict[str, Any] = {}
    for name, values in wanted.items():
        if isinstance(values, tuple):
            made[name] = CategoricalDistribution(values)
        elif values.is_whole:
            made[name] = IntDistribution(int(values.low), int(values.high))
        else:
            by_factors = values.low > 0 and values.high / values.low >= _WIDE
            made[name] = FloatDistribution(values.low, values.high, log=by_factors)
    return made


def _grid(wanted: Space, n: int) -> list[dict[str, Choice]]:
    """All combinations, where there are only choices and each gets its turn; else none."""
    choices = [values for values in wanted.values() if isinstance(values, tuple)]
    if len(choices) < len(wanted) or n < prod(map(len, choices)):
        return []
    return [dict(zip(wanted, values, strict=True)) for values in product(*choices)]


def _one_by_one(work: _Work, wanted: Space, folder: Path, _: str, seed: int) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for point in _grid(wanted, work.n):
        study.enqueue_trial(point)
    for number in range(work.n):
        trial = study.ask(_distributions(wanted))
        home = folder / str(number)
        _lend(work.own, home)
        found, error = trained(work.recipe_name, trial.params, home, str(work.mnist or ""))
        accuracy = work.add(trial.params, found, error)
        failed = optuna.trial.TrialState.FAIL if accuracy is None else None
        study.tell(trial, accuracy, state=failed)


def _by_ray(work: _Work, wanted: Space, folder: Path, address: str, seed: int) -> None:
    os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")  # no tables of its own
    import optuna
    from ray import tune
    from ray.tune.search.optuna import OptunaSearch

    recipe_name, mnist_path, lent = work.recipe_name, str(work.mnist or ""), work.own

    def attempt(changes: dict[str, Any]) -> None:
        with tempfile.TemporaryDirectory(prefix="digitcnn-trial-") as own:
            _lend(lent, Path(own))
            found, error = trained(recipe_name, changes, Path(own), mnist_path)
            if found is None:
                tune.report({OBJECTIVE: 0.0, "error": error})
                return
            accuracy = open_run(found).card.metrics.get(OBJECTIVE, 0.0)
            kept = tune.Checkpoint.from_directory(str(found))
            tune.report({OBJECTIVE: accuracy, "error": ""}, checkpoint=kept)

    class Told(tune.Callback):
        def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            error = trial.last_result.get("error", "")
            work.add(trial.config, None if error else Path(trial.checkpoint.path), error)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    # Tune writes to standard output, which is for the figures.
    with cluster.joined(address), contextlib.redirect_stdout(io.StringIO()):
        resources = tune.with_resources(attempt, {"cpu": 1})
        tuner = tune.Tuner(
            resources,
            tune_config=tune.TuneConfig(
                search_alg=OptunaSearch(
                    _distributions(wanted),
                    metric=OBJECTIVE,
                    mode="max",
                    points_to_evaluate=_grid(wanted, work.n) or None,
                    seed=seed,
                ),
                num_samples=work.n,
            ),
            run_config=tune.RunConfig(
                storage_path=str(folder.absolute()), verbose=0, callbacks=[Told()]
            ),
        )
        tuner.fit()
