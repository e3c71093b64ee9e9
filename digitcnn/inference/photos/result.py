"""What was read in a photo: its digits and signs, line by line, and what a person says they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from digitcnn.inference.photos.found import Box, Found, View
from digitcnn.inference.recognizer import Prediction
from digitcnn.preprocessing import digit_image

UNREAD = "?"
UNCERTAIN = 0.9  # a probability below this is marked
NOTHING = ""
"""What a person says of something that is to be left out."""


@dataclass(frozen=True, eq=False)
class PhotoDigit:
    """A digit of a photo.

    Attributes:
        found: where it is, and how it was cut out.
        prediction: what the network reads.
        after_space: whether a space stands before it.
        corrected: what a person says it is: a digit, a sign, or :data:`NOTHING`; ``None`` if
            nobody did.
        cut_certainty: if it was cut out of touching digits, how likely the cuts are, 0 to 1;
            ``None`` if it was not.
    """

    found: Found
    prediction: Prediction
    after_space: bool = False
    corrected: str | None = None
    cut_certainty: float | None = None

    @property
    def box(self) -> Box:
        """Where it is."""
        return self.found.box

    @property
    def steps(self) -> digit_image.Steps:
        """Its way from what was cut out of the photo to the digit image."""
        return digit_image.steps(self.found.raster)

    @property
    def text(self) -> str:
        """What was read, or what a person says; ``?`` for what does not look like a digit."""
        return self.read_as if self.corrected is None else self.corrected

    @property
    def read_as(self) -> str:
        """What was read, whatever a person says."""
        return str(self.prediction.label) if self.prediction.is_digit else UNREAD

    @property
    def label(self) -> int:
        """What it is, 0 to 9: as corrected, or as read."""
        return int(self.text) if self.text.isdigit() else self.prediction.label

    @property
    def is_digit(self) -> bool:
        """Whether it is a digit: a person says so, or it looks like one."""
        return self.text.isdigit()

    @property
    def is_sign(self) -> bool:
        """Whether a person says that it is no digit."""
        return self.corrected is not None and not self.corrected.isdigit()

    @property
    def is_uncertain(self) -> bool:
        """Whether a person should look at it again."""
        return self.corrected is None and self._is_doubtful

    @property
    def _is_doubtful(self) -> bool:
        prediction = self.prediction
        certainty = 1.0 if self.cut_certainty is None else self.cut_certainty
        return not prediction.is_digit or prediction.confidence * certainty < UNCERTAIN


@dataclass(frozen=True, eq=False)
class PhotoMark:
    """A sign between digits, or what is no digit.

    Attributes:
        found: where it is.
        line: the number of its line.
        place: before which digit of the line it stands, counted from 0.
        corrected: as of :class:`PhotoDigit`.
    """

    found: Found
    line: int
    place: int
    corrected: str | None = None

    @property
    def box(self) -> Box:
        """Where it is."""
        return self.found.box

    @property
    def after_space(self) -> bool:
        """Whether a space stands before it."""
        return self.found.after_space

    @property
    def text(self) -> str:
        """``. , - / :``, or ``·`` for everything else; or what a person says."""
        return self.read_as if self.corrected is None else self.corrected

    @property
    def read_as(self) -> str:
        """What was read, whatever a person says."""
        return self.found.sign

    @property
    def is_digit(self) -> bool:
        """Whether a person says that it is a digit."""
        return self.text.isdigit()

    @property
    def is_sign(self) -> bool:
        """Whether nobody says that it is a digit."""
        return not self.is_digit


@dataclass(frozen=True, eq=False)
class PhotoReading:
    """What was read in a photo.

    Attributes:
        size: width and height of the picture, px, as shown.
        jpeg: the picture as shown, of at most 1,280 px, a JPEG file.
        lines: its digits, line by line from left to right.
        is_one: whether the picture as a whole is one digit.
        marks: signs between the digits, in writing order.
        view: how the file was looked at: which page of it, turned how, and which part.
        n_pages: how many pages the file has.
        was_flattened: whether a sheet photographed at an angle was straightened.
        tilt: degrees by which its lines run down to the right, for which it was straightened.
        may_be_upside_down: whether its digits say too little of which way up it lies.
    """

    size: tuple[int, int]
    jpeg: bytes
    lines: list[list[PhotoDigit]]
    is_one: bool = False
    marks: tuple[PhotoMark, ...] = ()
    view: View = View()
    n_pages: int = 1
    was_flattened: bool = False
    tilt: float = 0.0
    may_be_upside_down: bool = False

    @property
    def digits(self) -> list[PhotoDigit]:
        """All digits, in writing order."""
        return [digit for line in self.lines for digit in line]

    @property
    def rows(self) -> list[list[PhotoDigit | PhotoMark]]:
        """Digits and signs, line by line, in writing order."""
        rows = []
        for number, line in enumerate(self.lines):
            marks = [mark for mark in self.marks if mark.line == number]
            row: list[PhotoDigit | PhotoMark] = []
            for place in range(len(line) + 1):
                row += [mark for mark in marks if mark.place == place]
                row += line[place : place + 1]
            rows.append(row)
        return rows

    @property
    def texts(self) -> list[str]:
        """Each line as text, with spaces between its numbers."""
        texts = []
        for row in self.rows:
            text, has_space = "", False
            for one in row:
                # What is left out leaves its space behind.
                has_space |= one.after_space
                if one.text:
                    text += " " * (has_space and bool(text)) + one.text
                    has_space = False
            texts.append(text)
        return texts


def with_corrections(reading: PhotoReading, corrections: Mapping[Box, str]) -> PhotoReading:
    """The same with what a person says that digits and signs are; each stays where it is.

    Args:
        reading: as read.
        corrections: by where it is, a digit, a sign, or :data:`NOTHING`.
    """
    if not corrections:
        return reading
    lines = [
        [replace(digit, corrected=corrections.get(digit.box)) for digit in line]
        for line in reading.lines
    ]
    marks = tuple(replace(mark, corrected=corrections.get(mark.box)) for mark in reading.marks)
    return replace(reading, lines=lines, marks=marks)
