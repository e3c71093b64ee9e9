"""What Inside's sessions share; with the other resources, the only place that caches."""

from pathlib import Path

import streamlit as st

from digitcnn.app.shared import cache_digits
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.explain.feature_maps import FeatureMaps
from digitcnn.figures.network import map_picture_url
from digitcnn.runs.store import Run, open_run


def feature_maps(run: Run) -> FeatureMaps:
    """A run's network laid open.

    Raises:
        NoFeatureMaps, DamagedRun: see :class:`digitcnn.explain.feature_maps.FeatureMaps`.
    """
    return _feature_maps(str(run.folder), run.card.checksum)


def map_picture(run: Run) -> tuple[Evaluation, str] | None:
    """The run's map of test digits and its picture's address; ``None`` if it has no map."""
    return _map_picture(str(run.folder), run.card.checksum, run)


@st.cache_resource(show_spinner=False, max_entries=3)
def _feature_maps(folder: str, checksum: str) -> FeatureMaps:
    return FeatureMaps(open_run(Path(folder)))


@st.cache_resource(show_spinner=False, max_entries=3)
def _map_picture(folder: str, checksum: str, _run: Run) -> tuple[Evaluation, str] | None:
    drawn_on = cache_digits.map_of(_run)
    if drawn_on is None:
        return None
    return drawn_on, map_picture_url(drawn_on.positions, drawn_on.labels)
