"""A few hard digits, read again after each epoch, for those who watch a network learn.

They are validation digits: test digits are read once, at the end. The network of each epoch is put
beside them, compiled, so that a page can have a visitor's drawing read as well; no drawing ever
comes to the trainer.
"""

import contextlib
import io
import os
import time
from pathlib import Path

import keras
import numpy as np

from digitcnn.data.digits import Digits
from digitcnn.evaluation.logits import softmax
from digitcnn.figures.sheets import grid_png
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import progress as told
from digitcnn.runs.progress import Progress
from digitcnn.system import durable
from digitcnn.training.convert import serving_model

N = 12

_LEAST_PART = 0.1  # of the time since the last one, that compiling a network may take


def choose(validation: Digits, in_use: Recognizer | None, n: int = N) -> Digits:
    """The digits between whose two best labels a network hardly decides; else the first ones.

    Args:
        validation: what they are chosen from.
        in_use: the network that decides what is hard; ``None`` if none can be read.
        n: how many, if there are as many.
    """
    if in_use is None:
        return validation[:n]
    best = np.sort(softmax(in_use.logits(validation.images).astype(np.float64)), axis=1)
    return validation[np.sort(np.argsort(best[:, -1] - best[:, -2], kind="stable")[:n])]


class HardDigits:
    """What is told of a training after each of its epochs.

    Args:
        digits: see :func:`choose`.
        in_use: the network in use, whose readings are told beside the new one's.
        folder: the training's folder.
        progress: kept up to date; it is written by others.
    """

    def __init__(self, digits: Digits, in_use: Recognizer | None, folder: Path, progress: Progress):
        self._digits, self._folder, self._progress = digits, folder, progress
        self._compiled, self._took = 0.0, 0.0
        before = None if in_use is None else in_use.outputs(digits.images).probabilities
        with durable.writing(folder):
            (folder / told.HARD_DIGITS).write_bytes(grid_png(digits.images, len(digits)))
        progress.hard = {
            "labels": digits.labels.tolist(),
            "in_use": [] if before is None else _readings(before),
            "now": [],
            "previous": [],
            "epoch": 0,
        }

    def after_epoch(self, model: keras.Model) -> None:
        """Reads the digits with a network that is being trained, and compiles it."""
        images = self._digits.images.astype(np.float32)
        read = np.asarray(model(images, training=False))
        hard = self._progress.hard
        self._progress.hard = {
            **hard,
            "now": _readings(read),
            "previous": hard["now"],
            "epoch": self._progress.epoch,
        }
        self._compile(model)

    def _compile(self, model: keras.Model) -> None:
        began = time.monotonic()
        if self._took > _LEAST_PART * (began - self._compiled) and self._compiled:
            return  # Epochs are short here; one of the next is shown.
        path = self._folder / told.LATEST_MODEL
        half = path.with_name("half.tflite")
        with contextlib.redirect_stdout(io.StringIO()):  # the converter talks about each tensor
            serving_model(model).export(half, format="litert", verbose=False)
        with durable.writing(self._folder):
            os.replace(half, path)
        self._compiled = time.monotonic()
        self._took = self._compiled - began


def _readings(probabilities: np.ndarray) -> list[list[float]]:
    """For each digit the label read, and its probability."""
    return [[int(row.argmax()), round(float(row.max()), 4)] for row in probabilities]
