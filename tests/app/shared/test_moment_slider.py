"""The moments of a training on the pages that show them."""

import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.data import samples
from digitcnn.inference.moment_network import MomentNetwork
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import moments, store
from digitcnn.runs.run import MOMENTS
from tests.app.conftest import Page

SCRIPTS = {
    name: f"from digitcnn.app.{name} import page as {name}; {name}.page()"
    for name in ("explore", "inside", "train")
}
AT = 5  # nine of ten digits are read right then


@pytest.fixture
def page():
    def open_(name: str) -> Page:
        test = AppTest.from_string(SCRIPTS[name], default_timeout=180)
        test.session_state[f"{name}-moments"] = True
        return Page(test)

    return open_


@pytest.fixture(scope="module")
def starter() -> store.Run:
    return store.open_run(settings.STARTER_FOLDER)


@pytest.fixture(scope="module")
def kept(starter) -> moments.Moments:
    return moments.of_run(starter)


@pytest.fixture
def with_mnist(monkeypatch, mnist_path):
    monkeypatch.setenv("DIGITCNN_MNIST", str(mnist_path))


def at(page: Page, run: store.Run, moment: int = AT) -> Page:
    page.test.session_state["moment"] = (run.card.checksum, moment)
    return page.run()


def told(page: Page, component: str) -> dict:
    for element in page.test.get("bidi_component"):
        if element.proto.component_name == f"digitcnn-{component}":
            return json.loads(json.loads(element.proto.json)[0])
    raise AssertionError(f"there is no {component}")


def all_html(page: Page) -> str:
    return "\n".join(element.proto.body for element in page.test.get("html"))


def test_the_starter_shows_its_training(kept, starter):
    assert (starter.folder / MOMENTS).stat().st_size <= 6_000_000
    n_epochs = len(starter.history()["epochs"])
    assert len(kept) == moments.N_EARLY + n_epochs and len(kept.with_kernels) == len(kept)
    accuracies = kept.accuracies(starter.evaluation().labels)
    assert accuracies[0] < 0.2 and accuracies[5] > 0.9 and accuracies[-1] > 0.995


def test_slider_tells_each_moment_and_the_finished_network(page, starter, kept):
    shown = told(at(page("explore"), starter), "moments")
    assert shown["at"] == AT and len(shown["names"]) == len(kept) + 1 == len(shown["heights"])
    assert shown["names"][0] == "before the first step"
    assert shown["names"][-1].startswith("The finished network")
    labels = starter.evaluation().labels
    right = (kept.predicted[AT] == labels).mean()
    assert f"{right:.2%}" in shown["says"][AT]
    assert shown["heights"] == sorted(shown["heights"]) or min(np.diff(shown["heights"])) > -0.2
    assert shown["readings"] == []  # nothing was drawn


def test_explore_shows_matrix_gallery_and_digit_of_the_moment(page, with_mnist, starter, kept):
    shown = at(page("explore"), starter)
    labels = starter.evaluation().labels
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (labels, kept.predicted[AT]), 1)
    texts = told(shown, "matrix")["texts"]
    given = [[int(text or 0) for text in row] for row in texts]
    np.testing.assert_array_equal(given, expected)
    first = told(shown, "gallery")["items"][0]
    wrong = np.flatnonzero(kept.predicted[AT] != labels)
    surest = wrong[np.argmin(kept.doubts[AT, wrong])]
    assert kept.doubts[AT, first["digit"]] == kept.doubts[AT, surest]
    html = all_html(shown)
    assert "What it was read as" in html and "top-2" in html
    assert "Files are of the finished network" in html


def test_explore_orders_by_what_was_learned_late_and_forgotten(page, starter, kept):
    labels = starter.evaluation().labels
    for order, rank in (("late", kept.learned(labels)), ("forgotten", kept.forgotten(labels))):
        shown = page("explore")
        shown.test.query_params["order"], shown.test.query_params["show"] = order, "all"
        items = told(shown.run(), "gallery")["items"]
        listed = [rank[item["digit"]] for item in items]
        assert listed == sorted(rank, reverse=True)[: len(items)]
    assert "forgotten" in items[0]["sure"] and "forgotten" in items[0]["words"]


def test_the_last_place_is_the_finished_network(page, starter, kept):
    shown = at(page("explore"), starter, len(kept))
    assert told(shown, "moments")["at"] == len(kept)
    n_wrong = len(starter.evaluation().mistakes())
    texts = told(shown, "matrix")["texts"]
    off = sum(int(texts[i][j] or 0) for i in range(10) for j in range(10) if i != j)
    assert off == n_wrong


def test_a_moment_of_another_run_is_not_shown(page, kept):
    shown = page("explore")
    shown.test.session_state["moment"] = ("0" * 64, 3)
    assert told(shown.run(), "moments")["at"] == len(kept)


@pytest.fixture
def without(starter, home) -> store.Run:
    """A run in use that an earlier version made: it kept no moments."""
    folder = store.new_training(home, "copy")
    for filename in starter.card.files:
        if filename != MOMENTS:
            (folder / filename).write_bytes((starter.folder / filename).read_bytes())
    card = {**starter.card.to_seal, "id": folder.name, "name": "of before"}
    return store.publish(folder, home, card)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_run_without_moments_says_so_and_shows_the_rest(page, without, name):
    shown = page(name)
    if name == "inside":
        shown.test.session_state["inside-tabs"] = "Layers"
    html = all_html(shown.run())
    assert "kept no moments of its training" in html
    if name == "explore":
        assert told(shown, "matrix")["texts"]
        assert "late" not in shown.test.selectbox(key="explore-order").options


def test_an_order_that_a_run_can_not_give_is_told(page, without):
    shown = page("explore")
    shown.test.query_params["order"] = "late"
    assert "did not keep how these digits were learned" in all_html(shown.run())


def test_inside_shows_the_layers_of_the_moment_and_reads_the_drawing(page, starter, kept):
    shown = page("inside")
    shown.test.session_state["inside-tabs"] = "Layers"
    shown.run().draw(samples.sample(4))
    finished = all_html(shown)
    at(shown, starter, 2)
    assert all_html(shown) != finished
    image = digit_image.digit_image(ink.rasterize(samples.sample(4)))
    expected = [
        int(MomentNetwork(kept, moment).logits(image[None]).argmax()) for moment in range(len(kept))
    ]
    assert told(shown, "moments")["readings"][:-1] == expected
    html = all_html(shown)
    (read,) = re.findall(r"This digit: read as <b>(\d)</b>", html)
    assert int(read) == expected[2]
    assert "is by the finished network" in html


def test_train_shows_the_matrix_of_the_moment(page, with_mnist, starter, kept):
    html = all_html(at(page("train"), starter))
    n_wrong = int((kept.predicted[AT] != starter.evaluation().labels).sum())
    assert f"{n_wrong:,} mistakes of 10,000" in html
    assert html.count('class="tile"') == 24


def test_strangers_watch_the_starter_learn(page, monkeypatch, starter):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    shown = at(page("train"), starter)
    assert told(shown, "moments")["at"] == AT


def test_a_step_tells_what_all_of_the_page_would(page, starter):
    """Components are told the same by a step as when the page follows, so that nothing flickers."""
    whole = at(page("explore"), starter)
    told_to_all = {name: json.dumps(told(whole, name)) for name in ("matrix", "gallery", "map")}
    steps = AppTest.from_string(
        "import json, streamlit as st\n"
        "from digitcnn.app.explore import page, view\n"
        f"st.session_state['moment'] = ('{starter.card.checksum}', 2)\n"
        "shown = view.view()\n"
        f"st.session_state['moment'] = ('{starter.card.checksum}', {AT})\n"
        "st.text(json.dumps(page._step(shown)))",
        default_timeout=60,
    )
    steps.session_state["explore-moments"] = True
    step = json.loads(steps.run().text[0].value)
    assert step["matrix"] == told_to_all["matrix"]
    assert step["gallery"] == told_to_all["gallery"]
    assert json.loads(step["map"]).items() <= json.loads(told_to_all["map"]).items()
    html = all_html(whole)
    assert all(part in html for part in step["html"].values())


def test_a_step_to_a_moment_without_such_digits_says_so(starter, kept):
    """A cell that is empty at some moment: told without pictures, and with a sentence."""
    labels, last = starter.evaluation().labels, len(kept) - 1
    n_at = [
        np.bincount(labels * 10 + kept.predicted[m], minlength=100).reshape(10, 10)
        for m in (AT, last)
    ]
    true, predicted = np.argwhere((n_at[0] > 0) & (n_at[1] == 0))[0].tolist()
    steps = AppTest.from_string(
        "import json, streamlit as st\n"
        "from digitcnn.app.explore import page, view\n"
        f"st.session_state['moment'] = ('{starter.card.checksum}', {AT})\n"
        "shown = view.view()\n"
        f"st.session_state['moment'] = ('{starter.card.checksum}', {last})\n"
        "st.text(page._step(shown)['gallery'])",
        default_timeout=60,
    )
    steps.session_state["explore-moments"] = True
    steps.query_params["true"], steps.query_params["predicted"] = str(true), str(predicted)
    gallery = json.loads(steps.run().text[0].value)
    assert gallery["items"] == [] and gallery["strip"] == ""
    assert f"No {true} of 10,000 digits is read as {predicted}" in gallery["nothing"]
