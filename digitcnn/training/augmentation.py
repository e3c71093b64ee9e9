"""Augmentation: the same digit turned, slanted, scaled, shifted, bolder or finer; some turned far.

For training only, on whole batches, in TensorFlow: 128 digits take about a millisecond. What
spoils pictures rather than handwriting is :mod:`digitcnn.training.corruption`.
"""

import tensorflow as tf

from digitcnn.training import corruption

SIDE = 28

# Standard deviations but for the shift: what a digit can take and still be itself.
TURN_DEG = 6.0
SCALE = 0.08  # of the logarithm, across and down apart
SLANT = 0.15  # px across for each px down
SHIFT_PX = 1.5  # at most, either way; less for digit images, as they are centred
BOLDER, FINER = 0.3, 0.15  # parts of the digits

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
        robust: whether some are turned far and others corrupted. Which ones goes by their places,
            the same in every batch: that is what makes it cheap.

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
    nothing = tf.zeros_like(a)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images[..., None],
        transforms=tf.stack([a, b, c, d, e, f, nothing, nothing], axis=1),
        output_shape=(SIDE, SIDE),
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )
    return moved[..., 0]


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
