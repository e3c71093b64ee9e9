"""The personal model: the visitor's confirmed drawings, and the network adapted to them.

All of it lives in the session's state and goes with it. ``reader`` is what every page asks for the
network to read with.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitcnn.app.shared import cache, messages, reading
from digitcnn.data import drawing_folder, drawings
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.data.drawings import Collection, Confirmed
from digitcnn.errors import DigitcnnError
from digitcnn.inference.adaptation.adapt import Adaptation, adapt
from digitcnn.inference.adaptation.correction import AdaptedRecognizer
from digitcnn.inference.adaptation.reference_set import Seen, seen
from digitcnn.inference.evaluate import DataSet
from digitcnn.preprocessing.ink import Ink
from digitcnn.settings import settings
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app")

_KEY = "hand"

Mark = tuple[tuple[str, int], ...]  # of drawings: their ids and labels


@dataclass
class PersonalModel:
    """What a session keeps.

    Attributes:
        drawings: what was confirmed.
        is_on: whether the network reads with what it learned.
        says: what came of the last thing the visitor did, as a sentence.
        trouble: what went wrong with it, likewise.
        images: the drawings' digit images by id, uint8 (28, 28).
        files: where who runs the app keeps the drawings, by id, if anywhere.
        kept: the drawings' mark and text when :func:`as_kept` was last asked.
    """

    drawings: Collection = field(default_factory=Collection)
    is_on: bool = True
    says: str = ""
    trouble: str = ""
    images: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    kept: tuple[Mark | None, str] = (None, "")
    _network: tuple[str, ...] = ()
    _seen: dict[str, Seen] = field(default_factory=dict)
    _learned_mark: Mark = ()
    _learned: Adaptation | None = None

    def keep(self, ink: Ink, label: int) -> None:
        """Keeps a drawing, or gives the one that is kept another label; says so."""
        with _saying(self):
            self._add(drawings.confirmed(ink, label))

    def keep_image(self, image: NDArray[np.uint8], label: int) -> None:
        """Likewise a digit of a photo, by its digit image: uint8 (28, 28)."""
        with _saying(self):
            self._add(drawings.confirmed_image(image, label))

    def unlearn_image(self, image: NDArray[np.uint8]) -> None:
        """Deletes a photo's digit if it was kept: it is not a digit after all."""
        self.trouble = ""
        drawing_id = drawings.confirmed_image(image, 0).id
        if self.drawings.find(drawing_id) is not None:
            self.delete(drawing_id)

    def relabel(self, drawing_id: str, label: int) -> None:
        """Gives a drawing another label; says so."""
        with _saying(self):
            self.drawings = self.drawings.relabel(drawing_id, label)
            drawing = self.drawings.find(drawing_id)
            if drawing is None:
                raise drawings.WrongDrawings("That drawing is no longer here.")
            self.says = f"Now labelled {label}."
            self._write(drawing)

    def delete(self, drawing_id: str) -> None:
        """Deletes a drawing, wherever it is kept."""
        self.drawings = self.drawings.remove(drawing_id)
        for kept in (self.images, self._seen):
            kept.pop(drawing_id, None)
        if drawing_id in self.files:
            drawing_folder.remove(self.files.pop(drawing_id))
        self.says, self.trouble = "Deleted.", ""

    def forget(self) -> None:
        """Deletes every drawing, and the adaptation to them."""
        for drawing in self.drawings:
            self.delete(drawing.id)
        self._learned_mark, self._learned = (), None
        self.says = "Deleted. The original network is back."

    def take(self, data: bytes) -> None:
        """Adds the drawings of a file that was downloaded once, or says why it can't."""
        with _saying(self):
            given, images = drawings.read(data), {}
            found = given
            for drawing in given:
                try:
                    images[drawing.id] = _image(drawing)
                except DigitcnnError:
                    found = found.remove(drawing.id)
            before = len(self.drawings)
            self.drawings = self.drawings.merge(found)
            self.images = {**images, **self.images}
            new, known = len(self.drawings) - before, len(found) - (len(self.drawings) - before)
            self.says = f"{count(new)} added."
            if known:
                self.says += f" {known} {'was' if known == 1 else 'were'} already here."
            if len(found) < len(given):
                self.says += " Some were too small to be read and were left out."

    def learned(self, reader: cache.Reader) -> Adaptation | None:
        """What a run's network learned of the drawings; ``None`` if there are none.

        Args:
            reader: the run's, as it is.

        Raises:
            CannotAdapt, DamagedRun, DamagedEvaluation: the run can't be taught.
        """
        if not len(self.drawings):
            return None
        network = (str(reader.run.folder), reader.run.card.checksum)
        if self._network != network:
            self._network, self._seen, self._learned_mark = network, {}, ()
        if self._learned_mark != self.drawings.mark:
            reference = cache.reference_set_of(reader)
            for drawing in self.drawings:
                if drawing.id not in self._seen:
                    image = self.images[drawing.id]
                    self._seen[drawing.id] = seen(reader.recognizer, image)
            shown = [self._seen[drawing.id] for drawing in self.drawings]
            self._learned = adapt(shown, [drawing.label for drawing in self.drawings], reference)
            self._learned_mark = self.drawings.mark
            effect = self._learned.effect
            logs.event(log, "taught", drawings=effect.n, before=effect.before, after=effect.after)
        return self._learned

    def _add(self, drawing: Confirmed) -> None:
        image = _image(drawing)
        self.drawings = self.drawings.add(drawing)
        self.images[drawing.id] = image
        self._write(drawing)

    def _write(self, drawing: Confirmed) -> None:
        folder = settings().collect
        # Of photos the page says that nothing is stored.
        if folder is not None and drawing.image is None:
            known = self.files.get(drawing.id)
            self.files[drawing.id] = drawing_folder.write(folder, drawing, known)


@contextmanager
def _saying(model: PersonalModel) -> Iterator[None]:
    """Reports an error in the block instead of raising it; what was done before it stays."""
    model.says = model.trouble = ""
    try:
        yield
    except DigitcnnError as error:
        model.trouble = messages.without_paths(str(error))


def mine() -> PersonalModel:
    """This session's personal model."""
    model: PersonalModel = st.session_state.setdefault(_KEY, PersonalModel())
    return model


def reader() -> cache.Reader:
    """The run in use, with the personal model if there is one and its visitor wants it so.

    Raises:
        DigitcnnError: see :func:`digitcnn.app.shared.cache.reader`.
    """
    plain = cache.reader()
    model: PersonalModel | None = st.session_state.get(_KEY)
    if model is None or not model.is_on:
        return plain
    try:
        learned = model.learned(plain)
    except DigitcnnError as error:
        return replace(plain, complaints=(*plain.complaints, str(error)))
    if learned is None or learned.correction is None:
        return plain
    adapted = AdaptedRecognizer(plain.recognizer, learned.correction)
    return replace(plain, recognizer=adapted, n_taught=len(model.drawings))


def as_kept() -> str | None:
    """The drawings as text for the visitor's browser to keep; ``None`` before there were any."""
    model: PersonalModel | None = st.session_state.get(_KEY)
    if model is None or not (len(model.drawings) or model.says or model.trouble):
        return None
    if model.kept[0] != model.drawings.mark:
        text = model.drawings.to_json().decode() if len(model.drawings) else ""
        model.kept = model.drawings.mark, text
    return model.kept[1]


def has_drawings() -> bool:
    """Whether the visitor has confirmed any drawing."""
    model: PersonalModel | None = st.session_state.get(_KEY)
    return model is not None and len(model.drawings) > 0


def data_set() -> DataSet:
    """The drawings as a data set; there must be some."""
    model = mine()
    digits = Digits(
        np.stack([model.images[drawing.id] for drawing in model.drawings]),
        np.array([drawing.label for drawing in model.drawings], np.uint8),
    )
    name = f"the {count(len(digits))} that you confirmed"
    return DataSet("drawings", name, fingerprint(digits), digits, private=True)


def count(n: int) -> str:
    """A number of drawings, in words."""
    return f"{n} drawing" if n == 1 else f"{n} drawings"


def _image(drawing: Confirmed) -> NDArray[np.uint8]:
    """A drawing's digit image, on the page's own way.

    Raises:
        DigitcnnError: it can't be read.
    """
    if drawing.image is not None:
        return drawing.image
    steps = reading.steps(drawing.ink)
    if steps is None:
        raise drawings.WrongDrawings("That drawing is off the paper, so it can't be kept.")
    return steps.centred
