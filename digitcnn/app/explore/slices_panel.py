"""Slices on Explore: the present filter saved under a name, and how each is read by each run."""

import math
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from digitcnn.app.explore import slices, state
from digitcnn.app.explore.view import View
from digitcnn.app.shared import cache_digits, messages, notes
from digitcnn.data.styles import STYLES
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.expectations import Expectation, Expectations
from digitcnn.evaluation.slices import MAX_DIGITS, NAME_CHARS, Slice, WrongSlice
from digitcnn.evaluation.slices import read as read_slice
from digitcnn.system.templates import render
from digitcnn.text import percent

_render = partial(render, "app/explore/templates/slices.html")

_MOST_RUNS = 6  # columns of accuracy
_KEEP = {"digits": "These digits, for every run", "filter": "The filter, whatever it then holds"}
_TROUBLE = "slices trouble"  # session state
# What a slice may ask besides the page's filter: its name, what people see, its greatest value.
_RANGES = {
    "ink": ("Ink, share of black", 0.5),
    "aspect": ("Width to height", 3.0),
    "agreement": ("Neighbours with the same label", 1.0),
}
_STROKES = 6


def show(view: View) -> None:
    """Places the form and the list."""
    if view.data.private or view.moment is not None:
        notes.quiet(
            "Slices are saved of data sets that have a name and of the finished network; choose "
            "another data set above, or move the slider to its end."
        )
        return
    if trouble := st.session_state.pop(_TROUBLE, ""):
        notes.hint(trouble)
    with st.container(key="slices"):
        _form(view)
        _list(view)


def _form(view: View) -> None:
    selection = view.selection
    plain = selection.show in ("all", "refused") and not (selection.region or selection.settled)
    with st.form("save-slice", border=False):
        st.text_input("Save this filter as", key="slice-name", placeholder="sevens with a bar")
        st.radio(
            "Keep", list(_KEEP), format_func=lambda keep: _kept(view, keep), key="slice-keep",
            index=list(_KEEP).index("filter" if plain else "digits"), horizontal=True,
        )  # fmt: skip
        with st.expander("Narrow it further"):
            for name, (title, most) in _RANGES.items():
                if name == "agreement" and view.evaluation.embeddings is None:
                    continue
                st.slider(title, 0.0, most, (0.0, most), most / 50, key=f"slice-{name}")
            if view.data.key == "handwriting":
                st.slider("Strokes", 1, _STROKES, (1, _STROKES), key="slice-strokes")
                st.multiselect("Ways of writing", list(STYLES), key="slice-styles")
        st.form_submit_button("Save", key="save-slice", on_click=_save, args=(view,))


def _kept(view: View, keep: str) -> str:
    n = len(view.chosen)
    return f"{_KEEP[keep]} ({n:,})" if keep == "digits" else _KEEP[keep]


def _save(view: View) -> None:
    state_ = st.session_state
    name = str(state_.get("slice-name") or "").strip()
    try:
        if not 0 < len(name) <= NAME_CHARS:
            raise WrongSlice(f"Give the slice a name of 1 to {NAME_CHARS} characters.")
        if state_.get("slice-keep") == "filter":
            wanted = slices.of_filter(name, view.selection, view.data.key)
        elif not 0 < len(view.chosen) <= MAX_DIGITS:
            raise WrongSlice(f"Select 1 to {MAX_DIGITS:,} digits, or keep the filter.")
        else:
            wanted = Slice(name, view.data.key, digits=tuple(sorted(map(int, view.chosen))))
        # What a browser reports is checked like a file.
        wanted = read_slice({**wanted.to_dict(), **_narrower()})
        slices.held(wanted, view.run, view.data, view.evaluation)
        slices.save(wanted)
    except DigitcnnError as error:
        state_[_TROUBLE] = messages.without_paths(str(error))


def _narrower() -> dict[str, Any]:
    """The further conditions of the form; those that are left as they are ask for nothing."""
    state_ = st.session_state
    asked: dict[str, Any] = {}
    for name, (_, most) in _RANGES.items():
        low, high = state_.get(f"slice-{name}") or (0.0, most)
        if (low, high) != (0.0, most):
            # At its end a slider means any value above.
            top = {"ink": 1.0, "aspect": 28.0}.get(name, most)
            asked[name] = [low, top if high == most else high]
    low, high = state_.get("slice-strokes") or (1, _STROKES)
    if (low, high) != (1, _STROKES):
        asked["strokes"] = [low, high if high < _STROKES else 100]
    if styles := state_.get("slice-styles"):
        asked["styles"] = list(styles)
    return asked


def _list(view: View) -> None:
    saved = slices.every(view.data.key)
    if not saved:
        notes.quiet(
            "No slice of this data set is saved yet. A slice tells for every run how many of "
            "its digits are read correctly."
        )
        return
    columns = _columns(view)
    rows, troubles, expected = [], [], []
    for one in saved:
        cells, n = [], 0
        for place, (_, run, evaluation) in enumerate(columns):
            try:
                inside = slices.held(one, run, view.data, evaluation)
            except DigitcnnError as error:
                cells.append("–")
                if not place:
                    troubles.append(str(error))
                continue
            right = int((evaluation.predicted == evaluation.labels)[inside].sum())
            held = int(inside.sum())
            cells.append(f"{percent(right / held)} ({held - right:,} wrong)" if held else "–")
            if not place:
                n = held
                least = math.floor(right / held * 1000) / 1000 if held else 0.0
                expected.append(Expectation(one, least))
        rows.append({"name": one.name, "words": one.in_words(), "n": f"{n:,}", "cells": cells})
    st.html(_render("list", names=[name for name, _, _ in columns], rows=rows))
    for trouble in troubles:
        notes.quiet(trouble)
    names = ["", *(one.name for one in saved)]
    with st.container(key="slice-tools", horizontal=True, vertical_alignment="bottom"):
        key = "explore-slice"
        chosen = view.selection.slice if view.selection.slice in names else ""
        st.session_state[key] = chosen
        st.selectbox(
            "Look at", names, format_func=lambda name: name or "all digits", key=key,
            on_change=_look, args=(key,),
        )  # fmt: skip
        st.button(
            "Remove", key="remove-slice", icon=":material/delete:", disabled=not chosen,
            on_click=_remove, args=(chosen, view.data.key),
        )  # fmt: skip
        if expected:
            st.download_button(
                "As expectations",
                Expectations("slices", tuple(expected)).to_json,
                "expectations.json", "application/json", key="slices-json",
                icon=":material/download:", on_click="ignore",
                help="A file for digitcnn check: that this run reads them no worse than now.",
            )  # fmt: skip


def _columns(view: View) -> list[tuple[str, Any, Evaluation]]:
    """The run that is shown, and others that kept what they say to the same digits."""
    columns = [(view.run.name, view.run, view.evaluation)]
    if view.two is not None and view.other is not None:
        columns.append((view.other_name, view.other, view.two.second))
    taken = {run.id for _, run, _ in columns}
    for run in view.runs.values():
        if len(columns) == _MOST_RUNS:
            break
        if run.id in taken or run.card.dataset.fingerprint != view.run.card.dataset.fingerprint:
            continue
        try:
            kept = cache_digits.kept_evaluation(run)
        except DigitcnnError:
            continue
        if kept.dataset == view.evaluation.dataset and np.array_equal(
            kept.labels, view.evaluation.labels
        ):
            columns.append((run.name, run, kept))
    return columns


def _look(key: str) -> None:
    name = st.session_state[key]
    state.change(slice=name, show="all" if name else state.selection().show)


def _remove(name: str, data: str) -> None:
    try:
        slices.remove(name, data)
        state.change(slice="")
    except DigitcnnError as error:
        st.session_state[_TROUBLE] = messages.without_paths(str(error))
