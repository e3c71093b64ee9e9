"""The sweeps of this home folder: validation accuracy of the trials by what was varied."""

import streamlit as st

from digitcnn.app.shared import charts, messages, notes
from digitcnn.figures import sweeps as figures
from digitcnn.runs import sweeps
from digitcnn.settings import settings


def show() -> None:
    """Places an expander with the sweeps; nothing where there are none."""
    names = sweeps.names(settings().home)
    if not names:
        return
    with st.expander("Sweeps", on_change="rerun", key="sweeps") as panel:
        if panel.open:
            with messages.in_words("showing the sweeps"):
                _sweep(names)


def _sweep(names: list[str]) -> None:
    with st.container(key="sweep-choice", horizontal=True):
        name = st.selectbox("Sweep", names, key="sweep")
        sweep = sweeps.read(settings().home, name)
        entries = figures.varied(sweep)
        if not entries:
            notes.quiet("All its trials had the same recipe.")
            return
        entry = st.selectbox(
            "Along", entries, format_func=lambda entry: entry.replace("_", " "), key="sweep-entry"
        )
    charts.place(
        figures.accuracy_along(sweep, entry),
        f"sweep {name} {entry}",
        figures.along_in_words(sweep, entry),
    )
    failed = sum(trial.validation_accuracy is None for trial in sweep.trials)
    trials = f"{len(sweep.trials)} trials of the {sweep.recipe} recipe"
    notes.quiet(
        f"{trials}{f', {failed} of which failed' if failed else ''}. The large marks are the runs "
        "that were kept. digitcnn sweep makes more."
    )
