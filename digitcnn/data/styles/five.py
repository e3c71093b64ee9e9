"""Ways to write a five."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, corner, path


def _five_belly(rng: Generator, x: float, y: float) -> Points:
    w = rng.uniform(0.75, 1.0)
    return path(
        (x + 0.2, y - 0.06),
        (w, y + 0.08),
        (w, rng.uniform(0.75, 0.85)),
        (0.55, 1),
        rng.uniform((-0.02, 0.78), (0.2, 1.0)),
    )


@style(5)
def five_with_its_bar_apart(rng: Generator) -> Controls:
    x, y = rng.uniform(0.05, 0.25), rng.uniform(0.36, 0.48)
    body = path((x + rng.uniform(0, 0.1), 0.02), corner(x, y), _five_belly(rng, x, y))
    start = (x + rng.uniform(-0.1, 0.25), rng.uniform(-0.12, 0.12))
    return [body, path(start, (rng.uniform(0.75, 1.3), start[1] + rng.uniform(-0.2, 0.06)))]


@style(5)
def five_in_one_go(rng: Generator) -> Controls:
    x, y = rng.uniform(0.05, 0.2), rng.uniform(0.36, 0.5)
    roof = path((rng.uniform(0.7, 1.15), rng.uniform(-0.1, 0.06)), corner(x + 0.06, 0.02))
    return [path(roof, corner(x, y), _five_belly(rng, x, y))]


@style(5)
def ess_five(rng: Generator) -> Controls:
    """Like an S."""
    return [
        path(
            (rng.uniform(0.75, 1.05), rng.uniform(0, 0.12)),
            (0.5, 0.0),
            (rng.uniform(0.08, 0.25), 0.2),
            (0.35, 0.42),
            (0.8, 0.6),
            (0.75, 0.9),
            (0.4, 1),
            rng.uniform((-0.02, 0.82), (0.2, 1)),
        )
    ]


@style(5)
def angular_five(rng: Generator) -> Controls:
    x, w = rng.uniform(0.05, 0.2), rng.uniform(0.65, 0.95)
    return [
        path(
            (w, rng.uniform(-0.05, 0.05)),
            corner(x, 0.02),
            corner(x, rng.uniform(0.4, 0.5)),
            corner(w, rng.uniform(0.42, 0.55)),
            corner(w, 0.95),
            (0.0, rng.uniform(0.92, 1.02)),
        )
    ]


@style(5)
def small_bellied_five(rng: Generator) -> Controls:
    """A short stem, a small belly, and a long bar to the right."""
    body = path(
        (0.3, 0.1),
        corner(0.2, rng.uniform(0.38, 0.5)),
        (0.45, 0.42),
        (0.6, 0.6),
        (0.45, 0.88),
        rng.uniform((0.0, 0.8), (0.2, 1)),
    )
    start = rng.uniform((0.15, 0.0), (0.35, 0.15))
    return [body, path(start, (rng.uniform(0.9, 1.35), rng.uniform(-0.12, 0.08)))]


@style(5)
def wide_topped_five(rng: Generator) -> Controls:
    """In one go with a slanting stem and a long roof, quickly written."""
    x, y = rng.uniform(0.05, 0.2), rng.uniform(0.42, 0.55)
    roof = path(
        (rng.uniform(0.9, 1.4), rng.uniform(-0.05, 0.12)), corner(rng.uniform(0.35, 0.5), 0)
    )
    return [
        path(
            roof,
            corner(x, y),
            (0.5, y - 0.02),
            (rng.uniform(0.6, 0.85), 0.7),
            (0.45, 0.96),
            rng.uniform((-0.1, 0.85), (0.1, 1)),
        )
    ]
