"""Run → one HTML file with everything about it; opens offline.

What it looks like is in ``templates/report.html``; here is what fills it.
"""

from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from digitcnn.data.digits import Digits
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.agreement import Agreement
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.figures.image_url import png_url
from digitcnn.inference import evaluate
from digitcnn.models import recipes
from digitcnn.report.charts import chart
from digitcnn.report.tables import (
    confusion_html,
    layers_html,
    mistakes,
    per_digit_html,
    readings,
    recipe_html,
)
from digitcnn.runs import history, origin
from digitcnn.runs.run import SAMPLES, Run
from digitcnn.system.templates import render
from digitcnn.text import day, duration, percent

_MOST_TIES = 4  # most common mistakes that a sentence can name


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
        "report/templates/report.html",
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
        made_with=origin.in_words(run.card),
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
    if run.card.members:
        names = ", ".join(member.name for member in run.card.members)
        return (
            f"Ensemble of {len(run.card.members)} networks ({names}), put together on {when} UTC. "
            f"Run {run.card.id}."
        )
    recipe = run.recipe.get("name", "?")
    return f"Network {run.network}, recipe {recipe}, trained on {when} UTC. Run {run.card.id}."


def _figures(run: Run, evaluation: Evaluation) -> list[tuple[str, str]]:
    return [
        ("Correct", percent(evaluation.accuracy)),
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
        f"Of {len(evaluation):,} digits that it had never seen ({evaluation.dataset}), the network "
        f"reads {percent(evaluation.accuracy)} correctly; for {percent(evaluation.top2)} the "
        "correct digit is its first or second guess."
    ]
    known = [metrics for metrics in digits if metrics.support]
    if known and len(evaluation.mistakes()):
        best, worst = (pick(known, key=lambda m: m.recall) for pick in (max, min))
        wrong = matrix - np.diag(matrix.diagonal())
        says.append(
            f"Recall is highest for the digit {best.digit} ({percent(best.recall)}) and lowest for "
            f"the digit {worst.digit} ({percent(worst.recall)}). {_most_common(wrong)}"
        )
    says.append(
        f"Its confidence can be believed: on average it is off by {percent(evaluation.ece)}."
        if evaluation.ece < 0.02
        else f"Its confidence is off by {percent(evaluation.ece)} on average."
    )
    if evaluation.members is not None:
        agreement = Agreement(evaluation.labels, evaluation.predicted, evaluation.members)
        says.append(agreement.in_words())
    return " ".join(says)


def _most_common(wrong: NDArray[np.int64]) -> str:
    """The most common mistakes, ties included.

    Args:
        wrong: int (10, 10), counts of mistakes; at least one.
    """
    count = int(wrong.max())
    pairs = [f"{true} read as {predicted}" for true, predicted in np.argwhere(wrong == count)]
    times = f"{count} time{'s' * (count != 1)}"
    if len(pairs) == 1:
        return f"The most common mistake is {pairs[0]}: {times}."
    if len(pairs) > _MOST_TIES:
        return f"No mistake was made more than {times}."
    return f"The most common mistakes are {', '.join(pairs[:-1])} and {pairs[-1]}: {times} each."


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
            f" The best epoch was {curves.epochs[best]}, with a validation accuracy of "
            f"{percent(curves.val_accuracy[best])}.{stopped}"
        )
    charts = [
        (chart(curves, "accuracy"), "Accuracy"),
        (chart(curves, "loss"), "Loss, on a logarithmic scale"),
        (chart(curves, "recall"), "Recall: digits given more than half of the probability"),
    ]
    return says, [(drawn, caption) for drawn, caption in charts if drawn]


def _made_of(run: Run) -> str:
    made_of = run.card.dataset
    counts = [
        (f"{made_of.n_training:,} training digits", True),
        (
            f"{made_of.n_nondigits:,} non-digit drawings, for rejection",
            made_of.n_nondigits,
        ),
        (f"{made_of.n_validation:,} validation digits", True),
        (f"{made_of.n_test:,} test digits", True),
    ]
    says = ", ".join(text for text, there in counts if there)
    if len(run.card.datasets) > 1:
        says += "; joined of " + ", ".join(
            f"{part.name} ({part.n_training:,} to learn from, {percent(part.test_accuracy)} of "
            f"{part.n_test:,} test digits read correctly)"
            for part in run.card.datasets
        )
    return says


def _command(run: Run) -> tuple[str, str]:
    """What to type to train it again, or why nobody can."""
    if run.card.foreign is not None:
        return "", "It was made elsewhere, and can't be trained again here."
    if run.card.members:
        ids = " ".join(member.id for member in run.card.members)
        return f"{recipes.PROGRAM} runs ensemble {ids}", ""
    try:
        return recipes.command(run.card.full_recipe()), ""
    except DigitcnnError as error:
        return "", str(error)
