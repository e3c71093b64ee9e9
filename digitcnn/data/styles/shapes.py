"""What the styles are drawn of: control points in a box of about 1 by 1, x right and y down."""

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]  # (n, 2)
Controls = list[Points]


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, n: int = 9) -> Points:
    """Control points on an ellipse around (x, y); degrees, 0 right, 90 down."""
    turn = np.radians(np.linspace(start, end, n))
    return np.stack([x + rx * np.cos(turn), y + ry * np.sin(turn)], axis=1)


def path(*points: ArrayLike) -> Points:
    """Control points one after another: pairs, or arrays of pairs."""
    return np.concatenate([np.atleast_2d(np.asarray(point, float)) for point in points])


def corner(x: float, y: float) -> Points:
    """A control point set three times: the smoothed line turns sharply there."""
    return np.array([[x, y]] * 3, float)


def ring(rng: Generator, x: float, y: float, rx: float, ry: float) -> Points:
    """A closed loop as hands close it: from about the top, either way round, over or short."""
    start = -90 + rng.normal(0, 35)
    turn = rng.choice([-1, -1, -1, 1]) * (360 + rng.uniform(-30, 75))
    loop = arc(x, y, rx, ry, start, start + turn, 12)
    # The end seldom meets the start: let the radius drift along the way.
    drift = np.linspace(1, rng.normal(1, 0.16), len(loop))[:, None]
    return (loop - (x, y)) * drift + (x, y)
