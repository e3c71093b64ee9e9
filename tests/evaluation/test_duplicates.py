"""Near-duplicates and outliers."""

import numpy as np

from digitcnn.data import handwriting
from digitcnn.evaluation import duplicates


def test_copies_hidden_among_digits_are_found_and_nothing_else():
    images = handwriting.digits(300, 9).images
    noise = np.random.default_rng(0).integers(0, 12, (3, 28, 28))
    copies = np.clip(images[[5, 50, 200]] + noise, 0, 255).astype(np.uint8)
    found = duplicates.nearest_pictures(copies, images)
    assert found.index.tolist() == [5, 50, 200] and (found.cosine > duplicates.ALIKE).all()
    together = duplicates.nearest_pictures(np.concatenate([images, copies]))
    assert set(together.pairs()) >= {5, 50, 200, 300, 301, 302}
    assert len(together.pairs()) < 20  # plain ones are alike by themselves


def test_the_nearest_is_that_of_all_cosines_and_a_block_is_an_outlier():
    images = handwriting.digits(120, 8).images
    odd = np.zeros((1, 28, 28), np.uint8)
    odd[0, :4, :4] = 255
    images = np.concatenate([images, odd])
    rows = images.reshape(121, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(121, -1)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -1)
    found = duplicates.nearest_pictures(images)
    assert np.allclose(found.cosine, cosines.max(axis=1), atol=1e-5)
    assert found.outliers(1).tolist() == [120]


def test_of_near_duplicates_one_remains():
    rng = np.random.default_rng(2)
    base = rng.integers(0, 255, (30, 28, 28)).astype(np.uint8)
    images = np.concatenate([base, base[:4], base[:2]])  # pairs, and two threes
    found = duplicates.nearest_pictures(images)
    later = found.later(0.9999)
    assert sorted(later) == [30, 31, 32, 33, 34, 35]
    assert set(found.pairs(0.9999)) == {*range(4), *range(30, 36)}
