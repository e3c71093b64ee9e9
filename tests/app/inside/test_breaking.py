"""Break it, on the Inside page."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn.app.shared import cache_breaking
from digitcnn.data import samples
from digitcnn.explain import breaking_process
from digitcnn.explain.breaking import N_STEPS, ManyCurve
from digitcnn.explain.breaking_process import KeptCurve
from tests.app.conftest import Page

SCRIPT = "from digitcnn.app.inside import page as inside; inside.page()"


@pytest.fixture
def page(monkeypatch, tmp_path) -> Page:
    """The page with the part open; the curve of many digits is there."""
    monkeypatch.setenv("DIGITCNN_HOME", str(tmp_path))
    half = np.full(N_STEPS, 0.5)
    curve = KeptCurve(ManyCurve(1_000, half, half, half / 2), "of its test digits")
    monkeypatch.setattr(breaking_process, "kept", lambda *arguments: curve)
    cache_breaking._making.clear()
    found = Page(AppTest.from_string(SCRIPT, default_timeout=180))
    found.test.session_state["inside-tabs"] = "Break it"
    return found


def html(page: Page) -> str:
    return "\n".join(element.proto.body for element in page.test.get("html"))


def test_a_digit_can_be_turned_until_it_is_refused(page):
    page.draw(samples.sample(4))
    assert page.notes == []
    assert "Reads <b>4</b>" in html(page)
    assert "It reads 4 from" in html(page)
    page.test.select_slider(key="break-turn").set_value(-90.0).run()
    assert "<b>Refused:</b>" in html(page)
    assert "The curve as a table" in html(page)
    assert html(page).count('<th scope="row">') == N_STEPS
    assert "1,000 of its test digits" in html(page)


def test_feature_maps_are_switched_off_and_on_again(page):
    page.draw(samples.sample(4))
    (maps,) = (group for group in page.test.button_group if group.key == "break-maps-0")
    maps.set_value([0, 1]).run()
    assert "2 feature maps are off" in html(page)
    page.test.button(key="break-all-on").click().run()
    assert "are off" not in html(page)


def test_a_curve_that_can_not_be_made_is_told(page, monkeypatch):
    monkeypatch.setattr(breaking_process, "kept", lambda *arguments: None)

    def fails(*arguments):
        raise breaking_process.CurveFailed("The curve could not be made.")

    monkeypatch.setattr(breaking_process, "make", fails)
    page.run()
    page.run()
    assert "The curve could not be made." in html(page)
    assert "Reads <b>3</b>" in html(page)
