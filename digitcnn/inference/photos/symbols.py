"""Signs as high as digits that are none: plus, brackets, dollar, euro, percent.

Some a network takes for digits: a bracket is a bent one, a dollar sign a five with a bar. What they
are is seen in their strokes; where a digit might be meant, the network is asked first.
"""

import cv2
import numpy as np

from digitcnn.array_types import Bools
from digitcnn.inference.photos.frames import stroke_px
from digitcnn.inference.photos.pieces import Piece

_BENT = 0.09  # of its height: how far a bracket's middle is off its ends
_ONE_RUN = 0.93  # of its rows: a bracket is one stroke
_TALL = 1.12  # of a digit's height: a bracket that stands alone
_ARMS = 0.28  # of a plus: the least that an arm is long
_AROUND = 0.015  # of a plus: the most of its ink that is beside the bars
_EYE = 0.42  # of its height: the eyes of a percent sign are lower
_BROADEST = 1.2  # of its height: a percent sign
_LOW = 0.58  # of its height: where its lower eye is at least, and its upper one as far from below
_BAR_OFF, _BARRED_SHARE = 0.02, 0.9  # of its height: how far its bar bends; how much is inked
_RING = 0.6  # of a digit's height: a percent's rings are smaller
_BARRED = 0.35  # of a euro's columns
_PROUD = 0.07  # of its height: how far a dollar's bar stands out at both ends


def is_plus(piece: Piece) -> bool:
    """Whether it is two straight bars, crossed in the middle."""
    mask, (height, width) = piece.mask, piece.mask.shape
    if not 0.7 < width / height < 1.45:
        return False
    row, column = (
        float(np.flatnonzero(sums >= 0.8 * sums.max()).mean())
        for sums in (mask.sum(axis=1), mask.sum(axis=0))
    )
    pen_px = max(stroke_px(mask), 2.0)
    arms = row / height, 1 - row / height, column / width, 1 - column / width
    if min(arms) < _ARMS:
        return False
    half = 0.8 * pen_px + 0.02 * max(height, width)
    beside = np.abs(np.arange(height) - row)[:, None] > half
    beside = beside & (np.abs(np.arange(width) - column)[None] > half)
    if (mask & beside).sum() > _AROUND * mask.sum():
        return False
    low, high = int(max(row - half, 0)), int(row + half + 1)
    left, right = int(max(column - half, 0)), int(column + half + 1)
    upright = mask[:, left:right].any(axis=1).mean()
    level = mask[low:high].any(axis=0).mean()
    return bool(upright > 0.95 and level > 0.95)


def bend_of(piece: Piece) -> float:
    """How far a single stroke bows, in parts of its height: below 0 like ``(``, above like ``)``.

    0 for what is no evenly bent, upright stroke.
    """
    mask, (height, width) = piece.mask, piece.mask.shape
    if width > 0.6 * height or height < 8:
        return 0.0
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    runs = (edges == 1).sum(axis=1)
    if (runs == 1).mean() < _ONE_RUN:
        return 0.0
    columns = np.arange(width)
    inked = np.flatnonzero(runs)
    middle = (mask * columns).sum(axis=1)[inked] / mask.sum(axis=1)[inked]
    share = (inked - inked[0]) / max(inked[-1] - inked[0], 1)
    bow, lean, start = np.polyfit(share, middle, 2)
    off = middle - (bow * share**2 + lean * share + start)
    apex = -lean / (2 * bow) if bow else 0.0
    if float(np.abs(off).max()) > 0.05 * height + 1.5 or not 0.25 < apex < 0.75:
        return 0.0
    return float(-bow / 4 / height)  # the sagitta


def brackets(line: list[Piece], usual_px: float) -> set[int]:
    """The identities of the brackets of a line, from left to right.

    An opening one has its closing one; a closing one alone is higher than digits.
    """
    found: set[int] = set()
    opened: Piece | None = None
    for piece in line:
        bend = bend_of(piece) if piece.height > 0.9 * usual_px else 0.0
        if bend < -_BENT:
            opened = piece
        elif bend > _BENT:
            if opened is not None:
                found |= {id(opened), id(piece)}
                opened = None
            elif piece.height > _TALL * usual_px:
                found.add(id(piece))
    return found


def percents(line: list[Piece], usual_px: float) -> list[tuple[Piece, ...]]:
    """The pieces of each percent sign of a line whose rings are apart from its bar."""
    found: list[tuple[Piece, ...]] = []
    rings = [
        piece
        for piece in line
        if piece.height < _RING * usual_px and piece.width < _RING * usual_px
        and len(_eyes(piece.mask)) == 1
    ]  # fmt: skip
    for bar in line:
        if bar.height < 0.75 * usual_px or not rings:
            continue
        x, y = bar.x + bar.width / 2, bar.y + bar.height / 2
        own = [(bar.x + eye[0], bar.y + eye[1]) for eye, _ in _eyes(bar.mask)]
        upper, lower = None, None
        for ring in rings:
            at_x, at_y = ring.x + ring.width / 2, ring.y + ring.height / 2
            if max(abs(at_x - x), abs(at_y - y)) > 0.75 * usual_px:
                continue
            if at_x < x and at_y < y - 0.1 * usual_px:
                upper = ring
            elif at_x > x and at_y > y + 0.1 * usual_px:
                lower = ring
        has_upper = upper is not None or any(at_x < x and at_y < y for at_x, at_y in own)
        has_lower = lower is not None or any(at_x > x and at_y > y for at_x, at_y in own)
        apart = tuple(ring for ring in (upper, lower) if ring is not None)
        if apart and has_upper and has_lower:
            found.append((bar, *apart))
            rings = [ring for ring in rings if ring not in apart]
    return found


def is_dollar(piece: Piece) -> bool:
    """Whether a bar runs through an S, which is left of it above and right of it below."""
    mask, (height, width) = piece.mask, piece.mask.shape
    if not 0.3 < width / height < 0.9:
        return False
    pen_px = max(stroke_px(mask), 2.0)
    deep = max(1, round(_PROUD * height))
    ends = []
    for end in (mask[:deep], mask[-deep:]):
        columns = np.flatnonzero(end.any(axis=0))
        middle = (columns[0] + columns[-1]) / 2 / width
        if columns[-1] - columns[0] + 1 > 1.7 * pen_px + 1 or not 0.3 < middle < 0.7:
            return False
        ends.append((columns[0] + columns[-1]) / 2)
    rows = np.arange(height)
    bar = np.linspace(ends[0], ends[1], height)
    off = np.arange(width)[None] - bar[:, None]
    if (mask & (np.abs(off) < 0.7 * pen_px)).any(axis=1).mean() < 0.97:
        return False
    left, right = mask & (off < -1.2 * pen_px), mask & (off > 1.2 * pen_px)
    upper = (rows > 0.28 * height) & (rows < 0.4 * height)
    lower = (rows > 0.6 * height) & (rows < 0.72 * height)
    has = left[upper].any(axis=1).mean(), right[lower].any(axis=1).mean()
    lacks = right[upper].any(axis=1).mean(), left[lower].any(axis=1).mean()
    return bool(min(has) > 0.6 and max(lacks) < 0.35)


def is_percent(piece: Piece) -> bool:
    """Whether there are two small eyes, one upper left, one lower right, and a bar the other way.

    The eyes of a nought that is struck through are higher.
    """
    mask, (height, width) = piece.mask, piece.mask.shape
    if width > _BROADEST * height:
        return False  # a run of touching digits
    eyes = [eye for eye, eye_px in _eyes(mask) if eye_px < _EYE * height]
    if len(eyes) < 2:
        return False
    (x, y), (x2, y2) = min(eyes, key=sum), max(eyes, key=sum)
    deep, wide = max(1, round(0.25 * height)), max(1, round(0.3 * width))
    upper, lower = mask[:deep, -wide:], mask[-deep:, :wide]
    far = x2 - x > 0.25 * height and y < (1 - _LOW) * height and y2 > _LOW * height
    return bool(far and upper.any() and lower.any() and _is_barred(mask, deep, wide))


def _is_barred(mask: Bools, deep: int, wide: int) -> bool:
    """Whether a straight bar runs from the lower left to the upper right, as in no two digits."""
    height, width = mask.shape
    tops = np.argwhere(mask[:deep, -wide:]) + (0, width - wide)
    bottoms = np.argwhere(mask[-deep:, :wide]) + (height - deep, 0)
    first, last = bottoms[bottoms[:, 0].argmax()], tops[tops[:, 0].argmin()]
    broad = max(3, round(_BAR_OFF * height)) | 1
    near = cv2.dilate(mask.astype(np.uint8), np.ones((broad, broad), np.uint8))
    rows, columns = np.rint(np.linspace(first, last, height)).astype(int).T
    return bool(near[rows, columns].mean() > _BARRED_SHARE)


def may_be_sign(piece: Piece) -> bool:
    """Whether it looks like a euro sign, should it be no digit.

    A third of its columns cross four strokes, as two bars in a C do; at the left it is closed.
    """
    mask, (height, width) = piece.mask, piece.mask.shape
    if mask[int(0.4 * height) : int(0.6 * height), : max(1, width // 3)].any(axis=1).mean() < 0.8:
        return False
    edges = np.diff(np.pad(mask, ((1, 1), (0, 0))).astype(np.int8), axis=0)
    return bool(((edges == 1).sum(axis=0) >= 4).mean() > _BARRED)


def _eyes(mask: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """The paper that ink encloses: each eye's middle, and its height, px."""
    paper = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    n, labels, boxes, middles = cv2.connectedComponentsWithStats(paper, connectivity=4)
    return [
        (middles[i], int(boxes[i, cv2.CC_STAT_HEIGHT]))
        for i in range(1, n)
        if i != labels[0, 0] and boxes[i, cv2.CC_STAT_AREA] > 0.003 * mask.shape[0] ** 2
    ]
