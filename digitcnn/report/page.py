"""Run → one HTML file in which the run reads what is drawn; opens anywhere, without a network.

The page reads with the code that the app's pages read with (:mod:`digitcnn.inference.browser`).
Its digits are made-up handwriting, so that nobody else's pictures are given away with it.
"""

import base64
import json
from collections import defaultdict
from html import escape
from pathlib import Path
from string import Template

import numpy as np

from digitcnn.data import handwriting, samples
from digitcnn.inference import browser
from digitcnn.inference.browser import weights
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models.networks import N_CLASSES
from digitcnn.preprocessing import digit_image, ink
from digitcnn.report.tables import layers_html, recipe_html
from digitcnn.runs.run import Run
from digitcnn.text import day, duration, percent

N_DIGITS = 1_000  # of made-up handwriting, in the matrix

_TEMPLATE = Path(__file__).parent / "templates" / "page.html"
_SCRIPT = Path(__file__).with_name("page.js")
_SHOWN = 12  # pictures in a cell, at most
_CHECK = 3


def make(run: Run) -> bytes:
    """The page as a file's content.

    Args:
        run: the run.

    Raises:
        NotForBrowsers: its network can't go into a browser.
        DamagedRun, UnreadableModel: see :mod:`digitcnn.inference.recognizer`.
    """
    recognizer = Recognizer(run)
    check = digit_image.digit_image(ink.rasterize(samples.sample(_CHECK)))
    packed = weights.packed(run, recognizer, check)
    digits = handwriting.digits(N_DIGITS, handwriting.EXAM_SEED)
    predicted = recognizer.outputs(digits.images).probabilities.argmax(axis=1)
    drawings = [
        [np.round(stroke.astype(float), 1).tolist() for stroke in samples.sample(digit)]
        for digit in range(N_CLASSES)
    ]
    pictures = _pictures(digits.images, digits.labels, predicted)
    slots = {
        "name": escape(run.name),
        "bars": "<div><span></span><i></i></div>" * N_CLASSES,
        "digits": "".join(f"<span>{digit}</span>" for digit in range(N_CLASSES)),
        "samples": "".join(
            f'<button type="button" data-digit="{digit}" aria-label="Sample {digit}">{digit}'
            "</button>"
            for digit in range(N_CLASSES)
        ),
        "matrix_says": _matrix_says(digits.labels, predicted),
        "matrix": _matrix(digits.labels, predicted),
        "about": _about(run),
        "layers": layers_html(run),
        "recipe": recipe_html(run),
        "data": _json({"samples": drawings, "pictures": pictures}),
        "network": base64.b64encode(packed).decode(),
        "script": browser.script(_SCRIPT).replace("</script", "<\\/script"),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(slots).encode()


def _pictures(images: np.ndarray, labels: np.ndarray, predicted: np.ndarray) -> dict[str, list]:
    """For each cell of the matrix, ``"49"`` say, some of its digit images, as base64."""
    cells: dict[str, list[str]] = defaultdict(list)
    for image, label, read in zip(images, labels, predicted, strict=True):
        cell = cells[f"{label}{read}"]
        if len(cell) < _SHOWN:
            cell.append(base64.b64encode(image.tobytes()).decode())
    return cells


def _matrix_says(labels: np.ndarray, predicted: np.ndarray) -> str:
    wrong = int((labels != predicted).sum())
    return (
        f"Of {len(labels):,} digits in handwriting that the program makes up, none of which it was "
        f"trained on, it reads {len(labels) - wrong:,} right. Rows are what was written, columns "
        "what was read."
    )


def _matrix(labels: np.ndarray, predicted: np.ndarray) -> str:
    counts = np.zeros((N_CLASSES, N_CLASSES), int)
    np.add.at(counts, (labels, predicted), 1)
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(N_CLASSES))
    rows = "".join(
        f'<tr><th scope="row">{true}</th>'
        + "".join(f"<td>{_cell(true, read, counts[true, read])}</td>" for read in range(N_CLASSES))
        + "</tr>"
        for true in range(N_CLASSES)
    )
    return (
        f'<table id="matrix"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _cell(true: int, read: int, count: int) -> str:
    if not count:
        return ""
    kind = "right" if true == read else "wrong"
    return (
        f'<button type="button" class="{kind}" data-true="{true}" data-predicted="{read}" '
        f'aria-pressed="false" title="{true} read as {read}">{count}</button>'
    )


def _about(run: Run) -> str:
    says = (
        f"{run.name}: the network {run.network} with {run.card.parameters:,} parameters, trained "
        f"by the recipe {run.recipe.get('name', '?')} on {day(run.created)} UTC, which took "
        f"{duration(run.seconds)}. Of {run.card.entries['dataset'].get('name', 'its test digits')}"
        f" it reads {percent(run.test_accuracy)} right."
    )
    return escape(says)


def _json(value: object) -> str:
    """JSON that can stand in a page's script."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
