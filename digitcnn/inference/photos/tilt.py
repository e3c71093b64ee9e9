"""How far lines of writing are turned, where no ruling tells."""

import cv2
import numpy as np

from digitcnn.array_types import Bools

_LOOK_PX = 320
_MOST, _LEAST = 36.0, 7.0  # degrees; what is turned less is straightened line by line
_LEAST_DIGITS = 4
_CLEARLY = 1.25  # so many times as sharp as upright


def angle(mask: Bools) -> float | None:
    """How far lines are turned, degrees (positive: down to the right); ``None`` if hardly.

    Args:
        mask: bool (height, width), where there is ink.
    """
    scale = min(1.0, _LOOK_PX / max(mask.shape))
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    n, _, boxes, _ = cv2.connectedComponentsWithStats((small > 0.2).astype(np.uint8))
    heights = boxes[1:, cv2.CC_STAT_HEIGHT]
    if n < 2 or np.count_nonzero(heights > 0.5 * heights.max()) < _LEAST_DIGITS:
        return None
    y, x = np.nonzero(small > 0.2)
    weights = small[y, x]
    coarse = np.arange(-_MOST, _MOST + 0.1, 2.0)
    scores = np.array([_sharpness(x, y, weights, turn) for turn in coarse])
    best = float(coarse[np.argmax(scores)])
    upright = scores[np.abs(coarse) <= _LEAST].max()
    if abs(best) < _LEAST or abs(best) > 34 or scores.max() < _CLEARLY * upright:
        return None
    near = best + np.arange(-1.5, 1.6, 0.5)
    return float(near[np.argmax([_sharpness(x, y, weights, turn) for turn in near])])


def _sharpness(x: np.ndarray, y: np.ndarray, weights: np.ndarray, turn: float) -> float:
    """How concentrated ink is in lines that are turned so."""
    across = y * np.cos(np.radians(turn)) - x * np.sin(np.radians(turn))
    profile = np.bincount((across - across.min()).astype(int), weights)
    return float(np.square(profile).sum())
