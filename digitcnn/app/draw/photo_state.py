"""The session's photos: what was found and read in each, and which digit is chosen."""

import logging
import threading
import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.shared import personal_model, session_memory
from digitcnn.app.shared.cache import Reader
from digitcnn.app.shared.messages import sentence
from digitcnn.inference.adaptation.correction import AdaptedRecognizer, Correction
from digitcnn.inference.photos import process
from digitcnn.inference.photos.found import Box, Found, FoundPage, View
from digitcnn.inference.photos.reading import NoDigits, read_again, read_upright
from digitcnn.inference.photos.result import (
    PhotoDigit,
    PhotoMark,
    PhotoReading,
    with_corrections,
)
from digitcnn.inference.recognizer import Recognizer
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app")

MOST = 8  # photos kept at a time; the oldest goes
_MOST_BYTES = 12_000_000  # of files kept in a session, to be turned and cropped

_GONE = "To make room for other visitors, this photo was removed. Upload it again."
# One photo is read at a time: a page of 400 pieces takes a second of everybody's.
_reading_turn = threading.Lock()

_PHOTOS, _OPEN, _NUMBER = "photos", "photo open", "photo number"


@dataclass(eq=False)
class Photo:
    """A photo of the session.

    Attributes:
        number: counts the session's photos.
        name: the file's name.
        page: what was found; ``None`` if there is trouble with the file.
        trouble: why nothing could be read, as a sentence.
        chosen: the place, in writing order, of the digit or sign that is looked at; ``None`` for
            the first digit.
        data: the file, as long as it can be looked at anew; ``None`` for old ones.
        corrections: what a person says that digits and signs are, by where they are.
        view: how the file was last looked at.
        is_picture: whether the file can be seen at all; if not, turning it is no help.
    """

    number: int
    name: str
    page: FoundPage | None = None
    trouble: str | None = None
    chosen: int | None = None
    data: bytes | None = None
    corrections: dict[Box, str] = field(default_factory=dict)
    view: View = View()
    is_picture: bool = True
    _plain: PhotoReading | None = None
    _nothing: str = ""  # why there is no reading, once the network has been asked
    _plain_by: str | None = None  # which network was asked
    _adapted: PhotoReading | None = None
    _adapted_by: Correction | None = None

    def reading(self, reader: Reader) -> PhotoReading:
        """What the network in use reads in it; it is asked once, not at every look.

        Raises:
            NoDigits: nothing in it looks like a digit.
        """
        asked = reader.recognizer
        adapted = asked if isinstance(asked, AdaptedRecognizer) else None
        reading = self._read(reader.run.card.checksum, asked if adapted is None else adapted.plain)
        # What it learned changes what the digits are, not where they are: a lesson never moves what
        # was corrected.
        if adapted is not None:
            if self._adapted is None or self._adapted_by is not adapted.correction:
                with _reading_turn:
                    self._adapted = read_again(reading, adapted)
                self._adapted_by = adapted.correction
            reading = self._adapted
        return with_corrections(reading, self.corrections)

    def correct(
        self, one: PhotoDigit | PhotoMark, image: NDArray[np.uint8] | None, text: str
    ) -> None:
        """Says what something is: it counts at once, and the personal model learns a digit.

        Args:
            one: a digit or a sign of the photo.
            image: its digit image, uint8 (28, 28); ``None`` if it has none.
            text: a digit, a sign, or nothing.
        """
        self.corrections[one.box] = text
        if image is None:
            return
        if text.isdigit():
            personal_model.mine().keep_image(image, int(text))
        else:
            personal_model.mine().unlearn_image(image)

    def look(self, view: View) -> None:
        """Looks at the file in another way; what was corrected is forgotten."""
        self.view = view
        try:
            self.page, self.trouble = self._find(view), None
            self.is_picture = True
        except Exception as error:
            self.page, self.trouble = None, sentence(error, "photo")
            # One that took too long may be read once it is cropped, or tried again.
            self.is_picture = isinstance(error, process.PhotoFailed)
        self._plain = self._plain_by = self._adapted = None
        self.corrections, self.chosen = {}, None
        session_memory.keep(self, self._n_bytes())

    def let_go(self) -> None:
        """Keeps the name alone, and says so in place of the photo."""
        self.page = self.data = self._plain = self._adapted = None
        self.trouble = _GONE

    def _read(self, checksum: str, recognizer: Recognizer) -> PhotoReading:
        """As a run's network reads it, before it learned from anybody; asked once, as above."""
        if self._plain_by != checksum:
            with _reading_turn:
                start = time.perf_counter()
                view = self.view if self.page is None else self.page.view
                try:
                    self.page, self._plain = read_upright(self._found, recognizer, view)
                except NoDigits as error:
                    self._plain, self._nothing = None, str(error)
            self._plain_by, self._adapted = checksum, None
            session_memory.keep(self, self._n_bytes())
            logs.event(
                log,
                "photo read",
                digits=0 if self._plain is None else len(self._plain.digits),
                lines=0 if self._plain is None else len(self._plain.lines),
                took_ms=round((time.perf_counter() - start) * 1e3, 1),
            )
        if self._plain is None:
            raise NoDigits(self._nothing)
        return self._plain

    def _n_bytes(self) -> int:
        """Of the file, of what is shown of it and of what was found in it."""
        n_bytes = len(self.data or b"")
        if self.page is not None:
            n_bytes += len(self.page.jpeg) + sum(map(_size_of, self.page.wholes))
            n_bytes += sum(_size_of(found) for line in self.page.lines for found in line)
        return n_bytes

    def _found(self, view: View) -> FoundPage:
        if self.page is not None and view == self.page.view:
            return self.page
        return self._find(view)

    def _find(self, view: View) -> FoundPage:
        if self.data is None:
            raise process.PhotoFailed("The file is no longer here. Upload it once more.")
        return process.find(self.data, self.name, view)


def _size_of(found: Found) -> int:
    parts = sum(_size_of(part.found) for part in found.parts)
    return found.raster.nbytes + found.seen.nbytes + parts


def photos() -> list[Photo]:
    """The session's photos, the newest last."""
    kept: list[Photo] = st.session_state.setdefault(_PHOTOS, [])
    return kept


def add(data: bytes, name: str) -> None:
    """Takes a picture file in, finds what is in it, and opens it."""
    state = st.session_state
    number = state[_NUMBER] = state.get(_NUMBER, 0) + 1
    photo = Photo(number, name, data=data)
    photo.look(View())
    state[_PHOTOS] = [*photos(), photo][-MOST:]
    state[_OPEN] = number
    if photo.page is not None:
        _add_pages(photo, min(photo.page.n_pages, MOST), data, name)
    _let_go()


def _add_pages(first: Photo, n_pages: int, data: bytes, name: str) -> None:
    """Adds the other pages of a scan."""
    state = st.session_state
    if n_pages < 2:
        return
    first.name = f"{name}, page 1"
    for page in range(1, n_pages):
        number = state[_NUMBER] = state.get(_NUMBER, 0) + 1
        photo = Photo(number, f"{name}, page {page + 1}", data=data)
        photo.look(View(page=page))
        state[_PHOTOS] = [*photos(), photo][-MOST:]


def _let_go() -> None:
    """Lets go of the files of older photos: they can be read, but not turned, any longer."""
    left, seen = _MOST_BYTES, set()
    for photo in reversed(photos()):
        if photo.data is None or id(photo.data) in seen:
            continue
        left -= len(photo.data)
        seen.add(id(photo.data))
        if left < 0 and photo is not photos()[-1]:
            photo.data = None


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
