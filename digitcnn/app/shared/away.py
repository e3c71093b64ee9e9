"""A sentence that is shown while the server does not answer."""

import functools
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.inference import browser
from digitcnn.system.templates import render


def show(sentence: str) -> None:
    """Places it, unseen; once on a page.

    Args:
        sentence: what it says, whatever becomes of the page meanwhile.
    """
    _component(render("app/shared/templates/notes.html", "away", text=sentence))(key="away")


@functools.cache
def _component(html: str) -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    js = browser.script(Path(__file__).with_suffix(".js"))
    return st.components.v2.component("digitcnn-away", js=js, html=html, isolate_styles=False)
