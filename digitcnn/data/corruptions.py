"""The corruptions of MNIST-C, written anew in NumPy and Pillow, each in five strengths.

Source: Mu & Gilmer 2019, "MNIST-C: a robustness benchmark for computer vision", whose kinds these
are. Its pictures are of one strength each, mostly about the third of these.
"""

from collections.abc import Callable
from functools import reduce

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from digitcnn.array_types import Floats
from digitcnn.data.digits import Digits
from digitcnn.data.distortions import blurred, moved, resized, slanted, speckled, turned

STRENGTHS = (1, 2, 3, 4, 5)
SIDE = 28
_FINE = 4  # lines are drawn this many times larger, then averaged

Digit = NDArray[np.uint8]
Corruption = Callable[[Digit, int, Generator], Digit]
"""From a digit image, a strength and a random generator to a digit image, uint8 (28, 28) both."""


def shot_noise(digit: Digit, strength: int, rng: Generator) -> Digit:
    """As few photons leave it."""
    photons = (60, 25, 12, 6, 4)[strength - 1]
    return _picture(rng.poisson(digit / 255 * photons) / photons * 255)


def impulse_noise(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Pixels black or white at random."""
    part = (0.03, 0.06, 0.1, 0.17, 0.27)[strength - 1]
    return speckled(digit, part, rng.random(digit.shape))


def gaussian_blur(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Out of focus."""
    sigma_px = (0.6, 0.9, 1.2, 1.5, 1.8)[strength - 1]
    return blurred(digit, sigma_px)


def glass_blur(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Seen through frosted glass: near pixels change places."""
    sigma_px, reach_px, times = ((0.5, 1, 1), (0.6, 1, 1), (0.7, 1, 2), (0.8, 2, 1), (1, 2, 2))[
        strength - 1
    ]
    soft = np.array(Image.fromarray(digit).filter(ImageFilter.GaussianBlur(sigma_px)))
    for _ in range(times):
        for y in range(reach_px, SIDE - reach_px):
            for x in range(reach_px, SIDE - reach_px):
                down, right = rng.integers(-reach_px, reach_px + 1, 2)
                other = y + down, x + right
                soft[y, x], soft[other] = soft[other], soft[y, x]
    return soft


def motion_blur(digit: Digit, strength: int, rng: Generator) -> Digit:
    """The camera moved."""
    reach_px = (2, 3, 4, 5, 6)[strength - 1]
    angle = rng.uniform(0, np.pi)
    steps = np.linspace(-reach_px / 2, reach_px / 2, 9)
    shifted = [
        moved(digit, (1, 0, step * np.cos(angle), 0, 1, step * np.sin(angle))) for step in steps
    ]
    return _picture(np.mean(shifted, axis=0))


def shear(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Slanted."""
    return slanted(digit, (0.2, 0.35, 0.5, 0.65, 0.8)[strength - 1] * rng.choice([-1, 1]))


def scale(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Smaller than digits are."""
    return resized(digit, (0.9, 0.8, 0.7, 0.6, 0.5)[strength - 1])


def translate(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Not in the middle."""
    far_px = (1, 2, 3, 4, 5)[strength - 1]
    angle = rng.uniform(0, 2 * np.pi)
    return moved(digit, (1, 0, far_px * np.cos(angle), 0, 1, far_px * np.sin(angle)))


def rotate(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Turned, either way."""
    return turned(digit, (8, 16, 24, 32, 40)[strength - 1] * rng.choice([-1, 1]))


def brightness(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Paper that is not white."""
    return _picture(digit + 255.0 * (0.1, 0.2, 0.3, 0.4, 0.5)[strength - 1])


def contrast(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Everything nearer to its mean."""
    part = (0.7, 0.5, 0.4, 0.3, 0.2)[strength - 1]
    return _picture((digit - digit.mean()) * part + digit.mean())


def fog(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Clouds before it."""
    much = (0.4, 0.7, 1.0, 1.3, 1.6)[strength - 1]
    layers = [
        np.asarray(
            Image.fromarray(rng.random((n, n), np.float32)).resize(
                (SIDE, SIDE), Image.Resampling.BICUBIC
            )
        )
        * weight  # fmt: skip
        for n, weight in ((3, 0.5), (6, 0.3), (12, 0.2))
    ]
    clouds: Floats = reduce(np.add, layers)
    return _picture((digit / 255 + much * clouds) / (1 + much) * 255)


def stripe(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Inverted, but for a band in the middle."""
    margin = (3, 4, 5, 6, 7)[strength - 1]
    changed = digit.copy()
    changed[:, :margin] = 255 - changed[:, :margin]
    changed[:, SIDE - margin :] = 255 - changed[:, SIDE - margin :]
    return changed


def spatter(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Drops of ink."""
    part = (0.02, 0.04, 0.07, 0.1, 0.14)[strength - 1]
    noise = Image.fromarray(rng.random((SIDE, SIDE), np.float32) * 255).convert("L")
    smooth = np.asarray(noise.filter(ImageFilter.GaussianBlur(1.0)), float)
    drops = smooth >= np.quantile(smooth, 1 - part)
    return _picture(np.where(drops, np.maximum(digit, 200), digit))


def dotted_line(digit: Digit, strength: int, rng: Generator) -> Digit:
    """A row of dots across it."""
    width_px = (0.8, 1.0, 1.2, 1.5, 1.8)[strength - 1]
    start, end = _ends(rng)
    n = int(np.hypot(*(end - start)) / 3)
    radius = width_px / 2
    line = Image.new("L", (SIDE * _FINE, SIDE * _FINE))
    pen = ImageDraw.Draw(line)
    for t in np.linspace(0, 1, max(n, 2)):
        x, y = start + t * (end - start)
        box = np.array([x - radius, y - radius, x + radius, y + radius]) * _FINE
        pen.ellipse(tuple(box), fill=255)
    return _picture(np.maximum(digit, np.asarray(line.reduce(_FINE))))


def zigzag(digit: Digit, strength: int, rng: Generator) -> Digit:
    """A zigzag line across it."""
    width_px = (0.5, 0.8, 1.0, 1.3, 1.6)[strength - 1]
    start, end = _ends(rng)
    n = int(np.hypot(*(end - start)) / 2)
    sideways = np.array([-(end - start)[1], (end - start)[0]]) / np.hypot(*(end - start))
    corners = [
        tuple((start + t * (end - start) + sideways * (1.6 if i % 2 else -1.6)) * _FINE)
        for i, t in enumerate(np.linspace(0, 1, max(n, 3)))
    ]
    line = Image.new("L", (SIDE * _FINE, SIDE * _FINE))
    ImageDraw.Draw(line).line(corners, fill=255, width=round(width_px * _FINE), joint="curve")
    return _picture(np.maximum(digit, np.asarray(line.reduce(_FINE))))


def edges(digit: Digit, strength: int, rng: Generator) -> Digit:
    """Its edges alone, one pixel wide; the stronger, the fainter are found."""
    cut = (160, 128, 96, 64, 40)[strength - 1]
    ink = Image.fromarray(np.where(digit > cut, 255, 0).astype(np.uint8))
    inner = np.asarray(ink.filter(ImageFilter.MinFilter(3)))
    return _picture(np.asarray(ink) - inner)


CORRUPTIONS: dict[str, Corruption] = {
    "shot noise": shot_noise,
    "impulse noise": impulse_noise,
    "gaussian blur": gaussian_blur,
    "glass blur": glass_blur,
    "motion blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "translate": translate,
    "brightness": brightness,
    "contrast": contrast,
    "fog": fog,
    "stripe": stripe,
    "spatter": spatter,
    "dotted line": dotted_line,
    "zigzag": zigzag,
    "edges": edges,
}


def one_each(digits: Digits, seed: int, strength: int = 3) -> Digits:
    """Digits, each corrupted in one way, the ways taking turns.

    Args:
        digits: as they are.
        seed: of what is random in a corruption.
        strength: one of :data:`STRENGTHS`; MNIST-C's is mostly the third.
    """
    rng = np.random.default_rng(seed)
    ways = list(CORRUPTIONS.values())
    images = [ways[i % len(ways)](image, strength, rng) for i, image in enumerate(digits.images)]
    return Digits(np.stack(images), digits.labels)


def _ends(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two ends of a line across a digit image, px."""
    angle, off = rng.uniform(0, np.pi), rng.uniform(-6, 6)
    along = np.array([np.cos(angle), np.sin(angle)])
    middle = (SIDE - 1) / 2 + off * np.array([-along[1], along[0]])
    return middle - along * 13, middle + along * 13


def _picture(values: Floats) -> NDArray[np.uint8]:
    picture: NDArray[np.uint8] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return picture
