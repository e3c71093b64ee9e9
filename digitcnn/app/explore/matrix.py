"""The confusion matrix on the page, with what decides how it is shown and what is chosen in it.

A component of our own: Plotly's heatmap tells the page nothing of what is chosen, nor keys of it.
"""

import json
from pathlib import Path

import streamlit as st

from digitcnn.app.explore import state
from digitcnn.app.explore.view import View
from digitcnn.app.shared import notes
from digitcnn.figures import confusion
from digitcnn.figures.confusion import MatrixView
from digitcnn.inference import browser
from digitcnn.models.networks import N_CLASSES
from digitcnn.system.templates import render

_GRID = "matrix-grid"
_COUNTS, _DIAGONAL = "explore-counts", "explore-diagonal"
_NORMALISED = {"count": "Counts", "row": "% of row", "column": "% of column"}
_ANY = "any"
_DIGITS = [_ANY, *map(str, range(N_CLASSES))]

_COMPONENT = st.components.v2.component(
    "digitcnn-matrix",
    js=browser.script(Path(__file__).with_name("matrix.js")),
    html='<div class="matrix"></div>',
    isolate_styles=False,
)


def show(view: View) -> None:
    """Places the matrix."""
    with st.container(key="matrix-look", horizontal=True):
        st.segmented_control(
            "Numbers", list(_NORMALISED), format_func=lambda shown: _NORMALISED[shown],
            default="count", key=_COUNTS, label_visibility="collapsed", required=True,
        )  # fmt: skip
        st.toggle(
            "Diagonal",
            value=True,
            key=_DIAGONAL,
            help="Show correct readings; hide them to bring out the mistakes",
        )
    st.html(render("app/explore/templates/explore.html", "axes"))
    if view.other_answers is not None:
        first, second = view.run.name, view.other_name
        notes.quiet(
            f"A plus: {second} reads so more often than {first}; a minus: less often. Blue: "
            f"{second} is better there; orange: {first} is."
        )
    # In a list: of anything else Streamlit would ask pandas and pyarrow, 75 MB, what it is.
    _COMPONENT(key=_GRID, data=[contents(view)], on_pick_change=_picked)
    _boxes(view)


def contents(view: View) -> str:
    """What the component shows, as JSON."""
    shown = matrix_view(view)
    return json.dumps(
        {
            "texts": shown.texts,
            "tints": [[round(float(tint), 3) for tint in row] for row in shown.tints],
            "words": shown.words,
            "chosen": [view.selection.true, view.selection.predicted],
        }
    )


def matrix_view(view: View) -> MatrixView:
    """The matrix as it is asked for; the difference where two runs are compared."""
    normalisation = st.session_state.get(_COUNTS) or "count"
    diagonal = st.session_state.get(_DIAGONAL, True)
    matrix = view.answers.confusion()
    if view.other_answers is None:
        return confusion.matrix_view(matrix, normalisation, diagonal)
    other = view.other_answers.confusion()
    names = (view.run.name, view.other_name)
    return confusion.difference_view(matrix, other, normalisation, diagonal, names)


def _boxes(view: View) -> None:
    """Two boxes that choose what a click chooses."""
    wanted = {"true": view.selection.true, "predicted": view.selection.predicted}
    with st.container(key="matrix-boxes", horizontal=True, vertical_alignment="bottom"):
        for name, title in (("true", "True label"), ("predicted", "Read as")):
            key = f"explore-{name}"
            value = wanted[name]
            st.session_state[key] = _ANY if value is None else str(value)
            st.selectbox(title, _DIGITS, key=key, on_change=_boxed)
        st.button(
            "All", key="explore-all", on_click=_choose, args=(None, None), help="Select all cells",
            disabled=wanted["true"] is None and wanted["predicted"] is None,
        )  # fmt: skip


def _picked() -> None:
    pick = st.session_state[_GRID].get("pick")
    if isinstance(pick, dict):
        cell = [pick.get(name) for name in ("true", "predicted")]
        if all(digit is None or digit in range(N_CLASSES) for digit in cell):
            _choose(*cell)


def _boxed() -> None:
    # With a click on the grid the browser may still send what the boxes showed before.
    if st.session_state[_GRID].get("pick") is not None:
        return
    cell = [st.session_state[f"explore-{name}"] for name in ("true", "predicted")]
    _choose(*(None if digit == _ANY else int(digit) for digit in cell))


def _choose(true: int | None, predicted: int | None) -> None:
    state.look_at(state.selection().of_cell(true, predicted))
