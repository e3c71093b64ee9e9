"""The nearest-neighbour search, held against sorting everything."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcnn.evaluation import neighbours


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_nearest_are_those_of_a_full_sort(dtype, monkeypatch):
    monkeypatch.setattr(neighbours, "_ROWS", 7)
    monkeypatch.setattr(neighbours, "_COLUMNS", 11)
    rng = np.random.default_rng(0)
    some = neighbours.unit_rows(rng.normal(size=(20, 5)))
    others = neighbours.unit_rows(rng.normal(size=(60, 5))).astype(dtype)
    indices, cosines = neighbours.nearest(some, others, 4)
    every = some.astype(np.float64) @ others.astype(np.float64).T
    np.testing.assert_array_equal(indices, np.argsort(-every, axis=1, kind="stable")[:, :4])
    np.testing.assert_allclose(cosines, np.take_along_axis(every, indices, axis=1), atol=1e-6)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(0, 5))
def test_equals_come_in_their_order_and_none_is_its_own_neighbour(k, itself):
    rows = np.tile(np.float32([[1, 0]]), (8, 1))
    indices, _ = neighbours.nearest(rows[:1], rows, k, itself=np.array([itself]))
    assert indices[0].tolist() == [i for i in range(8) if i != itself][:k]
