"""Charts on a page, with Plotly's usual interactions."""

from typing import Any

import streamlit as st

CONFIG = {
    "displaylogo": False,
    "modeBarButtons": [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
}


def place(figure: dict[str, Any], key: str, alt: str) -> None:
    """Places a chart; dragging zooms, a double click resets, hovering names all lines at once.

    Args:
        figure: a Plotly figure as a dict.
        key: its name on the page.
        alt: what it shows, in words.
    """
    if "Mobi" in (st.context.headers.get("User-Agent") or ""):
        # A finger that is on the chart wants to scroll the page.
        figure = {**figure, "layout": {**figure["layout"], "dragmode": False}}
    st.plotly_chart(figure, config=CONFIG, key=key, alt=alt)
