"""What the sessions that teach share; with the other resources, the only place that caches."""

from pathlib import Path

import streamlit as st

from digitcnn.app.shared import cache
from digitcnn.inference.adaptation.reference_set import ReferenceSet, reference_set
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import open_run


def reference_set_of(reader: cache.Reader) -> ReferenceSet:
    """What adaptations of the run in use stand on; the same for all, and nothing of anybody's.

    Raises:
        CannotAdapt, DamagedRun, DamagedEvaluation: see
            :func:`digitcnn.inference.adaptation.reference_set.reference_set`.
    """
    return _reference_set(str(reader.run.folder), reader.run.card.checksum, reader.recognizer)


@st.cache_resource(show_spinner="Getting ready to learn …", max_entries=2)
def _reference_set(folder: str, checksum: str, _recognizer: Recognizer) -> ReferenceSet:
    return reference_set(open_run(Path(folder)), _recognizer)
