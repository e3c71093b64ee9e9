"""Pieces that may be several touching digits: where they could be cut apart.

A cut is a seam from top to bottom that crosses as little ink as possible. All stretches between two
cuts are offered; which of them are digits is for the network to say, as in LeCun et al. 1998,
"Gradient-based learning applied to document recognition", section V. What ink encloses is no way
between two digits that touch along a wall: some seams go around eyes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from digitcnn.array_types import Bools, Ints
from digitcnn.inference.photos.pieces import Piece

_BROAD = 0.65  # of a digit's usual height: narrower pieces are one digit
_CUTS, _MOST_CUTS = 3.5, 24  # for each usual height that a piece is broad; and at most
_APART = 0.2  # of a digit's usual height, between two cuts
_MOST_CROSSED = 3.5  # strokes' widths that a cut may cross
_WALL_CUTS, _WALLS_APART = 4.0, 0.15  # the same as for other cuts, of those along walls
_MOST_WALL = 0.75  # of a digit's usual height, that a cut along a wall may cross
_SAME = 0.02  # of a digit's usual height: nearer seams are the same
_LEAST_PART, _MOST_PART = 0.1, 1.25  # of a digit's usual height: a part's width
_LEAST_HEIGHT = 0.45  # of a digit's usual height: a part's height
_BEND = 0.1  # what a seam pays for a step aside, in pixels of ink


@dataclass(frozen=True, eq=False)
class Stretch:
    """What lies between two cuts.

    Attributes:
        start, end: the numbers of the cuts, from the left; the piece's own ends are 0 and the
            highest.
        piece: what is there.
        lost: how much of the ink between them is in crumbs that were left out, 0 to 1.
    """

    start: int
    end: int
    piece: Piece
    lost: float


def parts(piece: Piece, usual_px: float) -> Iterator[Stretch]:
    """The stretches that a piece may be cut into, but for the piece itself.

    Nothing comes for a piece that is too narrow for two digits, or can't be cut cleanly.
    """
    if piece.width < _BROAD * min(usual_px, 1.3 * piece.height):
        return
    seams = _seams(piece.mask, usual_px)
    if not len(seams):
        return
    columns = np.arange(piece.width)
    ends = [0, *seams.mean(axis=1), piece.width]
    beyond = [columns[None] > seam[:, None] for seam in seams]
    beyond = [np.ones_like(piece.mask), *beyond, np.zeros_like(piece.mask)]
    for start in range(len(seams) + 1):
        for end in range(start + 1, len(seams) + 2):
            if end - start > len(seams):
                continue  # that is the piece itself
            if ends[end] - ends[start] > 2 * _MOST_PART * usual_px:
                break  # far too broad, seams being as slanted as they are
            inside = piece.mask & beyond[start] & ~beyond[end]
            part = _part(piece, inside)
            if part is None:
                continue
            if not _LEAST_PART * usual_px <= part.width <= _MOST_PART * usual_px:
                continue
            if part.height >= _LEAST_HEIGHT * min(usual_px, piece.height):
                lost = 1 - part.mask.sum() / inside.sum()
                yield Stretch(start, end, part, float(lost))


def _seams(mask: Bools, usual_px: float) -> Ints:
    """Seams from top to bottom, from left to right: int (n, height), their columns."""
    ink = mask.astype(np.float32)
    seams = _cheapest(ink, usual_px, _CUTS, _APART, _MOST_CROSSED * _stroke_px(mask))
    # Two round digits touch along a wall: through that it is longer than through an eye.
    closed = _eyes(mask)
    if closed.any():
        most = _MOST_WALL * usual_px
        seams += _cheapest(ink + closed, usual_px, _WALL_CUTS, _WALLS_APART, most)
    seams.sort(key=lambda seam: seam.mean())
    apart: list[np.ndarray] = []
    for seam in seams:
        if all(np.abs(seam - other).mean() > _SAME * usual_px for other in apart):
            apart.append(seam)
    return np.array(apart, int)


def _eyes(mask: Bools) -> Bools:
    """The paper that ink encloses: bool (height, width)."""
    paper = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    _, labels = cv2.connectedComponents(paper, connectivity=4)
    enclosed: Bools = (labels != labels[0, 0]) & (paper > 0)
    return enclosed[1:-1, 1:-1]


def _cheapest(
    ink: np.ndarray, usual_px: float, cuts: float, apart: float, most_crossed: float
) -> list[np.ndarray]:
    """The seams that cross least, some way apart: int (height,) each."""
    down = _costs(ink)
    up = _costs(ink[::-1])[::-1]
    middle = ink.shape[0] // 2
    cost = down[middle] + up[middle] - ink[middle]
    apart_px = max(2, round(apart * usual_px))
    most = min(round(cuts * ink.shape[1] / usual_px) + 1, _MOST_CUTS)
    chosen: list[int] = []
    allowed = cost <= most_crossed
    # Near the ends a seam runs beside the piece instead of through it.
    allowed[:apart_px] = allowed[len(cost) - apart_px :] = False
    for column in np.argsort(cost, kind="stable"):
        if len(chosen) == most:
            break
        if allowed[column] and all(abs(column - other) >= apart_px for other in chosen):
            chosen.append(int(column))
    return [_seam(down, up, middle, column) for column in chosen]


def _costs(ink: np.ndarray) -> np.ndarray:
    """Ink crossed on the cheapest way from the top to each pixel: float32 (height, width)."""
    costs = ink.copy()
    edge = np.array([np.inf], np.float32)
    for row in range(1, len(ink)):
        above = costs[row - 1]
        left = np.concatenate([edge, above[:-1]]) + _BEND
        right = np.concatenate([above[1:], edge]) + _BEND
        costs[row] += np.minimum(above, np.minimum(left, right))
    return costs


def _seam(down: np.ndarray, up: np.ndarray, middle: int, column: int) -> Ints:
    """The cheapest seam through a pixel of the middle row: int (height,)."""
    height, width = down.shape
    seam = np.empty(height, int)
    seam[middle] = column
    for costs, rows, step in (
        (down, range(middle - 1, -1, -1), 1),
        (up, range(middle + 1, height), -1),
    ):
        for row in rows:
            at = seam[row + step]
            low, high = max(at - 1, 0), min(at + 2, width)
            around = costs[row, low:high] + _BEND * np.abs(np.arange(low, high) - at)
            seam[row] = low + int(np.argmin(around))
    return seam


def _stroke_px(mask: Bools) -> float:
    """The usual width of a stroke, px."""
    distance = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)
    ridge = distance[distance >= cv2.dilate(distance, np.ones((3, 3))) - 1e-3]
    ridge = ridge[ridge > 0]
    return max(2 * float(np.median(ridge)) - 1, 1.5) if len(ridge) else 1.5


def _part(piece: Piece, mask: Bools) -> Piece | None:
    """The largest connected ink in a part of a piece, with what is nearly as large."""
    n, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if n < 2:
        return None
    areas = boxes[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    mask = np.isin(labels, np.flatnonzero(areas >= 0.12 * areas.max()))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = rows[0], columns[0]
    return Piece(
        piece.x + int(left), piece.y + int(top), mask[top : rows[-1] + 1, left : columns[-1] + 1]
    )
