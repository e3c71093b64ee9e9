"""Ways to write a eight."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, arc, corner, path, ring


@style(8)
def flowing_eight(rng: Generator) -> Controls:
    """S down, and back up: the pen crosses itself in the middle."""
    w, v = rng.uniform(0.2, 0.45), rng.uniform(0.25, 0.5)
    waist = rng.uniform(0.4, 0.55)
    start = rng.uniform((0.5, 0.0), (0.5 + w * 1.2, 0.2))
    gap = rng.uniform((-0.3, -0.12), (0.15, 0.16))
    return [
        path(
            start,
            (0.5, 0),
            (0.5 - w, waist / 2),
            (0.5, waist),
            (0.5 + v, (1 + waist) / 2),
            (0.5, 1),
            (0.5 - v, (1 + waist) / 2),
            (0.5, waist),
            (0.5 + w, waist / 2),
            start + gap,
        )
    ]


@style(8)
def open_eight(rng: Generator) -> Controls:
    """The upstroke runs out to the top right and meets nothing."""
    w, v = rng.uniform(0.2, 0.4), rng.uniform(0.2, 0.4)
    end = rng.uniform((0.75, -0.15), (1.15, 0.15))
    return [
        path(
            rng.uniform((0.5, 0.02), (0.8, 0.15)),
            (0.45, 0),
            (0.5 - w, 0.22),
            (0.5, 0.46),
            (0.5 + v, 0.75),
            (0.45, 1),
            (0.5 - v, 0.8),
            (0.5, 0.5),
            end,
        )
    ]


@style(8)
def two_ringed_eight(rng: Generator) -> Controls:
    top, waist = rng.uniform(0.18, 0.35), rng.uniform(0.38, 0.52)
    low = rng.uniform(0.22, 0.45)
    rings = [
        ring(rng, 0.5 + rng.normal(0, 0.06), waist / 2, top, waist / 2),
        ring(rng, 0.5, (1 + waist) / 2, low, (1 - waist) / 2),
    ]
    return rings if rng.random() < 0.6 else [path(*rings)]


@style(8)
def crossing_eight(rng: Generator) -> Controls:
    """Two straight diagonals, joined at the top and at the foot."""
    w, v = rng.uniform(0.2, 0.42), rng.uniform(0.2, 0.45)
    return [
        path(
            (0.5 + w, rng.uniform(0.02, 0.2)),
            (0.5, -0.02),
            (0.5 - w, 0.12),
            (0.5 + v, 0.88),
            (0.5, 1.02),
            (0.5 - v, 0.88),
            (0.5 + w, rng.uniform(0.0, 0.2)),
        )
    ]


@style(8)
def eight_from_the_left(rng: Generator) -> Controls:
    """Starts at the left of the top, and goes the other way round."""
    eight = flowing_eight(rng)[0]
    return [eight * (-1, 1) + (1, 0)]


@style(8)
def eight_from_the_middle(rng: Generator) -> Controls:
    w, v = rng.uniform(0.2, 0.4), rng.uniform(0.22, 0.45)
    low = arc(0.5, 0.74, v, 0.26, -90, 270, 9)
    upper = arc(0.5, 0.24, w, 0.24, 90, -270 + rng.uniform(-30, 40), 9)
    return [path(upper, low) if rng.random() < 0.5 else path(low[::-1], upper)]


@style(8)
def bee_eight(rng: Generator) -> Controls:
    """Straight back, two bellies: like a B."""
    w = rng.uniform(0.4, 0.6)
    return [
        path(
            corner(0.25, 1),
            corner(0.25, 0),
            (0.25 + w, 0.1),
            (0.25 + w, 0.35),
            corner(0.35, 0.45),
            (0.35 + w, 0.6),
            (0.3 + w, 0.95),
            (0.2, 1),
        )
    ]


@style(8)
def tailed_eight(rng: Generator) -> Controls:
    """As the flowing one, with a tail over the top."""
    eight = flowing_eight(rng)[0]
    tail = eight[-1] + rng.uniform((0.1, -0.25), (0.5, 0.05))
    return [path(eight, tail)]
