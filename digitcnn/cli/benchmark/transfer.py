"""``benchmark transfer``: what pretrained weights bring when there are few digits."""

import os
from pathlib import Path
from typing import Any

import click

from digitcnn.cli.benchmark.options import measured_run, run_option
from digitcnn.cli.terminal import home_option, json_option, native_messages_to, print_json, table
from digitcnn.text import percent


def _sizes(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Comma-separated whole numbers, in ascending order."""
    words = [word.strip() for word in value.split(",")]
    if not all(word.isdecimal() and 0 < int(word) < 1_000_000 for word in words):
        raise click.BadParameter(f"{value!r} is not a list of numbers such as 100,500,2000.")
    return tuple(sorted({int(word) for word in words}))


@click.command()
@click.option(
    "--dataset",
    default="usps",
    show_default=True,
    metavar="NAME|FILE",
    help="The digits to learn. optdigits needs no download.",
)
@click.option(
    "--sizes",
    default="100,500,2000",
    show_default=True,
    metavar="N[,N...]",
    callback=_sizes,
    help="Training set sizes.",
)
@click.option(
    "--draws",
    default=3,
    show_default=True,
    type=click.IntRange(1, 100),
    help="Random training sets of each size.",
)
@click.option(
    "--freeze",
    default="",
    metavar="N|NAMES",
    help="Also start from the run with these layers frozen, as for train.",
)
@click.option(
    "--steps",
    default=400,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="Steps of each training, for any number of digits.",
)
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write an HTML page with a chart and a table.",
)
@run_option
@home_option
@json_option
def transfer(
    dataset: str,
    sizes: tuple[int, ...],
    draws: int,
    freeze: str,
    steps: int,
    chart: Path | None,
    run_id: str | None,
    home: Path,
    as_json: bool,
) -> None:
    """Learning few digits of another data set from a run's weights and from scratch.

    Each way learns the same digits in the same number of steps; its test accuracy is the mean over
    several random training sets. Needs the extra train.
    """
    from digitcnn.benchmarks.accuracy import transfer as measurement
    from digitcnn.report import transfer as report
    from digitcnn.system import durable, extras

    extras.require("train", "Training")
    with native_messages_to(os.devnull):
        figures = measurement.measure(
            measured_run(home, run_id), dataset, home, sizes, draws, freeze, steps, _tell
        )
    if chart is not None:
        durable.write(chart, report.html(figures).encode())
    if as_json:
        print_json(figures)
    else:
        _show(figures, sizes)
        if chart is not None:
            click.echo(f"{chart} shows it.")


def _tell(doing: str) -> None:
    click.echo(f"{doing} …", err=True)


def _show(figures: dict[str, Any], sizes: tuple[int, ...]) -> None:
    from digitcnn.models.recipes import dataset_title
    from digitcnn.report.transfer import ARMS

    name = dataset_title(figures["dataset"])
    arms = [arm for arm in ARMS if arm in figures["sizes"][0]]
    rows = [(f"{row['digits']:,}", *(_told(row[arm]) for arm in arms)) for row in figures["sizes"]]
    click.echo(table(("digits", *(ARMS[arm] for arm in arms)), rows, "r" * (1 + len(arms))))
    click.echo(
        f"\n{figures['run']} on {figures['n_test']:,} test digits of {name}: mean, "
        f"least and most of {figures['draws']} draws, {figures['steps']:,} steps each. Before it "
        f"learns any, it reads {percent(figures['as_it_is'])} of them."
    )
    left_out = [f"{size:,}" for size in sizes if size > figures["n_available"]]
    if left_out:
        click.echo(
            f"{name} has {figures['n_available']:,} digits to learn from, so "
            f"{' and '.join(left_out)} could not be drawn."
        )


def _told(arm: dict[str, float]) -> str:
    return f"{percent(arm['mean'])} ({percent(arm['least'])}–{percent(arm['most'])})"
