"""Pictures turned, scaled, slanted and shifted, as TensorFlow does it for a whole batch."""

import tensorflow as tf

SIDE = 28  # px


def affine(images: tf.Tensor, rows: list[tf.Tensor]) -> tf.Tensor:
    """Each picture from its own places, bilinearly; what lies outside it is 0, paper.

    Args:
        images: float, (n, 28, 28).
        rows: a to f, each float, (n,), in pixels: the result's pixel (x, y) comes from
            (a·x + b·y + c, d·x + e·y + f).

    Returns:
        Float, (n, 28, 28).
    """
    nothing = tf.zeros_like(rows[0])
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images[..., None],
        transforms=tf.stack([*rows, nothing, nothing], axis=1),
        output_shape=(SIDE, SIDE),
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )
    return moved[..., 0]
