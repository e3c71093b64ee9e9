"""The ticked runs on their test digits: what each reads correctly, and all of them together."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from digitcnn.app.shared import cache_digits, messages, notes, several_runs
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.several_runs import SeveralRuns
from digitcnn.runs.run import Run


def show(ticked: Sequence[Run]) -> None:
    """Places the part; nothing where fewer than two runs are ticked."""
    if len(ticked) < 2:
        return
    st.subheader("The same test digits", anchor=False)
    with messages.in_words("comparing what the runs read"), st.container(key="several"):
        first = ticked[0]
        alike = [
            run for run in ticked if run.card.dataset.fingerprint == first.card.dataset.fingerprint
        ]
        others = [run.name for run in ticked if run not in alike]
        if others:
            notes.quiet(
                f"Left out, evaluated on other digits than {first.name}: {', '.join(others)}."
            )
        if len(alike) < 2:
            return
        try:
            several = SeveralRuns([cache_digits.kept_evaluation(run) for run in alike])
        except DigitcnnError as error:
            notes.hint(messages.without_paths(str(error)))
            return
        digits = cache_digits.test_digits(first)
        at_hand = digits is not None and np.array_equal(digits.labels, several.labels)
        images = digits.images if digits is not None and at_hand else None
        several_runs.show([run.name for run in alike], several, images)
