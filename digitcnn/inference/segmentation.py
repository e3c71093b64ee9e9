"""Which strokes of a drawing make one digit each.

Strokes are taken from left to right, whatever the order they were drawn in; a digit is a few that
follow each other. Geometry proposes such groups, and says what speaks against cutting between two
strokes: that they cross, or lie above each other. How much a group looks like a digit is asked of
a function, which a network answers. Of all ways to cut the drawing the best is found exactly, by
dynamic programming. A stroke that runs through two digits can't be divided.

Source: Casey and Lecolinet 1996, "A survey of methods and strategies in character segmentation",
section 4, recognition-based segmentation.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from digitcnn.array_types import Bools, Floats
from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing.ink import Ink, Stroke

MOST_STROKES = 60  # twelve digits have some twenty
MOST_IN_A_DIGIT = 5

Likeness = Callable[[list[Ink]], np.ndarray]
"""How much each of n groups of strokes looks like one digit: float (n,), 0 where in doubt."""

# What counts when ways to cut a drawing are compared: see _Row.shape and _Row.against. With these
# weights the right ways were likeliest, of 4,000 numbers composed of our own made-up handwriting (a
# conditional random field over segments: Sarawagi and Cohen 2004). Likeness, and one more group:
_LIKENESS, _ONE_MORE = 1.9, -1.9
_SHAPE = np.array([-1.4, -1.4])
_CUT = np.array([-1.2, -2.9, -1.3, -1.2])

# All lengths are in parts of the digits' height.
_LOW, _WIDE = 0.7, 0.8
_MOST_OVERLAP = 0.6
_NEAR, _NARROWEST = 0.03, 0.05
_WIDEST, _WIDEST_GAP = 1.7, 0.4  # no digit is wider, nor has so much room between its strokes
_POINTS_IN_HEIGHT = 16


class TooManyStrokes(DigitcnnError):
    """More strokes than the digits of a number have."""


def groups(strokes: Ink, likeness: Likeness) -> list[tuple[int, ...]]:
    """The strokes of each digit, digits from left to right.

    Args:
        strokes: float32 (n_points, 2) each, canvas px; their order and direction mean nothing.
        likeness: is called once, with every group that might be a digit.

    Returns:
        Indices into ``strokes``, rising in each digit; every stroke is in exactly one.

    Raises:
        TooManyStrokes: more than ``MOST_STROKES``.
    """
    if not strokes:
        return []
    if len(strokes) > MOST_STROKES:
        raise TooManyStrokes(
            f"That is more than {MOST_STROKES} strokes. Clear it and draw fewer digits."
        )
    row = _Row.of(strokes)
    spans = list(row.spans())
    likely = likeness([row.strokes[start:end] for start, end in spans])
    scores = [
        _ONE_MORE + _LIKENESS * like + row.shape(start, end) @ _SHAPE
        for (start, end), like in zip(spans, likely, strict=True)
    ]
    cuts = [row.against(place) @ _CUT for place in range(1, len(strokes))]
    return [
        tuple(sorted(int(index) for index in row.order[start:end]))
        for start, end in _best(spans, scores, [0.0, *cuts, 0.0])
    ]


@dataclass(frozen=True, eq=False)
class _Row:
    """Strokes from left to right.

    Attributes:
        order: int (n,), what place each had in the drawing.
        strokes: the same strokes, each with few points and the direction that comes first.
        boxes: float64 (n, 4), left, top, right, bottom.
        height_px: about that of the digits.
        touches: bool (n, n).
    """

    order: np.ndarray
    strokes: Ink
    boxes: Floats
    height_px: float
    touches: np.ndarray

    @classmethod
    def of(cls, strokes: Ink) -> "_Row":
        boxes = np.array([[*stroke.min(axis=0), *stroke.max(axis=0)] for stroke in strokes], float)
        left, top, right, bottom = boxes.T
        highest_px = (bottom - top).max()
        # A digit of two strokes, one above the other, is higher than either; a drawing in which
        # digits stand askew is higher than its digits.
        height_px = max(min(bottom.max() - top.min(), 1.6 * highest_px), (right - left).max() / 4)
        height_px = max(height_px, 1.0)
        order = np.lexsort((bottom, top, right, left + right))
        thin = [_thin(strokes[index], height_px / _POINTS_IN_HEIGHT) for index in order]
        return cls(order, thin, boxes[order], height_px, _touches(thin, boxes[order], height_px))

    def spans(self) -> Iterator[tuple[int, int]]:
        """What might be a digit: first stroke and the one after the last."""
        for start in range(len(self.strokes)):
            for end in range(start + 1, min(start + MOST_IN_A_DIGIT, len(self.strokes)) + 1):
                left, top, right, bottom = self.boxes[start:end].T / self.height_px
                fits = (
                    right.max() - left.min() <= _WIDEST
                    and _gap(left, right) <= _WIDEST_GAP
                    and _gap(top, bottom) <= _WIDEST_GAP
                )
                if end - start == 1 or fits:
                    yield start, end

    def shape(self, start: int, end: int) -> np.ndarray:
        """How much lower and wider a group is than digits are: float64 (2,)."""
        left, top, right, bottom = self.boxes[start:end].T
        height = (bottom.max() - top.min()) / self.height_px
        width = (right.max() - left.min()) / self.height_px
        return np.array([max(_LOW - height, 0), max(width - _WIDE, 0)])

    def against(self, place: int) -> np.ndarray:
        """What speaks against a cut between the strokes before ``place`` and the others.

        Returns:
            float64 (4,): how far the two sides overlap sideways; then, of the pair of strokes for
            which it is most, what part of the narrower one lies above or below the other, the same
            if they touch, and how near the other's middle it lies if they touch or it lies within
            the other's height, as a bar in a nought.
        """
        left, top, right, bottom = self.boxes.T / self.height_px
        # A bar that is quite upright lies above or below something, too.
        narrow = np.maximum(_NARROWEST - (right - left), 0) / 2
        left, right = left - narrow, right + narrow
        left_a, right_a = left[:place, None], right[:place, None]
        left_b, right_b = left[None, place:], right[None, place:]
        touching = self.touches[:place, place:]
        overlap = np.clip(right_a.max() - left_b.min(), 0, _MOST_OVERLAP)
        common = np.minimum(right_a, right_b) - np.maximum(left_a, left_b)
        widths = right_a - left_a, right_b - left_b
        shared = np.clip(common / np.minimum(*widths), 0, 1)
        # The distance from the narrower's middle to the nearer end of the wider.
        is_narrower = widths[0] < widths[1]
        middle = np.where(is_narrower, left_a + right_a, left_b + right_b) / 2
        start, end = np.where(is_narrower, left_b, left_a), np.where(is_narrower, right_b, right_a)
        depth = np.minimum(middle - start, end - middle) / ((end - start) / 2)
        top_a, bottom_a = top[:place, None], bottom[:place, None]
        top_b, bottom_b = top[None, place:], bottom[None, place:]
        a_in_b = (top_b <= top_a) & (bottom_a <= bottom_b)
        b_in_a = (top_a <= top_b) & (bottom_b <= bottom_a)
        inside = np.clip(depth, 0, 1) * (touching | np.where(is_narrower, a_in_b, b_in_a))
        return np.array([overlap, shared.max(), (shared * touching).max(), inside.max()])


def _gap(starts: Floats, ends: Floats) -> float:
    """The widest room between intervals that together leave it free; 0 if there is none."""
    order = np.argsort(starts, kind="stable")
    gaps = starts[order][1:] - np.maximum.accumulate(ends[order])[:-1]
    return max(float(gaps.max(initial=0.0)), 0.0)


def _best(
    spans: list[tuple[int, int]], scores: list[float], cuts: list[float]
) -> list[tuple[int, int]]:
    """The spans, end to end, whose scores and cuts sum to the most."""
    total = [0.0] + [-np.inf] * (len(cuts) - 1)
    last: list[tuple[int, int]] = [(0, 0)] * len(cuts)
    for (start, end), score in sorted(zip(spans, scores, strict=True), key=lambda item: item[0][1]):
        sum_ = total[start] + score + cuts[end]
        if sum_ > total[end]:
            total[end], last[end] = sum_, (start, end)
    chosen = [last[-1]]
    while chosen[-1][0]:
        chosen.append(last[chosen[-1][0]])
    return chosen[::-1]


def _thin(stroke: Stroke, step_px: float) -> Stroke:
    """The stroke as points about ``step_px`` apart, its ends kept; the same from both ends."""
    points = min(stroke.tolist(), stroke[::-1].tolist())
    points = np.array(points, np.float64)
    along = np.append(0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    # A digit's stroke has some forty; a scribble must not cost more than a few digits.
    n_points = min(int(np.ceil(along[-1] / step_px)) + 1, 100)
    places = np.linspace(0, along[-1], n_points)
    return np.stack([np.interp(places, along, points[:, axis]) for axis in (0, 1)], axis=1)


def _touches(strokes: Ink, boxes: Floats, height_px: float) -> Bools:
    """Which strokes touch or cross: bool (n, n)."""
    near_px = max(_NEAR, 0.5 / _POINTS_IN_HEIGHT) * height_px
    touches = np.zeros((len(strokes), len(strokes)), bool)
    for i, j in zip(*np.triu_indices(len(strokes), 1), strict=True):
        apart = np.maximum(boxes[i, :2], boxes[j, :2]) - np.minimum(boxes[i, 2:], boxes[j, 2:])
        if apart.max() > near_px:
            continue
        squares = ((strokes[i][:, None] - strokes[j][None]) ** 2).sum(axis=2)
        touches[i, j] = touches[j, i] = squares.min() <= near_px**2
    return touches
