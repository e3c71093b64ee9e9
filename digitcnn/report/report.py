"""Run → one HTML file that says all about it; opens anywhere, without a network.

What it looks like is in ``templates/report.html``; here is what fills it.
"""

from pathlib import Path

import numpy as np
from markupsafe import Markup

from digitcnn.data.digits import Digits
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.figures.image_url import png_url
from digitcnn.inference import evaluate
from digitcnn.models import recipes
from digitcnn.models.networks import N_CLASSES
from digitcnn.models.recipes import Recipe
from digitcnn.report import charts as report_charts
from digitcnn.report.tables import (
    confusion_html,
    layers_html,
    mistakes,
    per_digit_html,
    readings,
    recipe_html,
)
from digitcnn.report.templates import render
from digitcnn.runs import history
from digitcnn.runs.run import SAMPLES, Run
from digitcnn.text import day, duration, percent


def html(run: Run, pictures: Digits | None) -> str:
    """The report on a run.

    Args:
        run: the run.
        pictures: its test digits, as :func:`digitcnn.inference.evaluate.digits` finds them;
            without them the report has no pictures of digits.

    Raises:
        DamagedRun, DamagedEvaluation, DamagedHistory: a file of the run can't be read.
    """
    evaluation = run.evaluation()
    command, not_reproducible = _command(run)
    says, charts = _curves(run)
    return render(
        "report.html",
        name=run.name,
        subtitle=_subtitle(run),
        figures=_figures(run, evaluation),
        summary=_summary(evaluation),
        curves=says,
        charts=charts,
        confusion=confusion_html(evaluation.confusion()),
        per_digit=per_digit_html(evaluation.per_digit(), digits=2),
        mistakes=mistakes(evaluation, pictures),
        readings=readings(evaluation, pictures),
        hint=evaluate.HOW_TO_GET if pictures is None else "",
        made_of=_made_of(run),
        samples=png_url(run.content(SAMPLES)) if SAMPLES in run.card.files else "",
        layers=layers_html(run.card.layers, run.card.parameters),
        recipe=recipe_html(run),
        command=command,
        not_reproducible=not_reproducible,
    )


def make(run: Run, home: Path) -> bytes:
    """The report on a run as a file's content, with pictures if this machine has the digits.

    Raises:
        DamagedRun, DamagedEvaluation, DamagedHistory: see :func:`html`.
    """
    return html(run, evaluate.digits(run, home)).encode()


def _subtitle(run: Run) -> str:
    when = day(run.created)
    recipe = run.recipe.get("name", "?")
    return f"Network {run.network}, recipe {recipe}, trained on {when} UTC. Run {run.card.id}."


def _figures(run: Run, evaluation: Evaluation) -> list[tuple[str, str]]:
    return [
        ("Read right", percent(evaluation.accuracy)),
        (f"Mistakes of {len(evaluation):,}", f"{len(evaluation.mistakes()):,}"),
        ("Recall", percent(evaluation.macro_recall)),
        ("Loss", f"{evaluation.loss:.4f}"),
        ("Parameters", f"{run.card.parameters:,}"),
        ("Training", duration(run.seconds)),
    ]


def _summary(evaluation: Evaluation) -> str:
    """What the figures mean, in sentences."""
    matrix, digits = evaluation.confusion(), evaluation.per_digit()
    says = [
        f"Of {len(evaluation):,} digits that it had never seen ({evaluation.dataset}), it "
        f"reads {percent(evaluation.accuracy)} right; for {percent(evaluation.top2)} the right "
        "answer is its first or its second guess."
    ]
    known = [metrics for metrics in digits if metrics.support]
    if known and len(evaluation.mistakes()):
        best, worst = (pick(known, key=lambda m: m.recall) for pick in (max, min))
        wrong = matrix - np.diag(matrix.diagonal())
        true, predicted = divmod(int(wrong.argmax()), N_CLASSES)
        count = int(wrong.max())
        says.append(
            f"It finds the digit {best.digit} most surely ({percent(best.recall)}) and the digit "
            f"{worst.digit} least ({percent(worst.recall)}). Its commonest mistake is to read "
            f"{true} as {predicted}: {count} time{'s' * (count != 1)}."
        )
    says.append(
        f"When it says that it is 90% sure, believe it: on average its confidence is off by "
        f"{percent(evaluation.ece)}."
        if evaluation.ece < 0.02
        else f"Its confidence is off by {percent(evaluation.ece)} on average."
    )
    return " ".join(says)


def _curves(run: Run) -> tuple[str, list[tuple[Markup, str]]]:
    """What the curves say, and the charts with their captions."""
    curves = history.of_run(run)
    stopped = ""
    planned = run.recipe.get("epochs", 0)
    if 0 < len(curves.epochs) < planned:
        stopped = f" It stopped early, after {len(curves.epochs)} of {planned} epochs."
    best = curves.best
    says = (
        "An epoch is one pass over all training digits. Validation digits are held back from "
        "training, to see whether what is learned holds for others."
    )
    if best is not None:
        says += (
            f" The best epoch for them was {curves.epochs[best]}, with "
            f"{percent(curves.val_accuracy[best])} right.{stopped}"
        )
    charts = [
        (report_charts.accuracy_chart(curves), "Accuracy"),
        (report_charts.loss_chart(curves), "Loss; each step of the scale is about a halving"),
        (report_charts.recall_chart(curves), "Recall: digits given over half of the probability"),
    ]
    # The charts are ours: they carry numbers, and escape their words.
    return says, [(Markup(chart), caption) for chart, caption in charts if chart]


def _made_of(run: Run) -> str:
    made_of = run.card.dataset
    counts = [
        (f"{made_of.n_training:,} digits to learn from", True),
        (
            f"{made_of.n_nondigits:,} drawings that are no digit, to learn doubt",
            made_of.n_nondigits,
        ),
        (f"{made_of.n_validation:,} digits to choose by", True),
        (f"{made_of.n_test:,} to be evaluated on", True),
    ]
    return ", ".join(text for text, there in counts if there)


def _command(run: Run) -> tuple[str, str]:
    """What to type to train it again, or why nobody can."""
    try:
        return recipes.command(Recipe.from_dict(dict(run.recipe))), ""
    except DigitcnnError as error:
        return "", str(error)
