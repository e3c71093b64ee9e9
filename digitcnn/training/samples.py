"""What a training shows its network: pictures of digits, as written and as they are augmented.

Trainer process only: augmentation is TensorFlow's.
"""

import numpy as np
from numpy.typing import NDArray

from digitcnn.data import samples
from digitcnn.data.digits import Digits
from digitcnn.figures import sheets
from digitcnn.models.networks import N_CLASSES
from digitcnn.models.recipes import Recipe
from digitcnn.preprocessing import ink
from digitcnn.preprocessing.digit_image import digit_image

COLUMNS = 12
_ROWS = 4


def samples_png(recipe: Recipe, training: Digits) -> bytes:
    """48 of the training digits as the network gets to see them, 12 in a row; a PNG."""
    chosen = np.random.default_rng(recipe.seed).integers(len(training), size=_ROWS * COLUMNS)
    images = training.images[chosen]
    return sheets.grid_png(augmented(images, recipe.seed) if recipe.augment else images, COLUMNS)


def augmentation_png() -> bytes:
    """What augmentation does; a PNG of digits as written, and below each, four of its versions.

    They are the sample digits, the project's own, so the picture may go anywhere.
    """
    rasters = (ink.rasterize(samples.sample(digit)) for digit in range(N_CLASSES))
    originals = np.stack([digit_image(raster) for raster in rasters])
    rows = [augmented(originals, seed) for seed in range(4)]
    return sheets.grid_png(np.concatenate([originals, *rows]), N_CLASSES)


def augmented(images: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Digit images, uint8 (n, 28, 28), each changed at random as in training."""
    import tensorflow as tf

    from digitcnn.training.augmentation import augment

    changed = augment(tf.constant(images, tf.float32), tf.constant([seed, 0], tf.int64))
    whole: NDArray[np.float32] = np.clip(np.rint(changed.numpy()), 0, 255)
    return whole.astype(np.uint8)
