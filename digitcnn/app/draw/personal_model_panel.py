"""The expander "Your handwriting": confirmed drawings, and benefit and cost of adapting."""

from collections.abc import Callable

import streamlit as st

from digitcnn.app.draw import personal_model_html
from digitcnn.app.shared import cache, messages, notes, personal_model
from digitcnn.data import drawing_files
from digitcnn.data.drawings import MAX_BYTES, Confirmed
from digitcnn.errors import DigitcnnError

_FILE_NAME = "my-digits.json"
_CHOSEN, _LABEL, _SWITCH = "hand-chosen", "hand-label", "hand-on"
_ASKED = "hand asked"  # session state: whether all are to be deleted
_N_FILES = "hand files"  # session state: how many files were taken; each gets a field of its own


def show(mine: personal_model.PersonalModel) -> None:
    """Places the expander; its content is made only when somebody looks."""
    with st.expander("Your handwriting", on_change="rerun", key="hand-panel") as panel:
        if panel.open:
            with messages.in_words("showing your handwriting"):
                _content(mine)


def _content(mine: personal_model.PersonalModel) -> None:
    notes.quiet(personal_model_html.introduction(mine))
    learned = None
    if len(mine.drawings):
        plain = cache.reader()
        try:
            learned = mine.learned(plain)
        except DigitcnnError as error:
            notes.hint(str(error))
        if learned is not None:
            st.session_state[_SWITCH] = mine.is_on
            st.toggle("Use what it learned from me", key=_SWITCH, on_change=_switch)
            with st.container(key="hand-effect"):
                st.html(personal_model_html.effect_html(learned, plain.run, mine.is_on))
        with st.container(key="hand-drawings"):
            chosen = _chosen(mine)
            st.html(personal_model_html.pictures_html(mine, learned, chosen.id))
        _change(mine, chosen)
        with st.container(key="hand-files", horizontal=True, gap="small"):
            _files(mine)
    _upload()
    if mine.says or mine.trouble:
        notes.hint(f"{mine.says} {mine.trouble}".strip())


def _chosen(mine: personal_model.PersonalModel) -> Confirmed:
    """The drawing that can be changed: the one chosen, or the newest."""
    found = mine.drawings.find(st.session_state.get(_CHOSEN, ""))
    return found or mine.drawings.drawings[-1]


def _change(mine: personal_model.PersonalModel, chosen: Confirmed) -> None:
    """Which drawing, its label, and deleting it."""
    numbers = {drawing.id: number for number, drawing in enumerate(mine.drawings, 1)}
    st.session_state[_CHOSEN], st.session_state[_LABEL] = chosen.id, chosen.label
    with st.container(key="hand-change", horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Drawing",
            list(numbers),
            format_func=lambda drawing_id: f"No. {numbers[drawing_id]}",
            key=_CHOSEN,
        )
        st.selectbox("Label", list(range(10)), key=_LABEL, on_change=_relabel, args=(chosen.id,))
        st.button(
            "Delete",
            icon=":material/delete:",
            key="hand-delete",
            on_click=mine.delete,
            args=(chosen.id,),
        )


def _files(mine: personal_model.PersonalModel) -> None:
    """Download all, as strokes or as a data set, or delete all."""
    st.download_button(
        "Download",
        mine.drawings.to_json(),
        _FILE_NAME,
        "application/json",
        icon=":material/download:",
        on_click="ignore",
        key="hand-download",
    )
    with st.popover("As a data set", icon=":material/dataset:", key="hand-data-set"):
        for ending, (title, media_type) in drawing_files.KINDS.items():
            st.download_button(
                title,
                _packed(mine, ending),
                f"my-digits{ending}",
                media_type,
                on_click="ignore",
                key=f"hand-download{ending}",
            )
    st.button(
        "Delete all my drawings", icon=":material/delete_forever:", key="hand-forget", on_click=_ask
    )
    if st.session_state.get(_ASKED):
        which = f" all {len(mine.drawings)}" if len(mine.drawings) > 1 else ""
        st.button(f"Yes, delete{which}", type="primary", key="hand-yes", on_click=_forget)


def _packed(mine: personal_model.PersonalModel, ending: str) -> Callable[[], bytes]:
    """What a download button calls when it is pressed."""
    return lambda: drawing_files.packed(mine.drawings, ending)


def _upload() -> None:
    key = f"hand-file-{st.session_state.get(_N_FILES, 0)}"
    st.file_uploader(
        "Upload drawings you downloaded here before",
        type="json",
        key=key,
        on_change=_take,
        args=(key,),
        max_upload_size=MAX_BYTES // 1_000_000,
    )


def _switch() -> None:
    personal_model.mine().is_on = bool(st.session_state[_SWITCH])


def _relabel(drawing_id: str) -> None:
    personal_model.mine().relabel(drawing_id, int(st.session_state[_LABEL]))


def _take(key: str) -> None:
    file = st.session_state.get(key)
    if file is not None:
        personal_model.mine().take(file.getvalue())
        st.session_state[_N_FILES] = st.session_state.get(_N_FILES, 0) + 1


def _ask() -> None:
    st.session_state[_ASKED] = not st.session_state.get(_ASKED)


def _forget() -> None:
    personal_model.mine().forget()
    st.session_state[_ASKED] = False
