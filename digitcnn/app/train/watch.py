"""The training that goes on, as every session sees it; or why the last one came to nothing."""

import contextlib
from html import escape
from pathlib import Path

import streamlit as st

from digitcnn.app.shared import messages, operator, training_state
from digitcnn.app.train import runs_table
from digitcnn.figures import curves as figures_training
from digitcnn.figures.image_url import png_url
from digitcnn.runs import history, trainer_process
from digitcnn.runs.progress import Progress
from digitcnn.runs.run import SAMPLES
from digitcnn.settings import settings
from digitcnn.text import duration

_POLL_S = 1.0
_IDLE_POLL_S = 3.0  # so that a session sees what another one starts
_LOG_BEFORE_S = 15.0  # how long before it tells its progress a trainer may begin its log

_NOTICE = "training notice"  # a sentence for the next run of the page
_WATCHED = "training watched"  # id of the training that this session saw go on
_CONFIG = {"displayModeBar": False}


def show(alive: bool, idle: str) -> None:
    """Places the state of training, which renews itself.

    Args:
        alive: whether a training goes on; when that changes the whole page runs again.
        idle: what to say while there is none.
    """
    _welcome(alive)
    training_state.announce()
    every = _POLL_S if alive else _IDLE_POLL_S
    st.fragment(_state, run_every=every)(alive, idle)


def notify(sentence: str) -> None:
    """Has a sentence shown above the form at the next run of the page."""
    st.session_state[_NOTICE] = sentence


def _welcome(alive: bool) -> None:
    """Ticks the run that this session watched being made, once it is there."""
    state = st.session_state
    if alive:
        return
    made = state.pop(_WATCHED, "")
    if made and (settings().home / "runs" / made).is_dir():
        runs_table.choose([made, *(run for run in runs_table.chosen() if run != made)])


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
            st.html(f'<p class="quiet">{escape(idle)}</p>')


def _running(home: Path, state: trainer_process.TrainingState) -> None:
    progress = state.progress
    with st.container(key="training-head"):
        st.html(f'<h2 class="training">{escape(_title(progress))}</h2>')
        if not settings().public:
            st.button(
                "Cancel",
                key="cancel",
                icon=":material/close:",
                on_click=_cancel,
                help="Ends the training at once. What was there before stays as it is.",
            )
    st.html(training_state.progress_html(progress))
    if progress is None:
        return
    figures = _figures_html(progress)
    if figures:
        st.html(figures)
    if progress.steps:
        _curves(progress)
    _samples(home / "training" / state.id / SAMPLES, augmented=progress.recipe.get("augment"))


def _title(progress: Progress | None) -> str:
    if progress is None or not progress.recipe:
        return "A training begins"
    return f"{progress.recipe.get('network')} learns by the {progress.recipe.get('name')} recipe"


@operator.only
def _cancel() -> None:
    with contextlib.suppress(KeyError):
        del st.session_state[_WATCHED]
    try:
        trainer_process.cancel(settings().home)
    except Exception as error:
        notify(messages.sentence(error, "cancelling"))


def _figures_html(progress: Progress) -> str:
    """What is known by now, as figures with names."""
    percents = (
        ("Training, recently", progress.accuracy),
        ("Validation, last epoch", progress.val_accuracy),
    )
    figures = [(name, f"{value:.2%}") for name, value in percents if value is not None]
    if progress.loss is not None:
        figures.append(("Loss, recently", f"{progress.loss:.4f}"))
    if progress.seconds:
        figures.append(("Time so far", duration(progress.seconds)))
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)
    return f'<dl class="figures">{cells}</dl>' if cells else ""


def _curves(progress: Progress) -> None:
    try:
        curves = history.read(progress.history, progress.steps / max(progress.epochs, 1))
    except history.DamagedHistory:
        return  # The next look will find a whole one.
    told = figures_training.curves_in_words(curves)
    with st.container(key="curves"):
        for draw in (figures_training.accuracy_curves, figures_training.loss_curves):
            st.plotly_chart(
                draw(curves, progress.epochs), config=_CONFIG, alt=told, key=draw.__name__
            )


def _samples(path: Path, augmented: bool | None) -> None:
    try:
        url = png_url(path.read_bytes())
    except OSError:
        return  # It is not that far yet.
    how = "turned, slanted, scaled, shifted and thickened at random" if augmented else "as they are"
    st.html(
        f'<figure class="samples"><img src="{url}" alt="48 of the '
        f'training digits"><figcaption>Some of the digits that it learns from, {how}.'
        "</figcaption></figure>"
    )


def _failed(home: Path, state: trainer_process.TrainingState) -> None:
    what = "The last training"
    if state.progress is not None and state.progress.recipe:
        recipe = state.progress.recipe
        what = f"The training of {recipe.get('network')} ({recipe.get('name')} recipe)"
    began = state.progress.started if state.progress is not None else 0.0
    lines = trainer_process.log_tail(home, since=began - _LOG_BEFORE_S)
    with st.container(key="training-failed"):
        st.html(
            f'<p class="training"><b>{escape(what)} did not work.</b></p>'
            f"<p>{escape(state.trouble)}</p>"
        )
        if lines:
            with st.expander("The last lines of its log"):
                st.code("\n".join(lines), language=None, wrap_lines=True)
        st.button("Dismiss", key="dismiss", on_click=_dismiss)


@operator.only
def _dismiss() -> None:
    trainer_process.dismiss(settings().home)
