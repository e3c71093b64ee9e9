"""The test digits that activate a feature map most: what it looks for, by example."""

from functools import partial

import streamlit as st

from digitcnn.app.shared import cache_digits, notes
from digitcnn.explain.strongest import Example
from digitcnn.figures.image_url import picture_url
from digitcnn.runs.run import Run
from digitcnn.system.templates import render

_render = partial(render, "app/inside/templates/strongest.html")

_POLL_S = 1.0


def show(run: Run, stage: int, feature_map: int) -> None:
    """Places them for a map; asks again while they are being looked for.

    Args:
        run: the run.
        stage: from 0.
        feature_map: of that stage, from 0.
    """
    making = cache_digits.strongest(run).is_made
    st.fragment(_strongest, run_every=_POLL_S if making else None)(run, stage, feature_map, making)


def _strongest(run: Run, stage: int, feature_map: int, waited: bool) -> None:
    prepared = cache_digits.strongest(run)
    if waited and not prepared.is_made:
        st.rerun()
    with st.container(key="strongest"):
        if prepared.value is not None:
            st.html(
                _render(
                    "strongest",
                    map=feature_map + 1,
                    stage=stage + 1,
                    examples=[_shown(example) for example in prepared.value.of(stage, feature_map)],
                    n=f"{prepared.value.n_looked_at:,}",
                )
            )
        elif prepared.trouble:
            notes.hint(prepared.trouble)
        else:
            notes.quiet("Looking for the test digits at which this map is strongest …")


def _shown(example: Example) -> dict[str, object]:
    words = f"Test digit {example.index:,}, a {example.label}: strength {example.strength:.2f}"
    row, column = (100 * part for part in example.place)
    return {
        "url": picture_url(example.image),
        "words": words,
        "label": example.label,
        "strength": f"{example.strength:.2f}",
        "left": f"{column:.1f}",
        "top": f"{row:.1f}",
    }
