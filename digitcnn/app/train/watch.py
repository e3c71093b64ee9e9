"""The running training, as every session sees it, or why the last one failed."""

import contextlib
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.shared import messages, notes, operator, training_state
from digitcnn.app.train import learning, live_chart, new_run, runs_table
from digitcnn.errors import DigitcnnError
from digitcnn.figures import curves as figures_training
from digitcnn.figures.image_url import png_url
from digitcnn.runs import comparison, history, store, trainer_process
from digitcnn.runs.progress import Progress
from digitcnn.runs.run import SAMPLES
from digitcnn.settings import settings
from digitcnn.system.templates import render
from digitcnn.text import duration, percent

_render = partial(render, "app/train/templates/watch.html")

_POLL_S = 1.0
_IDLE_POLL_S = 3.0  # so that a session sees what another one starts
_LOG_BEFORE_S = 15.0  # how long before it tells its progress a trainer may begin its log

_ENSEMBLE = "ensemble"  # what a run put together of others has for its network

_NOTICE = "training notice"  # a sentence for the next run of the page
_WATCHED = "training watched"  # id of the training that this session saw running
_ASKED = "training cancel asked"  # id of the training that a person may want to cancel


def show(alive: bool, idle: str) -> None:
    """Places the state of training, which renews itself.

    Args:
        alive: whether a training is running; when that changes the whole page runs again.
        idle: what to say while there is none.
    """
    _welcome(alive)
    training_state.announce()
    every = _POLL_S if alive else _IDLE_POLL_S
    st.fragment(_state, run_every=every)(alive, idle)


def notify(sentence: str) -> None:
    """Shows a sentence above the form when the page next runs."""
    st.session_state[_NOTICE] = sentence


def _welcome(alive: bool) -> None:
    """Ticks the run that this session watched being made, and the one it was compared with."""
    state = st.session_state
    if alive:
        return
    made = state.pop(_WATCHED, "")
    if made and (settings().home / "runs" / made).is_dir():
        runs_table.choose([made, *_compared_with(made)])


def _compared_with(run_id: str) -> list[str]:
    """Id of the run that was in use when that one's training ended, if it is known."""
    try:
        found = comparison.of_run(store.find_run(settings().home, run_id))
    except DigitcnnError:
        return []
    return [] if found is None else [found.other]


def _state(was_alive: bool, idle: str) -> None:
    home = settings().home
    with st.container(key="training-state"), messages.in_words("showing the training"):
        state = trainer_process.watch(home)
        if state.alive != was_alive:
            st.rerun()
        if state.id and state.alive:
            st.session_state[_WATCHED] = state.id
        notice = st.session_state.pop(_NOTICE, "")
        if notice:
            st.warning(messages.plain(notice), icon=":material/info:")
        if state.alive:
            _running(home, state)
        elif state.trouble and not settings().public:
            _failed(home, state)
        else:
            notes.quiet(idle)
            new_run.show()


def _running(home: Path, state: trainer_process.TrainingState) -> None:
    progress = state.progress
    if not state.id and st.session_state.get(_WATCHED):
        # Its folder is a run by now, and its process about to end.
        notes.status("The training is done; its run is being put in place.")
        return
    with st.container(key="training-head"):
        st.html(_render("title", text=_title(progress)))
        if not settings().public:
            st.button(
                "Cancel", key="cancel", icon=":material/close:", on_click=_ask, args=(state.id,)
            )
    if st.session_state.get(_ASKED) == state.id:
        _cancel_question(progress)
    st.html(training_state.progress_html(progress))
    if progress is None:
        return
    figures = _figures(progress)
    if figures:
        st.html(_render("figures", rows=figures))
    learning.show(home / "training" / state.id, progress)
    if progress.steps:
        _curves(progress)
    _samples(home / "training" / state.id / SAMPLES, augmented=progress.recipe.get("augment"))


def _title(progress: Progress | None) -> str:
    if progress is None or not progress.recipe:
        return "A training is starting"
    if progress.recipe.get("network") == _ENSEMBLE:
        return f"Making an {progress.recipe.get('name')}"
    return f"Training {progress.recipe.get('network')} · {progress.recipe.get('name')} recipe"


@operator.only
def _ask(training_id: str) -> None:
    st.session_state[_ASKED] = training_id


def _cancel_question(progress: Progress | None) -> None:
    """What to do with what has been learned so far."""
    epochs = [] if progress is None else progress.history.get("epochs", [])
    with st.container(key="cancel-question"):
        st.html(_render("cancel"))
        with st.container(key="cancel-answers", horizontal=True, gap="small"):
            if epochs and progress is not None and progress.state == "fitting":
                best = max(epochs, key=lambda epoch: epoch["val_accuracy"])
                st.button(
                    f"Stop and keep epoch {best['epoch']} ({percent(best['val_accuracy'])})",
                    key="finish",
                    on_click=_finish,
                    help="Ends the training early, with the weights of its best epoch; they are "
                    "evaluated and become a run like any other.",
                )
            st.button("Discard it", key="discard", on_click=_cancel)
            st.button("Continue training", key="continue", on_click=_continue)


@operator.only
def _finish() -> None:
    _continue()
    trainer_process.finish(settings().home)


def _continue() -> None:
    st.session_state.pop(_ASKED, None)


@operator.only
def _cancel() -> None:
    with contextlib.suppress(KeyError):
        del st.session_state[_WATCHED]
    _continue()
    try:
        trainer_process.cancel(settings().home)
        notify(
            "The training was cancelled, and nothing of it was kept. The network in use is the "
            "same as before."
        )
    except Exception as error:
        notify(messages.sentence(error, "cancelling"))


def _figures(progress: Progress) -> list[tuple[str, str]]:
    """What is known by now, as figures with names."""
    percents = (
        ("Training accuracy (last batches)", progress.accuracy),
        ("Validation accuracy (last epoch)", progress.val_accuracy),
    )
    figures = [(name, percent(value)) for name, value in percents if value is not None]
    if progress.loss is not None:
        figures.append(("Training loss (last batches)", f"{progress.loss:.4f}"))
    if progress.seconds:
        figures.append(("Elapsed", duration(progress.seconds)))
    return figures


def _curves(progress: Progress) -> None:
    try:
        steps_per_epoch = progress.steps / max(progress.epochs, 1)
        curves = history.read(progress.history, steps_per_epoch)
    except history.DamagedHistory:
        return  # The next look will find a whole one.
    told = figures_training.curves_in_words(curves)
    error = st.toggle(
        "Error, logarithmic",
        key="error-scale",
        help="Shows the share of mistakes instead of the share correct, on a logarithmic scale: "
        "what happens between 98 and 100% becomes visible.",
    )
    with st.container(key="curves"):
        accuracy = figures_training.accuracy_curves(curves, progress.epochs, error)
        live_chart.place(accuracy, "live accuracy", told)
        live_chart.place(figures_training.loss_curves(curves, progress.epochs), "live loss", told)
    notes.quiet("Drag over a chart to zoom in; double-click to zoom out.", "for-mice")
    notes.quiet(_why_apart(progress.recipe))


def _why_apart(recipe: dict[str, Any]) -> str:
    """Why training and validation figures are not comparable, given the recipe."""
    harder = []
    if recipe.get("augment"):
        harder.append("on augmented digits")
    if recipe.get("label_smoothing"):
        harder.append("with label smoothing, which keeps the loss above zero")
    if recipe.get("ema_momentum"):
        harder.append("with the current weights")
    if recipe.get("teacher"):
        harder.append("with a loss that includes the teacher's outputs")
    if not harder:
        return "Training is measured while the network still learns; validation after each epoch."
    than = "unchanged digits"
    if recipe.get("ema_momentum"):
        than += " with averaged weights"
    return (
        f"The two are not directly comparable: training is measured {', '.join(harder)}; "
        f"validation on {than}. So validation usually looks better."
    )


def _samples(path: Path, augmented: bool | None) -> None:
    try:
        url = png_url(path.read_bytes())
    except OSError:
        return  # It is not that far yet.
    how = "augmented (rotated, sheared, scaled, shifted, thickened)" if augmented else "unchanged"
    st.html(_render("samples", url=url, how=how))


def _failed(home: Path, state: trainer_process.TrainingState) -> None:
    what = "The last training"
    if state.progress is not None and state.progress.recipe:
        recipe = state.progress.recipe
        what = f"The training of {recipe.get('network')} ({recipe.get('name')} recipe)"
        if recipe.get("network") == _ENSEMBLE:
            what = f"Making an {recipe.get('name')}"
    began = state.progress.started if state.progress is not None else 0.0
    lines = trainer_process.log_tail(home, since=began - _LOG_BEFORE_S)
    with st.container(key="training-failed"):
        st.html(_render("failed", what=what, trouble=state.trouble))
        if lines:
            with st.expander("The last lines of its log"):
                st.code("\n".join(lines), language=None, wrap_lines=True)
        st.button("Dismiss", key="dismiss", on_click=_dismiss)


@operator.only
def _dismiss() -> None:
    trainer_process.dismiss(settings().home)
