"""How well each network reads MNIST and left-out pen digits, all trained alike.

The stroke model is fitted to half of the sites; each network learns with it by the same command
that everybody trains with, and reads the digits of the other half. Runs are kept: a measurement
that was stopped continues where it was.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.benchmarks.accuracy import drawn, left_out
from digitcnn.benchmarks.accuracy.stroke_file import PenDigits
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models import networks, stack
from digitcnn.models.recipes import Recipe, recipe
from digitcnn.runs.run import Run
from digitcnn.runs.store import find_run, list_runs
from digitcnn.system import durable

Tell = Callable[[str], None]

_STROKES = "without-{}.npz"


def measure(
    names: Sequence[str],
    digits: PenDigits,
    letters: PenDigits | None,
    home: Path,
    recipe_name: str = "fast",
    seed: int = 0,
    together: bool = False,
    mnist: Path | None = None,
    tell: Tell = lambda words: None,
) -> dict[str, Any]:
    """Figures of networks that are trained by one recipe.

    Args:
        names: of networks.
        digits: of at least two sites.
        letters: what the networks learn to refuse; ``None`` for synthetic ones only.
        home: where the runs are kept, and found if they are there already.
        recipe_name: by which all are trained.
        seed: of the trainings.
        together: measure all of them as one ensemble as well.
        mnist: where MNIST is, if it is known.
        tell: called with a sentence before each training and after it.

    Returns:
        ``recipe``, ``seed``, ``left_out`` (the sites), ``n`` (their digits) and ``networks``, for
        each its ``name``, ``parameters``, ``multiplications`` for a digit in one view, ``seconds``
        and ``cpu_seconds`` of its training, ``mnist`` and ``pen`` (accuracies, 0 to 1),
        ``mnist_errors`` and ``pen_errors``, ``mean_of_sites`` and ``refused``; ``together`` the
        same of the ensemble, whose multiplications are those of all.

    Raises:
        TooFewSites: there is but one site.
        TrainingWithoutSiteFailed: a training failed; its last words are in the message.
        UnknownNetwork: there is no network of that name.
        NotWritable, DiskFull: the home folder can't be written to.
    """
    wanted = {name: recipe(recipe_name, network=name, seed=seed) for name in names}
    sites = left_out.halves(digits)[0]
    rest = digits.chosen(np.flatnonzero(np.isin(digits.sites, sites)))
    with durable.writing(home):
        home.mkdir(parents=True, exist_ok=True)
    model = left_out.model_file(digits, sites, letters, home / _STROKES.format("-".join(sites)))
    arguments: list[object] = ["--home", home]
    located = [] if mnist is None else ["--mnist", mnist]
    rows, runs = [], []
    for name, by in wanted.items():
        title = f"{name} {recipe_name} {seed} without {' '.join(sites)}"[:80]
        run = _kept(home, title, by)
        if run is None:
            tell(f"Training {name}")
            asked = ["--recipe", recipe_name, "--network", name, "--seed", seed, "--name", title]
            left_out.command(
                ["train", "--json", "--stroke-model", model, *arguments, *asked, *located], sites
            )
            run = _kept(home, title, by)
        if run is None:
            raise left_out.TrainingWithoutSiteFailed(f"The training of {name} left no run.")
        runs.append(run)
        rows.append({"name": name, **_figures(run, rest, _multiplications(name))})
        tell(f"{name}: MNIST {rows[-1]['mnist']:.2%}, left-out sites {rows[-1]['pen']:.2%}")
    figures: dict[str, Any] = {
        "recipe": recipe_name,
        "seed": seed,
        "left_out": sites,
        "n": len(rest),
        "networks": rows,
    }
    if together:
        tell("Putting them together")
        made = left_out.command(
            ["runs", *arguments, "ensemble", *[run.id for run in runs], "--json", *located], sites
        )
        all_of_them = sum(row["multiplications"] for row in rows)
        figures["together"] = _figures(find_run(home, made["id"]), rest, all_of_them)
    return figures


def _kept(home: Path, title: str, by: Recipe) -> Run | None:
    """The run of that name that was trained by that recipe; ``None`` if there is none."""
    for listing in list_runs(home):
        run = listing.run
        if run is not None and run.name == title and run.card.full_recipe() == by:
            return run
    return None


def _multiplications(name: str) -> int:
    return stack.check(networks.network(name).layers).multiplications


def _figures(run: Run, digits: PenDigits, multiplications: int) -> dict[str, Any]:
    reading = drawn.read(digits, Recognizer(run))
    right = reading.right
    by_site = [float(right[digits.sites == site].mean()) for site in np.unique(digits.sites)]
    return {
        "run": run.id,
        "parameters": run.card.parameters,
        "multiplications": multiplications,
        "seconds": run.card.seconds,
        "cpu_seconds": run.card.entries.get("cpu_seconds"),
        "mnist": run.test_accuracy,
        "mnist_errors": run.card.metrics.get("test_errors"),
        "pen": float(right.mean()),
        "pen_errors": int((~right).sum()),
        "mean_of_sites": float(np.mean(by_site)),
        "refused": float((~reading.is_digit).mean()),
    }
