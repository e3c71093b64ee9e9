"""``benchmark``: the measurements behind the published figures."""

from pathlib import Path

import click

from digitcnn.cli.benchmark.bulk import bulk
from digitcnn.cli.benchmark.drawn import drawn
from digitcnn.cli.benchmark.labels import labels
from digitcnn.cli.benchmark.networks import networks
from digitcnn.cli.benchmark.numbers import numbers
from digitcnn.cli.benchmark.options import measured_run, number_option, run_option
from digitcnn.cli.benchmark.photos import photos
from digitcnn.cli.benchmark.reliability import faults, load
from digitcnn.cli.benchmark.robustness import robustness
from digitcnn.cli.benchmark.speed import camera, latency, pages, predict, show, startup
from digitcnn.cli.benchmark.teach import teach
from digitcnn.cli.benchmark.transfer import transfer
from digitcnn.cli.terminal import home_option, json_option, mnist_option


@click.group(short_help="Measure speed, memory and accuracy.")
def benchmark() -> None:
    """Measure speed, memory and accuracy.

    Speed and memory are those of this machine now; close other programs first.
    """


for command in (startup, latency, predict, bulk, pages, camera):
    benchmark.add_command(command)
benchmark.add_command(load)
benchmark.add_command(faults)
benchmark.add_command(photos)
benchmark.add_command(numbers)
benchmark.add_command(teach)
benchmark.add_command(drawn)
benchmark.add_command(networks)
benchmark.add_command(robustness)
benchmark.add_command(transfer)
benchmark.add_command(labels)


@benchmark.command()
@run_option
@number_option(1000, 100_000, "drawings of each kind", least=10)
@home_option
@json_option
def nondigits(run_id: str | None, number: int, home: Path, as_json: bool) -> None:
    """How well drawings of other things are told from digits.

    Letters, scribbles, smileys and stars of kinds that no training has seen, against synthetic test
    digits.
    """
    from digitcnn.benchmarks.accuracy import nondigits as measurement

    run = measured_run(home, run_id)
    show(measurement.measure(run, number), as_json)


@benchmark.command()
@run_option
@number_option(500, 10_000, "test digits")
@mnist_option
@home_option
@json_option
def explain(run_id: str | None, number: int, mnist: Path | None, home: Path, as_json: bool) -> None:
    """Whether the explanations on the Inside page are faithful, and how long they take.

    Removes the ink that is said to matter most first, or inserts it first, and compares with random
    order (deletion and insertion curves). On MNIST's test digits, or on synthetic handwriting if
    MNIST is not on this machine.
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
