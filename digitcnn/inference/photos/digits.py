"""Picture → digits in writing order, each cut out as a raster.

The way of a photo: ``ink`` finds what is written, ``pieces`` what belongs together;
here pieces become lines, and each piece a raster that goes the way of any drawing.
"""

from dataclasses import replace
from functools import reduce

import cv2
import numpy as np

from digitcnn.inference.photos import cuts, frames, symbols
from digitcnn.inference.photos.found import OTHER, Box, Found, Part
from digitcnn.inference.photos.ink import Ink, contrast_of, ink_of
from digitcnn.inference.photos.marks import Mark, both, colons, mark_of, slashes
from digitcnn.inference.photos.pieces import Piece, pieces
from digitcnn.inference.photos.whole import raster_of

_MARGIN = 0.12  # of a digit's longer side, around it in its raster
_RASTER_PX = 112  # a raster's side at most: four pixels for each of the digit image
_PART_PX = 64  # the same of parts, and of digits where there are many
_MANY = 80  # digits of a page
_MOST_PARTS = 1200  # of all pieces of a page together: what comes back must stay small
_NO_PIXELS = np.zeros((0, 0), np.uint8)
_MOST_TALL = 1.3  # of a digit's usual height: what is higher has a tail
_SPACE = 0.75  # of a digit's height: a gap as wide is a space between numbers
_MOST_SLOPE = 0.25  # of a line of writing
_SAME_LINE = 0.55  # of a digit's height: how far a digit may be off its line


def find_digits(picture: np.ndarray) -> list[list[Found]]:
    """The digits in a picture, line by line from left to right.

    Args:
        picture: uint8 (height, width) or (height, width, 3), dark on light or light on dark.

    Raises:
        NothingWritten: nothing stands out that is as large as a digit.
        TooManyThings: hundreds of things stand out.
    """
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return digits_in(ink_of(*contrast_of(picture)), grey)


def digits_in(ink: Ink, grey: np.ndarray) -> list[list[Found]]:
    """The digits among what is written, line by line from left to right.

    Args:
        ink: what is written.
        grey: uint8 (height, width), the picture that it was found in.

    Raises:
        NothingWritten, TooManyThings: as for :func:`find_digits`.
    """
    found, others, usual_px = pieces(ink)
    stroke_px = float(np.median([frames.stroke_px(piece.mask) for piece in found[:30]]))
    lines, parts = [], _parts(found, ink, grey, usual_px)
    side_px = _RASTER_PX if len(found) <= _MANY else _PART_PX
    for line in _lines(found, usual_px):
        signs, others = _signs(line, others, usual_px, stroke_px)
        slope = _slope_of(line)
        items = _items(line, slashes(line, usual_px, slope), usual_px) + signs
        digits, end = [], None
        for item in sorted(items, key=lambda item: item.piece.x):
            piece = item.piece
            space = end is not None and piece.x - end > _SPACE * usual_px and not ink.has_cells
            end = max(end or 0, piece.x + piece.width)
            if item.text:
                # A person may say that it is a digit: it has its raster, too.
                one = _found(piece, ink, grey, space, _PART_PX)
                digits.append(replace(one, sign=item.text))
                continue
            one = _found(piece, ink, grey, space, side_px)
            own, extent = parts.get(id(piece), ()), _extent(piece, piece, usual_px)
            may_be = len(line) > 1 and symbols.may_be_sign(piece)
            digits.append(replace(one, parts=own, extent=extent, may_be_sign=may_be))
        lines.append(digits)
    return lines


def _parts(
    found: list[Piece], ink: Ink, grey: np.ndarray, usual_px: float
) -> dict[int, tuple[Part, ...]]:
    """What pieces may be cut into, by their identity; the broadest come first."""
    parts: dict[int, tuple[Part, ...]] = {}
    left = _MOST_PARTS
    for piece in sorted(found, key=lambda piece: -piece.width / piece.height):
        stretches = list(cuts.parts(piece, usual_px))
        if len(stretches) > left:
            continue
        own = []
        for one in stretches:
            box, raster = _box(one.piece, ink, grey.shape), _raster(one.piece, ink, _PART_PX)
            extent = _extent(one.piece, piece, usual_px)
            part = Found(box, raster, _NO_PIXELS, extent=extent)
            own.append(Part(one.start, one.end, part, one.lost))
        parts[id(piece)] = tuple(own)
        left -= len(own)
    return parts


def _extent(part: Piece, piece: Piece, usual_px: float) -> tuple[float, float]:
    """A part's width and height, in parts of the height of the digits of its piece."""
    height_px = min(piece.height, _MOST_TALL * usual_px)
    return part.width / height_px, part.height / height_px


def _items(line: list[Piece], slash_ids: set[int], usual_px: float) -> list[Mark]:
    """The pieces of a line with their texts: empty for what may be a digit."""
    if len(line) == 1:
        return [Mark(line[0], "")]
    percents = symbols.percents(line, usual_px)
    within = {id(piece) for percent in percents for piece in percent}
    bracketing = symbols.brackets(line, usual_px)
    return [Mark(reduce(both, percent), OTHER) for percent in percents] + [
        Mark(piece, "/" if id(piece) in slash_ids else _symbol(piece, bracketing))
        for piece in line
        if id(piece) not in within
    ]


def _symbol(piece: Piece, brackets: set[int]) -> str:
    """The text of a piece of a line that is surely no digit; empty otherwise."""
    looks = symbols.is_plus, symbols.is_dollar, symbols.is_percent
    return OTHER if id(piece) in brackets or any(look(piece) for look in looks) else ""


def _slope_of(line: list[Piece]) -> float:
    """How far a line runs down for each px to the right."""
    if len(line) < 3:
        return 0.0
    x = [piece.x + piece.width / 2 for piece in line]
    y = [piece.y + piece.height / 2 for piece in line]
    return float(np.clip(np.polyfit(x, y, 1)[0], -_MOST_SLOPE, _MOST_SLOPE))


def _signs(
    line: list[Piece], others: list[Piece], usual_px: float, stroke_px: float
) -> tuple[list[Mark], list[Piece]]:
    """The signs that stand in a line of digits, and what is left for other lines."""
    heights = [piece.height for piece in line]
    own_px = float(np.median(heights))
    x = np.array([piece.x + piece.width / 2 for piece in line])
    y = np.array([piece.y + piece.height / 2 for piece in line])
    left, right = line[0].x, max(piece.x + piece.width for piece in line)
    marks, rest = [], []
    for piece in others:
        middle = float(np.interp(piece.x + piece.width / 2, x, y))
        off = (piece.y + piece.height / 2 - middle) / own_px
        near = left - 1.3 * own_px < piece.x and piece.x + piece.width < right + 0.8 * own_px
        if not near or abs(off) > 0.85 or piece.height > 1.6 * own_px:
            rest.append(piece)
            continue
        mark = mark_of(piece, middle, own_px, stroke_px)
        if mark is not None:
            marks.append(mark)
    marks = colons(marks, own_px)
    spans = [(piece.x, piece.x + piece.width) for piece in line]
    return [mark for mark in marks if not _is_dust(mark, spans, own_px)], rest


def _is_dust(mark: Mark, spans: list[tuple[int, int]], usual_px: float) -> bool:
    """Whether a sign stands where only dust does: points stand between digits, on the line."""
    if mark.text in ("-", "/", ":"):
        return False
    middle = mark.piece.x + mark.piece.width / 2
    if mark.text == OTHER:
        return max(mark.piece.width, mark.piece.height) < 0.3 * usual_px
    if not min(first for first, _ in spans) < middle < max(last for _, last in spans):
        return True
    return any(
        first + 0.15 * (last - first) < middle < last - 0.15 * (last - first)
        for first, last in spans
    )


def _lines(found: list[Piece], usual_px: float) -> list[list[Piece]]:
    """Pieces in lines, from the top, each from left to right."""
    middles = np.array([(p.x + p.width / 2, p.y + p.height / 2) for p in found])
    slope = _slope(middles, usual_px)
    rows = _rows(middles[:, 1] - slope * middles[:, 0], usual_px)
    for _ in range(2):
        slope = _common_slope(middles, rows, slope)
        rows = _rows(middles[:, 1] - slope * middles[:, 0], usual_px)
    return [
        [found[i] for i in np.flatnonzero(rows == row)[np.argsort(middles[rows == row, 0])]]
        for row in range(rows.max() + 1)
    ]


def _slope(middles: np.ndarray, usual_px: float) -> float:
    """How lines of writing slope: the median from each piece to the next on its right."""
    slopes = []
    for x, y in middles:
        right, down = middles[:, 0] - x, middles[:, 1] - y
        beside = (right > 0.3 * usual_px) & (np.abs(down) < 0.6 * right)
        beside &= right < 3.5 * usual_px
        if beside.any():
            nearest = np.argmin(np.where(beside, np.hypot(right, 2 * down), np.inf))
            slopes.append(down[nearest] / right[nearest])
    return float(np.clip(np.median(slopes), -_MOST_SLOPE, _MOST_SLOPE)) if slopes else 0.0


def _rows(heights: np.ndarray, usual_px: float) -> np.ndarray:
    """Which line each height belongs to, from the top: int (n,)."""
    rows = np.zeros(len(heights), int)
    row = 0
    members: list[float] = []
    for i in np.argsort(heights, kind="stable"):
        if members and heights[i] - np.mean(members) > _SAME_LINE * usual_px:
            row, members = row + 1, []
        members.append(heights[i])
        rows[i] = row
    return rows


def _common_slope(middles: np.ndarray, rows: np.ndarray, slope: float) -> float:
    """The slope that all lines share, by least squares; ``slope`` where that says nothing."""
    across, down = 0.0, 0.0
    for row in range(rows.max() + 1):
        line = middles[rows == row]
        off = line - line.mean(axis=0)
        across += float((off[:, 0] ** 2).sum())
        down += float((off[:, 0] * off[:, 1]).sum())
    fitted = down / across if across else slope
    return float(np.clip(fitted, -_MOST_SLOPE, _MOST_SLOPE))


def _found(
    piece: Piece,
    ink: Ink,
    grey: np.ndarray,
    after_space: bool,
    side_px: int,
) -> Found:
    x, y, width, height = box = _box(piece, ink, grey.shape)
    margin = round(_MARGIN * max(width, height))
    seen = grey[max(y - margin, 0) : y + height + margin, max(x - margin, 0) : x + width + margin]
    raster = _small(_raster(piece, ink, side_px), side_px)
    return Found(box, raster, _small(seen, side_px), after_space)


def _box(piece: Piece, ink: Ink, shape: tuple[int, ...]) -> Box:
    """The piece's box in the picture as it was before the ink was turned level."""
    rows, columns = np.nonzero(piece.mask)
    points = np.column_stack([columns + piece.x, rows + piece.y]).astype(float)
    back = cv2.invertAffineTransform(ink.turn)
    points = points @ back[:, :2].T + back[:, 2]
    low = np.floor(points.min(axis=0)).clip(0)
    high = np.ceil(points.max(axis=0) + 1).clip(max=np.array(shape[::-1]))
    x, y = (int(side) for side in low)
    width, height = (int(side) for side in np.maximum(high - low, 1))
    return x, y, width, height


def _raster(piece: Piece, ink: Ink, side_px: int) -> np.ndarray:
    """The piece alone on white paper, its grey levels kept, in a square."""
    margin = 2
    top, left = piece.y - margin, piece.x - margin
    height, width = piece.height + 2 * margin, piece.width + 2 * margin
    part = _cut(ink.contrast, top, left, height, width)
    own = np.pad(piece.mask, margin)
    level = float(np.percentile(part[own], 75))
    # The strokes' soft edges belong to them; what else is near does not.
    near = cv2.dilate(own.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    share = np.clip((part / level - 0.2) / 0.65, 0, 1) * near
    return raster_of(share.astype(np.float32), own, side_px)


def _small(picture: np.ndarray, side_px: int) -> np.ndarray:
    """A picture of at most ``side_px``: uint8 (height, width)."""
    scale = side_px / max(picture.shape)
    if scale >= 1:
        return np.ascontiguousarray(picture)
    height, width = (max(1, round(side * scale)) for side in picture.shape)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _cut(contrast: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    """A part of a picture; what lies outside it is paper."""
    part = np.zeros((height, width), np.float32)
    y, x = max(top, 0), max(left, 0)
    inside = contrast[y : max(top + height, 0), x : max(left + width, 0)]
    part[y - top : y - top + inside.shape[0], x - left : x - left + inside.shape[1]] = inside
    return part
