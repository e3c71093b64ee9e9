"""Run → one HTML file that says all about it; opens anywhere, without a network.

What it looks like is in ``report.html``; here is what fills it.
"""

import base64
from html import escape
from pathlib import Path
from string import Template

import numpy as np

from digitcnn.data.digits import Digits
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.inference import evaluate
from digitcnn.models import recipes
from digitcnn.models.networks import N_CLASSES
from digitcnn.models.recipes import Recipe
from digitcnn.report import charts as report_charts
from digitcnn.report.tables import (
    confusion_html,
    layers_html,
    mistakes_html,
    per_digit_html,
    readings_html,
    recipe_html,
)
from digitcnn.runs import history, table
from digitcnn.runs.run import SAMPLES, Run
from digitcnn.text import duration, percent

_TEMPLATE = Path(__file__).parent / "templates" / "report.html"


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
    confusion = confusion_html(evaluation) + per_digit_html(evaluation)
    slots = {
        "title": escape(f"{run.name}: report"),
        "name": escape(run.name),
        "subtitle": _subtitle(run),
        "figures": _figures(run, evaluation),
        "summary": _summary(run, evaluation),
        "curves": _curves(run),
        "confusion": f'<div class="two">{confusion}</div>',
        "mistakes": mistakes_html(evaluation, pictures),
        "readings": readings_html(evaluation, pictures),
        "samples": _samples(run),
        "layers": layers_html(run),
        "recipe": recipe_html(run),
        "reproduction": _reproduction(run),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(slots)


def make(run: Run, home: Path) -> bytes:
    """The report on a run as a file's content, with pictures if this machine has the digits.

    Raises:
        DamagedRun, DamagedEvaluation, DamagedHistory: see :func:`html`.
    """
    return html(run, evaluate.digits(run, home)).encode()


def _subtitle(run: Run) -> str:
    when = table.day(run.created)
    recipe = run.recipe.get("name", "?")
    says = f"Network {run.network}, recipe {recipe}, trained on {when} UTC. Run {run.card.id}."
    return escape(says)


def _figures(run: Run, evaluation: Evaluation) -> str:
    figures = [
        ("Read right", percent(evaluation.accuracy)),
        (f"Mistakes of {len(evaluation):,}", f"{len(evaluation.mistakes()):,}"),
        ("Recall", percent(evaluation.macro_recall)),
        ("Loss", f"{evaluation.loss:.4f}"),
        ("Parameters", f"{run.card.parameters:,}"),
        ("Training", duration(run.seconds)),
    ]
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)
    return f'<dl class="figures">{cells}</dl>'


def _summary(run: Run, evaluation: Evaluation) -> str:
    """What the figures mean, in sentences."""
    matrix, digits = evaluation.confusion(), evaluation.per_digit()
    says = [
        f"Of {len(evaluation):,} digits that it had never seen ({escape(evaluation.dataset)}), it "
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
    return f"<p>{' '.join(says)}</p>"


def _curves(run: Run) -> str:
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
    figures = "".join(
        f"<figure>{chart}<figcaption>{caption}</figcaption></figure>"
        for chart, caption in charts
        if chart
    )
    return f'<p>{says}</p><div class="two">{figures}</div>'


def _samples(run: Run) -> str:
    made_of = run.card.dataset
    counts = [
        (f"{made_of.n_training:,} digits to learn from", True),
        (
            f"{made_of.n_nondigits:,} drawings that are no digit, to learn doubt",
            made_of.n_nondigits,
        ),
        (f"{made_of.n_validation:,} digits to choose by", True),
        (f"{made_of.n_test:,} to be examined on", True),
    ]
    says = f"<p>{', '.join(text for text, there in counts if there)}.</p>"
    if SAMPLES not in run.card.files:
        return f'{says}<p class="quiet">This run keeps no pictures of its training digits.</p>'
    address = base64.b64encode(run.content(SAMPLES)).decode()
    return (
        f'{says}<figure><img class="samples" src="data:image/png;base64,{address}" '
        'alt="48 training digits as the network saw them"><figcaption>Some of them, as the '
        "network saw them.</figcaption></figure>"
    )


def _reproduction(run: Run) -> str:
    try:
        command = recipes.command(Recipe.from_dict(run.recipe))
    except DigitcnnError as error:
        return f"<p>{escape(str(error))}</p>"
    return (
        f"<pre><code>{escape(command)}</code></pre><p>The same seed on the same machine with the "
        "same versions gives the same network; elsewhere rounding may differ, and with it the "
        "last few digits that are read.</p>"
    )
