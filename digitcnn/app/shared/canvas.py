"""The canvas, and the session's drawings on it; the only module that knows the component.

streamlit-drawable-canvas is registered again here, in the page's own tree instead of a shadow
root, so that style.css reaches its toolbar: hidden it would still take touches in the top right
corner. Undo, Redo and Clear are ours, and work on the drawing that this module keeps. What is seen
of a drawing, and how soon the canvas sends a stroke, is the business of live.js.
"""

import functools
import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.figures.image_url import picture_url
from digitcnn.inference import browser, number
from digitcnn.preprocessing import digit_image as preprocess
from digitcnn.preprocessing import ink

_NAME = "streamlit-drawable-canvas.streamlit_drawable_canvas"

PAPER_COLOR, PEN_COLOR = "#ffffff", "#1b1d24"

_HTML = (
    '<div class="canvas-root" role="img" aria-label="Paper to draw on with mouse, pen or finger.'
    ' Without them, choose one of the samples on this page."></div>'
)

_REMEMBERED = 16  # of the drawings that a canvas was given

# How far Undo goes back.
_STEPS_BACK = 100


@dataclass(frozen=True)
class Canvas:
    """One of the session's drawings, and the canvas that it is drawn on.

    Attributes:
        key: its name in the session state, where the component keeps what it last reported.
        width_px, height_px: of the canvas.
        pen_px: width of the usual pen, whole px.
        place_key: of the container that it is placed in.
    """

    key: str
    width_px: int
    height_px: int
    pen_px: int
    place_key: str

    @property
    def live_key(self) -> str:
        """Name in the session state of what the page's script tells of the paper."""
        return f"{self.key}-live"

    def drawing_px(self) -> float:
        """Width of the pen that the visitor holds, px."""
        return round(self.pen_px * PENS[pen()], 2)

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
            self._show(self.drawing(), self.widths())
            state[self._given], state[self._reported] = [], None  # A new canvas repeats nothing.
        self._note(self._place(state[self._start]))
        if state.get(self._fault) is not None:
            raise state[self._fault]
        return self.drawing()

    def drawing(self) -> ink.Ink:
        """The session's drawing, whichever page it is on; an empty list before the first stroke."""
        drawing: ink.Ink = st.session_state.get(self._ink, [])
        return drawing

    def picture(self) -> NDArray[np.uint8] | None:
        """The digit image under the drawing, uint8 (28, 28); ``None`` for blank paper."""
        return st.session_state.get(self._picture)

    def widths(self) -> list[float]:
        """For each stroke how broad the pen was that drew it, px; it is for the eye alone."""
        widths: list[float] = st.session_state.get(self._widths, [])
        return widths

    def given(self) -> tuple[int, ink.Ink, list[float]]:
        """What the canvas was last given to show: its number, the strokes and their widths."""
        state = st.session_state
        revision = state.get(self._start, {}).get("revision", 0)
        return revision, *state.get(self._base, ([], []))

    def can_undo(self) -> bool:
        """Whether there is anything to undo."""
        state = st.session_state
        return bool(state.get(self._past) or self.drawing() or self.picture() is not None)

    def undo(self) -> None:
        """Undoes the last change: a stroke, an erased stroke, or Clear."""
        state = st.session_state
        if not self.can_undo():
            return
        state[self._future] = [*state.get(self._future, []), self._now()]
        if state.get(self._past):
            *state[self._past], before = state[self._past]
        else:  # What was there before the session's memory begins: stroke by stroke.
            strokes = self.drawing()
            before = strokes[:-1], self.widths()[:-1], self.picture() if strokes else None
        self._go_to(before)

    def redo(self) -> None:
        """Redoes what was undone last."""
        state = st.session_state
        if state.get(self._future):
            *state[self._future], after = state[self._future]
            state[self._past] = [*state.get(self._past, []), self._now()]
            self._go_to(after)

    def clear(self) -> None:
        """Removes all strokes, and the picture under them."""
        if self.drawing() or self.picture() is not None:
            self._remember()
        st.session_state[self._picture] = None
        self._show([])

    def erase(self, numbers: list[int]) -> None:
        """Erases strokes by number, from 0; unknown numbers are ignored."""
        left = [i for i in range(len(self.drawing())) if i not in set(numbers)]
        if len(left) < len(self.drawing()):
            self._remember()
            drawing, widths = self.drawing(), self.widths()
            self._show([drawing[i] for i in left], [widths[i] for i in left])

    def replace(self, strokes: ink.Ink, widths: list[float] | None = None) -> None:
        """Puts ``strokes`` on the canvas in place of what was there.

        Args:
            strokes: what is drawn.
            widths: the pen's for each, px; by default the canvas's own.
        """
        self._remember(strokes, widths)
        st.session_state[self._picture] = None
        self._show(strokes, widths)

    def show_picture(self, digit_image: NDArray[np.uint8]) -> None:
        """Puts a digit image, uint8 (28, 28), on a square canvas in place of what was there."""
        self._remember()
        st.session_state[self._picture] = digit_image
        self._show([])

    def _now(self) -> tuple[ink.Ink, list[float], NDArray[np.uint8] | None]:
        return self.drawing(), self.widths(), self.picture()

    def _remember(
        self, strokes: Sequence[ink.Stroke] = (), widths: list[float] | None = None
    ) -> None:
        """Notes what is there now for Undo, before ``strokes`` take its place.

        Of several strokes at once, a sample's say, Undo takes one after the other all the same.
        """
        state = st.session_state
        widths = [float(self.pen_px)] * len(strokes) if widths is None else widths
        n, now = len(self.drawing()), self._now()
        goes_on = 0 < n < len(strokes) and _same(strokes[:n], self.drawing())
        between = range(n + 1 if goes_on else 1, len(strokes))
        steps = [(strokes[:i], widths[:i], now[2] if goes_on else None) for i in between]
        state[self._past] = [*state.get(self._past, []), now, *steps][-_STEPS_BACK:]
        state[self._future] = []

    def _go_to(self, then: tuple[ink.Ink, list[float], NDArray[np.uint8] | None]) -> None:
        strokes, widths, st.session_state[self._picture] = then
        self._show(strokes, widths)

    # Session state: the drawing; the message that the canvas was last given to show; the drawings
    # it was given and has not yet repeated; those that it may show until then; the last message
    # that came from it, and its fault if any; the digit image that lies under the drawing, if one
    # does; the strokes' widths; strokes and widths that the canvas was last given; what Undo and
    # Redo go back to.
    _ink = property(lambda self: f"{self.key} ink")
    _start = property(lambda self: f"{self.key} start")
    _given = property(lambda self: f"{self.key} given")
    _left = property(lambda self: f"{self.key} left")
    _reported = property(lambda self: f"{self.key} reported")
    _fault = property(lambda self: f"{self.key} fault")
    _picture = property(lambda self: f"{self.key} picture")
    _widths = property(lambda self: f"{self.key} widths")
    _base = property(lambda self: f"{self.key} base")
    _past = property(lambda self: f"{self.key} past")
    _future = property(lambda self: f"{self.key} future")

    def _show(self, strokes: ink.Ink, widths: list[float] | None = None) -> None:
        """Makes ``strokes`` the drawing, and the canvas show it."""
        state = st.session_state
        widths = [float(self.pen_px)] * len(strokes) if widths is None else widths
        given = state.get(self._given, [])
        left = state.get(self._left, []) if given else []
        state[self._left] = [*left, self.drawing()][-_REMEMBERED:]
        state[self._given] = [*given, strokes][-_REMEMBERED:]
        state[self._ink], state[self._widths] = strokes, widths
        state[self._base] = strokes, widths
        state[self._fault] = None
        # The canvas loads what differs from what it was given last, so that has to differ even
        # when the drawing is the same: after a stroke was drawn and undone, say.
        revision = state.get(self._start, {}).get("revision", 0) + 1
        message = ink.canvas_json(strokes, self.pen_px, PEN_COLOR)
        for drawn, width in zip(message["objects"], widths, strict=False):
            drawn["strokeWidth"] = width
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
            state[self._ink], state[self._widths], state[self._fault] = [], [], fault
            return
        if self._is_late(strokes):
            return
        widths = _reported_widths(message, len(strokes), float(self.pen_px))
        n_before = self._n_from_before(strokes)
        if n_before is not None:
            state[self._left] = [*state[self._left], strokes]
            drawing = [*self.drawing(), *strokes[n_before:]]
            widths = [*self.widths(), *widths[n_before:]]
            self._remember(drawing, widths)
            self._show(drawing, widths)  # The canvas is about to lose what was added.
            return
        if not _same(strokes, self.drawing()):
            self._remember(strokes, widths)
        state[self._ink], state[self._widths] = strokes, widths

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

    def _n_from_before(self, strokes: ink.Ink) -> int | None:
        """How many of the strokes are an earlier drawing's, to which the others were added.

        Who draws at once after Clear may draw on the canvas that still shows what was there: until
        a slow server has answered, a new stroke comes as one more of the old drawing. The earlier
        drawing may be blank, where Undo brings strokes back. ``None`` if there is none.
        """
        state = st.session_state
        given = state.get(self._given)
        if not given:  # It shows what it was given last.
            return None
        begins = [
            len(drawing)
            for drawing in [*state.get(self._left, []), given[-1]]
            if len(drawing) < len(strokes) and _same(strokes[: len(drawing)], drawing)
        ]
        longest = max(begins, default=None)
        return None if longest == len(given[-1]) else longest

    def _paper_color(self) -> str:
        """The canvas's own ground: none where a picture lies under it."""
        return PAPER_COLOR if self.picture() is None else ""

    def _place(self, start: dict[str, Any]) -> Any:
        """Calls the component; gives the canvas message as it came."""
        result = _component()(
            key=self.key,
            # In a list: of a dict, or text, Streamlit would ask pandas whether it is a table, which
            # takes 75 MB, and a quarter of a second to import.
            data=[json.dumps({"script": _script(), "canvas": self._told(start)})],
            default={"drawing": None, "backgroundFit": None},
            on_drawing_change=self._changed,
            on_backgroundFit_change=nothing,
            width="content",
            height="content",
        )
        return _message(result)

    def _told(self, start: dict[str, Any]) -> dict[str, Any]:
        """What the component is told."""
        lying = self.picture()
        return {
            "drawingMode": "freedraw",
            "initialDrawing": start,
            "canvasWidth": self.width_px,
            "canvasHeight": self.height_px,
            "strokeWidth": self.drawing_px(),
            "strokeColor": PEN_COLOR,
            "fillColor": PEN_COLOR,
            "backgroundColor": self._paper_color(),
            "backgroundImageURL": None
            if lying is None
            else picture_url(preprocess.enlarged(lying, self.height_px)),
            "backgroundImageFit": "stretch",
            "realtimeUpdateStreamlit": True,
            "returnImageData": False,
            "disabled": False,
            "displayRadius": 3,
            "maxDisplayHeight": None,
            "fontSize": 20,
            "label": "",
        }

    def _changed(self) -> None:
        """Notes a stroke even if its author then leaves the page at once."""
        told = st.session_state.get(self.live_key)
        if isinstance(told, Mapping) and told.get("late"):
            # Undo, Redo or Clear came before it, and may be heard only now: first they, then place.
            return
        self._note(_message(st.session_state.get(self.key)))


# How broad each pen is, in parts of the canvas's own; the network reads the path whatever the pen.
PENS = {"fine": 0.5, "pen": 1.0, "marker": 1.6, "eraser": 1.0}

_PEN_KEPT = "pen kept"


def pen() -> str:
    """What the visitor holds: a key of ``PENS``."""
    # Streamlit forgets the choice when another page is shown.
    state = st.session_state
    chosen = state.get("pen") or state.get(_PEN_KEPT)
    kept: str = chosen if chosen in PENS else "pen"
    state[_PEN_KEPT] = kept
    return kept


DIGIT = Canvas("canvas", ink.CANVAS_PX, ink.CANVAS_PX, int(ink.PEN_PX), "paper")
NUMBER = Canvas(
    "number-canvas", number.WIDTH_PX, number.HEIGHT_PX, int(number.PEN_PX), "number-paper"
)


def _same(strokes: Sequence[ink.Stroke], others: Sequence[ink.Stroke]) -> bool:
    return len(strokes) == len(others) and all(
        a.shape == b.shape and np.allclose(a, b, atol=0.01)
        for a, b in zip(strokes, others, strict=True)
    )


def _reported_widths(message: Any, n: int, usual: float) -> list[float]:
    """The widths of a message's strokes; the usual one where it tells none that a pen can have."""
    items = message.get("objects", []) if isinstance(message, dict) else []
    paths = [item for item in items if isinstance(item, dict)]
    told = [
        item.get("strokeWidth") for item in paths if str(item.get("type", "")).lower() == "path"
    ]
    return [
        float(width) if isinstance(width, int | float) and 0 < width < 100 else usual
        for width in (told + [usual] * n)[:n]
    ]


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    return st.components.v2.component(
        _NAME,
        js=browser.script(Path(__file__).with_name("canvas_loader.js")),
        css="index-*.css",
        html=_HTML,
        isolate_styles=False,
    )


@functools.cache
def _script() -> str:
    """Where the component's own script is, below the app's address."""
    files = importlib.metadata.files("streamlit-drawable-canvas") or []
    (name,) = [path.name for path in files if path.match("index-*.js")]
    return f"_stcore/bidi-components/{_NAME}/{name}"


def _message(reported: Any) -> Any:
    """The canvas message in what the component reports; ``None`` before it has reported."""
    drawing = reported.get("drawing") if isinstance(reported, Mapping) else None
    return drawing.get("raw") if isinstance(drawing, Mapping) else drawing


def nothing() -> None:
    """Does nothing: Streamlit wants a callback for each value that a component reports."""
