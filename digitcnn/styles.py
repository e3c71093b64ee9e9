"""The ways that people write each digit, as parametric strokes.

MNIST's writers were American clerks and students of the 1990s; they hardly ever slashed a zero,
gave a one a foot, or crossed a seven. A style here is a function that draws one such way afresh at
each call: strokes of a few control points in a box of about 1 by 1, x right and y down, which
:mod:`digitcnn.handwriting` then smooths, bends, slants and writes with a pen.

All shapes are the project's own, from looking at how people write; none is fitted to data.
"""

from collections.abc import Callable

import numpy as np

Controls = list[np.ndarray]
Style = Callable[[np.random.Generator], Controls]

STYLES: dict[str, tuple[int, Style]] = {}


def style(label: int) -> Callable[[Style], Style]:
    """Registers a way of writing ``label`` under its function's name."""

    def register(draw: Style) -> Style:
        STYLES[draw.__name__.replace("_", " ")] = (label, draw)
        return draw

    return register


def arc(x, y, rx, ry, start, end, n=9) -> np.ndarray:
    """Control points on an ellipse around (x, y); degrees, 0 right, 90 down."""
    turn = np.radians(np.linspace(start, end, n))
    return np.stack([x + rx * np.cos(turn), y + ry * np.sin(turn)], axis=1)


def path(*points) -> np.ndarray:
    """Control points one after another: pairs, or arrays of pairs."""
    return np.concatenate([np.atleast_2d(np.asarray(point, float)) for point in points])


def corner(x, y) -> np.ndarray:
    """A control point set three times: the smoothed line turns sharply there."""
    return np.array([[x, y]] * 3, float)


def ring(rng: np.random.Generator, x, y, rx, ry) -> np.ndarray:
    """A closed loop as hands close it: from about the top, either way round, over or short."""
    start = -90 + rng.normal(0, 35)
    turn = rng.choice([-1, -1, -1, 1]) * (360 + rng.uniform(-30, 75))
    loop = arc(x, y, rx, ry, start, start + turn, 12)
    # The end seldom meets the start: let the radius drift along the way.
    drift = np.linspace(1, rng.normal(1, 0.16), len(loop))[:, None]
    return (loop - (x, y)) * drift + (x, y)


# --- 0 ---------------------------------------------------------------------------------------


@style(0)
def round_zero(rng):
    return [ring(rng, 0.5, 0.5, rng.uniform(0.18, 0.55), 0.5)]


@style(0)
def wide_zero(rng):
    return [ring(rng, 0.5, 0.5, 0.5, rng.uniform(0.28, 0.5))]


@style(0)
def square_zero(rng):
    w, notch = rng.uniform(0.2, 0.45), rng.uniform(-0.1, 0.1)
    left, right = 0.5 - w, 0.5 + w
    around = [(left, 0.05), (left, 0.95), (right, 0.95 + notch), (right, 0.05 - notch)]
    if rng.random() < 0.5:
        around = around[::-1]
    corners = [corner(*point) if rng.random() < 0.6 else point for point in around]
    return [path((0.5, rng.uniform(-0.08, 0.08)), *corners, (0.5, rng.uniform(-0.08, 0.08)))]


@style(0)
def pointed_zero(rng):
    w = rng.uniform(0.25, 0.5)
    tip = (0.5 + rng.uniform(-0.2, 0.2), 0)
    left, right = (0.5 - w, rng.uniform(0.5, 0.8)), (0.5 + w, rng.uniform(0.4, 0.75))
    return [path(corner(*tip), left, (0.5, 1), right, tip)]


@style(0)
def curled_zero(rng):
    """The stroke starts or ends with a tail inside or above the ring."""
    loop = ring(rng, 0.5, 0.5, rng.uniform(0.25, 0.5), rng.uniform(0.35, 0.5))
    inside = rng.uniform((-0.3, 0.05), (0.3, 0.35))
    above = rng.uniform((-0.35, -0.25), (0.35, 0.0))
    tail = loop[-1] + (inside if rng.random() < 0.6 else above)
    return [path(loop, tail)[:: rng.choice([-1, 1])]]


def _slash(rng, rx, ry, angle_deg, reach):
    """A bar through the middle of a ring, ``reach`` times the ring's extent in that direction."""
    turn = np.radians(angle_deg)
    along = np.array([np.cos(turn), np.sin(turn)])
    extent = 1 / np.hypot(along[0] / rx, along[1] / ry)
    middle = np.array([0.5, 0.5]) + rng.normal(0, 0.05, 2)
    low, high = reach * rng.uniform(0.75, 1.25, 2)
    ends = [middle - along * extent * low, middle + along * extent * high]
    return path(*ends[:: rng.choice([-1, 1])])


@style(0)
def slashed_zero(rng):
    rx, ry = rng.uniform(0.2, 0.5), 0.5
    angle = rng.normal(-52, 12)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(0.7, 1.9))]


@style(0)
def small_ring_long_slash(rng):
    rx = rng.uniform(0.2, 0.32)
    ry = rx * rng.uniform(0.9, 1.4)
    angle = rng.uniform(-75, -25)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(1.5, 2.5))]


@style(0)
def barred_zero(rng):
    """Phi: the bar stands upright, or nearly."""
    rx, ry = rng.uniform(0.22, 0.5), 0.5
    angle = rng.normal(-84, 8)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(0.8, 1.7))]


@style(0)
def cross_barred_zero(rng):
    """Theta: the bar lies flat, or nearly."""
    rx, ry = rng.uniform(0.15, 0.42), 0.5
    angle = rng.normal(-8, 10)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(0.8, 2.2))]


@style(0)
def backslashed_zero(rng):
    rx, ry = rng.uniform(0.22, 0.45), 0.5
    angle = rng.normal(55, 12)
    return [ring(rng, 0.5, 0.5, rx, ry), _slash(rng, rx, ry, angle, rng.uniform(0.7, 1.5))]


@style(0)
def zero_slashed_in_one_go(rng):
    """The pen stays down: the ring closes at the top right and runs on as the slash."""
    w = rng.uniform(0.25, 0.45)
    start = rng.uniform(-75, -30)
    loop = arc(0.5, 0.5, w, 0.45, start, start - 360 + rng.uniform(-20, 20), 11)
    low = (0.5 - w * rng.uniform(0.7, 1.4), rng.uniform(0.8, 1.05))
    turn = corner(0.5 + w * rng.uniform(0.6, 1.2), rng.uniform(-0.1, 0.15))
    return [path(loop, turn, low)]


# --- 1 ---------------------------------------------------------------------------------------


def _lean(rng):
    return rng.uniform(-0.12, 0.12)


@style(1)
def plain_one(rng):
    bow = rng.normal(0, 0.03)
    return [path((0.5, 0), (0.5 + bow, 0.5), (0.5 + _lean(rng), 1))]


@style(1)
def retraced_one(rng):
    """Up and down again on nearly the same line."""
    start = (0.5 + rng.uniform(-0.16, 0.02), rng.uniform(0.4, 1.0))
    return [path(start, corner(0.5, 0), (0.5 + _lean(rng), 1))]


@style(1)
def flagged_one(rng):
    flag = (0.5 - rng.uniform(0.12, 0.5), rng.uniform(0.15, 0.5))
    return [path(flag, corner(0.5, 0), (0.5 + _lean(rng), 1))]


@style(1)
def roofed_one(rng):
    """A short flat flag: like a seven, but narrow, or with the roof sloping."""
    w = rng.uniform(0.1, 0.42)
    flag = (0.5 - w, rng.uniform(0.0, 0.1) + w * rng.uniform(0.0, 0.35))
    return [path(flag, corner(0.5, 0), (0.5 + rng.uniform(-0.08, 0.08), 1))]


@style(1)
def hooked_one(rng):
    """The flag is a small hook or wave."""
    w = rng.uniform(0.15, 0.4)
    tick = (0.5 - w * rng.uniform(0.7, 1.1), rng.uniform(0.0, 0.1))
    return [path(tick, (0.5 - w, rng.uniform(0.12, 0.28)), corner(0.5, 0), (0.5 + _lean(rng), 1))]


@style(1)
def bent_one(rng):
    """The flag is a curve."""
    w = rng.uniform(0.12, 0.4)
    return [path((0.5 - w, rng.uniform(0.12, 0.35)), (0.5 - w / 3, 0.02), (0.5, 0.0), (0.5, 0.35),
                 (0.5 + _lean(rng), 1))]  # fmt: skip


def _foot(rng):
    left, right = rng.uniform(0.08, 0.5, 2)
    tilt = rng.normal(0, 0.04)
    return path((0.5 - left, 1 + tilt), (0.5 + right, 1 - tilt)) + (0, rng.normal(0, 0.02))


@style(1)
def footed_one(rng):
    return [path((0.5, 0), (0.5 + _lean(rng) / 2, 1)), _foot(rng)]


@style(1)
def flagged_footed_one(rng):
    flag = (0.5 - rng.uniform(0.12, 0.45), rng.uniform(0.05, 0.4))
    return [path(flag, corner(0.5, 0), (0.5 + _lean(rng) / 2, 1)), _foot(rng)]


@style(1)
def curved_flagged_footed_one(rng):
    w = rng.uniform(0.12, 0.4)
    stem = path((0.5 - w, rng.uniform(0.08, 0.35)), (0.5 - w / 3, 0.02), corner(0.5, 0),
                (0.5 + _lean(rng) / 2, 1))  # fmt: skip
    return [stem, _foot(rng)]


@style(1)
def flagged_footed_one_in_one_go(rng):
    """The pen stays down from the stem into the foot."""
    flag = (0.5 - rng.uniform(0.12, 0.45), rng.uniform(0.05, 0.35))
    left, right = rng.uniform(0.1, 0.4), rng.uniform(0.1, 0.5)
    base = corner(0.5 - left, 1 + rng.normal(0, 0.03))
    return [path(flag, corner(0.5, 0), corner(0.5, 1), base, (0.5 + right, 1))]


@style(1)
def serifed_one(rng):
    """A bar across the top as well as the foot."""
    w = rng.uniform(0.12, 0.3)
    return [path((0.5 - w, 0.02), (0.5 + w * rng.uniform(0, 0.4), 0)), path((0.5, 0), (0.5, 1)),
            _foot(rng)]  # fmt: skip


# --- 2 ---------------------------------------------------------------------------------------


def _two_head(rng):
    """From the top left over the bow to just above the base; where it comes down."""
    w = rng.uniform(0.28, 0.5)
    start = (0.5 - w, rng.uniform(0.1, 0.35))
    return path(start, (0.5 - w / 2, 0.03), (0.5 + w / 3, 0), (0.5 + w, rng.uniform(0.18, 0.32)),
                (0.5 + w * rng.uniform(0.3, 0.7), rng.uniform(0.48, 0.6)))  # fmt: skip


@style(2)
def sharp_two(rng):
    left = rng.uniform(0.0, 0.3)
    return [path(_two_head(rng), corner(left, 1), (rng.uniform(0.75, 1.1), 1 + rng.normal(0, 0.05)))]


@style(2)
def looped_two(rng):
    x, y, r = rng.uniform(0.12, 0.32), rng.uniform(0.82, 0.9), rng.uniform(0.06, 0.16)
    loop = path((x, y + 0.1), (x - r, y), (x, y - r), (x + r * 1.3, y))
    end = rng.uniform((0.75, 0.85), (1.15, 1.08))
    return [path(_two_head(rng), (x + r, y), loop, (0.6, 0.97), end)]


@style(2)
def wavy_two(rng):
    """No corner: the base is a wave."""
    x = rng.uniform(0.1, 0.3)
    return [path(_two_head(rng), (x, 0.9), (x + 0.05, 1), (0.6, rng.uniform(0.9, 1.0)),
                 rng.uniform((0.75, 0.8), (1.05, 1.0)))]  # fmt: skip


@style(2)
def zed_two(rng):
    """Like a Z."""
    roof = path((rng.uniform(0.0, 0.2), rng.uniform(0, 0.12)), corner(rng.uniform(0.7, 1.0), 0))
    return [path(roof, corner(rng.uniform(0.0, 0.25), 1), (rng.uniform(0.75, 1.15), 1))]


@style(2)
def curly_two(rng):
    """The bow starts with a curl."""
    x, y = rng.uniform(0.1, 0.3), rng.uniform(0.25, 0.4)
    curl = arc(x, y, rng.uniform(0.06, 0.14), rng.uniform(0.06, 0.12), 30, -200, 6)
    x = rng.uniform(0.0, 0.25)
    return [path(curl, (0.35, 0.02), (0.7, 0.02), (0.85, 0.25), (0.65, 0.55), corner(x, 1),
                 (rng.uniform(0.75, 1.1), 1))]  # fmt: skip


@style(2)
def flat_two(rng):
    """Wide and low, all in quick strokes."""
    return [path((0.05, rng.uniform(0.2, 0.35)), (0.35, 0.1), (0.75, 0.15), (0.8, 0.35),
                 corner(rng.uniform(0, 0.2), rng.uniform(0.65, 0.8)),
                 (rng.uniform(0.9, 1.4), rng.uniform(0.7, 0.95)))]  # fmt: skip


@style(2)
def open_two(rng):
    """A short bow, a long neck, the base short or turned down."""
    return [path((0.25, rng.uniform(0.12, 0.3)), (0.45, 0), (0.7, 0.1), (0.62, 0.4),
                 (0.35, rng.uniform(0.75, 0.9)), (0.3, 0.98), (0.5, 1),
                 rng.uniform((0.6, 0.9), (0.9, 1.08)))]  # fmt: skip


# --- 3 ---------------------------------------------------------------------------------------


def _three_belly(rng):
    w = rng.uniform(0.7, 1.0)
    return path((w * 0.85, 0.52), (w, 0.72), (w * 0.8, 0.95), (0.35, 1),
                rng.uniform((0.0, 0.75), (0.2, 1.0)))  # fmt: skip


@style(3)
def round_three(rng):
    waist = rng.uniform(0.2, 0.6)
    return [path((rng.uniform(0.05, 0.2), rng.uniform(0.08, 0.25)), (0.4, 0), (0.78, 0.12),
                 (0.7, 0.36), corner(waist, rng.uniform(0.42, 0.5)), _three_belly(rng))]  # fmt: skip


@style(3)
def flat_topped_three(rng):
    roof = path((0.05, rng.uniform(0, 0.1)), corner(rng.uniform(0.7, 0.95), 0))
    return [path(roof, corner(rng.uniform(0.3, 0.5), rng.uniform(0.36, 0.46)), _three_belly(rng))]


@style(3)
def looped_three(rng):
    x, r = rng.uniform(0.3, 0.45), rng.uniform(0.04, 0.1)
    loop = path((x, 0.5), (x - r, 0.46), (x, 0.42))
    return [path((0.1, 0.15), (0.4, 0), (0.75, 0.12), (0.65, 0.38), loop, _three_belly(rng))]


@style(3)
def angular_three(rng):
    tip = rng.uniform(0.25, 0.6)
    return [path((0.05, rng.uniform(0, 0.1)), corner(0.8, rng.uniform(0.0, 0.15)),
                 corner(tip, rng.uniform(0.38, 0.5)), corner(0.9, rng.uniform(0.55, 0.78)),
                 (rng.uniform(0.0, 0.2), rng.uniform(0.92, 1.05)))]  # fmt: skip


@style(3)
def flat_bottomed_three(rng):
    """Straight roof and straight floor, as on a form."""
    w = rng.uniform(0.55, 0.9)
    middle = path(corner(w, rng.uniform(0, 0.05)), corner(rng.uniform(0.2, 0.45), 0.45))
    return [path((0.05, 0.02), middle, (w, 0.5), (w + 0.05, 0.75), corner(w * 0.95, 0.97),
                 (0.0, rng.uniform(0.93, 1.02)))]  # fmt: skip


@style(3)
def curled_three(rng):
    """The ends curl in."""
    return [path((0.3, rng.uniform(0.2, 0.3)), (0.1, 0.18), (0.3, 0.0), (0.75, 0.08), (0.72, 0.36),
                 corner(rng.uniform(0.3, 0.5), 0.46), (0.85, 0.6), (0.85, 0.9), (0.4, 1.02),
                 (0.05, 0.9), (rng.uniform(0.1, 0.3), rng.uniform(0.72, 0.85)))]  # fmt: skip


@style(3)
def stretched_three(rng):
    """The middle runs back nearly as far as the ends."""
    back = rng.uniform(0.02, 0.22)
    return [path((0.1, 0.12), (0.5, 0), (0.88, 0.05), corner(back, rng.uniform(0.4, 0.52)),
                 (0.7, 0.52), (1.0, 0.7), (0.7, 0.98), rng.uniform((0, 0.85), (0.2, 1)))]  # fmt: skip


# --- 4 ---------------------------------------------------------------------------------------


def _four_stem(rng, x):
    top, bottom = rng.uniform(-0.1, 0.35), rng.uniform(0.9, 1.1)
    return path((x, top), (x + rng.uniform(-0.15, 0.05), bottom))


@style(4)
def open_four(rng):
    """An L and a stem apart."""
    x = rng.uniform(0.5, 0.75)
    bar_y = rng.uniform(0.48, 0.72)
    bend = path((rng.uniform(0.1, 0.4), 0), corner(rng.uniform(0.0, 0.15), bar_y))
    return [path(bend, (rng.uniform(0.8, 1.15), bar_y + rng.normal(0, 0.05))), _four_stem(rng, x)]


@style(4)
def round_open_four(rng):
    """A U and a stem."""
    x = rng.uniform(0.55, 0.75)
    y = rng.uniform(0.42, 0.6)
    cup = path((rng.uniform(0.05, 0.25), 0), (0.03, y * 0.7), (0.2, y), (x * 0.8, y * 0.95))
    end = (x + rng.uniform(0.0, 0.25), y * rng.uniform(0.75, 1.0))
    return [path(cup, end), path((x + 0.03, rng.uniform(-0.05, 0.3)), (x - 0.08, 1))]


@style(4)
def closed_four(rng):
    x = rng.uniform(0.55, 0.75)
    bar_y = rng.uniform(0.55, 0.75)
    bend = path((x, 0), corner(rng.uniform(0.0, 0.12), bar_y))
    stem = path((x + rng.normal(0, 0.04), rng.uniform(-0.03, 0.25)), (x - 0.05, 1))
    return [path(bend, (rng.uniform(0.8, 1.15), bar_y + rng.normal(0, 0.04))), stem]


@style(4)
def one_line_four(rng):
    """Down, across, up the stem's top and down again, the pen never lifted."""
    x = rng.uniform(0.55, 0.85)
    y = rng.uniform(0.4, 0.65)
    top = rng.uniform(-0.05, 0.3)
    cup = path((rng.uniform(0.05, 0.35), 0), corner(rng.uniform(0, 0.1), y), (x * 0.8, y))
    return [path(cup, corner(x, top), (x - rng.uniform(0, 0.25), 1))]


@style(4)
def looped_one_line_four(rng):
    """As the one-line four, but with a loop instead of a corner at the bar's end."""
    x = rng.uniform(0.6, 0.8)
    y = rng.uniform(0.45, 0.65)
    return [path((rng.uniform(0.15, 0.4), 0), corner(0.03, y), (x, y - 0.02), (x + 0.22, y - 0.15),
                 (x + 0.08, rng.uniform(0.05, 0.3)), (x - 0.05, y), (x - 0.15, 1))]  # fmt: skip


@style(4)
def bolt_four(rng):
    """A flash of lightning: the stem never rises above the bar."""
    y, x = rng.uniform(0.4, 0.65), rng.uniform(0.6, 0.95)
    return [path((rng.uniform(0.35, 0.8), 0), corner(rng.uniform(0.0, 0.15), y),
                 corner(x, y + rng.uniform(-0.12, 0.05)), (x - rng.uniform(0.05, 0.4), 1))]


@style(4)
def triangle_four(rng):
    """From the top down left, across, then from the top straight down in one go."""
    x, y = rng.uniform(0.5, 0.7), rng.uniform(0.55, 0.75)
    low = (x + rng.uniform(-0.12, 0.02), 1)
    return [path(low, corner(x, 0), corner(rng.uniform(0, 0.1), y), (rng.uniform(0.8, 1.2), y))]


@style(4)
def wye_four(rng):
    """Narrow and high, like a Y with a square arm."""
    y = rng.uniform(0.35, 0.55)
    x = rng.uniform(0.5, 0.9)
    arm = path((0.1, 0.02), (0.05, y * 0.75), (0.2, y), (x * 0.75, y * rng.uniform(0.8, 1.05)))
    if rng.random() < 0.5:
        return [path(arm, corner(x, 0)), path((x, 0), (x * rng.uniform(0.5, 0.95), 1))]
    return [path(arm, corner(x, rng.uniform(0.0, 0.1)), (x * rng.uniform(0.5, 0.95), 1))]


@style(4)
def small_armed_four(rng):
    """A low bar that hardly crosses, with a long stem."""
    y = rng.uniform(0.4, 0.7)
    bend = path((0.35, 0.05), corner(0.1, y), (rng.uniform(0.5, 0.7), y + rng.normal(0, 0.04)))
    return [bend, path((0.55, rng.uniform(0, 0.3)), (0.5 + _lean(rng), 1.05))]


# --- 5 ---------------------------------------------------------------------------------------


def _five_belly(rng, x, y):
    w = rng.uniform(0.75, 1.0)
    return path((x + 0.2, y - 0.06), (w, y + 0.08), (w, rng.uniform(0.75, 0.85)), (0.55, 1),
                rng.uniform((-0.02, 0.78), (0.2, 1.0)))  # fmt: skip


@style(5)
def five_with_its_bar_apart(rng):
    x, y = rng.uniform(0.05, 0.25), rng.uniform(0.36, 0.48)
    body = path((x + rng.uniform(0, 0.1), 0.02), corner(x, y), _five_belly(rng, x, y))
    start = (x + rng.uniform(-0.1, 0.25), rng.uniform(-0.12, 0.12))
    return [body, path(start, (rng.uniform(0.75, 1.3), start[1] + rng.uniform(-0.2, 0.06)))]


@style(5)
def five_in_one_go(rng):
    x, y = rng.uniform(0.05, 0.2), rng.uniform(0.36, 0.5)
    roof = path((rng.uniform(0.7, 1.15), rng.uniform(-0.1, 0.06)), corner(x + 0.06, 0.02))
    return [path(roof, corner(x, y), _five_belly(rng, x, y))]


@style(5)
def ess_five(rng):
    """Like an S."""
    return [path((rng.uniform(0.75, 1.05), rng.uniform(0, 0.12)), (0.5, 0.0),
                 (rng.uniform(0.08, 0.25), 0.2), (0.35, 0.42), (0.8, 0.6), (0.75, 0.9), (0.4, 1),
                 rng.uniform((-0.02, 0.82), (0.2, 1)))]  # fmt: skip


@style(5)
def angular_five(rng):
    x, w = rng.uniform(0.05, 0.2), rng.uniform(0.65, 0.95)
    return [path((w, rng.uniform(-0.05, 0.05)), corner(x, 0.02), corner(x, rng.uniform(0.4, 0.5)),
                 corner(w, rng.uniform(0.42, 0.55)), corner(w, 0.95), (0.0, rng.uniform(0.92, 1.02)))]


@style(5)
def small_bellied_five(rng):
    """A short stem, a small belly, and a long bar to the right."""
    body = path((0.3, 0.1), corner(0.2, rng.uniform(0.38, 0.5)), (0.45, 0.42), (0.6, 0.6),
                (0.45, 0.88), rng.uniform((0.0, 0.8), (0.2, 1)))  # fmt: skip
    start = rng.uniform((0.15, 0.0), (0.35, 0.15))
    return [body, path(start, (rng.uniform(0.9, 1.35), rng.uniform(-0.12, 0.08)))]


@style(5)
def wide_topped_five(rng):
    """In one go with a slanting stem and a long roof, quickly written."""
    x, y = rng.uniform(0.05, 0.2), rng.uniform(0.42, 0.55)
    roof = path((rng.uniform(0.9, 1.4), rng.uniform(-0.05, 0.12)), corner(rng.uniform(0.35, 0.5), 0))
    return [path(roof, corner(x, y), (0.5, y - 0.02), (rng.uniform(0.6, 0.85), 0.7), (0.45, 0.96),
                 rng.uniform((-0.1, 0.85), (0.1, 1)))]  # fmt: skip


# --- 6 ---------------------------------------------------------------------------------------


def _six_loop(rng, x, y, rx, ry):
    """The bowl, from its left side round the bottom and back, closed or not."""
    return arc(x, y, rx, ry, 180, 180 - rng.uniform(280, 410), 9)


@style(6)
def round_six(rng):
    rx, ry = rng.uniform(0.12, 0.4), rng.uniform(0.13, 0.32)
    top = (0.3 + rng.uniform(0.1, 0.6), rng.uniform(-0.05, 0.05))
    return [path(top, (0.3, 0.3), _six_loop(rng, 0.2 + rx, 1 - ry, rx, ry))]


@style(6)
def straight_six(rng):
    """A straight stem: like a b."""
    rx, ry = rng.uniform(0.2, 0.4), rng.uniform(0.18, 0.3)
    stem = path((0.2 + rng.uniform(-0.05, 0.2), 0), (0.2, 1 - ry))
    return [path(stem, _six_loop(rng, 0.2 + rx, 1 - ry, rx, ry))]


@style(6)
def big_bowled_six(rng):
    """A large bowl with a short tail."""
    rx, ry = rng.uniform(0.38, 0.5), rng.uniform(0.3, 0.4)
    return [path((rng.uniform(0.3, 0.7), 0), (0.12, 0.3), _six_loop(rng, 0.05 + rx, 1 - ry, rx, ry))]


@style(6)
def curled_six(rng):
    """The bowl runs on inwards."""
    rx, ry = rng.uniform(0.25, 0.4), rng.uniform(0.2, 0.3)
    bowl = _six_loop(rng, 0.15 + rx, 1 - ry, rx, ry)
    inwards = (0.15 + rx * rng.uniform(0.6, 1.1), 1 - ry * rng.uniform(0.2, 0.9))
    return [path((rng.uniform(0.4, 0.9), 0), (0.25, 0.3), bowl, inwards)]


@style(6)
def angular_six(rng):
    w = rng.uniform(0.6, 1.0)
    y = rng.uniform(0.5, 0.68)
    return [path((rng.uniform(0.1, 0.5), 0), corner(0.05, rng.uniform(0.85, 1)), corner(w * 0.9, 1),
                 corner(w, y), (rng.uniform(0.0, 0.2), y + rng.uniform(-0.05, 0.15)))]  # fmt: skip


@style(6)
def hooked_six(rng):
    """The top hooks over to the right."""
    rx, ry = rng.uniform(0.22, 0.38), rng.uniform(0.2, 0.3)
    hook = path((rng.uniform(0.6, 0.9), rng.uniform(0.08, 0.2)), (0.55, 0.0), (0.3, 0.15))
    return [path(hook, (0.17, 0.5), _six_loop(rng, 0.15 + rx, 1 - ry, rx, ry))]


@style(6)
def crossing_six(rng):
    """The bowl ends left of the stem."""
    y = rng.uniform(0.5, 0.68)
    return [path((rng.uniform(0.3, 0.7), 0), (0.15, 0.45), (0.15, 0.9), (0.5, 1), (0.75, 0.8),
                 (0.6, y), (rng.uniform(-0.1, 0.1), y + rng.uniform(0.0, 0.2)))]  # fmt: skip


# --- 7 ---------------------------------------------------------------------------------------


def _seven_stem(rng, w):
    bow = rng.normal(0, 0.05)
    foot = w * rng.uniform(0.1, 0.95)
    return path(corner(w, rng.uniform(-0.03, 0.08)), ((w + foot) / 2 + bow, 0.5), (foot, 1))


def _seven_bar(rng, w):
    y, x = rng.uniform(0.38, 0.62), w * rng.uniform(0.5, 0.85)
    left, right = rng.uniform(0.12, 0.45, 2)
    tilt = rng.normal(-0.02, 0.06)
    return path((x - left, y - tilt), (x + right, y + tilt))


def _seven_hook(rng):
    """A tick at the start of the roof."""
    x = rng.uniform(-0.02, 0.12)
    return path((x - rng.uniform(-0.06, 0.06), rng.uniform(0.12, 0.32)), corner(x, 0.03))


@style(7)
def plain_seven(rng):
    w = rng.uniform(0.45, 0.95)
    return [path((0, rng.uniform(-0.02, 0.1)), _seven_stem(rng, w))]


@style(7)
def round_seven(rng):
    """No corner at the top right."""
    w = rng.uniform(0.6, 0.95)
    return [path((0, rng.uniform(0.05, 0.18)), (w * 0.5, 0.02), (w, 0.05), (w, 0.3),
                 (w * rng.uniform(0.4, 0.9), 1))]  # fmt: skip


@style(7)
def crossed_seven(rng):
    w = rng.uniform(0.45, 0.9)
    return [path((0, rng.uniform(-0.02, 0.1)), _seven_stem(rng, w)), _seven_bar(rng, w)]


@style(7)
def hooked_seven(rng):
    w = rng.uniform(0.5, 0.9)
    return [path(_seven_hook(rng), _seven_stem(rng, w))]


@style(7)
def hooked_crossed_seven(rng):
    w = rng.uniform(0.5, 0.9)
    return [path(_seven_hook(rng), _seven_stem(rng, w)), _seven_bar(rng, w)]


@style(7)
def curly_seven(rng):
    """A wave for a roof."""
    w = rng.uniform(0.55, 0.9)
    wave = path((0.02, rng.uniform(0.15, 0.3)), (0.12, rng.uniform(-0.02, 0.05)),
                (w * 0.5, rng.uniform(0.08, 0.2)))  # fmt: skip
    bar = [_seven_bar(rng, w)] if rng.random() < 0.5 else []
    return [path(wave, _seven_stem(rng, w)), *bar]


@style(7)
def looped_seven(rng):
    """A small loop starts the roof."""
    w = rng.uniform(0.55, 0.9)
    loop = arc(0.08, 0.12, rng.uniform(0.05, 0.12), rng.uniform(0.06, 0.14), 200, -100, 6)
    bar = [_seven_bar(rng, w)] if rng.random() < 0.4 else []
    return [path(loop, (w * 0.5, 0.06), _seven_stem(rng, w)), *bar]


@style(7)
def slanting_crossed_seven(rng):
    """A long slanting stem with a long bar: nearly a Z with a stroke."""
    w = rng.uniform(0.7, 1.0)
    stem = path(corner(w, 0), (w * rng.uniform(0.0, 0.3), 1))
    y = rng.uniform(0.42, 0.6)
    bar = path((rng.uniform(0.05, 0.25), y), (rng.uniform(0.75, 1.05), y + rng.normal(0, 0.04)))
    return [path((rng.uniform(0.05, 0.25), rng.uniform(0, 0.1)), stem), bar]


# --- 8 ---------------------------------------------------------------------------------------


@style(8)
def flowing_eight(rng):
    """S down, and back up: the pen crosses itself in the middle."""
    w, v = rng.uniform(0.2, 0.45), rng.uniform(0.25, 0.5)
    waist = rng.uniform(0.4, 0.55)
    start = rng.uniform((0.5, 0.0), (0.5 + w * 1.2, 0.2))
    gap = rng.uniform((-0.3, -0.12), (0.15, 0.16))
    return [path(start, (0.5, 0), (0.5 - w, waist / 2), (0.5, waist), (0.5 + v, (1 + waist) / 2),
                 (0.5, 1), (0.5 - v, (1 + waist) / 2), (0.5, waist), (0.5 + w, waist / 2),
                 start + gap)]  # fmt: skip


@style(8)
def open_eight(rng):
    """The upstroke runs out to the top right and meets nothing."""
    w, v = rng.uniform(0.2, 0.4), rng.uniform(0.2, 0.4)
    end = rng.uniform((0.75, -0.15), (1.15, 0.15))
    return [path(rng.uniform((0.5, 0.02), (0.8, 0.15)), (0.45, 0), (0.5 - w, 0.22), (0.5, 0.46),
                 (0.5 + v, 0.75), (0.45, 1), (0.5 - v, 0.8), (0.5, 0.5), end)]  # fmt: skip


@style(8)
def two_ringed_eight(rng):
    top, waist = rng.uniform(0.18, 0.35), rng.uniform(0.38, 0.52)
    low = rng.uniform(0.22, 0.45)
    rings = [ring(rng, 0.5 + rng.normal(0, 0.06), waist / 2, top, waist / 2),
             ring(rng, 0.5, (1 + waist) / 2, low, (1 - waist) / 2)]  # fmt: skip
    return rings if rng.random() < 0.6 else [path(*rings)]


@style(8)
def crossing_eight(rng):
    """Two straight diagonals, joined at the top and at the foot."""
    w, v = rng.uniform(0.2, 0.42), rng.uniform(0.2, 0.45)
    return [path((0.5 + w, rng.uniform(0.02, 0.2)), (0.5, -0.02), (0.5 - w, 0.12), (0.5 + v, 0.88),
                 (0.5, 1.02), (0.5 - v, 0.88), (0.5 + w, rng.uniform(0.0, 0.2)))]  # fmt: skip


@style(8)
def eight_from_the_left(rng):
    """Starts at the left of the top, and goes the other way round."""
    eight = flowing_eight(rng)[0]
    return [eight * (-1, 1) + (1, 0)]


@style(8)
def eight_from_the_middle(rng):
    w, v = rng.uniform(0.2, 0.4), rng.uniform(0.22, 0.45)
    low = arc(0.5, 0.74, v, 0.26, -90, 270, 9)
    upper = arc(0.5, 0.24, w, 0.24, 90, -270 + rng.uniform(-30, 40), 9)
    return [path(upper, low) if rng.random() < 0.5 else path(low[::-1], upper)]


@style(8)
def bee_eight(rng):
    """Straight back, two bellies: like a B."""
    w = rng.uniform(0.4, 0.6)
    return [path(corner(0.25, 1), corner(0.25, 0), (0.25 + w, 0.1), (0.25 + w, 0.35),
                 corner(0.35, 0.45), (0.35 + w, 0.6), (0.3 + w, 0.95), (0.2, 1))]  # fmt: skip


@style(8)
def tailed_eight(rng):
    """As the flowing one, with a tail over the top."""
    eight = flowing_eight(rng)[0]
    tail = eight[-1] + rng.uniform((0.1, -0.25), (0.5, 0.05))
    return [path(eight, tail)]


# --- 9 ---------------------------------------------------------------------------------------


def _nine_bowl(rng, x, rx, ry):
    """From the top right, round the left, and up to the right again."""
    start = rng.uniform(-60, 0)
    return arc(x, ry, rx, ry, start, start - rng.uniform(290, 370), 9)


def _nine_tail(rng, x):
    return path((x, 0.3), (x - rng.uniform(0, 0.08), 0.65), (x - rng.uniform(0.0, 0.35), 1))


@style(9)
def straight_nine(rng):
    rx, ry = rng.uniform(0.12, 0.42), rng.uniform(0.13, 0.3)
    x = 0.8
    return [path(_nine_bowl(rng, x - rx, rx, ry), corner(x, ry * 0.6), _nine_tail(rng, x))]


@style(9)
def hooked_nine(rng):
    """Like a g: the tail turns left, shortly or widely, and up again or not."""
    rx, ry = rng.uniform(0.2, 0.4), rng.uniform(0.16, 0.28)
    x = 0.8
    back = rng.uniform(-0.15, 0.4)
    tail = path((x, 0.55), (x - 0.03, rng.uniform(0.82, 0.92)), (x - 0.25, 1),
                (back, rng.uniform(0.85, 1.02)))  # fmt: skip
    return [path(_nine_bowl(rng, x - rx, rx, ry), (x, ry), tail)]


@style(9)
def round_nine(rng):
    """One curve, no straight part."""
    rx, ry = rng.uniform(0.25, 0.42), rng.uniform(0.22, 0.34)
    return [path(_nine_bowl(rng, 0.8 - rx, rx, ry), (0.85, 0.4), (0.72, 0.8),
                 rng.uniform((0.1, 0.9), (0.55, 1.03)))]  # fmt: skip


@style(9)
def open_nine(rng):
    """The bowl does not close: a cup before the stem."""
    x = rng.uniform(0.7, 0.85)
    cup = path((x - rng.uniform(0.05, 0.25), rng.uniform(0, 0.08)), (0.35, 0.03), (0.12, 0.22),
               (0.3, rng.uniform(0.38, 0.48)), (x - 0.1, 0.33))  # fmt: skip
    return [path(cup, corner(x, rng.uniform(0.0, 0.2)), (x - rng.uniform(0, 0.25), 1))]


@style(9)
def two_stroke_nine(rng):
    """A ring, then a stem beside it."""
    rx, ry = rng.uniform(0.18, 0.38), rng.uniform(0.16, 0.3)
    x = 0.5 + rx + rng.normal(0, 0.04)
    stem = path((x, rng.uniform(-0.06, 0.25)), (x - rng.uniform(-0.05, 0.25), 1))
    return [ring(rng, 0.5, ry, rx, ry), stem]


@style(9)
def angular_nine(rng):
    w, y = rng.uniform(0.5, 0.8), rng.uniform(0.3, 0.48)
    bowl = path(corner(w, rng.uniform(0.0, 0.1)), corner(rng.uniform(0.0, 0.15), 0.05), corner(0.05, y),
                corner(w, y * rng.uniform(0.7, 1.0)))  # fmt: skip
    tail = path(corner(w, 0), (w * rng.uniform(0.7, 1.05), 1))
    return [path(bowl, tail)]


@style(9)
def gee_nine(rng):
    """A small ring, a square tail below it."""
    rx, ry = rng.uniform(0.18, 0.32), rng.uniform(0.14, 0.24)
    x = 0.5 + rx
    tail = path((x, ry), corner(x - rng.uniform(-0.05, 0.1), rng.uniform(0.88, 1)),
                (rng.uniform(-0.1, 0.3), rng.uniform(0.9, 1.05)))  # fmt: skip
    return [path(ring(rng, 0.5, ry, rx, ry), tail)]


@style(9)
def nine_overshooting(rng):
    """The stem starts above the bowl and runs through it."""
    rx, ry = rng.uniform(0.2, 0.38), rng.uniform(0.18, 0.28)
    x = 0.78
    low = path((x + rng.uniform(0.05, 0.2), rng.uniform(-0.1, 0.1)), (x - rng.uniform(0, 0.3), 1))
    return [path(_nine_bowl(rng, x - rx, rx, ry), corner(*low[0]), low[1])]
