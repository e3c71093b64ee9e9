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
        name = "<b>the built-in network</b>"
    test = f"on {escape(run.card.test_name)}"
    taught = ""
    if reader.n_taught:
        drawings = "correction is" if reader.n_taught == 1 else "corrections are"
        taught = f" Your {reader.n_taught} {drawings} applied, only for you."
    complaints = "".join(
        f'<p class="quiet">{escape(messages.without_paths(text))}</p>' for text in reader.complaints
    )
    return (
        f'<p class="run">Model in use: {name} ({run.test_accuracy:.2%} correct {test}).'
        f"{taught}</p>"
        f"{complaints}"
    )
