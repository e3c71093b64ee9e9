"""A network learns from another one's probabilities beside the labels. Trainer process only.

What a good network holds to be likely, and less likely, says more about a digit than its label.
Source: Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural network": targets
softened by a temperature T, mixed with the labels, their gradients made up for by T².
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitcnn.models.networks import N_CLASSES
from digitcnn.models.recipes import Recipe

Teacher = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From digit images, uint8 (n, 28, 28), to logits (n, 10)."""


def with_teacher(teacher: Teacher, pictures: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Targets with the teacher's logits beside them: float32 (n, 20).

    Args:
        teacher: is asked in the thread that prepares batches.
        pictures: float32 (n, 28, 28), 0 to 255, as the network will see them.
        target: float32 (n, 10), what the labels say.
    """

    def ask(images: NDArray[np.float32]) -> NDArray[np.float32]:
        return teacher(np.clip(np.rint(images), 0, 255).astype(np.uint8))

    logits = tf.numpy_function(ask, [pictures], tf.float32)
    logits.set_shape((None, N_CLASSES))
    return tf.concat([target, logits], axis=1)


# No underscore: Keras names a scope after the class, which in TensorFlow must not begin with one.
class Distillation(keras.losses.Loss):
    """Cross-entropy with the labels and with the teacher's softened probabilities, mixed.

    Without a teacher's logits beside the labels, as in validation, it is that with the labels.
    """

    def __init__(self, recipe: Recipe):
        super().__init__(name="distillation")
        self._temperature = recipe.distillation_temperature
        self._weight = recipe.distillation_weight

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """The loss of each digit: float32 (n,).

        Args:
            y_true: float32 (n, 10) or (n, 20), see :func:`with_teacher`.
            y_pred: float32 (n, 10), logits.
        """
        target = y_true[:, :N_CLASSES]
        by_labels = tf.nn.softmax_cross_entropy_with_logits(target, y_pred)
        if y_true.shape[1] == N_CLASSES:
            return by_labels
        soft = tf.nn.softmax(y_true[:, N_CLASSES:] / self._temperature)
        by_teacher = tf.nn.softmax_cross_entropy_with_logits(soft, y_pred / self._temperature)
        weight = self._weight
        return (1 - weight) * by_labels + weight * self._temperature**2 * by_teacher
