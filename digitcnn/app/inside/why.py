"""Why a digit is read as it is: which ink supports or contradicts it, and what would flip it."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.inside.source import Source
from digitcnn.app.shared.cache import Reader
from digitcnn.app.shared.messages import one
from digitcnn.explain import counterfactual
from digitcnn.explain.counterfactual import Change
from digitcnn.explain.occlusion import Attribution, attribution
from digitcnn.figures import network
from digitcnn.system.templates import render

_render = partial(render, "app/inside/templates/why.html")

_ASKED = "inside asked"  # session state: the digit asked about; absent for the one that was read
_TOLD = 0.2  # log-odds; less is not worth a word


def show(source: Source, reader: Reader) -> None:
    """Places the part."""
    asked = _choice(source.prediction.label)
    with st.container(key="why"):
        st.html(_why_html(source, attribution(source.image, reader.recognizer.logits), asked))
    with st.container(key="change"):
        st.html(_change_html(source, _changes(source, reader, asked), asked))


def _choice(label: int) -> int:
    """The digit that is asked about: the one that was read unless another is chosen."""
    asked = st.session_state.get(_ASKED)
    # A widget for each label: the browser may still send what an earlier one showed.
    key = f"why-digit-{label}"
    if st.session_state.get(key) is None:
        st.session_state[key] = label if asked is None else asked

    def changed() -> None:
        chosen = st.session_state[key]
        st.session_state[_ASKED] = None if chosen == label else chosen

    with st.container(key="why-digit"):
        st.segmented_control(
            f"Read as {label}. What supports or contradicts each digit?",
            range(10), format_func=str, key=key, on_change=changed,
        )  # fmt: skip
    return label if asked is None else asked


def _why_html(source: Source, found: Attribution, asked: int) -> str:
    label = source.prediction.label
    title = f"Why {label}?" if asked == label else f"Why not {asked}?"
    present, missing = found.present[asked], found.missing[asked]
    return _render(
        "why",
        title=title,
        digit=one(asked),
        present={
            "url": network.heat_map_url(source.image, present),
            "strongest": _strongest(present, asked, "ink"),
        },
        missing={
            "url": network.heat_map_url(source.image, missing),
            "strongest": _strongest(missing, asked, "more ink"),
        },
    )


def _strongest(effects: NDArray[np.float64], digit: int, what: str) -> str:
    says = []
    for sign, verb in ((1, "supports"), (-1, "contradicts")):
        strongest = np.unravel_index((effects * sign).argmax(), effects.shape)
        if effects[strongest] * sign > _TOLD:
            row, column = strongest
            place = network.where(int(row), int(column))
            at = "in" if place == "middle" else "at"
            effect = network.signed(effects[strongest], 1)
            says.append(f"{verb} it most {at} the {place} ({effect})")
    if not says:
        return f"No single spot decides on the {digit}."
    return f"{what.capitalize()} {' and '.join(says)}."


def _changes(source: Source, reader: Reader, asked: int) -> list[Change]:
    recognizer = reader.recognizer
    return counterfactual.changes(
        source.image,
        recognizer.logits,
        None if asked == source.prediction.label else asked,
        lambda pictures: recognizer.outputs(pictures).logits,
        source.without_strokes(),
    )


def _change_html(source: Source, found: list[Change], asked: int) -> str:
    return _render(
        "change",
        to="" if asked == source.prediction.label else f" to {asked}",
        changes=[_changed(source, change, first=change is found[0]) for change in found],
        most_cells=counterfactual.MOST_CELLS,
    )


def _changed(source: Source, change: Change, first: bool) -> tuple[str, str, str]:
    """A change as a picture, in words, and as what the digit is read then."""
    if change.kind == "lines":
        text = f"Add {' and '.join(change.names)}"
    elif change.kind == "strokes":
        text = f"Leave out {' and '.join(change.names)}"
    else:
        pieces = "one small piece" if change.parts == 1 else f"{change.parts} small pieces"
        text = f"Wipe out {pieces} ({change.pixels} pixels)"
    least = "The least: " if first else ""
    url = (
        network.heat_map_url(change.image, np.zeros((28, 28)))
        if change.kind == "strokes"
        else network.change_url(source.image, change.image)
    )
    text = f"{least}{text[0].lower() if first else text[0]}{text[1:]}"
    return url, text, one(change.label)
