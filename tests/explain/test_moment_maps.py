"""The network laid open as it was at a moment of its training."""

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.data import samples
from digitcnn.explain.feature_maps import FeatureMaps, sum_of
from digitcnn.explain.moment_maps import MomentMaps
from digitcnn.inference.moment_network import MomentNetwork
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import moments
from digitcnn.runs.run import open_run


@pytest.fixture(scope="module")
def starter():
    run = open_run(settings.STARTER_FOLDER)
    return FeatureMaps(run), moments.of_run(run)


@pytest.fixture(scope="module")
def four():
    return digit_image.digit_image(ink.rasterize(samples.sample(4)))


def test_at_the_last_moment_they_are_the_finished_networks(starter, four):
    finished, kept = starter
    last = MomentMaps(finished, MomentNetwork(kept, len(kept) - 1))
    then, now = last.of(four), finished.of(four)
    for mine, expected in zip([*then.maps, then.logits], [*now.maps, now.logits], strict=True):
        assert mine.shape == expected.shape
        assert np.abs(mine - expected).max() < 0.03 * np.abs(expected).max()
    assert then.embedding.shape == now.embedding.shape


def test_sums_give_the_values_of_the_maps(starter, four):
    finished, kept = starter
    maps = MomentMaps(finished, MomentNetwork(kept, 4))
    seen = maps.of(four)
    for number, stage in enumerate(maps.stages):
        row, column, unit = np.unravel_index(seen.maps[number].argmax(), seen.maps[number].shape)
        found = sum_of(stage, seen.inputs[number], int(unit), int(row), int(column))
        assert found.value == pytest.approx(seen.maps[number][row, column, unit], rel=1e-3)
    weighed = seen.embedding @ maps.logits_kernel + maps.logits_bias
    np.testing.assert_allclose(weighed, seen.logits, rtol=1e-3, atol=1e-3)
