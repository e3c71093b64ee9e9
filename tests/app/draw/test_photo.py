"""The Draw page's way "a photo": uploads, boxes, lines, choosing, and bad files."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from digitcnn.app.draw import photo_html, photo_state
from digitcnn.inference.photos.found import View
from tests.photo_makers import drawn_lines, file_of, with_slash

LINES = ("47", "308 5")


@pytest.fixture
def photo():
    """The Draw page with "a photo" chosen."""

    def prepare(page):
        page.test.session_state["way"] = "photo"
        return page.run()

    return prepare


def png(*lines: str) -> bytes:
    return file_of(drawn_lines(lines)[0]).getvalue()


def upload(page, *files: tuple[str, bytes]):
    uploader = page.test.file_uploader[0]
    uploader.set_value([(name, data, "image/png") for name, data in files])
    return page.run()


def code(page) -> str:
    return page.test.code[0].value


def test_before_a_photo_there_is_an_invitation(page, photo):
    photo(page)
    assert photo_html.INVITATION in page.text("reading")
    assert page.notes == []


def test_a_photo_is_read_line_by_line_and_its_digits_can_be_chosen(page, photo):
    upload(photo(page), ("numbers.png", png(*LINES)))
    assert code(page) == "\n".join(LINES)
    assert page.text("reading") == "4"
    kept = page.test.session_state["photos"][0]
    for place, digit in enumerate("473085"):
        kept.chosen = place
        page.run()
        assert page.text("reading") == digit
        assert "sure" in page.text("sureness")
        assert "<img" in page.html("seen")


def test_the_uploader_is_a_new_one_after_every_photo(page, photo):
    """So the server lets go of what was uploaded."""
    first = photo(page).test.file_uploader[0].key
    upload(page, ("numbers.png", png(*LINES)))
    assert page.test.file_uploader[0].key != first


def test_several_photos_can_be_told_apart_and_removed(page, photo):
    upload(photo(page), ("one.png", png("47")), ("two.png", png("308")))
    assert code(page) == "308"
    page.test.selectbox(key="photo-choice").set_value(1)
    page.run()
    assert code(page) == "47"
    page.click("photo-remove")
    assert code(page) == "308"
    page.click("photo-remove")
    assert photo_html.INVITATION in page.text("reading")


def test_look_inside_and_draw_over_take_the_digit_along(page, photo):
    upload(photo(page), ("numbers.png", png(*LINES)))
    page.test.session_state["photos"][0].chosen = 1
    page.run().click("photo-draw")
    assert page.test.session_state["way"] == "digit"
    assert page.text("reading") == "7"


def test_steps_begin_with_the_photo(page, photo):
    upload(photo(page), ("numbers.png", png(*LINES)))
    page.test.session_state["steps"] = True
    page.run()
    html = " ".join(element.proto.body for element in page.test.main.get("html"))
    captions = ("In the photo", "As drawn", "Inverted", "Cropped", "Resized", "Centred")
    assert all(caption in html for caption in captions)
    assert [html.index(caption) for caption in captions] == sorted(map(html.index, captions))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"not a picture", "not a picture that can be read. Use PNG"),
        (file_of(np.full((200, 300), 240, np.uint8)).getvalue(), "Nothing stands out"),
        (png("47")[:200], "damaged"),
    ],
    ids=["foreign", "blank", "truncated"],
)
def test_what_cannot_be_read_gets_a_sentence(page, photo, data, says):
    upload(photo(page), ("it.png", data))
    assert says in page.text("reading")
    assert page.notes == []
    # What can be seen is shown, to be turned or cropped; what can't is not offered it.
    is_seen = says == "Nothing stands out"
    keys = {button.key for button in page.test.button}
    assert ("photo-turn" in keys, "photo-crop" in keys) == (is_seen, is_seen)
    assert (
        "data:image/jpeg" in " ".join(one.proto.body for one in page.test.get("html"))
    ) == is_seen
    page.click("photo-remove")
    assert photo_html.INVITATION in page.text("reading")


def test_a_photo_without_digits_is_read_once(page, photo, monkeypatch):
    """Its sentence stays until it is looked at in another way."""
    asked = []
    reads = photo_state.read_upright

    def counting(*args):
        asked.append(args)
        return reads(*args)

    monkeypatch.setattr(photo_state, "read_upright", counting)
    upload(photo(page), ("blank.png", file_of(np.full((200, 300), 240, np.uint8)).getvalue()))
    said = page.text("reading")
    assert "Nothing stands out" in said
    for _ in range(2):
        assert page.run().text("reading") == said
    assert len(asked) == 1
    page.click("photo-turn")
    assert len(asked) == 2


def test_names_are_text(page, photo):
    upload(photo(page), ("<img src=x onerror=alert(1)>.png", b"nothing"))
    assert "<img" not in page.html("reading")
    assert "<img src=x" in page.text("reading")


def test_only_the_newest_photos_are_kept(page, photo, monkeypatch):
    small = png("4")
    monkeypatch.setattr(photo_state, "MOST", 2)
    photo(page)
    for i in range(3):
        upload(page, (f"{i}.png", small))
    assert [kept.name for kept in page.test.session_state["photos"]] == ["1.png", "2.png"]


def test_the_component_is_told_boxes_words_and_lines(page, photo):
    upload(photo(page), ("numbers.png", png(*LINES)))
    kept = page.test.session_state["photos"][0]
    told = json.loads(photo_html.contents(kept._plain))
    assert told["lines"] == [2, 4]
    assert [item["label"] for item in told["items"]] == list("473085")
    assert [item["space"] for item in told["items"]] == [False] * 5 + [True]
    for item in told["items"]:
        x, y, width, height = item["box"]
        assert 0 <= x < x + width <= 100 and 0 <= y < y + height <= 100
        assert "sure" in item["words"]


def test_what_was_corrected_is_what_is_copied_and_downloaded(page, photo):
    upload(photo(page), ("numbers.png", png(*LINES)))
    page.test.session_state["photos"][0].chosen = 1
    page.run().click("teach-other").click("teach-9")
    assert code(page) == "49\n308 5"
    assert "Kept as a 9." in page.text("teach")
    (kept,) = page.test.session_state["hand"].drawings
    assert kept.label == 9 and kept.image.shape == (28, 28)


def test_the_network_learns_from_a_photo_and_nothing_moves(page, photo):
    upload(photo(page), ("numbers.png", png("77 4", "7")))
    before = page.test.session_state["photos"][0]
    boxes = [digit.box for digit in before._plain.digits]
    page.click("teach-other").click("teach-1")
    shown = page.test.session_state["photos"][0]
    assert shown._adapted is not None  # by the network that learned
    assert code(page).startswith("1")
    assert [digit.box for digit in shown._adapted.digits] == boxes
    others = [digit.prediction.label for digit in shown._adapted.digits][1:]
    assert 1 in others  # its like are read as it was taught
    page.test.session_state["hand"].forget()
    page.run()
    assert code(page) == "17 4\n7"  # what was said of one digit stays


def test_a_correction_is_kept_where_no_more_can_be_learned(page, photo, monkeypatch):
    monkeypatch.setattr("digitcnn.data.drawings.MAX_DRAWINGS", 0)
    upload(photo(page), ("numbers.png", png(*LINES)))
    page.click("teach-other").click("teach-9")
    assert code(page) == "97\n308 5"
    assert "as many as are kept" in page.text("teach")


def test_digits_of_photos_stay_out_of_the_operators_folder(page, photo, monkeypatch, tmp_path):
    monkeypatch.setenv("DIGITCNN_COLLECT", str(tmp_path / "collected"))
    upload(photo(page), ("numbers.png", png(*LINES)))
    page.click("teach-right")
    assert len(page.test.session_state["hand"].drawings) == 1
    assert not list(tmp_path.rglob("*.json"))


def test_a_photo_on_its_side_is_turned_by_itself_and_by_hand(page, photo):
    import io

    from PIL import Image

    aside = Image.open(io.BytesIO(png("4827", "3356"))).rotate(90, expand=True)
    upload(photo(page), ("aside.png", file_of(aside).getvalue()))
    assert code(page) == "4827\n3356"
    kept = page.test.session_state["photos"][0]
    assert kept.page.view.turn == 90
    for turn in (180, 270, 360):
        page.click("photo-turn")
        assert page.test.session_state["photos"][0].page.view.turn == turn
    # On its side, as it was uploaded and is wanted now.
    assert kept.page.size == aside.size
    page.click("photo-turn")
    assert code(page) == "4827\n3356"


def test_each_page_of_a_scan_is_a_photo_of_its_own(page, photo):
    from PIL import Image

    pages = [Image.fromarray(drawn_lines((text,))[0]) for text in ("482", "905")]
    scan = file_of(pages[0], "TIFF", save_all=True, append_images=pages[1:]).getvalue()
    upload(photo(page), ("scan.tiff", scan))
    names = [kept.name for kept in page.test.session_state["photos"]]
    assert names == ["scan.tiff, page 1", "scan.tiff, page 2"]
    assert code(page) == "482"


def test_a_scan_whose_first_page_is_blank_is_read_all_the_same(page, photo, monkeypatch):
    monkeypatch.setattr(photo_state, "MOST", 2)
    blank, *pages = [Image.new("L", (300, 200), 255)] + [
        Image.fromarray(drawn_lines((text,))[0]).convert("L") for text in ("482", "905")
    ]
    data = file_of(blank, "TIFF", save_all=True, append_images=pages)
    upload(photo(page), ("scan.tiff", data.getvalue()))
    assert "Nothing stands out" in page.text("reading")
    assert "3 pages, of which the first 2 are here" in " ".join(
        one.proto.body for one in page.test.get("html")
    )
    page.test.selectbox(key="photo-choice").set_value(2)
    page.run()
    assert code(page) == "482"


def test_it_says_by_how_much_a_tilted_page_was_straightened(page, photo):
    tilted = Image.fromarray(drawn_lines(("48273", "05961"))[0]).convert("L")
    tilted = tilted.rotate(-17, expand=True, fillcolor=255)
    upload(photo(page), ("tilted.png", file_of(tilted).getvalue()))
    kept = page.test.session_state["photos"][0]
    assert kept._plain.tilt == pytest.approx(17, abs=2)
    assert re.search(r"Straightened by 1[5-9]°", photo_html.counted(kept._plain))
    assert "Straightened" not in photo_html.counted(replace(kept._plain, tilt=-1.4))


def test_a_photo_whose_file_is_gone_says_so_when_it_is_to_be_turned():
    old = photo_state.Photo(1, "old.png")
    old.look(View(turn=90))
    assert old.page is None
    assert old.trouble == "The file is no longer here. Upload it once more."


def other(page, caption: str):
    """Presses what says that it is something other than a digit."""
    captions = [button.label for button in page.click("teach-other").test.button]
    first = captions.index("Point")
    return page.click(f"teach-other-{captions[first:].index(caption)}")


def test_a_sign_is_corrected_to_a_digit_and_a_digit_to_none(page, photo):
    upload(photo(page), ("sum.png", file_of(with_slash("47")[0]).getvalue()))
    assert code(page) == "4/7"
    assert page.text("reading") == "4"  # the first digit, until something is chosen
    kept = page.test.session_state["photos"][0]
    kept.chosen = 1
    page.run()
    assert "Slash" in page.text("reading")
    assert page.test.button(key="teach-right").disabled
    page.click("teach-other").click("teach-1")
    assert code(page) == "417"
    assert "Kept as a 1." in page.text("teach")
    (learned,) = page.test.session_state["hand"].drawings
    assert learned.label == 1
    kept.chosen = 2
    page.run()
    other(page, "Not a digit")
    assert code(page) == "41·"
    assert "Kept as not a digit." in page.text("teach")
    other(page, "Leave it out")
    assert "Left out, as you said." in page.text("teach")
    assert code(page) == "41"


def test_a_digit_that_was_taught_and_is_none_is_forgotten(page, photo):
    upload(photo(page), ("numbers.png", png(*LINES)))
    page.click("teach-right")
    assert len(page.test.session_state["hand"].drawings) == 1
    other(page, "Not a digit")
    assert len(page.test.session_state["hand"].drawings) == 0
    assert code(page) == "·7\n308 5"
