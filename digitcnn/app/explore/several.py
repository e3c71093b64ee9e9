"""Any number of runs on the data set that Explore shows."""

import streamlit as st

from digitcnn.app.explore.view import View
from digitcnn.app.shared import cache_digits, messages, notes, run_names, several_runs
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.several_runs import SeveralRuns

MOST = 6  # runs at a time: each may have to read the digits first


def show(view: View) -> None:
    """Places the choice of runs, and their comparison."""
    names = run_names.names(view.runs)
    others = [run_id for run_id in names if run_id != view.run.id]
    if not others:
        notes.quiet("There is one run only; train another to compare.")
        return
    chosen = st.multiselect(
        f"Compare {view.run.name} with", others, format_func=lambda run_id: names.get(run_id, ""),
        default=[view.other.id] if view.other else others[:1], key="explore-several",
        max_selections=MOST - 1,
    )  # fmt: skip
    runs = [view.run, *(view.runs[run_id] for run_id in chosen if run_id in view.runs)]
    if len(runs) < 2:
        return
    try:
        several = SeveralRuns([cache_digits.evaluation(run, view.data) for run in runs])
    except DigitcnnError as error:
        notes.hint(messages.without_paths(str(error)))
        return
    several_runs.show([run.name for run in runs], several, view.images)
