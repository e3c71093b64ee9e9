"""Handwriting styles that no training has seen: what a network has to be taught.

Mirrored, lying or written in signs of one's own. Control points as in :mod:`digitcnn.data.styles`,
but apart from them: trainings learn from every style there is there.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from digitcnn.data import handwriting
from digitcnn.data.styles import Controls
from digitcnn.data.styles.shapes import arc, corner, path, ring
from digitcnn.preprocessing.ink import CANVAS_PX, Ink

Style = Callable[[Generator], Controls]


def drawings(style: Style, n: int, rng: Generator) -> list[Ink]:
    """``n`` drawings in a style, as many hands would do them: strokes in canvas px."""
    scale = CANVAS_PX / handwriting.CANVAS_PX
    return [
        [(stroke * scale).astype(np.float32) for stroke in handwriting.write(style(rng), rng)]
        for _ in range(n)
    ]


def _mirrored(controls: Controls) -> Controls:
    return [stroke * (-1, 1) for stroke in controls]


def _mirrored_two(rng: Generator) -> Controls:
    top = arc(0.45, 0.3, 0.35, 0.3, -170, 60, 7)
    return _mirrored([path(top, corner(0.05, 1), (0.9, rng.uniform(0.92, 1.02)))])


def _mirrored_three(rng: Generator) -> Controls:
    waist = rng.uniform(0.42, 0.52)
    upper = arc(0.4, waist / 2, 0.32, waist / 2, -150, 80, 7)
    lower = arc(0.4, (1 + waist) / 2, 0.4, (1 - waist) / 2, -80, 150, 7)
    return _mirrored([path(upper, corner(0.35, waist), lower)])


def _mirrored_five(rng: Generator) -> Controls:
    belly = arc(0.4, 0.68, 0.42, 0.32, -110, 140, 8)
    stem = path((0.85, 0), corner(0.2, 0.02), corner(0.15, rng.uniform(0.42, 0.5)), belly)
    return _mirrored([stem])


def _mirrored_seven(rng: Generator) -> Controls:
    return _mirrored([path((0, rng.uniform(0, 0.1)), corner(0.7, 0), (0.25, 1))])


def _dotted_zero(rng: Generator) -> Controls:
    x, y = 0.5 + rng.normal(0, 0.03, 2)
    dot = arc(x, y, 0.07, 0.07, 0, 400, 7)
    return [ring(rng, 0.5, 0.5, rng.uniform(0.36, 0.46), 0.5), dot]


def _dash_one(rng: Generator) -> Controls:
    return [path((0, 0.5 + rng.normal(0, 0.05)), (1, 0.5 + rng.normal(0, 0.05)))]


def _two_bars(rng: Generator) -> Controls:
    low = rng.uniform(0.4, 0.6)
    return [path((0, 0), (1, rng.normal(0, 0.04))), path((0, low), (1, low + rng.normal(0, 0.04)))]


def _three_bars(rng: Generator) -> Controls:
    step = rng.uniform(0.35, 0.45)
    return [path((0, i * step), (1, i * step + rng.normal(0, 0.04))) for i in range(3)]


def _arabic_four(rng: Generator) -> Controls:
    upper = arc(0.5, 0.25, 0.38, 0.25, -40, -270, 7)
    lower = arc(0.5, 0.75, 0.42, 0.25, -90, -320, 7)
    return [path(upper, corner(0.55, 0.5), lower)]


def _arabic_seven(rng: Generator) -> Controls:
    return [path((0, 0), corner(0.4 + rng.normal(0, 0.03), 1), (0.8, rng.uniform(-0.05, 0.1)))]


def _arabic_eight(rng: Generator) -> Controls:
    return [path((0, 1), corner(0.4 + rng.normal(0, 0.03), 0), (0.8, rng.uniform(0.9, 1.05)))]


def _hook_seven(rng: Generator) -> Controls:
    hook = arc(0.35, 0.25, 0.35, 0.25, -180, 90, 8)
    return [path(hook, (0.32, 0.6), (0.32, 1))]


def _sigma_six(rng: Generator) -> Controls:
    bowl = arc(0.4, 0.6, 0.4, 0.4, -60, -400, 10)
    return [path((1.0, rng.uniform(0.12, 0.2)), (0.6, 0.2), bowl)]


def _lying_eight(rng: Generator) -> Controls:
    t = np.linspace(0, 2 * np.pi, 17) + np.pi / 2
    width = rng.uniform(0.42, 0.5)
    return [np.stack([0.5 + width * np.cos(t), 0.5 + 0.28 * np.sin(2 * t)], axis=1)]


def _lying_nine(rng: Generator) -> Controls:
    loop = arc(0.25, 0.4, 0.25, 0.3, 60, 420, 10)
    return [path(loop, (0.6, rng.uniform(0.7, 0.78)), (1.0, rng.uniform(0.6, 0.72)))]


STYLES: dict[str, tuple[int, Style]] = {
    "mirrored two": (2, _mirrored_two),
    "mirrored three": (3, _mirrored_three),
    "mirrored five": (5, _mirrored_five),
    "mirrored seven": (7, _mirrored_seven),
    "dotted zero": (0, _dotted_zero),
    "one as a dash": (1, _dash_one),
    "two as two bars": (2, _two_bars),
    "three as three bars": (3, _three_bars),
    "Arabic four": (4, _arabic_four),
    "Arabic seven": (7, _arabic_seven),
    "Arabic eight": (8, _arabic_eight),
    "seven as a hook": (7, _hook_seven),
    "six as a sigma": (6, _sigma_six),
    "lying eight": (8, _lying_eight),
    "lying nine": (9, _lying_nine),
}
"""Each style's name, the digit that it means, and its control points."""
