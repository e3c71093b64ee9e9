"""Ways to write a seven."""

from numpy.random import Generator

from digitcnn.data.styles.registry import style
from digitcnn.data.styles.shapes import Controls, Points, arc, corner, path


def _seven_stem(rng: Generator, w: float) -> Points:
    bow = rng.normal(0, 0.05)
    foot = w * rng.uniform(0.05, 0.85)
    return path(corner(w, rng.uniform(-0.03, 0.08)), ((w + foot) / 2 + bow, 0.5), (foot, 1))


def _seven_bar(rng: Generator, w: float) -> Points:
    y, x = rng.uniform(0.38, 0.62), w * rng.uniform(0.5, 0.85)
    left, right = rng.uniform(0.12, 0.45, 2)
    tilt = rng.normal(-0.02, 0.06)
    return path((x - left, y - tilt), (x + right, y + tilt))


def _seven_hook(rng: Generator) -> Points:
    """A tick at the start of the roof."""
    x = rng.uniform(-0.02, 0.12)
    return path((x - rng.uniform(-0.06, 0.06), rng.uniform(0.12, 0.32)), corner(x, 0.03))


@style(7)
def plain_seven(rng: Generator) -> Controls:
    w = rng.uniform(0.45, 0.95)
    return [path((0, rng.uniform(-0.02, 0.1)), _seven_stem(rng, w))]


@style(7)
def round_seven(rng: Generator) -> Controls:
    """No corner at the top right."""
    w = rng.uniform(0.6, 0.95)
    return [
        path(
            (0, rng.uniform(0.05, 0.18)),
            (w * 0.5, 0.02),
            (w, 0.05),
            (w, 0.3),
            (w * rng.uniform(0.4, 0.9), 1),
        )
    ]


@style(7)
def crossed_seven(rng: Generator) -> Controls:
    w = rng.uniform(0.45, 0.9)
    return [path((0, rng.uniform(-0.02, 0.1)), _seven_stem(rng, w)), _seven_bar(rng, w)]


@style(7)
def round_crossed_seven(rng: Generator) -> Controls:
    return [*round_seven(rng), _seven_bar(rng, 0.75)]


@style(7)
def hooked_seven(rng: Generator) -> Controls:
    w = rng.uniform(0.5, 0.9)
    return [path(_seven_hook(rng), _seven_stem(rng, w))]


@style(7)
def hooked_crossed_seven(rng: Generator) -> Controls:
    w = rng.uniform(0.5, 0.9)
    return [path(_seven_hook(rng), _seven_stem(rng, w)), _seven_bar(rng, w)]


@style(7)
def curly_seven(rng: Generator) -> Controls:
    """A wave for a roof."""
    w = rng.uniform(0.35, 0.9)
    wave = path(
        (0, rng.uniform(0.12, 0.3)),
        (w * 0.2, rng.uniform(-0.02, 0.05)),
        (w * 0.55, rng.uniform(0.08, 0.24)),
    )
    bar = [_seven_bar(rng, w)] if rng.random() < 0.5 else []
    return [path(wave, _seven_stem(rng, w)), *bar]


@style(7)
def looped_seven(rng: Generator) -> Controls:
    """A small loop starts the roof."""
    w = rng.uniform(0.55, 0.9)
    loop = arc(0.08, 0.12, rng.uniform(0.05, 0.12), rng.uniform(0.06, 0.14), 200, -100, 6)
    bar = [_seven_bar(rng, w)] if rng.random() < 0.4 else []
    return [path(loop, (w * 0.5, 0.06), _seven_stem(rng, w)), *bar]


@style(7)
def slanting_crossed_seven(rng: Generator) -> Controls:
    """A long slanting stem with a long bar: nearly a Z with a stroke."""
    w = rng.uniform(0.7, 1.0)
    stem = path(corner(w, 0), (w * rng.uniform(0.0, 0.3), 1))
    y = rng.uniform(0.42, 0.6)
    bar = path((rng.uniform(0.05, 0.25), y), (rng.uniform(0.75, 1.05), y + rng.normal(0, 0.04)))
    return [path((rng.uniform(0.05, 0.25), rng.uniform(0, 0.1)), stem), bar]


@style(7)
def curly_seven_with_foot(rng: Generator) -> Controls:
    """The roof begins with a curl, the stem ends in a hook to the right, a bar goes across."""
    w = rng.uniform(0.5, 0.8)
    curl = path((0.08, rng.uniform(0.14, 0.3)), (0.04, 0.08), (0.2, rng.uniform(0.0, 0.08)))
    roof = path((w * 0.6, rng.uniform(0.02, 0.12)), (w, rng.uniform(0.0, 0.1)))
    foot_x = w * rng.uniform(0.35, 0.65)
    foot = path((foot_x, 0.85), (foot_x + 0.06, 1), (foot_x + rng.uniform(0.15, 0.4), 0.95))
    y = rng.uniform(0.42, 0.7)
    bar = path((rng.uniform(-0.05, 0.2), y), (w + rng.uniform(0.1, 0.4), y + rng.normal(0, 0.05)))
    return [path(curl, roof, (w * 0.85, 0.4), foot), bar]
