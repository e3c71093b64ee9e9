"""A component: a picture of equal tiles, one of which is chosen by tap, click or arrow keys."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.shared import component_values
from digitcnn.inference import browser

_JS = Path(__file__).with_name("tile_picker.js")


def pick(
    key: str,
    url: str,
    alt: str,
    label: str,
    tiles: tuple[int, int],
    size: tuple[int, int],
    chosen: tuple[int, int] | None,
    choose: Callable[[int, int], None],
) -> None:
    """Places the picture.

    Args:
        key: Streamlit's, of the component.
        url: of the picture.
        alt: what it shows.
        label: what choosing does.
        tiles: rows and columns.
        size: height and width of the picture, px of its own.
        chosen: row and column of the marked tile, if any.
        choose: called with the row and column that a visitor chose.
    """
    data = {
        "url": url, "alt": alt, "label": label, "rows": tiles[0], "columns": tiles[1],
        "height": size[0], "width": size[1], "chosen": chosen,
    }  # fmt: skip

    def changed() -> None:
        place = _chosen(st.session_state.get(key))
        if place and 0 <= place[0] < tiles[0] and 0 <= place[1] < tiles[1]:
            choose(*place)

    # In a list: of a dict, or text, Streamlit would ask pandas, 75 MB, whether it is a table.
    _component()(key=key, data=[json.dumps(data)], on_chosen_change=changed)


def _chosen(reported: Any) -> tuple[int, int] | None:
    """The row and column in what the component reports."""
    return component_values.place(reported.get("chosen")) if hasattr(reported, "get") else None


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    return st.components.v2.component(
        "digitcnn-pick",
        js=browser.script(_JS),
        html='<div class="pick" role="group"></div>',
        isolate_styles=False,
    )
