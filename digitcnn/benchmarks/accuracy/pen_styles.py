"""The style in which a digit was written, inferred from its strokes; for figures by style only."""

import numpy as np

from digitcnn.preprocessing.ink import Ink


def style(label: int, ink: Ink) -> str | None:
    """``slashed zero``, ``flagged or footed one``, ``crossed seven``, or ``None`` for others.

    Args:
        label: the digit it is.
        ink: its strokes, longer side 1.
    """
    if label == 0 and _is_slashed(ink):
        return "slashed zero"
    if label == 1 and _is_flagged_or_footed(ink):
        return "flagged or footed one"
    if label == 7 and _is_crossed(ink):
        return "crossed seven"
    return None


def _is_slashed(ink: Ink) -> bool:
    """Ink runs through the middle of the digit's box, where a plain ring has none."""
    points = np.concatenate(ink)
    middle, half = (points.max(axis=0) + points.min(axis=0)) / 2, np.ptp(points, axis=0) / 2
    return any(
        np.linalg.norm((_filled(stroke) - middle) / np.maximum(half, 1e-6), axis=1).min() < 0.3
        for stroke in ink
    )


def _is_flagged_or_footed(ink: Ink) -> bool:
    """Wider than a plain stroke is: what lies off the line from top to bottom is flag or foot."""
    points = np.concatenate(ink)
    top, bottom = points[points[:, 1].argmin()], points[points[:, 1].argmax()]
    along = bottom - top
    across = np.abs((points - top) @ np.array([along[1], -along[0]])) / max(
        np.linalg.norm(along), 1e-6
    )
    return bool(across.max() > 0.12)


def _is_crossed(ink: Ink) -> bool:
    """A later stroke, flat and short, lies at middle height."""
    return any(
        np.ptp(stroke[:, 0]) > np.ptp(stroke[:, 1]) and 0.2 < stroke[:, 1].mean() < 0.8
        for stroke in ink[1:]
    )


def _filled(stroke: np.ndarray) -> np.ndarray:
    """The stroke with 20 points from each of its own to the next."""
    part = np.linspace(0, 1, 20)[None, :, None]
    return np.concatenate(
        [(stroke[:-1, None] * (1 - part) + stroke[1:, None] * part).reshape(-1, 2), stroke[-1:]]
    )
