"""Somebody teaches the page a hand, keeps it as a file, has it forgotten, and brings it back."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from digitcnn.app.shared.reading import INVITATION
from digitcnn.data import samples


@pytest.fixture
def visitor(open_page, app_url):
    return open_page(app_url)


@pytest.fixture(scope="module")
def sevens():
    """Mirrored sevens, none of which is read as a seven."""
    rng = np.random.default_rng(3)
    corners = np.array([(205, 62), (85, 66), (122, 222)])
    drawings = []
    for _ in range(6):
        right, left, low = corners + rng.normal(0, 6, corners.shape)
        part = np.linspace(0, 1, 8)[:, None]
        line = np.concatenate([right + part * (left - right), left + part[1:] * (low - left)])
        drawings.append([line.astype(np.float32)])
    return drawings


def says(visitor, text: str) -> None:
    expect(visitor.page.locator(".st-key-teach [role=status]")).to_have_text(text)


def it_is_a(visitor, label: int) -> None:
    """Tells what the drawing is, by whichever button says so."""
    if visitor.reading() == str(label):
        visitor.page.locator(".st-key-teach-right button").click()
        return
    visitor.page.locator(".st-key-teach-other button").click()
    button = visitor.page.locator(f".st-key-teach-{label} button")
    button.click()
    expect(button).to_be_hidden()  # the first lesson is prepared for


def open_hand(visitor) -> None:
    visitor.page.locator(".st-key-hand-panel summary").click()
    expect(visitor.page.locator(".st-key-hand-panel input[type=file]")).to_be_attached()


def pictures(visitor):
    return visitor.page.locator(".hand figure")


def test_taught_kept_forgotten_and_brought_back(visitor, sevens, tmp_path):
    page = visitor.page
    *lessons, further = sevens
    visitor.draw(further)
    expect(page.locator(".st-key-sureness p").first).not_to_contain_text("With mouse")
    before = visitor.reading()
    assert before != "7"
    visitor.click("Clear")
    for strokes in lessons:
        visitor.draw(strokes)
        expect(page.locator(".st-key-sureness p").first).not_to_contain_text("With mouse")
        it_is_a(visitor, 7)
        says(visitor, "Kept as a 7.")
        visitor.click("Clear")
        assert visitor.reads(INVITATION)
    visitor.draw(further)
    assert visitor.reads("7")
    expect(page.locator("p.run")).to_contain_text("Your 5 corrections are applied")
    open_hand(visitor)
    expect(pictures(visitor)).to_have_count(5)
    expect(page.locator("table.effect")).to_contain_text("5 of 5")
    with page.expect_download() as download:
        visitor.click("Download")
    file = tmp_path / "mine.json"
    download.value.save_as(file)
    assert [drawing["label"] for drawing in json.loads(file.read_bytes())["drawings"]] == [7] * 5
    page.locator(".st-key-hand-forget button").click()
    visitor.click("Yes, delete all 5")
    assert visitor.reads(before)
    expect(pictures(visitor)).to_have_count(0)
    for _ in range(2):  # The second time all of them are there.
        page.locator(".st-key-hand-panel input[type=file]").set_input_files(file)
        expect(pictures(visitor)).to_have_count(5)
        expect(page.locator(".st-key-hand-panel [role=status]").last).to_contain_text("added")
    expect(page.locator(".st-key-hand-panel [role=status]").last).to_contain_text(
        "5 were already here"
    )
    assert visitor.reads("7")
    assert visitor.complaints == []


def test_taught_with_the_keyboard_on_a_phone(open_page, app_url):
    visitor = open_page(app_url, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = visitor.page
    page.locator(".st-key-sample-3 button").focus()
    page.keyboard.press("Enter")
    assert visitor.reads("3")
    page.locator(".st-key-teach-right button").focus()
    page.keyboard.press("Enter")
    says(visitor, "Kept as a 3.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-teach-0 button")).to_be_visible()
    page.locator(".st-key-teach-8 button").focus()
    page.keyboard.press("Enter")
    says(visitor, "Kept as an 8.")
    open_hand(visitor)
    expect(pictures(visitor)).to_have_count(1)
    assert not visitor.scrolls_sideways()
    page.locator(".st-key-hand-delete button").click()
    expect(pictures(visitor)).to_have_count(0)
    assert visitor.complaints == []


def test_two_visitors_have_a_hand_each(open_page, app_url):
    first, second = open_page(app_url), open_page(app_url)
    first.draw(samples.sample(3))
    assert first.reads("3")
    it_is_a(first, 5)
    says(first, "Kept as a 5.")
    second.draw(samples.sample(3))
    assert second.reads("3")
    open_hand(second)
    expect(pictures(second)).to_have_count(0)
