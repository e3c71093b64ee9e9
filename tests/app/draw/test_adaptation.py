"""Teaching it a hand on the Draw page: kept, learned, corrected, forgotten; and nobody else's."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn.app.shared import personal_model
from digitcnn.benchmarks.accuracy import own_styles
from digitcnn.data import drawing_files, samples
from digitcnn.data import drawings as collection
from digitcnn.preprocessing import ink as inks
from tests.places import ROOT


@pytest.fixture(scope="module")
def sevens() -> list[inks.Ink]:
    """Mirrored sevens, which no network here reads as sevens."""
    _, style = own_styles.STYLES["mirrored seven"]
    return own_styles.drawings(style, 12, np.random.default_rng(3))


def mine(page) -> personal_model.PersonalModel:
    return page.test.session_state["hand"]


def teach(page, strokes, label) -> None:
    say(page.draw(strokes), label)


def taught(page, sevens):
    """The page with ten sevens taught at once, by a file."""
    drawings = collection.Collection(tuple(collection.confirmed(ink, 7) for ink in sevens[:10]))
    page.run()
    mine(page).take(drawings.to_json())
    assert len(mine(page).drawings) == 10
    return page.run()


def say(page, label) -> None:
    if page.text("reading") == str(label):
        page.click("teach-right")
    else:
        page.click("teach-other").click(f"teach-{label}")


def html(page) -> str:
    """All HTML of the page."""
    return "\n".join(element.proto.body for element in page.test.get("html"))


def opened(page):
    page.test.session_state["hand-panel"] = True
    return page.run()


def test_there_is_nothing_to_say_about_blank_paper(page):
    page.run()
    assert page.test.button(key="teach-right").disabled
    assert "Draw a digit" in page.text("teach")
    page.draw(samples.sample(3))
    assert not page.test.button(key="teach-right").disabled


def test_a_picture_that_nobody_drew_says_why_there_is_nothing_to_confirm(page):
    page.run()
    page.test.session_state["canvas picture"] = np.full((28, 28), 90, np.uint8)
    page.run()
    assert page.test.button(key="teach-other").disabled
    assert "your own drawings" in page.text("teach")


def test_what_was_denied_is_not_offered_and_another_drawing_ends_the_question(page):
    page.draw(samples.sample(3)).click("teach-other")
    keys = {button.key for button in page.test.button}
    assert "teach-3" not in keys and {f"teach-{digit}" for digit in (0, 1, 2, 4, 9)} <= keys
    assert "teach-right" not in keys  # the digits stand where the question stood
    page.draw(samples.sample(4))
    assert "teach-right" in {button.key for button in page.test.button}


def test_right_keeps_the_drawing_with_what_was_read(page):
    page.draw(samples.sample(3)).click("teach-right")
    assert "Kept as a 3." in page.text("teach")
    (kept,) = mine(page).drawings
    assert kept.label == 3
    assert kept.id == collection.confirmed(inks.strokes(inks.canvas_json(samples.sample(3))), 0).id
    # It is read right, so nothing is learned, and nothing changes.
    assert "applied, only for you" not in page.test.get("html")[-1].proto.body
    page.draw(samples.sample(4))
    assert "adapts to your handwriting" in page.text("teach")


def test_a_drawing_has_one_label_the_last(page):
    page.draw(samples.sample(3)).click("teach-right")
    say(page, 8)
    assert [drawing.label for drawing in mine(page).drawings] == [8]
    assert "Kept as an 8." in page.text("teach")


def test_what_was_taught_is_read_and_can_be_switched_off_and_forgotten(page, sevens):
    page.draw(sevens[10])
    before = page.text("reading")
    assert before != "7"
    for strokes in sevens[:10]:
        teach(page, strokes, 7)
    page.draw(sevens[10])
    assert page.text("reading") == "7"
    assert "Your 10 corrections are applied" in html(page)
    opened(page)
    assert "10 of 10" in html(page) and "MNIST test digits" in html(page)
    page.test.toggle(key="hand-on").set_value(False)
    page.run()
    assert page.text("reading") == before
    assert "drawings of yours" not in html(page)
    page.test.toggle(key="hand-on").set_value(True)
    page.run()
    assert page.text("reading") == "7"
    page.click("hand-forget").click("hand-yes")
    assert page.text("reading") == before
    assert not len(mine(page).drawings) and not mine(page).images


def test_a_label_is_corrected_and_a_drawing_deleted(page):
    for digit in (3, 4):
        page.draw(samples.sample(digit)).click("teach-right")
    opened(page)
    page.test.selectbox(key="hand-label").set_value(9)
    page.run()
    assert [drawing.label for drawing in mine(page).drawings] == [3, 9]
    page.click("hand-delete")
    assert [drawing.label for drawing in mine(page).drawings] == [3]
    page.click("hand-delete")
    assert "Nothing yet" in html(page)


def test_a_label_for_a_drawing_that_is_gone_is_told_and_writes_nothing(tmp_path, monkeypatch):
    """What is asked for may have been deleted meanwhile: there is nothing to write then."""
    monkeypatch.setenv("DIGITCNN_COLLECT", str(tmp_path / "drawings"))
    model = personal_model.PersonalModel()
    model.relabel("nobody", 3)
    assert model.trouble == "That drawing is no longer here." and model.says == ""
    assert not model.files and not (tmp_path / "drawings").exists()


def test_download_and_upload_again(page, sevens):
    for strokes in sevens[:2]:
        teach(page, strokes, 7)
    data = mine(page).drawings.to_json()
    opened(page)
    labels = [button.proto.label for button in page.test.get("download_button")]
    assert labels[0] == "Download" and labels[1:] == [
        title for title, _ in drawing_files.KINDS.values()
    ]
    mine(page).take(data)
    assert mine(page).says == "0 drawings added. 2 were already here."
    mine(page).forget()
    mine(page).take(data)
    assert mine(page).says == "2 drawings added."
    assert mine(page).drawings.to_json() == data
    mine(page).take(b"{}")
    assert "holds no drawings" in mine(page).trouble
    assert len(mine(page).drawings) == 2


def test_what_was_said_is_shown_as_text(page):
    page.draw(samples.sample(3)).click("teach-right")
    mine(page).trouble = "<img src=x onerror=alert(1)>"
    opened(page)
    assert "<img src=x" not in html(page)
    assert "&lt;img src=x" in html(page)


def test_nothing_reaches_another_visitor(page, sevens):
    taught(page, sevens)
    other = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180)
    other.session_state["canvas"] = {
        "drawing": {"raw": inks.canvas_json(sevens[10]), "data": None},
        "backgroundFit": None,
    }
    other.run()
    assert not len(other.session_state["hand"].drawings)
    assert "of yours" not in "\n".join(e.proto.body for e in other.get("html"))


def test_without_a_folder_nothing_is_written(page, home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page.draw(samples.sample(3)).click("teach-right")
    assert list(tmp_path.rglob("*")) == []
    assert not (home / "drawings").exists()
    assert "stores the drawings" not in html(page)


def test_who_runs_the_page_keeps_drawings_and_says_so_first(page, tmp_path, monkeypatch):
    folder = tmp_path / "drawings"
    monkeypatch.setenv("DIGITCNN_COLLECT", str(folder))
    page.run()
    assert "stores the drawings" in html(page)
    page.draw(samples.sample(3)).click("teach-right")
    (file,) = folder.iterdir()
    assert json.loads(file.read_bytes())["drawings"][0]["label"] == 3
    say(page, 5)
    (file,) = folder.iterdir()
    assert json.loads(file.read_bytes())["drawings"][0]["label"] == 5
    opened(page).click("hand-delete")
    assert list(folder.iterdir()) == []


def test_a_folder_that_cant_be_written_to_is_a_sentence_and_nothing_is_lost(
    page, tmp_path, monkeypatch
):
    monkeypatch.setenv("DIGITCNN_COLLECT", str(tmp_path / "file" / "drawings"))
    (tmp_path / "file").write_text("in the way")
    page.draw(samples.sample(3)).click("teach-right")
    assert "Kept as a 3." in page.text("teach")
    assert "DIGITCNN_COLLECT names" in page.text("teach")
    assert len(mine(page).drawings) == 1


def test_explore_evaluates_the_drawings(page, sevens):
    for strokes in sevens[:3]:
        teach(page, strokes, 7)
    explore = AppTest.from_string(
        "from digitcnn.app.explore import page as explore\nexplore.page()", default_timeout=120
    )
    explore.session_state["hand"] = mine(page)
    explore.query_params["data"] = "drawings"
    explore.run()
    assert not explore.exception
    assert "Your drawings" in [option for box in explore.selectbox for option in box.options]
    assert "3 drawings that you confirmed" in "\n".join(
        element.proto.body for element in explore.get("html")
    )


def test_another_run_is_taught_anew_or_says_why_not(page, sevens, home):
    from digitcnn.benchmarks.robustness.faults.bench import good_run

    taught(page, sevens)
    first = mine(page)._network
    good_run(home, "digitcnn-other")
    page.draw(sevens[11])
    assert mine(page)._network != first
    assert page.text("reading") == "7"


def test_inside_looks_at_the_network_that_was_taught(page, sevens):
    inside = type(page)(
        AppTest.from_string(
            "from digitcnn.app.inside import page as inside\ninside.page()", default_timeout=180
        )
    )
    before = inside.draw(sevens[10]).text("reading")
    assert before != "7"
    taught(page, sevens)
    inside.test.session_state["hand"] = mine(page)
    inside.run()
    assert inside.text("reading") == "7"
    assert "Your 10 corrections are applied" in html(inside)


def test_a_number_is_read_by_the_network_that_was_taught(page, sevens):
    taught(page, sevens)
    page.test.session_state["way"] = "number"
    page.run()
    assert "Your 10 corrections are applied" in html(page)
