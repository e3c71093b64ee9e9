"""The Explore page in each of its states."""

import io
import json
import mmap
import re
import time
from html import unescape

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.app.explore import data, export, matrix
from digitcnn.app.shared import cache_digits
from digitcnn.app.shared.reading import steps
from digitcnn.data import handwriting, samples
from digitcnn.data.digits import Digits
from digitcnn.evaluation import label_quality
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.inference import evaluate
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import store
from tests.app.conftest import Page, _blocks
from tests.app.explore.conftest import N_OWN
from tests.run_makers import some_evaluation

SCRIPT = "from digitcnn.app.explore import page as explore; explore.page()"


@pytest.fixture
def page(monkeypatch, tmp_path) -> Page:
    """The Explore page, before its first run; without MNIST's pictures."""
    monkeypatch.setenv("HOME", str(tmp_path))  # Keras may have them on this machine
    return Page(AppTest.from_string(SCRIPT, default_timeout=180))


@pytest.fixture
def with_mnist(monkeypatch, mnist_path):
    monkeypatch.setenv("DIGITCNN_MNIST", str(mnist_path))


@pytest.fixture(scope="module")
def starter() -> store.Run:
    return store.open_run(settings.STARTER_FOLDER)


@pytest.fixture(scope="module")
def evaluation(starter) -> Evaluation:
    return starter.evaluation()


@pytest.fixture
def mapped_page(page, trained_home, monkeypatch) -> Page:
    """The page with a run in use that was evaluated on our own handwriting, and has a map."""
    monkeypatch.setenv("DIGITCNN_HOME", str(trained_home))
    return page


def publish(starter: store.Run, home, name: str, evaluation: Evaluation | None = None) -> store.Run:
    """A finished run in ``home``: the starter, saying something else to its test digits."""
    folder = store.new_training(home, "copy")
    for filename in starter.card.files:
        (folder / filename).write_bytes((starter.folder / filename).read_bytes())
    if evaluation is not None:
        evaluation.save(folder / "evaluation.npz")
    card = starter.card.to_seal
    return store.publish(folder, home, {**card, "id": folder.name, "name": name})


def visit(page: Page, /, **address: str) -> Page:
    """Goes to an address of the page."""
    for name, text in address.items():
        page.test.query_params[name] = text
    return page.run()


def address(page: Page) -> dict[str, str]:
    """What the address says; of the run only if it is not the one that was in use anyhow."""
    params = dict(page.test.query_params)
    said = {name: value[0] if isinstance(value, list) else value for name, value in params.items()}
    state = page.test.session_state
    if "explore pinned" in state and said.get("run") == state["explore pinned"]:
        del said["run"]
    return said


def all_text(page: Page) -> str:
    bodies = [element.proto.body for element in page.test.get("html")]
    bodies = [body for body in bodies if "<style" not in body and "{" not in body[:300]]
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", " ".join(bodies)).split()))


def told(page: Page, component: str) -> dict:
    """What a component was given to show."""
    for element in page.test.get("bidi_component"):
        if element.proto.component_name == f"digitcnn-{component}":
            return json.loads(json.loads(element.proto.json)[0])
    raise AssertionError(f"there is no {component}")


def is_there(page: Page, component: str) -> bool:
    names = [element.proto.component_name for element in page.test.get("bidi_component")]
    return f"digitcnn-{component}" in names


def pictured(page: Page) -> list[int]:
    return [item["digit"] for item in told(page, "gallery")["items"]]


def choose(page: Page, key: str, value) -> Page:
    """Chooses in a box, a slider or among pills."""
    main = page.test
    kinds = (main.selectbox, main.select_slider, main.button_group, main.toggle)
    widget = next(found for kind in kinds for found in kind if found.key == key)
    widget.set_value(value)
    return page.run()


def keys(page: Page) -> set[str]:
    main = page.test.main
    return {block.key for block in _blocks(main) if block is not main and block.key}


# -- matrix and figures, without pictures


def test_matrix_and_figures_need_no_pictures(page, evaluation):
    page.run()
    assert {"matrix", "gallery", "detail"} <= keys(page)
    assert page.notes == []
    shown = told(page, "matrix")
    counts = [[int(text or 0) for text in row] for row in shown["texts"]]
    assert np.array_equal(counts, evaluation.confusion())
    text = all_text(page)
    assert f"{evaluation.accuracy:.2%} correct" in text
    assert f"{len(evaluation.mistakes()):,} mistakes" in text
    assert f"{evaluation.top2:.2%}" in text and f"{evaluation.ece:.2%}" in text
    assert evaluate.HOW_TO_GET in text


def test_without_pictures_the_gallery_still_names_every_mistake(page, evaluation):
    gallery = told(page.run(), "gallery")
    assert gallery["strip"] == ""
    assert len(gallery["items"]) == min(60, len(evaluation.mistakes()))
    assert {item["digit"] for item in gallery["items"]} <= set(evaluation.mistakes().tolist())
    assert not any(button.key == "to-draw" for button in page.test.button)


def test_our_own_handwriting_is_offered_with_pictures(page, starter):
    page.run().click("use-handwriting")
    assert address(page) == {"data": "handwriting"}
    own = evaluate.own_handwriting()
    predicted = Recognizer(starter).outputs(own.images).probabilities.argmax(axis=1)
    counts = [[int(text or 0) for text in row] for row in told(page, "matrix")["texts"]]
    assert np.sum(counts) == N_OWN
    assert np.trace(counts) == np.sum(predicted == own.labels)
    choose(page, "explore-show", "all")
    assert told(page, "gallery")["strip"].startswith("data:image/png")


def test_a_run_that_was_not_examined_on_mnist_shows_what_it_was_examined_on(mapped_page):
    mapped_page.run()
    assert any("was not evaluated on MNIST" in text for text in [all_text(mapped_page)])
    counts = [[int(text or 0) for text in row] for row in told(mapped_page, "matrix")["texts"]]
    assert np.sum(counts) == N_OWN
    assert mapped_page.notes == []


# -- with pictures


def test_with_mnist_the_gallery_has_pictures(page, with_mnist, real_mnist, evaluation):
    page.run()
    assert "get MNIST" not in all_text(page)
    gallery = told(page, "gallery")
    shown = pictured(page)
    losses = evaluation.losses[shown]
    assert (np.diff(losses) <= 0).all()
    assert losses[0] == evaluation.losses[evaluation.mistakes()].max()
    first = gallery["items"][0]
    true, predicted = real_mnist.test.labels[shown[0]], evaluation.predicted[shown[0]]
    assert first["caption"] == f"{true} → {predicted}" and first["wrong"]
    strip = _pixels(gallery["strip"])
    assert np.array_equal(strip, np.concatenate(real_mnist.test.images[shown]))


def test_each_order_and_what_is_shown(page, with_mnist, evaluation):
    page.run()
    choose(page, "explore-show", "right")
    choose(page, "explore-order", "margin")
    assert address(page) == {"show": "right", "order": "margin"}
    shown = pictured(page)
    assert (evaluation.predicted[shown] == evaluation.labels[shown]).all()
    assert evaluation.margins[shown[0]] == evaluation.margins[
        evaluation.predicted == evaluation.labels
    ].min()  # fmt: skip


def test_pages(page, evaluation):
    visit(page, show="all", order="position")
    assert pictured(page) == list(range(60))
    page.click("page-on")
    assert pictured(page) == list(range(60, 120)) and address(page)["page"] == "2"
    visit(page, page="167")
    assert pictured(page) == list(range(9_960, 10_000))
    visit(page, page="9000")  # There are not so many: the last.
    assert pictured(page) == list(range(9_960, 10_000))
    page.click("page-back")
    assert pictured(page)[0] == 9_900


def test_opened_digit_is_shown_closely_with_its_neighbours_in_the_list(
    page, with_mnist, evaluation
):
    page.run()
    shown = pictured(page)
    visit(page, digit=str(shown[4]))
    assert told(page, "gallery")["opened"] == shown[4]
    detail = page.text("detail")
    true, predicted = evaluation.labels[shown[4]], evaluation.predicted[shown[4]]
    assert f"{true} read as {predicted}" in detail
    assert f"position {shown[4]:,} in" in detail and "5 of" in detail
    bars = json.loads(page.test.get("plotly_chart")[0].proto.spec)["data"][0]["y"]
    assert bars == pytest.approx(evaluation.probabilities[shown[4]].tolist(), abs=1e-6)
    page.click("digit-on")
    assert told(page, "gallery")["opened"] == shown[5]
    page.click("digit-back").click("digit-back")
    assert address(page)["digit"] == str(shown[3])


def test_next_goes_on_to_the_next_page(page, evaluation):
    visit(page, show="all", order="position", digit="59")
    page.click("digit-on")
    assert told(page, "gallery")["opened"] == 60 and pictured(page)[0] == 60


def test_a_digit_that_is_not_among_the_selected_can_be_linked_to(page):
    visit(page, true="4", predicted="4", digit="0")  # Digit 0 is a 7.
    assert "not among the selected" in page.text("detail")
    assert "7, read correctly" in page.text("detail")


def test_similar_training_digits_come_when_they_are_ready(
    page, with_mnist, monkeypatch, real_mnist
):
    few = Digits(real_mnist.train.images[:3_000], real_mnist.train.labels[:3_000])
    monkeypatch.setattr(cache_digits.mnist, "load_part", lambda path, part: few
                        if part == "train" else real_mnist.test)  # fmt: skip
    cache_digits._training_digits.clear()
    page.run()
    for _ in range(200):
        if "Most similar" in all_text(page):
            break
        time.sleep(0.1)
        page.run()
    text = all_text(page)
    assert "Reading the training digits" not in text
    assert text.count("Most similar") == 2
    cache_digits._training_digits.clear()


def test_where_there_is_no_mnist_similar_digits_are_of_our_own_hand(page, starter):
    page.run()
    for _ in range(200):
        if "Most similar" in all_text(page):
            break
        time.sleep(0.1)
        page.run()
    assert starter.recipe["handwriting"] > 0
    assert "synthetic digits of the kind the network was trained on" in all_text(page)
    cache_digits._training_digits.clear()


# -- the selection and its address


@pytest.mark.parametrize(("true", "predicted"), [(4, 9), (8, 8), (0, 1)])
def test_address_selects_a_cell(page, evaluation, true, predicted):
    visit(page, true=str(true), predicted=str(predicted))
    assert told(page, "matrix")["chosen"] == [true, predicted]
    assert page.test.selectbox(key="explore-true").value == str(true)
    expected = evaluation.cell(true, predicted)
    if len(expected):
        assert set(pictured(page)) <= set(expected.tolist())
        assert len(pictured(page)) == min(60, len(expected))
    else:
        assert not is_there(page, "gallery") and "is read as" in page.text("gallery")


def test_boxes_select_rows_columns_and_cells(page, evaluation):
    page.run()
    choose(page, "explore-true", "9")
    assert address(page) == {"true": "9"}
    wrong = set(evaluation.cell(true=9)) & set(evaluation.mistakes())
    assert set(pictured(page)) == wrong
    choose(page, "explore-predicted", "4")
    assert address(page) == {"true": "9", "predicted": "4"}
    choose(page, "explore-true", "any")
    assert address(page) == {"predicted": "4"}
    page.click("explore-all")
    assert address(page) == {} and told(page, "matrix")["chosen"] == [None, None]


def test_what_the_boxes_showed_before_a_click_on_the_grid_does_not_undo_it(monkeypatch):
    chosen = []
    monkeypatch.setattr(matrix, "_choose", lambda *cell: chosen.append(cell))
    sent = {
        "matrix-grid": {"pick": {"true": 7, "predicted": None}},
        "explore-true": "any",
        "explore-predicted": "1",
    }
    monkeypatch.setattr(matrix.st, "session_state", sent)
    matrix._picked()
    matrix._boxed()
    assert chosen == [(7, None)]
    sent["matrix-grid"] = {"pick": None}
    matrix._boxed()
    assert chosen[1:] == [(None, 1)]


def test_pills_that_say_none_change_nothing(page):
    visit(page, show="right")
    before = pictured(page)
    page.test.button_group(key="explore-show").set_value(None).run()
    assert pictured(page) == before and address(page) == {"show": "right"}


def test_nonsense_in_the_address_is_ignored_with_a_hint(page):
    visit(page, true="17", predicted="<script>alert(1)</script>", show="nothing", page="x")
    text = all_text(page)
    assert "invalid value (true=17; expected a digit from 0 to 9); it was ignored." in text
    assert text.count("it was ignored") == 4
    html = "\n".join(element.proto.body for element in page.test.get("html"))
    assert "<script>alert" not in html
    assert address(page) == {}
    assert "it was ignored" in all_text(page.run())
    choose(page, "explore-true", "3")
    assert "it was ignored" not in all_text(page)


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("run", "no-such-run", "There is no run no-such-run"),
        ("run", "<img src=x>" * 20, "There is no run"),
        ("data", "uploaded", "is not available"),
        ("data", "../../etc/passwd", "is not available"),
        ("compare", "nobody", "does not exist"),
        ("compare", "starter", "is this run itself"),
        ("digit", "10000", "There is no digit 10,000"),
        ("show", "first", "choose a second run"),
    ],
)
def test_what_an_address_asks_in_vain_is_said(page, name, text, hint):
    visit(page, **{name: text})
    assert hint in all_text(page)
    assert "<img src=x>" not in "\n".join(e.proto.body for e in page.test.get("html"))
    assert {"matrix", "gallery"} <= keys(page) and page.notes == []


def test_other_parameters_of_the_address_stay(page):
    visit(page, embed_color="red", true="3")
    choose(page, "explore-true", "5")
    assert address(page) == {"embed_color": "red", "true": "5"}


def test_the_selection_is_kept_while_another_page_is_looked_at():
    two_pages = f"import streamlit\nif 'elsewhere' not in streamlit.session_state: {SCRIPT}"
    page = Page(AppTest.from_string(two_pages, default_timeout=180))
    visit(page, true="3", predicted="5")
    page.test.session_state["elsewhere"] = True
    for name in list(page.test.query_params):  # As Streamlit does when pages change.
        del page.test.query_params[name]
    page.run()
    assert not is_there(page, "matrix")
    del page.test.session_state["elsewhere"]
    page.run()
    assert told(page, "matrix")["chosen"] == [3, 5]
    assert address(page) == {"true": "3", "predicted": "5"}


# -- the threshold, and how the matrix is shown


def test_threshold_changes_matrix_and_figures_as_one(page, evaluation):
    page.run()
    choose(page, "explore-threshold", 80)
    sure = evaluation[evaluation.confidences >= 0.8]
    counts = [[int(text or 0) for text in row] for row in told(page, "matrix")["texts"]]
    assert np.array_equal(counts, sure.confusion())
    text = all_text(page)
    assert f"{sure.accuracy:.2%} correct" in text
    assert f"{len(sure):,} digits are answered, {10_000 - len(sure):,} refused." in text
    assert address(page) == {"threshold": "80"}
    assert set(pictured(page)) == set(np.flatnonzero(
        (evaluation.confidences >= 0.8) & (evaluation.predicted != evaluation.labels)
    ).tolist())  # fmt: skip
    choose(page, "explore-show", "refused")
    assert (evaluation.confidences[pictured(page)] < 0.8).all()
    assert "refused (first guess" in page.text("detail")


def test_at_a_threshold_that_nothing_reaches_the_page_explains_itself(page, home, starter):
    unsure = some_evaluation(400)
    flat = np.full((400, 10), 0.1, np.float32)
    flat[:, 3] += 0.2
    flat /= flat.sum(axis=1, keepdims=True)
    publish(starter, home, "unsure", Evaluation("MNIST test", unsure.labels, flat))
    visit(page, threshold="99")
    assert "Nothing here at 99% confidence. Lower it to see more." in all_text(page)
    assert "0 digits are answered, 400 refused." in all_text(page)
    assert told(page, "matrix")["texts"] == [[""] * 10] * 10
    for tab in ("Per digit", "Calibration", "Accuracy vs. coverage"):
        page.test.session_state["explore-tabs"] = tab
        page.run()
        assert page.notes == []


def test_normalised_by_rows_and_columns_and_without_the_diagonal(page, evaluation):
    page.run()
    choose(page, "explore-counts", "row")
    texts = told(page, "matrix")["texts"]
    share = evaluation.confusion()[9, 4] / 1_009
    assert float(texts[9][4]) == pytest.approx(share * 100, abs=0.051)
    choose(page, "explore-counts", "column")
    choose(page, "explore-diagonal", False)
    shown = told(page, "matrix")
    assert all(shown["texts"][digit][digit] == "" for digit in range(10))
    assert np.array(shown["tints"]).max() <= 0


# -- charts


def test_each_chart_is_made_when_it_is_opened(page, evaluation):
    page.run()
    assert len(page.test.get("plotly_chart")) == 1  # the digit's bars
    for tab, key in (
        ("Calibration", "Correct, %"),
        ("Accuracy vs. coverage", "Accuracy of these, %"),
    ):
        page.test.session_state["explore-tabs"] = tab
        page.run()
        specs = [json.loads(element.proto.spec) for element in page.test.get("plotly_chart")]
        assert any(
            spec["layout"].get("yaxis", {}).get("title", {}).get("text") == key for spec in specs
        )
    page.test.session_state["explore-tabs"] = "Per digit"
    page.run()
    nine = evaluation.per_digit()[9]
    assert f"9 {nine.precision:.1%} {nine.recall:.1%} {nine.f1:.1%} 1,009" in all_text(page)


def test_map_shows_all_digits_and_where_the_drawing_belongs(mapped_page, trained_run):
    page = mapped_page.run()
    shown = told(page, "map")
    assert shown["n"] == N_OWN and shown["here"] is None
    assert "Draw a digit on the Draw page" in all_text(page)
    page.test.session_state["canvas ink"] = samples.sample(0)
    page.run()
    prediction = Recognizer(trained_run).recognize(steps(samples.sample(0)).centred)
    here = np.array(told(page, "map")["here"])
    middles = told(page, "map")["middles"]
    assert np.argmin([np.linalg.norm(here - middle) for middle in middles]) == prediction.label
    assert f"Your drawing, read as {prediction.label} , is at" in all_text(page)


def test_a_part_of_the_map_selects_what_lies_in_it(mapped_page, trained_run):
    page = visit(mapped_page, region="0-0-999-0-999-999-0-999", show="all")
    assert len(told(page, "gallery")["items"]) == 60
    places = cache_digits.mapped(trained_run, data.offers()["handwriting"].load())
    on_map = (places.positions + 1) / 2 * 999
    within = np.flatnonzero((on_map < 998.5).all(axis=1))  # what lies on the line itself is outside
    assert f"{len(within):,} digits" in page.text("gallery")
    left = visit(page, region="0-0-500-0-500-999-0-999")
    inside = np.flatnonzero(on_map[:, 0] < 500)
    assert f"{len(inside):,} digits" in left.text("gallery")
    left.click("map-clear")
    assert address(left) == {"data": "handwriting"}


def test_a_run_without_a_map_says_so(page, home, starter, evaluation):
    without = Evaluation("MNIST test", evaluation.labels, evaluation.probabilities)
    publish(starter, home, "old", without)
    assert "This run has no map" in all_text(page.run())
    assert page.notes == []


# -- labels


def test_doubtful_labels_come_in_the_order_of_doubt(page, evaluation):
    page.run()
    choose(page, "explore-show", "labels")
    assert pictured(page) == label_quality.doubts(evaluation).order[:60].tolist()
    assert "Northcutt" in all_text(page)
    assert not any(box.key == "explore-order" for box in page.test.selectbox)
    visit(page, true="8")
    assert (evaluation.labels[pictured(page)] == 8).all()


# -- two runs


def test_two_runs_are_compared(page, home, starter, evaluation):
    probabilities = evaluation.probabilities.copy()
    probabilities[:50] = np.roll(probabilities[:50], 1, axis=1)  # The first 50 are read wrong.
    worse = publish(starter, home, "worse <b>", Evaluation("MNIST test", evaluation.labels,
                                                           probabilities))  # fmt: skip
    visit(page, run="starter", compare=worse.id)
    second = worse.evaluation().confusion()
    texts = told(page, "matrix")["texts"]
    difference = [
        [int((text or "0").replace("\N{MINUS SIGN}", "-")) for text in row] for row in texts
    ]
    assert np.array_equal(difference, second - evaluation.confusion())
    assert "is the only one right on" in all_text(page) and "worse <b>" in all_text(page)
    assert "Blue: worse <b> is better there" in all_text(page)
    names = (store.open_run(settings.STARTER_FOLDER).name, "worse <b>")
    n = evaluation.confusion()[0, 0]
    words = told(page, "matrix")["words"][0][0]
    assert words == f"0 read as 0: {n:,} by {names[0]}, {second[0, 0]:,} by {names[1]}"
    html = "\n".join(element.proto.body for element in page.test.get("html"))
    assert "worse <b>" not in html
    choose(page, "explore-show", "first")
    right = set(np.flatnonzero(evaluation.predicted == evaluation.labels).tolist())
    assert set(pictured(page)) == set(range(50)) & right
    assert "|" in told(page, "gallery")["items"][0]["caption"]
    choose(page, "explore-compare", "")
    assert address(page) == {"run": "starter"}
    assert len(pictured(page)) == min(60, len(evaluation.mistakes()))


def test_a_run_that_comes_into_use_is_offered_and_does_not_push_in(page, home, starter):
    page.run()
    choose(page, "explore-true", "9")
    worse = publish(starter, home, "newer", Evaluation("MNIST test", *_half(starter)))
    store.use(home, worse.id)
    page.run()
    assert dict(page.test.query_params)["run"] in ("starter", ["starter"])
    assert page.test.selectbox(key="explore-run").value == "starter"
    assert "newer is now in use" in all_text(page)
    page.click("explore-unpin")
    assert page.test.selectbox(key="explore-run").value == worse.id
    assert "now in use" not in all_text(page) and address(page) == {"true": "9"}


def test_names_of_runs_stay_and_are_told_apart(page, home, starter):
    for _ in range(2):
        publish(starter, home, "mine")
    options = page.run().test.selectbox(key="explore-run").options
    assert len(options) == len(set(options)) == 3
    assert not any("(in use)" in option for option in options)


def test_files_are_named_after_what_is_in_them(page, monkeypatch):
    seen = []
    monkeypatch.setattr(export, "show", lambda view: seen.append(view))
    visit(page, true="9", predicted="4", threshold="80")
    shown = seen[-1]
    name = shown.run.name.replace(" ", "-")
    assert export.file_name(shown, "digits.csv") == (
        f"digits_{name}_mnist_true-9_read-as-4_from-80-percent.csv"
    )
    assert export.file_name(shown, "matrix.svg") == f"matrix_{name}_mnist_from-80-percent.svg"


def test_on_a_public_site_without_pictures_ours_come_first(page, monkeypatch):
    fetched = []
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    monkeypatch.setattr(cache_digits, "fetch_mnist", lambda: fetched.append(True))
    page.run()
    assert page.test.selectbox(key="explore-data").value == "handwriting" and fetched
    text = all_text(page)
    assert "mnist.npz" not in text and "DIGITCNN" not in text


def test_runs_on_different_digits_are_not_compared(page, home, starter):
    other = publish(starter, home, "other digits", Evaluation("MNIST test", *_half(starter)))
    visit(page, run="starter", compare=other.id)
    assert "evaluated on different digits" in all_text(page)
    assert page.notes == [] and is_there(page, "matrix")


def _half(starter):
    evaluation = starter.evaluation()
    return evaluation.labels[::2].copy(), evaluation.probabilities[::2].copy()


# -- uploads


def upload(page: Page, name: str, content: bytes) -> Page:
    page.test.file_uploader(key="explore-file").set_value((name, content, "application/zip"))
    return page.run()


def _npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def test_an_uploaded_file_is_examined(page, starter):
    digits = handwriting.digits(90, 77)
    labels = np.append(9 - digits.labels[:1], digits.labels[1:])  # whose first is wrong
    page.run()
    upload(page, "mine.npz", _npz(images=digits.images, labels=labels))
    assert address(page) == {"data": "uploaded"}
    predicted = Recognizer(starter).outputs(digits.images).probabilities.argmax(axis=1)
    counts = [[int(text or 0) for text in row] for row in told(page, "matrix")["texts"]]
    assert np.sum(counts) == 90 and np.trace(counts) == (predicted == labels).sum() < 90
    assert "position" in page.text("detail") and "mine.npz" in page.text("detail")
    choose(page, "explore-data", "mnist")
    choose(page, "explore-data", "uploaded")
    assert np.sum([[int(t or 0) for t in row] for row in told(page, "matrix")["texts"]]) == 90


def test_one_visitors_digits_are_not_anothers(page):
    digits = handwriting.digits(30, 78)
    page.run()
    upload(page, "mine.npz", _npz(images=digits.images, labels=digits.labels))
    # Many visitors' digits would fill the memory: each one's lie in a file that goes with them.
    images = page.test.session_state["explore uploaded"].data.digits.images
    np.testing.assert_array_equal(images, digits.images)
    while isinstance(images, np.ndarray):
        images = images.base
    assert isinstance(images.obj, mmap.mmap)
    other = Page(AppTest.from_string(SCRIPT, default_timeout=180))
    visit(other, data="uploaded")
    assert "is not available" in all_text(other)
    assert "uploaded" not in other.test.selectbox(key="explore-data").options
    assert np.sum([[int(t or 0) for t in row] for row in told(other, "matrix")["texts"]]) == 10_000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"this is no archive", "is of no kind that is read here"),
        (b"", "is empty"),
        (_npz(images=np.zeros((3, 28, 28), np.uint8)), "must hold images and labels"),
        (_npz(images=np.zeros((3, 28, 28), np.uint8), labels=np.full(3, 10)), "must be 0 to 9"),
        (_npz(images=np.zeros((3, 28, 28), np.uint8), labels=np.zeros(2, np.uint8)),
         "3 images and 2 labels"),
        (_npz(images=np.array([{}] * 3, object), labels=np.zeros(3, np.uint8)), "Python objects"),
        (lambda: _npz(images=np.zeros((700_000, 28, 28), np.uint8), labels=np.zeros(700_000, int)),
         "700,000 digits; at most 70,000"),
    ],
    ids=["text", "empty", "no labels", "range", "lengths", "pickle", "bomb"],
)  # fmt: skip
def test_a_file_that_is_no_data_set_gets_a_sentence(page, content, says):
    page.run()
    upload(page, "mine <i>.npz", content() if callable(content) else content)
    text = all_text(page)
    assert says in text and "mine <i>.npz" in text
    assert "mine <i>" not in "\n".join(element.proto.body for element in page.test.get("html"))
    assert address(page) == {} and is_there(page, "matrix")


# -- trouble


def test_without_any_run_the_page_says_what_to_do(page, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "STARTER_FOLDER", tmp_path / "gone")
    page.run()
    assert any("python -m digitcnn train" in note for note in page.notes)


def test_a_wrong_mnist_is_named(page, monkeypatch, tmp_path):
    path = tmp_path / "mnist.npz"
    path.write_bytes(b"nothing of the kind")
    monkeypatch.setenv("DIGITCNN_MNIST", str(path))
    assert "is not an .npz archive" in all_text(page.run())
    assert is_there(page, "matrix")


def test_a_sheet_of_pictures_that_cannot_be_had_is_a_sentence():
    with pytest.raises(cache_digits.NoPictures, match="not on this computer"):
        cache_digits.thumbnails(evaluate.DataSet("mnist", "MNIST", "none", None))


def test_a_part_that_fails_leaves_the_others(page, monkeypatch):
    def fail(*_):
        raise RuntimeError("a secret path")

    monkeypatch.setattr("digitcnn.app.explore.detail._bars", fail)
    page.run()
    assert len(page.notes) == 1 and "unexpected went wrong" in page.notes[0]
    assert is_there(page, "matrix") and is_there(page, "gallery")


def test_the_web_process_imports_nothing_heavy(home, heavy_imports):
    program = (
        f"test = AppTest.from_string({SCRIPT!r}, default_timeout=180)\n"
        "test.run()\n"
        "assert not test.exception and not test.warning\n"
        "assert len(test.get('bidi_component')) >= 2\n"
    )
    assert heavy_imports(program) == []


def _pixels(url: str) -> np.ndarray:
    import base64

    from PIL import Image

    png = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(png)))
