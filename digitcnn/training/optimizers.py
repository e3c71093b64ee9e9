"""Recipe → optimizer: by which rule, and how far, the weights change at each step.

Trainer process only.
"""

import math
from typing import Any

import keras
import tensorflow as tf

from digitcnn.models.recipes import Recipe

_WARM_UP = 0.2  # of the steps, in which a one-cycle schedule rises


def optimizer(recipe: Recipe, n_steps: int) -> keras.optimizers.Optimizer:
    """The optimizer that a recipe asks for, for a training of ``n_steps`` steps."""
    decay = recipe.weight_decay
    options: dict[str, Any] = {"learning_rate": recipe.learning_rate, "weight_decay": decay}
    if recipe.schedule == "one-cycle":
        options["learning_rate"] = OneCycle(recipe.learning_rate, n_steps)
    if recipe.ema_momentum:
        options |= {"use_ema": True, "ema_momentum": recipe.ema_momentum}
    if recipe.optimizer == "muon":
        # What gives the logits is AdamW's, too, as are biases and all else that is no matrix.
        made = ConvolutionalMuon(adam_weight_decay=decay, exclude_layers=["logits"], **options)
    else:
        made = WarmedAdamW(**options)
    made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Up along a line, down along half a cosine.

    Source: Smith & Topin 2018, "Super-convergence".
    """

    def __init__(self, highest: float, n_steps: int):
        self.highest, self.n_steps = highest, n_steps

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        done = tf.cast(step, tf.float32) / self.n_steps
        rise = 0.04 + 0.96 * done / _WARM_UP
        fall = 0.5 * (1 + tf.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP)))
        return self.highest * tf.where(done < _WARM_UP, rise, tf.maximum(fall, 1e-4))

    def get_config(self) -> dict[str, Any]:
        return {"highest": self.highest, "n_steps": self.n_steps}


class WarmedAverage:
    """For an optimizer: its moving average of the weights forgets the beginning quickly.

    With a fixed momentum of 0.996 a fifth of the average after an epoch is what the weights were
    before anything was learned, and the average reads far worse than the weights. The momentum
    rises as t / (t + 9) until it is what the recipe asks for.
    Source: TensorFlow's ``ExponentialMovingAverage``, argument ``num_updates``.
    """

    # What it finds in the optimizer.
    use_ema: bool
    ema_momentum: float
    iterations: keras.Variable
    _model_variables_moving_average: list[keras.Variable | None]

    def _update_model_variables_moving_average(
        self, trainable_variables: list[keras.Variable]
    ) -> None:
        if not self.use_ema:
            return
        step = keras.ops.cast(self.iterations, "float32")
        momentum = keras.ops.minimum(step / (step + 9), self.ema_momentum)
        averages = self._model_variables_moving_average
        for variable, average in zip(trainable_variables, averages, strict=True):
            if average is not None:
                kept = keras.ops.cast(momentum, variable.dtype)
                average.assign(kept * average + (1 - kept) * variable)


class WarmedAdamW(WarmedAverage, keras.optimizers.AdamW):
    """AdamW whose average of the weights is warmed up."""


# No underscore: Keras names a scope after the class, which in TensorFlow must not begin with one.
class ConvolutionalMuon(WarmedAverage, keras.optimizers.Muon):
    """Muon for convolutions too, whose kernels Keras's own leaves to AdamW.

    A step changes a layer in every direction that the gradient names by as much, rather than mostly
    in the few that are strongest. A kernel is taken as a matrix, from all that one place sees to
    what each filter makes of it. Sources: Jordan et al. 2024, "Muon: an optimizer for hidden layers
    in neural networks"; Liu et al. 2025, "Muon is scalable for LLM training".
    """

    def _should_use_adamw(self, variable: keras.Variable) -> bool:
        named = any(name in variable.path for name in self.exclude_layers)
        return named or len(variable.shape) < 2

    def _muon_update_step(self, gradient: Any, variable: keras.Variable, lr: Any, m: Any) -> None:
        self.assign_add(m, gradient + m * (self.momentum - 1))
        ahead = tf.reshape(gradient + m * self.momentum, (-1, variable.shape[-1]))
        update = self.lr_adjust(lr * self.zeropower_via_newtonschulz5(ahead, self.ns_steps))
        self.assign_sub(variable, tf.reshape(update, variable.shape))
