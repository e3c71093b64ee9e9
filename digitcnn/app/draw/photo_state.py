"""The session's photos: what was found and read in each, and which digit is chosen."""

import logging
import time
from dataclasses import dataclass

import streamlit as st

from digitcnn.app.shared.cache import Reader
from digitcnn.app.shared.messages import sentence
from digitcnn.inference.photos import process
from digitcnn.inference.photos.found import FoundPage
from digitcnn.inference.photos.reading import PhotoReading, read_page
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app")

MOST = 8  # photos kept at a time; the oldest goes

_PHOTOS, _OPEN, _NUMBER = "photos", "photo open", "photo number"


@dataclass(eq=False)
class Photo:
    """A photo of the session.

    Attributes:
        number: counts the session's photos.
        name: the file's name.
        page: what was found; ``None`` if there is trouble with the file.
        trouble: why nothing could be read, as a sentence.
        chosen: the place, in writing order, of the digit that is looked at.
    """

    number: int
    name: str
    page: FoundPage | None = None
    trouble: str | None = None
    chosen: int = 0
    _reading: PhotoReading | None = None
    _read_by: tuple = ()

    def reading(self, reader: Reader) -> PhotoReading:
        """What the network in use reads in it; it is asked once, not at every look.

        Raises:
            NoDigits: nothing in it looks like a digit.
        """
        recognizer = reader.recognizer
        by = (reader.run.card.checksum, getattr(recognizer, "correction", None))
        if self._reading is None or self._read_by != by:
            start = time.perf_counter()
            self._reading, self._read_by = read_page(self.page, recognizer), by
            logs.event(
                log,
                "photo read",
                digits=len(self._reading.digits),
                lines=len(self._reading.lines),
                took_ms=round((time.perf_counter() - start) * 1e3, 1),
            )
        return self._reading


def photos() -> list[Photo]:
    """The session's photos, the newest last."""
    return st.session_state.setdefault(_PHOTOS, [])


def add(data: bytes, name: str) -> None:
    """Takes a picture file in, finds what is in it, and opens it."""
    state = st.session_state
    number = state[_NUMBER] = state.get(_NUMBER, 0) + 1
    photo = Photo(number, name)
    try:
        photo.page = process.find(data, name)
    except Exception as error:
        photo.trouble = sentence(error, "photo")
    state[_PHOTOS] = [*photos(), photo][-MOST:]
    state[_OPEN] = number


def opened() -> Photo | None:
    """The photo that is looked at; ``None`` before the first."""
    kept = photos()
    number = st.session_state.get(_OPEN)
    return next((photo for photo in kept if photo.number == number), kept[-1] if kept else None)


def open_(number: int) -> None:
    """Opens a photo."""
    st.session_state[_OPEN] = number


def remove(number: int) -> None:
    """Takes a photo away."""
    st.session_state[_PHOTOS] = [photo for photo in photos() if photo.number != number]
