"""How far the reading of many digits is, told where it is waited for."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from digitcnn.inference.evaluate import DataSet
from digitcnn.inference.evaluate_process import MANY


@contextlib.contextmanager
def progress(data: DataSet) -> Iterator[Callable[[int], None]]:
    """Places a bar while digits are read; gives what is to be told how many have been.

    It may be called in any thread. What is told in the script's own, while something is cached,
    would be cached as well, and shown again whenever that is asked for.

    Args:
        data: whose digits are read; of few nothing is shown.
    """
    n = 0 if data.digits is None else len(data.digits)
    if n < MANY:
        yield lambda n_read: None
        return
    place, context = st.empty(), get_script_run_ctx()
    is_over = threading.Event()

    def tell(n_read: int) -> None:
        if is_over.is_set():
            return
        add_script_run_ctx(threading.current_thread(), context)
        try:
            place.progress(min(n_read / n, 1.0), f"Reading digits: {n_read:,} of {n:,}")
        except BaseException:  # Streamlit's way to say that the visitor has gone elsewhere.
            is_over.set()

    try:
        yield tell
    finally:
        is_over.set()
        place.empty()
