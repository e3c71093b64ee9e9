"""``evaluate``: evaluate a run on a data set."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitcnn.cli.terminal import (
    home_option,
    json_option,
    mnist_option,
    native_messages_to,
    print_json,
    table,
)
from digitcnn.models import recipes
from digitcnn.runs.run import Run
from digitcnn.text import percent

if TYPE_CHECKING:
    from digitcnn.data.digits import Digits
    from digitcnn.evaluation.evaluation import Evaluation


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option(
    "--dataset",
    default="mnist",
    show_default=True,
    metavar="NAME|FILE",
    help="A data set that the command data lists, a file of labelled digits (.npz, .npy, CSV, IDX, "
    "parquet), or a folder or .zip of pictures with a subfolder for each digit; join several "
    "with +.",
)
@mnist_option
@home_option
@json_option
def evaluate(run_id: str, dataset: str, mnist: Path | None, home: Path, as_json: bool) -> None:
    """Evaluate RUN on a data set.

    Prints accuracy and other figures, also per digit, and the confusion matrix: rows are true
    digits, columns predicted ones.
    """
    from digitcnn.evaluation.evaluation import Evaluation
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.runs.store import find_run
    from digitcnn.settings import settings

    run = find_run(home, run_id)
    digits = _digits(dataset, run, mnist, home)
    with native_messages_to(os.devnull):
        outputs = Recognizer(run, settings().backend).outputs(digits.images)
    evaluation = Evaluation(dataset, digits.labels, outputs.probabilities)
    refused = int((~outputs.is_digit).sum())
    if as_json:
        print_json(
            {
                "run": run.id,
                "dataset": dataset,
                **evaluation.figures(),
                "refused": refused,
                "per_digit": [asdict(metrics) for metrics in evaluation.per_digit()],
                "confusion": evaluation.confusion().tolist(),
            }
        )
        return
    click.echo(f"{run.id} on {dataset}\n")
    click.echo(_figures(evaluation, refused))
    click.echo("\n" + _per_digit(evaluation))
    click.echo("\n" + _confusion(evaluation))


def _digits(dataset: str, run: Run, path: Path | None, home: Path) -> "Digits":
    from digitcnn.data import joined, mnist

    if dataset == "mnist":
        return mnist.load_part(mnist.find(path, home) or mnist.download(home), "test")
    asked = joined.absolute(dataset)
    learned = set(recipes.dataset_parts(run.recipe.get("dataset", "")))
    if any(
        part in learned and joined.is_divided_here(part) for part in recipes.dataset_parts(asked)
    ):
        click.echo("The run was trained on it; only digits held out then are counted.", err=True)
        return joined.test_digits(asked, home)
    loaded = joined.named(dataset, home)
    for note in loaded.notes:
        click.echo(note, err=True)
    return loaded.digits


def _figures(evaluation: "Evaluation", refused: int) -> str:
    figures = evaluation.figures()
    rows = [
        ("digits", f"{figures['n']:,}"),
        ("correct", f"{percent(figures['accuracy'])}  ({figures['errors']:,} mistakes)"),
        ("correct at first or second guess", percent(figures["top2"])),
        ("recall, mean of the digits", percent(figures["macro_recall"])),
        ("F1, mean of the digits", percent(figures["macro_f1"])),
        ("loss (cross-entropy)", f"{figures['loss']:.4f}"),
        ("calibration error", percent(figures["ece"])),
        ("refused as no digit", f"{refused:,}"),
    ]
    return "\n".join(f"{name:34}{value}" for name, value in rows)


def _per_digit(evaluation: "Evaluation") -> str:
    rows = [
        (m.digit, percent(m.precision), percent(m.recall), percent(m.f1), f"{m.support:,}")
        for m in evaluation.per_digit()
    ]
    return table(("digit", "precision", "recall", "F1", "digits"), rows, "rrrrr")


def _confusion(evaluation: "Evaluation") -> str:
    matrix = evaluation.confusion()
    rows = [(true, *(count or "·" for count in counts)) for true, counts in enumerate(matrix)]
    return table(("true", *range(10)), rows, "r" * 11)
