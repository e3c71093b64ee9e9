"""The sample digits: on the paper, one of each, and read right."""

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.data import samples
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import store


@pytest.mark.parametrize("digit", range(10))
def test_sample_fits_the_paper_with_even_points(digit):
    for stroke in samples.sample(digit):
        assert stroke.dtype == np.float32 and stroke.shape[1] == 2
        assert stroke.min() >= ink.PEN_PX and stroke.max() <= ink.CANVAS_PX - ink.PEN_PX
        assert np.linalg.norm(np.diff(stroke, axis=0), axis=1).max() < 10


def test_sample_survives_the_canvas():
    for digit in range(10):
        back = ink.strokes(ink.canvas_json(samples.sample(digit)))
        for stroke, returned in zip(samples.sample(digit), back, strict=True):
            np.testing.assert_allclose(returned, stroke, atol=1e-3)


def test_every_sample_is_read_right_and_as_a_digit():
    recognizer = Recognizer(store.open_run(settings.STARTER_FOLDER))
    for digit in range(10):
        image = digit_image.digit_image(ink.rasterize(samples.sample(digit)))
        prediction = recognizer.recognize(image)
        assert (prediction.label, prediction.is_digit) == (digit, True)
        assert prediction.confidence > 0.9
