"""A sheet of paper photographed at an angle: its corners, and the way to see it from above."""

import cv2
import numpy as np

_LOOK_PX = 400
_LEAST_AREA = 0.15  # of the picture
_LEAST_BRIGHT = 0.6  # of its area: the rest is what is written on it
_LEAST_STEP = 35  # of 255: how much brighter than what is around it
_SKEWED = 0.06  # how far from a rectangle, in parts of the sides; less is left alone


def way_to(grey: np.ndarray) -> tuple[np.ndarray, tuple[int, int]] | None:
    """How to see the sheet in a picture from above; ``None`` where none is seen at an angle.

    Args:
        grey: uint8 (height, width).

    Returns:
        float64 (3, 3), from pixels of the picture to those of the sheet; and its size, px.
    """
    scale = min(1.0, _LOOK_PX / max(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small = cv2.medianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), 5)
    level, bright = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = small[small <= level]
    if not len(dark) or float(np.median(small[bright > 0])) - float(np.median(dark)) < _LEAST_STEP:
        return None
    kernel = np.ones((15, 15), np.uint8)
    whole = cv2.morphologyEx(np.pad(bright, 8), cv2.MORPH_CLOSE, kernel)[8:-8, 8:-8]
    outlines, _ = cv2.findContours(
        np.ascontiguousarray(whole), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    if not outlines:
        return None
    outline = cv2.convexHull(max(outlines, key=cv2.contourArea))
    corners = cv2.approxPolyDP(outline, 0.03 * cv2.arcLength(outline, True), True)[:, 0]
    if len(corners) != 4 or cv2.contourArea(outline) < _LEAST_AREA * small.size:
        return None
    if cv2.contourArea(corners) < 0.93 * cv2.contourArea(outline):
        return None
    within = cv2.fillConvexPoly(np.zeros_like(bright), corners.astype(np.int32), 1) > 0
    if (bright[within] > 0).mean() < _LEAST_BRIGHT:
        return None  # white ink: a 4 on a blackboard has four corners, too
    rim = (corners <= 2) | (corners >= np.array(small.shape[::-1]) - 3)
    if rim.any(axis=1).sum() > 1:
        return None  # more of it lies outside
    corners = _in_order(corners.astype(np.float64)) / scale
    top, right, bottom, left = (
        float(np.hypot(*(corners[(i + 1) % 4] - corners[i]))) for i in range(4)
    )
    if min(top, right, bottom, left) < 20 or not _is_skewed(corners, top, right, bottom, left):
        return None
    width, height = round(max(top, bottom)), round(max(left, right))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return cv2.getPerspectiveTransform(corners.astype(np.float32), target), (width, height)


def _in_order(corners: np.ndarray) -> np.ndarray:
    """Corners from the upper left, clockwise."""
    middle = corners.mean(axis=0)
    turned = np.arctan2(*(corners - middle).T[::-1])
    corners = corners[np.argsort(turned)]
    return np.roll(corners, -int(np.argmin(corners.sum(axis=1))), axis=0)


def _is_skewed(corners: np.ndarray, top: float, right: float, bottom: float, left: float) -> bool:
    """Whether a sheet is seen at an angle, and not only turned a little."""
    aside = abs(np.log(top / bottom)) > 2 * _SKEWED or abs(np.log(left / right)) > 2 * _SKEWED
    off = corners[0] + corners[2] - corners[1] - corners[3]
    return bool(aside or np.hypot(*off) > 2 * _SKEWED * min(top, left))
