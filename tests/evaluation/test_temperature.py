"""The temperature that makes logits honest, held against trying every one."""

import numpy as np
import pytest

from digitcnn.evaluation.calibration import temperature
from digitcnn.evaluation.logits import softmax


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_labels_are_likeliest_under_it(scale):
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(2_000, 10)) * 3
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1).astype(np.uint8)

    def loss(divisor: float) -> float:
        probabilities = softmax(logits * scale / divisor)
        return float(-np.log(probabilities[np.arange(len(labels)), labels]).mean())

    found = temperature(logits * scale, labels)
    assert found == pytest.approx(scale, rel=0.1)  # Gumbel noise is softmax at temperature 1
    grid = np.geomspace(0.2, 5, 400)
    assert loss(found) <= min(map(loss, grid)) + 1e-12


@pytest.mark.parametrize(("scale", "bound"), [(0.01, 0.2), (100.0, 5.0)])
def test_it_stays_within_its_bounds(scale, bound):
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(500, 10)) * 3
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1).astype(np.uint8)
    assert temperature(logits * scale, labels) == pytest.approx(bound, rel=1e-4)
