"""The line at the end of every page that names the run in use."""

import streamlit as st

from digitcnn.app.shared import messages
from digitcnn.app.shared.cache import Reader
from digitcnn.system.templates import render


def show(reader: Reader) -> None:
    """Places the line."""
    st.html(html(reader))


def html(reader: Reader) -> str:
    """The run in use with its test accuracy, and sentences about runs that can't be used."""
    run = reader.run
    taught = ""
    if reader.n_taught:
        corrections = "correction is" if reader.n_taught == 1 else "corrections are"
        taught = f"Your {reader.n_taught} {corrections} applied, only for you."
    return render(
        "app/shared/templates/run_line.html",
        "run_line",
        name="the built-in network" if run.is_starter else run.name,
        accuracy=f"{run.test_accuracy:.2%}",
        test=f"on {run.card.test_name}",
        taught=taught,
        complaints=[messages.without_paths(text) for text in reader.complaints],
    )
