"""Recipe and digits → a fitted Keras model, told about as it goes. Trainer process only."""

import math
import time
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitcnn.data.digits import Digits
from digitcnn.errors import DigitcnnError
from digitcnn.models import networks
from digitcnn.models.networks import N_CLASSES
from digitcnn.models.recipes import Recipe
from digitcnn.runs.progress import Progress
from digitcnn.training.augmentation import augment, doubt
from digitcnn.training.distillation import Distillation, Teacher, with_teacher
from digitcnn.training.optimizers import optimizer

NO_DIGIT = N_CLASSES  # the label, in training only, of a drawing that is no digit

_TOLD_EVERY_S = 0.5
# The first steps compile the network: what they take says nothing of those to come.
_STEPS_BEFORE_ESTIMATE, _SECONDS_BEFORE_ESTIMATE = 5, 3.0
_CURVE_POINTS = 400  # of the batch curve, whatever the training's length

Logs = dict[str, float]  # Keras's figures by name
Weights = list[NDArray[np.float32]]
"""Of a model of :func:`digitcnn.models.networks.build`, in Keras's order."""


class TrainingDiverged(DigitcnnError):
    """The weights ran away; nothing can be read with them."""


def fit(
    recipe: Recipe,
    training: Digits,
    nondigits: NDArray[np.uint8],
    validation: Digits,
    progress: Progress,
    tell: Callable[[], None],
    finish_asked: Callable[[], bool] = lambda: False,
    after_epoch: Callable[[keras.Model], None] = lambda model: None,
    watchers: Sequence[keras.callbacks.Callback] = (),
    start: Weights | None = None,
    teacher: Teacher | None = None,
) -> keras.Model:
    """A network fitted to digits.

    Args:
        recipe: what decides; its seed makes the same digits give the same network.
        training: what is learned from.
        nondigits: uint8 (n, 28, 28), drawings that the network should be unsure about.
        validation: what is looked at after each epoch.
        progress: kept up to date, its history included.
        tell: called at most twice a second, and after each epoch, when ``progress`` has changed.
        finish_asked: looked at as often; once it is true, the best epoch so far is the last.
        after_epoch: called after each epoch with the network as it is then, before ``tell``.
        watchers: told of all that goes on; after an epoch the weights are those that are kept.
        start: the weights to start from, of a network with the same layers; by default random
            ones.
        teacher: what is learned from beside the labels, if anything.

    Returns:
        A model of :func:`digitcnn.models.networks.build`, with the weights that were kept.

    Raises:
        TrainingDiverged: the loss is no number any more.
    """
    keras.utils.set_random_seed(recipe.seed)
    tf.config.experimental.enable_op_determinism()
    model = networks.build(
        recipe.architecture, networks.frozen_stages(recipe.architecture, recipe.freeze)
    )
    if start is not None:
        model.set_weights(start)  # before training: averages of weights begin with these
    learner = keras.Model(model.input, model.get_layer("logits").output)
    n = len(training) + len(nondigits)
    steps_per_epoch = max(1, n // recipe.batch)
    learner.compile(
        optimizer(recipe, steps_per_epoch * recipe.epochs),
        keras.losses.CategoricalCrossentropy(from_logits=True)
        if teacher is None
        else Distillation(recipe),
        metrics=[_PartOfDigits(_is_right, "accuracy"), _PartOfDigits(_is_found, "recall")],
    )
    # The order matters: averaged weights must be in place when a best epoch is remembered.
    callbacks = []
    if recipe.ema_momentum:
        callbacks.append(keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
    if recipe.patience:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=recipe.patience, restore_best_weights=True
            )
        )
    callbacks.append(_EarlyFinish(finish_asked))
    callbacks.append(
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: after_epoch(model))
    )
    callbacks += watchers
    callbacks.append(_Teller(progress, tell, recipe.epochs, steps_per_epoch))
    learner.fit(
        _batches(recipe, training, nondigits, teacher),
        epochs=recipe.epochs,
        steps_per_epoch=steps_per_epoch,
        validation_data=_examples(validation),
        callbacks=callbacks,
        shuffle=False,  # the data set shuffles itself
        verbose=0,
    )
    centre_logits(model)
    return model


def centre_logits(model: keras.Model) -> None:
    """Takes their mean from the ten logits; probabilities and labels stay as they are.

    Training leaves the mean to chance, as softmax does not depend on it; the free energy does, by
    which non-digits are refused. Of logits whose mean is 0 it tells more of them.

    Args:
        model: of :func:`digitcnn.models.networks.build`; its last weights are changed, unless they
            are frozen.
    """
    layer = model.get_layer("logits")
    if layer.trainable:
        centred = [array - array.mean(axis=-1, keepdims=True) for array in layer.get_weights()]
        layer.set_weights(centred)


def _targets(label_smoothing: float = 0.0) -> tf.Tensor:
    """What the network should say to each label: (11, 10), the last row to ``NO_DIGIT``."""
    doubt = tf.fill((1, N_CLASSES), 1 / N_CLASSES)
    return tf.concat(
        [tf.eye(N_CLASSES) * (1 - label_smoothing) + doubt * label_smoothing, doubt], axis=0
    )


def _doubted(targets: tf.Tensor) -> tf.Tensor:
    """Targets of a robust batch: less sure of what was corrupted or turned far."""
    unsure = doubt(tf.shape(targets)[0])[:, None]
    return targets * (1 - unsure) + unsure / N_CLASSES


def _batches(
    recipe: Recipe, training: Digits, nondigits: NDArray[np.uint8], teacher: Teacher | None = None
) -> tf.data.Dataset:
    images = tf.constant(np.concatenate([training.images, nondigits]))
    labels = np.concatenate([training.labels, np.full(len(nondigits), NO_DIGIT, np.uint8)])
    targets = tf.gather(_targets(recipe.label_smoothing), labels.astype(np.int32))
    n = len(labels)

    def batch(number: tf.Tensor, chosen: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pictures = tf.cast(tf.gather(images, chosen), tf.float32)
        target = tf.gather(targets, chosen)
        if recipe.augment:
            pictures = augment(
                pictures, tf.stack([tf.constant(recipe.seed, tf.int64), number]), recipe.robust
            )
            if recipe.robust:
                target = _doubted(target)
        if teacher is not None:
            target = with_teacher(teacher, pictures, target)
        return pictures, target

    return (
        tf.data.Dataset.range(n)
        .shuffle(n, seed=recipe.seed, reshuffle_each_iteration=True)
        .repeat()
        .batch(min(recipe.batch, n), drop_remainder=True)
        .enumerate()
        .map(batch, num_parallel_calls=1)
        .prefetch(4)
        .with_options(_untuned())
    )


def _examples(digits: Digits) -> tf.data.Dataset:
    targets = tf.gather(_targets(), digits.labels.astype(np.int32))
    pairs = tf.data.Dataset.from_tensor_slices((digits.images, targets)).batch(500)
    examples = pairs.map(lambda images, target: (tf.cast(images, tf.float32), target))
    return examples.with_options(_untuned())


def _untuned() -> tf.data.Options:
    """There is nothing to tune, and the tuner, which sleeps for up to a minute, is waited for."""
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


class _PartOfDigits(keras.metrics.Metric):
    """Part of the digits of which something is true; what is no digit does not count."""

    def __init__(self, is_true: Callable[[tf.Tensor, tf.Tensor], tf.Tensor], name: str):
        super().__init__(name=name)
        self._is_true = is_true
        self._n_true = self.add_weight(initializer="zeros", name="n_true")
        self._n = self.add_weight(initializer="zeros", name="n")

    def update_state(
        self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: tf.Tensor | None = None
    ) -> None:
        y_true = y_true[:, :N_CLASSES]  # without what a teacher says
        is_digit = tf.cast(tf.reduce_max(y_true, axis=1) > 0.5, tf.float32)
        is_true = tf.cast(self._is_true(y_true, y_pred), tf.float32)
        self._n_true.assign_add(tf.reduce_sum(is_true * is_digit))
        self._n.assign_add(tf.reduce_sum(is_digit))

    def result(self) -> tf.Tensor:
        return self._n_true / tf.maximum(self._n, 1.0)


def _is_right(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return tf.equal(tf.argmax(targets, 1), tf.argmax(logits, 1))


def _is_found(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Whether a digit gets more than half of the probability, as Keras's ``Recall`` counts."""
    asked = tf.one_hot(tf.argmax(targets, 1), N_CLASSES)
    return tf.reduce_sum(tf.nn.softmax(logits) * asked, axis=1) > 0.5


class _EarlyFinish(keras.callbacks.Callback):
    """Ends a training when it is asked to, with the weights of the best epoch."""

    def __init__(self, asked: Callable[[], bool]):
        super().__init__()
        self._asked, self._looked, self._ending = asked, 0.0, False
        self._best = -math.inf
        self._weights: list[NDArray[np.float32]] | None = None

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        now = time.monotonic()
        if now - self._looked < _TOLD_EVERY_S:
            return
        self._looked = now
        # Before the first epoch is over there is nothing to keep.
        if self._weights is not None and self._asked():
            self._ending = self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if logs["val_accuracy"] >= self._best:
            self._best, self._weights = logs["val_accuracy"], self.model.get_weights()
        if self._asked():
            self._ending = self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._ending and self._weights is not None:
            self.model.set_weights(self._weights)


class _Teller(keras.callbacks.Callback):
    """Keeps a training's progress up to date."""

    def __init__(
        self, progress: Progress, tell: Callable[[], None], n_epochs: int, steps_per_epoch: int
    ):
        super().__init__()
        self._progress, self._tell = progress, tell
        self._steps_per_epoch = steps_per_epoch
        progress.epochs = n_epochs
        progress.steps = n_epochs * steps_per_epoch
        progress.history = {"epochs": [], "batches": {"step": [], "loss": [], "accuracy": []}}
        self._point_every = max(1, progress.steps // _CURVE_POINTS)
        # Keras's logs are means since the epoch began; a point of the curve is what came between.
        self._sums = {"loss": 0.0, "accuracy": 0.0}
        self._last_sums = dict(self._sums)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._began = self._told = time.monotonic()
        self._steady: float | None = None  # when the first steps were over
        self._progress.state = "fitting"
        self._tell()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._progress.epoch = epoch + 1
        self._epoch_began = time.monotonic()
        self._sums = {"loss": 0.0, "accuracy": 0.0}
        self._last_sums = dict(self._sums)
        self._last_count = 0

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        progress, now = self._progress, time.monotonic()
        progress.step += 1
        if progress.step == _STEPS_BEFORE_ESTIMATE:
            self._steady = now
        if progress.step % self._point_every == 0:
            self._add_point(batch + 1, logs)
        if now - self._told >= _TOLD_EVERY_S:
            self._told = now
            progress.seconds = now - self._began
            progress.seconds_left = self._seconds_left(now)
            self._tell()

    def _seconds_left(self, now: float) -> float | None:
        """Estimated from the steps since the network was compiled; none while those are few."""
        progress = self._progress
        if self._steady is None or now - self._steady < _SECONDS_BEFORE_ESTIMATE:
            return None
        pace = (now - self._steady) / (progress.step - _STEPS_BEFORE_ESTIMATE)
        return pace * (progress.steps - progress.step)

    def _add_point(self, count: int, logs: Logs) -> None:
        if not math.isfinite(logs["loss"]):
            raise TrainingDiverged(
                "The training diverged: the loss is not a number. Choose a smaller learning rate."
            )
        curve = self._progress.history["batches"]
        curve["step"].append(self._progress.step)
        for name in ("loss", "accuracy"):
            total = float(logs[name]) * count
            value = (total - self._last_sums[name]) / (count - self._last_count)
            self._last_sums[name] = total
            curve[name].append(round(value, 5))
            setattr(self._progress, name, value)
        self._last_count = count

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        progress, now = self._progress, time.monotonic()
        names = ("accuracy", "loss", "recall")
        row = {key: float(logs[key]) for key in (*names, *(f"val_{name}" for name in names))}
        progress.history["epochs"].append(
            {"epoch": epoch + 1, **row, "seconds": now - self._epoch_began}
        )
        progress.val_accuracy = row["val_accuracy"]
        progress.seconds = now - self._began
        self._tell()
