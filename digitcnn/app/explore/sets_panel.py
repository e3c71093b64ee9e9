"""The correction sets on Explore: their list, and what can be done with one."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from digitcnn.app.explore import correction_sets, settle, settled_kept, state
from digitcnn.app.explore.data import offers
from digitcnn.app.explore.view import View
from digitcnn.app.shared import messages, navigation, notes
from digitcnn.data import corrections, joined
from digitcnn.data.correction_folder import UnknownSet
from digitcnn.data.corrections import Contradiction, CorrectionSet, Prefer
from digitcnn.settings import settings
from digitcnn.system.templates import render

_render = partial(render, "app/explore/templates/corrections.html")

_OPEN, _SET = "corrections-open", "corrections-set"  # widgets
_FILE, _NEW, _NAME, _OTHER, _NEWEST = (
    f"corrections-{name}" for name in ("file", "new", "name", "other", "newest")
)
_SAID, _REMOVED = "corrections said", "correction set removed"  # session state


def show(view: View) -> None:
    """Places the list; what is in it is made when it is opened."""
    every = correction_sets.every()
    # No number in the title: with another title it would be another panel, and closed.
    with st.expander(
        "Correction sets", key=_OPEN, icon=":material/rule:", on_change="rerun"
    ) as panel:
        if panel.open:
            with messages.in_words("listing correction sets"):
                _contents(view, every)


def _contents(view: View, every: list[CorrectionSet]) -> None:
    now = view.corrections
    st.html(_render("listed", sets=[_row(one, now) for one in every], where=_where()))
    for trouble in correction_sets.troubles():
        notes.hint(messages.without_paths(trouble))
    _say()
    if every:
        names = [one.name for one in every]
        if st.session_state.get(_SET) not in names:
            st.session_state[_SET] = now.name if now is not None else names[0]
        chosen = st.selectbox("Correction set", names, key=_SET)
        found = next(one for one in every if one.name == chosen)
        with st.container(key="corrections-tools", horizontal=True, gap="small"):
            _tools(view, found, every)
    with st.container(key="corrections-more", horizontal=True, gap="small"):
        _start(view)
        with st.popover("Upload", icon=":material/upload:", key="corrections-upload"):
            st.file_uploader(
                "A correction set: a .json file that was downloaded here.",
                type=["json"],
                key=_FILE,
                on_change=_uploaded,
                args=("" if view.of is None else view.of.fingerprint,),
            )


def _row(one: CorrectionSet, now: CorrectionSet | None) -> dict[str, object]:
    return {
        "name": one.name,
        "told": one.in_words(),
        "of": one.of.name,
        "tags": one.tags()[:5],
        "is_current": now is not None and now.name == one.name,
    }


def _where() -> str:
    if settings().public:
        return (
            f"{_kept_where()} Download what you want to have elsewhere. A set holds positions, "
            "labels and your words, never the pictures."
        )
    return (
        "Kept in the home folder. A set holds positions, labels and your words, never the pictures."
    )


def _kept_where() -> str:
    if settled_kept.is_too_large():
        return (
            f"With more than {settled_kept.MOST_KEPT:,} digits in all they are kept in this visit "
            "only, not in your browser."
        )
    return "Kept in this visit, and in your browser if it keeps your drawings."


def _tools(view: View, found: CorrectionSet, every: list[CorrectionSet]) -> None:
    is_of_these = view.of is not None and found.of.fingerprint == view.of.fingerprint
    if not is_of_these:
        there = found.of.key in offers()
        st.button(
            "Show its digits", key="corrections-show", icon=":material/grid_on:",
            on_click=_show, args=(found.of.key,), disabled=not there,
            help=None if there else "Its digits are not here now: choose their file above.",
        )  # fmt: skip
    elif view.corrections is None or view.corrections.name != found.name:
        st.button(
            "Settle into it", key="corrections-use", icon=":material/check:",
            on_click=correction_sets.choose, args=(found,),
        )  # fmt: skip
    st.download_button(
        "Download", found.to_json, file_name=f"{found.name}.json", mime="application/json",
        key="corrections-download", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    with (
        st.popover("Rename", icon=":material/edit:", key="corrections-rename"),
        st.form(f"rename set {found.name}", border=False, enter_to_submit=True),
    ):
        key = f"{_NAME} {found.name}"
        st.text_input("Name", found.name, key=key)
        st.form_submit_button(
            "Save", key="corrections-save", on_click=_rename, args=(found.name, key)
        )
    others = [
        one.name
        for one in every
        if one.name != found.name and one.of.fingerprint == found.of.fingerprint
    ]
    if others:
        with st.popover("Merge", icon=":material/merge:", key="corrections-merge"):
            st.selectbox("Take over what this set says", others, key=_OTHER)
            st.toggle("Where they contradict each other, the newer decision counts", key=_NEWEST)
            st.button(
                f"Merge into {messages.plain(found.name)}", key="corrections-do-merge",
                on_click=_merge, args=(found.name,),
            )  # fmt: skip
    st.button(
        "Remove", key="corrections-remove", icon=":material/delete:", on_click=_remove,
        args=(found.name,), help="Removes it; you can undo this.",
    )  # fmt: skip
    if not (settings().training and not settings().public and found.n_changes):
        return
    if not found.of.key.endswith(joined.training_key("")):
        notes.quiet("No training learns from these digits: the set counts when runs are compared.")
    elif st.button(
        "Train again with it", key="corrections-train", icon=":material/model_training:"
    ):
        navigation.go("train", corrections=found.name)


def _start(view: View) -> None:
    if view.of is None:
        return
    with (
        st.popover("New set", icon=":material/add:", key="corrections-start"),
        st.form("new set", border=False, enter_to_submit=True),
    ):
        st.text_input(
            "Name", key=_NEW, placeholder=correction_sets.new_name(view.of),
            help="What you settle from then on goes there.",
        )  # fmt: skip
        st.form_submit_button(
            "Start", key="corrections-begin", on_click=_begin,
            args=(view.of, correction_sets.new_name(view.of)),
        )  # fmt: skip


def _deed(act: Callable[[], str]) -> None:
    try:
        st.session_state[_SAID] = act(), False
    except Exception as error:
        st.session_state[_SAID] = messages.sentence(error, "changing correction sets"), True
    settle.forget_said()


def _say() -> None:
    said, is_trouble = st.session_state.pop(_SAID, ("", False))
    gone: CorrectionSet | None = st.session_state.get(_REMOVED)
    if said:
        notes.hint(said) if is_trouble else notes.status(said)
    if gone is not None:
        st.button(
            f"Restore {messages.plain(gone.name)}", key="corrections-restore",
            icon=":material/undo:", on_click=_restore,
        )  # fmt: skip


def _show(key: str) -> None:
    state.change(data=key, region=())


def _begin(of: corrections.Of, usual: str) -> None:
    def act() -> str:
        made = correction_sets.start(of, st.session_state[_NEW].strip() or usual)
        st.session_state[_SET] = made.name
        return f"What you settle now goes into “{made.name}”."

    _deed(act)


def _rename(name: str, key: str) -> None:
    def act() -> str:
        new = corrections.proper_name(st.session_state[key])
        correction_sets.rename(name, new)
        st.session_state[_SET] = new
        return f"Renamed: {new}."

    _deed(act)


def _merge(name: str) -> None:
    def act() -> str:
        other = correction_sets.find(st.session_state[_OTHER])
        if other is None:
            raise UnknownSet("The other correction set is not there any more.")
        prefer: Prefer | None = "newest" if st.session_state.get(_NEWEST) else None
        try:
            correction_sets.change(name, lambda now: now.merged(other, prefer))
        except Contradiction as error:
            more = "Switch on that the newer decision counts, or settle these digits first."
            raise Contradiction(f"{error} {more}") from error
        return f"Merged: “{name}” says what “{other.name}” says, too."

    _deed(act)


def _remove(name: str) -> None:
    def act() -> str:
        gone = correction_sets.find(name)
        correction_sets.remove(name)
        st.session_state[_REMOVED] = gone
        return f"Removed: {name}."

    _deed(act)


def _restore() -> None:
    gone: CorrectionSet | None = st.session_state.pop(_REMOVED, None)

    def act() -> str:
        if gone is None:
            return "There is nothing to restore."
        back = gone.renamed(correction_sets.free_name(gone.name))
        correction_sets.add(back)
        return f"Restored: {back.name}."

    _deed(act)


def _uploaded(shown: str) -> None:
    """Takes over a file.

    Args:
        shown: fingerprint of the digits that are shown; empty if nobody knows which they are.
    """
    file = st.session_state.get(_FILE)
    if file is None:
        return

    def act() -> str:
        found = corrections.read(file.getvalue())
        same = correction_sets.find(found.name)
        if same is not None and same.fingerprint == found.fingerprint:
            return f"“{found.name}” is here already, and says the same."
        # Two people's first sets have the same name, most likely.
        found = found.renamed(correction_sets.free_name(found.name))
        correction_sets.add(found)
        st.session_state[_SET] = found.name
        added = f"Added “{found.name}”: {found.in_words()}, of {found.of.name}."
        if found.of.fingerprint == shown:
            return added
        how = (
            "“Show its digits” goes there."
            if found.of.key in offers()
            else "To see what it says of them, choose their file above."
        )
        return f"{added} These are other digits than those that are shown. {how}"

    _deed(act)
