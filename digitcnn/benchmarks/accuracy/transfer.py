"""Whether pretrained weights help to learn from few digits: transfer against from scratch.

Both ways learn the same digits by the same recipe with as many steps; only where they start
differs. Each draw has digits of its own, chosen by its seed. Trains, so it imports TensorFlow.
"""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.data import datasets, joined
from digitcnn.data.digits import DataSetUnavailable, Digits
from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models import networks
from digitcnn.models.recipes import Recipe, recipe
from digitcnn.runs import origin
from digitcnn.runs.progress import Progress
from digitcnn.runs.run import Run

SIZES = (100, 500, 2_000)
N_STEPS = 400
_BATCH = 32
_FEWEST = 20  # digits
_CHUNK = 500
# No synthetic digits: few digits are the point. No test-time augmentation: one view is quicker.
_BARE = {"handwriting": 0, "nondigits": 0, "learned_digits": 0, "learned_letters": 0, "tta": False}

Tell = Callable[[str], None]


class TooFewDigits(DigitcnnError):
    """The data set has fewer digits than are asked for."""


def measure(
    run: Run,
    dataset: str,
    home: Path,
    sizes: Sequence[int] = SIZES,
    draws: int = 3,
    freeze: str = "",
    n_steps: int = N_STEPS,
    tell: Tell = lambda doing: None,
) -> dict[str, Any]:
    """Accuracies on a data set's test digits by how many of its training digits are learned from.

    Args:
        run: whose weights are started from.
        dataset: a data set by name, or a file.
        home: where data sets lie; one that is not there is downloaded.
        sizes: numbers of training digits.
        draws: how often others are chosen.
        freeze: layers that keep the run's weights in a third way to begin; empty for no such way.
        n_steps: of each training.
        tell: told what is being done.

    Returns:
        ``run``, ``network``, ``dataset``, ``n_available`` and ``n_test``, ``draws``, ``steps``;
        ``frozen``, names of layers; ``as_it_is``, the run's accuracy before it learns any; and
        ``sizes``, a list of ``digits`` with ``scratch``, ``from_run`` and, where layers are
        frozen, ``frozen``: each the ``mean``, ``least`` and ``most`` of the draws' accuracies, 0
        to 1.

    Raises:
        DataSetUnavailable: it is not on this machine, and can't be downloaded.
        TooFewDigits: it has fewer training digits than the smallest of ``sizes``.
        UnfitRun: the run has no weights to start from.
        UnknownLayer: see :func:`digitcnn.models.networks.frozen_stages`.
    """
    from digitcnn.training.dataset import gather

    network = origin.network_of(str(run.folder), home)
    plain = recipe(
        "fast",
        network=network,
        dataset=joined.absolute(dataset),
        batch=_BATCH,
        learning_rate=2e-3,
        ema_momentum=0.99,
        **_BARE,
    )
    begun = replace(plain, from_run=run.id)
    ways = {"scratch": plain, "from_run": begun}
    if freeze:
        ways["frozen"] = replace(begun, freeze=freeze)
    sets = _sets(plain.dataset, home)
    n_available = len(gather(plain, sets).training)
    possible = [size for size in sizes if _FEWEST <= size <= n_available]
    if not possible:
        raise TooFewDigits(
            f"{dataset} has {n_available:,} training digits; choose sizes from {_FEWEST} to that."
        )
    rows: list[dict[str, Any]] = [{"digits": size} for size in possible]
    for row in rows:
        for way, wanted in ways.items():
            found = []
            for seed in range(draws):
                tell(f"{row['digits']:,} digits, {way.replace('_', ' ')}, draw {seed + 1}")
                drawn = replace(
                    wanted, limit=row["digits"], seed=seed, epochs=_epochs(row["digits"], n_steps)
                )
                found.append(_accuracy(drawn, sets, run))
            row[way] = {
                "mean": float(np.mean(found)),
                "least": min(found),
                "most": max(found),
            }
    test = joined.joined([one.test for one in sets])
    return {
        "run": run.id,
        "network": run.network,
        "dataset": dataset,
        "n_available": n_available,
        "n_test": len(test),
        "draws": draws,
        "steps": n_steps,
        "frozen": networks.frozen_stages(network, freeze),
        "as_it_is": _right(Recognizer(run).logits(test.images), test),
        "sizes": rows,
    }


def _sets(dataset: str, home: Path) -> list[joined.Halves]:
    try:
        for name in joined.missing(dataset, home):
            datasets.get(name, home)
    except DataSetUnavailable as error:
        raise DataSetUnavailable(
            f"{error} Or measure on digits that need no download: --dataset optdigits."
        ) from error
    return joined.halves(dataset, home)


def _epochs(n_digits: int, n_steps: int) -> int:
    """How many epochs make about that many steps, for any number of digits."""
    return math.ceil(n_steps / max(1, n_digits // _BATCH))


def _accuracy(wanted: Recipe, sets: list[joined.Halves], run: Run) -> float:
    from digitcnn.training import keras_file
    from digitcnn.training.dataset import gather
    from digitcnn.training.fit import fit

    gathered = gather(wanted, sets)
    model = fit(
        wanted,
        gathered.training,
        gathered.nondigits,
        # Nothing is chosen by validation digits here; a few are told of after each epoch.
        gathered.validation[:_FEWEST],
        Progress("transfer", os.getpid()),
        lambda: None,
        start=keras_file.weights(run) if wanted.from_run else None,
    )
    images = gathered.test.images.astype(np.float32)
    return _right(model.predict(images, batch_size=_CHUNK, verbose=0), gathered.test)


def _right(says: np.ndarray, digits: Digits) -> float:
    """Accuracy: share of digits whose label gets the highest probability."""
    return float((says.argmax(axis=1) == digits.labels).mean())
