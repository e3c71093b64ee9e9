"""Ways to write a six."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, arc, corner, path


def _six_loop(rng: Generator, x: float, y: float, rx: float, ry: float) -> Points:
    """The bowl, from its left side round the bottom and back, closed or not."""
    return arc(x, y, rx, ry, 180, 180 - rng.uniform(280, 410), 9)


@style(6)
def round_six(rng: Generator) -> Controls:
    rx, ry = rng.uniform(0.12, 0.4), rng.uniform(0.13, 0.32)
    top = (0.3 + rng.uniform(0.1, 0.6), rng.uniform(-0.05, 0.05))
    return [path(top, (0.3, 0.3), _six_loop(rng, 0.2 + rx, 1 - ry, rx, ry))]


@style(6)
def straight_six(rng: Generator) -> Controls:
    """A straight stem: like a b."""
    rx, ry = rng.uniform(0.2, 0.4), rng.uniform(0.18, 0.3)
    stem = path((0.2 + rng.uniform(-0.05, 0.2), 0), (0.2, 1 - ry))
    return [path(stem, _six_loop(rng, 0.2 + rx, 1 - ry, rx, ry))]


@style(6)
def big_bowled_six(rng: Generator) -> Controls:
    """A large bowl with a short tail."""
    rx, ry = rng.uniform(0.38, 0.5), rng.uniform(0.3, 0.4)
    return [
        path((rng.uniform(0.3, 0.7), 0), (0.12, 0.3), _six_loop(rng, 0.05 + rx, 1 - ry, rx, ry))
    ]


@style(6)
def curled_six(rng: Generator) -> Controls:
    """The bowl runs on inwards."""
    rx, ry = rng.uniform(0.25, 0.4), rng.uniform(0.2, 0.3)
    bowl = _six_loop(rng, 0.15 + rx, 1 - ry, rx, ry)
    inwards = (0.15 + rx * rng.uniform(0.6, 1.1), 1 - ry * rng.uniform(0.2, 0.9))
    return [path((rng.uniform(0.4, 0.9), 0), (0.25, 0.3), bowl, inwards)]


@style(6)
def angular_six(rng: Generator) -> Controls:
    w = rng.uniform(0.6, 1.0)
    y = rng.uniform(0.5, 0.68)
    return [
        path(
            (rng.uniform(0.1, 0.5), 0),
            corner(0.05, rng.uniform(0.85, 1)),
            corner(w * 0.9, 1),
            corner(w, y),
            (rng.uniform(0.0, 0.2), y + rng.uniform(-0.05, 0.15)),
        )
    ]


@style(6)
def hooked_six(rng: Generator) -> Controls:
    """The top hooks over to the right."""
    rx, ry = rng.uniform(0.22, 0.38), rng.uniform(0.2, 0.3)
    hook = path((rng.uniform(0.6, 0.9), rng.uniform(0.08, 0.2)), (0.55, 0.0), (0.3, 0.15))
    return [path(hook, (0.17, 0.5), _six_loop(rng, 0.15 + rx, 1 - ry, rx, ry))]


@style(6)
def crossing_six(rng: Generator) -> Controls:
    """The bowl ends left of the stem."""
    y = rng.uniform(0.5, 0.68)
    return [
        path(
            (rng.uniform(0.3, 0.7), 0),
            (0.15, 0.45),
            (0.15, 0.9),
            (0.5, 1),
            (0.75, 0.8),
            (0.6, y),
            (rng.uniform(-0.1, 0.1), y + rng.uniform(0.0, 0.2)),
        )
    ]


@style(6)
def lollipop_six(rng: Generator) -> Controls:
    """A nearly straight stem with a small ring at its foot."""
    r = rng.uniform(0.07, 0.17)
    lean = rng.uniform(-0.1, 0.3)
    start = rng.uniform(150, 220)
    ball = arc(r, 1 - r, r, r * rng.uniform(0.8, 1.2), start, start - rng.uniform(300, 420), 9)
    return [path((lean, 0), (lean * 0.5, 0.45), ball)]
