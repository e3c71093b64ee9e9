"""An ensemble in use, on the pages that show a run from within."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn.app.train import runs_table
from digitcnn.data import samples
from digitcnn.explain.feature_maps import FeatureMaps, sum_of
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import trainer_process
from tests.app.conftest import Page


@pytest.fixture
def open_page(ensemble_home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_HOME", str(ensemble_home))
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")

    def open_(name: str) -> Page:
        script = f"from digitcnn.app.{name} import page; page.page()"
        return Page(AppTest.from_string(script, default_timeout=180))

    return open_


def html(page: Page) -> str:
    return "\n".join(element.proto.body for element in page.test.get("html"))


def test_inside_shows_one_of_its_networks_at_a_time(open_page, ensemble_run):
    page = open_page("inside")
    page.test.session_state["inside-tabs"] = "Layers"
    page.draw(samples.sample(4))
    first = 1
    for number, member in enumerate(ensemble_run.card.members):
        page.test.selectbox(key="inside-member").set_value(number)
        page.run()
        stages = [int(n) for n in re.findall(r"<h2>Stage (\d+)</h2>", html(page))]
        assert stages == list(range(first, first + member.n_stages)), member.name
        assert html(page).count("lines and edges") == min(member.n_stages, 1)
        assert ("no convolutions" in html(page)) == (member.network == "mlp")
        first += member.n_stages


def test_the_arithmetic_of_every_networks_units_is_true(ensemble_run):
    image = digit_image.digit_image(ink.rasterize(samples.sample(4)))
    maps = FeatureMaps(ensemble_run)
    seen = maps.of(image)
    assert len(maps.stages) == sum(member.n_stages for member in ensemble_run.card.members) == 4
    for number, stage in enumerate(maps.stages):
        row, column = np.unravel_index(
            seen.maps[number][:, :, 1].argmax(), seen.maps[number].shape[:2]
        )
        found = sum_of(stage, seen.inputs[number], 1, row, column, seen.shortcuts[number])
        assert found.value == pytest.approx(float(seen.maps[number][row, column, 1]), abs=1e-3)
    logits = seen.embedding @ maps.logits_kernel + maps.logits_bias
    np.testing.assert_allclose(logits, seen.logits, atol=1e-3)


def test_train_says_what_it_is_made_of_and_makes_another(
    open_page, ensemble_home, ensemble_run, monkeypatch
):
    ids = [member.id for member in ensemble_run.card.members]
    page = open_page("train")
    page.run()
    said = html(page)
    assert "Three together is the mean of 3 networks: " in said
    assert "by epochs" not in said  # it has no curves of its own
    page.test.session_state[runs_table._CHOSEN] = ids[:2]
    page.run()
    started = []
    monkeypatch.setattr(trainer_process, "put_together", lambda *how: started.append(how))
    page.click("put-together")
    assert started == [(ensemble_home, ids[:2])]
    assert "The ensemble is being made" in html(page)
    monkeypatch.setenv("DIGITCNN_TRAINING", "off")
    page.run()
    assert f"runs ensemble {' '.join(ids[:2])}" in html(page)
