"""The first training on the Draw page: how far it is, how it ended, and the move to its run."""

import time
from datetime import datetime
from functools import partial

import streamlit as st

from digitcnn.app.shared import cache, messages
from digitcnn.errors import DigitcnnError
from digitcnn.runs import trainer_process
from digitcnn.runs.progress import Progress
from digitcnn.runs.run import Run
from digitcnn.runs.store import find_run
from digitcnn.settings import settings
from digitcnn.system.templates import render
from digitcnn.text import date, duration, percent, time_left

_render = partial(render, "app/shared/templates/training_state.html")

_POLL_S = 2.0
_NEWS_S = 24 * 3600
_SEEN_RUN = "run seen"
_BETTER = "better run seen before"  # id of the run that a worse one has replaced

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
    """Says so when another run reads than the one this session saw last."""
    run = cache.reader().run
    seen = st.session_state.get(_SEEN_RUN, run.id)
    st.session_state[_SEEN_RUN] = run.id
    if seen == run.id:
        return
    before = _better(seen, run)
    st.session_state[_BETTER] = before.id if before is not None else ""
    says = (
        f"{messages.plain(run.name)} is now in use: {percent(run.test_accuracy)} of the test "
        "digits correct."
    )
    if before is not None:
        says += (
            f" {messages.plain(before.name)}, in use before, reads "
            f"{percent(before.test_accuracy)}; the Train page brings it back."
        )
    st.toast(says, icon=":material/info:" if before is not None else ":material/check:")


def better_before() -> Run | None:
    """The run that this session saw replaced by a worse one, if that is still in use."""
    seen = st.session_state.get(_BETTER, "")
    return _better(seen, cache.reader().run) if seen else None


def _better(run_id: str, run: Run) -> Run | None:
    """The run of that id, if it reads more of the same test digits correctly than ``run``."""
    try:
        other = find_run(settings().home, run_id)
    except DigitcnnError:
        return None  # It was removed; there is nothing to go back to.
    same = other.card.dataset.fingerprint == run.card.dataset.fingerprint
    return other if same and other.test_accuracy > run.test_accuracy else None


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
            st.html(_idle(reader.run))


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


def _idle(run: Run) -> str:
    text, command = "Training is switched off here.", ""
    if not run.is_starter:
        text = f"Trained on this computer on {date(run.created)} ({duration(run.seconds)})."
    elif settings().training and not settings().public:
        text, command = "To train a network of your own:", "python -m digitcnn train"
    return _render("idle", text=text, command=command)


def _is_news(state: trainer_process.TrainingState, run: Run) -> bool:
    """Whether a training that came to nothing is worth a word: of today, and the latest."""
    if not state.trouble or state.progress is None:
        return bool(state.trouble)
    started = state.progress.started
    if time.time() - started > _NEWS_S:
        return False
    return run.is_starter or started > datetime.fromisoformat(run.created).timestamp()
