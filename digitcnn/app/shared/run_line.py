"""Which run reads, in one line at the end of every page."""

from html import escape

import streamlit as st

from digitcnn.app.shared import messages
from digitcnn.app.shared.cache import Reader


def show(reader: Reader) -> None:
    """Places the line."""
    st.html(html(reader))


def html(reader: Reader) -> str:
    """The run in use with its test accuracy, and sentences about runs that can't be used."""
    run = reader.run
    name = f"<b>{escape(run.name)}</b>"
    if run.is_starter:
        name = "<b>the starter</b>, the network that came with the program"
    exam = "MNIST test digits"
    if run.recipe.get("dataset") == "handwriting":
        exam = "made-up test digits"
    taught = ""
    if reader.n_taught:
        drawings = "a drawing" if reader.n_taught == 1 else f"{reader.n_taught} drawings"
        taught = f" What it learned from {drawings} of yours is added, for you alone."
    complaints = "".join(
        f'<p class="quiet">{escape(messages.without_paths(text))}</p>' for text in reader.complaints
    )
    return (
        f'<p class="run">Read by {name}. It gets {run.test_accuracy:.2%} of the {exam} right.'
        f"{taught}</p>"
        f"{complaints}"
    )
