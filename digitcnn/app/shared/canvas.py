"""The drawings, kept for the session, and what they are drawn on; the only file that knows how.

streamlit-drawable-canvas is registered again here, in the page's own tree instead of a shadow
root, so that style.css reaches its toolbar: hidden it would still take touches in the top right
corner. Undo and Clear are ours, and work on the drawing that this module keeps.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from digitcnn.figures import bars
from digitcnn.inference import number
from digitcnn.preprocessing import digit_image as preprocess
from digitcnn.preprocessing import ink

PAPER_COLOR, PEN_COLOR = "#ffffff", "#1b1d24"

_HTML = (
    '<div class="canvas-root" role="img" aria-label="Paper to draw on with mouse, pen or finger.'
    ' Without them, choose one of the samples on this page."></div>'
)

_REMEMBERED = 16  # of the drawings that a canvas was given

# The canvas waits 200 ms before it sends a stroke, in case of another. Its toolbar, which the
# page hides, has a button that sends at once: pressed at the end of a stroke, it more than halves
# the time to the answer, and no stroke is on its way still when Undo is pressed.
_PROMPT_JS = """
export default function () {
  let root = null;
  const begin = (event) => {
    root = event.target.matches?.("canvas.upper-canvas") ? event.target.closest(".dc-root") : null;
  };
  const end = () => {
    const drawnOn = root;
    root = null;
    if (drawnOn) setTimeout(() => drawnOn.querySelector(".dc-toolbar .dc-icon-button")?.click());
  };
  const listeners = [["mousedown", begin], ["touchstart", begin],
                     ["mouseup", end], ["touchend", end], ["touchcancel", end]];
  for (const [name, listener] of listeners) document.addEventListener(name, listener, true);
  return () => {
    for (const [name, listener] of listeners) document.removeEventListener(name, listener, true);
  };
}
"""


@dataclass(frozen=True)
class Canvas:
    """One of the session's drawings, and the canvas that it is drawn on.

    Attributes:
        key: its name in the session state, where the component keeps what it last reported.
        width_px, height_px: of the canvas.
        pen_px: width of the pen, whole px.
    """

    key: str
    width_px: int
    height_px: int
    pen_px: int

    def place(self) -> ink.Ink:
        """Places the canvas, showing the session's drawing, and gives what is on it now.

        Raises:
            MalformedDrawing, DrawingTooLarge: what it sent is no drawing (see ink.strokes).
        """
        state = st.session_state
        # Streamlit forgets the state of what was not on the page: then the canvas is a new one,
        # which has to be told what to show. While a person draws, that must not change: the
        # canvas would load it under the pen.
        if self.key not in state or self._start not in state:
            self._show(self.drawing())
            state[self._given], state[self._reported] = [], None  # A new canvas repeats nothing.
        self._note(self._place(state[self._start]))
        if state.get(self._fault) is not None:
            raise state[self._fault]
        return self.drawing()

    def drawing(self) -> ink.Ink:
        """The session's drawing, whichever page it is on; an empty list before the first stroke."""
        return st.session_state.get(self._ink, [])

    def picture(self) -> np.ndarray | None:
        """The digit image under the drawing, uint8 (28, 28); ``None`` for blank paper."""
        return st.session_state.get(self._picture)

    def undo(self) -> None:
        """Takes the last stroke away; when there is none, the picture under it."""
        if not self.drawing():
            st.session_state[self._picture] = None
        self._show(self.drawing()[:-1])

    def clear(self) -> None:
        """Takes every stroke away, and the picture under them."""
        self.replace([])

    def replace(self, strokes: ink.Ink) -> None:
        """Puts ``strokes`` on the canvas in place of what was there."""
        st.session_state[self._picture] = None
        self._show(strokes)

    def show_picture(self, digit_image: np.ndarray) -> None:
        """Puts a digit image, uint8 (28, 28), on a square canvas in place of what was there."""
        st.session_state[self._picture] = digit_image
        self._show([])

    # Session state: the drawing; the message that the canvas was last given to show; the drawings
    # it was given and has not yet repeated; the last message that came from it, and its fault if
    # any; the digit image that lies under the drawing, if one does.
    _ink = property(lambda self: f"{self.key} ink")
    _start = property(lambda self: f"{self.key} start")
    _given = property(lambda self: f"{self.key} given")
    _reported = property(lambda self: f"{self.key} reported")
    _fault = property(lambda self: f"{self.key} fault")
    _picture = property(lambda self: f"{self.key} picture")

    def _show(self, strokes: ink.Ink) -> None:
        """Makes ``strokes`` the drawing, and the canvas show it."""
        state = st.session_state
        state[self._ink] = strokes
        state[self._fault] = None
        state[self._given] = [*state.get(self._given, []), strokes][-_REMEMBERED:]
        # The canvas loads what differs from what it was given last, so that has to differ even
        # when the drawing is the same: after a stroke was drawn and undone, say.
        revision = state.get(self._start, {}).get("revision", 0) + 1
        message = ink.canvas_json(strokes, self.pen_px, PEN_COLOR)
        state[self._start] = {**message, "background": self._paper_color(), "revision": revision}

    def _note(self, message: Any) -> None:
        """Makes what the canvas reports the drawing, unless it was noted before."""
        state = st.session_state
        if message is None or message == state.get(self._reported):
            return
        state[self._reported] = message
        state[self._fault] = None
        try:
            strokes = ink.strokes(message)
        except (ink.MalformedDrawing, ink.DrawingTooLarge) as fault:
            state[self._ink], state[self._fault] = [], fault
            return
        if not self._is_late(strokes):
            state[self._ink] = strokes

    def _is_late(self, strokes: ink.Ink) -> bool:
        """Whether the canvas only repeats a drawing that it was given before the newest one.

        It repeats each drawing that it is given, in their order. When Undo is pressed twice
        quickly, it repeats the first result after the second press, which must not bring the
        stroke back.
        """
        state = st.session_state
        *older, newest = state.get(self._given) or [None]
        if newest is not None and _same(strokes, newest):
            state[self._given] = []  # Whatever comes from now on was drawn.
            return False
        return any(_same(strokes, given) for given in older)

    def _paper_color(self) -> str:
        """The canvas's own ground: none where a picture lies under it."""
        return PAPER_COLOR if self.picture() is None else ""

    def _place(self, start: dict[str, Any]) -> Any:
        """Calls the component; gives the canvas message as it came."""
        lying = self.picture()
        result = _component()(
            key=self.key,
            data={
                "drawingMode": "freedraw",
                # As text: in a dict Streamlit would look for data frames, and import pandas and
                # pyarrow to know one. That is 75 MB, and a quarter of a second.
                "initialDrawing": json.dumps(start),
                "canvasWidth": self.width_px,
                "canvasHeight": self.height_px,
                "strokeWidth": self.pen_px,
                "strokeColor": PEN_COLOR,
                "fillColor": PEN_COLOR,
                "backgroundColor": self._paper_color(),
                "backgroundImageURL": None
                if lying is None
                else bars.picture_url(preprocess.enlarged(lying, self.height_px)),
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
            on_drawing_change=self._changed,
            on_backgroundFit_change=_nothing,
            width="content",
            height="content",
        )
        return _message(result)

    def _changed(self) -> None:
        """Notes a stroke even when the next thing that its author did was to leave the page."""
        self._note(_message(st.session_state.get(self.key)))


DIGIT = Canvas("canvas", ink.CANVAS_PX, ink.CANVAS_PX, int(ink.PEN_PX))
NUMBER = Canvas("number-canvas", number.WIDTH_PX, number.HEIGHT_PX, int(number.PEN_PX))


def hurry() -> None:
    """Makes a canvas send each stroke as it ends; to be placed once on a page with a canvas."""
    _prompter()(key="prompter", height=0)


def _same(strokes: ink.Ink, others: ink.Ink) -> bool:
    return len(strokes) == len(others) and all(
        a.shape == b.shape and np.allclose(a, b, atol=0.01)
        for a, b in zip(strokes, others, strict=True)
    )


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


def _message(reported: Any) -> Any:
    """The canvas message in what the component reports; ``None`` before it has reported."""
    drawing = reported.get("drawing") if isinstance(reported, Mapping) else None
    return drawing.get("raw") if isinstance(drawing, Mapping) else drawing


def _nothing() -> None:
    """Streamlit wants a callback for each value that a component reports."""
