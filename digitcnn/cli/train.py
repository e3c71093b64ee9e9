"""``train``: train a network and keep it as a run."""

import contextlib
import signal
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from digitcnn.cli.terminal import (
    Decorated,
    home_option,
    json_option,
    mnist_option,
    native_messages_to,
    print_json,
    recipe_option,
)
from digitcnn.data import correction_folder, joined
from digitcnn.data.stroke_model import SHIPPED
from digitcnn.models import recipes, training_options
from digitcnn.models.training_options import Option
from digitcnn.runs import comparison, custom_networks, origin, store, with_corrections
from digitcnn.runs.card import Origin
from digitcnn.runs.run import Run
from digitcnn.system import durable
from digitcnn.text import duration, percent

_TYPES = {"count": int, "number": float, "switch": None, "file": click.Path(path_type=Path)}


def _training_options(command: Decorated) -> Decorated:
    """Adds what :mod:`digitcnn.models.training_options` tells of, under its names."""
    for option in reversed(training_options.OPTIONS):
        command = _click_option(option)(command)
    return command


def _click_option(option: Option) -> Callable[[Decorated], Decorated]:
    flags = [f"--{flag}" for flag in (option.flag, *option.flags_before)]
    if option.kind == "switch" and option.of_recipe:
        flags = [f"--{flag[2:]}/--no-{flag[2:]}" for flag in flags]
    help_ = option.help
    if option.kind in ("count", "number"):
        help_ += f" From {option.low:g} to {_text(option.high)}."
    kinds: dict[str, Any] = {"type": _TYPES.get(option.kind, str), "help": help_}
    if option.kind == "choice":
        kinds["type"] = click.Choice(list(option.choices))
    elif option.kind == "run":
        kinds["metavar"] = "RUN"
    elif option.kind == "sets":
        kinds["metavar"] = "NAME|FILE[+...]"
    elif option.kind == "layers":
        kinds["metavar"] = "N|NAMES"
    if option.name == "use":
        kinds["is_flag"] = True
    return click.option(*flags, option.name, default=None, **kinds)


def _text(number: float) -> str:
    return f"{number:,.0f}" if number >= 1 else f"{number:g}"


@click.command()
@recipe_option(
    recipes.NAMES,
    "default",
    "How to train: fast takes about half a minute, default three, thorough much longer; "
    "reference is the recipe that the network's authors published.",
)
@click.option(
    "--network",
    metavar="NAME|FILE",
    help="The network to train: a name that the command networks lists, or a .json or .yaml file "
    "that describes one. By default the recipe's, or that of the run given by --from.",
)
@click.option(
    "--dataset",
    metavar="NAME|FILE[+...]",
    help="The data set to learn: a name that the command data lists, or a file or folder; join "
    "several with +, as in mnist+usps. By default the recipe's.",
)
@_training_options
@click.option("--name", default="", help="A display name for the run.")
@mnist_option
@home_option
@json_option
def train(
    recipe_name: str,
    stroke_model: Path | None,
    name: str,
    use: bool | None,
    mnist: Path | None,
    home: Path,
    as_json: bool,
    **changes: Any,
) -> int:
    """Train a network, evaluate it, and use it unless the one in use is better.

    A recipe defines the whole training; each option changes one entry of it.

    The new network is put into use if it reads validation digits and held-back synthetic
    handwriting at least as well as the current one, within one standard error of the difference.
    Otherwise the command says by how much it is worse.

    Only one training at a time can use a home folder. Ctrl-C stops it and leaves everything as it
    was before.
    """
    if changes["dataset"]:
        changes["dataset"] = joined.absolute(changes["dataset"])
    if changes["corrections"]:
        changes["corrections"] = correction_folder.absolute(changes["corrections"])
    if changes["network"]:
        changes["network"] = custom_networks.asked(home, changes["network"])
    elif changes["from_run"]:
        changes["network"] = origin.network_of(changes["from_run"], home)
    recipe = recipes.recipe(recipe_name, **changes)
    # SIGTERM, which the app sends, cleans up like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run = _train(recipe, home, mnist, as_json, stroke_model or SHIPPED, bool(use), name)
    except KeyboardInterrupt:
        click.echo(f"\nStopped. {_what_reads(home)}", err=True)
        return 130
    if as_json:
        print_json(
            {
                "id": run.id,
                "network": run.network,
                "recipe": run.recipe.get("name"),
                "parameters": run.card.parameters,
                "started_from": _id(run.card.started_from),
                "frozen": list(run.card.frozen),
                "teacher": _id(run.card.teacher),
                "seconds": run.seconds,
                "in_use": _is_in_use(run, home),
                **_corrected(run),
                **run.card.metrics,
            }
        )
        return 0
    if len(run.card.datasets) > 1:
        for part in run.card.datasets:
            click.echo(f"{part.name}: {percent(part.test_accuracy)} of {part.n_test:,}")
    errors = round((1 - run.test_accuracy) * len(run.evaluation()))
    state = "now in use" if _is_in_use(run, home) else "trained, and not in use"
    click.echo(
        f"\n{run.id} is {state}: {percent(run.test_accuracy)} of the test digits correct "
        f"({errors} mistakes), trained in {duration(run.seconds)}."
    )
    if made_with := origin.in_words(run.card):
        click.echo(made_with)
    found = comparison.of_run(run)
    if found is not None:
        click.echo(found.in_words())
    for sentence in _whether_corrections_helped(run, home):
        click.echo(sentence)
    if not _is_in_use(run, home):
        click.echo(f"To use it anyway: python -m digitcnn runs use {run.id}")
    click.echo(f"python -m digitcnn evaluate {run.id} shows more.")
    return 0


def _corrected(run: Run) -> dict[str, Any]:
    if not run.card.corrections:
        return {}
    sets = [asdict(one) for one in run.card.corrections]
    return {"corrections": sets, "n_corrected": run.card.n_corrected}


def _whether_corrections_helped(run: Run, home: Path) -> list[str]:
    if not run.card.corrections:
        return []
    names = " and ".join(f"“{one.name}”" for one in run.card.corrections)
    n = run.card.n_corrected
    changed = "1 training digit" if n == 1 else f"{n:,} training digits"
    told = [f"By {names}, {changed} had another label or were left out."]
    found = with_corrections.outcome(run, home)
    return told if found is None else [*told, *found.in_words()]


def _id(other: Origin | None) -> str | None:
    return None if other is None else other.id


def _is_in_use(run: Run, home: Path) -> bool:
    return store.current_run(home)[0].id == run.id


def _train(
    recipe: recipes.Recipe,
    home: Path,
    mnist: Path | None,
    as_json: bool,
    stroke_model: Path,
    use: bool,
    name: str,
) -> Run:
    from digitcnn.cli.training_display import TrainingDisplay
    from digitcnn.training.train import train as train_run

    with contextlib.ExitStack() as stack:
        with durable.writing(home):
            home.mkdir(parents=True, exist_ok=True)
            stack.enter_context(native_messages_to(home / "tensorflow.log"))
        display = stack.enter_context(TrainingDisplay(to_stderr=as_json))
        return train_run(recipe, home, mnist, display, stroke_model, use, name)


def _what_reads(home: Path) -> str:
    """Which run is in use after a training was stopped, as a sentence."""
    kept = "Nothing of this training was kept"
    try:
        return f"{kept}; {store.current_run(home)[0].id} is still in use."
    except store.NoRun:
        return f"{kept}."
