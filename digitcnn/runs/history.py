"""A training's curves as validated arrays; from a run, or from a running training."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.errors import DigitcnnError
from digitcnn.runs.run import Run

_EPOCH_ENTRIES = ("accuracy", "loss", "val_accuracy", "val_loss", "seconds")
_LATER_ENTRIES = ("recall", "val_recall")  # which older trainings did not record


class DamagedHistory(DigitcnnError):
    """A history that can't be read."""


@dataclass(frozen=True, eq=False)
class History:
    """A training's curves.

    Attributes:
        epochs: int64 (n,), the epochs' numbers, from 1.
        accuracy, loss: float64 (n,), on the training digits as they were learned from.
        val_accuracy, val_loss: float64 (n,), on the validation digits after each epoch.
        seconds: float64 (n,), since fitting began, at each epoch's end.
        recall, val_recall: float64 (n,), part of the digits given more than half of the
            probability; NaN where it was not written down.
        batch_epochs: float64 (m,), where in the training, in epochs, a point of the batch curve is.
        batch_accuracy, batch_loss: float64 (m,), on the batches up to that point.
    """

    epochs: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    loss: NDArray[np.float64]
    val_accuracy: NDArray[np.float64]
    val_loss: NDArray[np.float64]
    seconds: NDArray[np.float64]
    recall: NDArray[np.float64]
    val_recall: NDArray[np.float64]
    batch_epochs: NDArray[np.float64]
    batch_accuracy: NDArray[np.float64]
    batch_loss: NDArray[np.float64]

    @property
    def best(self) -> int | None:
        """Index of the epoch that read most validation digits right; ``None`` before the first."""
        return int(np.argmax(self.val_accuracy)) if len(self.epochs) else None


def read(values: dict[str, Any], steps_per_epoch: float) -> History:
    """The curves in a run's ``history.json`` or in a training's progress.

    Args:
        values: ``"epochs"``, a list of dicts, and ``"batches"``, a dict of lists; both may be
            missing, as in a training that has just begun.
        steps_per_epoch: batches in an epoch.

    Raises:
        DamagedHistory: it has another form.
    """
    try:
        rows, batches = values.get("epochs", []), values.get("batches", {})
        columns = [[float(row[name]) for row in rows] for name in _EPOCH_ENTRIES]
        later = [[float(row.get(name, np.nan)) for row in rows] for name in _LATER_ENTRIES]
        curves = {
            name: np.array(column, np.float64)
            for name, column in zip(
                (*_EPOCH_ENTRIES, *_LATER_ENTRIES), columns + later, strict=True
            )
        }
        step, accuracy, loss = (
            np.array([float(value) for value in batches.get(name, [])], np.float64)
            for name in ("step", "accuracy", "loss")
        )
        if not len(step) == len(accuracy) == len(loss):
            raise ValueError("a batch curve of several lengths")
        epochs = np.array([int(row["epoch"]) for row in rows], np.int64)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedHistory("The history of this training can't be read; train again.") from error
    at = step / max(steps_per_epoch, 1)
    curves["seconds"] = np.cumsum(curves["seconds"])
    return History(epochs, batch_epochs=at, batch_accuracy=accuracy, batch_loss=loss, **curves)


def of_run(run: Run) -> History:
    """A run's curves.

    Raises:
        DamagedRun, DamagedHistory: its history can't be read.
    """
    made_of, batch = run.card.dataset, run.recipe.get("batch", 1)
    n = made_of.n_training + made_of.n_nondigits
    return read(run.history(), max(1, n // batch))


def smooth(values: Floats, span: float) -> NDArray[np.float64]:
    """A moving average that weighs what is recent more; float64 (n,).

    Exponential, its start corrected so that the first value counts as itself.
    Source: Kingma & Ba 2015, "Adam", section 3.

    Args:
        values: floats (n,); what is not finite is passed over.
        span: about how many values it reaches back.
    """
    kept, averages = 1 - 2 / (span + 1), np.full(len(values), np.nan)
    total = weight = 0.0
    for i, value in enumerate(values):
        if np.isfinite(value):
            total, weight = kept * total + (1 - kept) * value, kept * weight + (1 - kept)
        averages[i] = total / weight if weight else np.nan
    return averages
