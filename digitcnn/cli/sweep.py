"""``sweep``: many trainings, to find the recipe with the best validation accuracy."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitcnn.cli.terminal import (
    home_option,
    json_option,
    mnist_option,
    print_json,
    ray_option,
    recipe_option,
    table,
)
from digitcnn.models import recipes
from digitcnn.text import duration, percent

if TYPE_CHECKING:
    from digitcnn.runs.sweeps import Trial


@click.command()
@recipe_option(recipes.NAMES, "fast", "The recipe to vary.")
@click.option(
    "--set",
    "wanted",
    multiple=True,
    required=True,
    metavar="NAME=VALUES",
    help="An entry of the recipe and what to try: values separated by commas (seed=0,1,2; "
    "network=plain,resnet) or a range (learning_rate=0.001..0.01). May be given several times.",
)
@click.option(
    "--trials",
    type=click.IntRange(1, 1_000),
    help="Number of trainings; by default all combinations, if no range is given.",
)
@click.option(
    "--keep",
    default=1,
    show_default=True,
    type=click.IntRange(0, 1_000),
    help="How many runs to keep, those with the best validation accuracy. The run in use stays.",
)
@ray_option("Train several at once")
@mnist_option
@home_option
@json_option
def sweep(
    recipe_name: str,
    wanted: tuple[str, ...],
    trials: int | None,
    keep: int,
    cluster: str | None,
    mnist: Path | None,
    home: Path,
    as_json: bool,
) -> int:
    """Try many recipes, and keep the runs with the best validation accuracy.

    Optuna proposes each trial. All trials are recorded in HOME/sweeps and shown on the Train page.
    """
    from digitcnn.runs.sweeps import path_of
    from digitcnn.training import sweep as training

    done = training.search(
        recipe_name, training.space(wanted), home, trials, keep, cluster, mnist, _tell
    )
    if as_json:
        print_json({"name": done.name, **done.to_dict()})
    else:
        click.echo("\n" + _table(done.trials))
        click.echo(f"\n{path_of(home, done.name)} lists all trials.")
    return 0 if any(trial.validation_accuracy is not None for trial in done.trials) else 2


def _tell(trial: "Trial", n: int) -> None:
    what = ", ".join(f"{name} {_text(value)}" for name, value in trial.changes.items())
    if trial.validation_accuracy is None:
        click.echo(f"{trial.number} of {n}: {what}: {trial.error}", err=True)
    else:
        accuracy = percent(trial.validation_accuracy)
        click.echo(
            f"{trial.number} of {n}: {what}: {accuracy} in {duration(trial.seconds)}", err=True
        )


def _table(trials: "Sequence[Trial]") -> str:
    names = list(trials[0].changes) if trials else []
    ordered = sorted(trials, key=lambda trial: -(trial.validation_accuracy or 0))
    rows = [
        (
            *(_text(trial.changes[name]) for name in names),
            "failed" if trial.validation_accuracy is None else percent(trial.validation_accuracy),
            duration(trial.seconds),
            trial.run,
        )
        for trial in ordered
    ]
    header = (*(name.replace("_", " ") for name in names), "validation", "time", "kept as")
    return table(header, rows, "r" * len(names) + "rrl")


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
