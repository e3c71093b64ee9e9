"""``benchmark``: measure, so that nobody has to believe."""

from pathlib import Path

import click
import numpy as np

from digitcnn.cli.benchmark.adaptation import teach
from digitcnn.cli.benchmark.drawn_table import show_drawn
from digitcnn.cli.benchmark.numbers import numbers
from digitcnn.cli.benchmark.options import measured_run, run_option, sheet_option, strokes_option
from digitcnn.cli.benchmark.photos import photos
from digitcnn.cli.benchmark.robustness import faults, load
from digitcnn.cli.benchmark.speed import latency, pages, predict, show, startup
from digitcnn.cli.terminal import home_option, json_option, mnist_option, print_json


@click.group(short_help="Measure speed, memory, and how well it reads.")
def benchmark() -> None:
    """Measure how fast it is, how much memory it takes, how well it reads.

    Figures are of this machine, now; close other programs first.
    """


for command in (startup, latency, predict, pages):
    benchmark.add_command(command)
benchmark.add_command(load)
benchmark.add_command(faults)
benchmark.add_command(photos)
benchmark.add_command(numbers)
benchmark.add_command(teach)


@benchmark.command()
@strokes_option
@run_option
@sheet_option("the mistakes, each with its label > what was read")
@click.option(
    "--ablation",
    is_flag=True,
    help="Compare with the same network trained without handwriting (takes minutes), and with "
    "that network and no more preprocessing than a resize.",
)
@click.option(
    "--keep", is_flag=True, help="Keep the figure with the run: the app's table of runs shows it."
)
@mnist_option
@home_option
@json_option
def drawn(
    strokes: Path,
    run_id: str | None,
    sheet: Path | None,
    ablation: bool,
    keep: bool,
    mnist: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """How well digits that people wrote with a pen are read.

    Each digit is put on the canvas at a random size and place, by one protocol, and goes the way
    of any drawing.
    """
    from digitcnn.benchmarks.accuracy import drawn as measurement
    from digitcnn.benchmarks.accuracy import stroke_file
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.runs.store import keep_figures
    from digitcnn.settings import settings

    run = measured_run(home, run_id)
    digits = stroke_file.read(strokes)
    reading = measurement.read(digits, Recognizer(run, settings().backend))
    figures = {"run": run.id, **reading.figures()}
    if keep:
        kept = {"drawn_accuracy": figures["accuracy"], "drawn_n": figures["n"]}
        keep_figures(home, run.id, kept)
    if ablation:
        from digitcnn.benchmarks.accuracy.ablation import without

        figures["ablation"] = without(run, digits, mnist)
    if sheet is not None:
        from digitcnn.figures.sheets import save_sheet

        wrong = np.flatnonzero(~reading.right)
        captions = [f"{reading.digits.labels[i]} > {reading.predicted[i]}" for i in wrong]
        save_sheet(sheet, reading.images[wrong], captions)
    if as_json:
        print_json(figures)
    else:
        show_drawn(figures)


@benchmark.command()
@run_option
@click.option(
    "--number",
    default=1000,
    show_default=True,
    type=click.IntRange(10, 100_000),
    help="How many drawings of each kind.",
)
@home_option
@json_option
def nondigits(run_id: str | None, number: int, home: Path, as_json: bool) -> None:
    """How surely drawings that are no digit are told from digits.

    Letters, scribbles, smileys and stars of kinds that no training has seen, against the made-up
    digits of the handwriting exam.
    """
    from digitcnn.benchmarks.accuracy import nondigits as measurement

    run = measured_run(home, run_id)
    show(measurement.measure(run, number), as_json)


@benchmark.command()
@run_option
@click.option(
    "--number",
    default=500,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="How many test digits.",
)
@mnist_option
@home_option
@json_option
def explain(run_id: str | None, number: int, mnist: Path | None, home: Path, as_json: bool) -> None:
    """Whether the explanations on the Inside page are true, and how long they take.

    Takes the ink away that is said to matter most, or puts it back first, and compares with
    random order: deletion and insertion curves. On MNIST's test digits, or on our own handwriting
    where MNIST is not at hand.
    """
    from digitcnn.benchmarks.accuracy import explain as measurement
    from digitcnn.data import mnist as mnist_file
    from digitcnn.inference import evaluate
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.settings import settings

    run = measured_run(home, run_id)
    path = mnist_file.find(mnist, home)
    digits = mnist_file.load_part(path, "test") if path else evaluate.own_handwriting()
    figures = measurement.measure(Recognizer(run, settings().backend), digits, number)
    data = "MNIST test" if path else "own handwriting"
    show({"run": run.id, "dataset": data, **figures}, as_json)
