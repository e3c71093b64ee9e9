"""Ways to write a one."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, corner, path


def _lean(rng: Generator) -> float:
    return rng.uniform(-0.12, 0.12)


@style(1)
def plain_one(rng: Generator) -> Controls:
    bow = rng.normal(0, 0.03)
    return [path((0.5, 0), (0.5 + bow, 0.5), (0.5 + _lean(rng), 1))]


@style(1)
def flagged_one(rng: Generator) -> Controls:
    flag = (0.5 - rng.uniform(0.12, 0.5), rng.uniform(0.15, 0.5))
    return [path(flag, corner(0.5, 0), (0.5 + _lean(rng), 1))]


@style(1)
def roofed_one(rng: Generator) -> Controls:
    """A short flat flag: like a seven, but narrow, or with the roof sloping."""
    w = rng.uniform(0.1, 0.42)
    flag = (0.5 - w, rng.uniform(0.0, 0.1) + w * rng.uniform(0.0, 0.35))
    return [path(flag, corner(0.5, 0), (0.5 + rng.uniform(-0.08, 0.08), 1))]


@style(1)
def drooping_one(rng: Generator) -> Controls:
    """A flat flag whose end hangs down."""
    w = rng.uniform(0.18, 0.42)
    end = (0.5 - w, rng.uniform(0.08, 0.25))
    bend = (0.5 - w * rng.uniform(0.7, 0.95), rng.uniform(0.0, 0.08))
    return [path(end, bend, corner(0.5, 0), (0.5 + _lean(rng), 1))]


@style(1)
def long_flagged_one(rng: Generator) -> Controls:
    """The flag is half the digit: like a tent, or a seven leaning back."""
    flag = (0.5 - rng.uniform(0.25, 0.75), rng.uniform(0.3, 0.9))
    return [path(flag, corner(0.5, 0), (0.5 + rng.uniform(-0.05, 0.15), 1))]


@style(1)
def bent_one(rng: Generator) -> Controls:
    """The flag is a curve."""
    w = rng.uniform(0.12, 0.4)
    return [
        path(
            (0.5 - w, rng.uniform(0.12, 0.35)),
            (0.5 - w / 3, 0.02),
            (0.5, 0.0),
            (0.5, 0.35),
            (0.5 + _lean(rng), 1),
        )
    ]


def _foot(rng: Generator) -> Points:
    left, right = rng.uniform(0.08, 0.5, 2)
    tilt = rng.normal(0, 0.04)
    return path((0.5 - left, 1 + tilt), (0.5 + right, 1 - tilt)) + (0, rng.normal(0, 0.02))


@style(1)
def footed_one(rng: Generator) -> Controls:
    return [path((0.5, 0), (0.5 + _lean(rng) / 2, 1)), _foot(rng)]


@style(1)
def flagged_footed_one(rng: Generator) -> Controls:
    flag = (0.5 - rng.uniform(0.12, 0.45), rng.uniform(0.05, 0.4))
    return [path(flag, corner(0.5, 0), (0.5 + _lean(rng) / 2, 1)), _foot(rng)]


@style(1)
def curved_flagged_footed_one(rng: Generator) -> Controls:
    w = rng.uniform(0.12, 0.5)
    stem = path(
        (0.5 - w, rng.uniform(0.08, 0.5)),
        (0.5 - w / 3, 0.02),
        corner(0.5, 0),
        (0.5 + _lean(rng) / 2, 1),
    )
    return [stem, _foot(rng)]


@style(1)
def flagged_footed_one_in_one_go(rng: Generator) -> Controls:
    """The pen stays down from the stem into the foot."""
    flag = (0.5 - rng.uniform(0.12, 0.45), rng.uniform(0.05, 0.35))
    left, right = rng.uniform(0.1, 0.4), rng.uniform(0.1, 0.5)
    base = corner(0.5 - left, 1 + rng.normal(0, 0.03))
    return [path(flag, corner(0.5, 0), corner(0.5, 1), base, (0.5 + right, 1))]


@style(1)
def serifed_one(rng: Generator) -> Controls:
    """A bar across the top as well as the foot."""
    w = rng.uniform(0.12, 0.3)
    return [
        path((0.5 - w, 0.02), (0.5 + w * rng.uniform(0, 0.4), 0)),
        path((0.5, 0), (0.5, 1)),
        _foot(rng),
    ]
