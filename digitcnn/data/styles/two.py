"""Ways to write a two."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, arc, corner, path


def _two_head(rng: Generator) -> Points:
    """From the top left over the bow to just above the base; where it comes down."""
    w = rng.uniform(0.28, 0.5)
    start = (0.5 - w, rng.uniform(0.1, 0.35))
    return path(
        start,
        (0.5 - w / 2, 0.03),
        (0.5 + w / 3, 0),
        (0.5 + w, rng.uniform(0.18, 0.32)),
        (0.5 + w * rng.uniform(0.3, 0.7), rng.uniform(0.48, 0.6)),
    )


@style(2)
def sharp_two(rng: Generator) -> Controls:
    left = rng.uniform(0.0, 0.3)
    return [
        path(_two_head(rng), corner(left, 1), (rng.uniform(0.75, 1.1), 1 + rng.normal(0, 0.05)))
    ]


@style(2)
def looped_two(rng: Generator) -> Controls:
    x, y, r = rng.uniform(0.12, 0.32), rng.uniform(0.82, 0.9), rng.uniform(0.06, 0.16)
    loop = path((x, y + 0.1), (x - r, y), (x, y - r), (x + r * 1.3, y))
    end = rng.uniform((0.75, 0.85), (1.15, 1.08))
    return [path(_two_head(rng), (x + r, y), loop, (0.6, 0.97), end)]


@style(2)
def wavy_two(rng: Generator) -> Controls:
    """No corner: the base is a wave."""
    x = rng.uniform(0.1, 0.3)
    return [
        path(
            _two_head(rng),
            (x, 0.9),
            (x + 0.05, 1),
            (0.6, rng.uniform(0.9, 1.0)),
            rng.uniform((0.75, 0.8), (1.05, 1.0)),
        )
    ]


@style(2)
def zed_two(rng: Generator) -> Controls:
    """Like a Z."""
    roof = path((rng.uniform(0.0, 0.2), rng.uniform(0, 0.12)), corner(rng.uniform(0.7, 1.0), 0))
    return [path(roof, corner(rng.uniform(0.0, 0.25), 1), (rng.uniform(0.75, 1.15), 1))]


@style(2)
def curly_two(rng: Generator) -> Controls:
    """The bow starts with a curl."""
    x, y = rng.uniform(0.1, 0.3), rng.uniform(0.25, 0.4)
    curl = arc(x, y, rng.uniform(0.06, 0.14), rng.uniform(0.06, 0.12), 30, -200, 6)
    x = rng.uniform(0.0, 0.25)
    return [
        path(
            curl,
            (0.35, 0.02),
            (0.7, 0.02),
            (0.85, 0.25),
            (0.65, 0.55),
            corner(x, 1),
            (rng.uniform(0.75, 1.1), 1),
        )
    ]


@style(2)
def flat_two(rng: Generator) -> Controls:
    """Wide and low, all in quick strokes."""
    return [
        path(
            (0.05, rng.uniform(0.2, 0.35)),
            (0.35, 0.1),
            (0.75, 0.15),
            (0.8, 0.35),
            corner(rng.uniform(0, 0.2), rng.uniform(0.65, 0.8)),
            (rng.uniform(0.9, 1.4), rng.uniform(0.7, 0.95)),
        )
    ]


@style(2)
def open_two(rng: Generator) -> Controls:
    """A short bow, a long neck, the base short or turned down."""
    return [
        path(
            (0.25, rng.uniform(0.12, 0.3)),
            (0.45, 0),
            (0.7, 0.1),
            (0.62, 0.4),
            (0.35, rng.uniform(0.75, 0.9)),
            (0.3, 0.98),
            (0.5, 1),
            rng.uniform((0.6, 0.9), (0.9, 1.08)),
        )
    ]
