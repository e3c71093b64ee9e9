"""Digits as people write them and MNIST's writers did not; made up, with their labels.

There are two sources: styles that somebody thought of (:mod:`digitcnn.data.styles`), and strokes
drawn from a model of what people wrote (:mod:`digitcnn.data.stroke_model`). Either becomes a hand's
ink: smoothed, bent, slanted, trembling, in few straight pieces, or caught on a coarse grid as by a
mouse or an old tablet. The ink then goes the way of any drawing: ``ink.rasterize``,
``digit_image``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Ints
from digitcnn.data.curves import catmull_rom
from digitcnn.data.digits import Digits
from digitcnn.data.nondigits import IN_TRAINING, Drawing
from digitcnn.data.stroke_model import DIGITS, StrokeModel, WrongStrokeModel
from digitcnn.data.styles import STYLES, Controls
from digitcnn.data.styles.shapes import Points
from digitcnn.models.networks import N_CLASSES
from digitcnn.preprocessing import ink as inks
from digitcnn.preprocessing.digit_image import DIGIT_PX, TooMuchInk, digit_image

# A smaller canvas than people draw on: a quarter of the work, and scaled to the 20-px box the
# difference is hardly a grey level.
CANVAS_PX = 140

TEST_SEED = 1_000_003  # no training may use it: the digits that runs are evaluated on
N_TEST = 5_000

HELD_BACK_SEED = 2**31  # no training can use it: recipes' seeds are smaller
N_HELD_BACK = 4_000

Part = tuple[float, float]  # from where to where, in shares of the whole, 0 to 1
WHOLE: Part = (0.0, 1.0)

Hand = Callable[[Controls, np.random.Generator], inks.Ink]
"""From a drawing's strokes to one hand's ink on the canvas."""

_CHUNK = 500  # drawings from one random stream: parts can be made apart from one another


@dataclass(frozen=True, eq=False)
class Written:
    """Made-up digits, and how each was written.

    Attributes:
        digits: the digits.
        styles: names of their styles, (n,).
        strokes: uint8 (n,), how many strokes each has.
    """

    digits: Digits
    styles: list[str]
    strokes: NDArray[np.uint8]


def digits(n: int, seed: int, part: Part = WHOLE) -> Digits:
    """``n`` digits, every label as often, every style of a label as often, as chance will have it.

    Args:
        n: how many; 1,000 take about a second.
        seed: the same seed gives the same digits.
        part: which of them to make.
    """
    return written(n, seed, part).digits


def written(n: int, seed: int, part: Part = WHOLE) -> Written:
    """The same digits, with the style and the number of strokes of each."""
    labels = np.random.default_rng([seed, 0]).permutation(np.arange(n) % N_CLASSES).astype(np.uint8)
    styles = [
        [(name, draw) for name, (of, draw) in STYLES.items() if of == label]
        for label in range(N_CLASSES)
    ]
    chosen = _chosen(n, part)
    names, strokes = [""] * n, np.zeros(n, np.uint8)

    def draw(i: int, rng: np.random.Generator) -> Controls:
        choices = styles[int(labels[i])]
        names[i], way = choices[int(rng.integers(len(choices)))]
        controls = way(rng)
        strokes[i] = len(controls)
        return controls

    images = _images(draw, chosen, (seed, 0))
    return Written(Digits(images, labels[chosen]), [names[i] for i in chosen], strokes[chosen])


def nondigits(
    n: int, seed: int, drawings: Sequence[Drawing] = tuple(IN_TRAINING.values()), part: Part = WHOLE
) -> np.ndarray:
    """``n`` drawings that are no digit, as digit images: uint8 (n, 28, 28)."""

    def draw(i: int, rng: np.random.Generator) -> Controls:
        return drawings[i % len(drawings)](rng)

    return _images(draw, _chosen(n, part), (seed, 1))


def learned_digits(n: int, seed: int, model: StrokeModel, part: Part = WHOLE) -> Digits:
    """``n`` digits drawn from a model of strokes, every label as often.

    Args:
        n: how many.
        seed: the same seed gives the same digits.
        model: what they are drawn from; it must know every digit.
        part: which of them to make.

    Raises:
        WrongStrokeModel: the model can't write every digit.
    """
    if not set(DIGITS) <= set(model.labels):
        raise WrongStrokeModel("That model of strokes does not know all ten digits.")
    labels = np.random.default_rng([seed, 3]).permutation(np.arange(n) % N_CLASSES).astype(np.uint8)
    chosen = _chosen(n, part)
    return Digits(_learned(model, [DIGITS[label] for label in labels], chosen, (seed, 3)),
                  labels[chosen])  # fmt: skip


def held_back(model: StrokeModel) -> Digits:
    """Digits that no training has seen or is evaluated on, to compare two networks by.

    Half of them are in made-up styles, half drawn from a model of strokes.
    """
    n_made = N_HELD_BACK // 2
    made = digits(n_made, HELD_BACK_SEED)
    learned = learned_digits(N_HELD_BACK - n_made, HELD_BACK_SEED, model)
    return Digits(
        np.concatenate([made.images, learned.images]),
        np.concatenate([made.labels, learned.labels]),
    )


def learned_letters(n: int, seed: int, model: StrokeModel, part: Part = WHOLE) -> NDArray[np.uint8]:
    """``n`` letters drawn from a model of strokes, none of them a digit: uint8 (n, 28, 28).

    Arguments as for :func:`learned_digits`; a model without letters gives none.
    """
    letters = [label for label in model.labels if label not in DIGITS]
    if not letters:
        return np.empty((0, DIGIT_PX, DIGIT_PX), np.uint8)
    return _learned(model, [letters[i % len(letters)] for i in range(n)], _chosen(n, part),
                    (seed, 4))  # fmt: skip


def learned_samples(n: int, model: StrokeModel, seed: int = 0) -> NDArray[np.uint8]:
    """``n`` digits of each label, drawn from a model of strokes: uint8 (10, n, 28, 28)."""
    rng = np.random.default_rng([seed, 5])
    return np.stack(
        [
            [_image(partial(model.sample, label), rng, write_learned) for _ in range(n)]
            for label in DIGITS
        ]
    )


def style_samples(n: int, seed: int = 0) -> NDArray[np.uint8]:
    """``n`` digits of each style, in the order of ``STYLES``: uint8 (n_styles, n, 28, 28)."""
    rng = np.random.default_rng([seed, 2])
    return np.stack([[_image(draw, rng) for _ in range(n)] for _, draw in STYLES.values()])


def write(controls: Controls, rng: np.random.Generator) -> inks.Ink:
    """Ink of one hand's rendering of control points, on a canvas of 140 px."""
    wobble = rng.uniform(0.0, 0.045)
    strokes = [_smooth(points + _jitter(points, wobble, rng)) for points in controls]
    return _on_canvas(_slant(_bend(strokes, rng), rng), rng, (3, 7))


def write_learned(strokes: Controls, rng: np.random.Generator) -> inks.Ink:
    """The same for strokes of people: they need less done to them, and no smoothing."""
    return _on_canvas(_slant(_bend(strokes, rng, 0.03), rng, 0.5), rng, (2, 4))


def _on_canvas(strokes: Controls, rng: np.random.Generator, skipped: tuple[int, int]) -> inks.Ink:
    points = np.concatenate(strokes)
    low, longer_side = points.min(axis=0), np.ptp(points, axis=0).max()
    strokes = _coarsen([(stroke - low) / longer_side for stroke in strokes], rng, skipped)
    size_px = CANVAS_PX * rng.uniform(0.45, 0.75)
    margin_px = (CANVAS_PX - size_px) / 2
    return [(stroke * size_px + margin_px).astype(np.float32) for stroke in strokes]


def render(ink: inks.Ink, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The ink as a digit image, uint8 (28, 28), by a pen from thin to marker."""
    share = np.exp(rng.uniform(np.log(0.06), np.log(0.2)))
    pen_px = max(share * inks.longer_side_px(ink), 1.0)
    return digit_image(inks.rasterize(ink, (CANVAS_PX, CANVAS_PX), pen_px))


def _chosen(n: int, part: Part) -> range:
    """The numbers of the drawings that a part of ``n`` is made of; whole chunks."""
    n_chunks = -(-n // _CHUNK)
    start, end = (min(n, round(n_chunks * share) * _CHUNK) for share in part)
    return range(start, end)


def _images(
    draw: Callable[[int, np.random.Generator], Controls],
    chosen: range,
    seed: tuple[int, int],
    hand: Hand = write,
) -> NDArray[np.uint8]:
    images = np.empty((len(chosen), DIGIT_PX, DIGIT_PX), np.uint8)
    for made, i in enumerate(chosen):
        if i % _CHUNK == 0:
            rng = np.random.default_rng([*seed, i // _CHUNK])
        images[made] = _image(partial(draw, i), rng, hand)
    return images


def _learned(
    model: StrokeModel, labels: Sequence[str], chosen: range, seed: tuple[int, int]
) -> NDArray[np.uint8]:
    def draw(i: int, rng: np.random.Generator) -> Controls:
        return model.sample(labels[i], rng)

    return _images(draw, chosen, seed, write_learned)


def _image(draw: Drawing, rng: np.random.Generator, hand: Hand = write) -> NDArray[np.uint8]:
    while True:
        try:
            return render(hand(draw(rng), rng), rng)
        except TooMuchInk:
            continue  # a blot: the marker was too broad for this drawing


def _jitter(controls: Points, size: float, rng: np.random.Generator) -> Points:
    """A random shift of each control point; those that repeat the last go with it."""
    is_new = np.append(True, (controls[1:] != controls[:-1]).any(axis=1))
    which: Ints = np.cumsum(is_new) - 1
    shifts: Points = rng.normal(0, size, controls.shape)
    return shifts[which]


def _smooth(controls: Points, n_between: int = 6) -> Points:
    """A Catmull-Rom curve through control points; float (n_points, 2)."""
    if len(controls) < 3:
        return controls
    padded = np.concatenate([controls[:1], controls, controls[-1:]])
    t = np.linspace(0, 1, n_between, endpoint=False)[None, :, None]
    before, start, end, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    curve = catmull_rom(before, start, end, after, t)
    return np.concatenate([curve.reshape(-1, 2), controls[-1:]])


def _bend(strokes: Controls, rng: np.random.Generator, most: float = 0.05) -> Controls:
    """The plane slowly displaced, by two waves each way."""
    amplitude = rng.uniform(0, most)
    frequency = rng.normal(0, 3, (2, 4))
    phase = rng.uniform(0, 2 * np.pi, 4)
    bent = []
    for stroke in strokes:
        waves = np.sin(stroke @ frequency + phase)
        bent.append(stroke + amplitude * (waves[:, :2] + waves[:, 2:]))
    return bent


def _slant(strokes: Controls, rng: np.random.Generator, much: float = 1.0) -> Controls:
    """The whole turned, slanted, and made wider or narrower."""
    turn = np.radians(rng.normal(0, 6 * much))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    wider, slanted = np.exp(rng.normal(0, 0.14 * much)), rng.normal(-0.08 * much, 0.12 * much)
    slant = np.array([[wider, slanted], [0, 1]])
    return [stroke @ (slant @ rotation).T for stroke in strokes]


def _coarsen(strokes: Controls, rng: np.random.Generator, skipped: tuple[int, int]) -> Controls:
    """What the hand or the device does to a line; longer side 1.

    A quick mouse leaves one point of so many, from the least to the most.
    """
    kind = rng.random()
    if kind < 0.12:  # an old tablet: the pen can only be in few places
        grid = rng.uniform(0.04, 0.11)
        return [np.round(stroke / grid) * grid for stroke in strokes]
    if kind < 0.24:  # a quick mouse: few points, joined by straight pieces
        least, most = skipped
        every = rng.integers(least, most + 1)
        return [stroke[np.unique([*range(0, len(stroke), every), -1 + len(stroke)])]
                for stroke in strokes]  # fmt: skip
    if kind < 0.6:  # a trembling hand
        size = rng.uniform(0.004, 0.02)
        noise = [rng.normal(0, size, (len(stroke) + 1, 2)) for stroke in strokes]
        return [stroke + a[1:] + a[:-1] for stroke, a in zip(strokes, noise, strict=True)]
    return strokes
