"""Settling labels: right, "it is a …", leave out, tag; one digit or all that are selected."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.explore import correction_sets, state
from digitcnn.app.explore.gallery import title
from digitcnn.app.explore.view import View, view
from digitcnn.app.shared import lesson_progress, messages
from digitcnn.data import corrections
from digitcnn.data.corrections import (
    BY_HAND,
    MAX_TAGS,
    SUGGESTED_TAGS,
    Correction,
    CorrectionSet,
    WrongCorrections,
    proper_tag,
)
from digitcnn.inference import browser
from digitcnn.models.networks import N_CLASSES

_PANEL = "settle-panel"
_DONE, _SAID, _COUNT = (f"settle {name}" for name in ("done", "said", "count"))  # session state

MOST_UNDONE = 50  # steps that can be undone
_MOST_OFFERED = 12  # tags

_COMPONENT = st.components.v2.component(
    "digitcnn-settle",
    js=browser.script(Path(__file__).with_name("settle.js")),
    html='<div class="settle"></div>',
    isolate_styles=False,
)


class SelectionChanged(corrections.WrongCorrections):
    """What a visitor saw selected is not what is selected now."""


@dataclass(frozen=True)
class Step:
    """Something that was done, and what undoes it.

    Attributes:
        set: name of the correction set.
        before: what it said of each digit before.
    """

    set: str
    before: Mapping[int, Correction | None]


def show(shown: View, index: int) -> None:
    """Places what a label can be settled with.

    Args:
        shown: what is looked at.
        index: the digit that is looked at.
    """
    if shown.of is None:
        return
    found = shown.corrections
    said = None if found is None else found.corrections.get(index)
    known = () if found is None else found.tags()
    offered = tuple(dict.fromkeys((*known, *SUGGESTED_TAGS)))[:_MOST_OFFERED]
    sentence, is_trouble = st.session_state.get(_SAID, ("", False))
    data = {
        "digit": index,
        "data": shown.data.key,
        "label": int(shown.evaluation.labels[index]),
        "kind": said.kind if said else "",
        "to": said.to if said else None,
        "tags": list(said.tags) if said else [],
        "offered": list(offered),
        "selected": len(shown.chosen),
        "title": title(shown),
        "kept": _kept_in_words(found),
        "said": sentence,
        "trouble": is_trouble,
        "undo": bool(st.session_state.get(_DONE)),
        "count": st.session_state.get(_COUNT, 0),
    }
    # In a list: see matrix.py.
    _COMPONENT(key=_PANEL, data=[json.dumps(data)], on_act_change=_acted)


def settle(
    found: CorrectionSet,
    labels: Mapping[int, int],
    kind: str,
    to: int | None = None,
    tag: str = "",
    rule: str = BY_HAND,
) -> list[Correction | int]:
    """What a decision makes of digits: a correction each, or the index of one with none any more.

    Args:
        found: what was said before; its tags stay.
        labels: the digits' labels, by position in the data set.
        kind: "right", "label", "leave out", "tag", "untag", or "clear".
        to: with "label", what the digits are; those that are labelled so are right.
        tag: with "tag" and "untag".
        rule: how it was decided.

    Raises:
        WrongCorrections: there is no such decision, or a digit has as many tags as it can have.
    """
    when = corrections.now()
    made: list[Correction | int] = []
    for index, was in labels.items():
        before = found.corrections.get(index)
        tags = () if before is None else before.tags
        new = Correction(index, "right", was, None, tags, rule, when)
        if kind == "right" or (kind == "label" and to == was):
            made.append(new)
        elif kind == "label" and to in range(N_CLASSES):
            made.append(replace(new, kind="label", to=to))
        elif kind == "leave out":
            made.append(replace(new, kind="leave out"))
        elif kind == "tag":
            tags = tuple(dict.fromkeys((*tags, proper_tag(tag))))
            if len(tags) > MAX_TAGS:
                raise WrongCorrections(f"A digit has at most {MAX_TAGS} tags.")
            plain = replace(new, kind="tag")
            made.append(replace(before or plain, tags=tags))
        elif kind == "untag":
            kept = tuple(one for one in tags if one != tag)
            if before is not None and (kept or before.kind != "tag"):
                made.append(replace(before, tags=kept))
            else:
                made.append(index)
        elif kind == "clear":
            made.append(index)
        else:
            raise WrongCorrections("That is no way to settle a label.")
    return made


def _acted() -> None:
    do(st.session_state[_PANEL].get("act"))


def do(asked: Any) -> None:
    """Does what the visitor asked for; anything can come, as it comes from a browser.

    Args:
        asked: ``kind``, and with it ``digit``, ``data``, ``all``, ``n``, ``to`` and ``tag``.
    """
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
    try:
        if not isinstance(asked, dict):
            return
        kind = asked.get("kind")
        if kind == "undo":
            _say(_undo())
        elif isinstance(kind, str):
            _say(_act(view(), kind, asked))
    except Exception as error:
        _say(messages.sentence(error, "settling a label"), is_trouble=True)


def _act(shown: View, kind: str, asked: Mapping[str, Any]) -> str:
    if shown.of is None or asked.get("data") != shown.data.key:
        raise SelectionChanged("These are other digits than you saw; look again.")
    digit, to, tag = asked.get("digit"), asked.get("to"), asked.get("tag", "")
    is_all = asked.get("all") is True
    if is_all:
        if asked.get("n") != len(shown.chosen):
            raise SelectionChanged("The selection has changed meanwhile; look again.")
        indices, rule = [int(index) for index in shown.chosen], f"all of: {title(shown)}"
    else:
        if type(digit) is not int or not 0 <= digit < len(shown.evaluation):
            raise SelectionChanged("There is no such digit here; look again.")
        indices, rule = [digit], BY_HAND
    if type(to) is not int:
        to = None
    labels = {index: int(shown.evaluation.labels[index]) for index in indices}
    found = shown.corrections
    if found is None:
        found = CorrectionSet(correction_sets.new_name(shown.of), shown.of, {})
    made = settle(found, labels, kind, to, tag, rule[: corrections.TEXT_CHARS])
    if shown.corrections is None:
        correction_sets.add(found)
    _keep(found, made)
    decides = kind in ("right", "label", "leave out")
    if not is_all and decides:
        lesson_progress.note("settled", digit=indices[0], show=shown.selection.show)
        _next(shown, indices[0])
    return _in_words(indices, labels, kind, to, tag)


def _keep(found: CorrectionSet, made: list[Correction | int]) -> None:
    gone = [one for one in made if isinstance(one, int)]
    said = [one for one in made if isinstance(one, Correction)]
    indices = [*gone, *(one.index for one in said)]
    before: dict[int, Correction | None] = {}

    def make(now: CorrectionSet) -> CorrectionSet:
        before.update({index: now.corrections.get(index) for index in indices})
        return now.with_these(said).without(gone)

    correction_sets.change(found.name, make)
    correction_sets.choose(found)
    steps = [*st.session_state.get(_DONE, []), Step(found.name, before)]
    st.session_state[_DONE] = steps[-MOST_UNDONE:]


def _undo() -> str:
    steps: list[Step] = st.session_state.get(_DONE, [])
    if not steps:
        return "There is nothing to undo."
    last = steps[-1]
    st.session_state[_DONE] = steps[:-1]
    said = [one for one in last.before.values() if one is not None]
    gone = [index for index, one in last.before.items() if one is None]
    correction_sets.change(last.set, lambda now: now.with_these(said).without(gone))
    if len(last.before) == 1:
        index = next(iter(last.before))
        state.change(digit=index)
        return f"Undone: digit {index:,}."
    return f"Undone: {len(last.before):,} digits."


def steps() -> list[Step]:
    """What can be undone, the last one last."""
    found: list[Step] = st.session_state.get(_DONE, [])
    return found


def put_before(found: list[Step]) -> None:
    """Makes steps of an earlier visit what is undone after those of this one."""
    st.session_state[_DONE] = [*found, *steps()][-MOST_UNDONE:]


def _next(shown: View, digit: int) -> None:
    """Goes on to the digit after one; at the end of the selection it stays."""
    chosen = shown.chosen.tolist()
    place = chosen.index(digit) if digit in chosen else -1
    following = chosen[place + 1] if 0 <= place < len(chosen) - 1 else digit
    state.change(digit=int(following))


def _in_words(
    indices: list[int], labels: Mapping[int, int], kind: str, to: int | None, tag: str
) -> str:
    who = f"Digit {indices[0]:,}" if len(indices) == 1 else f"{len(indices):,} digits"
    was = labels[indices[0]] if len(indices) == 1 else None
    if kind == "label" and to == was:
        kind = "right"
    found: dict[str, Callable[[], str]] = {
        "right": lambda: "the label is right" if was is not None else "the labels are right",
        "label": lambda: f"in truth {messages.one(to or 0)}",
        "leave out": lambda: "left out",
        "tag": lambda: f"tagged “{proper_tag(tag)}”",
        "untag": lambda: f"without the tag “{tag}”",
        "clear": lambda: "as before, not settled",
    }
    return f"{who}: {found[kind]()}."


def _kept_in_words(found: CorrectionSet | None) -> str:
    if found is None:
        return "Your first decision starts a correction set; the data itself stays as it is."
    return f"Kept in “{found.name}”: {found.in_words()}."


def _say(sentence: str, is_trouble: bool = False) -> None:
    st.session_state[_SAID] = (sentence, is_trouble)


forget_said = partial(_say, "")
