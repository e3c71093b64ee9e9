"""The first training on the Draw page: progress, outcome, and the switch to its run."""

import time
from datetime import datetime
from functools import partial

import streamlit as st

from digitcnn.app.shared import cache, messages
from digitcnn.errors import DigitcnnError
from digitcnn.runs import comparison, trainer_process
from digitcnn.runs.comparison import Comparison
from digitcnn.runs.progress import Progress
from digitcnn.runs.run import Run
from digitcnn.runs.store import list_runs
from digitcnn.settings import settings
from digitcnn.system.templates import render
from digitcnn.text import date, duration, percent, time_left

_render = partial(render, "app/shared/templates/training_state.html")

_POLL_S = 2.0
_NEWS_S = 24 * 3600
_SEEN_RUN = "run seen"
_DISMISSED = "run passed over"  # id of a run that did not take over, and need not be offered

_PHASES = {
    "starting": "Getting ready",
    "loading": "Fetching the MNIST digits",
    "fitting": "Training",
    "evaluating": "Evaluating on the test set",
    "exporting": "Preparing the network for use",
    "done": "Done",
}


def show(trouble: str | None) -> None:
    """Places the state of training; it renews itself for as long as a training is running.

    Args:
        trouble: why a training could not be started, if so.
    """
    alive = trainer_process.watch(settings().home).alive
    announce()
    # Polling is decided here, once for each run of the page: nothing polls when nothing trains.
    st.fragment(_state, run_every=_POLL_S if alive else None)(alive, trouble)


def announce() -> None:
    """Announces a run in use other than the one this session saw last."""
    run = cache.reader().run
    seen = st.session_state.get(_SEEN_RUN, run.id)
    st.session_state[_SEEN_RUN] = run.id
    if seen == run.id:
        return
    st.toast(
        f"{messages.plain(run.name)} is now in use: {percent(run.test_accuracy)} of the test "
        "digits correct.",
        icon=":material/check:",
    )


def newest() -> tuple[Run, Comparison] | None:
    """The newest run, and how it compares with the one in use before.

    ``None`` if it had nothing to compare with, or the visitor has seen enough of it.
    """
    run = next((listing.run for listing in list_runs(settings().home)), None)
    if run is None or run.is_starter or run.id == st.session_state.get(_DISMISSED):
        return None
    try:
        found = comparison.of_run(run)
    except DigitcnnError:
        return None
    return None if found is None else (run, found)


def passed_over() -> tuple[Run, Comparison] | None:
    """The same, if that run did not take over, as the one that is still in use reads better."""
    known = newest()
    if known is None or known[1].takes_over or known[1].other != cache.reader().run.id:
        return None
    return known


def dismiss(run_id: str) -> None:
    """Hides the note that a run did not take over."""
    st.session_state[_DISMISSED] = run_id


def _state(was_alive: bool, trouble: str | None) -> None:
    with st.container(key="training-state"), messages.in_words("showing the training"):
        state = trainer_process.watch(settings().home)
        reader = cache.reader()
        if reader.run.id != st.session_state.get(_SEEN_RUN) or was_alive != state.alive:
            st.rerun()
        if state.alive:
            st.html(_render("running") + progress_html(state.progress))
        elif not settings().public and (trouble or _is_news(state, reader.run)):
            st.html(_render("failed", trouble=trouble or state.trouble))
        else:
            st.html(_passed_over_html() + _idle(reader.run))


def progress_html(progress: Progress | None) -> str:
    """A bar, and in words: epoch, accuracy so far, time left."""
    state = "starting" if progress is None else progress.state
    done = float(state in ("evaluating", "exporting", "done"))
    says = [(progress.doing if progress else "") or _PHASES.get(state, "")]
    if progress is not None and state == "fitting":
        done = progress.step / max(progress.steps, 1)
        says = [f"Epoch {max(progress.epoch, 1)} of {progress.epochs}"]
        accuracy = progress.val_accuracy
        if accuracy:
            says.append(f"{percent(accuracy, 1)} validation accuracy")
        if progress.seconds_left is not None:
            says.append(time_left(progress.seconds_left))
    return _render("progress", done=done, text=" · ".join(says))


def _passed_over_html() -> str:
    passed = passed_over()
    if passed is None or settings().public:
        return ""
    run, found = passed
    return _render("passed_over", name=run.name, why=found.in_words())


def _idle(run: Run) -> str:
    text, command = "Training is switched off here.", ""
    if run.card.members:
        text = f"Combined from {len(run.card.members)} networks on {date(run.created)}."
    elif run.card.foreign is not None:
        text = f"Made elsewhere, and added on {date(run.created)}."
    elif not run.is_starter:
        text = f"Trained on this computer on {date(run.created)} ({duration(run.seconds)})."
    elif settings().training and not settings().public:
        text, command = "To train a network of your own:", "python -m digitcnn train"
    return _render("idle", text=text, command=command)


def _is_news(state: trainer_process.TrainingState, run: Run) -> bool:
    """Whether a failed training is worth mentioning: of today, and the latest."""
    if not state.trouble or state.progress is None:
        return bool(state.trouble)
    started = state.progress.started
    if time.time() - started > _NEWS_S:
        return False
    return run.is_starter or started > datetime.fromisoformat(run.created).timestamp()
