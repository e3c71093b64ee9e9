"""Picture → ink: paper, light and rulings taken away, what was written left.

The first step of a photo's way. A picture is uint8 (height, width, 3), RGB; contrast is float32
(height, width): 0 is paper, 1 ink as dark (or as light, on dark paper) as it gets in this picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitcnn.inference.photos import even, frames, rulings, tilt
from digitcnn.inference.photos.found import NothingWritten

_GROUND_PX = 400  # longer side at which the paper's brightness is looked at
# In parts of that side: over how much of it there is mostly paper, and more than a stroke's width.
_GROUND_WINDOW, _STROKE_WINDOW = 0.15, 0.2
_BROAD_STROKE = 0.03  # of that side: a digit that fills the picture
_LEAST_CONTRAST = 0.07  # of the paper's brightness: fainter is no ink
_STEP = 0.12  # of the paper's brightness, within some 1 % of the picture: more is an edge
_SIGMAS = 5.0  # above the camera's noise
_CLEAR = 0.28  # of full ink: what frames and lines are looked for in
_STRONG, _SPECKS, _SPECK_PX = 0.4, 60, 12.0  # of full ink; how many, and how large
_LEVEL = 92.0  # percentile of what stands out that counts as full ink


@dataclass(frozen=True, eq=False)
class Ink:
    """What is written in a picture.

    Attributes:
        contrast: float32 (height, width), 0 paper to 1 ink, turned so that rulings are level.
        noise: float32 (height, width), standard deviation of the camera's noise in ``contrast``.
        turn: float64 (2, 3), from pixels of the picture to those of ``contrast``.
        inside: x, y, width and height of the one large frame that was taken away, if there is one.
        has_cells: whether digits stand in the cells of a form.
    """

    contrast: np.ndarray
    noise: np.ndarray
    turn: np.ndarray
    inside: tuple[int, int, int, int] | None = None
    has_cells: bool = False

    @property
    def tilt(self) -> float:
        """How far the picture's lines run down to the right, degrees: they are level in this."""
        return float(np.degrees(np.arctan2(self.turn[0, 1], self.turn[0, 0])))


def contrast_of(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """How much each pixel differs from the paper: contrast and its noise, not yet brought to 0 … 1.

    Args:
        picture: uint8 (height, width, 3), RGB, in any colours.

    Returns:
        Contrast, noise, and whether the contrast is as sharp as the picture.

    Raises:
        NothingWritten: a blank sheet, or nearly so.
    """
    flat = even.contrast_of(picture)
    if flat is not None:
        contrast, grain = flat
        return contrast, np.full(contrast.shape, grain, np.float32), True
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    contrast, noise = _contrast(grey)
    if _is_faint(contrast, noise):
        # Ink and paper may be of one grey: then their colours differ.
        for channel in (0, 2, 1):
            other, other_noise = _contrast(np.ascontiguousarray(picture[..., channel]))
            if not _is_faint(other, other_noise):
                return other, other_noise, False
    return contrast, noise, False


def _is_faint(contrast: np.ndarray, noise: np.ndarray) -> bool:
    clear = contrast > np.maximum(_LEAST_CONTRAST, _SIGMAS * noise)
    return bool(np.count_nonzero(clear) < 12)


def ink_of(contrast: np.ndarray, noise: np.ndarray, is_sharp: bool) -> Ink:
    """What is written, of a picture's contrast: rulings and frames taken away, turned level.

    Args:
        contrast, noise, is_sharp: as :func:`contrast_of` returns them.

    Raises:
        NothingWritten: a blank sheet, or nearly so.
    """
    turn = np.array([[1.0, 0, 0], [0, 1, 0]])
    if is_sharp:
        contrast = cv2.GaussianBlur(contrast, (0, 0), 0.8)
    full = full_of(contrast, noise)
    contrast, inside, has_cells = _unframed(contrast, noise, full)
    # What rulings there are says how the page is turned.
    angle = rulings.angle(contrast, noise)
    if angle is not None:
        height, width = contrast.shape
        level_turn, size = _turned(width, height, angle)
        level = cv2.warpAffine(contrast, level_turn, size, flags=cv2.INTER_LINEAR)
        level_noise = cv2.warpAffine(noise, level_turn, size, borderMode=cv2.BORDER_REPLICATE)
        cleared = rulings.without(level, full_of(level, level_noise))
        if cleared is not None:
            contrast, noise, turn = cleared, level_noise, level_turn
            full = full_of(contrast, noise)
            contrast, _, _ = _unframed(contrast, noise, full)
            inside = None
    if angle is None:
        angle = tilt.angle(contrast > np.maximum(_STRONG * full, _SIGMAS * noise))
        if angle is not None:
            turn, size = _turned(contrast.shape[1], contrast.shape[0], angle)
            contrast = cv2.warpAffine(contrast, turn, size, flags=cv2.INTER_LINEAR)
            noise = cv2.warpAffine(noise, turn, size, borderMode=cv2.BORDER_REPLICATE)
    contrast = contrast / full
    contrast, noise = np.clip(contrast, 0, 1.5, out=contrast), noise / full
    return Ink(_calmed(contrast), noise, turn, inside, has_cells)


def _unframed(
    contrast: np.ndarray, noise: np.ndarray, full: float
) -> tuple[np.ndarray, tuple[int, int, int, int] | None, bool]:
    """Contrast without frames and strong lines, the large frame's inside, and whether of cells."""
    clear = contrast > np.maximum(_CLEAR * full, _SIGMAS * noise)
    unframed = frames.cleared(clear)
    if not unframed.is_changed:
        return contrast, None, False
    gone = cv2.dilate((clear & ~unframed.mask).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    kept = cv2.dilate(unframed.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(gone & ~kept, np.float32(0), contrast), unframed.inside, unframed.has_cells


def _calmed(contrast: np.ndarray) -> np.ndarray:
    """The same, blurred where it is all specks: streaky strokes, and what is no writing."""
    strong = (contrast > _STRONG).astype(np.uint8)
    n, _, boxes, _ = cv2.connectedComponentsWithStats(strong, connectivity=8)
    if n < _SPECKS or float(np.median(boxes[1:, cv2.CC_STAT_AREA])) > _SPECK_PX:
        return contrast
    return cv2.GaussianBlur(contrast, (0, 0), 1.5)


def _contrast(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much each pixel differs from the paper there, in parts of its brightness; and noise."""
    height, width = grey.shape
    scale = min(1.0, _GROUND_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    is_dark_ink = _is_dark_ink(small)
    # Each of these is 12 MB, and there are to be few at once: so most are worked on in place.
    small_ground, small_step = _ground(small, is_dark_ink)
    ground = cv2.resize(small_ground, (width, height), interpolation=cv2.INTER_LINEAR)
    picture = grey.astype(np.float32)
    grain = noise_of(picture)
    contrast = cv2.GaussianBlur(picture, (0, 0), 0.8)
    off = np.subtract(contrast, ground, out=picture)
    # The blur leaves about 0.35 of white noise, and more of what a JPEG made of it.
    sigma = max(0.4 * grain, 1.4826 * _median_size(off))
    del picture, off
    np.maximum(contrast, 8, out=contrast)
    np.divide(contrast, ground, out=contrast)
    np.divide(np.float32(sigma), ground, out=ground)
    noise = np.maximum(ground, np.float32(0.004), out=ground)
    if is_dark_ink:
        np.subtract(1, contrast, out=contrast)
    else:
        contrast -= 1
    # Where the paper ends, or a hard shadow begins, its brightness is anybody's guess.
    step = cv2.resize(small_step, (width, height), interpolation=cv2.INTER_LINEAR)
    step[step <= _STEP] = 0
    np.multiply(step, np.float32(0.7), out=step)
    np.subtract(contrast, step, out=contrast)
    return np.maximum(contrast, 0, out=contrast), noise


def _median_size(values: np.ndarray) -> float:
    """Median of how far values are from 0; the array is used up for it."""
    sizes = np.abs(values, out=values)
    return float(np.median(sizes, overwrite_input=True))


def _is_dark_ink(small: np.ndarray) -> bool:
    """Whether it is dark on light: so is what stands out most."""
    side = _window(small, _GROUND_WINDOW)
    middle = np.maximum(cv2.medianBlur(small, side), 8)
    off = np.log(np.maximum(small, 8).astype(np.float32) / middle)
    off[np.abs(off) < _LEAST_CONTRAST] = 0
    # Near the paper's edge the table stands out from the paper, or the other way round.
    near = np.ones((side // 2, side // 2), np.uint8)
    is_even = cv2.dilate(middle, near) < (1 + 3 * _STEP) * cv2.erode(middle, near)
    if is_even.mean() > 0.1:
        off[~is_even] = 0
    return bool(-off[off < 0].sum() >= off[off > 0].sum())


def _ground(small: np.ndarray, is_dark_ink: bool) -> tuple[np.ndarray, np.ndarray]:
    """The paper's brightness everywhere, as if nothing were written, and how steeply it changes.

    Returns:
        float32 as ``small``, at least 8; and its range close by, in parts.
    """
    middle = cv2.medianBlur(small, _window(small, _GROUND_WINDOW))
    if _stroke_px(small, middle, is_dark_ink) > _BROAD_STROKE * max(small.shape):
        middle = _closed(small, middle, is_dark_ink)
    near = np.ones((5, 5), np.uint8)
    high, low = cv2.dilate(middle, near).astype(np.float32), cv2.erode(middle, near)
    ground = np.maximum(cv2.GaussianBlur(middle.astype(np.float32), (0, 0), 2), 8)
    return ground, (high - low) / np.maximum(high, 8)


def _stroke_px(small: np.ndarray, middle: np.ndarray, is_dark_ink: bool) -> float:
    """The usual width of what stands out, px."""
    off = small.astype(np.float32) - middle
    off = -off if is_dark_ink else off
    inside = np.pad((off > max(0.5 * float(off.max()), 12)).astype(np.uint8), 1)
    # What comes in from outside is the table or a finger.
    rim = np.pad(np.zeros(np.subtract(inside.shape, 4), np.uint8), 2, constant_values=1)
    _, labels = cv2.connectedComponents(inside)
    inside[np.isin(labels, np.unique(labels[(rim > 0) & (inside > 0)]))] = 0
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    ridge = distance[(distance > 0) & (distance >= cv2.dilate(distance, np.ones((3, 3))) - 1e-3)]
    return 2 * float(np.average(ridge, weights=ridge)) if len(ridge) else 0.0


def _closed(small: np.ndarray, middle: np.ndarray, is_dark_ink: bool) -> np.ndarray:
    """The paper's brightness where strokes are so broad that windows are full of them."""
    side = _window(small, _STROKE_WINDOW)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    calm = cv2.medianBlur(small, 3)
    if is_dark_ink:
        closed: np.ndarray = np.maximum(middle, cv2.morphologyEx(calm, cv2.MORPH_CLOSE, kernel))
        return closed
    opened: np.ndarray = np.minimum(middle, cv2.morphologyEx(calm, cv2.MORPH_OPEN, kernel))
    return opened


def _window(small: np.ndarray, part: float) -> int:
    """An odd number of pixels: ``part`` of the longer side."""
    longer_side: int = max(small.shape)
    return 2 * max(2, round(part * longer_side / 2)) + 1


def noise_of(picture: np.ndarray) -> float:
    """Standard deviation of a picture's noise: float32 (height, width).

    Source: Immerkær 1996, "Fast noise variance estimation"; with the median, as strokes are edges.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    edges = cv2.filter2D(picture, cv2.CV_32F, kernel)
    return max(_median_size(edges) * 1.4826 / 6, 0.5)


def _turned(width: int, height: int, angle: float) -> tuple[np.ndarray, tuple[int, int]]:
    """The turn by -``angle`` degrees that keeps the whole picture, and the size that it needs."""
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), np.float64)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(np.ceil(width * cos + height * sin)), int(np.ceil(width * sin + height * cos)))
    turn[:, 2] += np.array([size[0] - width, size[1] - height]) / 2
    return turn, size


def full_of(contrast: np.ndarray, noise: np.ndarray) -> float:
    """The contrast of ink, in parts of the paper's brightness."""
    clear = contrast > np.maximum(_LEAST_CONTRAST, _SIGMAS * noise)
    if np.count_nonzero(clear) < 12:
        raise NothingWritten(
            "Nothing stands out from the paper. Are there digits in the picture, and is there "
            "enough light?"
        )
    return float(np.percentile(contrast[clear], _LEVEL))
