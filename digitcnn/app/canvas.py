"""The drawing: what is on the canvas, kept for the session; the only file that knows the component.

streamlit-drawable-canvas is registered again here, in the page's own tree instead of a shadow
root, so that style.css reaches its toolbar: hidden it would still take touches in the top right
corner. Undo and Clear are ours, and work on the drawing that this module keeps.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from digitcnn import figures, ink, preprocess

KEY = "canvas"
PAPER_COLOR, PEN_COLOR = "#ffffff", "#1b1d24"

# Session state: the drawing; the message that the canvas was last given to show; the drawings it
# was given and has not yet repeated; the last message that came from it, and its fault if any;
# the digit image that lies under the drawing, if one does.
_INK, _START, _GIVEN, _REPORTED, _FAULT, _PICTURE = (
    f"canvas {name}" for name in ("ink", "start", "given", "reported", "fault", "picture")
)
_REMEMBERED = 16  # of the drawings given

_HTML = (
    '<div class="canvas-root" role="img" aria-label="Paper to draw one digit on with mouse, pen or'
    ' finger. Without them, choose one of the sample digits on this page."></div>'
)

# The canvas waits 200 ms before it sends a stroke, in case of another. Its toolbar, which the
# page hides, has a button that sends at once: pressed at the end of a stroke, it more than halves
# the time to the answer, and no stroke is on its way still when Undo is pressed.
_PROMPT_JS = """
export default function () {
  let drawing = false;
  const begin = (event) => { drawing = event.target.matches?.("canvas.upper-canvas"); };
  const end = () => {
    if (!drawing) return;
    drawing = false;
    setTimeout(() => document.querySelector(".dc-toolbar .dc-icon-button")?.click());
  };
  const listeners = [["mousedown", begin], ["touchstart", begin],
                     ["mouseup", end], ["touchend", end], ["touchcancel", end]];
  for (const [name, listener] of listeners) document.addEventListener(name, listener, true);
  return () => {
    for (const [name, listener] of listeners) document.removeEventListener(name, listener, true);
  };
}
"""


def canvas() -> ink.Ink:
    """Places the canvas, showing the session's drawing, and gives what is on it now.

    Raises:
        MalformedDrawing, DrawingTooLarge: what the canvas sent is no drawing (see ink.strokes).
    """
    state = st.session_state
    # Streamlit forgets the state of what was not on the page: then the canvas is a new one, which
    # has to be told what to show. While a person draws, that must not change: the canvas would
    # load it under the pen.
    if KEY not in state or _START not in state:
        _show(drawing())
        state[_GIVEN], state[_REPORTED] = [], None  # A new canvas repeats nothing.
    _note(_place(state[_START]))
    if state.get(_FAULT) is not None:
        raise state[_FAULT]
    return drawing()


def hurry() -> None:
    """Makes the canvas send each stroke as it ends; to be placed once on a page with a canvas."""
    _prompter()(key="prompter", height=0)


def drawing() -> ink.Ink:
    """The session's drawing, whichever page it is on; an empty list before the first stroke."""
    return st.session_state.get(_INK, [])


def picture() -> np.ndarray | None:
    """The digit image that lies under the drawing, uint8 (28, 28); ``None`` for blank paper."""
    return st.session_state.get(_PICTURE)


def undo() -> None:
    """Takes the last stroke away; when there is none, the picture under it."""
    if not drawing():
        st.session_state[_PICTURE] = None
    _show(drawing()[:-1])


def clear() -> None:
    """Takes every stroke away, and the picture under them."""
    replace([])


def replace(strokes: ink.Ink) -> None:
    """Puts ``strokes`` on the canvas in place of what was there."""
    st.session_state[_PICTURE] = None
    _show(strokes)


def show_picture(digit_image: np.ndarray) -> None:
    """Puts a digit image, uint8 (28, 28), on the canvas in place of what was there."""
    st.session_state[_PICTURE] = digit_image
    _show([])


def _show(strokes: ink.Ink) -> None:
    """Makes ``strokes`` the drawing, and the canvas show it."""
    state = st.session_state
    state[_INK] = strokes
    state[_FAULT] = None
    state[_GIVEN] = [*state.get(_GIVEN, []), strokes][-_REMEMBERED:]
    # The canvas loads what differs from what it was given last, so that has to differ even when
    # the drawing is the same: after a stroke was drawn and undone, say.
    revision = state.get(_START, {}).get("revision", 0) + 1
    message = ink.canvas_json(strokes, color=PEN_COLOR)
    state[_START] = {**message, "background": _paper_color(), "revision": revision}


def _note(message: Any) -> None:
    """Makes what the canvas reports the drawing, unless it was noted before."""
    state = st.session_state
    if message is None or message == state.get(_REPORTED):
        return
    state[_REPORTED] = message
    state[_FAULT] = None
    try:
        strokes = ink.strokes(message)
    except (ink.MalformedDrawing, ink.DrawingTooLarge) as fault:
        state[_INK], state[_FAULT] = [], fault
        return
    if not _is_late(strokes):
        state[_INK] = strokes


def _is_late(strokes: ink.Ink) -> bool:
    """Whether the canvas only repeats a drawing that it was given before the newest one.

    It repeats each drawing that it is given, in their order. When Undo is pressed twice quickly,
    it repeats the first result after the second press, which must not bring the stroke back.
    """
    state = st.session_state
    *older, newest = state.get(_GIVEN) or [None]
    if newest is not None and _same(strokes, newest):
        state[_GIVEN] = []  # Whatever comes from now on was drawn.
        return False
    return any(_same(strokes, given) for given in older)


def _same(strokes: ink.Ink, others: ink.Ink) -> bool:
    return len(strokes) == len(others) and all(
        a.shape == b.shape and np.allclose(a, b, atol=0.01)
        for a, b in zip(strokes, others, strict=True)
    )


def _paper_color() -> str:
    """The canvas's own ground: none where a picture lies under it."""
    return PAPER_COLOR if picture() is None else ""


@functools.cache
def _prompter() -> Any:
    return st.components.v2.component("digitcnn-prompter", js=_PROMPT_JS)


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    return st.components.v2.component(
        "streamlit-drawable-canvas.streamlit_drawable_canvas",
        js="index-*.js",
        css="index-*.css",
        html=_HTML,
        isolate_styles=False,
    )


def _place(start: dict[str, Any]) -> Any:
    """Calls the component; gives the canvas message as it came."""
    lying = picture()
    result = _component()(
        key=KEY,
        data={
            "drawingMode": "freedraw",
            # As text: in a dict Streamlit would look for data frames, and import pandas and
            # pyarrow to know one. That is 75 MB, and a quarter of a second.
            "initialDrawing": json.dumps(start),
            "canvasWidth": ink.CANVAS_PX,
            "canvasHeight": ink.CANVAS_PX,
            "strokeWidth": int(ink.PEN_PX),
            "strokeColor": PEN_COLOR,
            "fillColor": PEN_COLOR,
            "backgroundColor": _paper_color(),
            "backgroundImageURL": None
            if lying is None
            else figures.picture_url(preprocess.enlarged(lying, ink.CANVAS_PX)),
            "backgroundImageFit": "stretch",
            "realtimeUpdateStreamlit": True,
            "returnImageData": False,
            "disabled": False,
            "displayRadius": 3,
            "maxDisplayHeight": None,
            "fontSize": 20,
            "label": "",
        },
        default={"drawing": None, "backgroundFit": None},
        on_drawing_change=_changed,
        on_backgroundFit_change=_nothing,
        width="content",
        height="content",
    )
    return _message(result)


def _changed() -> None:
    """Notes a stroke even when the next thing that its author did was to leave the page."""
    _note(_message(st.session_state.get(KEY)))


def _message(reported: Any) -> Any:
    """The canvas message in what the component reports; ``None`` before it has reported."""
    drawing = reported.get("drawing") if isinstance(reported, Mapping) else None
    return drawing.get("raw") if isinstance(drawing, Mapping) else drawing


def _nothing() -> None:
    """Streamlit wants a callback for each value that a component reports."""
