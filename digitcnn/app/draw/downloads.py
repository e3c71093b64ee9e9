"""Readings of several digits as files: text, CSV and JSON."""

import json
from typing import Any

import streamlit as st


def place(what: str, stem: str, text: str, csv: str, plain: dict[str, Any]) -> None:
    """Places a download button for each.

    Args:
        what: names the buttons' keys, such as "photo".
        stem: of the files' names.
        text: what was read, as text.
        csv: the same as a table.
        plain: the same for JSON.
    """
    files = (
        ("Text", "txt", "text/plain", f"{text}\n"),
        ("CSV", "csv", "text/csv", csv),
        ("JSON", "json", "application/json", json.dumps(plain, indent=1)),
    )
    with st.container(key=f"{what}-downloads", horizontal=True, gap="small"):
        for label, ending, kind, data in files:
            st.download_button(
                label, data, f"{stem}.{ending}", kind, key=f"{what}-download-{ending}",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip
