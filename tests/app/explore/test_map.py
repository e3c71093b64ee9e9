"""What the map tells the browser: the points once, and with each key only what changed."""

import gc

import numpy as np
from streamlit import runtime

from digitcnn.app.explore import map
from digitcnn.evaluation.evaluation import Evaluation


def _evaluation(n: int) -> Evaluation:
    random = np.random.default_rng(3)
    return Evaluation(
        "some",
        random.integers(0, 10, n).astype(np.uint8),
        random.dirichlet(np.ones(10), n).astype(np.float32),
        positions=random.uniform(-1, 1, (n, 2)).astype(np.float32),
    )


def test_the_browser_gets_every_place_label_and_prediction():
    shown = _evaluation(50)
    points = map._points(shown)
    x, y = np.frombuffer(points.content, "<u2", 100).reshape(2, 50)
    labels, predicted = np.frombuffer(points.content, np.uint8, offset=200).reshape(2, 50)
    grid = np.round((shown.positions + 1) / 2 * 999)
    assert np.array_equal(x, grid[:, 0]) and np.array_equal(y, grid[:, 1])
    assert np.array_equal(labels, shown.labels) and np.array_equal(predicted, shown.predicted)
    middles = [np.median(grid[shown.labels == digit], axis=0).tolist() for digit in range(10)]
    assert points.middles == middles


def test_they_are_made_once_for_all_who_look():
    gc.collect()
    n_before = len(map._points_of)
    shown = _evaluation(50)
    assert map._points(shown) is map._points(shown)
    del shown
    gc.collect()
    assert len(map._points_of) == n_before  # and not kept when nobody looks


def test_a_server_gives_them_an_address_of_their_own(monkeypatch):
    added = []

    class Files:
        def add(self, content, kind, place):
            added.append((len(content), kind, place))
            return "/media/points"

    class Runtime:
        media_file_mgr = Files()

    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", Runtime)
    shown = _evaluation(50)
    assert map._address(map._points(shown).content) == "/media/points"
    assert added == [(300, "application/octet-stream", "explore-map-points")]
