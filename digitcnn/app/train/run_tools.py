"""What can be done to the runs that are ticked: use, rename, remove and undo, report, download."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from digitcnn.app.shared import messages, notes, operator
from digitcnn.app.train import runs_table
from digitcnn.report import report
from digitcnn.runs import store
from digitcnn.runs.run import MODEL, SERVING_MODEL, STARTER_ID, Run
from digitcnn.runs.store import RunListing
from digitcnn.settings import settings
from digitcnn.system.templates import render

_SAID = "runs said"  # what came of the last deed: kind and sentence
_REMOVED = "runs removed"  # ids, for undo
CHANGED = "runs changed"  # in the session: the rest of the page is to be told


def show(chosen: Sequence[RunListing], in_use: str) -> None:
    """Places the tools for the runs that are ticked.

    Args:
        chosen: those runs.
        in_use: id of the run in use.
    """
    if st.session_state.pop(CHANGED, False):
        st.rerun()
    _say()
    if not chosen:
        notes.quiet("Tick a run to see its curves, to use it, or to report on it.")
        return
    one = chosen[0].run if len(chosen) == 1 else None
    with st.container(key="run-tools", horizontal=True, gap="small"):
        if not settings().public:
            _manage(chosen, one, in_use)
        if one is not None:
            _download(one)


def _manage(chosen: Sequence[RunListing], one: Run | None, in_use: str) -> None:
    if one is not None:
        st.button(
            "Use",
            key="use",
            icon=":material/check_circle:",
            disabled=one.id == in_use,
            on_click=_use,
            args=(one.id,),
            help="Already in use." if one.id == in_use else "Read drawings with this network.",
        )
        if not one.is_starter:
            with (
                st.popover("Rename", icon=":material/edit:", key="rename"),
                # Enter saves as well.
                st.form(f"rename {one.id}", border=False, enter_to_submit=True),
            ):
                # No max_chars: the field would drop what is typed beyond it, and say nothing.
                st.text_input("Name", one.name, key=_name_key(one.id))
                st.form_submit_button("Save", key="save-name", on_click=_rename, args=(one.id,))
    removable = [listing.id for listing in chosen if listing.id != STARTER_ID]
    if removable:
        n = len(removable)
        st.button(
            "Remove" if n == 1 else f"Remove {n} runs",
            key="remove",
            icon=":material/delete:",
            on_click=_remove,
            args=(removable,),
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
def _remove(run_ids: Sequence[str]) -> None:
    gone: list[str] = []

    def act() -> str:
        for run_id in run_ids:
            store.remove(settings().home, run_id)
            gone.append(run_id)
        return "Removed." if len(gone) == 1 else f"{len(gone)} runs removed."

    _deed(act, "removed")
    if gone:
        st.session_state[_REMOVED] = gone
        runs_table.choose([run_id for run_id in runs_table.chosen() if run_id not in gone])


@operator.only
def _undo() -> None:
    back = st.session_state.pop(_REMOVED, [])

    def act() -> str:
        for run_id in back:
            store.restore(settings().home, run_id)
        return "Restored."

    _deed(act)
    runs_table.choose(back)
