"""Ten sample digits, one of each, as strokes: written for this project, for use without a mouse.

They take the same way as any drawing. Each is a few points that a smooth pen goes through; a
point given twice is a corner.
"""

import numpy as np

from digitcnn.data.curves import catmull_rom
from digitcnn.preprocessing.ink import CANVAS_PX, Ink, Stroke

_STEP_PX = 5.0
_HEIGHT_PX, _GAP_PX = 110.0, 36.0  # of the digits of a number

# Canvas px, in the order and direction of the pen.
_POINTS: dict[int, tuple[tuple[tuple[int, int], ...], ...]] = {
    0: (((160, 62), (128, 62), (99, 92), (87, 142), (97, 194), (130, 219),
         (168, 203), (192, 160), (191, 110), (173, 75), (144, 60)),),
    1: (((157, 56), (150, 108), (142, 166), (135, 224)),),
    2: (((88, 106), (98, 77), (130, 58), (165, 66), (179, 97), (164, 138), (126, 183),
         (86, 217), (86, 217), (128, 211), (164, 216), (198, 213)),),
    3: (((92, 78), (122, 59), (160, 64), (174, 92), (156, 122), (120, 135), (120, 135),
         (160, 140), (186, 168), (174, 204), (132, 221), (88, 208)),),
    4: (((119, 58), (108, 98), (90, 141), (82, 154), (82, 154), (128, 152), (200, 146)),
        ((169, 92), (163, 142), (154, 226))),
    5: (((109, 64), (103, 96), (99, 127), (99, 127), (134, 116), (170, 128), (186, 164),
         (172, 202), (132, 220), (90, 209)),
        ((108, 65), (148, 64), (186, 58))),
    6: (((172, 60), (132, 88), (103, 134), (96, 180), (116, 214), (154, 216), (180, 188),
         (172, 156), (140, 146), (106, 168)),),
    7: (((86, 72), (134, 69), (190, 64), (190, 64), (166, 116), (140, 172), (122, 224)),),
    8: (((178, 84), (154, 62), (116, 68), (104, 98), (128, 128), (164, 150), (184, 184),
         (164, 214), (122, 216), (100, 188), (118, 154), (158, 124), (180, 92)),),
    9: (((176, 84), (144, 63), (108, 78), (99, 116), (122, 142), (156, 130), (177, 92),
         (177, 92), (174, 134), (168, 178), (162, 226)),),
}  # fmt: skip


def sample(digit: int) -> Ink:
    """The sample of ``digit``, 0 to 9: strokes in canvas pixels, points about 5 px apart."""
    return [_smooth(np.array(points, np.float64)) for points in _POINTS[digit]]


def number(digits: str) -> Ink:
    """The samples of ``digits`` side by side, at the left of a paper 280 px high.

    110 px high, and narrow enough for a phone: four of them take 460 px.
    """
    strokes, x = [], 40.0
    for digit in digits:
        drawn = sample(int(digit))
        points = np.concatenate(drawn)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        scale = _HEIGHT_PX / (bottom - top)
        corner = np.array([x - left * scale, (CANVAS_PX - _HEIGHT_PX) / 2 - top * scale])
        strokes += [(stroke * scale + corner).astype(np.float32) for stroke in drawn]
        x += (right - left) * scale + _GAP_PX
    return strokes


def _smooth(points: np.ndarray) -> Stroke:
    """A Catmull-Rom curve through ``points``; float32 (n, 2)."""
    ends = np.concatenate([points[:1], points, points[-1:]])
    pieces = [points[:1]]
    for before, start, end, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        length_px = float(np.linalg.norm(end - start))
        if not length_px:
            continue  # a corner
        t = np.linspace(0, 1, max(2, round(length_px / _STEP_PX)) + 1)[1:, None]
        pieces.append(catmull_rom(before, start, end, after, t))
    return np.concatenate(pieces).astype(np.float32)
