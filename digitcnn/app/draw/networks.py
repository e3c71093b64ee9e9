"""Several networks on one drawing: the ticked runs' bars, and where they disagree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from digitcnn.app.shared import cache, cache_digits, messages, notes, run_names
from digitcnn.app.shared.reading import Reading
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.agreement import votes, votes_in_words
from digitcnn.figures import bars
from digitcnn.inference.recognizer import Prediction
from digitcnn.runs.run import FOREIGN_LITERT, FOREIGN_ONNX, SERVING_MODEL, Run
from digitcnn.settings import settings
from digitcnn.system.templates import render
from digitcnn.text import certainty

_render = partial(render, "app/draw/templates/networks.html")

STYLE = Path(__file__).with_name("networks.css")

ADDRESS = "networks"  # name in the address: ids of the runs that are ticked
MOST, MOST_IN_PUBLIC = 4, 2  # networks beside the one in use
_LIMIT_MB = 30  # of a network's file; ours have one or two

_PANEL, _CHOICE = "networks-panel", "networks-choice"
# Session state: ids of the runs that are ticked; what the address was told.
_TICKED, _TOLD = "networks ticked", "networks told"


@dataclass(frozen=True)
class Said:
    """What one network says to the drawing.

    Attributes:
        name: its run's.
        prediction: ``None`` if it can't read.
        trouble: why it can't, as a sentence.
    """

    name: str
    prediction: Prediction | None
    trouble: str = ""

    @property
    def label(self) -> int | None:
        """What it reads; ``None`` for nothing, and for a refused drawing."""
        prediction = self.prediction
        return prediction.label if prediction is not None and prediction.is_digit else None


def show(read: Reading, reader: cache.Reader) -> None:
    """Places the choice of networks to compare with, and what they read.

    As long as nobody opens it, no other network is loaded or asked.

    Args:
        read: what the run in use reads in the drawing.
        reader: that run.
    """
    runs = {run_id: run for run_id, run in cache.finished_runs().items() if run_id != reader.run.id}
    if not runs:
        return
    ticked, hints = _ticked(runs)
    with st.expander(
        "Compare networks", expanded=bool(ticked), on_change="rerun", key=_PANEL
    ) as panel:
        if not panel.open:
            return
        st.html(STYLE)
        for hint in hints:
            notes.hint(hint)
        names = run_names.names(runs)
        _choose(ticked, names)
        if ticked:
            said = [Said(_in_use(reader), read.prediction, read.trouble or "")]
            said += [_said(runs[run_id], names[run_id], read) for run_id in ticked]
            st.html(html(said))


def html(said: Sequence[Said]) -> str:
    """Networks side by side, the one in use first, below a sentence on whether they agree."""
    first = said[0].label
    return _render(
        "networks",
        verdict=in_words(said),
        columns=[
            {
                "name": one.name,
                "digit": "–" if one.label is None else str(one.label),
                "sure": _sure(one),
                "differs": one.label != first,
                "bars": _bars(one.prediction),
                "words": bars.bars_in_words(
                    None if one.prediction is None else one.prediction.probabilities
                ),
            }
            for one in said
        ],
    )


def in_words(said: Sequence[Said]) -> str:
    """Whether networks agree, and how many take the drawing for no digit; empty of nothing."""
    if said[0].prediction is None:
        return ""
    asked = [one for one in said if one.prediction is not None]
    labels = [one.label for one in asked if one.label is not None]
    n, n_refused = len(asked), len(asked) - len(labels)
    if n < 2:
        return ""
    if not n_refused:
        return votes_in_words(labels)
    if not labels:
        return f"None of these {n} networks takes it for a digit."
    refuse = "refuses" if n_refused == 1 else "refuse"
    told = [f"{count} {'says' if count == 1 else 'say'} {digit}" for digit, count in votes(labels)]
    return f"{n_refused} of {n} networks {refuse} it as no digit; {', '.join(told)}."


def show_votes(read: Reading, reader: cache.Reader) -> None:
    """If the run in use is an ensemble, places a line: how many of its networks say what."""
    n_members = len(reader.run.card.members)
    if not n_members:
        return
    prediction = read.prediction
    text = f"{n_members} networks read together."
    if prediction is not None and prediction.is_digit:
        text = votes_in_words(prediction.members)
    with st.container(key="votes"):
        notes.status(text)


def _choose(ticked: list[str], names: Mapping[str, str]) -> None:
    most = _most()
    # Given at each run, it would replace what the visitor chose while the page was being made.
    is_other = st.session_state.get(_CHOICE, ticked) != ticked
    if is_other:
        st.session_state[_CHOICE] = ticked
    st.multiselect(
        f"Networks to read the same drawing, up to {most}",
        list(names),
        default=None if is_other else ticked,
        format_func=lambda run_id: names.get(run_id, ""),
        max_selections=most,
        placeholder="Choose networks",
        key=_CHOICE,
        on_change=_chosen,
    )


def _chosen() -> None:
    _keep(list(st.session_state[_CHOICE]))


def _keep(ticked: list[str]) -> None:
    told = ",".join(ticked)
    if told:
        st.query_params[ADDRESS] = told
    elif ADDRESS in st.query_params:
        del st.query_params[ADDRESS]
    st.session_state[_TICKED], st.session_state[_TOLD] = ticked, told


def _ticked(runs: Mapping[str, Run]) -> tuple[list[str], list[str]]:
    """Ids of the runs that are ticked, and sentences about those that can't be.

    The address says which, after a link or the browser's Back; coming back from another page,
    which leaves it empty, finds those that were ticked before.
    """
    state, asked = st.session_state, st.query_params.get(ADDRESS, "")
    returning = not asked and _PANEL not in state and _TICKED in state
    by_link = not returning and asked != state.get(_TOLD, "")
    wanted = asked.split(",") if by_link else list(state.get(_TICKED, []))
    wanted = list(dict.fromkeys(run_id for run_id in wanted if run_id))
    ticked = [run_id for run_id in wanted if run_id in runs][: _most()]
    hints = []
    if by_link and (unknown := [run_id for run_id in wanted if run_id not in runs]):
        hints.append(f"There is no other run {unknown[0][:60]}; it was left out.")
    if by_link and sum(run_id in runs for run_id in wanted) > _most():
        hints.append(
            f"Up to {_most()} networks are compared with the one in use; the first {_most()} are."
        )
    if returning or by_link or len(ticked) < len(wanted):
        _keep(ticked)
    return ticked, hints


def _most() -> int:
    return MOST_IN_PUBLIC if settings().public else MOST


def _in_use(reader: cache.Reader) -> str:
    name = "built-in network" if reader.run.is_starter else reader.run.name
    return f"{name}, with your corrections" if reader.n_taught else f"{name} (in use)"


def _said(run: Run, name: str, read: Reading) -> Said:
    """What a run says to the digit image of a reading."""
    if read.steps is None:
        return Said(name, None)
    try:
        if _size_mb(run) > _LIMIT_MB:
            return Said(
                name,
                None,
                f"Its file is {_size_mb(run):.0f} MB; at most {_LIMIT_MB} MB are loaded besides "
                "the network in use.",
            )
        prediction = cache_digits.recognizer(run).recognize(read.steps.centred)
    except DigitcnnError as error:
        return Said(name, None, messages.without_paths(str(error)))
    return Said(name, prediction)


def _size_mb(run: Run) -> float:
    sizes = [
        (run.folder / file).stat().st_size
        for file in (SERVING_MODEL, FOREIGN_LITERT, FOREIGN_ONNX)
        if file in run.card.files
    ]
    return max(sizes, default=0) / 1e6


def _sure(said: Said) -> str:
    prediction = said.prediction
    if prediction is None:
        return said.trouble or "Nothing drawn yet"
    if said.label is None:
        guess = bars.closest(prediction.label, prediction.confidence)
        return f"Not a digit. {guess}".strip()
    return f"{certainty(prediction.confidence)} sure"


def _bars(prediction: Prediction | None) -> list[tuple[str, bool]]:
    """For each digit its bar's height as CSS, and whether it is the one that is read."""
    if prediction is None:
        return [("0", False)] * 10
    return [
        (f"{part:.1%}", digit == prediction.label and prediction.is_digit)
        for digit, part in enumerate(prediction.probabilities.tolist())
    ]
