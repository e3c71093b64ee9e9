"""The Inside page in each of its states."""

import re
from html import escape

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.app.inside import similar, source
from digitcnn.app.shared import cache_digits
from digitcnn.data import samples
from digitcnn.data.digits import Digits
from digitcnn.explain.feature_maps import FeatureMaps, sum_of
from digitcnn.explain.strongest import Strongest
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import store
from digitcnn.runs.run import ACTIVATIONS, KERNELS
from tests.app.conftest import Page

SCRIPT = "from digitcnn.app.inside import page as inside; inside.page()"


@pytest.fixture
def page() -> Page:
    """The Inside page, before its first run."""
    return Page(AppTest.from_string(SCRIPT, default_timeout=180))


@pytest.fixture(scope="module")
def starter() -> store.Run:
    return store.open_run(settings.STARTER_FOLDER)


@pytest.fixture(scope="module")
def four() -> np.ndarray:
    return digit_image.digit_image(ink.rasterize(samples.sample(4)))


def all_html(page: Page) -> str:
    return "\n".join(element.proto.body for element in page.test.get("html"))


def opened(page: Page, part: str) -> Page:
    page.test.session_state["inside-tabs"] = part
    return page


def pictures(html: str) -> list[str]:
    return re.findall(r"<img [^>]*>", html)


def test_empty_paper_is_said_and_a_sample_is_explained(page):
    page.run()
    assert "still empty" in all_html(page)
    assert page.text("reading") == str(source.SAMPLE)
    assert f"Why {source.SAMPLE}?" in all_html(page)
    assert page.notes == []


def test_every_drawing_is_read_and_explained(page, starter):
    recognizer = Recognizer(starter)
    for digit in (1, 4, 8):
        page.draw(samples.sample(digit))
        image = digit_image.digit_image(ink.rasterize(samples.sample(digit)))
        assert page.text("reading") == str(recognizer.recognize(image).label) == str(digit)
        assert f"Why {digit}?" in page.text("why")
        assert "What would change the reading?" in page.text("change")
        assert "still empty" not in all_html(page)


def test_a_sample_can_be_put_on_the_paper(page):
    page.run().click("sample-6")
    assert page.text("reading") == "6"
    assert "Why 6?" in page.text("why")


def test_every_picture_has_words_and_a_way_it_was_computed(page):
    for part in ("Why", "Layers", "Map"):
        opened(page, part).draw(samples.sample(7))
        html = all_html(page)
        assert len(pictures(html)) >= 2
        assert all(re.search(r'alt="[^"]{10,}"', picture) for picture in pictures(html)), part
        assert "How this is computed" in html and "Source" in html, part


def test_why_not_another_digit_can_be_asked(page):
    page.draw(samples.sample(1))
    page.test.segmented_control(key="why-digit-1").set_value(7)
    page.run()
    assert "Why not 7?" in page.text("why")
    assert "What would change the reading to 7?" in page.text("change")
    reads = re.findall(r"and it is read as <b>an? (\d)", page.html("change"))
    assert set(reads) <= {"7"}
    page.test.segmented_control(key="why-digit-1").set_value(1)
    page.run()
    assert "Why 1?" in page.text("why")


def test_the_question_stays_when_another_digit_is_drawn(page):
    page.draw(samples.sample(1))
    page.test.segmented_control(key="why-digit-1").set_value(7)
    page.run()
    page.draw(samples.sample(4))
    assert "Why not 7?" in page.text("why")
    page.draw(samples.sample(7))
    assert "Why 7?" in page.text("why")
    page.draw(samples.sample(2))
    assert "Why not 7?" in page.text("why")


def test_leaving_out_a_stroke_is_offered(page):
    page.draw(samples.sample(4))
    assert re.search(r"[Ll]eave out stroke \d", page.text("change"))


def test_layers_are_those_of_the_drawing(page, starter, four):
    opened(page, "Layers").draw(samples.sample(4))
    maps = FeatureMaps(starter)
    seen = maps.of(four)
    html = all_html(page)
    for number, values in enumerate(seen.maps, 1):
        height, width, n = values.shape
        assert f"<h2>Stage {number}</h2><p>{n} maps of {height} × {width}" in html
        assert f"<b>{(values > 0).mean():.0%}</b> of its {values.size:,} units" in html
    for logit in seen.logits:
        assert f"<td>{logit:+.2f}</td>".replace("-", "−") in html
    first = seen.maps[0][:, :, 0]
    row, column = np.unravel_index(first.argmax(), first.shape)
    found = sum_of(maps.stages[0], seen.inputs[0], 0, row, column)
    assert f"together <b>{found.total:+.3f}</b>".replace("-", "−") in html


def test_another_map_and_its_inputs_can_be_chosen(page, starter, four):
    opened(page, "Layers").draw(samples.sample(4))
    page.test.session_state["inside stage"] = 1
    page.test.session_state["inside map"] = 0
    page.run()
    opened(page, "Layers").test.number_input(key="map-2").set_value(5)
    page.run()
    assert "Map 5, the value in row" in all_html(page)
    opened(page, "Layers").test.number_input(key="input-2").set_value(3)
    page.run()
    maps = FeatureMaps(starter)
    seen = maps.of(four)
    values = seen.maps[1][:, :, 4]
    row, column = np.unravel_index(values.argmax(), values.shape)
    found = sum_of(maps.stages[1], seen.inputs[1], 4, row, column)
    part = f"map 3 {found.by_input[2]:+.3f}".replace("-", "−")
    assert part in all_html(page).lower()


def test_the_digits_at_which_a_map_is_strongest_are_shown(
    page, starter, monkeypatch, handwriting_test
):
    few = Digits(handwriting_test.images[:30], handwriting_test.labels[:30])
    found = Strongest(FeatureMaps(starter), few)
    ready = cache_digits.Prepared(found)
    monkeypatch.setattr(cache_digits, "strongest", lambda run: ready)
    page.test.session_state["inside stage"] = 1
    page.test.session_state["inside map"] = 4
    opened(page, "Layers").draw(samples.sample(4))
    shown = page.html("strongest")
    assert "Where map 5 of stage 2 is strongest" in shown
    assert [f"strength {example.strength:.2f}" in shown for example in found.of(1, 4)] == [True] * 9


def test_why_no_digits_of_a_map_are_shown_is_told(page, monkeypatch):
    trouble = cache_digits.Prepared(trouble="The test digits are not here.")
    monkeypatch.setattr(cache_digits, "strongest", lambda run: trouble)
    opened(page, "Layers").draw(samples.sample(4))
    assert "not here" in page.text("strongest")


def test_the_map_places_the_drawing(page):
    opened(page, "Map").draw(samples.sample(0))
    assert "You are here" in page.html("map")
    assert "lies next to a 0" in page.text("map")


def test_a_digit_that_another_page_sends_is_explained(page, four):
    page.test.session_state["canvas picture"] = four
    page.run()
    assert page.text("reading") == "4"
    assert "comes from another page" in all_html(page)
    assert "Why 4?" in page.text("why")
    page.click("clear")
    assert "still empty" in all_html(page)


def test_a_run_of_another_version_shows_what_it_can(page, starter, home):
    older(starter, home)
    for part in ("Layers", "Map", "Why"):
        opened(page, part).draw(samples.sample(4))
        assert page.text("reading") == "4"
        assert page.notes == []
        if part == "Layers":
            assert "another version" in all_html(page)
            assert escape(starter.card.layers[0].text) in all_html(page)
    assert "Why 4?" in page.text("why")


def test_a_malformed_drawing_is_a_sentence(page):
    page.report({"objects": [{"type": "path", "path": [["M", "x", None]]}]})
    assert "damaged" in all_html(page)
    assert page.text("reading") == str(source.SAMPLE)


def test_similar_digits_without_any_are_a_sentence(page, monkeypatch):
    trouble = cache_digits.Prepared(trouble="The training digits are not here.")
    monkeypatch.setattr(cache_digits, "training_digits", lambda run: trouble)
    opened(page, "Similar digits").draw(samples.sample(4))
    assert "not here" in page.text("similar")


def test_similar_digits_are_shown_with_label_and_distance(page, monkeypatch, handwriting_test):
    from digitcnn.explain.similar import PackedDigits, TrainingDigits

    recognizer = Recognizer(store.open_run(settings.STARTER_FOLDER))
    digits = TrainingDigits(PackedDigits(handwriting_test, "500 digits"), recognizer)
    ready = cache_digits.Prepared(digits)
    monkeypatch.setattr(cache_digits, "training_digits", lambda run: ready)
    opened(page, "Similar digits").draw(samples.sample(2))
    assert len(pictures(page.html("similar"))) == 5
    assert page.text("similar").count("distance") >= 5
    assert "All 5 are labelled 2" in page.text("similar")


def test_disagreement_is_said_plainly():
    assert "support the reading" in similar.agreement(7, [7] * 5)[1]
    assert "4 of 5 are labelled 7, but 1 is labelled 1" in similar.agreement(7, [7, 7, 1, 7, 7])[1]
    against = " ".join(similar.agreement(7, [1, 1, 1, 7, 2]))
    assert "disagree" in against and "3 are labelled 1 and 1 is labelled 2" in against


def test_the_web_process_imports_nothing_heavy_for_this_page(heavy_imports):
    program = (
        f"test = AppTest.from_string({SCRIPT!r}, default_timeout=180)\n"
        "for part in ('Why', 'Layers', 'Map'):\n"
        "    test.session_state['inside-tabs'] = part\n"
        "    test.run()\n"
        "    assert not test.exception\n"
    )
    assert heavy_imports(program) == []


def older(starter: store.Run, home) -> store.Run:
    """A run in ``home`` without feature maps, as older versions left them."""
    folder = store.new_training(home, "digitcnn-older")
    for name in starter.card.files:
        if name not in (ACTIVATIONS, KERNELS):
            (folder / name).write_bytes((starter.folder / name).read_bytes())
    card = starter.card.to_seal
    return store.publish(folder, home, {**card, "id": folder.name, "name": "older"})
