"""Ways to write a three."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, corner, path


def _three_belly(rng: Generator) -> Points:
    w = rng.uniform(0.7, 1.0)
    return path(
        (w * 0.85, 0.52),
        (w, 0.72),
        (w * 0.8, 0.95),
        (0.35, 1),
        rng.uniform((0.0, 0.75), (0.2, 1.0)),
    )


@style(3)
def round_three(rng: Generator) -> Controls:
    waist = rng.uniform(0.2, 0.6)
    return [
        path(
            (rng.uniform(0.05, 0.2), rng.uniform(0.08, 0.25)),
            (0.4, 0),
            (0.78, 0.12),
            (0.7, 0.36),
            corner(waist, rng.uniform(0.42, 0.5)),
            _three_belly(rng),
        )
    ]


@style(3)
def flat_topped_three(rng: Generator) -> Controls:
    roof = path((0.05, rng.uniform(0, 0.1)), corner(rng.uniform(0.7, 0.95), 0))
    return [path(roof, corner(rng.uniform(0.3, 0.5), rng.uniform(0.36, 0.46)), _three_belly(rng))]


@style(3)
def looped_three(rng: Generator) -> Controls:
    x, r = rng.uniform(0.3, 0.45), rng.uniform(0.04, 0.1)
    loop = path((x, 0.5), (x - r, 0.46), (x, 0.42))
    return [path((0.1, 0.15), (0.4, 0), (0.75, 0.12), (0.65, 0.38), loop, _three_belly(rng))]


@style(3)
def angular_three(rng: Generator) -> Controls:
    tip = rng.uniform(0.25, 0.6)
    return [
        path(
            (0.05, rng.uniform(0, 0.1)),
            corner(0.8, rng.uniform(0.0, 0.15)),
            corner(tip, rng.uniform(0.38, 0.5)),
            corner(0.9, rng.uniform(0.55, 0.78)),
            (rng.uniform(0.0, 0.2), rng.uniform(0.92, 1.05)),
        )
    ]


@style(3)
def flat_bottomed_three(rng: Generator) -> Controls:
    """Straight roof and straight floor, as on a form."""
    w = rng.uniform(0.55, 0.9)
    middle = path(corner(w, rng.uniform(0, 0.05)), corner(rng.uniform(0.2, 0.45), 0.45))
    return [
        path(
            (0.05, 0.02),
            middle,
            (w, 0.5),
            (w + 0.05, 0.75),
            corner(w * 0.95, 0.97),
            (0.0, rng.uniform(0.93, 1.02)),
        )
    ]


@style(3)
def curled_three(rng: Generator) -> Controls:
    """The ends curl in."""
    return [
        path(
            (0.3, rng.uniform(0.2, 0.3)),
            (0.1, 0.18),
            (0.3, 0.0),
            (0.75, 0.08),
            (0.72, 0.36),
            corner(rng.uniform(0.3, 0.5), 0.46),
            (0.85, 0.6),
            (0.85, 0.9),
            (0.4, 1.02),
            (0.05, 0.9),
            (rng.uniform(0.1, 0.3), rng.uniform(0.72, 0.85)),
        )
    ]


@style(3)
def stretched_three(rng: Generator) -> Controls:
    """The middle runs back nearly as far as the ends."""
    back = rng.uniform(0.02, 0.22)
    return [
        path(
            (0.1, 0.12),
            (0.5, 0),
            (0.88, 0.05),
            corner(back, rng.uniform(0.4, 0.52)),
            (0.7, 0.52),
            (1.0, 0.7),
            (0.7, 0.98),
            rng.uniform((0, 0.85), (0.2, 1)),
        )
    ]


@style(3)
def narrow_three(rng: Generator) -> Controls:
    """Hardly more than a wavy stem."""
    w = rng.uniform(0.18, 0.38)
    y = rng.uniform(0.38, 0.55)
    top = path((rng.uniform(0, 0.4) * w, rng.uniform(0.02, 0.12)), (w * 0.6, 0), (w, y * 0.5))
    waist = path((w * rng.uniform(0.2, 0.7), y))
    low = path((w * 1.05, (1 + y) / 2), (w * 0.6, 0.97), (0, rng.uniform(0.88, 1.0)))
    return [path(top, waist, low)]
