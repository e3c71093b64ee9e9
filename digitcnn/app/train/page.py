"""The Train page: choose a network and a recipe, watch it learn, compare it with others."""

from pathlib import Path

import streamlit as st

from digitcnn.app.shared import STYLE, away, cache, messages, run_line
from digitcnn.app.train import again, compare, editor, form, new_run, run_tools, watch
from digitcnn.runs import trainer_process
from digitcnn.settings import settings

_STYLES = [STYLE, Path(__file__).with_name("train.css")]


def page() -> None:
    """The page, as Streamlit calls it."""
    for style in _STYLES:
        st.html(style)
    st.title("Trained networks" if settings().public else "Train a network", anchor=False)
    away.show(
        "The server does not answer. A running training continues without it, and this page "
        "continues as soon as it answers again."
    )
    for mark in (form.STARTED, new_run.CHANGED, run_tools.CHANGED, editor.CHANGED):
        st.session_state.pop(mark, None)
    with messages.in_words("training"):
        _train()
    with messages.in_words("comparing runs"):
        compare.show()
    with messages.in_words("naming the run in use"):
        run_line.show(cache.reader())


def _train() -> None:
    now = settings()
    alive = trainer_process.watch(now.home).alive
    may = now.training and not now.public
    idle = "No training running. Choose a network and how to train it."
    if now.public:
        idle = (
            "Training is disabled on this public site. Run digitcnn yourself to train: see the "
            "project's README."
        )
    elif not now.training:
        idle = "Training is switched off here (DIGITCNN_TRAINING=off)."
    watch.show(alive, idle)
    if may and not alive:
        with messages.in_words("offering a training with corrections"):
            again.show()
        form.show()
    if may:
        editor.show(alive)
