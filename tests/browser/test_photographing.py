"""Photos in a real browser: real uploads, their boxes and lines."""

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from digitcnn.app.draw.photo_html import INVITATION
from tests.browser.test_screens import COLORS, PHONE, contrast
from tests.photo_makers import drawn_lines, file_of, with_slash

LINES = ("47", "308 52")


_CAMERA_IS_HERE = "() => performance.getEntriesByName('digitcnn-camera').length > 0"


@pytest.fixture
def photographer(open_page, app_url):
    """Somebody on the Draw page's way "a photo"."""

    def open_(**options):
        visitor = open_page(app_url, **options)
        visitor.page.get_by_role("radio", name="A photo").or_(
            visitor.page.get_by_text("A photo", exact=True)
        ).first.click()
        expect(visitor.page.locator(".st-key-reading")).to_contain_text(INVITATION)
        visitor.page.wait_for_function(_CAMERA_IS_HERE)
        return visitor

    return open_


def upload(visitor, data: bytes, name: str = "numbers.png") -> None:
    file = {"name": name, "mimeType": "image/png", "buffer": data}
    visitor.page.locator("input[type=file]").set_input_files(file)


def shows(visitor, lines: tuple[str, ...]) -> None:
    code = visitor.page.locator(".st-key-photo-text code")
    expect(code).to_have_text("\n".join(lines))


def png() -> bytes:
    return file_of(drawn_lines(LINES)[0]).getvalue()


def test_an_upload_is_read_and_its_digits_are_chosen_by_mouse_and_keyboard(photographer):
    visitor = photographer()
    upload(visitor, png())
    shows(visitor, LINES)
    assert visitor.reads("4")
    page = visitor.page
    page.locator(".photo-digits.boxes .box").nth(1).click()
    assert visitor.reads("7")
    options = page.get_by_role("option")
    expect(options).to_have_count(7)
    options.nth(2).click()
    assert visitor.reads("3")
    page.keyboard.press("ArrowRight")
    assert visitor.reads("0")
    page.keyboard.press("ArrowUp")
    assert visitor.reads("7")
    page.keyboard.press("End")
    assert visitor.reads("2")
    assert "sure" in options.nth(6).get_attribute("aria-label")
    expect(options.nth(6)).to_have_attribute("aria-selected", "true")
    expect(options.nth(6)).to_be_focused()
    assert visitor.shows_bars(10)
    assert visitor.complaints == []


def with_a_seven_chosen(photographer):
    visitor = photographer()
    upload(visitor, png())
    shows(visitor, LINES)
    visitor.page.get_by_role("option").nth(1).click()
    assert visitor.reads("7")
    return visitor


def test_what_was_corrected_is_what_is_copied_and_downloaded(photographer):
    visitor = with_a_seven_chosen(photographer)
    page = visitor.page
    page.locator(".st-key-teach-other button").focus()
    page.keyboard.press("Enter")
    page.locator(".st-key-teach-1 button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-teach [role=status]")).to_have_text("Kept as a 1.")
    shows(visitor, ("41", "308 52"))
    assert downloaded(page, "photo-download-txt") == "41\n308 52\n"
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "photo-download-csv"))))
    assert "".join(row["text"] for row in rows) == "4130852"
    assert [row["is_corrected"] for row in rows].count("True") == 1
    plain = json.loads(downloaded(page, "photo-download-json"))
    assert plain["lines"] == ["41", "308 52"]
    assert [d["label"] for d in plain["digits"] if d["is_corrected"]] == [1]
    page.locator(".st-key-hand-panel summary").click()
    expect(page.locator(".hand figure")).to_have_count(1)
    for width in (1280, 820, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(200)
        assert not visitor.scrolls_sideways(), width
    page.reload()  # The photo is gone then; what it taught is not.
    expect(page.locator("p.run")).to_contain_text("Your 1 correction is applied")
    assert visitor.complaints == []


def test_a_sign_becomes_a_digit_and_a_digit_no_digit(photographer):
    visitor = photographer()
    page = visitor.page
    upload(visitor, file_of(with_slash("47")[0]).getvalue(), "slash.png")
    shows(visitor, ("4/7",))
    page.locator(".photo-digits.boxes .box.sign").click()
    expect(page.locator(".st-key-reading .sign")).to_have_text("/")
    expect(page.get_by_role("option", name="slash")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="It's a …").click()
    page.locator(".st-key-teach-1 button").click()
    shows(visitor, ("417",))
    page.get_by_role("option").nth(2).click()
    assert visitor.reads("7")
    page.get_by_role("button", name="Wrong – it's a …").click()
    for width in (390, 820, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(200)
        assert not visitor.scrolls_sideways(), width
    page.get_by_role("button", name="Not a digit").focus()
    page.keyboard.press("Enter")
    shows(visitor, ("41·",))
    expect(page.locator(".st-key-teach [role=status]")).to_have_text("Kept as not a digit.")
    expect(page.locator(".photo-digits.boxes .box.sign .tag")).to_have_text("·")
    assert downloaded(page, "photo-download-txt") == "41·\n"
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "photo-download-csv"))))
    assert [(row["text"], row["is_digit"], row["is_corrected"]) for row in rows] == [
        ("4", "True", "False"), ("1", "True", "True"), ("·", "False", "True"),
    ]  # fmt: skip
    plain = json.loads(downloaded(page, "photo-download-json"))
    assert [(d["label"], d["read_as"]) for d in plain["digits"]] == [(4, 4), (1, "/")]
    assert [(m["text"], m["read_as"], m["before"]) for m in plain["marks"]] == [("·", "7", 2)]
    assert visitor.complaints == []


def test_a_drawn_number_that_was_corrected_is_copied_and_downloaded(open_page, app_url):
    visitor = open_page(app_url)
    page = visitor.page
    page.get_by_text("A number", exact=True).click()
    page.get_by_role("button", name="308", exact=True).click()
    assert visitor.reads("308")
    page.locator(".st-key-number-digit-1 button").click()
    expect(page.locator(".st-key-chosen")).to_have_text("0")
    page.locator(".st-key-teach-other button").click()
    page.locator(".st-key-teach-6 button").click()
    assert visitor.reads("368")
    expect(page.locator(".st-key-number-copies code")).to_have_text("368")
    assert downloaded(page, "number-download-txt") == "368\n"
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "number-download-csv"))))
    assert [(row["text"], row["is_corrected"]) for row in rows][1] == ("6", "True")
    assert json.loads(downloaded(page, "number-download-json"))["text"] == "368"
    assert visitor.complaints == []


def downloaded(page, key: str) -> str:
    with page.expect_download() as download:
        page.locator(f".st-key-{key} button").click()
    return Path(download.value.path()).read_text("utf-8")


def test_a_digit_is_looked_into_and_drawn_over_and_the_photo_is_still_there(photographer):
    visitor = with_a_seven_chosen(photographer)
    visitor.click("Look inside")
    sent = visitor.page.get_by_text("This digit comes from another page").first
    expect(sent).to_be_visible()
    visitor.page.get_by_role("link", name="Draw").click()
    shows(visitor, LINES)
    assert visitor.reads("7")
    visitor.click("Edit in Draw")
    visitor.page.locator("canvas.upper-canvas").wait_for()
    assert visitor.reads("7")


def test_on_a_phone_boxes_lie_on_the_digits(photographer):
    visitor = photographer(**PHONE)
    upload(visitor, png())
    shows(visitor, LINES)
    assert not visitor.scrolls_sideways()
    page_of_digits, true = drawn_lines(LINES)
    picture = visitor.page.locator("img.photo").bounding_box()
    scale = picture["width"] / page_of_digits.shape[1]
    boxes = visitor.page.locator(".photo-digits.boxes .box")
    for place, (x, y, width, height) in enumerate(true):
        box = boxes.nth(place).bounding_box()
        assert abs(box["x"] - picture["x"] - x * scale) < 6
        assert abs(box["y"] - picture["y"] - y * scale) < 6
        assert abs(box["width"] - width * scale) < 9
        assert abs(box["height"] - height * scale) < 9
    for tag in visitor.page.locator(".photo-digits .tag").all():
        assert tag.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 11
    visitor.page.get_by_role("option").nth(4).tap()
    assert visitor.reads("8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_read_stands_out(photographer, scheme):
    visitor = photographer(color_scheme=scheme)
    upload(visitor, png())
    shows(visitor, LINES)
    for selector in (
        ".photo-digits .tag",
        ".photo-digits .label",
        ".photo-digits .sure",
        "p.quiet",
    ):
        for element in visitor.page.locator(selector).all():
            color, below = element.evaluate(COLORS)
            assert contrast(color, below) >= 4.5, (selector, color, below)


def test_a_bad_file_gets_a_sentence_and_the_next_one_is_read(photographer):
    visitor = photographer()
    upload(visitor, png()[:300], "half.png")
    expect(visitor.page.locator(".st-key-reading")).to_contain_text("half.png")
    upload(visitor, png())
    shows(visitor, LINES)
    assert visitor.complaints == []


def test_boxes_lie_on_the_picture_that_is_narrower_than_its_column(photographer):
    visitor = photographer()
    picture = Image.fromarray(drawn_lines(LINES)[0])
    upload(
        visitor, file_of(picture.resize((447, 447 * picture.height // picture.width))).getvalue()
    )
    shows(visitor, LINES)
    picture, boxes = (
        visitor.page.locator(selector).bounding_box()
        for selector in ("img.photo", ".photo-digits.boxes")
    )
    for side in ("x", "y", "width", "height"):
        assert boxes[side] == pytest.approx(picture[side], abs=1)


def test_a_phone_takes_the_photo_with_its_own_rear_camera(photographer):
    visitor = photographer(**PHONE)
    with visitor.page.expect_file_chooser() as opened:
        visitor.page.locator(".st-key-photo-camera-button button").tap()
    chooser = opened.value
    assert chooser.element.get_attribute("capture") == "environment"
    assert chooser.element.get_attribute("accept") == "image/*" and not chooser.is_multiple()
    chooser.set_files({"name": "IMG_1.png", "mimeType": "image/png", "buffer": png()})
    shows(visitor, LINES)
