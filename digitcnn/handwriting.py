"""Digits as people write them and MNIST's writers did not; for training only.

A style's control points (:mod:`digitcnn.styles`) become a hand's ink: smoothed or left in straight
pieces, bent, slanted, trembling, caught on a coarse grid as a mouse or an old tablet does. The ink
then goes the way of any drawing: ``ink.rasterize``, ``preprocess.digit_image``.
"""

from dataclasses import dataclass

import numpy as np

from digitcnn import ink as inks
from digitcnn import preprocess
from digitcnn.styles import STYLES, Controls

# Rendered on a smaller canvas than people draw on, as that is four times faster; after scaling to
# the 20-px box the difference is below one grey level in twenty.
_CANVAS_PX = 140


def smooth(controls: np.ndarray, n_between: int = 6) -> np.ndarray:
    """A Catmull-Rom curve through control points; float (n_points, 2)."""
    if len(controls) < 3:
        return controls
    padded = np.concatenate([controls[:1], controls, controls[-1:]])
    t = np.linspace(0, 1, n_between, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    curve = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return np.concatenate([curve.reshape(-1, 2), controls[-1:]])


def write(controls: Controls, rng: np.random.Generator) -> inks.Ink:
    """Ink of one hand's rendering of control points, on a canvas of ``_CANVAS_PX``."""
    wobble = rng.uniform(0.0, 0.045)
    strokes = [points + rng.normal(0, wobble, points.shape) * _distinct(points) for points in controls]
    strokes = [smooth(points) for points in strokes]
    strokes = _bend(strokes, rng)
    strokes = _slant(strokes, rng)
    size_px = _CANVAS_PX * rng.uniform(0.45, 0.75)
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
    strokes = [(stroke - low) / extent for stroke in strokes]
    strokes = _coarsen(strokes, rng)
    margin = (_CANVAS_PX - size_px) / 2
    return [(stroke * size_px + margin).astype(np.float32) for stroke in strokes]


def digit_images(
    n: int, rng: np.random.Generator, names: list[str] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    names = names or list(STYLES)
    by_label: dict[int, list] = {}
    for name in names:
        label, draw = STYLES[name]
        by_label.setdefault(label, []).append(draw)
    labels = rng.permutation(np.resize(sorted(by_label), n)).astype(np.uint8)
    images = np.zeros((n, 28, 28), np.uint8)
    for i, label in enumerate(labels):
        draw = by_label[label][rng.integers(len(by_label[label]))]
        images[i] = render(write(draw(rng), rng), rng)
    return images, labels


def render(ink: inks.Ink, rng: np.random.Generator) -> np.ndarray:
    pen_px = inks.longer_side_px(ink) * np.exp(rng.uniform(np.log(0.06), np.log(0.2)))
    raster = inks.rasterize(ink, (_CANVAS_PX, _CANVAS_PX), pen_px)
    return preprocess.digit_image(raster)


def _distinct(points):
    """1, but 0 where a control point repeats the one before, so that corners stay corners."""
    return 1.0


def _bend(strokes, rng):
    """A slow displacement of the whole plane: two waves each way."""
    amplitude = rng.uniform(0, 0.05)
    frequency = rng.normal(0, 3.0, (2, 2, 2))
    phase = rng.uniform(0, 2 * np.pi, (2, 2))
    return [
        stroke
        + amplitude * np.stack(
            [sum(np.sin(stroke @ frequency[axis, k] + phase[axis, k]) for k in range(2)) for axis in range(2)],
            axis=1,
        )
        for stroke in strokes
    ]


def _slant(strokes, rng):
    turn = np.radians(rng.normal(0, 6))
    shear = rng.normal(-0.12, 0.2)
    aspect = np.exp(rng.normal(0, 0.2))
    matrix = np.array([[aspect, shear], [0, 1]]) @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return [stroke @ matrix.T for stroke in strokes]


def _coarsen(strokes, rng):
    kind = rng.random()
    if kind < 0.12:  # a coarse tablet: few places the pen can be
        grid = rng.uniform(0.04, 0.11)
        return [np.round(stroke / grid) * grid for stroke in strokes]
    if kind < 0.24:  # few points, joined by straight pieces
        keep = rng.integers(3, 8)
        return [stroke[np.unique(np.r_[0:len(stroke):keep, len(stroke) - 1])] for stroke in strokes]
    if kind < 0.6:  # a trembling hand or a mouse
        size = rng.uniform(0.004, 0.02)
        return [stroke + _tremble(len(stroke), size, rng) for stroke in strokes]
    return strokes


def _tremble(n, size, rng):
    noise = rng.normal(0, size, (n, 2))
    return (noise + np.roll(noise, 1, axis=0)) / 1.4
