"""What a network reads while it learns: hard digits, and the visitor's own drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from digitcnn.app.shared import cache, canvas, notes, reading
from digitcnn.errors import DigitcnnError
from digitcnn.figures.image_url import picture_url, png_url
from digitcnn.runs.progress import HARD_DIGITS, LATEST_MODEL, Progress
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/train/templates/learning.html")

_MOST = 48  # digits that a page shows, whatever a training tells


@dataclass(frozen=True)
class Tile:
    """One hard digit, and how it was read.

    Attributes:
        label: what it is.
        across: place of its picture among all, in percent.
        read: what the network reads now; ``None`` before the first epoch is over.
        sure: with which probability, as text.
        state: CSS classes: whether that is right, and whether it was otherwise an epoch ago.
        says: the same in words.
        about: what else there is to know.
    """

    label: int
    across: float
    read: int | None
    sure: str
    state: str
    says: str
    about: str


def show(folder: Path, progress: Progress) -> None:
    """Places what a training that is running reads.

    Args:
        folder: the training's.
        progress: what it tells.
    """
    try:
        sheet = png_url((folder / HARD_DIGITS).read_bytes())
        tiles = _tiles(progress.hard)
        epoch = int(progress.hard.get("epoch", 0))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return  # It is not that far yet.
    if not tiles:
        return
    title = f"Hard digits, as read after epoch {epoch}" if epoch else "Hard digits"
    text = "Validation digits on which the network in use is undecided"
    text += "." if epoch else "; the new one reads them after each epoch."
    with st.container(key="learning"):
        st.html(_render("hard_digits", title=title, text=text, sheet=sheet, tiles=tiles))
        _own_drawing(folder / LATEST_MODEL)


def _tiles(hard: dict[str, Any]) -> list[Tile]:
    labels = [int(label) for label in hard["labels"]][:_MOST]

    def of(name: str) -> Sequence[Any]:
        told = hard.get(name) or []
        return told if len(told) >= len(labels) else [None] * len(labels)

    each = zip(labels, of("in_use"), of("now"), of("previous"), strict=False)
    n = max(len(labels) - 1, 1)
    return [
        _tile(label, 100 * place / n, *map(_reading, told))
        for place, (label, *told) in enumerate(each)
    ]


Told = tuple[int, float] | None


def _tile(label: int, across: float, in_use: Told, now: Told, previous: Told) -> Tile:
    about = f"Labelled {label}"
    if in_use is not None:
        about += f"; network in use: {in_use[0]}"
    if now is None:
        return Tile(label, across, None, "", "", f"is a {label}", about)
    right = now[0] == label
    turned = previous is not None and (previous[0] == label) != right
    state = "right" if right else "wrong"
    says = f"now {'correct' if right else 'wrong'}" if turned else f"is a {label}"
    state += " turned" if turned else ""
    return Tile(label, across, now[0], certainty(now[1]), state, says, about)


def _reading(told: Any) -> Told:
    if told is None:
        return None
    label, probability = told
    return int(label), min(max(float(probability), 0.0), 1.0)


def _own_drawing(model: Path) -> None:
    """Places the visitor's drawing, as the network reads it after a recent epoch."""
    try:
        found = reading.steps(canvas.DIGIT.drawing(), canvas.DIGIT.picture())
    except DigitcnnError:
        return
    if found is None:
        notes.quiet(
            "Draw a digit on the Draw page to have this network read it, too, while it learns."
        )
        return
    read = cache.latest_network(model)
    if read is None:
        return
    probabilities = read(found.centred)
    best, second = (int(label) for label in np.argsort(-probabilities, kind="stable")[:2])
    st.html(
        _render(
            "own_drawing",
            url=picture_url(found.centred),
            label=best,
            sure=certainty(float(probabilities[best])),
            next_label=second,
            next_sure=certainty(float(probabilities[second])),
        )
    )
