"""What Explore gives away: the selected digits and the matrix as files."""

import csv
import io
import re
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.explore import gallery
from digitcnn.app.explore.gallery import title
from digitcnn.app.explore.matrix import matrix_view
from digitcnn.app.explore.view import View
from digitcnn.app.shared import notes
from digitcnn.figures import confusion, sheets
from digitcnn.models.networks import N_CLASSES

MOST_ON_SHEET = 2_000


def show(view: View) -> None:
    """Places the download buttons; a file is made when it is asked for."""
    matrix, selected = matrix_view(view), view.chosen
    what = f"{view.run.name} on {view.data.name}"
    with st.container(key="export", horizontal=True):
        _button(view, "Digits as CSV", "digits.csv", "text/csv", lambda: digits_csv(view))
        images = view.images
        if images is not None and len(selected):
            png = partial(digits_png, view, images)
            _button(view, "Digits as PNG", "digits.png", "image/png", png)
        _button(view, "Matrix as CSV", "matrix.csv", "text/csv", lambda: confusion.as_csv(matrix))
        _button(
            view, "Matrix as SVG", "matrix.svg", "image/svg+xml",
            lambda: confusion.as_svg(matrix, f"{matrix.title}: {what}"),
        )  # fmt: skip
    if len(selected) > MOST_ON_SHEET:
        notes.quiet(f"The PNG has the first {MOST_ON_SHEET:,} of {title(view).lower()}.", "small")


def file_name(view: View, kind: str) -> str:
    """A name that says what is in a file: run, data set, and for digits which were selected.

    Args:
        view: what is looked at.
        kind: "digits.csv", say: what is in the file, and its ending.
    """
    stem, ending = kind.split(".")
    selection = view.selection
    parts = [stem, view.run.name]
    if view.other is not None:
        parts += ["and", view.other.name]
    parts.append(view.data.name if view.data.private else view.data.key)
    if stem == "digits":
        if not selection.is_cell:
            parts.append(selection.show)
        if selection.true is not None:
            parts.append(f"true-{selection.true}")
        if selection.predicted is not None:
            parts.append(f"read-as-{selection.predicted}")
        if selection.region:
            parts.append("part-of-map")
    if selection.threshold:
        parts.append(f"from-{selection.threshold * 100:g}-percent")
    words = (re.sub(r"[^\w.]+", "-", part).strip("-.") for part in parts)
    return f"{'_'.join(word for word in words if word)[:150]}.{ending}"


def digits_csv(view: View) -> str:
    """The selected digits in their order: position, labels, confidence, ten probabilities.

    Where labels are doubted, or pictures compared, with what came of that.
    """
    evaluation = view.evaluation
    file = io.StringIO()
    writer = csv.writer(file)
    second = [] if view.two is None else ["predicted_by_second"]
    names = ["position", "true", "predicted", *second, "confidence", "answered"]
    found = _found_out(view)
    writer.writerow([*names, *(f"p{digit}" for digit in range(N_CLASSES)), *found])
    for index in view.chosen:
        other = [] if view.two is None else [int(view.two.second.predicted[index])]
        writer.writerow(
            [
                int(index),
                int(evaluation.labels[index]),
                int(evaluation.predicted[index]),
                *other,
                f"{evaluation.confidences[index]:.6g}",
                int(view.answered[index]),
                *(f"{probability:.6g}" for probability in evaluation.probabilities[index]),
                *(column(int(index)) for column in found.values()),
            ]
        )
    return file.getvalue()


def _found_out(view: View) -> dict[str, Callable[[int], str]]:
    """Further columns, by name: what each says of a digit."""
    if view.selection.is_of_pictures and view.nearest is not None:
        nearest, others = view.nearest, gallery.labels_beside(view)
        return {
            "nearest": lambda index: str(nearest.index[index]),
            "nearest_label": lambda index: str(others[nearest.index[index]]),
            "cosine": lambda index: f"{nearest.cosine[index]:.4f}",
        }
    if view.asks_for_doubts and view.doubts is not None:
        doubts = view.doubts
        return {
            "suggested": lambda index: str(doubts.suggested[index]),
            "self_confidence": lambda index: f"{doubts.self_confidence[index]:.6g}",
            "confidently_other": lambda index: str(int(doubts.confidently_other[index])),
        }
    return {}


def digits_png(view: View, images: NDArray[np.uint8]) -> bytes:
    """The selected digits on a sheet, each with its label and what it was read as."""
    shown = view.chosen[:MOST_ON_SHEET]
    labels, predicted = view.evaluation.labels, view.evaluation.predicted
    captions = [
        str(labels[index]) if labels[index] == predicted[index]
        else f"{labels[index]} > {predicted[index]}"
        for index in shown
    ]  # fmt: skip
    columns = int(np.clip(np.ceil(np.sqrt(len(shown))), 4, 40))
    return sheets.sheet(images[shown], captions, columns)


def _button(view: View, label: str, kind: str, mime: str, make: Callable[[], str | bytes]) -> None:
    st.download_button(
        label, make, file_name=file_name(view, kind), mime=mime, key=f"export {kind}",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip
