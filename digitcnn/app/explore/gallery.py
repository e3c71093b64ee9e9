"""The gallery: the selected digits as pictures, sixty at a time."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.explore import finding, state
from digitcnn.app.explore.selection import (
    AGAINST,
    N_ALONE,
    OF_PICTURES,
    OF_THE_WAY,
    OF_TWO_RUNS,
    ORDERS,
    PAGE,
    SETTLED,
    SHOWN,
    Selection,
)
from digitcnn.app.explore.view import View
from digitcnn.app.shared import cache_digits, messages, notes
from digitcnn.app.shared.component_values import whole_number
from digitcnn.evaluation.agreement import votes_in_words
from digitcnn.evaluation.duplicates import Nearest
from digitcnn.evaluation.label_quality import Doubts
from digitcnn.figures.image_url import picture_url
from digitcnn.inference import browser
from digitcnn.inference.evaluate import HOW_TO_GET
from digitcnn.system.templates import render
from digitcnn.text import certainty, percent

_render = partial(render, "app/explore/templates/explore.html")

_PICTURES = "gallery-pictures"

_COMPONENT = st.components.v2.component(
    "digitcnn-gallery",
    js=browser.script(Path(__file__).with_name("gallery.js")),
    html='<div class="pictures"></div>',
    isolate_styles=False,
)


def show(view: View) -> None:
    """Places what is shown, in which order, the pictures, and the pages."""
    st.html(heading_html(view))
    _choices(view)
    if view.selection.show == "labels" and view.doubts is not None:
        st.html(_labels_html(view.doubts))
    if view.selection.is_of_pictures and view.nearest is not None:
        st.html(_alike_html(view, view.nearest))
    if view.work is not None:
        finding.wait_for(view.work)
    if not len(view.chosen):
        if view.work is not None:
            return
        st.html(_render("nothing", text=_nothing(view)))
        return
    _averages(view)
    _COMPONENT(
        key=_PICTURES,
        data=[contents(view)],  # in a list: see matrix.py
        on_open_change=_opened,
        on_turn_change=_turned,
    )
    _pages(view)


def heading_html(view: View) -> str:
    """What is selected, and how many."""
    at = None if view.moment is None else view.moment.index
    return _render("selected", title=title(view), counted=_counted(view), moment=at)


def _averages(view: View) -> None:
    """The average picture of a cell off the diagonal, beside those of its two classes."""
    true, predicted = view.selection.true, view.selection.predicted
    images = view.images
    if images is None or true is None or predicted is None or true == predicted:
        return
    of_class = cache_digits.mean_digits(view.data)
    shown = [
        (_dark_on_light(of_class[true]), f"all {true}s"),
        (_dark_on_light(_mean(images[view.chosen])), f"{true} read as {predicted}"),
        (_dark_on_light(of_class[predicted]), f"all {predicted}s"),
    ]
    st.html(_render("averages", shown=[one for one in shown if one[0]]))


def _mean(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Float32 (28, 28), NaN of no digit."""
    if not len(images):
        return np.full((28, 28), np.nan, np.float32)
    mean: NDArray[np.float32] = images.mean(axis=0, dtype=np.float32)
    return mean


def _dark_on_light(mean: NDArray[np.float32]) -> str:
    """Address of the picture, ink black; empty of no digit."""
    return "" if np.isnan(mean).any() else picture_url((255 - mean).astype(np.uint8))


def title(view: View) -> str:
    """What is selected, in words."""
    name = view.selection.slice
    return f"{_title(view)} in the slice “{name}”" if name else _title(view)


def _title(view: View) -> str:
    selection = view.selection
    true, predicted = selection.true, selection.predicted
    if selection.is_cell:
        if true == predicted:
            return f"{true} read correctly"
        return f"{true} read as {predicted}"
    what = _what(view)
    if selection.region:
        return f"{what} in the selected part of the map"
    if true is not None:
        return f"{what} on {true}s"
    if predicted is not None:
        return f"{what} read as {predicted}"
    return what


def _what(view: View) -> str:
    names = {
        "all": "All digits",
        "right": "Correct",
        "labels": "Labels in doubt",
        "apart": "The networks disagree",
    }
    show = view.selection.show
    if show in OF_TWO_RUNS and view.other is not None:
        run = view.run if show == "first" else view.other
        return f"Read correctly only by {run.name}"
    return names.get(show, SHOWN[show])


def _counted(view: View) -> str:
    n = len(view.chosen)
    if not n and view.work is not None:
        return ""  # It is not known yet.
    counted = "1 digit" if n == 1 else f"{n:,} digits"
    if n > PAGE:
        first = view.page * PAGE + 1
        counted += f", {first:,} to {min(first + PAGE - 1, n):,} shown"
    return counted


def _choices(view: View) -> None:
    selection = view.selection
    with st.container(key="gallery-choices"):
        if not selection.is_cell:
            key = "explore-show"
            st.session_state[key] = selection.show
            st.pills(
                "Show", _shows(view), format_func=lambda show: _pill(view, show), key=key,
                label_visibility="collapsed", required=True, on_change=_changed,
                args=("show", key),
            )  # fmt: skip
        if selection.is_of_pictures and view.half is not None:
            key = "explore-against"
            st.session_state[key] = selection.against
            half = view.half.title
            st.pills(
                "Compared with", list(AGAINST), key=key, label_visibility="collapsed",
                format_func=lambda against: f"Against {half}" if against else AGAINST[against],
                required=True, on_change=_changed, args=("against", key),
            )  # fmt: skip
        if selection.is_cell or selection.show not in ("labels", *OF_PICTURES):
            key = "explore-order"
            st.session_state[key] = selection.order
            st.selectbox(
                "Order", _orders(view), format_func=lambda order: ORDERS[order], key=key,
                label_visibility="collapsed", on_change=_changed, args=("order", key),
            )  # fmt: skip
        _settled_choice(view)


def _settled_choice(view: View) -> None:
    """A box for what is settled, where anything is."""
    selection, found = view.selection, view.corrections
    tags = () if found is None else found.tags()
    if not (found or selection.settled or selection.tag):
        return
    options = [(settled, "") for settled in SETTLED]
    options += [("", tag) for tag in dict.fromkeys((*tags, *filter(None, [selection.tag])))]
    wanted = (selection.settled, selection.tag)
    if wanted not in options:
        options.append(wanted)
    key = "explore-settled"
    st.session_state[key] = wanted
    st.selectbox(
        "Settled", options, format_func=_settled_title, key=key, label_visibility="collapsed",
        on_change=_settled_changed,
    )  # fmt: skip


def _settled_title(wanted: tuple[str, str]) -> str:
    settled, tag = wanted
    if not tag:
        return SETTLED[settled]
    return f"Tagged: {tag}" if not settled else f"{SETTLED[settled]}, tagged: {tag}"


def _settled_changed() -> None:
    settled, tag = st.session_state["explore-settled"]
    state.change(settled=settled, tag=tag)


def _shows(view: View) -> list[str]:
    """What can be shown: the refused only where some are, two runs only where there are two."""
    possible = [show for show in SHOWN if show not in ("refused", "apart", *OF_TWO_RUNS)]
    if not view.answered.all() or view.selection.show == "refused":
        possible.append("refused")
    if view.evaluation.members is not None or view.selection.show == "apart":
        possible.append("apart")
    if view.other is not None or view.selection.show in OF_TWO_RUNS:
        possible += OF_TWO_RUNS
    return possible


def _orders(view: View) -> list[str]:
    """What can be ordered by: how digits were learned only where the run kept that."""
    if view.selection.order in OF_THE_WAY or cache_digits.own_moments(view.run, view.data):
        return list(ORDERS)
    return [order for order in ORDERS if order not in OF_THE_WAY]


def _pill(view: View, show: str) -> str:
    if show in OF_TWO_RUNS and view.other is not None:
        run = view.run if show == "first" else view.other
        return messages.plain(f"Only {run.name}")
    return SHOWN[show]


def _alike_html(view: View, nearest: Nearest) -> str:
    others = labels_beside(view)
    found = nearest.pairs() if view.others is not None else nearest.later()
    differ = int((view.evaluation.labels[found] != others[nearest.index[found]]).sum())
    return _render(
        "alike",
        alone=view.selection.show == "alone",
        n=len(found),
        of=len(view.evaluation),
        against="" if view.others is None else view.others.name,
        differ=differ,
        listed=min(N_ALONE, len(view.evaluation)),
    )


def labels_beside(view: View) -> NDArray[np.uint8]:
    """Labels of the digits among which the most alike are looked for: uint8 (n,)."""
    if view.others is None or view.others.digits is None:
        return view.evaluation.labels
    return view.others.digits.labels


def _labels_html(doubts: Doubts) -> str:
    n = int(doubts.confidently_other.sum())
    confident = {0: "No label is", 1: "One label is"}.get(n, f"{n:,} labels are")
    return _render("labels", confident=confident, by_folds=doubts.by_folds)


def _nothing(view: View) -> str:
    selection: Selection = view.selection
    if selection.threshold and selection.show != "refused":
        return f"Nothing here at {selection.threshold * 100:g}% confidence. Lower it to see more."
    if selection.settled or selection.tag:
        return "No digits here are settled so, or tagged so."
    if selection.region:
        return "There are no such digits in that part of the map."
    if selection.is_cell:
        return (
            f"No {selection.true} of {len(view.evaluation):,} digits is read as "
            f"{selection.predicted}."
        )
    if selection.show in OF_TWO_RUNS:
        return "No digit is read correctly only by this run."
    if selection.show == "apart":
        if view.evaluation.members is None:
            return "This run is a single network; only those of an ensemble can disagree."
        return "All networks of this ensemble read the same here."
    if selection.is_of_pictures and view.images is None:
        return f"Pictures are compared, and these are not on this computer. {HOW_TO_GET}"
    if selection.show == "alike" and selection.is_of_pictures:
        return "No two of these pictures are all but the same."
    if selection.show == "mistakes":
        return "No mistakes here: all of these digits are read correctly."
    return "There are no such digits here."


def contents(view: View) -> str:
    """What the component shows, as JSON: one strip of pictures, and a caption for each."""
    shown = view.on_page
    strip = ""
    if view.images is not None and len(shown):
        strip = picture_url(np.concatenate(_pictures(view, view.images, shown)))
    return json.dumps(
        {
            "strip": strip,
            "across": _across(view),
            "items": [_item(view, int(index)) for index in shown],
            "opened": view.opened,
            "label": f"{title(view)}: pictures of {_counted(view)}",
            "nothing": "" if len(shown) else _nothing(view),
        }
    )


def _across(view: View) -> int:
    """How many pictures stand in one place: of near-duplicates both, and their difference."""
    is_pair = view.selection.show == "alike" and view.selection.is_of_pictures
    return 3 if is_pair and view.nearest is not None else 1


def _pictures(view: View, images: NDArray[np.uint8], shown: NDArray[np.int64]) -> NDArray[np.uint8]:
    """What is shown of each digit: uint8 (n, 28, 28 * _across)."""
    if _across(view) == 1 or view.nearest is None:
        return images[shown]
    return np.concatenate(pair_of(view, view.nearest, images, shown), axis=2)


def pair_of(
    view: View, nearest: Nearest, images: NDArray[np.uint8], shown: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Digits, the most alike picture of each, and their difference: uint8 (n, 28, 28) each."""
    known = images
    if view.others is not None and view.others.digits is not None:
        known = view.others.digits.images
    ours, theirs = images[shown], known[nearest.index[shown]]
    difference = np.abs(ours.astype(np.int16) - theirs.astype(np.int16)).astype(np.uint8)
    return ours, theirs, difference


def alike_in_words(view: View, nearest: Nearest, index: int) -> str:
    """Which picture is most like a digit's, and how alike the two are."""
    other = int(nearest.index[index])
    label = labels_beside(view)[other]
    among = "" if view.others is None else f" of {view.others.name}"
    alike = percent(float(nearest.cosine[index]), 1)
    return f"digit {other:,}{among}, labelled {label}: {alike} alike"


def _item(view: View, index: int) -> dict[str, Any]:
    evaluation = view.evaluation
    true, predicted = int(evaluation.labels[index]), int(evaluation.predicted[index])
    sure = certainty(float(evaluation.confidences[index]))
    caption = f"{true} → {predicted}" if true != predicted else str(true)
    says = f"{messages.one(true).capitalize()} read as {predicted}, {sure} sure"
    if view.two is not None:
        second = int(view.two.second.predicted[index])
        caption = f"{true} → {predicted} | {second}"
        what = messages.one(true).capitalize()
        says = f"{what} read as {predicted} by the first run, as {second} by the second"
    elif view.selection.is_of_pictures and view.nearest is not None:
        nearest = view.nearest
        sure = percent(float(nearest.cosine[index]), 1)
        says += f"; most like {alike_in_words(view, nearest, index)}"
        if view.selection.show == "alike":
            other = int(labels_beside(view)[nearest.index[index]])
            caption = f"{true} ≈ {other}"
            return _told(view, index, caption, sure, says, true != other)
        caption = str(true)
    elif view.selection.show == "labels" and view.doubts is not None:
        suggested = int(view.doubts.suggested[index])
        sure = f"like {messages.one(suggested)}" if suggested != true else "in doubt"
        says += f"; it looks {sure}" if suggested != true else "; its label is in doubt"
        if view.doubts.confidently_other[index]:
            says += ", confidently so"
    way = view.way if view.selection.order in OF_THE_WAY else None
    if way is not None and view.selection.order == "late":
        sure = way.names[way.learned[index]]
        says += "; never learned" if sure == "never" else f"; read correctly since {sure}"
        sure = sure.removeprefix("after ").removeprefix("before ")
    elif way is not None:
        times = int(way.forgotten[index])
        sure = f"{times}× forgotten" if times else "never forgotten"
        says += f"; {sure}"
    if view.selection.show == "apart" and evaluation.members is not None:
        says += f"; {votes_in_words(evaluation.members[index].tolist())[:-1]}"
    return _told(view, index, caption, sure, says, true != predicted)


def _told(
    view: View, index: int, caption: str, sure: str, says: str, is_wrong: bool
) -> dict[str, Any]:
    """An item as the component takes it, with what is settled of the digit."""
    badge = ""
    said = view.corrections.corrections.get(index) if view.corrections else None
    if said is not None:
        badge = {"right": "✓", "label": f"→{said.to}", "leave out": "✕", "tag": "#"}[said.kind]
        says += f". Settled: {said.in_words()}" if said.kind != "tag" else f". {said.in_words()}"
    return {
        "digit": index,
        "badge": badge,
        "caption": caption,
        "sure": sure.replace("over ", ">\u2009").replace("under ", "<\u2009"),
        "words": f"{says}. Digit {index:,}.",
        "wrong": is_wrong,
    }


def _pages(view: View) -> None:
    if view.n_pages == 1:
        return
    with st.container(key="gallery-pages", horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous page", icon=":material/chevron_left:", key="page-back", on_click=_turn,
            args=(view.page - 1,), disabled=view.page == 0,
        )  # fmt: skip
        notes.quiet(f"Page {view.page + 1} of {view.n_pages:,}")
        st.button(
            "Next page", icon=":material/chevron_right:", icon_position="right", key="page-on",
            on_click=_turn, args=(view.page + 1,), disabled=view.page == view.n_pages - 1,
        )  # fmt: skip
    st.session_state["gallery page"] = (view.page, view.n_pages)


def _changed(name: str, key: str) -> None:
    value = st.session_state[key]
    if value is not None:  # Pills that have just come back say None before they are given a value.
        state.change(**{name: value})


def _opened() -> None:
    digit = whole_number(st.session_state[_PICTURES].get("open"))
    if digit is not None and digit >= 0:
        state.change(digit=digit)


def _turned() -> None:
    step = st.session_state[_PICTURES].get("turn")
    page, n_pages = st.session_state.get("gallery page", (0, 1))
    if step in (1, -1) and 0 <= page + step < n_pages:
        _turn(page + int(step))


def _turn(page: int) -> None:
    state.change(page=page)
