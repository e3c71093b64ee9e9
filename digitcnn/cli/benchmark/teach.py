"""``benchmark teach``: what ten confirmed drawings teach, and what that costs."""

import os
from pathlib import Path
from typing import Any

import click

from digitcnn.cli.benchmark.options import measured_run, run_option
from digitcnn.cli.terminal import home_option, json_option, native_messages_to, print_json, table
from digitcnn.text import percent


@click.command()
@click.option(
    "--strokes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Pen digits as for 'benchmark drawn' (.npz): these are taught as well, mirrored, rotated, "
    "and those that the network misreads.",
)
@click.option(
    "--seeds",
    default=3,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How many sets of ten drawings of each style.",
)
@run_option
@home_option
@json_option
def teach(strokes: Path | None, seeds: int, run_id: str | None, home: Path, as_json: bool) -> None:
    """How well ten drawings teach a style, and how many test digits that costs."""
    from digitcnn.benchmarks.accuracy import adaptation as measurement

    with native_messages_to(os.devnull):
        figures = measurement.measure(measured_run(home, run_id), strokes, seeds)
    if as_json:
        print_json(figures)
    else:
        _show(figures)


def _show(figures: dict[str, Any]) -> None:
    rows = [
        (
            row["style"],
            row["label"],
            row["n_further"],
            percent(row["before"], 1),
            percent(row["after"], 1),
            percent(row["expected"], 0),
            f"{row['points_lost']:.2f}",
        )
        for row in figures["styles"]
    ]
    header = ("style", "digit", "further", "before", "after", "expected", "points lost")
    click.echo(table(header, rows, "lrrrrrr"))
    click.echo(
        f"\n{figures['run']}, {figures['taught']} of each taught: of {figures['n_misread_styles']} "
        f"misread styles, {figures['n_learned_styles']} are read at 90% or more. Test digits: at "
        f"most {figures['most_points_lost']:.2f} points lost.\nA hundred drawings are learned in "
        f"{figures['learning_100_s']:.2f} s, after {figures['ground_s']:.1f} s of preparation once "
        "for each network."
    )
