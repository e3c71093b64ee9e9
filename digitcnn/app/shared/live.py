"""The live paper: the browser reads the drawing with every movement of the pen.

The network in use goes to the browser once, packed (see :mod:`digitcnn.inference.browser`), and
reads there what the server reads after each stroke. Where it can't go, the server reads alone.
"""

import base64
import functools
import hashlib
import json
import logging
import math
import uuid
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.shared import cache, canvas, page_script, personal_model
from digitcnn.app.shared.canvas import Canvas
from digitcnn.data import samples
from digitcnn.errors import DigitcnnError
from digitcnn.inference import browser
from digitcnn.inference.browser import weights
from digitcnn.preprocessing import digit_image, ink
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app")

_HTML = '<div class="live page-script"><div class="live-answer" aria-hidden="true"></div></div>'

_KEPT_LIMIT = 6_000_000  # characters that a browser may give back
_CHECK = 3  # the sample that comes along with the network

# Session state: its name for the browser; whether it has got back what the browser kept.
_SESSION, _RESTORED = "live session", "live restored"
_WAY, _WAY_KEPT = "way", "way kept"


def show(paper: Canvas, reader: cache.Reader | None = None, within: str = "") -> None:
    """Places what makes ``paper`` live; once for each paper on the page.

    Args:
        paper: the canvas.
        reader: what reads on the server, if the paper holds one digit.
        within: selector of what shows the server's answer; this is placed inside it.
    """
    key = paper.live_key
    revision, strokes, widths = paper.given()
    # The run as it is: what this visitor taught is added by the server, after each stroke.
    network = None if reader is None else _network(cache.reader())
    picture = paper.picture()
    state = st.session_state
    told = {
        **page_script.part("paper"),
        "name": paper.key,
        "paper": f".st-key-{paper.place_key}",
        "within": within,
        "size": [paper.width_px, paper.height_px],
        "pen_px": paper.drawing_px(),
        "erases": canvas.pen() == "eraser",
        "revision": revision,
        "strokes": [stroke.astype(float).tolist() for stroke in strokes],
        "widths": widths,
        "strokes_known": len(paper.drawing()),
        "under": None if picture is None else base64.b64encode(picture.tobytes()).decode(),
        "network": network,
        "live": network is not None,
        "way": state.get(_WAY_KEPT, "digit"),
        "session": state.setdefault(_SESSION, uuid.uuid4().hex),
        "is_fresh": not state.get(_RESTORED),
        "hand": personal_model.as_kept(),
    }

    def erased() -> None:
        reported = _reported(key, "erased")
        numbers = reported.get("strokes") if isinstance(reported, dict) else None
        if isinstance(numbers, list) and reported.get("revision") == paper.given()[0]:
            paper.erase([number for number in numbers if type(number) is int])

    def restored() -> None:
        state[_RESTORED] = True
        _restore(_reported(key, "restored"))

    # In a list: of a dict, or text, Streamlit would ask pandas, 75 MB, whether it is a table.
    _component()(
        key=key,
        data=[json.dumps(told, separators=(",", ":"))],
        on_erased_change=erased,
        on_restored_change=restored,
        on_late_change=canvas.nothing,  # the canvas looks at it
    )


def keep() -> None:
    """Has the browser keep what was confirmed and give back what it kept, where no paper does."""
    key = "kept-without-paper"

    def restored() -> None:
        st.session_state[_RESTORED] = True
        _restore(_reported(key, "restored"))

    told = {"hand": personal_model.as_kept(), "is_fresh": not st.session_state.get(_RESTORED)}
    data = [json.dumps(told)]  # in a list, as above
    _keeper()(key=key, data=data, height=0, on_restored_change=restored)


def kept_way() -> str | None:
    """The way in which the visitor read before a reload, if it is another than now; told once."""
    way: str | None = st.session_state.pop("live way", None)
    return way


def _restore(found: Any) -> None:
    """Restores what a browser kept, if this session has nothing of its own."""
    if not isinstance(found, dict):
        return
    for paper in (canvas.DIGIT, canvas.NUMBER):
        kept = found.get(paper.key)
        if not paper.can_undo() and isinstance(kept, dict):
            try:
                strokes = _strokes(kept.get("strokes"))
            except DigitcnnError:
                continue
            if strokes:
                paper.replace(strokes, _widths(kept.get("widths"), len(strokes), paper.pen_px))
    mine = personal_model.mine()
    if not len(mine.drawings) and isinstance(found.get("hand"), str) and found["hand"]:
        mine.take(found["hand"].encode())
    state = st.session_state
    if found.get("way") in ("digit", "number") and found["way"] != state.get(_WAY_KEPT, "digit"):
        state["live way"] = found["way"]


def _strokes(kept: Any) -> ink.Ink:
    """Strokes as a browser kept them: lists of points, each two numbers.

    Raises:
        MalformedDrawing, DrawingTooLarge: see :func:`digitcnn.preprocessing.ink.strokes`.
    """
    if not isinstance(kept, list) or not all(isinstance(stroke, list) for stroke in kept):
        raise ink.MalformedDrawing("What the browser kept is not a drawing.")
    paths = [
        [["L", *point] if isinstance(point, list) else None for point in stroke] for stroke in kept
    ]
    return ink.strokes({"objects": [{"type": "path", "path": path} for path in paths]})


def _widths(kept: Any, n: int, usual: float) -> list[float]:
    told = kept if isinstance(kept, list) else []
    return [
        float(width)
        if isinstance(width, int | float) and math.isfinite(width) and 0 < width < 100
        else float(usual)
        for width in (told + [usual] * n)[:n]
    ]


def goes_to_the_browser(reader: cache.Reader) -> bool:
    """Whether the network of a run can read in the browser."""
    return _packed(str(reader.run.folder), reader.run.card.checksum, reader)[0] is not None


def packed_network(reader: cache.Reader) -> bytes | None:
    """A run's network as it goes to the browser; ``None`` if it can't go there."""
    return _packed(str(reader.run.folder), reader.run.card.checksum, reader)[0]


def _network(reader: cache.Reader) -> dict[str, str] | None:
    """Where the browser gets the packed network; ``None`` if it can't go there."""
    run = reader.run
    data, sha256 = _packed(str(run.folder), run.card.checksum, reader)
    name = f"network {run.card.checksum}"
    url = data and page_script.address(data, "application/octet-stream", name)
    return {"url": url, "checksum": run.card.checksum, "sha256": sha256} if url else None


@st.cache_resource(
    show_spinner=False, max_entries=2, hash_funcs={cache.Reader: lambda reader: reader.run.id}
)
def _packed(folder: str, checksum: str, reader: cache.Reader) -> tuple[bytes | None, str]:
    """The packed network, if it can go to the browser, and its SHA-256."""
    try:
        check = digit_image.digit_image(ink.rasterize(samples.sample(_CHECK)))
        data = weights.packed(reader.run, reader.recognizer, check)
    except DigitcnnError as error:
        logs.event(log, "no reading in the browser", run=reader.run.id, reason=str(error))
        return None, ""
    return data, hashlib.sha256(data).hexdigest()


def _reported(key: str, name: str) -> Any:
    """A value that the component reported; ``None`` if it is not one that it can report."""
    reported: Any = st.session_state.get(key)
    text = reported.get(name) if hasattr(reported, "get") else None
    if not isinstance(text, str) or len(text) > _KEPT_LIMIT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@functools.cache
def _keeper() -> Any:
    """The component of :func:`keep`; registered late, as the other one."""
    js = browser.script(Path(__file__).with_name("kept_without_paper.js"))
    return st.components.v2.component("digitcnn-kept-without-paper", js=js)


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    return st.components.v2.component(
        "digitcnn-live", js=page_script.LOADER, html=_HTML, isolate_styles=False
    )
