"""Corruption of digits for training: noise, blur, fog, stripes, lines across, outlines and more.

For training only, on whole batches, in TensorFlow. The kinds are those of MNIST-C (Mu & Gilmer
2019, "MNIST-C: a robustness benchmark for computer vision"), written anew and at random strengths;
what the robustness benchmark measures with is other code.
"""

from collections.abc import Callable

import tensorflow as tf

from digitcnn.training.transform import SIDE, affine

SHARE = 128  # one digit in so many gets each kind

_WHITE = 255.0

Corruption = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def doubt(n: tf.Tensor) -> tf.Tensor:
    """How unsure one should be of each of a batch of ``n``, 0 to 1: float32 (n,)."""
    doubts = tf.repeat(tf.constant(list(KINDS.values()), tf.float32), n // SHARE)
    return tf.pad(doubts, [[0, n - tf.size(doubts)]])


def corrupt(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """The first digits of a batch corrupted, each kind as many; the rest as they were.

    Args:
        images: float32 (n, 28, 28), 0 to 255, in random order.
        seed: int64 (2,); the same seed gives the same pictures.
    """
    each = tf.shape(images)[0] // SHARE
    parts = [
        tf.clip_by_value(kind(images[i * each : (i + 1) * each], seed + (0, i << 40)), 0, _WHITE)
        for i, kind in enumerate(KINDS)
    ]
    return tf.concat([*parts, images[len(KINDS) * each :]], axis=0)


def _uniform(images: tf.Tensor, seed: tf.Tensor, low: float, high: float, n: int = 1) -> tf.Tensor:
    """Random numbers, float32 (n, n_images, 1, 1)."""
    return tf.random.stateless_uniform((n, tf.shape(images)[0], 1, 1), seed, low, high)


def _grain(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Noise in the dark, and noise that grows with the light."""
    even, shot = tf.unstack(_uniform(images, seed, 0, 1, 2))
    noise = tf.random.stateless_normal(tf.shape(images), seed + (0, 1))
    return images + noise * (even * 60 + shot * 5 * tf.sqrt(images))


def _impulses(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    part = _uniform(images, seed, 0.02, 0.35)[0]
    chance = tf.random.stateless_uniform(tf.shape(images), seed + (0, 1))
    return tf.where(chance < part / 2, 0.0, tf.where(chance > 1 - part / 2, _WHITE, images))


def _blur(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    sigma = _uniform(images, seed, 0.5, 2.0)[0]
    places = tf.range(SIDE, dtype=tf.float32)
    weights = tf.exp(-((places[:, None] - places) ** 2) / (2 * sigma**2))
    weights /= sigma * 2.5066283
    return weights @ images @ weights


def _motion(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Blurred along a line."""
    reach, angle = tf.unstack(_uniform(images, seed, 0, 1, 2))
    reach = (1.5 + 4.5 * reach)[:, 0, 0]
    angle = (angle * 3.14159265)[:, 0, 0]
    steps = (-0.5, -0.25, 0.0, 0.25, 0.5)
    shifted = [
        _shift(images, tf.cos(angle) * reach * step, tf.sin(angle) * reach * step) for step in steps
    ]
    return tf.add_n(shifted) / len(steps)


def _glass(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Pixels that changed places with near ones, softly."""
    reach = _uniform(images, seed, 0.6, 2.6)[0]
    places = tf.range(SIDE, dtype=tf.float32)
    shape = tf.concat([[2], tf.shape(images)], 0)
    dy, dx = tf.unstack(tf.random.stateless_uniform(shape, seed + (0, 1), -1, 1) * reach)
    rows = tf.clip_by_value(tf.round(places[:, None] + dy), 0, SIDE - 1)
    columns = tf.clip_by_value(tf.round(places + dx), 0, SIDE - 1)
    flat = tf.reshape(images, (-1, SIDE * SIDE))
    chosen = tf.reshape(tf.cast(rows * SIDE + columns, tf.int32), (-1, SIDE * SIDE))
    moved = tf.reshape(tf.gather(flat, chosen, batch_dims=1), tf.shape(images))
    return (moved * 2 + tf.nn.avg_pool2d(moved[..., None], 3, 1, "SAME")[..., 0]) / 3


def _fog(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    much, contrast = tf.unstack(_uniform(images, seed, 0, 1, 2))
    return images * (0.35 + 0.65 * contrast) + _clouds(images, seed + (0, 1), 5) * much * 210


def _light(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Brighter or darker all over, with less contrast."""
    contrast, more = tf.unstack(_uniform(images, seed, 0, 1, 2))
    return images * (0.15 + 0.85 * contrast) + more * 170


def _stripe(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Inverted but for a band that most of the digit lies in."""
    edges = _uniform(images, seed, 5, 10, 2)
    upright = _uniform(images, seed + (0, 1), 0, 1)[0] < 0.7
    places = tf.range(SIDE, dtype=tf.float32)
    across, down = places[None, None, :], places[None, :, None]
    place = tf.where(upright, across, down)
    outside = (place < edges[0]) | (place > SIDE - edges[1])
    return tf.where(outside, _WHITE - images, images)


def _spatter(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Drops of ink, or of water."""
    much, ink = tf.unstack(_uniform(images, seed, 0, 1, 2))
    drops = _clouds(images, seed + (0, 1), 14) > 0.9 - 0.2 * much
    return tf.where(drops, tf.where(ink < 0.75, 120 + ink * 180, 0.0), images)


def _dotted_line(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    along, across = _line(images, seed)
    spacing, width, ink = tf.unstack(_uniform(images, seed + (0, 1), 0, 1, 3))
    dots = (tf.math.floormod(along, 2 + 3 * spacing) < 1 + spacing) & (
        tf.abs(across) < 0.5 + width * 0.8
    )
    return tf.where(dots, tf.maximum(images, 130 + 125 * ink), images)


def _zigzag(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    along, across = _line(images, seed)
    height, length, width, ink = tf.unstack(_uniform(images, seed + (0, 1), 0, 1, 4))
    period = 3 + 5 * length
    wave = tf.abs(tf.math.floormod(along, period) / period - 0.5) * 4 - 1
    line = tf.abs(across - wave * (1 + 2 * height)) < 0.6 + width
    return tf.where(line, tf.maximum(images, 130 + 125 * ink), images)


def _outline(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Edges alone."""
    cut = _uniform(images, seed, 70, 190)[0]
    pictures = tf.where(images > cut, _WHITE, 0.0)[..., None]
    wide = tf.where(_uniform(images, seed + (0, 1), 0, 1)[0] < 0.5,
                    tf.nn.max_pool2d(pictures, 3, 1, "SAME")[..., 0], pictures[..., 0])  # fmt: skip
    narrow = -tf.nn.max_pool2d(-wide[..., None], 3, 1, "SAME")[..., 0]
    return wide - narrow


def _small(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Smaller, and somewhere else."""
    size, x, y = tf.unstack(_uniform(images, seed, 0, 1, 3)[..., 0, 0])
    scale = 1 / (0.45 + 0.55 * size)
    nothing = tf.zeros_like(scale)
    middle = (SIDE - 1) / 2 * (1 - scale)
    return affine(
        images,
        [scale, nothing, middle + (x - 0.5) * 14, nothing, scale, middle + (y - 0.5) * 14],
    )


def _slant(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    slant, wider, taller = tf.unstack(_uniform(images, seed, -1, 1, 3)[..., 0, 0])
    a, b, e = tf.exp(wider * 0.3), slant * 0.8, tf.exp(taller * 0.3)
    nothing, middle = tf.zeros_like(a), (SIDE - 1) / 2
    return affine(images, [a, b, middle * (1 - a - b), nothing, e, middle * (1 - e)])


def _line(images: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """How far along a random line and across it each pixel lies, (n, 28, 28) px each."""
    angle, off, start = tf.unstack(_uniform(images, seed, 0, 1, 3))
    places = tf.range(SIDE, dtype=tf.float32) - (SIDE - 1) / 2
    x, y = places[None, None, :], places[None, :, None]
    cos, sin = tf.cos(angle * 3.14159265), tf.sin(angle * 3.14159265)
    return x * cos + y * sin + start * 20, y * cos - x * sin + (off - 0.5) * 18


def _clouds(images: tf.Tensor, seed: tf.Tensor, coarse: int) -> tf.Tensor:
    """Smooth noise, 0 to 1, of ``coarse`` random values a side."""
    noise = tf.random.stateless_uniform((tf.shape(images)[0], coarse, coarse, 1), seed)
    return tf.image.resize(noise, (SIDE, SIDE), "bilinear")[..., 0]


def _shift(images: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    one, nothing = tf.ones_like(x), tf.zeros_like(x)
    return affine(images, [one, nothing, x, nothing, one, y])


# Each with how much of the label is spread over all ten: of what can hardly be read nobody should
# be sure.
KINDS: dict[Corruption, float] = {
    _grain: 0.1,
    _impulses: 0.15,
    _blur: 0.15,
    _motion: 0.2,
    _glass: 0.2,
    _fog: 0.08,
    _light: 0.04,
    _stripe: 0.04,
    _spatter: 0.2,
    _dotted_line: 0.1,
    _zigzag: 0.25,
    _outline: 0.08,
    _small: 0.15,
    _slant: 0.08,
}
