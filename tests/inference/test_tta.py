"""Views of a digit, against SciPy's interpolation; and what reading in views is."""

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from digitcnn.data import handwriting
from digitcnn.inference import tta
from digitcnn.inference.recognizer import with_tta


@pytest.fixture(scope="module")
def images():
    return handwriting.digits(12, seed=8).images


def test_the_first_view_is_the_digit_itself(images):
    assert np.array_equal(tta.views(images)[:, 0], images)


@pytest.mark.parametrize("view", range(tta.N_VIEWS))
def test_views_are_affine_transforms_about_the_middle(images, view):
    change = np.array(tta._CHANGES[view])[::-1, ::-1]  # SciPy's axes are y, x
    middle = np.array([13.5, 13.5])
    offset = middle - change @ middle
    expected = [affine_transform(i.astype(float), change, offset, order=1) for i in images]
    inner = (slice(None), slice(2, -2), slice(2, -2))  # SciPy treats the very edge otherwise
    assert np.abs(np.stack(expected) - tta.views(images)[:, view])[inner].max() < 1e-3


def test_no_two_views_are_the_same(images):
    seen = tta.views(images[:1])[0]
    assert len({view.tobytes() for view in seen}) == tta.N_VIEWS


def test_reading_in_views_is_the_mean_of_their_logits(images):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(784, 10)).astype(np.float32)

    def raw(pictures):
        flat = pictures.reshape(len(pictures), -1)
        return flat @ weights, flat[:, :5]

    logits, embeddings = with_tta(raw)(images.astype(np.float32))
    expected = np.stack([raw(seen)[0].mean(axis=0) for seen in tta.views(images)])
    assert np.allclose(logits, expected, rtol=1e-4, atol=1e-1)
    assert np.array_equal(embeddings, images.reshape(12, -1)[:, :5])
