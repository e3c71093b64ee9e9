"""The table of runs, a component: sorts in the browser, reports ticks and actions.

A component of our own: Streamlit's data frame needs pandas and pyarrow, 75 MB in the web process,
and paints its cells where no screen reader sees them.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.train import expectations
from digitcnn.figures.runs import RUN_COLORS
from digitcnn.runs.run import STARTER_ID
from digitcnn.runs.store import RunListing
from digitcnn.runs.table import COLUMNS, Column
from digitcnn.settings import settings

KEY = "runs-table"
SYMBOLS = "●■▲◆✚★⬢▼"  # as figures_comparison.RUN_SYMBOLS are drawn

_CHOSEN, _ACTED, _REVISION = "runs chosen", "run acted on", "runs revision"
_NUMBERS = (int, float)

_COMPONENT = st.components.v2.component(
    "digitcnn-runs-table",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
    html='<div class="runs" role="region" aria-label="Runs" tabindex="0"></div>',
    isolate_styles=False,
)


def table(listings: Sequence[RunListing], in_use: str) -> list[str]:
    """Places the table, and gives the ids of the runs that are ticked, in the order of choice.

    What is ticked is compared; :func:`acted_on` tells of which run the actions are asked for.

    Args:
        listings: the runs, in the order to show.
        in_use: id of the run in use.
    """
    state = st.session_state
    there = {listing.id for listing in listings}
    if _CHOSEN not in state:
        choose([in_use] if in_use in there else [])
    # The browser's answer counts if it is to what it was last told.
    told = (state.get(KEY) or {}).get("chosen")
    if isinstance(told, dict) and told.get("revision") == state[_REVISION]:
        ids = told.get("ids")
        named = ids if isinstance(ids, list) else []
        state[_CHOSEN] = [run_id for run_id in named if isinstance(run_id, str)]
        acted = told.get("acted", "")
        state[_ACTED] = acted if isinstance(acted, str) else ""
    if state.get(_ACTED, "") not in there:
        state[_ACTED] = ""
    if not there.issuperset(state[_CHOSEN]):
        choose([run_id for run_id in state[_CHOSEN] if run_id in there])
    _COMPONENT(
        key=KEY,
        # As text: in a dict Streamlit would look for data frames, and import pandas to know one.
        data={"table": json.dumps(_table(listings, in_use))},
        default={"chosen": {}},
        on_chosen_change=_nothing,
    )
    return list(state[_CHOSEN])


def choose(run_ids: Sequence[str]) -> None:
    """Makes these the chosen runs, whatever was ticked."""
    st.session_state[_CHOSEN] = list(run_ids)
    st.session_state[_REVISION] = st.session_state.get(_REVISION, 0) + 1


def chosen() -> list[str]:
    """Ids of the runs chosen so far."""
    return list(st.session_state.get(_CHOSEN, []))


def acted_on() -> str:
    """Id of the run whose actions are asked for; empty if none are."""
    run_id: str = st.session_state.get(_ACTED, "")
    return run_id


def actions() -> str:
    """What can be done with a run here, as verbs."""
    return "download" if settings().public else "use, rename, download or remove"


def _table(listings: Sequence[RunListing], in_use: str) -> dict[str, Any]:
    headings = [*map(_heading, COLUMNS), expectations.HEADING]
    rows = [_row(listing) for listing in listings]
    # A figure that no run has would be a column of dashes, and there is little room.
    told = [i for i in range(len(headings)) if any(_is_told(row["cells"], i) for row in rows)]
    for row in rows:
        row["cells"] = [row["cells"][i] for i in told if row["cells"]]
    return {
        "columns": [headings[i] for i in told],
        "rows": rows,
        "chosen": st.session_state[_CHOSEN],
        "acted": st.session_state.get(_ACTED, ""),
        "revision": st.session_state[_REVISION],
        "in_use": in_use,
        "actions": actions(),
        "colors": list(RUN_COLORS),
        "symbols": list(SYMBOLS),
    }


def _heading(column: Column) -> dict[str, Any]:
    number = column.key not in ("network", "recipe", "created")
    return {"key": column.key, "title": column.title, "help": column.help, "number": number}


def _row(listing: RunListing) -> dict[str, Any]:
    run = listing.run
    cells = []
    if run is not None:
        for column in COLUMNS:
            value = column.value(run)
            known = isinstance(value, (*_NUMBERS, str)) and value == value  # NaN is not itself
            cells.append({"text": column.text(run), "value": value if known else None})
        cells.append(expectations.cell(run))
    return {
        "id": listing.id,
        "name": run.name if run else listing.id,
        "state": listing.state,
        "reason": listing.reason if run is None else "",
        "starter": listing.id == STARTER_ID,
        "comparable": run is not None,
        "cells": cells,
    }


def _is_told(cells: Sequence[dict[str, Any]], column: int) -> bool:
    return bool(cells) and cells[column]["value"] is not None


def _nothing() -> None:
    """Streamlit wants a callback for each value that a component reports."""
