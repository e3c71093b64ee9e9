"""Signs between digits: which of the small and straight things in a line are separators.

Everything is measured in parts of a digit's usual height, from the middle of the line.
"""

from dataclasses import dataclass

import numpy as np

from digitcnn.inference.photos.found import OTHER
from digitcnn.inference.photos.pieces import Piece

_DOT = 0.3  # a point's longer side
_LOW = 0.22  # below the middle: points and commas stand there
_DASH = (0.16, 1.1)  # a dash's length
_FLAT = 1.9  # a dash is so many times as long as it is high
_LEAN = 0.3  # how far a slash leans to the right for each px that it is high
# The same of digits of a slanting hand, at most; and how much more a slash leans. Of 797 slashes
# 794 were found so, and 4 of 660 ones were taken for some, in lines of pen digits of nine sites.
_LEAN_OF_HANDS, _LEANS_MORE = 0.2, 0.2
_STRAIGHT = 0.14  # of its length: how broad a slash may be, across its own direction


@dataclass(frozen=True, eq=False)
class Mark:
    """A sign in a line.

    Attributes:
        piece: its ink.
        text: ``. , - / :``, or :data:`OTHER`.
    """

    piece: Piece
    text: str


def slashes(line: list[Piece], usual_px: float, slope: float) -> set[int]:
    """The identities of those within a line that are straight strokes and lean as no one does.

    A one leans with the hand that wrote it, and is hardly the highest of all digits.

    Args:
        line: the pieces of a line, from left to right.
        usual_px: a digit's usual height.
        slope: how far the line runs down for each px to the right.
    """
    leans = [_lean_of(piece) for piece in line]
    may_be = [
        straight < _STRAIGHT and lean - slope > _LEAN
        and piece.height > 0.85 * usual_px and piece.width > 0.2 * piece.height
        for piece, (lean, straight) in zip(line, leans, strict=True)
    ]  # fmt: skip
    others = [i for i, is_candidate in enumerate(may_be) if not is_candidate]
    highest_px = max((line[i].height for i in others), default=np.inf)
    hand = float(np.median([leans[i][0] for i in others])) - slope if others else 0.0
    found = set()
    for piece, (lean, _), is_candidate in list(zip(line, leans, may_be, strict=True))[1:-1]:
        is_steep = lean - slope > 1.9 * _LEAN
        leans_more = lean - slope - min(max(hand, 0.0), _LEAN_OF_HANDS) > _LEANS_MORE
        is_high = piece.height > 1.08 * usual_px or (piece.height > highest_px and leans_more)
        if is_candidate and (is_steep or is_high):
            found.add(id(piece))
    return found


def _lean_of(piece: Piece) -> tuple[float, float]:
    """How far a piece leans to the right for each px of height, and its breadth for its length."""
    if piece.height < 3:
        return 0.0, 1.0
    rows, columns = np.nonzero(piece.mask)
    # Upper ends lie on the right.
    lean = -float(np.polyfit(rows, columns, 1)[0])
    across = columns + lean * rows
    straight = float(np.std(across) * np.sqrt(12) / np.hypot(piece.width, piece.height))
    return lean, straight


def mark_of(piece: Piece, middle_y: float, usual_px: float, stroke_px: float) -> Mark | None:
    """What a piece too small for a digit says; ``None`` for dust."""
    width, height = piece.width / usual_px, piece.height / usual_px
    below = (piece.y + piece.height / 2 - middle_y) / usual_px
    if max(piece.width, piece.height) < 0.6 * stroke_px or piece.mask.sum() < 0.3 * stroke_px**2:
        return None
    if width >= _FLAT * height and _DASH[0] <= width <= _DASH[1] and abs(below) < 0.32:
        return Mark(piece, "-")
    if max(width, height) <= _DOT and height < 1.45 * width:
        return Mark(piece, "." if below > _LOW else OTHER)
    if width <= _DOT and height <= 0.55 and below > _LOW:
        return Mark(piece, ",")
    if max(width, height) < 0.16:
        return None
    return Mark(piece, OTHER)


def colons(marks: list[Mark], usual_px: float) -> list[Mark]:
    """The same with two points above one another taken together."""
    left, result = list(marks), []
    while left:
        mark = left.pop(0)
        x = mark.piece.x + mark.piece.width / 2
        twins = [
            other
            for other in left
            if mark.text in (".", OTHER)
            and other.text in (".", OTHER)
            and max(mark.piece.height, other.piece.height) < 0.35 * usual_px
            and abs(other.piece.x + other.piece.width / 2 - x) < 0.22 * usual_px
        ]
        if not twins:
            result.append(mark)
            continue
        left.remove(twins[0])
        result.append(Mark(both(mark.piece, twins[0].piece), ":"))
    return result


def both(one: Piece, other: Piece) -> Piece:
    """Two pieces as one."""
    left, top = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    mask = np.zeros((bottom - top, right - left), bool)
    for piece in (one, other):
        y, x = piece.y - top, piece.x - left
        mask[y : y + piece.height, x : x + piece.width] |= piece.mask
    return Piece(left, top, mask)
