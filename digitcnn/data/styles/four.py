"""Ways to write a four."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, corner, path


def _four_stem(rng: Generator, x: float) -> Points:
    top, bottom = rng.uniform(-0.1, 0.35), rng.uniform(0.9, 1.1)
    return path((x, top), (x + rng.uniform(-0.15, 0.05), bottom))


@style(4)
def open_four(rng: Generator) -> Controls:
    """An L and a stem apart."""
    x = rng.uniform(0.5, 0.75)
    bar_y = rng.uniform(0.48, 0.72)
    bend = path((rng.uniform(0.1, 0.4), 0), corner(rng.uniform(0.0, 0.15), bar_y))
    return [path(bend, (rng.uniform(0.8, 1.15), bar_y + rng.normal(0, 0.05))), _four_stem(rng, x)]


@style(4)
def round_open_four(rng: Generator) -> Controls:
    """A U and a stem."""
    x = rng.uniform(0.55, 0.75)
    y = rng.uniform(0.42, 0.6)
    cup = path((rng.uniform(0.05, 0.25), 0), (0.03, y * 0.7), (0.2, y), (x * 0.8, y * 0.95))
    end = (x + rng.uniform(0.0, 0.25), y * rng.uniform(0.75, 1.0))
    return [path(cup, end), path((x + 0.03, rng.uniform(-0.05, 0.3)), (x - 0.08, 1))]


@style(4)
def closed_four(rng: Generator) -> Controls:
    x = rng.uniform(0.55, 0.75)
    bar_y = rng.uniform(0.55, 0.75)
    bend = path((x, 0), corner(rng.uniform(0.0, 0.12), bar_y))
    stem = path((x + rng.normal(0, 0.04), rng.uniform(-0.03, 0.25)), (x - 0.05, 1))
    return [path(bend, (rng.uniform(0.8, 1.15), bar_y + rng.normal(0, 0.04))), stem]


@style(4)
def one_line_four(rng: Generator) -> Controls:
    """Down, across, up the stem's top and down again, the pen never lifted."""
    x = rng.uniform(0.55, 0.85)
    y = rng.uniform(0.4, 0.65)
    top = rng.uniform(-0.05, 0.3)
    cup = path((rng.uniform(0.05, 0.35), 0), corner(rng.uniform(0, 0.1), y), (x * 0.8, y))
    return [path(cup, corner(x, top), (x - rng.uniform(0, 0.25), 1))]


@style(4)
def looped_one_line_four(rng: Generator) -> Controls:
    """As the one-line four, but with a loop instead of a corner at the bar's end."""
    x = rng.uniform(0.6, 0.8)
    y = rng.uniform(0.45, 0.65)
    return [
        path(
            (rng.uniform(0.15, 0.4), 0),
            corner(0.03, y),
            (x, y - 0.02),
            (x + 0.22, y - 0.15),
            (x + 0.08, rng.uniform(0.05, 0.3)),
            (x - 0.05, y),
            (x - 0.15, 1),
        )
    ]


@style(4)
def bolt_four(rng: Generator) -> Controls:
    """A flash of lightning: the stem never rises above the bar."""
    y, x = rng.uniform(0.4, 0.65), rng.uniform(0.6, 0.95)
    return [
        path(
            (rng.uniform(0.35, 0.8), 0),
            corner(rng.uniform(0.0, 0.15), y),
            corner(x, y + rng.uniform(-0.12, 0.05)),
            (x - rng.uniform(0.05, 0.4), 1),
        )
    ]


@style(4)
def triangle_four(rng: Generator) -> Controls:
    """From the top down left, across, then from the top straight down in one go."""
    x, y = rng.uniform(0.5, 0.7), rng.uniform(0.55, 0.75)
    low = (x + rng.uniform(-0.12, 0.02), 1)
    return [path(low, corner(x, 0), corner(rng.uniform(0, 0.1), y), (rng.uniform(0.8, 1.2), y))]


@style(4)
def wye_four(rng: Generator) -> Controls:
    """Narrow and high, like a Y with a square arm."""
    y = rng.uniform(0.35, 0.55)
    x = rng.uniform(0.5, 0.9)
    arm = path((0.1, 0.02), (0.05, y * 0.75), (0.2, y), (x * 0.75, y * rng.uniform(0.8, 1.05)))
    if rng.random() < 0.5:
        return [path(arm, corner(x, 0)), path((x, 0), (x * rng.uniform(0.5, 0.95), 1))]
    return [path(arm, corner(x, rng.uniform(0.0, 0.1)), (x * rng.uniform(0.5, 0.95), 1))]


@style(4)
def small_armed_four(rng: Generator) -> Controls:
    """A low bar that hardly crosses, with a long stem."""
    y = rng.uniform(0.4, 0.7)
    bend = path((0.35, 0.05), corner(0.1, y), (rng.uniform(0.5, 0.7), y + rng.normal(0, 0.04)))
    return [bend, path((0.55, rng.uniform(0, 0.3)), (rng.uniform(0.38, 0.62), 1.05))]


@style(4)
def lightning_four(rng: Generator) -> Controls:
    """One line like a soft flash of lightning: down, across, and down again, nothing closed."""
    y = rng.uniform(0.4, 0.6)
    w = rng.uniform(0.45, 0.85)
    down = path((w * rng.uniform(0.5, 1.0), 0), (w * 0.25, y * 0.65))
    across = path((rng.uniform(0, 0.08), y), (w * 0.5, y + rng.uniform(-0.02, 0.06)))
    end = (w * rng.uniform(0.75, 1.2), 1)
    return [path(down, across, (w, y + rng.uniform(0.02, 0.14)), end)]
