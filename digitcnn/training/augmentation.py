"""Augmentation: a digit turned, slanted, scaled, shifted, bolder or finer; some bent, some far.

For training only, on whole batches, in TensorFlow: 128 digits take about a millisecond. What
spoils pictures rather than handwriting is :mod:`digitcnn.training.corruption`.
"""

import tensorflow as tf

from digitcnn.training import corruption
from digitcnn.training.transform import SIDE, affine

# Standard deviations but for the shift: what a digit can take and still be itself.
TURN_DEG = 6.0
SCALE = 0.08  # of the logarithm, across and down apart
SLANT = 0.15  # px across for each px down
SHIFT_PX = 1.5  # at most, either way; less for digit images, as they are centred
BOLDER, FINER = 0.3, 0.15  # parts of the digits

# Parts of a digit drift apart: in a part of each batch pixels are displaced by a smooth random
# field, its values drawn on a grid of so many a side, with a standard deviation of so much at most.
BENT = 0.5
BENT_PX = 1.0
BENT_GRID = 5

# Paper lies askew, and cameras are held so: a part of each batch is turned up to this far, which
# is short of where a 6 and a 9, or a 7 and a 2 lying down, become each other.
FAR_DEG = 62.0
TURNED_FAR = 0.09
DOUBT_FAR = 0.1  # so much of their labels is spread over all ten


def augment(images: tf.Tensor, seed: tf.Tensor, robust: bool = False) -> tf.Tensor:
    """Digits as they might as well have been written.

    Args:
        images: float32 (n, 28, 28), 0 to 255, in random order.
        seed: int64 (2,); the same seed gives the same digits.
        robust: whether some are bent or turned far and others corrupted. Which ones goes by their
            places, the same in every batch: that is what makes it cheap.

    Returns:
        float32 (n, 28, 28), 0 to 255.
    """
    changed = _change_weight(_move(images, seed, robust), seed + (0, 1 << 32))
    return corruption.corrupt(changed, seed + (0, 1 << 33)) if robust else changed


def doubt(n: tf.Tensor) -> tf.Tensor:
    """How unsure one should be of each of a robust batch of ``n``, 0 to 1: float32 (n,)."""
    return corruption.doubt(n) + tf.where(_is_far(n), DOUBT_FAR, 0.0)


def _is_far(n: tf.Tensor) -> tf.Tensor:
    return tf.range(n) >= n - tf.cast(TURNED_FAR * tf.cast(n, tf.float32), tf.int32)


def _move(images: tf.Tensor, seed: tf.Tensor, robust: bool) -> tf.Tensor:
    n = tf.shape(images)[0]
    normal = tf.random.stateless_normal((n, 4), seed)
    shift = tf.random.stateless_uniform((n, 2), seed, -SHIFT_PX, SHIFT_PX)
    turn = normal[:, 0] * (TURN_DEG * 3.14159265 / 180)
    if robust:
        far = tf.random.stateless_uniform((n,), seed + (0, 1 << 34), -FAR_DEG, FAR_DEG)
        turn = tf.where(_is_far(n), far * (3.14159265 / 180), turn)
    across, down = tf.exp(normal[:, 1] * SCALE), tf.exp(normal[:, 2] * SCALE)
    slant = normal[:, 3] * SLANT
    cos, sin = tf.cos(turn), tf.sin(turn)
    # Output pixel (x, y) comes from (a·x + b·y + c, d·x + e·y + f), about the picture's middle.
    a, b = cos * across, (slant * cos - sin) * down
    d, e = sin * across, (slant * sin + cos) * down
    middle = (SIDE - 1) / 2
    c = middle * (1 - a - b) + shift[:, 0]
    f = middle * (1 - d - e) + shift[:, 1]
    rows = [a, b, c, d, e, f]
    if not robust:
        return affine(images, rows)
    n_bent = tf.cast(BENT * tf.cast(n, tf.float32), tf.int32)
    bent = _bent(images[:n_bent], [row[:n_bent] for row in rows], seed + (0, 1 << 35))
    straight = affine(images[n_bent:], [row[n_bent:] for row in rows])
    return tf.concat([bent, straight], axis=0)


def _bent(images: tf.Tensor, rows: list[tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
    """The same, and each part displaced by itself.

    Source: Simard et al. 2003, "Best practices for convolutional neural networks applied to visual
    document analysis", whose elastic distortions these are, from a coarse grid rather than by
    smoothing noise.
    """
    n = tf.shape(images)[0]
    much = tf.random.stateless_uniform((n, 1, 1, 1), seed, 0, BENT_PX)
    grid = tf.random.stateless_normal((n, BENT_GRID, BENT_GRID, 2), seed + (0, 1)) * much
    field = tf.image.resize(grid, (SIDE, SIDE), "bicubic")
    places = tf.range(SIDE, dtype=tf.float32)
    across, down = places[None, None, :], places[None, :, None]
    a, b, c, d, e, f = (value[:, None, None] for value in rows)
    x = a * across + b * down + c + field[..., 0]
    y = d * across + e * down + f + field[..., 1]
    # One pixel of paper around, which is what lies farther outside, too.
    x = tf.clip_by_value(x + 1, 0.0, SIDE + 0.999)
    y = tf.clip_by_value(y + 1, 0.0, SIDE + 0.999)
    left, top = tf.floor(x), tf.floor(y)
    right_share, low_share = x - left, y - top
    wide = SIDE + 2
    pixels = tf.reshape(tf.pad(images, [[0, 0], [1, 1], [1, 1]]), (-1,))
    first = tf.range(n)[:, None, None] * wide**2
    at = first + tf.cast(top, tf.int32) * wide + tf.cast(left, tf.int32)
    upper = tf.gather(pixels, at) * (1 - right_share) + tf.gather(pixels, at + 1) * right_share
    at += wide
    lower = tf.gather(pixels, at) * (1 - right_share) + tf.gather(pixels, at + 1) * right_share
    return upper * (1 - low_share) + lower * low_share


def _change_weight(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Some digits with broader lines, some with finer ones."""
    n = tf.shape(images)[0]
    choice, amount = tf.unstack(tf.random.stateless_uniform((2, n, 1, 1, 1), seed))
    pictures = images[..., None]
    bold = tf.nn.max_pool2d(pictures, 3, 1, "SAME")
    fine = -tf.nn.max_pool2d(-pictures, 2, 1, "SAME")
    changed = tf.where(
        choice < BOLDER,
        pictures + (bold - pictures) * amount,
        tf.where(choice > 1 - FINER, pictures + (fine - pictures) * amount * 0.7, pictures),
    )
    return changed[..., 0]
