"""Pictures of the kinds that people really have, made up with the right value of each.

Single digits as drawing programs, scanners and notebooks leave them, and numbers in forms, on
rulings, turned, underlined, with signs between them. Made from any digits written as strokes, and
without a font; everything is drawn at random from one seed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike

from digitcnn.benchmarks.accuracy.stroke_file import PenDigits
from digitcnn.preprocessing import ink as inks

_Box = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True, eq=False)
class KindPicture:
    """A picture of a kind.

    Attributes:
        kind: its name.
        picture: uint8 (height, width), (height, width, 3) or (height, width, 4).
        lines: what is written in it, line by line, without spaces.
    """

    kind: str
    picture: np.ndarray
    lines: tuple[str, ...]


class Writer:
    """Draws digits of one file, chosen at random."""

    def __init__(self, digits: PenDigits, rng: np.random.Generator):
        self.rng = rng
        self._digits = digits
        sites = np.unique(digits.sites)
        self._hand = np.flatnonzero(digits.sites == rng.choice(sites))

    def digit(self, label: int | None = None) -> tuple[int, inks.Ink]:
        """A label and its strokes, longer side 1."""
        hand = self._hand
        if label is not None:
            hand = hand[self._digits.labels[hand] == label]
        chosen = int(self.rng.choice(hand))
        return int(self._digits.labels[chosen]), self._digits.ink(chosen)

    def cover(self, size: int, part: float, pen_px: float) -> tuple[int, np.ndarray]:
        """A digit in the middle of a square: its label, and float32 (size, size), 1 ink."""
        label, strokes = self.digit()
        extent = np.concatenate(strokes).max(axis=0)
        longer = max(part * size - pen_px, 4)
        corner = (size - extent * longer) / 2 + self.rng.uniform(-0.03, 0.03, 2) * size
        placed = [(stroke * longer + corner).astype(np.float32) for stroke in strokes]
        return label, _cover(placed, (size, size), pen_px)

    def number(
        self, labels: str, height_px: float, pen_px: float, gap: float = 0.3
    ) -> tuple[np.ndarray, list[_Box]]:
        """Digits and signs in a row: float32 (height, width), 1 ink, and each one's box."""
        rng = self.rng
        placed: inks.Ink = []
        boxes: list[_Box] = []
        x = 0.8 * height_px
        for sign in labels:
            strokes = _SIGNS[sign](rng) if sign in _SIGNS else self.digit(int(sign))[1]
            scale = height_px * rng.uniform(0.92, 1.05)
            strokes = [stroke * scale for stroke in strokes]
            points = np.concatenate(strokes)
            low, high = points.min(axis=0), points.max(axis=0)
            y = 0.7 * height_px + rng.normal(0, 0.03) * height_px
            if sign not in _SIGNS:
                y += scale - high[1]  # on the line
            corner = np.array([x - low[0], y])
            placed += [(stroke + corner).astype(np.float32) for stroke in strokes]
            boxes.append((x, y + low[1], high[0] - low[0], high[1] - low[1]))
            x += high[0] - low[0] + pen_px + gap * 0.65 * height_px * rng.uniform(0.8, 1.3)
        size = (int(x + 0.8 * height_px), int(2.4 * height_px))
        return _cover(placed, size, pen_px), boxes

    def labels(self, n: int) -> str:
        """``n`` digits at random."""
        return "".join(str(label) for label in self.rng.integers(0, 10, n))


_PART_PX = 1000

_One = tuple[np.ndarray, str]  # a picture and what is written in it
_Page = tuple[np.ndarray, tuple[str, ...]]  # the same of several lines
_Change = Callable[[Writer, np.ndarray, list[_Box], float], np.ndarray]


def _cover(strokes: inks.Ink, size: tuple[int, int], pen_px: float) -> np.ndarray:
    """The ink on paper of (width, height) px: float32 (height, width), 1 ink.

    Part by part, as strokes that leave a paper by far are cut off.
    """
    width, height = size
    parts = []
    for x in range(0, width, _PART_PX):
        shifted = [stroke - np.array([x, 0], np.float32) for stroke in strokes]
        parts.append(inks.rasterize(shifted, (min(_PART_PX, width - x), height), pen_px))
    return 1 - np.concatenate(parts, axis=1).astype(np.float32) / 255


def _bar(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.linspace((x0, y0), (x1, y1), 8)


def _dot(x: float, y: float, r: float = 0.02) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 9)
    return np.stack([x + r * np.cos(turn), y + r * np.sin(turn)], axis=1)


_SIGNS: dict[str, Callable[[np.random.Generator], list[np.ndarray]]] = {
    ".": lambda rng: [_dot(0, 0.97)],
    ",": lambda rng: [_bar(0.06, 0.93, rng.uniform(-0.04, 0.0), 1.15)],
    "-": lambda rng: [_bar(0, 0.5, rng.uniform(0.35, 0.5), 0.5 + rng.normal(0, 0.02))],
    "/": lambda rng: [_bar(rng.uniform(0.42, 0.6), -0.08, 0, 1.1)],
    ":": lambda rng: [_dot(0, 0.35), _dot(0, 0.85)],
    "+": lambda rng: _plus(rng.uniform(0.4, 0.75), 0.55 + rng.normal(0, 0.03)),
    "(": lambda rng: [_arc(0.3, 0.5, rng.uniform(0.2, 0.32), 0.62, 105, 255)],
    ")": lambda rng: [_arc(0, 0.5, rng.uniform(0.2, 0.32), 0.62, 75, -75)],
    "$": lambda rng: _dollar(rng.uniform(0.48, 0.62)),
    "€": lambda rng: _euro(rng.uniform(0.6, 0.75)),
    "%": lambda rng: _percent(rng.uniform(0.6, 0.8)),
}
OTHERS = "+()$€%"  # no digits, and no separators: read as a mark


def _arc(x: float, y: float, width: float, height: float, first: float, last: float) -> np.ndarray:
    """A part of an ellipse, from one angle to another, degrees; 0 is right and 90 up."""
    turn = np.deg2rad(np.linspace(first, last, 16))
    return np.stack([x + width * np.cos(turn), y - height * np.sin(turn)], axis=1)


def _plus(size: float, middle: float) -> list[np.ndarray]:
    half = size / 2
    return [_bar(0, middle, size, middle), _bar(half, middle - half, half, middle + half)]


def _dollar(width: float) -> list[np.ndarray]:
    half = width / 2
    upper = _arc(half, 0.27, half, 0.23, 30, 270)
    lower = _arc(half, 0.73, half, 0.23, 90, -150)
    return [np.concatenate([upper, lower]), _bar(half, -0.1, half, 1.1)]


def _euro(width: float) -> list[np.ndarray]:
    bars = (_bar(0, y, 0.75 * width, y) for y in (0.42, 0.6))
    return [_arc(0.55 * width, 0.5, 0.45 * width, 0.5, 50, 310), *bars]


def _percent(width: float) -> list[np.ndarray]:
    return [
        _arc(0.17, 0.22, 0.16, 0.2, 0, 360),
        _bar(width, 0, 0.05, 1),
        _arc(width - 0.12, 0.8, 0.16, 0.2, 0, 360),
    ]


def _grey(cover: np.ndarray, paper: float = 255, ink: float = 0) -> np.ndarray:
    whole: np.ndarray = np.rint(paper + cover * (ink - paper))
    return whole.clip(0, 255).astype(np.uint8)


def _coloured(cover: np.ndarray, paper: ArrayLike, ink: ArrayLike) -> np.ndarray:
    low, high = np.array(paper, float), np.array(ink, float)
    whole: np.ndarray = np.rint(low + cover[..., None] * (high - low))
    return whole.clip(0, 255).astype(np.uint8)


def _plain(writer: Writer, size: int, part: float, pen: float) -> tuple[np.ndarray, str]:
    label, cover = writer.cover(size, part, pen)
    picture = _grey(cover)
    return (255 - picture if writer.rng.random() < 0.5 else picture), str(label)


def _mnist_like(writer: Writer) -> tuple[np.ndarray, int]:
    from digitcnn.preprocessing.digit_image import digit_image

    label, cover = writer.cover(140, 0.7, writer.rng.uniform(8, 15))
    return digit_image(_grey(cover)), label


def _28px(writer: Writer) -> _One:
    image, label = _mnist_like(writer)
    return (image if writer.rng.random() < 0.5 else 255 - image), str(label)


def _enlarged(method: int) -> Callable[[Writer], _One]:
    def make(writer: Writer) -> _One:
        image, label = _mnist_like(writer)
        factor = int(writer.rng.choice([5, 10, 20]))
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=method)
        return (image if writer.rng.random() < 0.5 else 255 - image), str(label)

    return make


def _pen(share_low: float, share_high: float) -> Callable[[Writer], _One]:
    def make(writer: Writer) -> _One:
        size = int(writer.rng.choice([200, 280, 400, 640, 1000]))
        part = writer.rng.uniform(0.5, 0.85)
        share = np.exp(writer.rng.uniform(np.log(share_low), np.log(share_high)))
        return _plain(writer, size, part, max(1.0, share * part * size))

    return make


def _boxed(writer: Writer) -> _One:
    size = 300
    label, cover = writer.cover(size, writer.rng.uniform(0.4, 0.6), writer.rng.uniform(5, 14))
    side = writer.rng.uniform(0.68, 0.9) * size
    line = int(writer.rng.integers(1, 5))
    a, b = round((size - side) / 2), round((size + side) / 2)
    shift = writer.rng.integers(-8, 9, 2)
    frame = np.zeros_like(cover)
    cv2.rectangle(frame, (a + int(shift[0]), a + int(shift[1])), (b + int(shift[0]), b), 1.0, line)
    frame = _turned(frame, writer.rng.uniform(-2, 2))
    return _grey(np.maximum(cover, frame)), str(label)


def _framed(writer: Writer) -> _One:
    """A frame at the very edge."""
    label, cover = writer.cover(280, writer.rng.uniform(0.45, 0.7), writer.rng.uniform(5, 16))
    line, inset = int(writer.rng.integers(1, 5)), int(writer.rng.integers(0, 6))
    frame = np.ones_like(cover)
    frame[inset + line : 280 - inset - line, inset + line : 280 - inset - line] = 0
    frame[:inset] = frame[280 - inset :] = 0
    frame[:, :inset] = frame[:, 280 - inset :] = 0
    return _grey(np.maximum(cover, frame)), str(label)


def _circled(writer: Writer) -> _One:
    label, cover = writer.cover(300, writer.rng.uniform(0.35, 0.5), writer.rng.uniform(5, 12))
    radius = writer.rng.uniform(0.4, 0.47) * 300
    ring = np.zeros_like(cover)
    axes = (round(radius), round(radius * writer.rng.uniform(0.9, 1)))
    cv2.ellipse(ring, (150, 150), axes, 0, 0, 360, 1.0, int(writer.rng.integers(2, 6)), cv2.LINE_AA)
    return _grey(np.maximum(cover, ring)), str(label)


def _axes(writer: Writer) -> _One:
    """As a plotting program shows an image: a frame, ticks, small numbers beside it."""
    image, label = _mnist_like(writer)
    side = 280
    inner = cv2.resize(255 - image, (side, side), interpolation=cv2.INTER_NEAREST)
    page = np.full((360, 380), 255, np.uint8)
    x, y = 60, 30
    page[y : y + side, x : x + side] = inner
    page[y - 1, x : x + side] = page[y + side, x : x + side] = 0
    page[y : y + side, x - 1] = page[y : y + side, x + side] = 0
    for i in range(0, 28, 5):
        at = round((i + 0.5) * side / 28)
        page[y + side : y + side + 5, x + at] = 0
        page[y + at, x - 6 : x - 1] = 0
        small, _ = writer.number(str(i), 9, 1.2, 0.2)
        small = _grey(small)[4:18, 4:-4]
        h, w = small.shape
        page[y + side + 8 : y + side + 8 + h, x + at - w // 2 : x + at - w // 2 + w] = small
        page[y + at - h // 2 : y + at - h // 2 + h, x - 10 - w : x - 10] = small
    return page, str(label)


def _squared(writer: Writer) -> _One:
    label, cover = writer.cover(300, writer.rng.uniform(0.5, 0.75), writer.rng.uniform(7, 16))
    pitch, line = int(writer.rng.integers(18, 40)), writer.rng.choice([1, 1, 2])
    grid = np.zeros_like(cover)
    for i in range(line):
        grid[int(writer.rng.integers(3, pitch)) + i :: pitch] = 1
        grid[:, int(writer.rng.integers(3, pitch)) + i :: pitch] = 1
    return _grey(np.maximum(cover, writer.rng.uniform(0.4, 0.95) * grid)), str(label)


def _underlined(writer: Writer) -> _One:
    label, cover = writer.cover(300, writer.rng.uniform(0.4, 0.6), writer.rng.uniform(5, 12))
    bottom = int(np.flatnonzero(cover.any(axis=1))[-1])
    y = min(bottom + int(writer.rng.integers(6, 35)), 290)
    half = writer.rng.uniform(0.25, 0.45) * 300
    line = np.zeros_like(cover)
    ends = (round(150 - half), y), (round(150 + half), y + int(writer.rng.integers(-5, 6)))
    cv2.line(line, *ends, 1.0, int(writer.rng.integers(2, 8)), cv2.LINE_AA)
    return _grey(np.maximum(cover, line)), str(label)


def _hollow(writer: Writer) -> _One:
    label, cover = writer.cover(300, 0.75, writer.rng.uniform(14, 24))
    mask = (cover > 0.5).astype(np.uint8)
    line = int(writer.rng.choice([3, 5]))
    edge = mask - cv2.erode(mask, np.ones((line, line), np.uint8))
    return _grey(edge.astype(np.float32)), str(label)


def _streaky(writer: Writer) -> _One:
    label, cover = writer.cover(150, 0.75, writer.rng.uniform(9, 16))
    noise = cv2.GaussianBlur(writer.rng.normal(0, 1, cover.shape), (0, 0), 1.2)
    noise = 0.55 + 0.45 * np.clip(noise / noise.std(), -1.1, 1)
    return _grey(cover * noise, 230, 20), str(label)


def _touching_edge(writer: Writer) -> _One:
    label, cover = writer.cover(240, 0.8, writer.rng.uniform(8, 18))
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    cut = cover[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    margin = writer.rng.integers(0, 20, 4) * (writer.rng.random(4) < 0.4)
    return _grey(np.pad(cut, ((margin[0], margin[1]), (margin[2], margin[3])))), str(label)


def _same_grey(writer: Writer) -> _One:
    label, cover = writer.cover(300, writer.rng.uniform(0.5, 0.8), writer.rng.uniform(8, 20))
    pairs = (((40, 120, 40), (205, 40, 40)), ((120, 178, 230), (235, 160, 60)),
             ((200, 90, 200), (70, 150, 110)), ((90, 130, 190), (150, 110, 60)))  # fmt: skip
    paper, ink = pairs[writer.rng.integers(len(pairs))]
    return _coloured(cover, paper, ink), str(label)


def _coloured_pen(writer: Writer) -> _One:
    label, cover = writer.cover(280, writer.rng.uniform(0.5, 0.85), writer.rng.uniform(6, 26))
    ink = writer.rng.integers(0, 256, 3)
    ink[writer.rng.integers(3)] = 20
    return _coloured(cover, (255, 255, 255), ink), str(label)


def _transparent(writer: Writer) -> _One:
    label, cover = writer.cover(300, writer.rng.uniform(0.5, 0.8), writer.rng.uniform(8, 22))
    ink = 255 if writer.rng.random() < 0.6 else 0
    picture = np.full((300, 300, 4), ink, np.uint8)
    picture[..., 3] = np.rint(255 * cover)
    return picture, str(label)


def _photo(writer: Writer) -> _One:
    """A digit on paper, photographed: uneven light, a hard shadow, blur, noise."""
    rng, size = writer.rng, int(writer.rng.integers(300, 900))
    label, cover = writer.cover(size, rng.uniform(0.3, 0.75), rng.uniform(0.015, 0.06) * size)
    page = _coloured(cover * rng.uniform(0.7, 1), rng.uniform(190, 250, 3), rng.uniform(20, 90, 3))
    y, x = np.mgrid[:size, :size] / size
    way = rng.uniform(0, 2 * np.pi)
    light = 1 - rng.uniform(0.1, 0.5) * ((x - 0.5) * np.cos(way) + (y - 0.5) * np.sin(way) + 0.5)
    if rng.random() < 0.6:
        way = rng.uniform(0, 2 * np.pi)
        side = ((x - rng.uniform(0.2, 0.8)) * np.cos(way) + (y - 0.5) * np.sin(way)) * size
        light *= 1 - rng.uniform(0.25, 0.5) / (
            1 + np.exp(-np.clip(side / rng.uniform(1, 9), -50, 50))
        )
    page = page * light[..., None]
    page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.4, 2)) + rng.normal(0, 5, page.shape)
    return page.clip(0, 255).astype(np.uint8), str(label)


def _two_loops(writer: Writer) -> _One:
    rng = writer.rng
    pen, cover = int(rng.integers(5, 13)), np.zeros((300, 300), np.float32)
    upper = (round(rng.uniform(30, 45)), round(rng.uniform(28, 42)))
    lower = (round(rng.uniform(36, 52)), round(rng.uniform(34, 48)))
    middle = 140 + int(rng.integers(-10, 11))
    gap = int(rng.integers(0, 8)) + pen // 2
    x = 150 + int(rng.integers(-8, 9))
    cv2.ellipse(cover, (150, middle - upper[1] - gap), upper, 0, 0, 360, 1.0, pen, cv2.LINE_AA)
    cv2.ellipse(cover, (x, middle + lower[1] + gap), lower, 0, 0, 360, 1.0, pen, cv2.LINE_AA)
    return _grey(cover), "8"


def _number(
    change: _Change | None = None,
    n: tuple[int, int] = (3, 9),
    sizes: tuple[float, float] = (24, 90),
    gap: tuple[float, float] = (0.2, 0.6),
) -> Callable[[Writer], _One]:
    def make(writer: Writer) -> _One:
        rng = writer.rng
        labels = writer.labels(int(rng.integers(*n)))
        height = rng.uniform(*sizes)
        cover, boxes = writer.number(
            labels, height, max(1.5, rng.uniform(0.06, 0.13) * height), rng.uniform(*gap)
        )
        return (change(writer, cover, boxes, height) if change else _grey(cover)), labels

    return make


def _form(are_joined: bool) -> Callable[[Writer], _One]:
    def make(writer: Writer) -> _One:
        rng, n = writer.rng, int(writer.rng.integers(1, 13))
        height, labels = rng.uniform(34, 60), writer.labels(n)
        pen, line = rng.uniform(0.06, 0.11) * height, int(rng.integers(1, 4))
        cell_w, cell_h = rng.uniform(1.25, 1.6) * height, rng.uniform(1.4, 1.7) * height
        step = cell_w if are_joined else cell_w + rng.uniform(0.15, 0.6) * height
        page = np.zeros((int(2.2 * cell_h), int(n * step + 1.6 * height)), np.float32)
        y, strokes = 0.6 * cell_h, []
        for i, label in enumerate(labels):
            x = 0.7 * height + i * step
            corners = (round(x), round(y)), (round(x + cell_w), round(y + cell_h))
            cv2.rectangle(page, *corners, 1.0, line)
            _, digit = writer.digit(int(label))
            extent = np.concatenate(digit).max(axis=0) * height
            corner = np.array([x + (cell_w - extent[0]) / 2, y + (cell_h - extent[1]) / 2])
            corner += rng.uniform(-0.06, 0.06, 2) * height
            strokes += [(stroke * height + corner).astype(np.float32) for stroke in digit]
        page *= rng.uniform(0.5, 1)
        page = np.maximum(page, _cover(strokes, page.shape[::-1], pen))
        return _grey(page), labels

    return make


def _under_number(
    writer: Writer, cover: np.ndarray, boxes: list[_Box], height: float
) -> np.ndarray:
    bottom = max(y + h for _, y, _, h in boxes) + writer.rng.uniform(0.02, 0.3) * height
    line = np.zeros_like(cover)
    first, last = boxes[0][0] - 0.2 * height, boxes[-1][0] + boxes[-1][2] + 0.2 * height
    ends = (round(first), round(bottom)), (round(last), round(bottom + writer.rng.uniform(-4, 4)))
    cv2.line(line, *ends, 1.0, max(1, round(0.05 * height)), cv2.LINE_AA)
    return _grey(np.maximum(cover, line))


def _edge_frame(writer: Writer, cover: np.ndarray, boxes: list[_Box], height: float) -> np.ndarray:
    framed = cover.copy()
    line = int(writer.rng.integers(1, 4))
    framed[:line] = framed[-line:] = 1
    framed[:, :line] = framed[:, -line:] = 1
    return _grey(framed)


def _framed_tightly(writer: Writer) -> _Page:
    """A frame at the very edge, and what is written nearly touches it."""
    rng = writer.rng
    cover, lines = _page_of(writer, 2)
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    own = cover[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    framed = np.pad(own, int(rng.integers(4, 12)))
    return _grey(np.pad(framed, int(rng.integers(1, 4)), constant_values=1)), lines


def _sliver(writer: Writer, cover: np.ndarray, boxes: list[_Box], height: float) -> np.ndarray:
    page = _grey(cover, 235, 40)
    width = int(writer.rng.integers(1, 4))
    dark = int(writer.rng.integers(20, 90))
    start = int(writer.rng.integers(0, len(page) // 2))
    page[start:, -width:] = dark
    return page


def _turned(cover: np.ndarray, angle: float) -> np.ndarray:
    height, width = cover.shape
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), np.float64)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = int(width * cos + height * sin), int(width * sin + height * cos)
    turn[:, 2] += np.array([size[0] - width, size[1] - height]) / 2
    if abs(angle) < 3:
        turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), np.float64)
        size = (width, height)
    return cv2.warpAffine(cover, turn, size)


def _page_of(writer: Writer, n_lines: int) -> tuple[np.ndarray, tuple[str, ...]]:
    height, lines, covers = writer.rng.uniform(36, 60), [], []
    for _ in range(n_lines):
        lines.append(writer.labels(int(writer.rng.integers(4, 8))))
        covers.append(writer.number(lines[-1], height, 0.09 * height, 0.4)[0])
    width = max(cover.shape[1] for cover in covers)
    page = [np.pad(cover, ((0, 0), (0, width - cover.shape[1]))) for cover in covers]
    return np.concatenate(page), tuple(lines)


def _quarter(turns: int, n_lines: int = 2) -> Callable[[Writer], _Page]:
    def make(writer: Writer) -> _Page:
        cover, lines = _page_of(writer, n_lines)
        return _grey(np.ascontiguousarray(np.rot90(cover, turns))), lines

    return make


def _tilted(writer: Writer) -> _Page:
    cover, lines = _page_of(writer, 2)
    angle = writer.rng.uniform(10, 30) * writer.rng.choice([-1, 1])
    return _grey(_turned(cover, angle)), lines


def _perspective(writer: Writer) -> _Page:
    """A page on a dark table, photographed at an angle."""
    cover, lines = _page_of(writer, 2)
    page = _grey(cover, 240, 40)
    h, w = page.shape
    size = (int(1.3 * w), int(1.3 * w))
    rng = writer.rng
    top = 0.62 + rng.uniform(0, 0.2)
    x = (size[0] - w) / 2
    height = h * rng.uniform(0.7, 0.95)
    y = (size[1] - height) / 2
    inset = (1 - top) / 2 * w
    to = np.array([[x + inset, y], [x + w - inset, y], [x + w, y + height], [x, y + height]])
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    way = cv2.getPerspectiveTransform(corners, to.astype(np.float32))
    seen = cv2.warpPerspective(page, way, size, borderMode=cv2.BORDER_CONSTANT, borderValue=60)
    seen = seen + rng.normal(0, 3, seen.shape)
    return seen.clip(0, 255).astype(np.uint8), lines


def _signs(sign: str) -> Callable[[Writer], _One]:
    def make(writer: Writer) -> _One:
        rng = writer.rng
        first = writer.labels(int(rng.integers(1, 4)))
        second = writer.labels(int(rng.integers(1, 4)))
        text = (
            sign + first + second if sign == "-" and rng.random() < 0.5 else first + sign + second
        )
        height = rng.uniform(30, 80)
        cover, _ = writer.number(text, height, rng.uniform(0.06, 0.12) * height, 0.4)
        return _grey(cover), text

    return make


def _amount(before: str, after: str) -> Callable[[Writer], _One]:
    """A number with what is no digit before or after it."""

    def make(writer: Writer) -> _One:
        rng = writer.rng
        first, second = str(rng.choice(list(before or " "))), str(rng.choice(list(after or " ")))
        text = (first + writer.labels(int(rng.integers(2, 6))) + second).strip()
        height = rng.uniform(30, 80)
        cover, _ = writer.number(text, height, rng.uniform(0.06, 0.12) * height, 0.5)
        return _grey(cover), "".join("·" if sign in OTHERS else sign for sign in text)

    return make


def _sum(writer: Writer) -> _One:
    rng = writer.rng
    first, second = (writer.labels(int(rng.integers(1, 4))) for _ in range(2))
    height = rng.uniform(30, 80)
    pen_px = rng.uniform(0.06, 0.12) * height
    cover, _ = writer.number(f"{first}+{second}", height, pen_px, 0.5)
    return _grey(cover), f"{first}·{second}"


def _mixed_sizes(writer: Writer) -> _One:
    """Small noughts beside large digits."""
    rng, height = writer.rng, writer.rng.uniform(60, 100)
    whole, cents = writer.labels(int(rng.integers(1, 4))), writer.labels(2)
    large, _ = writer.number(whole, height, 0.08 * height, 0.4)
    small, _ = writer.number(cents, 0.42 * height, 0.06 * height, 0.4)
    large = large[:, : -int(0.7 * height)]
    drop = int(0.7 * height)
    small = np.pad(small[:, int(0.25 * height) :], ((drop, 0), (0, 0)))
    small = np.pad(small, ((0, max(0, len(large) - len(small))), (0, 0)))[: len(large)]
    return _grey(np.concatenate([large, small], axis=1)), whole + cents


SINGLE: dict[str, Callable[[Writer], _One]] = {
    "28 px": _28px,
    "enlarged, pixelated": _enlarged(cv2.INTER_NEAREST),
    "enlarged, smooth": _enlarged(cv2.INTER_LINEAR),
    "hair line": _pen(0.0012, 0.012),
    "thin pen": _pen(0.012, 0.06),
    "medium pen": _pen(0.06, 0.13),
    "thick pen": _pen(0.13, 0.2),
    "very thick pen": _pen(0.2, 0.25),
    "boxed": _boxed,
    "framed": _framed,
    "circled": _circled,
    "axes": _axes,
    "dark squares": _squared,
    "underlined": _underlined,
    "hollow": _hollow,
    "streaky": _streaky,
    "touching the edge": _touching_edge,
    "same grey": _same_grey,
    "coloured pen": _coloured_pen,
    "transparent": _transparent,
    "photo of a digit": _photo,
    "eight of two loops": _two_loops,
}
MANY: dict[str, Callable[[Writer], _One | _Page]] = {
    "number": _number(),
    "number, small": _number(sizes=(10, 14), n=(3, 8)),
    "number, touching": _number(gap=(-0.12, 0.02), n=(4, 9)),
    "number underlined": _number(_under_number),
    "number framed": _number(_edge_frame),
    "page framed tightly": _framed_tightly,
    "number, sliver": _number(_sliver),
    "form, joined": _form(True),
    "form, apart": _form(False),
    "turned 90": _quarter(1),
    "turned 180": _quarter(2),
    "turned 270": _quarter(3),
    "line turned 90": _quarter(1, 1),
    "line turned 180": _quarter(2, 1),
    "line turned 270": _quarter(3, 1),
    "tilted": _tilted,
    "perspective": _perspective,
    "decimal point": _signs("."),
    "decimal comma": _signs(","),
    "minus": _signs("-"),
    "slash": _signs("/"),
    "colon": _signs(":"),
    "small beside large": _mixed_sizes,
    "plus": _sum,
    "brackets": _amount("(", ")"),
    "currency before": _amount("$€", ""),
    "currency after": _amount("", "$€"),
    "percent": _amount("", "%"),
}
KINDS: dict[str, Callable[[Writer], _One | _Page]] = {**SINGLE, **MANY}


def pictures(kind: str, digits: PenDigits, n: int, seed: int = 0) -> Iterator[KindPicture]:
    """``n`` pictures of a kind; picture i depends on ``seed`` and i alone."""
    for i in range(n):
        name = int.from_bytes(kind.encode()[:8].ljust(8), "little")
        writer = Writer(digits, np.random.default_rng([seed, i, name]))
        picture, value = KINDS[kind](writer)
        lines = (value,) if isinstance(value, str) else tuple(value)
        yield KindPicture(kind, picture, lines)
