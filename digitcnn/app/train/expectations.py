"""Expectations on the Train page: which hold for each run, and checking one.

Checking reads ten thousand digits and more: that is done by ``digitcnn check`` in a process of its
own, and whatever came of it is kept for the table.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.shared import messages, notes, operator
from digitcnn.evaluation.expectations import Outcome, counted
from digitcnn.inference import check as checking
from digitcnn.runs import checks
from digitcnn.runs.checks import Checked
from digitcnn.runs.run import Run
from digitcnn.settings import settings
from digitcnn.system.templates import render
from digitcnn.text import duration, percent

log = logging.getLogger("digitcnn.app")

HEADING = {
    "key": "expectations",
    "title": "Expectations",
    "help": "How many expectations on slices of digits hold, such as crossed sevens read "
    "correctly; tick a run to see them, and to check it.",
    "number": False,
}
_ROOT = Path(__file__).resolve().parents[3]
_LIMIT_S = 300.0
_TROUBLE = "expectations trouble"  # session state: why a check failed

_render = partial(render, "app/train/templates/expectations.html")


@cache
def _mark() -> str:
    return checking.mark(checking.shipped())


def kept(run: Run) -> Checked | None:
    """What came of checking a run; ``None`` if it was not checked."""
    return checks.kept(settings().home, run, _mark())


def cell(run: Run) -> dict[str, Any]:
    """A run's cell in the table of runs."""
    checked = kept(run)
    if checked is None:
        return {"text": "–", "value": None}
    held, of = counted(checked.outcomes)
    if held == of:
        return {"text": f"✓ all {of} hold", "value": held, "mood": "holds"}
    n = of - held
    return {
        "text": f"✗ {n} of {of} {'fails' if n == 1 else 'fail'}",
        "value": held,
        "mood": "fails",
    }


def show(ticked: Sequence[Run]) -> None:
    """Places the expectations of the ticked runs side by side."""
    if not ticked:
        return
    st.subheader("Expectations", anchor=False)
    with messages.in_words("showing the expectations"), st.container(key="expectations"):
        known = [(run, checked) for run in ticked if (checked := kept(run)) is not None]
        if known:
            first = known[0][1]
            st.html(
                _render(
                    "table",
                    names=[run.name for run, _ in known],
                    rows=[
                        (outcome, percent(outcome.at_least), _of_runs(known, place))
                        for place, outcome in enumerate(first.outcomes)
                    ],
                )
            )
        if trouble := st.session_state.pop(_TROUBLE, ""):
            notes.hint(trouble)
        unknown = [run for run in ticked if run not in [run for run, _ in known]]
        if unknown and settings().public:
            notes.quiet("Ticked runs that are not shown have not been checked.")
        elif unknown:
            notes.quiet(
                "An expectation says how many digits of a slice must be read correctly. "
                "Checking a run takes some seconds; the command digitcnn check does the same, "
                "for other expectations too."
            )
            with st.container(key="expectations-check", horizontal=True):
                for run in unknown:
                    st.button(
                        f"Check {messages.plain(run.name)}",
                        key=f"check {run.id}",
                        icon=":material/fact_check:",
                        on_click=_check,
                        args=(run.id,),
                    )


def _of_runs(known: Sequence[tuple[Run, Checked]], place: int) -> list[dict[str, str]]:
    return [_shown(checked.outcomes[place]) for _, checked in known]


def _shown(outcome: Outcome) -> dict[str, str]:
    if outcome.trouble:
        return {"mood": "fails", "text": "? not measured", "why": outcome.trouble}
    wrong = outcome.n - outcome.right
    return {
        "mood": "holds" if outcome.holds else "fails",
        "text": f"{'✓' if outcome.holds else '✗'} {percent(outcome.accuracy)}",
        "why": f"{'holds' if outcome.holds else 'fails'}: {wrong:,} of {outcome.n:,} wrong",
    }


@operator.only
def _check(run_id: str) -> None:
    command = [sys.executable, "-m", "digitcnn", "check", run_id, "--json"]
    environment = {**os.environ, "DIGITCNN_HOME": str(settings().home)}
    state = st.session_state
    with st.spinner("Reading digits for every expectation …"):
        try:
            done = subprocess.run(
                command, cwd=_ROOT, env=environment, capture_output=True, timeout=_LIMIT_S
            )
        except subprocess.TimeoutExpired:
            state[_TROUBLE] = f"Checking took longer than {duration(_LIMIT_S)} and was stopped."
            return
    if done.returncode not in (0, 1):
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        log.error("checking failed: %s", " ".join(last))
        state[_TROUBLE] = "The run could not be checked; the log says why."
