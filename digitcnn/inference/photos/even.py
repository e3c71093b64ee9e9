"""Pictures on even paper: drawings, screenshots, scans; in any colours, with pens of any breadth.

Paper is one colour and ink another; each pixel is so far from the one to the other. Where light
changes over the paper that is no answer: see :mod:`digitcnn.inference.photos.ink`.
"""

import cv2
import numpy as np

_LOOK_PX = 400
_STRIP_PX = 256  # rows that are looked at in full at a time
_RIM = 0.04  # of each side: the border that shows what the paper looks like
_LEAST_CONTRAST = 20  # of 255
_MOST_GRAIN = 0.11  # of the way from paper to ink
_LEAST_PAPER = 0.35  # of the picture
_TWO = 0.85  # of the picture
_PAGE = 0.35  # of the picture's shorter side: no stroke is as broad


def contrast_of(picture: np.ndarray) -> tuple[np.ndarray, float] | None:
    """How far each pixel is from paper to ink; ``None`` where the paper is not even.

    Args:
        picture: uint8 (height, width, 3), RGB.

    Returns:
        float32 (height, width), 0 paper, 1 ink; and the paper's grain, its standard deviation.
    """
    scale = min(1.0, _LOOK_PX / max(picture.shape))
    small = picture
    if scale < 1:
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        # Hair lines must not be washed out: every n-th pixel would miss them, a mean fades them.
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    colours = small.astype(np.float32).reshape(-1, 3)
    border = _border(small).reshape(-1, 3).astype(np.float32)
    paper, grain_of = np.median(border, axis=0), (10, 75)
    common = np.median(colours, axis=0)
    near = np.abs(colours - common).max(axis=1) < 12
    inner = _border(_without_rim(near.reshape(*small.shape[:2], 1))).mean()
    is_paper_there = np.abs(border - paper).max(axis=1) < _LEAST_CONTRAST
    is_framed = np.abs(common - paper).max() > _LEAST_CONTRAST or is_paper_there.mean() < 0.9
    if is_framed and (near.mean() > 0.6 and inner > 0.75 or _are_two(colours, common, near)):
        # The border is a frame's, or half of it is; or a digit was cut out to its very ends.
        border, paper, grain_of = colours[near], common, (10, 90)
    # The ink's own colour is in the full picture only, if its lines are fine.
    flat = picture.reshape(-1, 3)
    off = cv2.absdiff(picture, np.full_like(picture, np.rint(paper).astype(np.uint8)))
    distance = off.max(axis=2).ravel()
    if int(distance.max()) < _LEAST_CONTRAST:
        return None
    # NumPy's own count would make 24 MB of integers of it first.
    histogram = cv2.calcHist([distance], [0], None, [256], [0, 256]).ravel()
    counts = np.cumsum(histogram.astype(np.int64)[::-1])
    level = 255 - int(np.searchsorted(counts, max(0.002 * len(distance), 1)))
    if level < _LEAST_CONTRAST:
        clear = np.flatnonzero(distance >= max(0.5 * int(distance.max()), _LEAST_CONTRAST))
        if len(clear) < 12:
            return None
        ink = np.median(flat[clear], axis=0)
    else:
        ink = np.median(flat[distance >= level], axis=0)
    way = (ink - paper).astype(np.float32)
    length = float(way @ way)
    rim = (border - paper) @ way / length
    grain = float(np.abs(np.percentile(rim, grain_of)).max())
    between = float(np.mean((np.abs(rim) > 0.15) & (rim < 0.6)))
    share = (colours - paper) @ way / length
    is_paper = float(np.mean(np.abs(share) < 0.15))
    halftone = float(np.mean((share > 0.15) & (share < 0.4)))
    full = float(np.mean(share >= 0.4))
    fine = scale < 1  # fine lines are halftones in the small picture
    if grain > _MOST_GRAIN or between > 0.12 or is_paper < _LEAST_PAPER:
        return None
    page_px = max(3, round(max(_PAGE * min(small.shape[:2]), 0.2 * max(small.shape[:2]))))
    clear = (share.reshape(small.shape[:2]) > 0.5).astype(np.uint8)
    if cv2.erode(clear, np.ones((page_px, page_px), np.uint8)).any():
        return None  # a sheet on a table
    if halftone > 0.05 + full and not (fine and is_paper > 0.9):
        return None
    # A tenth of the rim is 1.3 standard deviations off, and among a million pixels some are 5.
    cut = float(np.clip(4 * np.abs(np.percentile(rim, grain_of)).max(), 0.03, 0.4))
    weights = np.append(way / length, -float(paper @ way) / length)
    result = np.empty(picture.shape[:2], np.float32)
    for top in range(0, len(picture), _STRIP_PX):  # as numbers, the whole takes 36 MB
        strip = picture[top : top + _STRIP_PX].astype(np.float32)
        result[top : top + _STRIP_PX] = cv2.transform(strip, weights[None])
    result -= np.float32(cut)
    result /= np.float32(1 - cut)
    return np.clip(result, 0, 1.5, out=result), max(grain / 1.3, 0.004)


def _are_two(colours: np.ndarray, paper: np.ndarray, near: np.ndarray) -> bool:
    """Whether there are two colours and little else, the paper's being more common."""
    off = np.abs(colours - paper).max(axis=1)
    ink = np.median(colours[off >= np.percentile(off, 98)], axis=0)
    is_ink = np.abs(colours - ink).max(axis=1) < 2 * _LEAST_CONTRAST
    return bool(near.mean() > 0.5 and (near | is_ink).mean() > _TWO)


def _without_rim(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    deep, wide = max(3, round(1.2 * _RIM * height)), max(3, round(1.2 * _RIM * width))
    return picture[deep : max(height - deep, deep + 3), wide : max(width - wide, wide + 3)]


def _border(picture: np.ndarray) -> np.ndarray:
    """The pixels of the rim: (n, channels)."""
    height, width = picture.shape[:2]
    deep, wide = max(1, round(_RIM * height)), max(1, round(_RIM * width))
    inner = picture[deep : height - deep]
    return np.concatenate(
        [
            picture[:deep].reshape(-1, picture.shape[2]),
            picture[height - deep :].reshape(-1, picture.shape[2]),
            inner[:, :wide].reshape(-1, picture.shape[2]),
            inner[:, width - wide :].reshape(-1, picture.shape[2]),
        ]
    )
