"""Run → one HTML file to draw on, in which the run reads; works offline.

The page reads with the code that the app's pages read with (:mod:`digitcnn.inference.browser`).
Its digits are synthetic handwriting, so that nobody else's pictures are given away with it.
"""

import base64
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitcnn.data import handwriting, samples
from digitcnn.inference import browser
from digitcnn.inference.browser import weights
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models.networks import N_CLASSES
from digitcnn.preprocessing import digit_image, ink
from digitcnn.report.tables import confusion_html, layers_html, recipe_html
from digitcnn.runs.run import Run
from digitcnn.system.templates import render, script
from digitcnn.text import day, duration, percent

N_DIGITS = 1_000  # of synthetic handwriting, in the matrix

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
    digits = handwriting.digits(N_DIGITS, handwriting.TEST_SEED)
    predicted = recognizer.outputs(digits.images).probabilities.argmax(axis=1)
    drawings = [
        [np.round(stroke.astype(float), 1).tolist() for stroke in samples.sample(digit)]
        for digit in range(N_CLASSES)
    ]
    pictures = _pictures(digits.images, digits.labels, predicted)
    counts = np.zeros((N_CLASSES, N_CLASSES), int)
    np.add.at(counts, (digits.labels, predicted), 1)
    return render(
        "report/templates/page.html",
        name=run.name,
        digits=range(N_CLASSES),
        matrix_says=_matrix_says(digits.labels, predicted),
        matrix=confusion_html(counts, caption="", buttons=True),
        about=_about(run),
        layers=layers_html(run.card.layers, run.card.parameters),
        recipe=recipe_html(run),
        data={"samples": drawings, "pictures": pictures},
        script=script(browser.script(_SCRIPT)),
        network=base64.b64encode(packed).decode(),
    ).encode()


def _pictures(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], predicted: NDArray[np.uint8]
) -> dict[str, list[str]]:
    """For each cell of the matrix, ``"49"`` say, some of its digit images, as base64."""
    cells: dict[str, list[str]] = defaultdict(list)
    for image, label, read in zip(images, labels, predicted, strict=True):
        cell = cells[f"{label}{read}"]
        if len(cell) < _SHOWN:
            cell.append(base64.b64encode(image.tobytes()).decode())
    return cells


def _matrix_says(labels: NDArray[np.uint8], predicted: NDArray[np.uint8]) -> str:
    wrong = int((labels != predicted).sum())
    return (
        f"Of {len(labels):,} digits in synthetic handwriting, none of which it was trained on, it "
        f"reads {len(labels) - wrong:,} correctly. Rows: true digits; columns: predicted."
    )


def _about(run: Run) -> str:
    made = (
        f"the network {run.network} with {run.card.parameters:,} parameters, trained by the recipe "
        f"{run.recipe.get('name', '?')} on {day(run.created)} UTC, which took "
        f"{duration(run.seconds)}"
    )
    if run.card.members:
        names = ", ".join(member.name for member in run.card.members)
        made = f"the mean of {len(run.card.members)} networks, {names}"
    says = (
        f"{run.name}: {made}. Of {run.card.entries['dataset'].get('name', 'its test digits')}"
        f" it reads {percent(run.test_accuracy)} correctly."
    )
    return says
