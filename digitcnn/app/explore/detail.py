"""One digit, closely: its probabilities, training digits like it, and what to do with it."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.explore import gallery, settle, state
from digitcnn.app.explore.view import View
from digitcnn.app.shared import cache_digits, canvas, moment_slider, navigation, notes, reading
from digitcnn.array_types import Floats
from digitcnn.evaluation.agreement import votes_in_words
from digitcnn.explain.similar import Neighbour, TrainingDigits
from digitcnn.figures import bars, sheets
from digitcnn.figures.image_url import picture_url
from digitcnn.runs.run import Run
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/explore/templates/detail.html")

_POLL_S = 1.0
_N_SIMILAR = 3
_ITSELF = 0.9999  # likeness from which a training digit is taken for the same one
_ZOOM = 8  # of the PNG


def show(view: View) -> None:
    """Places the digit that is looked at; the first of the selected ones unless one was opened."""
    index = view.opened
    if index is None:
        notes.quiet("Select a digit to see details.", "nothing")
        return
    st.html(_heading_html(view, index))
    _steps(view)
    with st.container(key="closely"):
        if view.images is not None:
            url = picture_url(view.images[index])
            st.html(_render("picture", url=url, words=_in_words(view, index)))
        with st.container(key="closely-bars"):
            _bars(view, index)
    st.html(_guesses_html(view, index))
    _pair(view, index)
    settle.show(view, index)
    if view.moment is not None:
        label = int(view.evaluation.labels[index])
        st.html(moment_slider.way_html(view.moment, index, label))
    _similar(view, index)
    if view.images is not None:
        _tools(view, index, view.images[index])


def _in_words(view: View, index: int) -> str:
    evaluation = view.evaluation
    return (
        f"The digit at position {index:,}: labelled {evaluation.labels[index]}, "
        f"read as {evaluation.predicted[index]}"
    )


def _heading_html(view: View, index: int) -> str:
    evaluation = view.evaluation
    true, predicted = int(evaluation.labels[index]), int(evaluation.predicted[index])
    verdict = f"{true} read as {predicted}" if true != predicted else f"{true}, read correctly"
    if evaluation.confidences[index] < view.selection.threshold:
        verdict = f"{true}, refused (first guess {predicted})"
    where = "not among the selected"
    if view.place is not None:
        where = f"{view.place + 1:,} of {len(view.chosen):,} selected"
    where += f", position {index:,} in {view.data.name}"
    return _render("heading", verdict=verdict, where=where)


def _steps(view: View) -> None:
    place, n = view.place, len(view.chosen)
    with st.container(key="detail-steps", horizontal=True):
        for title, key, icon, to, letter in (
            ("Previous", "digit-back", ":material/arrow_back:", (place or 0) - 1, "P"),
            (
                "Next",
                "digit-on",
                ":material/arrow_forward:",
                0 if place is None else place + 1,
                "N",
            ),
        ):
            there = n and (place is not None or to == 0) and 0 <= to < n
            st.button(
                title, key=key, icon=icon, shortcut=letter, disabled=not there,
                on_click=_open, args=(int(view.chosen[to]) if there else 0,),
            )  # fmt: skip


def _bars(view: View, index: int) -> None:
    evaluation = view.evaluation
    probabilities, chosen = view.probabilities(index), int(evaluation.predicted[index])
    st.plotly_chart(
        bars.probability_bars(probabilities, chosen),
        config={"displayModeBar": False},
        alt=bars.bars_in_words(probabilities),
        key="detail-bars",
    )
    st.html(reading.digits_html(chosen))


def _guesses_html(view: View, index: int) -> str:
    evaluation = view.evaluation
    true, predicted = int(evaluation.labels[index]), int(evaluation.predicted[index])
    rows = view.probabilities(index)
    others = [digit for digit in np.argsort(-rows, kind="stable") if digit != predicted][:2]
    sure = certainty(float(rows[predicted]))
    then = ", ".join(f"{digit} ({certainty(float(rows[digit]))})" for digit in others[:1])
    other = None
    if view.two is not None:
        second = view.two.second
        other = {
            "name": view.other_name,
            "predicted": int(second.predicted[index]),
            "sure": certainty(float(second.confidences[index])),
        }
    doubts = view.doubts if view.selection.show == "labels" else None
    doubtful = doubts is not None and doubts.confidently_other[index]
    return _render(
        "guesses",
        label=true,
        predicted=predicted,
        sure=sure,
        then=then,
        other=other,
        doubtful=bool(doubtful),
        by_folds=doubts is not None and doubts.by_folds,
        members=_members(view, index),
    )


def _pair(view: View, index: int) -> None:
    """The most alike picture beside it, and their difference, where that is what is looked at."""
    nearest, images = view.nearest if view.selection.is_of_pictures else None, view.images
    if nearest is None or images is None:
        return
    pair = gallery.pair_of(view, nearest, images, np.array([index]))
    urls = [picture_url(image[0]) for image in pair]
    words = gallery.alike_in_words(view, nearest, index)
    st.html(_render("pair", urls=urls, words=words))
    other = int(nearest.index[index])
    key = view.selection.data if view.half is None or view.others is None else view.half.key
    st.button(
        f"Show digit {other:,}", key="to-nearest", icon=":material/compare_arrows:",
        on_click=_show_nearest, args=(other, key, view.others is not None),
    )  # fmt: skip


def _show_nearest(index: int, data: str, is_other_set: bool) -> None:
    if is_other_set:
        state.change(data=data, show="all", order="position", against="", region=())
    state.change(digit=index)


def _members(view: View, index: int) -> str:
    """What each network of an ensemble reads; empty of a single network."""
    if view.evaluation.members is None:
        return ""
    read = view.evaluation.members[index].tolist()
    named = zip(view.run.card.members, read, strict=False)
    each = ", ".join(f"{member.name} reads {digit}" for member, digit in named)
    return f"{votes_in_words(read)[:-1]}: {each}." if len(set(read)) > 1 else votes_in_words(read)


def _similar(view: View, index: int) -> None:
    """The training digits most like it; asked after again while they are being prepared."""
    evaluation = view.evaluation
    if evaluation.embeddings is None:
        return
    labels = list(dict.fromkeys([int(evaluation.labels[index]), int(evaluation.predicted[index])]))
    if len(labels) == 1:  # It was read right: then beside what else it could be.
        rows = evaluation.probabilities[index]
        labels.append(int(np.argsort(-rows, kind="stable")[1]))
    embedding = evaluation.embeddings[index]
    prepared = cache_digits.training_digits(view.run)
    every = _POLL_S if prepared.is_made else None
    # A training digit is most like itself.
    learned = bool(view.data.fingerprint) or view.data.is_part
    st.fragment(_similar_part, run_every=every)(
        view.run, embedding, labels, prepared.is_made, learned
    )


def _similar_part(
    run: Run, embedding: Floats, labels: list[int], waited: bool, learned: bool
) -> None:
    prepared = cache_digits.training_digits(run)
    if waited and not prepared.is_made:
        st.rerun()
    with st.container(key="similar"):
        if prepared.value is not None:
            st.html(_similar_html(prepared.value, embedding, labels, learned))
        elif prepared.trouble:
            notes.quiet(prepared.trouble)
        else:
            notes.quiet("Preparing the training digits …")


def _similar_html(
    digits: TrainingDigits, embedding: Floats, labels: list[int], learned: bool
) -> str:
    found = []
    for label in labels:
        near = digits.nearest(embedding, _N_SIMILAR + learned, label)
        if learned and near and near[0].likeness > _ITSELF:
            near = near[1:]
        found.append((label, near[:_N_SIMILAR]))
    return _render(
        "similar",
        labels=[(label, [_alike(neighbour) for neighbour in near]) for label, near in found],
        name=digits.name,
    )


def _alike(neighbour: Neighbour) -> tuple[str, str, str]:
    """A training digit in words, as a picture, and how alike it is."""
    alike = f"{max(neighbour.likeness, 0) * 100:.0f}%"
    words = f"Training digit {neighbour.index:,}, labelled {neighbour.label}: {alike} similar"
    return words, picture_url(neighbour.image), alike


def _tools(view: View, index: int, image: NDArray[np.uint8]) -> None:
    true = int(view.evaluation.labels[index])
    with st.container(key="detail-tools", horizontal=True):
        if st.button("Open in Draw", key="to-draw", icon=":material/draw:"):
            canvas.DIGIT.show_picture(image)
            navigation.go("draw", "digit")
        if st.button("Look inside", key="to-inside", icon=":material/network_node:"):
            canvas.DIGIT.show_picture(image)
            navigation.go("inside")
        st.download_button(
            "PNG", lambda: sheets.sheet(image[None], [""], 1, _ZOOM), key="digit-png",
            file_name=f"digit-{index}-labelled-{true}.png", mime="image/png",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _open(index: int) -> None:
    state.change(digit=index)
