"""Lines and squares printed on paper: found by how straight and long they are, and taken away.

A ruling is taken away as light would have it: where ink crosses it, the ink stays.
"""

import cv2
import numpy as np

_MOST_TURNED = 12.0  # degrees
_LENGTH = 1 / 14  # of the picture's width: over how much of it a ruling is averaged
_LEAST_SPAN = 0.3  # of the picture's width
_LEAST_COVERED = 0.72  # of a ruling's length, where its line is really seen
_DARK, _DARK_COVERED = 0.6, 0.9  # as dark as ink, in parts of it: so much is seen, or it is strokes
_STRIP_PX = 8
_LEAST_SCORE = 12.0  # rulings reach 30 and more, lines of writing 6
_REACH = 3  # px to each side of a ruling's middle


def angle(contrast: np.ndarray, noise: np.ndarray) -> float | None:
    """How far rulings are turned, degrees (positive: down to the right); ``None`` without any.

    Args:
        contrast: float32 (height, width), 0 paper.
        noise: float32 (height, width), its standard deviation.
    """
    fine = _fine(contrast)
    # Faint and strong lines count alike, and ink no more than they do.
    cap = np.maximum(3 * noise, 0.06)
    fine = np.minimum(fine, cap) * (fine > 1.5 * noise)
    best = []
    for turned in (fine, np.ascontiguousarray(fine.T[:, ::-1])):
        turned = _strips(turned)
        coarse = np.arange(-_MOST_TURNED, _MOST_TURNED + 0.1, 0.5)
        found = coarse[np.argmax([_sharpness(turned, a) for a in coarse])]
        near = found + np.arange(-0.5, 0.51, 0.1)
        scores = [_sharpness(turned, a) for a in near]
        best.append((max(scores) / _typical(turned), float(near[np.argmax(scores)])))
    score, found = max(best)
    return found if score > _LEAST_SCORE else None


def without(contrast: np.ndarray, ink: float) -> np.ndarray | None:
    """The same with rulings taken away, level and upright ones; ``None`` if there are none.

    Args:
        contrast: float32 (height, width), turned so that rulings are level.
        ink: contrast of ink.
    """
    rulings = _rulings(contrast, ink)
    upright = _rulings(np.ascontiguousarray(contrast.T), ink).T
    np.maximum(rulings, upright, out=rulings)
    del upright
    np.minimum(rulings, 0.9 * ink, out=rulings)
    if not rulings.any():
        return None
    # Ink covers what lies below: at ink's own contrast nothing is taken away.
    bare: np.ndarray = np.maximum(contrast - rulings, 0)
    rulings /= ink
    np.divide(bare, np.subtract(1, rulings, out=rulings), out=bare)
    return bare


def _fine(contrast: np.ndarray) -> np.ndarray:
    """Lines of a few pixels alone."""
    fine = cv2.blur(contrast, (9, 9))
    np.subtract(contrast, fine, out=fine)
    return np.maximum(fine, 0, out=fine)


def _strips(fine: np.ndarray) -> np.ndarray:
    """Means over strips of some columns, so that turning takes little: float32 (height, n)."""
    height, width = fine.shape
    return cv2.resize(fine, (max(2, width // _STRIP_PX), height), interpolation=cv2.INTER_AREA)


def _sharpness(strips: np.ndarray, turned: float) -> float:
    """How sharply the means along lines that are ``turned`` degrees differ from their next."""
    height, n = strips.shape
    shear = np.array([[1, 0, 0], [-np.tan(np.radians(turned)) * _STRIP_PX, 1, 0]])
    shear[1, 2] = -shear[1, 0] * n / 2
    profile = cv2.warpAffine(strips, shear, (n, height)).mean(axis=1)
    return float(np.square(np.diff(profile)).sum())


def _typical(strips: np.ndarray) -> float:
    """Sharpness at angles that no ruling has."""
    others = (-34.0, -27.0, -20.0, 20.0, 27.0, 34.0)
    return max(float(np.median([_sharpness(strips, a) for a in others])), 1e-12)


def _rulings(contrast: np.ndarray, ink: float) -> np.ndarray:
    """Contrast of the level rulings, and of nothing else: float32 as ``contrast``."""
    height, width = contrast.shape
    length = max(25, round(width * _LENGTH))
    along = cv2.blur(_fine(contrast), (length, 1))
    least = max(0.012, 4 * float(np.median(np.abs(along), overwrite_input=True)))
    # One after the other: each neighbour is as large as the picture.
    ridge = along > least
    for step in (1, -1):
        ridge &= along >= np.roll(along, step, axis=0)
    broad = cv2.dilate(ridge.astype(np.uint8), np.ones((3, 3), np.uint8))
    found = np.zeros_like(contrast)
    n, pieces, boxes, _ = cv2.connectedComponentsWithStats(broad, connectivity=8)
    for piece in np.flatnonzero(boxes[:, cv2.CC_STAT_WIDTH] >= _LEAST_SPAN * width):
        if piece:
            _trace(contrast, ink, along, pieces, boxes[piece], int(piece), found)
    return found


def _trace(
    contrast: np.ndarray,
    ink: float,
    along: np.ndarray,
    pieces: np.ndarray,
    box: np.ndarray,
    piece: int,
    found: np.ndarray,
) -> None:
    """Follows one ruling and writes its contrast into ``found``, if it is one."""
    height, width = contrast.shape
    x, y, wide, high = (int(side) for side in box[:4])
    part = slice(y, y + high), slice(x, x + wide)
    weights = along[part] * (pieces[part] == piece)
    total = weights.sum(axis=0)
    seen = np.flatnonzero(total > 0)
    rows = (weights * np.arange(high)[:, None]).sum(axis=0)[seen] / total[seen] + y
    columns = seen + x
    curve = np.polynomial.Polynomial.fit(columns, rows, 2 if wide > 0.5 * width else 1)
    off = np.abs(curve(columns) - rows)
    close = off < max(1.5, 2.5 * float(np.median(off)))
    if np.count_nonzero(close) < 0.5 * len(columns):
        return
    curve = np.polynomial.Polynomial.fit(columns[close], rows[close], curve.degree())
    places = np.arange(width, dtype=np.float32)
    middle = curve(places).astype(np.float32)
    offsets = np.arange(-_REACH - 3, _REACH + 4, dtype=np.float32)
    band = cv2.remap(
        contrast,
        np.broadcast_to(places, (len(offsets), width)).astype(np.float32),
        (middle[None] + offsets[:, None]).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    ruling = _cross_section(band, x, x + wide, ink)
    if ruling is None:
        return
    first = np.floor(middle).astype(int)
    for row in range(-_REACH - 1, _REACH + 2):
        at = first + row
        inside = np.flatnonzero((at >= 0) & (at < height))
        place = at[inside] - middle[inside] + _REACH + 3
        low = np.clip(np.floor(place).astype(int), 0, len(offsets) - 2)
        share = place - low
        value = ruling[low, inside] * (1 - share) + ruling[low + 1, inside] * share
        found[at[inside], inside] = np.maximum(found[at[inside], inside], value)


def _cross_section(band: np.ndarray, start: int, end: int, ink: float) -> np.ndarray | None:
    """Contrast of a ruling along its length, by distance from its middle; ``None`` if it is none.

    Args:
        band: float32 (n_offsets, width), contrast along it.
        start, end: between which columns it was found.
        ink: contrast of ink.
    """
    n, width = band.shape
    core = band[n // 2 - 1 : n // 2 + 2].max(axis=0)
    usual = np.median(band[:, start:end], axis=1)
    peak = float(usual.max())
    ground = float(np.median(usual[[0, 1, -2, -1]]))
    least = _DARK_COVERED if peak > _DARK * ink else _LEAST_COVERED
    if peak - ground < 0.01 or np.mean(core[start:end] > 0.45 * peak) < least:
        return None
    usual = np.maximum(usual - ground, 0)
    usual[[0, 1, -2, -1]] = 0
    # Its strength changes slowly along the line, as light and print do; strokes do not.
    size = max(24, width // 12)
    edges = np.linspace(0, width, max(2, round(width / size)) + 1).astype(int)
    local = [
        np.median(core[a:b]) / max(float(np.median(core[start:end])), 1e-6)
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]
    strength = np.interp(np.arange(width), (edges[:-1] + edges[1:]) / 2, np.clip(local, 0, 1.3))
    strength[strength < 0.4] = 0
    profile: np.ndarray = 1.15 * usual[:, None] * strength[None]
    return profile.astype(np.float32)
