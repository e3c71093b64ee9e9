"""Drawings that are no digit: what the network learns to doubt, and what that is measured on.

Two families that share nothing: ``IN_TRAINING`` are drawings that trainings learn to be uncertain
about (Hendrycks et al. 2019, "Deep anomaly detection with outlier exposure"); the kinds of
``HELD_OUT`` never do, and are what the benchmark and the tests ask about. Left out of both are
drawings that somebody's digit looks like: O, I, Z, S, B, q, a triangle, a tick. Letters as people
write them are learned from pen strokes, see :mod:`digitcnn.data.stroke_model`, and join the first.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from digitcnn.data.styles import STYLES, Controls
from digitcnn.data.styles.shapes import arc, corner, path, ring

Drawing = Callable[[Generator], Controls]
_Corners = list[list[tuple[float, float]]]  # of each stroke of a sign

# Straight-lined signs: strokes of corners, in a box of 1 by 1.
_TRAINING_SIGNS: dict[str, _Corners] = {
    "F": [[(0, 0), (0, 1)], [(0, 0), (0.8, 0)], [(0, 0.5), (0.6, 0.5)]],
    "H": [[(0, 0), (0, 1)], [(0.8, 0), (0.8, 1)], [(0, 0.5), (0.8, 0.5)]],
    "N": [[(0, 1), (0, 0), (0.8, 1), (0.8, 0)]],
    "V": [[(0, 0), (0.45, 1), (0.9, 0)], [(0, 0), (0.9, 0)]],
    "t": [[(0.4, 0), (0.4, 0.9), (0.7, 1)], [(0, 0.3), (0.8, 0.3)], [(0, 0.55), (0.8, 0.55)]],
    "#": [[(0.3, 0), (0.2, 1)], [(0.7, 0), (0.6, 1)], [(0, 0.3), (1, 0.3)], [(0, 0.7), (1, 0.7)]],
    "=": [[(0, 0.3), (1, 0.3)], [(0, 0.7), (1, 0.7)]],
    "*": [[(0.5, 0), (0.5, 1)], [(0, 0.2), (1, 0.8)], [(0, 0.8), (1, 0.2)]],
    "R": [[(0, 1), (0, 0), (0.7, 0.05), (0.7, 0.45), (0, 0.5), (0.8, 1)]],
    "house": [[(0, 1), (0, 0.4), (0.5, 0), (1, 0.4), (1, 1), (0, 1), (1, 0.4), (0, 0.4), (1, 1)]],
}
# Signs of other alphabets and none, as Latin letters are learned from real ones.
_HELD_OUT_SIGNS: dict[str, _Corners] = {
    "Ж": [[(0.5, 0), (0.5, 1)], [(0, 0), (0.5, 0.5), (0, 1)], [(1, 0), (0.5, 0.5), (1, 1)]],
    "Ш": [[(0, 0), (0, 1), (1, 1), (1, 0)], [(0.5, 0), (0.5, 1)]],
    "П": [[(0, 1), (0, 0), (0.8, 0), (0.8, 1)]],
    "Д": [[(0, 1), (0.05, 0.8), (0.95, 0.8), (1, 1)], [(0.2, 0.8), (0.5, 0), (0.8, 0.8)]],
    "Ю": [[(0, 0), (0, 1)], [(0, 0.5), (0.4, 0.5)], [(0.4, 0), (1, 0), (1, 1), (0.4, 1), (0.4, 0)]],
    "Ψ": [[(0.5, 0), (0.5, 1)], [(0, 0), (0.1, 0.5), (0.5, 0.65), (0.9, 0.5), (1, 0)]],
    "Σ": [[(0.9, 0.15), (0.9, 0), (0, 0), (0.5, 0.5), (0, 1), (0.9, 1), (0.9, 0.85)]],
    "≠": [[(0, 0.35), (1, 0.35)], [(0, 0.65), (1, 0.65)], [(0.75, 0), (0.25, 1)]],
}


def _lettering(letters: dict[str, _Corners]) -> Drawing:
    def letter(rng: Generator) -> Controls:
        shape = letters[list(letters)[rng.integers(len(letters))]]
        shift = rng.normal(0, 0.04, (len(shape), 1, 2))
        return [
            path(*(corner(*point) for point in stroke)) + offset
            for stroke, offset in zip(shape, shift, strict=True)
        ]

    return letter


def tangle(rng: Generator) -> Controls:
    """A line that wanders about without aim."""
    return [rng.uniform(0, 1, (rng.integers(7, 25), 2))]


def hatching(rng: Generator) -> Controls:
    """To and fro, to and fro."""
    n = rng.integers(6, 14)
    x = np.linspace(0, 1, n) + rng.normal(0, 0.03, n)
    y = np.where(np.arange(n) % 2, 0, rng.uniform(0.4, 1.2)) + rng.normal(0, 0.06, n)
    return [np.stack([x, y] if rng.random() < 0.5 else [y, x], axis=1)]


def scattered(rng: Generator) -> Controls:
    """Several short strokes that have nothing to do with each other."""
    starts = rng.uniform(0, 1, (rng.integers(4, 9), 1, 2))
    return list(starts + rng.normal(0, 0.25, (len(starts), rng.integers(2, 4), 2)))


def spiral(rng: Generator) -> Controls:
    """Round and round, inwards."""
    turns = rng.uniform(2.2, 4)
    loop = arc(0, 0, 0.5, 0.5, 0, 360 * turns, int(8 * turns))
    return [loop * np.linspace(1, 0.1, len(loop))[:, None] * (1, rng.choice([-1, 1]))]


def two_digits(rng: Generator) -> Controls:
    """A digit beside another."""
    names = list(STYLES)
    left, right = (STYLES[names[rng.integers(len(names))]][1](rng) for _ in range(2))
    reach = max(stroke[:, 0].max() for stroke in left) + rng.uniform(0.15, 0.5)
    start = min(stroke[:, 0].min() for stroke in right)
    return [*left, *(stroke + (reach - start, rng.normal(0, 0.1)) for stroke in right)]


def digit_on_its_side(rng: Generator) -> Controls:
    """A digit that lies down, as far as that makes none."""
    lying = [name for name, (label, _) in STYLES.items() if label in (3, 4, 5)]
    shape = STYLES[lying[rng.integers(len(lying))]][1](rng)
    turn = rng.choice([-1, 1])
    return [stroke[:, ::-1] * (turn, -turn) for stroke in shape]


def heart(rng: Generator) -> Controls:
    """A heart, from its notch around and back."""
    w, notch = rng.uniform(0.35, 0.6), rng.uniform(0.15, 0.35)
    left, right = (0.5 - w, rng.uniform(0.2, 0.35)), (0.5 + w, rng.uniform(0.2, 0.35))
    lobes = (0.5 - w / 2, -0.02), (0.5 + w / 2, -0.02)
    return [path(corner(0.5, notch), lobes[0], left, corner(0.5, 1), right, lobes[1],
                 corner(0.5, notch + rng.normal(0, 0.04)))]  # fmt: skip


def arrow(rng: Generator) -> Controls:
    """An arrow in any direction but up, where a one points."""
    turn = np.radians(rng.uniform(-40, 220))
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    tip, barb = along * 0.5, rng.uniform(0.15, 0.35)
    ends = [tip - along * barb + side * across * barb for side in (1, -1)]
    return [path(-along * 0.5, tip), path(ends[0], corner(*tip), ends[1])]


def sun(rng: Generator) -> Controls:
    """A ring with rays."""
    radius, n = rng.uniform(0.2, 0.3), rng.integers(6, 11)
    turns = np.radians(np.arange(n) * 360 / n + rng.normal(0, 6, n))
    rays = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return [
        ring(rng, 0, 0, radius, radius),
        *(np.stack([ray * radius * 1.2, ray * rng.uniform(0.42, 0.55)]) for ray in rays),
    ]


def flower(rng: Generator) -> Controls:
    """Petals in one line around a small ring."""
    n = rng.integers(4, 8)
    turns = np.linspace(0, 2 * np.pi, 6 * n + 1)
    reach = 0.35 + 0.15 * np.cos(n * turns)
    petals = np.stack([reach * np.cos(turns), reach * np.sin(turns)], axis=1)
    return [petals, arc(0, 0, 0.1, 0.1, 0, 360, 7)]


def wheel(rng: Generator) -> Controls:
    """A ring with spokes from rim to rim."""
    n, first = rng.integers(2, 5), rng.uniform(0, 180)
    spokes = []
    for turn in np.radians(first + np.arange(n) * 180 / n):
        end = np.array([np.cos(turn), np.sin(turn)]) * rng.uniform(0.42, 0.52)
        spokes.append(np.stack([end, -end]))
    return [ring(rng, 0, 0, 0.5, 0.5), *spokes]


def button(rng: Generator) -> Controls:
    """A ring with holes."""
    n, first = rng.integers(2, 5), rng.uniform(0, 360)
    away = rng.uniform(0.15, 0.25)
    holes = []
    for turn in np.radians(first + np.arange(n) * 360 / n):
        x, y = away * np.cos(turn), away * np.sin(turn)
        holes.append(arc(x, y, 0.05, 0.05, 0, 360, 6))
    return [ring(rng, 0, 0, 0.5, rng.uniform(0.4, 0.5)), *holes]


def envelope(rng: Generator) -> Controls:
    """A box with its flap."""
    low = rng.uniform(0.5, 0.8)
    box = path(*(corner(x, y) for x, y in ((0, 0), (1, 0), (1, low), (0, low), (0, 0))))
    flap = path((0, 0), corner(0.5, low * rng.uniform(0.4, 0.7)), (1, 0))
    return [box, flap]


def stick_figure(rng: Generator) -> Controls:
    """Head, body, arms and legs."""
    hip, arms = rng.uniform(0.55, 0.7), rng.uniform(0.3, 0.45)
    hands, feet = rng.uniform(0.2, 0.4, 2)
    rise = rng.uniform(-0.12, 0.12)
    return [
        ring(rng, 0.5, 0.12, 0.12, 0.12),
        path((0.5, 0.24), (0.5, hip)),
        path((0.5 - hands, arms + rise), (0.5 + hands, arms + rise * rng.choice([-1, 1]))),
        path((0.5 - feet, 1), corner(0.5, hip), (0.5 + feet, 1)),
    ]


def doodle(rng: Generator) -> Controls:
    """Something small that people draw to see what happens."""
    return DOODLES[rng.integers(len(DOODLES))](rng)


DOODLES: list[Drawing] = [heart, arrow, sun, flower, wheel, button, envelope, stick_figure]


def random_walk(rng: Generator) -> Controls:
    """A scribble made in another way than ``tangle``: a pen with momentum, pushed about."""
    n = rng.integers(25, 70)
    speed = np.zeros(2)
    place, places = np.zeros(2), []
    for push in rng.normal(0, 1, (n, 2)):
        speed = 0.75 * speed + push - 0.15 * place
        place = place + speed
        places.append(place)
    return [np.array(places)]


def smiley(rng: Generator) -> Controls:
    """A round face with two eyes and a mouth."""
    face = arc(0.5, 0.5, 0.5, 0.5, -90, 280, 14)
    eye_y = rng.uniform(0.3, 0.4)
    mouth = arc(0.5, rng.uniform(0.5, 0.6), 0.25, rng.uniform(0.1, 0.25), 15, 165, 5)
    eyes = [path((x, eye_y), (x, eye_y + rng.uniform(0.03, 0.12))) for x in (0.33, 0.67)]
    return [face, *eyes, mouth]


def star(rng: Generator) -> Controls:
    """Five points in one line."""
    order = [0, 2, 4, 1, 3, 0]
    turn = np.radians(np.array(order) * 72 - 90 + rng.normal(0, 8))
    return [np.repeat(np.stack([np.cos(turn), np.sin(turn)], axis=1), 3, axis=0)]


IN_TRAINING: dict[str, Drawing] = {
    "letters": _lettering(_TRAINING_SIGNS),
    "tangles": tangle,
    "hatching": hatching,
    "scattered": scattered,
    "spirals": spiral,
    "two digits": two_digits,
    "on its side": digit_on_its_side,
    "doodles": doodle,
}
HELD_OUT: dict[str, Drawing] = {
    "letters": _lettering(_HELD_OUT_SIGNS),
    "scribbles": random_walk,
    "smileys": smiley,
    "stars": star,
}
