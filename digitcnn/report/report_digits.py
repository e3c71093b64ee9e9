"""Pictures of single digits in a report: the worst mistakes, and readings as they come."""

import numpy as np

from digitcnn.data.digits import Digits
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.figures.bars import picture_url
from digitcnn.inference import evaluate
from digitcnn.text import certainty

_N_MISTAKES, _N_READINGS = 30, 30


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
