"""The digits at which a feature map is strongest."""

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.data.digits import Digits
from digitcnn.explain.feature_maps import FeatureMaps
from digitcnn.explain.strongest import N_STRONGEST, Strongest
from digitcnn.runs.run import open_run


@pytest.fixture(scope="module")
def starter_maps():
    return FeatureMaps(open_run(settings.STARTER_FOLDER))


def test_they_are_those_that_one_finds_by_looking_at_each(starter_maps, handwriting_test):
    few = Digits(handwriting_test.images[:40], handwriting_test.labels[:40])
    found = Strongest(starter_maps, few)
    assert found.n_looked_at == 40
    maps = [starter_maps.of(image).maps[1] for image in few.images]
    for feature_map in (0, 7, 31):
        peaks = [float(seen[:, :, feature_map].max()) for seen in maps]
        examples = found.of(1, feature_map)
        expected = sorted((peak for peak in peaks if peak > 0), reverse=True)[:N_STRONGEST]
        assert [example.strength for example in examples] == pytest.approx(expected)
        for example in examples:
            assert peaks[example.index] == pytest.approx(example.strength)
            assert example.label == few.labels[example.index]
            assert np.array_equal(example.image, few.images[example.index])
            row, column = np.unravel_index(
                maps[example.index][:, :, feature_map].argmax(), maps[0].shape[:2]
            )
            height, width = maps[0].shape[:2]
            assert example.place == pytest.approx(((row + 0.5) / height, (column + 0.5) / width))


def test_a_map_that_finds_nothing_has_none(starter_maps):
    blank = Digits(np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8))
    found = Strongest(starter_maps, blank)
    values = starter_maps.of(blank.images[0]).maps[0].max(axis=(0, 1))
    for feature_map, value in enumerate(values):
        assert len(found.of(0, feature_map)) == (3 if value > 0 else 0)
