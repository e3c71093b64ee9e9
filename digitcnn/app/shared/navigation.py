"""The app's pages by name, so that each can link to the others without importing them."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from digitcnn.app.shared import lesson_progress

NAME = "digitcnn"

# Name in code: title, icon, address below the app's.
_PAGES = {
    "draw": ("Draw", ":material/draw:", ""),
    "train": ("Train", ":material/model_training:", "train"),
    "explore": ("Explore", ":material/grid_on:", "explore"),
    "inside": ("Inside", ":material/network_node:", "inside"),
    "learn": ("Learn", ":material/school:", "learn"),
}
WAY = "way"  # session state, and name in the address of Draw: what it reads
USUAL_WAY = "digit"  # of which the address says nothing


def show(icon: str, **contents: Callable[[], None]) -> None:
    """Shows the page that the address names, with the navigation over it.

    Args:
        icon: path of the browser's icon for the app.
        **contents: for each page what shows it, by the page's name in code.
    """
    pages = [_page(name, contents[name]) for name in _PAGES]
    # Before the pages are named, too: else the browser asks another server for the page's icon.
    st.set_page_config(page_title=NAME, page_icon=icon, layout="wide")
    chosen = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{chosen.title} · {NAME}", page_icon=icon, layout="wide")
    if chosen.url_path != "learn":
        lesson_progress.bar(back=functools.partial(go, "learn"))
    chosen.run()
    lesson_progress.keep()
    _menu()(key="menu", height=0)


def go(name: str, way: str = "", **address: str) -> NoReturn:
    """Leaves the page that is shown for another.

    Args:
        name: the other page's name in code.
        way: what Draw is to read, "digit", "number" or "photo"; empty for what it read last.
        **address: what the other page's address is to say.
    """
    if way:
        st.session_state[WAY] = way
    if way and way != USUAL_WAY:
        address = {WAY: way, **address}
    st.switch_page(_page(name, _nothing), query_params=address or None)


def _page(name: str, content: Callable[[], None]) -> st.Page:
    title, icon, address = _PAGES[name]
    return st.Page(content, title=title, icon=icon, url_path=address, default=not address)


@functools.cache
def _menu() -> Any:
    """Closes the menu; registered at its first use, as Streamlit must be running to know it."""
    js = Path(__file__).with_name("menu.js").read_text(encoding="utf-8")
    return st.components.v2.component("digitcnn-menu", js=js)


def _nothing() -> None:
    """Stands for a page's content where only its address counts."""
