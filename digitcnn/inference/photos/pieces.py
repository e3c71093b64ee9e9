"""Ink → pieces: what hangs together, put together to what looks like one digit each.

A piece is a set of components of the ink: most digits are one, a five with its bar apart is two.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitcnn.array_types import Bools, Ints
from digitcnn.inference.photos.found import NothingWritten, TooManyThings
from digitcnn.inference.photos.ink import Ink

MOST = 400  # pieces; a page full of figures has fewer

_FAINT, _CLEAR = 0.2, 0.45  # of full ink: where a component ends, and what it must reach
_EDGE = 0.42  # of a component's own ink: where its strokes end
_LEAST_PX = 9.0  # height of the smallest digit that can be read
_LEAST_HEIGHT, _LEAST_SIGN = 0.36, 0.05  # of a digit's usual height: digits, and points
_MOST_RUN = 12.0  # of its height: a run of touching digits
_FRAGMENT = 0.62  # of a digit's height: smaller components may belong to a neighbour
_NEAR = 0.16  # of a digit's height: how far a fragment may be from where it belongs
_MOST_TALL, _MOST_BROAD = 1.45, 1.3  # of a digit's height, when a fragment has been put to it

_Corners = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, eq=False)
class Piece:
    """What looks like one digit.

    Attributes:
        x, y: its upper left corner, px of the ink's picture.
        mask: bool (height, width), its ink.
    """

    x: int
    y: int
    mask: Bools

    @property
    def width(self) -> int:
        """Px."""
        return int(self.mask.shape[1])

    @property
    def height(self) -> int:
        """Px."""
        return int(self.mask.shape[0])


def pieces(ink: Ink) -> tuple[list[Piece], list[Piece], float]:
    """What may be digits, what may be signs, in no order, and the usual height of a digit, px.

    Raises:
        NothingWritten: nothing is as large and clear as a digit.
        TooManyThings: more than ``MOST``.
    """
    labels, boxes = _components(ink)
    kept = _kept(boxes, labels.shape)
    if not len(kept):
        raise NothingWritten(
            "There is nothing in the picture that looks like a digit. Come closer, and take care "
            "that the paper lies in even light."
        )
    usual_px = _usual_height(boxes[kept])
    kept = [i for i in kept if max(boxes[i, 2:4]) > _LEAST_SIGN * usual_px]
    kept = [i for i in kept if not _is_rim(boxes[i], labels.shape, usual_px)]
    if len(kept) > 4 * MOST:
        raise _too_many(len(kept))
    groups = _joined(labels, boxes, kept, usual_px)
    every = [_piece(labels, boxes, group) for group in groups]
    found = [piece for piece in every if _is_digit_like(piece, usual_px)]
    others = [piece for piece in every if not _is_digit_like(piece, usual_px)]
    if not found:
        raise NothingWritten("There are only specks and lines in the picture, no digits.")
    if len(found) > MOST:
        raise _too_many(len(found))
    return found, others[: 2 * MOST], usual_px


def _too_many(n: int) -> TooManyThings:
    return TooManyThings(
        f"There are more than {n // 100 * 100} things in the picture; at most {MOST} are read. "
        "Photograph the digits alone, on plain paper."
    )


def _components(ink: Ink) -> tuple[np.ndarray, np.ndarray]:
    """Connected ink: int32 labels (height, width), 0 paper, and int (n, 5) boxes with areas."""
    contrast = ink.contrast
    weak = (contrast > np.maximum(_FAINT, 4 * ink.noise)).astype(np.uint8)
    n, labels = cv2.connectedComponents(weak, connectivity=8)
    flat = labels.ravel()
    sums = np.bincount(flat, contrast.ravel(), n)
    squares = np.bincount(flat, np.square(contrast).ravel(), n)
    level = 1.1 * squares / np.maximum(sums, 1e-6)
    level[level < _CLEAR] = np.inf
    level[0] = np.inf
    strong = (contrast > _EDGE * level[labels].astype(np.float32)).astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(strong, connectivity=8)
    return labels, boxes


def _kept(boxes: Ints, shape: tuple[int, int]) -> list[int]:
    """The components that are no dust, no edge of the table and no frame."""
    height, width = shape
    kept = []
    for i in range(1, len(boxes)):
        x, y, w, h, area = (int(side) for side in boxes[i])
        if area < 5 or max(w, h) < 3:
            continue
        at_rim = x == 0 or y == 0 or x + w == width or y + h == height
        if at_rim and (area > 0.3 * w * h and max(w, h) > 0.5 * max(shape)):
            continue
        if w > 0.75 * width and h < 0.1 * height or h > 0.97 * height and w < 0.1 * width:
            continue
        if w > 0.8 * width and h > 0.8 * height and area < 0.06 * w * h:
            continue  # a frame
        kept.append(i)
    return kept


def _is_rim(box: Ints, shape: tuple[int, int], usual_px: float) -> bool:
    """Whether a component comes in from outside the picture: a table's edge, a finger."""
    x, y, w, h = (int(side) for side in box[:4])
    touches = x == 0 or y == 0 or x + w == shape[1] or y + h == shape[0]
    return touches and max(w, h) > 2 * usual_px


def _usual_height(boxes: Ints) -> float:
    """The usual height of a digit: half of all ink's height is in components that are lower."""
    # A line of a frame or table is no measure: nothing much longer than it is broad.
    heights = boxes[:, 3].astype(float)
    proper = (boxes[:, 2] < 3 * heights) & (heights >= _LEAST_PX)
    proper &= heights < 9 * np.maximum(boxes[:, 2], 1)
    if not proper.any():
        proper[:] = True
    heights = np.sort(heights[proper])
    share = np.cumsum(heights) / heights.sum()
    return float(max(heights[np.searchsorted(share, 0.5)], _LEAST_PX))


def _joined(labels: Ints, boxes: Ints, kept: list[int], usual_px: float) -> list[list[int]]:
    """Components in groups: fragments with what they belong to."""
    group_of = {i: i for i in kept}
    extent = {i: _corners(boxes[i]) for i in kept}
    members = {i: [i] for i in kept}
    reach = _NEAR * usual_px
    # The smallest first: pieces of a broken stroke come together before they join a digit.
    for i in sorted(kept, key=lambda i: max(boxes[i, 2:4])):
        own = group_of[i]
        left, top, right, bottom = extent[own]
        if bottom - top > _FRAGMENT * usual_px or max(boxes[i, 2:4]) < 0.1 * usual_px:
            continue
        best = None
        for other in members:
            if other == own or not _belongs(extent[own], extent[other], usual_px, reach):
                continue
            gap = _gap(labels, boxes, members[own], members[other], reach)
            if gap <= reach and (best is None or gap < best[0]):
                best = (gap, other)
        if best is None:
            continue
        other = best[1]
        extent[other] = _around(extent[own], extent[other])
        for member in members[own]:
            group_of[member] = other
        members[other] += members.pop(own)
        del extent[own]
    return list(members.values())


def _corners(box: Ints) -> _Corners:
    x, y, w, h = (int(side) for side in box[:4])
    return x, y, x + w, y + h


def _around(one: _Corners, other: _Corners) -> _Corners:
    (a, b, c, d), (e, f, g, h) = one, other
    return min(a, e), min(b, f), max(c, g), max(d, h)


def _belongs(one: _Corners, other: _Corners, usual_px: float, reach: float) -> bool:
    """Whether a fragment may be part of another component, by their boxes."""
    left, top, right, bottom = _around(one, other)
    if bottom - top > _MOST_TALL * usual_px or right - left > _MOST_BROAD * usual_px:
        return False
    apart_x = max(one[0], other[0]) - min(one[2], other[2])
    apart_y = max(one[1], other[1]) - min(one[3], other[3])
    if max(apart_x, apart_y) > reach:
        return False
    # Above one another rather than side by side: so do bars and broken strokes lie.
    overlap = -apart_x / max(1, min(one[2] - one[0], other[2] - other[0]))
    return overlap > 0.35 or apart_x < 0.4 * reach and bottom - top > 0.7 * usual_px


def _gap(labels: Ints, boxes: Ints, some: list[int], others: list[int], reach: float) -> float:
    """Px of paper between two groups of components; infinite beyond ``reach``."""
    extent = _corners(boxes[some[0]])
    for i in some[1:]:
        extent = _around(extent, _corners(boxes[i]))
    margin = int(np.ceil(reach)) + 1
    left, top = max(extent[0] - margin, 0), max(extent[1] - margin, 0)
    part = labels[top : extent[3] + margin, left : extent[2] + margin]
    target = np.isin(part, others)
    if not target.any():
        return float("inf")
    distance = cv2.distanceTransform((~target).astype(np.uint8), cv2.DIST_L2, 3)
    return float(distance[np.isin(part, some)].min())


def _piece(labels: Ints, boxes: Ints, group: list[int]) -> Piece:
    extent = _corners(boxes[group[0]])
    for i in group[1:]:
        extent = _around(extent, _corners(boxes[i]))
    left, top, right, bottom = extent
    return Piece(left, top, np.isin(labels[top:bottom, left:right], group))


def _is_digit_like(piece: Piece, usual_px: float) -> bool:
    """Whether a piece has a digit's size and proportions."""
    width, height = piece.width, piece.height
    if height < _LEAST_HEIGHT * usual_px or max(width, height) < _LEAST_PX:
        return False
    if height > 3 * usual_px or width > _MOST_RUN * height:
        return False
    filled = piece.mask.mean()
    if width > 2.2 * height and height < 0.55 * usual_px:
        return False  # a dash
    return not (filled > 0.82 and width > 0.45 * height)
