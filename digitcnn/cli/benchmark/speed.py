"""``benchmark startup|latency|predict|pages|camera``: speed and memory."""

import os
from pathlib import Path
from typing import Any

import click

from digitcnn.cli.benchmark.options import measured_run, run_option
from digitcnn.cli.terminal import home_option, json_option, native_messages_to, print_json


@click.command()
@click.option(
    "--rounds",
    default=3,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How many times the app is started.",
)
@home_option
@json_option
def startup(rounds: int, home: Path, as_json: bool) -> None:
    """Time from the server's start to a page that can be drawn on, and memory.

    Starts the app without training, opens it in Chromium, and reads a drawing.
    """
    from digitcnn.benchmarks.speed import startup as measurement

    show(measurement.measure(home, rounds), as_json)


@click.command()
@click.option(
    "--strokes",
    default=20,
    show_default=True,
    type=click.IntRange(4, 1000),
    help="How many strokes are measured.",
)
@home_option
@json_option
def latency(strokes: int, home: Path, as_json: bool) -> None:
    """Time from the pen to the bars on the screen, in Chromium.

    From a movement to its bars, read by the browser, and our script's share of that; from the end
    of a stroke to the server's bars; and as a floor the latter for an app with the same canvas that
    only counts strokes.
    """
    from digitcnn.benchmarks.speed import latency as measurement

    figures = measurement.measure(home, strokes)
    if as_json:
        print_json(figures)
    else:
        click.echo("\n".join(measurement.in_words(figures)))


@click.command()
@run_option
@home_option
@json_option
def predict(run_id: str | None, home: Path, as_json: bool) -> None:
    """Time of one reading without the app: strokes to digit image to prediction."""
    from digitcnn.benchmarks.speed import predict as measurement
    from digitcnn.settings import settings

    run = measured_run(home, run_id)
    with native_messages_to(os.devnull):
        figures = measurement.measure(run, settings().backend)
    show(figures, as_json)


@click.command()
@run_option
@click.option(
    "--strokes",
    default=7,
    show_default=True,
    type=click.IntRange(1, 10),
    help="How many strokes are drawn for each part of Inside.",
)
@home_option
@json_option
def pages(run_id: str | None, strokes: int, home: Path, as_json: bool) -> None:
    """How long Explore and Inside take to answer, in Chromium, and their memory."""
    from digitcnn.benchmarks.speed import pages as measurement

    run = measured_run(home, run_id)
    show(measurement.measure(run, strokes), as_json)


@click.command()
@click.option(
    "--seconds",
    default=20,
    show_default=True,
    type=click.IntRange(2, 3600),
    help="How long the camera runs.",
)
@click.option(
    "--strokes",
    default=20,
    show_default=True,
    type=click.IntRange(4, 1000),
    help="How many strokes another visitor draws, each without and with the camera.",
)
@home_option
@json_option
def camera(seconds: int, strokes: int, home: Path, as_json: bool) -> None:
    """How often the live camera reads, in Chromium, and what it costs the server."""
    from digitcnn.benchmarks.speed import camera as measurement

    show(measurement.measure(home, seconds, strokes), as_json)


def show(figures: dict[str, Any], as_json: bool) -> None:
    """Prints figures, one per line, or as JSON."""
    if as_json:
        print_json(figures)
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        click.echo(f"{name:{width}}  {f'{value:,.3f}' if isinstance(value, float) else value}")
