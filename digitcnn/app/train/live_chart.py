"""A chart that grows in place: the same element throughout, so hovering is not lost.

Streamlit builds a Plotly chart anew whenever its data change: for a tenth of a second there is
none, and what is hovered over is lost. Plotly itself could be told new data, but the copy that
Streamlit loads can't be reached, and a second one weighs 4.7 MB. So what a training draws, lines
over epochs, is drawn by a component of our own, from the same figures.
"""

import functools
import json
from pathlib import Path
from typing import Any

import streamlit as st

_HTML = '<div class="live-chart"></div>'


def place(figure: dict[str, Any], key: str, alt: str) -> None:
    """Places a chart, or gives new data to the one that is there.

    Args:
        figure: a Plotly figure of lines as a dict; see :mod:`digitcnn.figures.curves`.
        key: its name on the page.
        alt: what it shows, in words.
    """
    layout = figure["layout"]
    told = {
        "alt": alt,
        "title": layout["title"]["text"],
        "height": layout["height"],
        "x": _axis(layout["xaxis"]),
        "y": _axis(layout["yaxis"]),
        "lines": [_line(trace) for trace in figure["data"]],
    }
    # In a list: of a dict, or text, Streamlit would ask pandas whether it is a table.
    _component()(key=key, data=[json.dumps(told, separators=(",", ":"))])


def _axis(axis: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": axis.get("title", {}).get("text", ""),
        "range": axis["range"],
        "log": axis.get("type") == "log",
        "step": axis.get("dtick"),
        "ticks": axis.get("tickvals"),
        "texts": axis.get("ticktext"),
        "percent": str(axis.get("tickformat", "")).endswith("%"),
    }


def _line(trace: dict[str, Any]) -> dict[str, Any]:
    line, marker = trace.get("line", {}), trace.get("marker", {})
    return {
        "name": trace["name"],
        "x": trace["x"],
        "y": trace["y"],
        "color": line.get("color") or marker.get("color"),
        "width": line.get("width", 2),
        "dash": line.get("dash", "solid"),
        "lines": "lines" in trace["mode"],
        "marker": marker.get("symbol", "circle") if "markers" in trace["mode"] else "",
        "size": marker.get("size", 6),
        "told": trace.get("hoverinfo") != "skip",
        "percent": "%}" in trace.get("hovertemplate", ""),
    }


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    js = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return st.components.v2.component(
        "digitcnn-live-chart", js=js, html=_HTML, isolate_styles=False
    )
