"""The Explore page: where a run fails, and whether it is the network or the label."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.explore import (
    data,
    detail,
    export,
    figures,
    gallery,
    map,
    matrix,
    sets_panel,
    settled_kept,
    several,
    slices_panel,
    state,
)
from digitcnn.app.explore.view import View, at_moment, view
from digitcnn.app.shared import (
    STYLE,
    cache,
    lesson_progress,
    messages,
    moment_slider,
    notes,
    operator,
    run_line,
    run_names,
)
from digitcnn.data import mnist
from digitcnn.errors import DigitcnnError
from digitcnn.runs.run import MOMENTS
from digitcnn.settings import settings
from digitcnn.system.templates import render

_STYLES = [STYLE, Path(__file__).with_name("explore.css")]

# Confidence is mostly near 1, so the steps are finer there.
_THRESHOLDS = (0, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9, 99.99)

_TABS = {
    "Map": map.show,
    "Per digit": figures.by_digit,
    "Calibration": figures.confidence,
    "Accuracy vs. coverage": figures.coverage,
    "Slices": slices_panel.show,
    "Several runs": several.show,
}


def page() -> None:
    """The page, as Streamlit calls it."""
    for style in _STYLES:
        st.html(style)
    st.title("Explore the results", anchor=False)
    _workspace()
    with messages.in_words("naming the run in use"):
        run_line.show(cache.reader())


@st.fragment
def _workspace() -> None:
    """Everything that a click changes."""
    with st.container(key="explore"), messages.in_words("exploring"):
        # What takes long is waited for in a place of its own: all else stays where it is.
        with st.container(key="explore-wait"):
            shown = view()
            _prepare(shown)
        state.tell_address()
        _choices(shown)
        # What is there only at times has places of its own: what follows is never another element
        # than before, and nothing of an earlier run stays beside it when a run was cut short.
        with st.container(key="explore-notes"):
            _notes(shown)
        with st.container(key="explore-way"), messages.in_words("showing how it learned"):
            _how_it_learned(shown)
        with st.container(key="explore-summary"):
            with st.container(key="explore-figures"), messages.in_words("showing the figures"):
                figures.strip(shown)
            _threshold(shown)
        with st.container(key="explore-desk"):
            for key, part in (
                ("matrix", matrix.show),
                ("gallery", gallery.show),
                ("detail", detail.show),
                ("explore-more", _more),
            ):
                with st.container(key=key), messages.in_words(f"showing the {key}"):
                    part(shown)
        with st.container(key="explore-kept"), messages.in_words("keeping what was settled"):
            settled_kept.show()
        _report(shown)


def _report(shown: View) -> None:
    """Tells an open lesson which digit a visitor opened, by itself or by its cell."""
    selection, index = shown.selection, shown.opened
    if index is None or (selection.digit is None and selection.true is None):
        return
    lesson_progress.report(
        "opened",
        digit=index,
        label=int(shown.evaluation.labels[index]),
        read=int(shown.evaluation.predicted[index]),
    )


def _choices(shown: View) -> None:
    """Run, second run and data set."""
    names = run_names.names(shown.runs)
    with st.container(key="explore-choices", horizontal=True, vertical_alignment="bottom"):
        _select("Run", "run", list(names), shown.run.id, lambda run_id: names.get(run_id, ""))
        others = ["", *(run_id for run_id in names if run_id != shown.run.id)]
        compared = shown.other.id if shown.other else ""
        _select(
            "Compare with", "compare", others, compared,
            lambda run_id: names.get(run_id, "nothing"),
        )  # fmt: skip
        offers = data.offers(shown.run)
        _select("Digits", "data", list(offers), shown.data.key, lambda key: offers[key].title)
        with st.popover("Your own file", icon=":material/upload:", key="explore-upload"):
            _upload()
        moment_slider.switch("explore")


def _notes(shown: View) -> None:
    """What there is to know about what is shown."""
    if shown.data.note:
        notes.quiet(shown.data.note, "note")
    if shown.data.digits is None:
        _without_pictures()
    _newer(shown)
    for note in shown.notes:
        notes.hint(note)


def _how_it_learned(shown: View) -> None:
    """The slider along the training's moments, while its switch is on."""
    if not moment_slider.is_on("explore"):
        return
    if shown.selection.compare:
        notes.hint("Of two runs that are compared only the finished networks are shown.")
    elif shown.way is None and MOMENTS in shown.run.card.files:
        notes.hint(
            f"This run kept what it read of {shown.run.card.dataset.name} while it learned. "
            "Choose these digits to see it."
        )
    else:
        moment_slider.show(shown.run, "explore", step=partial(_step, shown))


def _step(shown: View) -> dict[str, Any]:
    """What a step along the training changes: what the components of the page are told."""
    now = at_moment(shown)
    return {
        "matrix": matrix.contents(now),
        "gallery": gallery.contents(now),
        "map": map.contents_of_step(now),
        "html": {".figures": figures.strip_html(now), "h2.selected": gallery.heading_html(now)},
    }


def _select(
    title: str, name: str, options: list[str], value: str, show: Callable[[str], str]
) -> None:
    key = f"explore-{name}"
    st.session_state[key] = value
    st.selectbox(title, options, format_func=show, key=key, on_change=_chosen, args=(name, key))


def _newer(shown: View) -> None:
    """Offers the run that came into use while the visitor was looking at the one before."""
    in_use = cache.reader().run
    if in_use.id == shown.run.id or not state.is_pinned(shown.run.id):
        return
    with st.container(key="explore-newer", horizontal=True, vertical_alignment="center"):
        name = shown.run.name
        st.html(
            render("app/explore/templates/explore.html", "newer", in_use=in_use.name, shown=name)
        )
        st.button("Show the new one", key="explore-unpin", on_click=state.unpin)


def _prepare(shown: View) -> None:
    """Works out what the page needs before any of it is replaced."""
    _ = shown.chosen


def _chosen(name: str, key: str) -> None:
    # Another data set has other digits; the selected cell stays.
    cleared: dict[str, Any] = {"region": ()} if name in ("run", "data") else {}
    show = state.selection().show
    if name == "compare" and show in ("first", "second"):
        cleared["show"] = "mistakes"
    state.change(**{name: st.session_state[key]}, **cleared)


def _upload() -> None:
    key = "explore-file"
    st.file_uploader(
        "Labelled digits: .npz, CSV as on Kaggle (label, then 784 pixels), or a .zip of pictures "
        f"with a folder for each digit; up to {data.limit_digits():,} digits and "
        f"{data.limit_mb()} MB unpacked. The file stays in this session.",
        type=["npz", "csv", "gz", "zip", "npy", "parquet"],
        key=key,
        on_change=_uploaded,
    )
    if data.upload_trouble():
        notes.hint(data.upload_trouble())


def _uploaded() -> None:
    file = st.session_state["explore-file"]
    data.take_upload(file)
    if file is None or data.upload_trouble():
        if state.selection().data == "uploaded":
            state.change(data="mnist", region=())
        return
    state.change(data="uploaded", region=())


def _without_pictures() -> None:
    """Ways on for those who have no pictures of MNIST."""
    now = settings()
    with st.container(key="no-pictures", horizontal=True):
        st.button(
            "Use synthetic handwriting", key="use-handwriting", icon=":material/stylus_note:",
            on_click=state.change, kwargs={"data": "handwriting", "region": ()},
        )  # fmt: skip
        if (
            now.training
            and not now.public
            and st.button("Download MNIST (11 MB)", key="get-mnist", icon=":material/download:")
        ):
            _download()


@operator.only
def _download() -> None:
    try:
        with st.spinner("Downloading MNIST …"):
            mnist.download(settings().home)
    except DigitcnnError as error:
        notes.hint(str(error))
    else:
        st.rerun()


def _threshold(shown: View) -> None:
    key = "explore-threshold"
    percent = round(shown.selection.threshold * 100, 4)
    steps = sorted({*_THRESHOLDS, percent})
    st.session_state[key] = min(steps, key=lambda step: abs(step - percent))
    with st.container(key="explore-answers"):
        st.select_slider(
            "Minimum confidence to answer", steps, format_func=lambda step: f"{step:g}%",
            key=key, on_change=_thresholded,
        )  # fmt: skip
        n = int(shown.answered.sum())
        notes.quiet(figures.remaining_in_words(shown.evaluation, n))


def _thresholded() -> None:
    state.change(threshold=st.session_state["explore-threshold"] / 100)


def _more(shown: View) -> None:
    """Charts, made only when they are opened; and files to take away."""
    tabs = st.tabs(list(_TABS), key="explore-tabs", on_change="rerun")
    for tab, (name, part) in zip(tabs, _TABS.items(), strict=True):
        if tab.open:
            with tab, messages.in_words(f"showing {name}"):
                part(shown)
    with messages.in_words("listing correction sets"):
        sets_panel.show(shown)
    if shown.moment is not None:
        notes.quiet("Files are of the finished network: move the slider to its end to get them.")
        return
    with messages.in_words("offering files"):
        export.show(shown)
