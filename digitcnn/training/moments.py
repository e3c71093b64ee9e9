"""Weights at moments of a training → ``moments.npz``. Trainer process only.

While the network is fitted only its weights are put aside. What they read is asked afterwards: the
test digits are looked at when everything has been decided.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from digitcnn.data.digits import Digits
from digitcnn.evaluation.logits import softmax
from digitcnn.inference.browser import weights
from digitcnn.runs import moments
from digitcnn.runs.moments import MOST_DIGITS
from digitcnn.runs.run import MOMENTS
from digitcnn.system import durable
from digitcnn.training.fit import Logs, centre_logits

_BATCH = 500


@dataclass
class Snapshots:
    """Weights of a network while it is trained.

    Attributes:
        steps_per_epoch: how many steps make an epoch.
        steps: after how many each was taken.
        averaged: whether it has the moving average of the weights.
        weights: of each, as Keras's ``get_weights`` gives them.
    """

    steps_per_epoch: int = 0
    steps: list[int] = field(default_factory=list)
    averaged: list[bool] = field(default_factory=list)
    weights: list[list[NDArray[np.float32]]] = field(default_factory=list)


class Snapshooter(keras.callbacks.Callback):
    """Takes the snapshots: ten in the first epoch, and one after each epoch.

    After an epoch they are the weights that the curves tell of, the moving average where the
    recipe keeps one. Within the first epoch they are those of the step, as the average has hardly
    begun to move there.

    Args:
        snapshots: where they go.
        n_epochs: how many there will be at most.
        averages: whether the recipe keeps a moving average.
    """

    def __init__(self, snapshots: Snapshots, n_epochs: int, averages: bool):
        super().__init__()
        self._snapshots, self._averages, self._step = snapshots, averages, 0
        self._epochs = moments.kept_epochs(n_epochs)
        self._early: set[int] = set()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._snapshots.steps_per_epoch = self.params["steps"]
        self._early = set(moments.early_steps(self.params["steps"]))
        self._take(False)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._step += 1
        if self._step in self._early:
            self._take(False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        # A training that was asked to finish stops within an epoch.
        whole = self._step == (epoch + 1) * self._snapshots.steps_per_epoch
        if whole and epoch + 1 in self._epochs:
            self._take(self._averages)

    def _take(self, averaged: bool) -> None:
        self._snapshots.steps.append(self._step)
        self._snapshots.averaged.append(averaged)
        self._snapshots.weights.append(self.model.get_weights())


def keep(
    model: keras.Model,
    snapshots: Snapshots,
    test: Digits,
    temperature: float,
    folder: Path,
    tell: Callable[[str], None] = lambda doing: None,
) -> None:
    """Reads the test digits by each snapshot, and writes ``moments.npz``.

    Args:
        model: the trained network, which is as it was afterwards.
        snapshots: taken while it was trained.
        test: the test digits; of more than ``MOST_DIGITS`` no labels are kept.
        temperature: the run's, so that the last moment is as sure as the run.
        folder: the training's, where the file and what is put aside go.
        tell: told what is being done.

    Raises:
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    last = model.get_weights()
    logits_of = keras.Model(model.input, model.get_layer("logits").output)
    images = test.images.astype(np.float32) if len(test) <= MOST_DIGITS else None
    n = len(snapshots.steps)
    predicted, doubts, kernels = [], [], []
    layers: moments.Layers = []
    aside = folder / "moment.keras"
    try:
        for number, taken in enumerate(snapshots.weights, 1):
            tell(f"Reading the test digits at moment {number} of {n} of the training")
            model.set_weights(taken)
            centre_logits(model)
            labels, doubt = _read(logits_of, images, temperature)
            predicted.append(labels)
            doubts.append(doubt)
            with durable.writing(folder):
                model.save(aside)
            try:
                layers, arrays = weights.folded(aside.read_bytes())
                kernels.append(arrays)
            except weights.NotForBrowsers:  # Labels are kept all the same.
                kernels, layers = [], []
    finally:
        model.set_weights(last)
        aside.unlink(missing_ok=True)
    with durable.writing(folder):
        moments.save(
            folder / MOMENTS,
            snapshots.steps,
            snapshots.steps_per_epoch,
            snapshots.averaged,
            np.stack(predicted),
            np.stack(doubts),
            layers,
            kernels,
        )


def _read(
    logits_of: keras.Model, images: NDArray[np.float32] | None, temperature: float
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Labels and doubts of the digits, (n,) each; of none if there are no images."""
    if images is None:
        return np.zeros(0, np.uint8), np.zeros(0, np.float16)
    logits = logits_of.predict(images, batch_size=_BATCH, verbose=0).astype(np.float64)
    probabilities = softmax(logits / temperature)
    labels = probabilities.argmax(axis=1)
    others = probabilities.copy()
    others[np.arange(len(others)), labels] = 0  # Summed by themselves, which is exact near 0.
    return labels.astype(np.uint8), others.sum(axis=1).astype(np.float16)
