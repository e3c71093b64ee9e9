"""Where a visitor's slices are kept, and which digits they hold on Explore."""

from functools import partial

import numpy as np
import streamlit as st

from digitcnn.app.explore.selection import Selection
from digitcnn.app.shared import cache_digits, operator
from digitcnn.array_types import Bools
from digitcnn.evaluation import slices
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.slices import Slice, WrongSlice
from digitcnn.inference import check
from digitcnn.inference.check import Material
from digitcnn.inference.evaluate import DataSet
from digitcnn.runs import saved_slices
from digitcnn.runs.run import Run
from digitcnn.settings import settings

PUBLIC_SLICES, PUBLIC_DIGITS = 10, 500  # of a session where strangers use the app
_KEPT = "slices"  # session state, in public


def every(data: str) -> list[Slice]:
    """This visitor's slices of a data set.

    Raises:
        DamagedSlices: see :func:`digitcnn.runs.saved_slices.saved`.
    """
    if settings().public:
        found: list[Slice] = st.session_state.get(_KEPT, [])
    else:
        found = saved_slices.saved(settings().home)
    return [one for one in found if one.data == data]


def find(name: str, data: str) -> Slice | None:
    """The slice of that name; ``None`` if there is none. Errors are those of :func:`every`."""
    return next((one for one in every(data) if one.name == name), None)


def save(wanted: Slice) -> None:
    """Keeps a slice: in the home folder, or in public in the session.

    Raises:
        WrongSlice: that would be more than a session keeps.
        DamagedSlices, TooManySlices, DiskFull, NotWritable: see
            :func:`digitcnn.runs.saved_slices.write`.
    """
    if not settings().public:
        _write(wanted)
        return
    found = [one for one in st.session_state.get(_KEPT, [])
             if (one.name, one.data) != (wanted.name, wanted.data)]  # fmt: skip
    if len(found) >= PUBLIC_SLICES or len(wanted.digits) > PUBLIC_DIGITS:
        raise WrongSlice(
            f"A visit keeps at most {PUBLIC_SLICES} slices, of {PUBLIC_DIGITS} chosen digits each."
        )
    st.session_state[_KEPT] = [*found, wanted]


def remove(name: str, data: str) -> None:
    """Takes a slice away; errors are those of :func:`save`."""
    if settings().public:
        found = st.session_state.get(_KEPT, [])
        st.session_state[_KEPT] = [one for one in found if (one.name, one.data) != (name, data)]
    else:
        _remove(name, data)


def of_filter(name: str, selection: Selection, data: str) -> Slice:
    """The filter as conditions: cell, least certainty and tag; the rest is no condition."""
    certainty = None
    if selection.threshold:
        least = selection.threshold
        certainty = (0.0, least) if selection.show == "refused" else (least, 1.0)
    return Slice(
        name,
        data,
        labels=() if selection.true is None else (selection.true,),
        predicted=() if selection.predicted is None else (selection.predicted,),
        certainty=certainty,
        tags=(selection.tag,) if selection.tag else (),
    )


def held(wanted: Slice, run: Run, data: DataSet, evaluation: Evaluation) -> Bools:
    """Which digits a slice holds: bool (n,).

    Raises:
        WrongSlice: see :func:`digitcnn.evaluation.slices.members`.
    """
    inside = np.zeros(len(evaluation), bool)
    inside[slices.members(wanted, evaluation, traits(wanted, run, data, evaluation))] = True
    return inside


def traits(wanted: Slice, run: Run, data: DataSet, evaluation: Evaluation) -> slices.Traits:
    """What a slice asks of these digits, as far as it is known."""
    agreement = partial(cache_digits.agreement, run, data)
    if data.digits is None:
        return slices.Traits(agreement=agreement() if wanted.agreement else None)
    written = cache_digits.own_written() if data.key == "handwriting" else None
    material = Material(
        data.digits,
        written.styles if written else None,
        written.strokes if written else None,
        check.tags_of(data.digits, settings().home) if wanted.tags else {},
    )
    return material.traits(wanted, evaluation, agreement)


@operator.only
def _write(wanted: Slice) -> None:
    saved_slices.write(settings().home, wanted)


@operator.only
def _remove(name: str, data: str) -> None:
    saved_slices.remove(settings().home, name, data)
