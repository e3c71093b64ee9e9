"""Strokes as small pictures."""

import re
from base64 import b64decode
from xml.etree import ElementTree

import numpy as np
import pytest

from digitcnn.data import samples
from digitcnn.figures import strokes
from digitcnn.preprocessing.ink import CANVAS_PX


def drawn(url: str) -> ElementTree.Element:
    kind, content = url.split(",")
    assert kind == "data:image/svg+xml;base64"
    return ElementTree.fromstring(b64decode(content))


def points(root: ElementTree.Element) -> np.ndarray:
    (path,) = root
    return np.array(re.findall(r"[-\d.]+", path.get("d")), float).reshape(-1, 2)


@pytest.mark.parametrize("digit", range(10))
def test_a_sample_stands_where_it_stands_on_the_paper(digit):
    ink = samples.sample(digit)
    root = drawn(strokes.paper_url(ink, CANVAS_PX, 40, 2.4))
    assert root.get("viewBox") == "0 0 40 40"
    assert root[0].get("d").count("M") == len(ink)
    np.testing.assert_allclose(points(root), np.concatenate(ink) * 40 / CANVAS_PX, atol=0.051)


@pytest.mark.parametrize("ink", [samples.sample(4), [np.full((1, 2), 90.0)]])
def test_strokes_fill_the_picture_and_stay_within_it(ink):
    placed = points(drawn(strokes.fitted_url(ink, 44, 2.6)))
    assert placed.min() >= 2.55 and placed.max() <= 44 - 2.55
    middle = (placed.min(axis=0) + placed.max(axis=0)) / 2
    np.testing.assert_allclose(middle, 22, atol=0.1)
    if len(placed) > 1:
        assert np.ptp(placed, axis=0).max() == pytest.approx(44 - 5.2, abs=0.11)
