"""``benchmark labels``: how many labels that were flipped on purpose are found."""

from pathlib import Path

import click

from digitcnn.cli.benchmark.options import measured_run, run_option, seed_option
from digitcnn.cli.terminal import home_option, json_option, mnist_option, print_json, table
from digitcnn.text import percent


@click.command()
@run_option
@click.option("--training", is_flag=True, help="Also MNIST's 60,000 training digits; takes 1 GB.")
@seed_option("which labels are flipped")
@mnist_option
@home_option
@json_option
def labels(
    run_id: str | None, training: bool, seed: int, mnist: Path | None, home: Path, as_json: bool
) -> None:
    """How well label doubts find labels that were flipped on purpose (2, 5 and 20%).

    Prints precision and recall of the most doubtful labels: how many of them were flipped, and how
    many of the flipped ones are among them. On MNIST's test digits from the run's predictions, or
    on synthetic handwriting if MNIST is not on this machine; with --training also on the training
    digits, by small cross-validated networks. Both as on Explore.
    """
    from digitcnn.benchmarks.accuracy import label_doubts as measurement
    from digitcnn.data import mnist as mnist_file
    from digitcnn.inference import evaluate
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.settings import settings

    run = measured_run(home, run_id)
    path = mnist_file.find(mnist, home)
    if training and path is None:
        raise click.UsageError("MNIST is not on this machine; give its file by --mnist.")
    digits = mnist_file.load_part(path, "test") if path else evaluate.own_handwriting()
    data = "MNIST test" if path else "own handwriting"
    figures = {data: measurement.of_test(digits, Recognizer(run, settings().backend), seed)}
    if training and path:
        digits = mnist_file.load_part(path, "train")
        figures["MNIST training, five folds"] = measurement.of_training(digits, seed)
    if as_json:
        print_json({"run": run.id, **figures})
        return
    for name, by_share in figures.items():
        click.echo(f"{run.id}: {name}\n" if "test" in name else f"{name}\n")
        shown = [
            (share, which, percent(precision), percent(recall))
            for share, which, precision, recall in measurement.rows(by_share)
        ]
        click.echo(table(("flipped", "looked at", "precision", "recall"), shown, "rlrr") + "\n")
