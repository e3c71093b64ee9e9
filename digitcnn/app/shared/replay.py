"""The replay of a drawing: a slider along its strokes, with the reading at each moment.

The browser reads, with the code that reads while the pen moves; the server only places it.
"""

import functools
import json
from typing import Any

import streamlit as st

from digitcnn.app.shared import cache, live, notes, page_script
from digitcnn.app.shared.canvas import Canvas
from digitcnn.inference import browser
from digitcnn.system.templates import render


def show(paper: Canvas, reader: cache.Reader) -> None:
    """Places the replay of what is on ``paper``, to be opened; nothing if the browser can't read.

    Args:
        paper: the canvas; it has to be live on the same page.
        reader: what reads on the server.
    """
    if not live.goes_to_the_browser(cache.reader()):
        return
    title = "Replay: the reading along your strokes"
    with st.expander(title, on_change="rerun", key="replay") as expander:
        if not expander.open:
            return
        if reader.n_taught:
            notes.quiet("Read by the network alone, without your corrections.")
        told = {
            **page_script.part("replay"),
            "name": paper.key,
            "size": [paper.width_px, paper.height_px],
        }
        # In a list: see live.py.
        _component()(key=f"{paper.key}-replay", data=[json.dumps(told)])


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    return st.components.v2.component(
        "digitcnn-replay",
        js=page_script.LOADER,
        css=browser.REPLAY_STYLE.read_text(encoding="utf-8"),
        html=render("app/shared/templates/replay.html"),
        isolate_styles=False,
    )
