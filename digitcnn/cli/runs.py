"""``runs``: the list of runs, and which one is in use."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitcnn.cli.ensemble import ensemble, members
from digitcnn.cli.terminal import (
    home_option,
    json_option,
    mnist_option,
    native_messages_to,
    print_json,
    table,
)
from digitcnn.runs.card import PAPERS, PIXELS
from digitcnn.text import duration, percent

if TYPE_CHECKING:
    from digitcnn.runs.store import RunListing


@click.group(invoke_without_command=True)
@home_option
@json_option
@click.pass_context
def runs(context: click.Context, home: Path, as_json: bool) -> None:
    """List the runs, choose the one to use, remove one, combine several.

    Without a command, lists them; the one in use is marked with a star.
    """
    context.obj = home
    if context.invoked_subcommand is None:
        _list(home, as_json)


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.pass_obj
def use(home: Path, run_id: str) -> None:
    """Use RUN, here and in the app."""
    from digitcnn.runs import store

    run = store.use(home, run_id)
    click.echo(f"{run.id} is now in use ({percent(run.test_accuracy)} of the test digits correct).")


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.pass_obj
def remove(home: Path, run_id: str) -> None:
    """Remove RUN from the list; restore brings it back."""
    from digitcnn.runs import store

    store.remove(home, run_id)
    click.echo(f"Removed. To restore it: python -m digitcnn runs restore {run_id}")


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.pass_obj
def restore(home: Path, run_id: str) -> None:
    """Restore RUN, which was removed."""
    from digitcnn.runs import store

    store.restore(home, run_id)
    click.echo(f"{run_id} is restored.")


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.argument("name")
@click.pass_obj
def rename(home: Path, run_id: str, name: str) -> None:
    """Rename RUN to NAME; its id stays the same."""
    from digitcnn.runs import store

    click.echo(f"{run_id} is now called {store.rename(home, run_id, name).name}.")


@runs.command()
@click.argument("network", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--name", default="", help="Name of the run; by default that of the file.")
@click.option(
    "--pixels",
    type=click.Choice(PIXELS),
    help="Range of the network's input; standard: MNIST's mean subtracted, divided by its "
    "standard deviation. By default all are tried.",
)
@click.option(
    "--paper",
    type=click.Choice(PAPERS),
    help="Background of the digits it was trained on: dark, as in MNIST, or light. By default "
    "both are tried.",
)
@mnist_option
@click.pass_obj
def add(
    home: Path, network: Path, name: str, pixels: str | None, paper: str | None, mnist: Path | None
) -> None:
    """Make a run of a NETWORK from elsewhere, and use it.

    NETWORK is a .keras, .h5, .tflite or .onnx file that takes pictures of digits and returns ten
    values. It is calibrated and evaluated on MNIST, or on synthetic handwriting if MNIST is not on
    this machine. Keras files with Lambda layers or custom code are refused.
    """
    from digitcnn.training import foreign

    with native_messages_to(os.devnull):
        run = foreign.add(network, home, name, pixels, paper, mnist)
    layout = run.card.foreign
    assert layout is not None
    click.echo(
        f"{run.id} is now in use: {percent(run.test_accuracy)} of {run.card.test_name} correct. "
        f"It takes pixels of {layout.pixels} on {layout.paper} paper"
        f"{', transposed' if layout.transposed else ''}, and gives {layout.output}."
    )


runs.add_command(ensemble)
runs.add_command(members)


def _list(home: Path, as_json: bool) -> None:
    from digitcnn.runs import store

    listings = store.list_runs(home)
    try:
        current = store.current_run(home)[0].id
    except store.NoRun:
        current = ""
    if as_json:
        print_json([_entry(listing, current) for listing in listings])
        return
    rows = [_row(listing, current) for listing in listings]
    header = ("", "run", "network", "recipe", "state", "test", "trained in", "name")
    click.echo(table(header, rows, "lllllrrl"))
    for listing in listings:
        if listing.state == "damaged":
            click.echo(f"{listing.id} is damaged: {listing.reason}", err=True)
        elif listing.state == "newer":
            click.echo(f"{listing.id} can't be used: {listing.reason}", err=True)


def _entry(listing: "RunListing", current: str) -> dict[str, Any]:
    run = listing.run
    return {
        "id": listing.id,
        "name": run.name if run else listing.id,
        "network": run.network if run else None,
        "parameters": run.card.parameters if run else None,
        "recipe": run.recipe.get("name") if run else None,
        "state": listing.state,
        "in_use": listing.id == current,
        "test_accuracy": run.test_accuracy if run else None,
        "seconds": run.seconds if run else None,
        "created": run.created if run else None,
        "reason": listing.reason,
    }


def _row(listing: "RunListing", current: str) -> tuple[str, ...]:
    run = listing.run
    star = "*" if listing.id == current else ""
    if run is None:
        return (star, listing.id, "–", "–", listing.state, "–", "–", "")
    accuracy, took = percent(run.test_accuracy), duration(run.seconds)
    recipe = run.recipe.get("name", "–")
    return (star, run.id, run.network, recipe, listing.state, accuracy, took, run.name)
