"""Explore, with little handwriting of our own."""

import pytest
import streamlit as st

from digitcnn.app.shared import cache_digits
from digitcnn.data import handwriting

N_OWN = 500
"""As many as the runs that tests train were evaluated on."""


@pytest.fixture(scope="module", autouse=True)
def _few_of_our_own():
    """Made in a moment, for these tests alone: what others keep of 5,000 digits is let go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handwriting, "N_TEST", N_OWN)
        patch.setattr(cache_digits, "_N_OWN", 200)
        st.cache_resource.clear()
        yield
    st.cache_resource.clear()
