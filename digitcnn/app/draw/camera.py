"""The live camera: its pictures are read as they arrive, and a still becomes a photo.

The browser shows the video and sends a small picture of it, the next one when the answer to the
last is there; the server says where which digits are. A still goes through the uploader, like any
photo. Nothing of the video is kept.
"""

import base64
import binascii
import functools
import json
import logging
import time
from pathlib import Path
from typing import Any

import streamlit as st

from digitcnn.app.shared import messages, personal_model
from digitcnn.errors import DigitcnnError
from digitcnn.inference import browser
from digitcnn.inference.photos import camera
from digitcnn.inference.photos.camera import NoFrame
from digitcnn.inference.photos.found import FoundPage
from digitcnn.inference.photos.process import PhotoFailed
from digitcnn.inference.photos.reading import read_page
from digitcnn.inference.recognizer import Recognizer
from digitcnn.system import extras, logs

log = logging.getLogger("digitcnn.app")

_JS = Path(__file__).with_name("camera.js")
_HTML = Path(__file__).with_name("camera.html")

_KEY = "photo-camera"
_MOST_CHARS = 4 * camera.MOST_BYTES // 3 + 1_000  # of a message
_MOST_DIGITS = 80  # read in a picture; who has more takes a photo

# Session state: what the browser sent, until it has been read; which button was pressed before the
# browser was ready to hear it.
_FRAME, _PRESSED = "camera frame", "camera pressed"


class TooManyDigits(DigitcnnError):
    """A picture with more digits than are read live."""


def buttons() -> None:
    """Places the buttons. They are heard in the browser, where a camera opens without delay."""
    with st.container(key="photo-cameras", horizontal=True, gap="small"):
        for key, label, icon in (
            ("photo-camera-button", "Take a photo", ":material/photo_camera:"),
            ("photo-live-button", "Live camera", ":material/videocam:"),
        ):
            st.button(
                label,
                key=key,
                icon=icon,
                on_click=st.session_state.__setitem__,
                args=(_PRESSED, key),
            )


@st.fragment
def show() -> None:
    """Places the video, which is not seen before somebody opens it."""
    sent = st.session_state.pop(_FRAME, None)
    answer = None if sent is None else _answer(sent)
    told = json.dumps(answer, separators=(",", ":"))
    # In a list: of a dict, or text, Streamlit would ask pandas, 75 MB, whether it is a table.
    data = [told, st.session_state.pop(_PRESSED, "")]
    _component()(key=_KEY, data=data, on_frame_change=_take)


def _take() -> None:
    reported: Any = st.session_state.get(_KEY)
    st.session_state[_FRAME] = reported.get("frame") if hasattr(reported, "get") else None


def _answer(sent: Any) -> dict[str, Any]:
    """What the browser is told of a picture that it sent.

    Returns:
        ``number``, of the picture; and either ``boxes`` and ``lines``, with a hint as ``says`` if
        there is one, or what ends it all as ``trouble``.
    """
    number = 0
    try:
        number, jpeg = frame(sent)
        start = time.perf_counter()
        boxes, lines = read(camera.FINDER.find(jpeg), personal_model.reader().recognizer)
        took_ms = round((time.perf_counter() - start) * 1e3, 1)
        logs.event(log, "camera", logging.DEBUG, digits=len(boxes), took_ms=took_ms)
        return {"number": number, "boxes": boxes, "lines": lines}
    except (NoFrame, extras.MissingExtra) as error:
        logs.event(log, "camera refused", logging.WARNING, reason=str(error))
        return {"number": number, "trouble": messages.sentence(error, "camera")}
    except PhotoFailed as error:
        return {"number": number, "boxes": None, "lines": None, "says": str(error)}
    except DigitcnnError as error:
        says = messages.sentence(error, "camera")
        return {"number": number, "boxes": [], "lines": [], "says": says}
    except Exception as error:
        return {"number": number, "trouble": messages.sentence(error, "camera")}


def frame(sent: Any) -> tuple[int, bytes]:
    """The number and the JPEG file of what a browser sent.

    Raises:
        NoFrame: it is something else, or too large.
    """
    if not isinstance(sent, str) or len(sent) > _MOST_CHARS:
        raise _no_frame()
    number, _, text = sent.partition(" ")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise _no_frame()
    try:
        jpeg = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_frame() from error
    camera.check(jpeg)
    return int(number), jpeg


def read(page: FoundPage, recognizer: Recognizer) -> tuple[list[dict[str, Any]], list[str]]:
    """The digits of a picture for the browser, and its lines as text.

    Args:
        page: what may be digits in it.
        recognizer: reads them.

    Returns:
        For each digit its ``box``, left, top, width and height in % of the picture, ``text``, and
        whether it is ``uncertain``; and each line.

    Raises:
        TooManyDigits: more than can be read many times a second.
        NoDigits: nothing that was found looks like a digit.
    """
    if sum(map(len, page.lines)) > _MOST_DIGITS:
        raise TooManyDigits(
            "There is too much in the picture for live reading. Come closer, or take the photo: it "
            "is read at leisure."
        )
    reading = read_page(page, recognizer)
    width, height = reading.size
    boxes = []
    for digit in reading.digits:
        x, y, w, h = digit.box
        place = (100 * x / width, 100 * y / height, 100 * w / width, 100 * h / height)
        boxes.append(
            {
                "box": [round(side, 2) for side in place],
                "text": digit.text,
                "uncertain": digit.is_uncertain,
            }
        )
    return boxes, reading.texts


def _no_frame() -> NoFrame:
    return NoFrame(camera.NOT_A_FRAME)


@functools.cache
def _component() -> Any:
    """The component; registered at its first use, as Streamlit must be running to know it."""
    return st.components.v2.component(
        "digitcnn-camera",
        js=browser.script(_JS),
        html=_HTML.read_text(encoding="utf-8"),
        isolate_styles=False,
    )
