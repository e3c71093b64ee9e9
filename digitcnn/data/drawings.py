"""Digits that somebody confirmed: strokes and label, in memory and as one JSON file.

The file, version 1::

    {"format": "digitcnn drawings", "version": 1, "canvas_px": 280,
     "drawings": [{"label": 4, "strokes": [[[98.5, 40.0], [97.0, 61.5]], [[140.0, 30.5]]]}]}

A drawing is its strokes in the order they were drawn; a stroke is its points, x right and y down,
in tenths of a canvas pixel. Whatever else a file holds is passed over.

A digit of a photo has no strokes but a picture, its digit image:
``{"label": 4, "image": "AAAA…"}``, 28 rows of 28 bytes, 0 paper and 255 ink, in base64. A file with
such digits is of version 2; without them it stays one of version 1, which older programs read, too.
"""

import binascii
import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.models.networks import N_CLASSES
from digitcnn.preprocessing.digit_image import DIGIT_PX
from digitcnn.preprocessing.ink import CANVAS_PX, Ink

FORMAT, VERSION = "digitcnn drawings", 1
PICTURES_VERSION = 2  # of a file that has digits of photos
MAX_DRAWINGS = 200
MAX_POINTS = 1_000  # a drawing's: three metres of pen on the canvas
MAX_STROKES = 50
MAX_BYTES = 4_000_000  # of a file

_FARTHEST_PX = 10_000  # strokes may leave the paper, though not the room


class WrongDrawings(DigitcnnError):
    """A file that holds no drawings, or a drawing that can't be kept."""


class CollectionFull(DigitcnnError):
    """There are as many drawings as a collection can hold."""


@dataclass(frozen=True, eq=False)
class Confirmed:
    """A drawing of which somebody said what it is.

    Attributes:
        ink: its strokes, canvas px, rounded to tenths; none if it is a digit of a photo.
        label: 0 to 9.
        image: the digit image of a digit of a photo, uint8 (28, 28); ``None`` for a drawing.
    """

    ink: Ink
    label: int
    image: NDArray[np.uint8] | None = None

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits: the same for the same strokes, whatever the label."""
        digest = hashlib.sha256()
        if self.image is not None:
            digest.update(b"image" + self.image.tobytes())
        for stroke in self.ink:
            digest.update(len(stroke).to_bytes(4, "little") + _tenths(stroke).tobytes())
        return digest.hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """The drawing as it stands in the file."""
        if self.image is not None:
            return {"label": self.label, "image": b64encode(self.image.tobytes()).decode()}
        strokes = [[[x / 10, y / 10] for x, y in _tenths(stroke).tolist()] for stroke in self.ink]
        return {"label": self.label, "strokes": strokes}


@dataclass(frozen=True, eq=False)
class Collection:
    """Confirmed drawings, each once, in the order they came; it never changes, others are made."""

    drawings: tuple[Confirmed, ...] = ()

    def __len__(self) -> int:
        return len(self.drawings)

    def __iter__(self) -> Iterator[Confirmed]:
        return iter(self.drawings)

    def find(self, drawing_id: str) -> Confirmed | None:
        """The drawing of that id; ``None`` if there is none."""
        return next((drawing for drawing in self if drawing.id == drawing_id), None)

    @property
    def mark(self) -> tuple[tuple[str, int], ...]:
        """Changes when a drawing or a label does."""
        return tuple((drawing.id, drawing.label) for drawing in self)

    def add(self, drawing: Confirmed) -> "Collection":
        """With a drawing more; one that is there already takes the new label.

        Raises:
            CollectionFull: there are ``MAX_DRAWINGS``.
        """
        if self.find(drawing.id) is not None:
            return self.relabel(drawing.id, drawing.label)
        if len(self) >= MAX_DRAWINGS:
            raise CollectionFull(
                f"There are {MAX_DRAWINGS} drawings already, which is as many as are kept. "
                "Delete some of them first."
            )
        return Collection((*self.drawings, drawing))

    def relabel(self, drawing_id: str, label: int) -> "Collection":
        """With another label for one drawing."""
        return Collection(
            tuple(
                replace(drawing, label=_label(label)) if drawing.id == drawing_id else drawing
                for drawing in self
            )
        )

    def remove(self, drawing_id: str) -> "Collection":
        """Without one drawing."""
        return Collection(tuple(drawing for drawing in self if drawing.id != drawing_id))

    def merge(self, other: "Collection") -> "Collection":
        """With the drawings of ``other`` that are not there yet; labels stay as they are here.

        Raises:
            CollectionFull: there would be more than ``MAX_DRAWINGS``.
        """
        there = {drawing.id for drawing in self}
        new = [drawing for drawing in other if drawing.id not in there]
        if len(self) + len(new) > MAX_DRAWINGS:
            raise CollectionFull(
                f"The file brings {len(new)} new drawings to the {len(self)} that are here; "
                f"at most {MAX_DRAWINGS} are kept. Delete some of them first."
            )
        return Collection((*self.drawings, *new))

    def to_json(self) -> bytes:
        """The collection as a file."""
        has_pictures = any(drawing.image is not None for drawing in self)
        return json.dumps(
            {
                "format": FORMAT,
                "version": PICTURES_VERSION if has_pictures else VERSION,
                "canvas_px": CANVAS_PX,
                "drawings": [drawing.to_dict() for drawing in self],
            },
            separators=(",", ":"),
        ).encode()


def confirmed(ink: Ink, label: int) -> Confirmed:
    """A drawing to keep, with its label.

    Raises:
        WrongDrawings: no strokes, too many of them or of their points, or no such label.
    """
    if not ink or not all(len(stroke) for stroke in ink):
        raise WrongDrawings("There is no drawing to keep.")
    if len(ink) > MAX_STROKES or sum(map(len, ink)) > MAX_POINTS:
        raise WrongDrawings("That drawing is too long to be kept: a digit has fewer strokes.")
    points = np.concatenate(ink)
    if not np.isfinite(points).all() or np.abs(points).max() > _FARTHEST_PX:
        raise WrongDrawings("That drawing lies off the paper and can't be kept.")
    rounded = [(_tenths(stroke) / 10).astype(np.float32) for stroke in ink]
    return Confirmed(rounded, _label(label))


def confirmed_image(image: NDArray[np.uint8], label: int) -> Confirmed:
    """A digit of a photo to keep, with its label.

    Args:
        image: its digit image, uint8 (28, 28), 0 paper, 255 ink.
        label: what it is.

    Raises:
        WrongDrawings: there is no ink in it, or no such label.
    """
    if not image.any():
        raise WrongDrawings("There is no digit to keep.")
    return Confirmed([], _label(label), image.copy())


def read(data: bytes) -> Collection:
    """The collection in a file's bytes; a drawing that stands there twice is there once.

    Raises:
        WrongDrawings: the file is too large, no JSON, or not of the form above.
    """
    if len(data) > MAX_BYTES:
        raise WrongDrawings(
            f"The file has more than {MAX_BYTES // 1_000_000} MB; no collection of drawings is "
            "as large."
        )
    # As many lists and objects as a full collection has: a file of nothing else would take twenty
    # times its size in memory.
    if data.count(b"[") + data.count(b"{") > MAX_DRAWINGS * (MAX_POINTS + MAX_STROKES + 2) + 2:
        raise WrongDrawings(f"The file holds more than {MAX_DRAWINGS} drawings can have.")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WrongDrawings("The file is no JSON; choose one that was downloaded here.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise WrongDrawings("The file holds no drawings; choose one that was downloaded here.")
    version = content.get("version")
    if type(version) is not int or version not in (VERSION, PICTURES_VERSION):
        raise WrongDrawings(
            "The file is of another version of the form; this program reads versions "
            f"{VERSION} and {PICTURES_VERSION}."
        )
    drawings = content.get("drawings")
    if content.get("canvas_px") != CANVAS_PX or not isinstance(drawings, list):
        raise WrongDrawings(
            f"The file must have a list of drawings on a paper of {CANVAS_PX} pixels."
        )
    if len(drawings) > MAX_DRAWINGS:
        raise WrongDrawings(
            f"The file holds {len(drawings):,} drawings; at most {MAX_DRAWINGS} are read."
        )
    found = Collection()
    for number, entry in enumerate(drawings, 1):
        try:
            drawing = _drawing(entry)
        except WrongDrawings as error:
            raise WrongDrawings(f"Drawing {number} in the file is wrong. {error}") from error
        if found.find(drawing.id) is None:
            found = found.add(drawing)
    return found


def _drawing(entry: Any) -> Confirmed:
    if isinstance(entry, dict) and "image" in entry and "strokes" not in entry:
        return confirmed_image(_image(entry["image"]), _label(entry.get("label")))
    return confirmed(_ink(entry), entry.get("label"))


def _image(text: Any) -> NDArray[np.uint8]:
    try:
        data = b64decode(text, validate=True) if isinstance(text, str) else b""
    except (ValueError, binascii.Error):
        data = b""
    if len(data) != DIGIT_PX**2:
        raise WrongDrawings(f"Its image must be {DIGIT_PX} × {DIGIT_PX} bytes in base64.")
    return np.frombuffer(data, np.uint8).reshape(DIGIT_PX, DIGIT_PX)


def _ink(entry: Any) -> Ink:
    strokes = entry.get("strokes") if isinstance(entry, dict) else None
    if not isinstance(strokes, list) or len(strokes) > MAX_STROKES:
        raise WrongDrawings(f"It must have a list of at most {MAX_STROKES} strokes.")
    room = MAX_POINTS
    ink = []
    for stroke in strokes:
        if not isinstance(stroke, list) or not 0 < len(stroke) <= room:
            raise WrongDrawings(f"A stroke is a list of points, {MAX_POINTS:,} in all.")
        room -= len(stroke)
        ink.append(np.array([_point(point) for point in stroke], np.float32))
    return ink


def _point(point: Any) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) != 2:
        raise WrongDrawings("A point is two numbers, x and y.")
    for number in point:
        # Python's JSON knows Infinity and NaN, and whole numbers of any length.
        if type(number) not in (int, float) or not abs(number) <= _FARTHEST_PX:
            raise WrongDrawings("A point is two numbers, x and y, that lie near the paper.")
    return float(point[0]), float(point[1])


def _label(label: Any) -> int:
    if type(label) is not int or not 0 <= label < N_CLASSES:
        raise WrongDrawings("A label is a digit from 0 to 9.")
    return label


def _tenths(stroke: np.ndarray) -> np.ndarray:
    """Coordinates as whole tenths of a pixel: int32 (n, 2)."""
    return np.rint(stroke.astype(np.float64) * 10).astype(np.int32)
