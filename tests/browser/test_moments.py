"""The slider along a training's moments in a browser: keys, the mouse, and by itself."""

import json
import re

from playwright.sync_api import expect

from digitcnn.settings import STARTER_FOLDER

CARD = json.loads((STARTER_FOLDER / "card.json").read_text())
MISTAKES = re.compile(rf"\b{CARD['metrics']['test_errors']} mistakes")
EPOCHS = CARD["recipe"]["epochs"]


def test_slider_goes_back_and_plays_to_the_end(open_page, app_url):
    visitor = open_page(app_url)
    page = visitor.page
    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_text("How it learned").click()
    slider, says = page.locator(".moments input"), page.locator(".moments-says")
    matrix = page.locator(".learned-matrix")
    expect(says).to_contain_text("The finished network")
    expect(matrix).to_have_attribute("alt", MISTAKES)

    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    there = f"fter epoch {EPOCHS - 2}"  # from the finished network past the last epoch
    expect(says).to_contain_text(f"A{there}")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"[Aa]{there}"))
    page.keyboard.press("Home")
    expect(says).to_contain_text("Before the first step")
    # However quickly it was moved, the page ends where the slider is.
    expect(matrix).to_have_attribute("alt", re.compile(r"9,\d\d\d mistakes"))

    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    visitor.click("Play")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(says).to_contain_text("The finished network")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(matrix).to_have_attribute("alt", MISTAKES)
    assert not visitor.complaints
