"""``benchmark networks``: how well each network reads, all trained by one recipe."""

from pathlib import Path
from typing import Any

import click

from digitcnn.cli.benchmark.options import letters_option, stroke_files_option
from digitcnn.cli.terminal import (
    home_option,
    json_option,
    mnist_option,
    print_json,
    recipe_option,
    table,
)
from digitcnn.models import recipes
from digitcnn.models.networks import NETWORKS
from digitcnn.runs.card import FEWEST_MEMBERS, MOST_MEMBERS
from digitcnn.text import percent


@click.command()
@click.argument("names", metavar="[NETWORK...]", nargs=-1, type=click.Choice(list(NETWORKS)))
@stroke_files_option("of two sites or more")
@letters_option("Letters as strokes, to learn to refuse.")
@recipe_option(recipes.RECIPES, "fast", "The recipe that trains them all.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Random seed of the trainings.",
)
@click.option("--together", is_flag=True, help="Also measure all of them as one ensemble.")
@mnist_option
@home_option
@json_option
def networks(
    names: tuple[str, ...],
    strokes: tuple[Path, ...],
    letters: Path | None,
    recipe_name: str,
    seed: int,
    together: bool,
    mnist: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """How well each NETWORK reads when all are trained by the same recipe.

    By default all networks. Each learns from MNIST, synthetic handwriting, and a stroke model
    fitted to half of the sites in the files; it is tested on MNIST's test digits and on the sites
    of the other half. The runs stay in the home folder, so use a separate --home; if interrupted,
    the same command resumes. Needs the extra train.
    """
    from digitcnn.benchmarks.accuracy import networks as measurement
    from digitcnn.benchmarks.accuracy import stroke_file
    from digitcnn.system import extras

    asked = tuple(dict.fromkeys(names)) or tuple(NETWORKS)
    if together and not FEWEST_MEMBERS <= len(asked) <= MOST_MEMBERS:
        raise click.UsageError(
            f"--together takes {FEWEST_MEMBERS} to {MOST_MEMBERS} networks, such as digitcnn vgg "
            "resnet."
        )
    extras.require("train", "Training")
    figures = measurement.measure(
        asked,
        stroke_file.read_all(strokes),
        stroke_file.read_characters(letters) if letters else None,
        home,
        recipe_name,
        seed,
        together,
        mnist,
        lambda words: click.echo(words, err=True),
    )
    if as_json:
        print_json(figures)
    else:
        _show(figures)


def _show(figures: dict[str, Any]) -> None:
    rows = [_row(row["name"], row) for row in figures["networks"]]
    if "together" in figures:
        rows.append(_row("together", figures["together"]))
    titles = ("network", "parameters", "multiplications", "CPU seconds", "MNIST", "left-out sites")
    click.echo(table(titles, rows, "lrrrrr"))
    click.echo(
        f"\nRecipe {figures['recipe']}, seed {figures['seed']}; {figures['n']:,} pen digits of "
        f"{', '.join(figures['left_out'])}, which were left out of the training. CPU seconds: "
        "making handwriting and fitting, all cores together."
    )


def _row(name: str, row: dict[str, Any]) -> tuple[str, ...]:
    cpu = row["cpu_seconds"]
    return (
        name,
        f"{row['parameters']:,}",
        f"{row['multiplications'] / 1e6:.1f} M",
        "–" if cpu is None else f"{cpu:,.0f}",
        percent(row["mnist"]),
        percent(row["pen"]),
    )
