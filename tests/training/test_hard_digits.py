"""Hard digits, read again after each epoch."""

from types import SimpleNamespace

import numpy as np
import pytest

from digitcnn.data.digits import Digits
from digitcnn.evaluation.logits import softmax
from digitcnn.inference.litert import serving_network
from digitcnn.runs.progress import HARD_DIGITS, LATEST_MODEL, TEMPORARY, Progress


def _digits(n: int) -> Digits:
    images = np.random.default_rng(0).integers(0, 256, (n, 28, 28)).astype(np.uint8)
    return Digits(images, (np.arange(n) % 10).astype(np.uint8))


def _in_use(margins: np.ndarray):
    """A network that prefers a zero to a one by so much, digit for digit."""
    logits = np.full((len(margins), 10), -9.0, np.float32)
    logits[:, 0], logits[:, 1] = margins, 0
    return SimpleNamespace(
        logits=lambda images: logits[: len(images)],
        outputs=lambda images: SimpleNamespace(probabilities=softmax(logits[: len(images)])),
    )


def test_those_are_hard_that_a_network_hardly_decides():
    from digitcnn.training.hard_digits import choose

    digits = _digits(6)
    chosen = choose(digits, _in_use(np.array([3, -0.1, 5, 0.2, -4, 0.3])), 3)
    np.testing.assert_array_equal(chosen.images, digits.images[[1, 3, 5]])
    assert len(choose(digits, None, 4)) == 4


def test_each_epoch_is_told_and_compiled(tmp_path):
    from digitcnn.models import networks
    from digitcnn.training.hard_digits import HardDigits

    digits, progress = _digits(5), Progress("x", 1)
    (tmp_path / TEMPORARY).mkdir()
    hard = HardDigits(digits, _in_use(np.full(5, 2.0)), tmp_path, progress)
    assert (tmp_path / HARD_DIGITS).stat().st_size
    assert progress.hard["now"] == [] and len(progress.hard["in_use"]) == 5
    model = networks.build("plain")
    progress.epoch = 1
    hard.after_epoch(model)
    first = progress.hard["now"]
    images = digits.images.astype(np.float32)
    expected = model.predict(images, verbose=0)
    assert [label for label, _ in first] == expected.argmax(axis=1).tolist()
    assert [p for _, p in first] == pytest.approx(expected.max(axis=1), abs=1e-4)
    logits, _ = serving_network((tmp_path / LATEST_MODEL).read_bytes())(images)
    np.testing.assert_allclose(softmax(logits.astype(np.float64)), expected, atol=1e-5)

    # Epochs that are over sooner than a network is compiled don't wait for it.
    compiled = (tmp_path / LATEST_MODEL).stat().st_mtime_ns
    progress.epoch = 2
    hard.after_epoch(model)
    assert progress.hard["previous"] == first and progress.hard["epoch"] == 2
    assert (tmp_path / LATEST_MODEL).stat().st_mtime_ns == compiled
