"""Ways to write a nine."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, arc, corner, path, ring


def _nine_bowl(rng: Generator, x: float, rx: float, ry: float) -> Points:
    """From the top right, round the left, and up to the right again."""
    start = rng.uniform(-60, 0)
    return arc(x, ry, rx, ry, start, start - rng.uniform(290, 370), 9)


def _nine_tail(rng: Generator, x: float) -> Points:
    return path((x, 0.3), (x - rng.uniform(0, 0.08), 0.65), (x - rng.uniform(0.0, 0.35), 1))


@style(9)
def straight_nine(rng: Generator) -> Controls:
    rx, ry = rng.uniform(0.12, 0.42), rng.uniform(0.13, 0.3)
    x = 0.8
    return [path(_nine_bowl(rng, x - rx, rx, ry), corner(x, ry * 0.6), _nine_tail(rng, x))]


@style(9)
def hooked_nine(rng: Generator) -> Controls:
    """Like a g: the tail turns left, shortly or widely, and up again or not."""
    rx, ry = rng.uniform(0.2, 0.4), rng.uniform(0.16, 0.28)
    x = 0.8
    back = rng.uniform(-0.15, 0.4)
    tail = path(
        (x, 0.55),
        (x - 0.03, rng.uniform(0.82, 0.92)),
        (x - 0.25, 1),
        (back, rng.uniform(0.85, 1.02)),
    )
    return [path(_nine_bowl(rng, x - rx, rx, ry), (x, ry), tail)]


@style(9)
def round_nine(rng: Generator) -> Controls:
    """One curve, no straight part."""
    rx, ry = rng.uniform(0.25, 0.42), rng.uniform(0.22, 0.34)
    return [
        path(
            _nine_bowl(rng, 0.8 - rx, rx, ry),
            (0.85, 0.4),
            (0.72, 0.8),
            rng.uniform((0.1, 0.9), (0.55, 1.03)),
        )
    ]


@style(9)
def open_nine(rng: Generator) -> Controls:
    """The bowl does not close: a cup before the stem."""
    x = rng.uniform(0.7, 0.85)
    cup = path(
        (x - rng.uniform(0.05, 0.25), rng.uniform(0, 0.08)),
        (0.35, 0.03),
        (0.12, 0.22),
        (0.3, rng.uniform(0.38, 0.48)),
        (x - 0.1, 0.33),
    )
    return [path(cup, corner(x, rng.uniform(0.0, 0.2)), (x - rng.uniform(0, 0.25), 1))]


@style(9)
def two_stroke_nine(rng: Generator) -> Controls:
    """A ring, then a stem beside it."""
    rx, ry = rng.uniform(0.18, 0.38), rng.uniform(0.16, 0.3)
    x = 0.5 + rx + rng.normal(0, 0.04)
    stem = path((x, rng.uniform(-0.06, 0.25)), (x - rng.uniform(-0.05, 0.25), 1))
    return [ring(rng, 0.5, ry, rx, ry), stem]


@style(9)
def angular_nine(rng: Generator) -> Controls:
    w, y = rng.uniform(0.5, 0.8), rng.uniform(0.3, 0.48)
    bowl = path(
        corner(w, rng.uniform(0.0, 0.1)),
        corner(rng.uniform(0.0, 0.15), 0.05),
        corner(0.05, y),
        corner(w, y * rng.uniform(0.7, 1.0)),
    )
    tail = path(corner(w, 0), (w * rng.uniform(0.7, 1.05), 1))
    return [path(bowl, tail)]


@style(9)
def gee_nine(rng: Generator) -> Controls:
    """A small ring, a square tail below it."""
    rx, ry = rng.uniform(0.18, 0.32), rng.uniform(0.14, 0.24)
    x = 0.5 + rx
    tail = path(
        (x, ry),
        corner(x - rng.uniform(-0.05, 0.1), rng.uniform(0.88, 1)),
        (rng.uniform(-0.1, 0.3), rng.uniform(0.9, 1.05)),
    )
    return [path(ring(rng, 0.5, ry, rx, ry), tail)]


@style(9)
def nine_overshooting(rng: Generator) -> Controls:
    """The stem starts above the bowl and runs through it."""
    rx, ry = rng.uniform(0.2, 0.38), rng.uniform(0.18, 0.28)
    x = 0.78
    low = path((x + rng.uniform(0.05, 0.2), rng.uniform(-0.1, 0.1)), (x - rng.uniform(0, 0.3), 1))
    return [path(_nine_bowl(rng, x - rx, rx, ry), corner(*low[0]), low[1])]


@style(9)
def nine_from_below(rng: Generator) -> Controls:
    """The bowl is a loop begun from below, the other way round; the tail is wide like a g's."""
    y = rng.uniform(0.3, 0.48)
    w = rng.uniform(0.5, 0.85)
    start = path((w * rng.uniform(0.7, 1.0), y), (w * 0.45, y * rng.uniform(0.95, 1.1)))
    bowl = path((rng.uniform(0, 0.12), y * 0.6), (w * 0.4, 0), (w * 0.9, y * 0.2))
    tail = path((w, y), (w * rng.uniform(0.9, 1.1), 0.75), (w * 0.7, 0.97))
    return [path(start, bowl, tail, (rng.uniform(-0.1, 0.3), rng.uniform(0.88, 1.02)))]
