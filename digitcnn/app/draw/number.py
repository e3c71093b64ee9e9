"""Several digits on one paper, read as a number after every stroke."""

import logging
import time
from dataclasses import replace
from pathlib import Path

import streamlit as st

from digitcnn.app.draw import confirm, downloads, number_html
from digitcnn.app.shared import cache, canvas, live, notes, panels, pen_tools, run_line
from digitcnn.data import samples
from digitcnn.inference import number, number_record, segmentation
from digitcnn.preprocessing import ink
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app")

_STYLE = Path(__file__).with_name("number.css")
_SAMPLES = ("47", "308", "2615")
_TITLE = "From these strokes to 28 × 28 pixels"

# Session state: what the visitor chose, and among which digits; digits have their strokes for a
# name, so that a choice ends when the drawing does.
_CHOSEN = "number chosen"


def show(reader: cache.Reader) -> None:
    """Places the wide canvas, the number that ``reader`` reads on it, and the digit chosen."""
    st.html(_STYLE)
    with st.container(key="number-desk"):
        with st.container(key="number-paper"):
            strokes, digits, trouble = _read(reader)
            live.show(canvas.NUMBER)
        _tools()
        chosen = _chosen(digits)
        with st.container(key="reading"):
            st.html(number_html.number_html(digits, chosen, trouble))
        with st.container(key="number-remarks"):
            st.html(number_html.remarks_html(digits, chosen, trouble))
        _choices(strokes, digits, chosen)
        if digits:
            _copies(strokes, digits)
    if digits:
        one = number_html.as_reading(digits[chosen])
        panels.show_answer(one, "chosen")
        confirm.show(one, _ink_of(strokes, digits[chosen]))
        panels.show_steps(one, _TITLE)
    run_line.show(reader)


def _read(reader: cache.Reader) -> tuple[ink.Ink, list[number.Digit], str | None]:
    """The drawing, its digits, and what is wrong with it, if anything."""
    try:
        strokes = canvas.NUMBER.place()
        start = time.perf_counter()
        digits = [
            replace(digit, corrected=confirm.kept_label(_ink_of(strokes, digit)))
            for digit in number.read(strokes, reader.recognizer)
        ]
    except (ink.MalformedDrawing, ink.DrawingTooLarge, segmentation.TooManyStrokes) as error:
        return [], [], str(error)
    if digits:
        # How many and not which: a number may be somebody's.
        logs.event(
            log,
            "number",
            digits=len(digits),
            unsure=sum(not digit.looks_like_one for digit in digits),
            strokes=len(strokes),
            took_ms=round((time.perf_counter() - start) * 1e3, 1),
        )
    return strokes, digits, None


def _ink_of(strokes: ink.Ink, digit: number.Digit) -> ink.Ink:
    """A digit's strokes on a paper of its own, as the personal model keeps them."""
    return number.on_digit_paper([strokes[i] for i in digit.strokes])


def _tools() -> None:
    with st.container(key="number-tools", horizontal=True):
        pen_tools.show(canvas.NUMBER)
        with st.container(key="sample-numbers", horizontal=True, gap="small"):
            notes.quiet("Or try a sample")
            for digits in _SAMPLES:
                st.button(digits, key=f"sample-number-{digits}", on_click=_put, args=(digits,))


def _choices(strokes: ink.Ink, digits: list[number.Digit], chosen: int) -> None:
    """A button for each digit, with its strokes, what was read and how sure."""
    st.html(number_html.pictures_css(strokes, digits, chosen))
    with st.container(key="number-digits", horizontal=True, gap="xsmall"):
        for place, digit in enumerate(digits):
            st.button(
                number_html.choice(digit),
                key=f"number-digit-{place}",
                on_click=_choose,
                args=([digit.strokes for digit in digits], place),
            )


def _copies(strokes: ink.Ink, digits: list[number.Digit]) -> None:
    """The number to copy, and as files, with what was corrected."""
    text = number.text(digits)
    csv = number_record.to_csv(digits, strokes)
    with st.container(key="number-copies"):
        st.code(text, language=None, wrap_lines=True)
        downloads.place("number", "number", text, csv, number_record.to_plain(digits, strokes))


def _chosen(digits: list[number.Digit]) -> int:
    """The place of the digit chosen, or of that which was drawn last."""
    groups: list[tuple[int, ...]] | None
    place: int
    groups, place = st.session_state.get(_CHOSEN, (None, 0))
    if groups == [digit.strokes for digit in digits]:
        return place
    return max(range(len(digits)), key=lambda place: digits[place].strokes[-1], default=0)


def _choose(groups: list[tuple[int, ...]], place: int) -> None:
    st.session_state[_CHOSEN] = groups, place


def _put(digits: str) -> None:
    canvas.NUMBER.replace(samples.number(digits))
