"""Photos for tests: our own sample digits on paper that the benchmark makes."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from digitcnn.benchmarks.accuracy.stroke_file import PenDigits
from digitcnn.data import handwriting, samples
from digitcnn.data.styles import STYLES
from digitcnn.preprocessing import ink


def own_digits() -> PenDigits:
    """The ten samples in the form of a stroke file: their longer side is 1."""
    points, stroke_starts, digit_starts = [], [0], [0]
    for digit in range(10):
        strokes = samples.sample(digit)
        both = np.concatenate(strokes)
        low, extent = both.min(axis=0), np.ptp(both, axis=0)
        for stroke in strokes:
            points.append((stroke - low) / extent.max())
            stroke_starts.append(stroke_starts[-1] + len(stroke))
        digit_starts.append(digit_starts[-1] + len(strokes))
    return PenDigits(
        np.concatenate(points).astype(np.float32),
        np.array(stroke_starts),
        np.array(digit_starts),
        np.arange(10, dtype=np.uint8),
        np.full(10, "own"),
    )


def styled_digits(
    is_wanted: Callable[[int, ink.Ink], bool], per_label: int = 10, seed: int = 0
) -> PenDigits:
    """Made-up handwriting in the form of a stroke file: their longer side is 1."""
    rng = np.random.default_rng(seed)
    points, stroke_starts, digit_starts, labels = [], [0], [0], []
    for label in range(10):
        styles = [draw for of, draw in STYLES.values() if of == label]
        kept = 0
        while kept < per_label:
            strokes = handwriting.write(styles[rng.integers(len(styles))](rng), rng)
            both = np.concatenate(strokes)
            low, extent = both.min(axis=0), np.ptp(both, axis=0)
            strokes = [((stroke - low) / extent.max()).astype(np.float32) for stroke in strokes]
            if not is_wanted(label, strokes):
                continue
            kept += 1
            for stroke in strokes:
                points.append(stroke)
                stroke_starts.append(stroke_starts[-1] + len(stroke))
            digit_starts.append(digit_starts[-1] + len(strokes))
            labels.append(label)
    return PenDigits(
        np.concatenate(points).astype(np.float32),
        np.array(stroke_starts),
        np.array(digit_starts),
        np.array(labels, np.uint8),
        np.full(len(labels), "own"),
    )


def drawn_lines(
    lines: tuple[str, ...], height_px: int = 60, gap_px: int = 24
) -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """Numbers in black on white, drawn with Pillow's own pen, and each digit's box of ink.

    A space is two digits wide. Independent of the benchmark's pictures.
    """
    width = max(map(len, lines)) * (2 * height_px + gap_px)
    page = np.full((len(lines) * 2 * height_px + height_px, width), 255, np.uint8)
    boxes = []
    for row, line in enumerate(lines):
        x, y = height_px, height_px // 2 + row * 2 * height_px
        for sign in line:
            if sign == " ":
                x += 2 * height_px
                continue
            raster = np.asarray(
                Image.fromarray(ink.rasterize(samples.sample(int(sign)))).resize(
                    (int(1.4 * height_px),) * 2
                )
            )
            rows, columns = np.nonzero(raster < 128)
            cut = raster[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            part = page[y : y + cut.shape[0], x : x + cut.shape[1]]
            np.minimum(part, cut, out=part)
            boxes.append((x, y, cut.shape[1], cut.shape[0]))
            x += cut.shape[1] + gap_px
    return page, boxes


def with_slash(digits: str) -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """Two digits with a slash between them, and the boxes of the digits."""
    page, boxes = drawn_lines((digits,), gap_px=70)
    (x, y, width, height), (right, *_) = boxes
    middle, reach = (x + width + right) // 2, height // 4
    picture = Image.fromarray(page)
    ends = (middle + reach, y - 4, middle - reach, y + height + 4)
    ImageDraw.Draw(picture).line(ends, 0, max(3, height // 10))
    return np.asarray(picture), boxes


def file_of(picture: np.ndarray | Image.Image, kind: str = "PNG", **options) -> io.BytesIO:
    """A picture file."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    file.seek(0)
    return file


def overlap(one: tuple, other: tuple) -> float:
    """Intersection over union of two boxes, counted in pixels."""

    def pixels(box):
        x, y, width, height = (round(side) for side in box)
        return {(i, j) for i in range(x, x + width) for j in range(y, y + height)}

    a, b = pixels(one), pixels(other)
    return len(a & b) / len(a | b)
