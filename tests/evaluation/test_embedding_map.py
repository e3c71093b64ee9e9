"""The map of digits: neighbours stay neighbours, and digits are placed among their like."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from digitcnn.evaluation import embedding_map


def groups(n: int, seed: int = 0, spread: float = 0.6) -> tuple[np.ndarray, np.ndarray]:
    """Labels and embeddings in ten directions: int (n,), float32 (n, 12)."""
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(np.random.default_rng(99).normal(size=(12, 12)))[0][:10] * 6
    labels = rng.integers(0, 10, n)
    return labels, (directions[labels] + rng.normal(0, spread, (n, 12))).astype(np.float32)


@pytest.fixture(scope="module")
def drawn():
    labels, embeddings = groups(700)
    return labels, embeddings, embedding_map.positions(embeddings, seed=3)


def test_map_fills_its_square(drawn):
    positions = drawn[2]
    assert positions.shape == (700, 2) and positions.dtype == np.float32
    low, high = positions.min(axis=0), positions.max(axis=0)
    assert (high - low).max() == pytest.approx(2, abs=1e-5)
    assert low + high == pytest.approx([0, 0], abs=1e-5)


def test_neighbours_on_the_map_are_of_the_same_label(drawn):
    labels, _, positions = drawn
    near = NearestNeighbors(n_neighbors=6).fit(positions).kneighbors(return_distance=False)
    assert (labels[near] == labels[:, None]).mean() > 0.98


def test_same_seed_same_map(drawn):
    assert np.array_equal(embedding_map.positions(drawn[1], seed=3), drawn[2])


def test_new_digits_are_placed_among_their_like(drawn):
    labels, embeddings, positions = drawn
    new_labels, new = groups(300, seed=1)
    places = embedding_map.place(new, embeddings, positions)
    nearest = NearestNeighbors(n_neighbors=1).fit(positions).kneighbors(places)[1][:, 0]
    assert (labels[nearest] == new_labels).mean() > 0.98


def test_a_digit_of_the_map_is_placed_near_itself(drawn):
    _, embeddings, positions = drawn
    apart = np.linalg.norm(
        embedding_map.place(embeddings, embeddings, positions) - positions, axis=1
    )
    assert np.median(apart) < 0.08


def test_a_digit_between_two_groups_goes_to_one_of_them():
    """Three of its five neighbours lie left, two right, a world apart."""
    others = np.array([[1, 0.1], [1, 0.12], [1, 0.08], [0.1, 1], [0.12, 1]], np.float32)
    positions = np.array([[-1, 0], [-0.9, 0], [-1, 0.1], [1, 0], [1, 0.1]], np.float32)
    (place,) = embedding_map.place(np.array([[1, 1]], np.float32), others, positions)
    assert -1 <= place[0] <= -0.9 and 0 <= place[1] <= 0.1


def test_a_map_of_one_or_two_digits_still_has_places():
    one = embedding_map.place(np.ones((3, 4)), np.ones((1, 4)), np.array([[0.3, -0.2]], np.float32))
    assert one == pytest.approx(np.tile([0.3, -0.2], (3, 1)))
    two = embedding_map.place(
        np.zeros((1, 4)), np.eye(2, 4), np.array([[0, 0], [1, 1]], np.float32)
    )
    assert np.isfinite(two).all() and (two >= 0).all() and (two <= 1).all()


def test_a_trained_run_has_a_map_of_all_its_test_digits(trained_run):
    evaluation = trained_run.evaluation()
    assert evaluation.positions.shape == (len(evaluation), 2)
    right = evaluation.predicted == evaluation.labels
    near = NearestNeighbors(n_neighbors=6).fit(evaluation.positions)
    found = near.kneighbors(return_distance=False)
    share = (evaluation.predicted[found] == evaluation.predicted[:, None])[right].mean()
    assert share > 0.8
