"""The tables of a report (what was confused, figures by digit, layers, recipe) and its digits."""

from html import escape
from typing import Any

import numpy as np

from digitcnn.data.digits import Digits
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.figures.image_url import picture_url
from digitcnn.inference import evaluate
from digitcnn.models.networks import N_CLASSES
from digitcnn.runs.run import Run
from digitcnn.text import certainty, percent

_N_MISTAKES, _N_READINGS = 30, 30


def confusion_html(evaluation: Evaluation) -> str:
    """The confusion matrix."""
    matrix = evaluation.confusion()
    worst = max(int((matrix - np.diag(matrix.diagonal())).max()), 1)
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(N_CLASSES))
    rows = []
    for true, counts in enumerate(matrix):
        cells = []
        for predicted, count in enumerate(counts):
            if true == predicted:
                cells.append(f'<td class="right">{count:,}</td>')
            elif count:
                share = f"{15 + 60 * count / worst:.0f}%"
                cells.append(f'<td class="mistake" style="--share:{share}">{count}</td>')
            else:
                cells.append('<td class="none">·</td>')
        rows.append(f'<tr><th scope="row">{true}</th>{"".join(cells)}</tr>')
    return (
        '<div class="scroll"><table class="matrix"><caption>Rows are the true '
        "digits, columns what was read. On the diagonal it was right.</caption>"
        f'<thead><tr><td aria-label="true digit"></td>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def per_digit_html(evaluation: Evaluation) -> str:
    """Precision, recall, F1 and support of each digit."""
    rows, digits = [], evaluation.per_digit()
    # The bar shows what matters: 95% would look full on a scale from zero.
    least = min((m.recall for m in digits if m.support), default=0.0)
    start = next(floor for floor in (0.95, 0.9, 0.8, 0.5, 0.0) if least > floor or not floor)
    for m in digits:
        length = (m.recall - start) / (1 - start) if m.support else 0.0
        rows.append(
            f'<tr><th scope="row">{m.digit}</th>{_cell(percent(m.precision))}'
            f'<td class="n">{percent(m.recall)}<span class="part" aria-hidden="true">'
            f'<i style="width:{100 * length:.0f}%"></i></span></td>'
            f"{_cell(percent(m.f1))}{_cell(f'{m.support:,}')}</tr>"
        )
    head = "".join(
        f'<th scope="col" class="n">{name}</th>' for name in ("Precision", "Recall", "F1", "Digits")
    )
    return (
        '<div class="scroll"><table class="plain"><caption>Precision: of those read as the digit, '
        "the part that are. Recall: of those that are the digit, the part read as it (its bar "
        f"begins at {start:.0%}). F1: both in one.</caption>"
        f'<thead><tr><th scope="col">Digit</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows).replace('nan%', '–')}</tbody></table></div>"
    )


def layers_html(run: Run) -> str:
    """The network's layers."""
    rows = "".join(
        f"<tr><td>{escape(row.text)}</td>"
        f'<td class="n">{escape("×".join(map(str, row.shape)))}</td>'
        f'<td class="n">{row.parameters:,}</td></tr>'
        for row in run.card.layers
    )
    return (
        '<div class="scroll"><table class="plain"><thead><tr><th scope="col">Layer</th>'
        '<th scope="col" class="n">Output</th><th scope="col" class="n">Parameters</th></tr>'
        f'</thead><tbody>{rows}</tbody><tfoot><tr><th scope="row">Total</th><td></td>'
        f'<td class="n">{run.card.parameters:,}</td></tr></tfoot></table></div>'
    )


def recipe_html(run: Run) -> str:
    """What decided the training: recipe, data, calibration, versions."""
    entries = {name.replace("_", " "): value for name, value in run.recipe.items()}
    calibration = {
        "temperature": f"{run.card.calibration.temperature:.4f}",
        "digit threshold": run.card.calibration.digit_threshold,
    }
    data = {name.replace("_", " "): value for name, value in run.card.entries["dataset"].items()}
    return (
        f'<div class="two">{_entries("Recipe", entries)}{_entries("Data", data)}'
        f"{_entries('Calibration', calibration)}{_entries('Versions', run.card.versions)}</div>"
    )


def _entries(title: str, entries: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th><td>{escape(_plain(value))}</td></tr>'
        for name, value in entries.items()
    )
    return (
        f'<div class="scroll"><table class="plain"><caption>{title}</caption>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 else text  # a fingerprint


def _cell(text: str) -> str:
    return f'<td class="n">{text}</td>'


def mistakes_html(evaluation: Evaluation, pictures: Digits | None) -> str:
    """The mistakes in which the true digit seemed least likely, worst first."""
    wrong = evaluation.mistakes()
    if not len(wrong):
        return "<p>It made none.</p>"
    worst = wrong[np.argsort(evaluation.self_confidences[wrong], kind="stable")][:_N_MISTAKES]
    says = (
        f"The {len(worst)} of its {len(wrong):,} mistakes in which the true digit seemed least "
        "likely to it. With some, the label may be at fault."
    )
    return f"<p>{says}</p>{_list(evaluation, pictures, worst)}"


def readings_html(evaluation: Evaluation, pictures: Digits | None) -> str:
    """Digits drawn by lot, and what was read."""
    n = min(_N_READINGS, len(evaluation))
    chosen = np.sort(np.random.default_rng(0).choice(len(evaluation), n, replace=False))
    return f"<p>Drawn by lot.</p>{_list(evaluation, pictures, chosen)}"


def _list(evaluation: Evaluation, pictures: Digits | None, chosen: np.ndarray) -> str:
    items = "".join(_item(evaluation, pictures, int(i)) for i in chosen)
    hint = "" if pictures is not None else f'<p class="quiet">{evaluate.HOW_TO_GET}</p>'
    return f'<ul class="digits">{items}</ul>{hint}'


def _item(evaluation: Evaluation, pictures: Digits | None, i: int) -> str:
    true, read = int(evaluation.labels[i]), int(evaluation.predicted[i])
    sure = f"<span>{certainty(float(evaluation.confidences[i]))} sure</span>"
    picture = ""
    if pictures is not None:
        picture = (
            f'<img src="{picture_url(pictures.images[i])}" alt="Test digit {i}, a {true}" '
            'width="28" height="28">'
        )
    says = f"<b>{read}</b>" if true == read else f"<b>{read}</b> for {true}"
    kind = "" if true == read else ' class="wrong"'
    return f"<li{kind}>{picture}<span>{says}</span>{sure}<span>no. {i:,}</span></li>"
