"""The outcome of the last training: whether its run is in use, and where it reads differently."""

import time
from datetime import datetime
from functools import partial

import streamlit as st

from digitcnn.app.shared import cache, cache_digits, messages, navigation, operator, training_state
from digitcnn.app.train import after_corrections
from digitcnn.runs import store
from digitcnn.settings import settings
from digitcnn.system.templates import render

_render = partial(render, "app/train/templates/new_run.html")

CHANGED = "new run used"  # in the session: the rest of the page is to be told
TROUBLE = "new run trouble"  # in the session: a sentence on what went wrong

_NEWS_S = 24 * 3600


def show() -> None:
    """Places it for a day, or until the visitor dismisses it."""
    if st.session_state.pop(CHANGED, False):
        st.rerun()  # Only this part ran; a run of the whole page takes the mark away beforehand.
    newest = None if settings().public else training_state.newest()
    if newest is None:
        return
    run, found = newest
    in_use = cache.reader().run.id
    offered = not found.takes_over and found.other == in_use
    is_news = time.time() - datetime.fromisoformat(run.created).timestamp() < _NEWS_S
    if not offered and not (is_news and run.id == in_use):
        return
    with st.container(key="new-run"):
        trouble = st.session_state.pop(TROUBLE, "")
        if trouble:
            st.warning(messages.plain(trouble), icon=":material/info:")
        st.html(
            _render(
                "told",
                name=run.name,
                is_offered=offered,
                is_as_good=found.is_as_good,
                other=found.called,
                why=found.in_words(),
            )
        )
        after_corrections.say(run)
        differ = cache_digits.disagreement(run, found.other)
        if differ is not None:
            st.html(_render("disagreement", differ=differ, other=found.called))
        with st.container(key="new-run-answers", horizontal=True, gap="small"):
            if offered:
                st.button(
                    "Use the new one",
                    key="use-new",
                    icon=":material/check_circle:",
                    on_click=_use,
                    args=(run.id,),
                )
            if differ is not None and st.button(
                "Compare them in Explore", key="explore-new", icon=":material/grid_on:"
            ):
                navigation.go("explore", run=run.id, compare=found.other, show="second")
            st.button("Close", key="close-new", on_click=training_state.dismiss, args=(run.id,))


@operator.only
def _use(run_id: str) -> None:
    try:
        store.use(settings().home, run_id)
        st.session_state[CHANGED] = True
    except Exception as error:
        st.session_state[TROUBLE] = messages.sentence(error, "changing the run in use")
