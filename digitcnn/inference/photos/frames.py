"""What is drawn around and under digits: frames, boxes of forms, axes, rings, rulings, underlines.

All work on masks, bool (height, width), true where there is ink, and are careful to leave a digit
that is all there is: a nought drawn as a rectangle has nothing in it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitcnn.array_types import Bools, Ints

_LEAST_SIDE = 0.12  # of the picture's shorter side: smaller rectangles are no frames
_COVERED, _THROUGH = 0.9, 0.985  # of a side's length, where its line is seen; of one within
_RING = (0.8, 1.06)  # of the box's half axes: where the ink of a ring lies
_LEAST_INSIDE = 0.22  # of a frame's height: what stands in it is as high
_RUN = 0.045  # of the picture's longer side: the shortest run of a straight line
_LONG = 0.55  # of the picture's side: lines as long are rulings
_HAIR_PX = 2.0
_MANY = 4  # lines: no digit has as many level strokes
_THIN = 0.055  # of its length: a line's breadth


@dataclass(frozen=True, eq=False)
class Cleared:
    """A mask without what is no writing.

    Attributes:
        mask: bool (height, width), the ink that is left.
        inside: x, y, width and height of the one large frame, if there is one.
        is_changed: whether anything was taken away.
        was_framed: whether that was a frame or a ring.
        has_cells: whether there were several frames, or one of several cells, as in a form.
    """

    mask: Bools
    inside: tuple[int, int, int, int] | None
    is_changed: bool
    was_framed: bool
    has_cells: bool = False


def cleared(mask: Bools) -> Cleared:
    """The ink without frames, rings, rulings, underlines and slivers at the rim."""
    unframed, inside, n_frames = _without_frames(mask)
    left = _without_slivers(_without_underlines(_without_lines(unframed)))
    was_framed = unframed is not mask
    return Cleared(left, inside, was_framed or bool((left != mask).any()), was_framed, n_frames > 1)


def filled(mask: Bools) -> np.ndarray | None:
    """Letters drawn as outlines, filled; ``None`` if the strokes are no outlines.

    The band between two outlines is long for its width, unlike the eye of a nought.
    """
    height, width = mask.shape
    paper = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    n, labels, boxes, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    outside = labels[0, 0]
    result = mask.copy()
    line_px = stroke_px(mask)
    found = False
    for i in range(1, min(n, 60)):
        if i == outside or boxes[i, cv2.CC_STAT_AREA] < 0.004 * height * width:
            continue
        band = labels == i
        # What it touches beyond one line must be the outside: the eye of a hollow nought is not.
        band_px = stroke_px(band[1:-1, 1:-1])
        length = boxes[i, cv2.CC_STAT_AREA] / max(band_px, 1)
        if length > 5 * band_px and band_px > 0.7 * line_px and band_px < 0.22 * max(height, width):
            result |= band[1:-1, 1:-1]
            found = True
    return result if found else None


def stroke_px(mask: Bools) -> float:
    """The usual width of a stroke, px."""
    distance = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)
    ridge = distance[distance >= cv2.dilate(distance, np.ones((3, 3))) - 1e-3]
    ridge = ridge[ridge > 0]
    return max(2 * float(np.median(ridge)) - 1, 1.0) if len(ridge) else 1.0


def _without_frames(
    mask: Bools,
) -> tuple[np.ndarray, tuple[int, int, int, int] | None, int]:
    """The ink without frames, the inside of the one large frame, and how many there were."""
    height, width = mask.shape
    n, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    least = _LEAST_SIDE * min(height, width)
    left, inside, n_frames = mask, None, 0
    large = [i for i in range(1, n) if min(boxes[i, 2:4]) > least]
    for i in sorted(large, key=lambda i: -boxes[i, 2] * boxes[i, 3])[:40]:
        x, y, w, h, area = (int(side) for side in boxes[i])
        if area > 0.6 * w * h:
            continue
        own = labels[y : y + h, x : x + w] == i
        rest = left[y : y + h, x : x + w] & ~own
        lines = _rectangle(own)
        if lines is not None:
            kept, core = lines
            left_inside = (own & kept) | rest
            if not _something(left_inside, core, h):
                continue
            if left is mask:
                left = mask.copy()
            part = left[y : y + h, x : x + w]
            part[own & ~kept] = False
            top, bottom, first, last = core
            n_frames += 1
            outer = np.ones_like(own)
            outer[top:bottom, first:last] = False
            part[own & outer] = False  # ticks
            if w * h > 0.25 * height * width and inside is None:
                inside = (x + first, y + top, last - first, bottom - top)
        elif _is_ring(own) and _something(rest, (0, h, 0, w), h):
            if left is mask:
                left = mask.copy()
            left[y : y + h, x : x + w][own] = False
    if inside is not None:
        left = _inside_alone(left, inside)
    return left, inside, n_frames


def _inside_alone(mask: Bools, inside: tuple[int, int, int, int]) -> Bools:
    """Without what is small beside a frame: ticks, and the numbers at an axis."""
    x, y, w, h = inside
    within = np.zeros_like(mask)
    within[y : y + h, x : x + w] = True
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    ids = np.unique(labels[within & mask])
    highest = max((int(boxes[i, 3]) for i in ids if i), default=0)
    outer = [i for i in range(1, len(boxes)) if i not in set(ids.tolist())]
    small = [i for i in outer if boxes[i, 3] < 0.5 * highest]
    if len(small) < len(outer):
        return mask
    return mask & ~np.isin(labels, small)


def _rectangle(own: Bools) -> tuple[np.ndarray, tuple[int, int, int, int]] | None:
    """What is left of a component without the lines of a frame, and where its inside lies."""
    height, width = own.shape
    thick = max(1, round(0.03 * min(height, width)))
    rows = cv2.dilate(own.astype(np.uint8), np.ones((2 * thick + 1, 1), np.uint8)).mean(axis=1)
    columns = cv2.dilate(own.astype(np.uint8), np.ones((1, 2 * thick + 1), np.uint8)).mean(axis=0)
    rim_y, rim_x = max(4, 0.12 * height), max(4, 0.12 * width)
    covered_rows = _covered(rows, rim_y)
    covered_columns = _covered(columns, rim_x)
    if len(covered_rows) < 2 or len(covered_columns) < 2:
        return None
    if covered_rows[0] > rim_y or covered_rows[-1] < height - 1 - rim_y:
        return None
    if covered_columns[0] > rim_x or covered_columns[-1] < width - 1 - rim_x:
        return None
    near_y, near_x = max(3, round(0.08 * height)), max(3, round(0.08 * width))
    ends = own[:near_y], own[-near_y:]
    if not all(end[:, :near_x].any() and end[:, -near_x:].any() for end in ends):
        return None
    # Inside there is paper; a blot has lines everywhere.
    if len(covered_rows) > 0.6 * height or len(covered_columns) > 0.6 * width:
        return None
    kept = own.copy()
    band = np.zeros(height, bool)
    band[covered_rows] = True
    kept[band] = False
    side = np.zeros(width, bool)
    side[covered_columns] = True
    kept[:, side] = False
    if band[covered_rows[0] : covered_rows[-1]].all():
        return None
    if side[covered_columns[0] : covered_columns[-1]].all():
        return None  # a broad stroke
    top = int(np.flatnonzero(~band & (np.arange(height) > covered_rows[0]))[0])
    bottom = int(np.flatnonzero(~band & (np.arange(height) < covered_rows[-1]))[-1]) + 1
    first = int(np.flatnonzero(~side & (np.arange(width) > covered_columns[0]))[0])
    last = int(np.flatnonzero(~side & (np.arange(width) < covered_columns[-1]))[-1]) + 1
    return kept, (top, bottom, first, last)


def _covered(shares: np.ndarray, rim_px: float) -> Ints:
    """The places of a frame's lines, of how much of each row there is ink, 0 to 1.

    Within a frame the foot of a two is nearly as long as a line, but does not reach both sides.
    """
    place = np.arange(len(shares))
    is_within = (place > rim_px) & (place < len(shares) - 1 - rim_px)
    return np.flatnonzero(shares >= np.where(is_within, _THROUGH, _COVERED))


def _is_ring(own: Bools) -> bool:
    height, width = own.shape
    if not 0.6 < width / height < 1.7 or own.mean() > 0.3:
        return False
    y, x = np.nonzero(own)
    off = np.hypot((x + 0.5) / width * 2 - 1, (y + 0.5) / height * 2 - 1)
    return float(np.mean((off > _RING[0]) & (off < _RING[1]))) > 0.96


def _something(mask: Bools, core: tuple[int, int, int, int], frame_px: int) -> bool:
    """Whether there is something as large as a digit inside a frame."""
    top, bottom, first, last = core
    part = np.ascontiguousarray(mask[top:bottom, first:last]).astype(np.uint8)
    if not part.size:
        return False
    _, _, boxes, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    return bool((boxes[1:, cv2.CC_STAT_HEIGHT] > _LEAST_INSIDE * frame_px).any())


def _without_lines(mask: Bools) -> Bools:
    """Without rulings and underlines, level or upright."""
    broad_px = _broad_px(mask)
    level = _lines(mask, broad_px, is_level=True)
    upright = _lines(np.ascontiguousarray(mask.T), broad_px, is_level=False).T
    if not level.any() and not upright.any():
        return mask
    lines = level | upright
    left = _without_crumbs(mask & ~lines, lines)
    # A digit that is all there is, is no ruling.
    _, _, boxes, _ = cv2.connectedComponentsWithStats(left.astype(np.uint8), connectivity=8)
    least = 0.08 * min(mask.shape)
    return left if (boxes[1:, cv2.CC_STAT_HEIGHT] > least).any() else mask


def _without_crumbs(left: Bools, lines: Bools) -> Bools:
    """Without what is left of the lines themselves where they are a little broader."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(left.astype(np.uint8), connectivity=8)
    beside = cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    line_px = stroke_px(lines)
    ids = np.unique(labels[beside & left])
    high, wide = boxes[ids, cv2.CC_STAT_HEIGHT], boxes[ids, cv2.CC_STAT_WIDTH]
    crumbs = ids[(ids > 0) & (np.maximum(high, wide) < 4 * line_px + 1)]
    return left & ~np.isin(labels, crumbs) if len(crumbs) else left


def _broad_px(mask: Bools) -> float:
    """The width of the broad strokes, where there are thin lines as well, px."""
    distance = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)
    around = cv2.dilate(distance, np.ones((3, 3)))
    np.subtract(around, np.float32(1e-3), out=around)
    ridge = distance[(distance >= around) & (distance > 0)]
    return 2 * float(np.percentile(ridge, 90)) - 1 if len(ridge) else 1.0


def _lines(mask: Bools, broad_px: float, is_level: bool) -> Bools:
    """The pixels of long, thin, level lines; with less mercy for those that really are level.

    Upright, a line may be a one. Strokes that cross a line stay: where they do, it is not thin.
    """
    height, width = mask.shape
    run = max(10, round(_RUN * width))
    thick = max(4, round(1.7 * broad_px)) if broad_px < 5 else max(4, round(0.8 * broad_px))
    ink = mask.astype(np.uint8)
    thicker = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((thick, 1), np.uint8))
    thin_ink = ink & ~np.asarray(thicker, np.uint8)
    found = _pattern(thin_ink > 0)
    runs = cv2.morphologyEx(thin_ink, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    if not runs.any():
        return found
    reach = 2 * round(2 * broad_px) + 7
    joined = cv2.dilate(runs, np.ones((3, 3), np.uint8))
    room = np.pad(joined, ((0, 0), (reach, reach)))
    joined = cv2.morphologyEx(room, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    joined = np.ascontiguousarray(joined[:, reach:-reach])
    n, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    thin = thin_ink > 0
    candidates = []
    for i in range(1, min(n, 400)):
        x, y, w, h, _ = (int(side) for side in boxes[i])
        if w < 0.2 * width or h > 0.12 * w + 6:
            continue
        own = (labels[y : y + h, x : x + w] == i) & thin[y : y + h, x : x + w]
        columns = int(own.any(axis=0).sum())
        if columns < 0.6 * w or own.sum() / columns > max(2.0, _THIN * w):
            continue
        candidates.append((i, float(own.sum() / columns)))
    if not candidates:
        return found
    rest = mask & ~(np.isin(labels, [i for i, _ in candidates]) & thin)
    rest_px = stroke_px(rest)
    _, _, others, _ = cv2.connectedComponentsWithStats(rest.astype(np.uint8), connectivity=8)
    heights = others[1:, cv2.CC_STAT_HEIGHT]
    heights = heights[heights > 0.3 * heights.max(initial=0)]
    digit_px = float(np.median(heights)) if len(heights) else np.inf
    many = sum(boxes[i, 2] > _LONG * width for i, _ in candidates) >= 3
    for i, line_px in candidates:
        x, y, w, h, _ = (int(side) for side in boxes[i])
        is_long, is_thin = w > _LONG * width, line_px < 0.45 * rest_px
        is_through = x <= 1 and x + w >= width - 1
        # No digit is as broad as an underline of several, and nothing stands below that.
        deep = round(0.5 * w)
        below = np.count_nonzero(rest[y + h + 2 : y + h + deep, x : x + w])
        above = np.count_nonzero(rest[max(y - deep, 0) : y, x : x + w])
        is_under = below < 0.1 * above
        around = rest[max(y - 2, 0) : y + h + 2, max(x - 2, 0) : x + w + 2]
        # A hair line is joined to the rest of its digit by a pixel or two.
        is_alone = is_under and np.count_nonzero(around) < (1 if line_px < _HAIR_PX else 3)
        own = ((labels[y : y + h, x : x + w] == i) & thin[y : y + h, x : x + w]).any(axis=0)
        over = np.asarray(rest[max(y - deep, 0) : y + h + 2, x : x + w].any(axis=0))
        is_underline = is_under and w > 1.9 * digit_px and _runs_on(own, over)
        is_ruling = is_through or (is_long and is_thin)
        if is_ruling or (is_level and (is_alone or is_underline or (is_long and many))):
            part = (labels[y : y + h, x : x + w] == i) & thin[y : y + h, x : x + w]
            found[y : y + h, x : x + w] |= part
            if not is_ruling and not is_alone and is_underline:
                found |= _band(mask, part, (x, y), line_px)
    return found


def _band(mask: Bools, part: Bools, corner: tuple[int, int], line_px: float) -> Bools:
    """The ink of an underline, also where digits stand on it and it seems broader than it is.

    Args:
        mask: bool (height, width), all ink.
        part: bool, what is surely the line, and the corner (x, y) where that lies.
        line_px: how broad it is.
    """
    rows, columns = np.nonzero(part)
    slope, start = np.polyfit(columns + corner[0], rows + corner[1], 1)
    y = np.arange(mask.shape[0])[:, None]
    x = np.arange(mask.shape[1])[None]
    off = y - (slope * x + start)
    # It runs on where all of it seems broad, as under the last digits of a number.
    gaps = np.flatnonzero(~(mask & (np.abs(off) <= line_px / 2)).any(axis=0))
    first, last = corner[0], corner[0] + part.shape[1]
    first = min(first, int(gaps[gaps < first].max(initial=-1)) + 1)
    last = max(last, int(gaps[gaps >= last].min(initial=mask.shape[1])))
    is_along = (x >= first) & (x < last)
    below = mask & is_along & (off > line_px / 2 + 1.5) & (off < line_px / 2 + 5)
    # What goes on below is a stroke that crosses it.
    crosses = below.any(axis=0)
    band: Bools = mask & is_along & ~crosses & (np.abs(off) <= line_px / 2 + 1)
    return band


def _pattern(thin: Bools) -> Bools:
    """The thin ink of level lines from rim to rim, where there are many, as on squared paper.

    Broad strokes break such lines into pieces that are no longer than strokes.
    """
    rim = max(2, round(0.02 * thin.shape[1]))
    rows = thin.mean(axis=1) > _LONG
    rows &= thin[:, :rim].any(axis=1) & thin[:, -rim:].any(axis=1)
    n_lines = int(np.count_nonzero(np.diff(rows.astype(np.int8), prepend=0) == 1))
    return thin & rows[:, None] if n_lines >= _MANY else np.zeros_like(thin)


def _runs_on(line: Bools, over: Bools) -> bool:
    """Whether a line is there between digits as well: bottoms of digits in a row are no underline.

    Args:
        line, over: bool (width,), where the line is seen, and where there is ink above it.
    """
    between = ~over
    if between.sum() > 0.08 * len(line):
        return bool(line[between].mean() > 0.8)
    return bool(line.mean() > 0.97)


def _without_underlines(mask: Bools) -> Bools:
    """Without lines as broad as a pen that stand alone below what is written."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    drop = []
    for i in range(1, min(len(boxes), 200)):
        x, y, w, h, area = (int(side) for side in boxes[i])
        if w < 0.2 * mask.shape[1] or w < 5 * h or area < 0.4 * w * h:
            continue
        above = np.count_nonzero(mask[max(y - w, 0) : y, x : x + w])
        below = np.count_nonzero(mask[y + h : y + h + w // 2, x : x + w])
        if above > 0.5 * area and below < 0.1 * above:
            drop.append(i)
    return mask & ~np.isin(labels, drop) if drop else mask


def _without_slivers(mask: Bools) -> Bools:
    """Without what lies along the rim: a sliver of the table, a part of a frame."""
    height, width = mask.shape
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    drop = []
    for i in range(1, len(boxes)):
        x, y, w, h, _ = (int(side) for side in boxes[i])
        for at_rim, long_px, short_px, border in (
            (x == 0, h, w, labels[:, 0]),
            (x + w == width, h, w, labels[:, -1]),
            (y == 0, w, h, labels[0]),
            (y + h == height, w, h, labels[-1]),
        ):
            if at_rim and np.count_nonzero(border == i) > 0.7 * long_px and long_px > 3 * short_px:
                drop.append(i)
    if not drop:
        return mask
    left = mask & ~np.isin(labels, drop)
    return left if left.any() else mask
