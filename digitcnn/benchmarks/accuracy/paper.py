"""Photos of numbers on paper, composed of pen digits.

Each picture is composed as light would: paper with its grain and ruling, ink over it, uneven light
on both, seen through a camera that is turned, blurred and noisy, and kept as a JPEG. Everything is
drawn at random from one seed; where each digit lies is known.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from digitcnn.benchmarks.accuracy.paper_grounds import (
    Ground,
    light,
    ruled_paper,
    some_ground,
    speck,
)
from digitcnn.benchmarks.accuracy.stroke_file import PenDigits
from digitcnn.preprocessing import ink as inks

TURN = 7.0  # degrees, either way
JPEG_QUALITY = 60

Box = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True)
class Written:
    """A digit in a picture.

    Attributes:
        label: 0 to 9.
        box: x, y, width and height of its ink, px of the picture.
    """

    label: int
    box: Box


@dataclass(frozen=True, eq=False)
class WrittenPage:
    """A picture of numbers.

    Attributes:
        jpeg: the file.
        lines: the digits, line by line from left to right.
        ground: what it is written on.
    """

    jpeg: bytes
    lines: list[list[Written]]
    ground: Ground

    @property
    def digits(self) -> list[Written]:
        """All digits, in writing order."""
        return [digit for line in self.lines for digit in line]


@dataclass(frozen=True, eq=False)
class _Placed:
    label: int
    strokes: inks.Ink  # page px


def written_pages(digits: PenDigits, n: int, seed: int = 0) -> Iterator[WrittenPage]:
    """``n`` pictures; picture i depends on ``seed`` and i alone.

    One to three lines of one or two numbers of one to seven digits, all of one site and written
    with one pen; digits 34 to 120 px high in a picture of at most some 2,500 px.
    """
    by_site = [np.flatnonzero(digits.sites == site) for site in np.unique(digits.sites)]
    for i in range(n):
        yield _page(digits, by_site, np.random.default_rng([seed, i]))


def _page(digits: PenDigits, by_site: list[np.ndarray], rng: np.random.Generator) -> WrittenPage:
    height_px = float(np.exp(rng.uniform(np.log(34), np.log(120))))
    pen_px = max(2.2, rng.uniform(0.05, 0.14) * height_px)
    pitch_px = rng.uniform(1.55, 2.4) * height_px
    lines = _lines(digits, by_site[rng.integers(len(by_site))], height_px, pen_px, pitch_px, rng)
    points = np.concatenate([s for line in lines for digit in line for s in digit.strokes])
    margin_px = rng.uniform(0.5, 1.6, 2) * height_px
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    # The page is larger than what the camera sees of it, unless the table is seen, too.
    room_px = extent + 2 * margin_px
    ground = some_ground(rng, height_px, pitch_px)
    spare_px = 0.18 * room_px.max() + 8 if not ground.on_table else 0.25 * height_px
    size = np.ceil(room_px + 2 * spare_px).astype(int)
    shift = margin_px + spare_px - low
    first_line_y = float(lines[0][0].strokes[0][:, 1].mean() + shift[1] + 0.55 * height_px)
    width, height = (int(side) for side in size)
    page = ruled_paper(ground, (width, height), first_line_y, rng)
    cover = np.zeros(page.shape[:2], np.float32)
    for line in lines:
        for digit in line:
            _write(cover, [stroke + shift for stroke in digit.strokes], pen_px)
    cover *= ground.opacity * (1 - ground.unevenness * _smooth_noise(cover.shape, 5, rng))
    page += cover[..., None] * (ground.ink - page)
    for _ in range(rng.poisson(ground.n_specks)):
        speck(page, pen_px, rng)
    seen = np.ceil(room_px * rng.uniform(1.0, 1.06)).astype(int)
    if ground.on_table:
        seen = np.ceil(size * rng.uniform(1.05, 1.2)).astype(int)
    camera = _camera(size, seen, rng)
    page = cv2.warpPerspective(
        page, camera, tuple(int(side) for side in seen), flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_CONSTANT, borderValue=[float(c) for c in ground.table],
    )  # fmt: skip
    page *= light(page.shape[:2], rng)[..., None]
    page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.3, 0.034 * height_px + 0.3))
    page += rng.normal(0, rng.uniform(1.5, 9), page.shape).astype(np.float32)
    file = io.BytesIO()
    picture = Image.fromarray(page.clip(0, 255).astype(np.uint8))
    picture.save(file, "JPEG", quality=JPEG_QUALITY)
    boxes = [
        [
            Written(digit.label, _box([stroke + shift for stroke in digit.strokes], pen_px, camera))
            for digit in line
        ]
        for line in lines
    ]
    return WrittenPage(file.getvalue(), boxes, ground)


def _lines(
    digits: PenDigits,
    writer: np.ndarray,
    height_px: float,
    pen_px: float,
    pitch_px: float,
    rng: np.random.Generator,
) -> list[list[_Placed]]:
    slope = np.tan(np.radians(rng.uniform(-1.5, 1.5)))
    tight = rng.random() < 0.1  # some write so that digits nearly touch, or do
    lines = []
    for number_of_line in range(rng.integers(1, 4)):
        line, x = [], rng.uniform(0, 1.5) * height_px
        for _ in range(rng.integers(1, 3)):
            for _ in range(rng.integers(1, 8)):
                chosen = int(rng.choice(writer))
                scale = height_px * rng.uniform(0.82, 1.15)
                strokes = [stroke * scale for stroke in digits.ink(chosen)]
                extent = np.concatenate(strokes).max(axis=0)
                y = number_of_line * pitch_px + slope * x - extent[1]
                y += rng.normal(0, 0.05) * height_px
                corner = np.array([x, y])
                placed = [(stroke + corner).astype(np.float32) for stroke in strokes]
                line.append(_Placed(int(digits.labels[chosen]), placed))
                gap = rng.uniform(-0.02, 0.08) if tight else rng.uniform(0.08, 0.6)
                x += extent[0] + pen_px + max(gap * 0.65 * height_px, -0.5 * pen_px)
            x += rng.uniform(0.8, 2.0) * height_px
        lines.append(line)
    return lines


def _write(cover: np.ndarray, strokes: inks.Ink, pen_px: float) -> None:
    """Puts a digit's ink on a page: ``cover`` float32 (height, width), 0 paper, 1 ink."""
    points = np.concatenate(strokes)
    corner = np.floor(points.min(axis=0) - pen_px).astype(int)
    width, height = np.ceil(np.ptp(points, axis=0) + 2 * pen_px + 2).astype(int)
    raster = inks.rasterize([stroke - corner for stroke in strokes], (width, height), pen_px)
    part = cover[corner[1] : corner[1] + height, corner[0] : corner[0] + width]
    np.maximum(part, 1 - raster[: part.shape[0], : part.shape[1]] / np.float32(255), out=part)


def _camera(size: np.ndarray, seen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The way from page to picture: turned by up to 7°, and hardly from the side; (3, 3)."""
    turn = np.radians(rng.uniform(-TURN, TURN))
    cos, sin = np.cos(turn), np.sin(turn)
    to_middle, back = np.eye(3), np.eye(3)
    to_middle[:2, 2], back[:2, 2] = -size / 2, seen / 2
    turned = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    aside = np.eye(3)
    aside[2, :2] = rng.uniform(-0.05, 0.05, 2) / size.max()
    camera: np.ndarray = back @ aside @ turned @ to_middle
    return camera


def _box(strokes: inks.Ink, pen_px: float, camera: np.ndarray) -> Box:
    points = np.concatenate(strokes)
    seen = np.column_stack([points, np.ones(len(points))]) @ camera.T
    seen = seen[:, :2] / seen[:, 2:]
    low, high = seen.min(axis=0) - pen_px / 2, seen.max(axis=0) + pen_px / 2
    x, y = low.tolist()
    width, height = (high - low).tolist()
    return x, y, width, height


def _smooth_noise(shape: tuple[int, ...], size_px: float, rng: np.random.Generator) -> np.ndarray:
    """Clouds, 0 to 1, about ``size_px`` wide: float32 of ``shape``."""
    small = rng.uniform(0, 1, [max(2, int(side / size_px)) for side in shape]).astype(np.float32)
    return cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR)
