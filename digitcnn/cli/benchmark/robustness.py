"""``benchmark robustness``: rotated and corrupted digits."""

from pathlib import Path
from typing import Any

import click

from digitcnn.cli.benchmark.options import measured_run, number_option, run_option
from digitcnn.cli.terminal import home_option, json_option, mnist_option, print_json, table
from digitcnn.text import percent


@click.command()
@run_option
@number_option(1000, 10_000, "test digits", least=10)
@mnist_option
@home_option
@json_option
def robustness(
    run_id: str | None, number: int, mnist: Path | None, home: Path, as_json: bool
) -> None:
    """How well rotated and corrupted digits are read.

    Rotations of 15 to 60 degrees, and the corruptions of MNIST-C in five strengths each: how many
    are read correctly, how many are refused as no digit, and how many are confidently wrong (wrong,
    not refused, confidence above 90%). On MNIST's test digits, or on synthetic handwriting if MNIST
    is not on this machine.
    """
    from digitcnn.benchmarks.accuracy import robustness as measurement
    from digitcnn.data import mnist as mnist_file
    from digitcnn.data.digits import Digits
    from digitcnn.inference import evaluate
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.settings import settings

    run = measured_run(home, run_id)
    path = mnist_file.find(mnist, home)
    digits = mnist_file.load_part(path, "test") if path else evaluate.own_handwriting()
    chosen = Digits(digits.images[:number], digits.labels[:number])
    figures = measurement.measure(chosen, Recognizer(run, settings().backend))
    data = "MNIST test" if path else "own handwriting"
    figures = {"run": run.id, "dataset": data, **figures}
    if as_json:
        print_json(figures)
    else:
        _show(figures)


def _show(figures: dict[str, Any]) -> None:
    click.echo(f"{figures['run']} on {figures['n']:,} digits of {figures['dataset']}\n")
    cells = {
        "as they are": figures["clean"],
        **{f"rotated {degrees}°": cell for degrees, cell in figures["turned"].items()},
        **figures["corrupted"],
        "mean of the corruptions": figures["mean_corrupted"],
    }
    names = ("accuracy", "refused", "confidently_wrong")
    rows = [(name, *(percent(cell[key]) for key in names)) for name, cell in cells.items()]
    click.echo(table(("digits", "correct", "refused", "confidently wrong"), rows, "lrrr"))
    worst = percent(figures["most_confidently_wrong"])
    click.echo(f"\nMost confidently wrong at any strength: {worst}.")
