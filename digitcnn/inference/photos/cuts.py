"""Pieces that may be several touching digits: where they could be cut apart.

A cut is a seam from top to bottom that crosses as little ink as possible. All stretches between two
cuts are offered; which of them are digits is for the network to say, as in LeCun et al. 1998,
"Gradient-based learning applied to document recognition", section V.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from digitcnn.inference.photos.pieces import Piece

_BROAD = 0.8  # of a digit's usual height: narrower pieces are one digit
_CUTS, _MOST_CUTS = 5.0, 24  # for each usual height that a piece is broad; and at most
_APART = 0.13  # of a digit's usual height, between two cuts
_MOST_CROSSED = 3.5  # strokes' widths that a cut may cross
_LEAST_PART, _MOST_PART = 0.1, 1.25  # of a digit's usual height: a part's width
_LEAST_HEIGHT = 0.45  # of a digit's usual height: a part's height
_BEND = 0.04  # what a seam pays for a step aside, in pixels of ink


def parts(piece: Piece, usual_px: float) -> Iterator[tuple[int, int, Piece]]:
    """The stretches that a piece may be cut into: between which cuts, and what is there.

    Cuts are numbered from the left; 0 and the highest number are the piece's own ends. Nothing
    comes for a piece that is too narrow for two digits, or can't be cut cleanly.
    """
    if piece.width < _BROAD * min(usual_px, 1.3 * piece.height):
        return
    seams = _seams(piece.mask, usual_px)
    if not len(seams):
        return
    columns = np.arange(piece.width)
    stretch = (columns[None, None] > seams[:, :, None]).sum(axis=0)
    ends = [0, *seams.mean(axis=1), piece.width]
    for start in range(len(seams) + 1):
        for end in range(start + 1, len(seams) + 2):
            if end - start > len(seams):
                continue  # that is the piece itself
            if ends[end] - ends[start] > 2 * _MOST_PART * usual_px:
                break  # far too broad, seams being as slanted as they are
            part = _part(piece, (stretch >= start) & (stretch < end))
            if part is None:
                continue
            if not _LEAST_PART * usual_px <= part.width <= _MOST_PART * usual_px:
                continue
            if part.height >= _LEAST_HEIGHT * min(usual_px, piece.height):
                yield start, end, part


def _seams(mask: np.ndarray, usual_px: float) -> np.ndarray:
    """Seams from top to bottom, from left to right: int (n, height), their columns."""
    ink = mask.astype(np.float32)
    down = _costs(ink)
    up = _costs(ink[::-1])[::-1]
    middle = mask.shape[0] // 2
    cost = down[middle] + up[middle] - ink[middle]
    stroke_px = _stroke_px(mask)
    apart = max(2, round(_APART * usual_px))
    most = min(round(_CUTS * mask.shape[1] / usual_px) + 1, _MOST_CUTS)
    chosen: list[int] = []
    allowed = cost <= _MOST_CROSSED * stroke_px
    # Near the ends a seam runs beside the piece instead of through it.
    allowed[:apart] = allowed[len(cost) - apart :] = False
    for column in np.argsort(cost, kind="stable"):
        if len(chosen) == most:
            break
        if allowed[column] and all(abs(column - other) >= apart for other in chosen):
            chosen.append(int(column))
    return np.array([_seam(down, up, middle, column) for column in sorted(chosen)], int)


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


def _seam(down: np.ndarray, up: np.ndarray, middle: int, column: int) -> np.ndarray:
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


def _stroke_px(mask: np.ndarray) -> float:
    """The usual width of a stroke, px."""
    distance = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)
    ridge = distance[distance >= cv2.dilate(distance, np.ones((3, 3))) - 1e-3]
    ridge = ridge[ridge > 0]
    return max(2 * float(np.median(ridge)) - 1, 1.5) if len(ridge) else 1.5


def _part(piece: Piece, inside: np.ndarray) -> Piece | None:
    """The largest connected ink of a piece within ``inside``, with what is nearly as large."""
    mask = piece.mask & inside
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
