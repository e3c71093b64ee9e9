"""Actions on one run: use, rename, remove and undo, report, download."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from digitcnn.app.shared import messages, notes, operator
from digitcnn.app.train import after_corrections, runs_table
from digitcnn.report import report
from digitcnn.runs import origin, store, trainer_process
from digitcnn.runs.run import MODEL, SERVING_MODEL, STARTER_ID, Run
from digitcnn.runs.store import RunListing
from digitcnn.settings import settings
from digitcnn.system.templates import render

_SAID = "runs said"  # what came of the last deed: kind and sentence
_REMOVED = "run removed"  # its id, and whether it was ticked; for undo
CHANGED = "runs changed"  # in the session: the rest of the page is to be told


def show(listing: RunListing | None, in_use: str) -> None:
    """Places the actions of a run.

    Args:
        listing: the run; ``None`` if no actions are asked for.
        in_use: id of the run in use.
    """
    if st.session_state.pop(CHANGED, False):
        st.rerun()
    _say()
    if listing is None:
        words = runs_table.actions()
        notes.quiet(f"Tick runs to compare them. Press ⋯ beside a name to {words} that run.")
        return
    run = listing.run
    name = run.name if run is not None else listing.id
    with st.container(key="run-actions"):
        st.html(render("app/train/templates/compare.html", "acted_on", name=name))
        if run is not None and (made_with := origin.in_words(run.card)):
            notes.quiet(made_with)
        with st.container(key="run-tools", horizontal=True, gap="small"):
            if not settings().public:
                _manage(listing, in_use)
            if run is not None:
                _download(run)
        if run is not None:
            after_corrections.say(run)


def _manage(listing: RunListing, in_use: str) -> None:
    run = listing.run
    if run is not None:
        st.button(
            "Use",
            key="use",
            icon=":material/check_circle:",
            disabled=run.id == in_use,
            on_click=_use,
            args=(run.id,),
            help="Already in use." if run.id == in_use else "Read drawings with this network.",
        )
        if not run.is_starter:
            with (
                st.popover("Rename", icon=":material/edit:", key="rename"),
                # Enter saves as well.
                st.form(f"rename {run.id}", border=False, enter_to_submit=True),
            ):
                # No max_chars: the field would drop what is typed beyond it, and say nothing.
                st.text_input("Name", run.name, key=_name_key(run.id))
                st.form_submit_button("Save", key="save-name", on_click=_rename, args=(run.id,))
    if listing.id != STARTER_ID:
        st.button(
            "Remove",
            key="remove",
            icon=":material/delete:",
            on_click=_remove,
            args=(listing.id,),
            help="Removes it; you can undo this.",
        )


def _download(run: Run) -> None:
    home = settings().home
    st.download_button(
        "Report",
        data=_content(lambda: report.make(run, home)),
        file_name=f"{run.id}.html",
        mime="text/html",
        key="report",
        icon=":material/description:",
        on_click="ignore",
        help="One HTML file that opens offline.",
    )
    if run.card.foreign is None and not run.card.members:
        st.download_button(
            "Notebook",
            data=_content(partial(_notebook, run)),
            file_name=f"{run.id}.ipynb",
            mime="application/x-ipynb+json",
            key="notebook",
            icon=":material/menu_book:",
            on_click="ignore",
            help="For Jupyter or Colab: builds, trains and tests this network in plain Keras, with "
            "each step explained for beginners.",
        )
    with st.popover("Network file", icon=":material/download:", key="network-files"):
        for label, filename in _network_files(run):
            st.download_button(
                f"{label} ({Path(filename).suffix})",
                data=_content(partial(run.content, filename)),
                file_name=f"{run.id}{Path(filename).suffix}",
                mime="application/octet-stream",
                key=f"download {filename}",
                on_click="ignore",
            )
        st.html(
            render(
                "app/train/templates/form.html",
                "command",
                title="For TensorFlow Serving and ONNX, in a terminal:",
                command=f"python -m digitcnn export {run.id} --to .",
            )
        )


def _notebook(run: Run) -> bytes:
    from digitcnn.report.notebook import notebook  # brings nbformat, 14 MB

    return notebook(run).encode()


def _network_files(run: Run) -> tuple[tuple[str, str], ...]:
    foreign = run.card.foreign
    if foreign is None:
        return ("Keras", MODEL), ("LiteRT", SERVING_MODEL)
    return (("ONNX" if foreign.file.endswith(".onnx") else "LiteRT", foreign.file),)


def _content(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """What a download button calls when it is pressed; what goes wrong is told in the file."""

    def content() -> bytes:
        try:
            return make()
        except Exception as error:
            return messages.sentence(error, "making a download").encode()

    return content


def _say() -> None:
    kind, sentence = st.session_state.get(_SAID, ("", ""))
    if not sentence:
        return
    if kind == "trouble":
        st.warning(messages.plain(sentence), icon=":material/info:")
    with st.container(key="runs-said", horizontal=True, vertical_alignment="center"):
        if kind != "trouble":
            st.html(render("app/train/templates/compare.html", "done", text=sentence))
        if kind == "removed":
            st.button("Undo", key="undo-remove", icon=":material/undo:", on_click=_undo)


def _deed(act: Callable[[], str], kind: str = "done") -> None:
    try:
        st.session_state[_SAID] = (kind, act())
    except Exception as error:
        st.session_state[_SAID] = ("trouble", messages.sentence(error, "managing runs"))
    st.session_state[CHANGED] = True


@operator.only
def _use(run_id: str) -> None:
    def act() -> str:
        return f"{store.use(settings().home, run_id).name} is now in use, on every page."

    _deed(act)


def _name_key(run_id: str) -> str:
    return f"name {run_id}"


@operator.only
def _rename(run_id: str) -> None:
    def act() -> str:
        name = st.session_state[_name_key(run_id)]
        return f"Renamed: {store.rename(settings().home, run_id, name).name}."

    _deed(act)


@operator.only
def _remove(run_id: str) -> None:
    was_ticked = run_id in runs_table.chosen()

    def act() -> str:
        store.remove(settings().home, run_id)
        st.session_state[_REMOVED] = (run_id, was_ticked)
        runs_table.choose([other for other in runs_table.chosen() if other != run_id])
        return "Removed."

    _deed(act, "removed")


@operator.only
def put_together(run_ids: list[str]) -> None:
    """Starts making an ensemble of runs."""

    def act() -> str:
        trainer_process.put_together(settings().home, run_ids)
        return "The ensemble is being made; its progress is shown at the top of the page."

    _deed(act)


@operator.only
def _undo() -> None:
    run_id, was_ticked = st.session_state.pop(_REMOVED, ("", False))

    def act() -> str:
        store.restore(settings().home, run_id)
        return "Restored."

    _deed(act)
    if was_ticked:
        runs_table.choose([*runs_table.chosen(), run_id])
