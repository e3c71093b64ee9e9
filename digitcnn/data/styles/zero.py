"""Ways to write a zero."""

import numpy as np
from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, arc, corner, path, ring


@style(0)
def round_zero(rng: Generator) -> Controls:
    return [ring(rng, 0.5, 0.5, rng.uniform(0.18, 0.55), 0.5)]


@style(0)
def wide_zero(rng: Generator) -> Controls:
    return [ring(rng, 0.5, 0.5, 0.5, rng.uniform(0.28, 0.5))]


@style(0)
def square_zero(rng: Generator) -> Controls:
    w, notch = rng.uniform(0.2, 0.45), rng.uniform(-0.1, 0.1)
    left, right = 0.5 - w, 0.5 + w
    around = [(left, 0.05), (left, 0.95), (right, 0.95 + notch), (right, 0.05 - notch)]
    if rng.random() < 0.5:
        around = around[::-1]
    corners = [corner(*point) if rng.random() < 0.6 else point for point in around]
    return [path((0.5, rng.uniform(-0.08, 0.08)), *corners, (0.5, rng.uniform(-0.08, 0.08)))]


@style(0)
def pointed_zero(rng: Generator) -> Controls:
    w = rng.uniform(0.25, 0.5)
    tip = (0.5 + rng.uniform(-0.2, 0.2), 0)
    left, right = (0.5 - w, rng.uniform(0.5, 0.8)), (0.5 + w, rng.uniform(0.4, 0.75))
    return [path(corner(*tip), left, (0.5, 1), right, tip)]


@style(0)
def curled_zero(rng: Generator) -> Controls:
    """The stroke starts or ends with a tail inside or above the ring."""
    loop = ring(rng, 0.5, 0.5, rng.uniform(0.25, 0.5), rng.uniform(0.35, 0.5))
    inside = rng.uniform((-0.3, 0.05), (0.3, 0.35))
    above = rng.uniform((-0.35, -0.25), (0.35, 0.0))
    tail = loop[-1] + (inside if rng.random() < 0.6 else above)
    return [path(loop, tail)[:: rng.choice([-1, 1])]]


def _slash(rng: Generator, rx: float, ry: float, angle_deg: float, reach: float) -> Points:
    """A bar through the middle of a ring, ``reach`` times the ring's extent in that direction."""
    turn = np.radians(angle_deg)
    along = np.array([np.cos(turn), np.sin(turn)])
    extent = 1 / np.hypot(along[0] / rx, along[1] / ry)
    middle = np.array([0.5, 0.5]) + rng.normal(0, 0.05, 2)
    low, high = reach * rng.uniform(0.75, 1.25, 2)
    ends = [middle - along * extent * low, middle + along * extent * high]
    return path(*ends[:: rng.choice([-1, 1])])


@style(0)
def slashed_zero(rng: Generator) -> Controls:
    rx, ry = rng.uniform(0.2, 0.5), 0.5
    angle = rng.normal(-52, 12)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(0.7, 1.9))]


@style(0)
def small_ring_long_slash(rng: Generator) -> Controls:
    rx = rng.uniform(0.2, 0.32)
    ry = rx * rng.uniform(0.9, 1.4)
    angle = rng.uniform(-75, -25)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(1.5, 2.5))]


@style(0)
def barred_zero(rng: Generator) -> Controls:
    """Phi: the bar stands upright, or nearly."""
    rx, ry = rng.uniform(0.22, 0.5), 0.5
    angle = rng.normal(-84, 8)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(0.8, 1.7))]


@style(0)
def cross_barred_zero(rng: Generator) -> Controls:
    """Theta: the bar lies flat, or nearly."""
    rx, ry = rng.uniform(0.15, 0.42), 0.5
    angle = rng.normal(-8, 10)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(0.8, 2.2))]


@style(0)
def backslashed_zero(rng: Generator) -> Controls:
    rx, ry = rng.uniform(0.22, 0.45), 0.5
    angle = rng.normal(55, 12)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(0.7, 1.5))]


@style(0)
def zero_slashed_in_one_go(rng: Generator) -> Controls:
    """The pen stays down: the ring closes at the top right and runs on as the slash."""
    w = rng.uniform(0.25, 0.45)
    start = rng.uniform(-75, -30)
    loop = arc(0.5, 0.5, w, 0.45, start, start - 360 + rng.uniform(-20, 20), 11)
    low = (0.5 - w * rng.uniform(0.7, 1.4), rng.uniform(0.8, 1.05))
    turn = corner(0.5 + w * rng.uniform(0.6, 1.2), rng.uniform(-0.1, 0.15))
    return [path(loop, turn, low)]
