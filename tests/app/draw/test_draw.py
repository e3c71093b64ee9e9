"""The Draw page in each of its states."""

import json
import os
import time
from html import unescape

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.app.shared import canvas, reading
from digitcnn.data import samples
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import lock, progress, store


@pytest.fixture(scope="module")
def starter() -> store.Run:
    return store.open_run(settings.STARTER_FOLDER)


@pytest.fixture
def zigzag() -> ink.Ink:
    """Ink, and no digit."""
    points = [(x, 60 if i % 2 else 220) for i, x in enumerate(range(30, 255, 16))]
    return [np.array(points, np.float32)]


def bars(page) -> dict:
    return json.loads(page.test.get("plotly_chart")[0].proto.spec)


def test_empty_canvas_is_an_invitation(page):
    page.run()
    assert page.text("reading") == reading.INVITATION
    assert bars(page)["data"][0]["y"] == [0] * 10
    assert page.notes == []


def test_ten_samples_are_read_as_a_recognizer_reads_them(page, starter):
    recognizer = Recognizer(starter)
    for digit in range(10):
        page.draw(samples.sample(digit))
        raster = ink.rasterize(samples.sample(digit))
        prediction = recognizer.recognize(digit_image.digit_image(raster))
        assert page.text("reading") == str(prediction.label) == str(digit)
        assert f"Runner-up: {prediction.runner_up} (" in page.text("sureness")
        np.testing.assert_allclose(bars(page)["data"][0]["y"], prediction.probabilities, atol=1e-6)


def test_sample_button_puts_its_strokes_on_the_canvas(page):
    page.run().click("sample-4")
    assert page.text("reading") == "4"
    shown = page.test.session_state["canvas start"]
    assert len(shown["objects"]) == len(samples.sample(4)) == 2


def test_seen_is_the_digit_image(page):
    page.run()
    assert "<img" not in page.html("seen")
    page.draw(samples.sample(3))
    assert 'alt="The drawing as the network sees it' in page.html("seen")


def test_steps_are_five_pictures_with_captions_for_who_opens_them(page):
    page.draw(samples.sample(5))
    assert "As drawn" not in all_html(page)
    page.test.session_state["steps"] = True
    page.run()
    html = all_html(page)
    captions = ("As drawn", "Inverted", "Cropped", "Resized", "Centred")
    assert [html.index(caption) for caption in captions] == sorted(
        html.index(caption) for caption in captions
    )
    assert html.count("<figcaption><b>") == 5


def test_undo_takes_the_last_stroke_and_clear_all(page):
    page.draw(samples.sample(4))
    page.click("undo")
    assert len(page.test.session_state["canvas ink"]) == 1
    page.click("undo")
    assert page.text("reading") == reading.INVITATION
    page.click("undo")  # Nothing is left to undo.
    assert page.text("reading") == reading.INVITATION
    page.draw(samples.sample(2)).click("clear")
    assert page.text("reading") == reading.INVITATION


def test_undo_twice_in_a_row_is_not_undone_by_the_canvas_repeating_the_first(page):
    strokes = [samples.sample(1)[0] + [shift, 0] for shift in (-60, -20, 20, 60)]
    page.draw(strokes).click("undo").click("undo")
    page.draw(strokes[:3])  # What the canvas says to the first undo, late.
    assert len(page.test.session_state["canvas ink"]) == 2
    page.draw(strokes[:2])
    assert len(page.test.session_state["canvas ink"]) == 2
    page.draw([*strokes[:2], strokes[3]])
    assert len(page.test.session_state["canvas ink"]) == 3


def test_same_stroke_drawn_again_after_undo_and_clear_counts(page):
    one, other = samples.sample(4)
    page.draw([one, other]).click("undo")
    page.draw([one])  # The canvas repeats what it was given.
    page.click("clear")
    page.draw([])
    page.draw([one])  # The person draws what was there before.
    assert len(page.test.session_state["canvas ink"]) == 1


def test_who_draws_before_clear_is_done_draws_on_blank_paper(page):
    old, new, more = samples.sample(7), samples.sample(2), samples.sample(1)
    page.draw(old).click("clear")
    page.draw([*old, *new])  # The canvas does not know yet.
    assert page.text("reading") == "2"
    assert len(page.test.session_state["canvas start"]["objects"]) == len(new)  # It is told.
    page.draw([*old, *new, *more])
    assert len(page.test.session_state["canvas ink"]) == len(new) + len(more)
    page.draw([]).draw(new)  # It repeats what it was given meanwhile,
    assert len(page.test.session_state["canvas ink"]) == len(new) + len(more)
    page.draw([*new, *more])  # and last what it was given last.
    page.draw([*new, *more, *old])
    assert len(page.test.session_state["canvas ink"]) == len(new) + len(more) + len(old)
    page.click("undo").click("undo").click("undo")
    assert page.text("reading") == reading.INVITATION
    page.click("undo")  # Clear
    assert page.text("reading") == "7"


def test_who_draws_before_undo_or_redo_is_done_adds_to_what_they_leave(page):
    strokes = [samples.sample(1)[0] + [shift, 0] for shift in (-60, -20, 20, 60)]
    page.draw(strokes[:3]).click("undo")
    page.draw(strokes)
    assert len(page.test.session_state["canvas ink"]) == 3
    page.draw([*strokes[:2], strokes[3]]).click("undo").draw(strokes[:2]).click("redo")
    page.draw([*strokes[:2], strokes[3], strokes[2]])  # It shows the redone stroke.
    assert len(page.test.session_state["canvas ink"]) == 4


def test_who_draws_before_undo_brings_a_drawing_back_adds_to_it(page):
    first, second = samples.sample(4)
    page.draw([first]).click("clear").draw([]).click("undo")
    page.draw([second])  # on paper that is still blank
    assert page.text("reading") == "4"
    page.click("undo")
    assert len(page.test.session_state["canvas ink"]) == 1


def test_dot_gets_a_sentence(page):
    page.draw([np.array([[100, 100], [101, 100]], np.float32)])
    assert "only a dot" in page.text("reading")
    assert bars(page)["data"][0]["y"] == [0] * 10


def test_hair_line_is_read(page):
    page.draw([np.array([[140, 40], [139, 240]], np.float32)])
    assert page.text("reading") == "1"


def test_ink_all_over_gets_a_sentence(page):
    rows = [np.array([[5, y], [275, y]], np.float32) for y in range(5, 280, 12)]
    page.draw(rows)
    assert "nearly everywhere" in page.text("reading")


def test_stroke_off_the_edge_is_cut(page):
    page.draw([np.array([[140, -500], [138, 900]], np.float32)])
    assert page.text("reading") == "1"
    page.draw([np.array([[-300, -300], [-400, -200]], np.float32)])
    assert page.text("reading") == reading.INVITATION


def test_scribble_does_not_look_like_a_digit(page, zigzag, starter):
    page.draw(zigzag)
    best = Recognizer(starter).recognize(digit_image.digit_image(ink.rasterize(zigzag)))
    assert not best.is_digit
    assert page.text("reading") == reading.NOT_A_DIGIT
    assert best.confidence < 0.5 and "%" not in page.text("sureness")
    assert len(set(bars(page)["data"][0]["marker"]["color"])) == 1  # none is marked as the answer


@pytest.mark.parametrize(
    "message",
    [
        "strokes",
        7,
        [],
        {"objects": "none"},
        {"objects": [{"type": "path", "path": "M 0 0"}]},
        {"objects": [{"type": "path", "path": [["M", 1]]}]},
        {"objects": [{"type": "path", "path": [["M", 1, float("nan")]]}]},
        {"objects": [{"type": "path", "path": [["M", 1, 2]] + [["L", 5, 6]] * 60_000}]},
    ],
)
def test_malformed_message_gets_a_sentence_and_clear_helps(page, message):
    page.report(message)
    assert "clear it and draw again" in page.text("reading")
    page.run()
    assert "clear it and draw again" in page.text("reading")
    page.click("clear")
    assert page.text("reading") == reading.INVITATION
    page.draw(samples.sample(7))
    assert page.text("reading") == "7"


def test_text_from_a_drawing_is_never_markup(page):
    page.report({"objects": [{"type": "<img src=x onerror=alert(1)>", "path": [["M", 1, 2]]}]})
    assert "onerror" not in all_html(page)


def test_run_in_use_is_named_with_its_test_accuracy(page, starter):
    page.run()
    assert f"{starter.test_accuracy:.2%}" in all_html(page)
    assert "the built-in network" in all_html(page)


def test_no_training(page):
    assert page.run().text("training-state") == "Training is switched off here."


def test_training_that_goes_on_shows_epoch_accuracy_and_time_left(page, home):
    with lock.hold(home):
        folder = store.new_training(home, "digitcnn-fast")
        told = progress.Progress(folder.name, os.getpid(), started=time.time())
        told.write(folder)
        assert "Getting ready" in page.run().text("training-state")
        told.state, told.epoch, told.epochs, told.step, told.steps = "fitting", 3, 8, 1200, 3440
        told.accuracy, told.val_accuracy, told.seconds_left = 0.91, 0.9871, 61.0
        told.write(folder)
        says = page.run().text("training-state")
        assert says.endswith("Epoch 3 of 8 · 98.7% validation accuracy · about 60 seconds left")
        assert 'aria-valuenow="35"' in page.html("training-state")
    assert page.run().text("training-state") != says


def test_failed_training_says_why(page, home):
    folder = store.new_training(home, "digitcnn-fast")
    told = progress.Progress(folder.name, os.getpid(), started=time.time(), state="failed")
    told.reason = "MNIST can't be had. <b>Put it</b> into ~/.keras/datasets."
    told.write(folder)
    assert "failed. MNIST can't be had. <b>Put it</b>" in page.run().text("training-state")
    assert "<b>Put" not in page.html("training-state")
    assert page.draw(samples.sample(7)).text("reading") == "7"


def test_killed_training_says_so(page, home):
    folder = store.new_training(home, "digitcnn-fast")
    told = progress.Progress(folder.name, os.getpid(), started=time.time(), state="fitting")
    told.write(folder)
    assert "it was killed" in page.run().text("training-state")


def test_training_of_long_ago_is_no_news(page, home):
    folder = store.new_training(home, "digitcnn-fast")
    progress.Progress(folder.name, os.getpid(), started=1.0, state="failed").write(folder)
    assert "failed" not in page.run().text("training-state")


def test_unreadable_progress_does_not_hurt(page, home):
    with lock.hold(home):
        folder = store.new_training(home, "digitcnn-fast")
        (folder / progress.FILENAME).write_text('{"state": ')
        assert "Getting ready" in page.run().text("training-state")


def test_published_run_takes_over_and_is_announced(page, home, starter):
    page.run()
    publish_copy(starter, home)
    page.run()
    assert "mine" in all_html(page)
    assert [toast.value for toast in page.test.toast] == [
        f"mine is now in use: {starter.test_accuracy:.2%} of the test digits correct."
    ]
    assert "Trained on this computer on" in page.text("training-state")
    page.run()
    assert page.test.toast.len == 0


def test_renamed_run_shows_its_new_name(page, home, starter):
    run = publish_copy(starter, home)
    page.run()
    store.rename(home, run.id, "Fröbel <b>&")
    assert "Fröbel &lt;b&gt;&amp;" in all_html(page.run())


def test_damaged_run_is_named_and_passed_over(page, home, starter):
    run = publish_copy(starter, home)
    with open(run.folder / "model.tflite", "r+b") as file:
        file.seek(1000)
        file.write(b"\0\0\0\0damaged\0\0\0\0")
    page.draw(samples.sample(7))
    assert page.text("reading") == "7"
    assert f"The run {run.id} is damaged" in all_html(page)
    assert "model.tflite" in all_html(page)
    assert "the built-in network" in all_html(page)


def test_run_that_verifies_and_yet_is_no_network_is_passed_over(page, home, starter):
    folder = store.new_training(home, "digitcnn-odd")
    for name in starter.card.files:
        (folder / name).write_bytes((starter.folder / name).read_bytes())
    (folder / "model.tflite").write_bytes(b"no network at all")
    card = starter.card.to_seal
    store.publish(folder, home, {**card, "id": folder.name})
    page.draw(samples.sample(7))
    assert page.text("reading") == "7"
    assert "model.tflite can't be read" in unescape(all_html(page))
    assert "the built-in network" in all_html(page)


def test_setting_that_means_nothing_is_named(page, monkeypatch):
    monkeypatch.setenv("DIGITCNN_BACKEND", "abacus")
    page.run()
    assert all("DIGITCNN_BACKEND is 'abacus'" in note for note in page.notes) and page.notes


def test_without_any_run_the_page_says_what_to_do(page, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "STARTER_FOLDER", tmp_path / "gone")
    page.run()
    assert any("python -m digitcnn train" in note for note in page.notes)


def test_unforeseen_error_gets_a_calm_sentence_and_is_logged(page, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("a secret path")

    monkeypatch.setattr(reading, "read", fail)
    page.run()
    assert len(page.notes) == 1 and "unexpected went wrong" in page.notes[0]
    assert "a secret path" not in page.notes[0]
    assert "a secret path" in caplog.text


def test_drawing_is_the_same_on_every_page(page):
    page.draw(samples.sample(8))
    kept = page.test.session_state["canvas ink"]
    del page.test.session_state["canvas"]  # As Streamlit does when another page is shown.
    page.run()
    assert page.text("reading") == "8"
    assert len(page.test.session_state["canvas start"]["objects"]) == len(kept) == 1
    assert canvas.PEN_COLOR in json.dumps(page.test.session_state["canvas start"])


def test_the_web_process_imports_nothing_heavy(home, heavy_imports):
    program = (
        "from digitcnn.data import samples; from digitcnn.preprocessing import ink\n"
        "test = AppTest.from_file('streamlit_app.py', default_timeout=180)\n"
        "raw = ink.canvas_json(samples.sample(7))\n"
        "test.session_state['canvas'] = {'drawing': {'raw': raw, 'data': None},"
        " 'backgroundFit': None}\n"
        "test.run()\n"
        "assert not test.exception and len(test.get('plotly_chart')) == 1\n"
    )
    assert heavy_imports(program) == []


def all_html(page) -> str:
    return "\n".join(element.proto.body for element in page.test.get("html"))


def publish_copy(starter: store.Run, home) -> store.Run:
    """A finished run in ``home``: the starter under another name."""
    folder = store.new_training(home, "digitcnn-copy")
    for name in starter.card.files:
        (folder / name).write_bytes((starter.folder / name).read_bytes())
    card = starter.card.to_seal
    return store.publish(folder, home, {**card, "id": folder.name, "name": "mine"})
