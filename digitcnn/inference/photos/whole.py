"""The picture as one digit: what is written in it, all of it together.

A digit that fills the picture, in a hair line or with a broad brush, streaky, hollow or boxed, is
best seen as a whole. Which way of seeing it is right, and whether it is one digit at all, is for
the network to say.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitcnn.array_types import Bools
from digitcnn.inference.photos import frames
from digitcnn.inference.photos.found import Box, Found

SIDE_PX = 1000  # of the picture in which the whole is looked at
RASTER_PX = 160  # longer side of what is kept of it
_CUT_OUT_PX = 40  # longer side
_CLEAR = 0.4  # of full ink
_LINES = 0.28  # of full ink: what frames and lines are looked for in
_FAINT = 0.1
_DUST = 0.003  # of all ink
_MOST_BROAD = 1.45  # of its height
_APART = 0.16  # of its height: how far parts of a digit may lie from each other
_THINNEST = 0.085  # of a digit's longer side: strokes are broadened to it before scaling down


@dataclass(frozen=True, eq=False)
class Whole:
    """A picture as one digit.

    Attributes:
        ways: how it may be seen; the first are likelier.
        is_compact: whether what is written hangs together as one digit does.
    """

    ways: tuple[Found, ...]
    is_compact: bool


def whole_of(contrast: np.ndarray, grey: np.ndarray) -> Whole:
    """A picture as one digit.

    Args:
        contrast: float32 (height, width), 0 paper to 1 ink.
        grey: uint8 of the same shape, as seen.
    """
    mask = contrast > _CLEAR
    if not mask.any():
        return Whole((), False)
    if max(mask.shape) <= _CUT_OUT_PX:
        # A digit cut out, such as MNIST's own, has no room for frames.
        return Whole((_found(mask, contrast, grey),), _is_compact(mask))
    cleared = frames.cleared(contrast > _LINES)
    ways: list[tuple[np.ndarray, np.ndarray | None]] = []
    clean = _without_dust(cleared.mask & mask)
    if not clean.any():
        return Whole((), False)
    if cleared.inside is not None:
        x, y, w, h = cleared.inside
        within = np.zeros_like(clean)
        within[y : y + h, x : x + w] = True
        if (clean & within).any():
            clean = clean & within
    hollow = frames.filled(clean)
    smooth = _smooth(clean)
    if hollow is not None:
        ways.append((hollow, None))
    ways.append((clean, contrast))
    if smooth is not None:
        ways.append((smooth, None))
    if cleared.is_changed and not cleared.was_framed:
        ways.append((mask, contrast))
    best = smooth if smooth is not None else clean
    found = tuple(_found(ink, levels, grey) for ink, levels in ways)
    return Whole(found, _is_compact(hollow if hollow is not None else best))


def _without_dust(mask: np.ndarray) -> Bools:
    n, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if n < 3:
        return mask
    areas = boxes[:, cv2.CC_STAT_AREA]
    dust = np.flatnonzero(areas < min(_DUST * areas[1:].sum(), 0.5 * areas[1:].max()))
    return mask & ~np.isin(labels, dust) if len(dust) else mask


def _smooth(mask: np.ndarray) -> np.ndarray | None:
    """Streaks joined to strokes; ``None`` where there are none."""
    n, _ = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    holes, _ = cv2.connectedComponents((~mask).astype(np.uint8), connectivity=4)
    if n + holes < 10 or max(mask.shape) < 40:
        return None
    y, x = np.nonzero(mask)
    size = max(np.ptp(y), np.ptp(x)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(3, round(0.035 * size)) | 1,) * 2)
    room = kernel.shape[0]
    closed = cv2.morphologyEx(np.pad(mask.astype(np.uint8), room), cv2.MORPH_CLOSE, kernel)
    calm = cv2.medianBlur(255 * closed, min(kernel.shape[0], 31))
    joined = calm[room:-room, room:-room] > 127
    return _without_dust(joined) if joined.any() else None


def _is_compact(mask: np.ndarray) -> bool:
    """Whether ink hangs together as one digit does."""
    n, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = boxes[:, cv2.CC_STAT_AREA]
    parts = [i for i in range(1, n) if areas[i] >= 0.04 * areas[1:].max()]
    if not parts or len(parts) > 4:
        return False
    extent = boxes[parts]
    left, top = extent[:, 0].min(), extent[:, 1].min()
    width = (extent[:, 0] + extent[:, 2]).max() - left
    height = (extent[:, 1] + extent[:, 3]).max() - top
    if width > _MOST_BROAD * height:
        return False
    if len(parts) == 1:
        return True
    # Parts beside each other are digits of a number; parts above each other are one digit's.
    first = max(parts, key=lambda i: areas[i])
    reach = max(2.0, _APART * max(width, height))
    distance = cv2.distanceTransform((labels != first).astype(np.uint8), cv2.DIST_L2, 3)
    x, w = int(boxes[first, 0]), int(boxes[first, 2])
    for i in parts:
        if i == first:
            continue
        shared = min(x + w, boxes[i, 0] + boxes[i, 2]) - max(x, boxes[i, 0])
        beside = shared < 0.35 * min(w, boxes[i, 2])
        if beside and areas[i] > 0.3 * areas[first]:
            return False
        if float(distance[labels == i].min()) > reach:
            return False
    return True


def _found(mask: np.ndarray, levels: np.ndarray | None, grey: np.ndarray) -> Found:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    own = mask[top:bottom, left:right]
    if levels is None:
        share = own.astype(np.float32)
    else:
        # The strokes' soft edges belong to them; what else is near does not.
        top, left = max(top - 2, 0), max(left - 2, 0)
        bottom, right = min(bottom + 2, len(mask)), min(right + 2, mask.shape[1])
        own = mask[top:bottom, left:right]
        near = cv2.dilate(own.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        share = np.clip(levels[top:bottom, left:right], 0, 1) * near
        share[share < _FAINT] = 0
    box: Box = (int(left), int(top), int(right - left), int(bottom - top))
    return Found(box, raster_of(share, own), _seen(grey, box))


def raster_of(share: np.ndarray, mask: np.ndarray, side_px: int = RASTER_PX) -> np.ndarray:
    """Ink as a square raster, hair lines broadened before it is scaled down: uint8 (side, side).

    Args:
        share: float32 (height, width), 0 paper to 1 ink.
        mask: bool of the same shape, where it is clear ink.
        side_px: the raster's side, at most.
    """
    longer = max(share.shape)
    if longer > side_px:
        line_px = frames.stroke_px(mask)
        missing_px = _THINNEST * longer - line_px
        if missing_px >= 1:
            # Work at a size at which the kernel is small.
            size = 2 * max(1, round(missing_px / 2)) + 1
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
            share = cv2.dilate(np.pad(share, size // 2), kernel)
    height, width = share.shape
    side = max(height, width)
    square = np.zeros((side, side), np.float32)
    y, x = (side - height) // 2, (side - width) // 2
    square[y : y + height, x : x + width] = share
    margin = max(2, round(0.12 * side))
    square = np.pad(square, margin)
    if len(square) > side_px:
        square = cv2.resize(square, (side_px, side_px), interpolation=cv2.INTER_AREA)
    return 255 - np.rint(255 * np.clip(square, 0, 1)).astype(np.uint8)


def _seen(grey: np.ndarray, box: Box) -> np.ndarray:
    x, y, w, h = box
    margin = round(0.12 * max(w, h))
    part = grey[max(y - margin, 0) : y + h + margin, max(x - margin, 0) : x + w + margin]
    scale = RASTER_PX / max(part.shape)
    if scale >= 1:
        return np.ascontiguousarray(part)
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA)
