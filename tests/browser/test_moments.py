"""The slider along a training's moments in a browser: keys, the mouse, and by itself."""

import json
import re

from playwright.sync_api import expect

from digitcnn.runs import moments
from digitcnn.runs.run import open_run
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


def test_every_step_on_explore_lands_and_leaves_the_focus(open_page, app_url):
    visitor = open_page(app_url)
    page = visitor.page
    page.get_by_role("link", name="Explore", exact=True).click()
    page.get_by_text("How it learned").click()
    slider, says = page.locator(".moments input"), page.locator(".moments-says")
    expect(says).to_contain_text("The finished network", timeout=20_000)
    figures, detail = page.locator(".figures"), page.locator(".st-key-detail")
    expect(figures).to_contain_text(str(CARD["metrics"]["test_errors"]))
    last = int(slider.get_attribute("max"))
    starter = open_run(STARTER_FOLDER)
    labels = starter.evaluation().labels
    wrong_at_first = int((moments.of_run(starter).predicted[0] != labels).sum())

    slider.focus()
    for n_steps in range(1, 4):  # each is answered before the next one
        page.keyboard.press("ArrowLeft")
        expect(slider).to_have_value(str(last - n_steps))
        expect(figures).to_have_attribute("data-moment", str(last - n_steps))
    for _ in range(7):  # these are not
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value(str(last - 10))
    expect(slider).to_be_focused()
    page.keyboard.press("Home")
    expect(figures).to_have_attribute("data-moment", "0")
    expect(figures).to_contain_text(f"{wrong_at_first:,}")
    # Then all of the page follows: one digit's own figures are those of that moment too.
    expect(page.locator("body")).not_to_have_attribute("data-moment-behind", "", timeout=20_000)
    expect(detail.locator(".way .now")).to_have_attribute(
        "title", re.compile("^before the first step"), timeout=20_000
    )
    expect(slider).to_be_focused()

    page.keyboard.press("End")
    expect(figures).not_to_have_attribute("data-moment", re.compile("."))
    expect(figures).to_contain_text(str(CARD["metrics"]["test_errors"]))
    expect(detail.locator(".way")).to_have_count(0, timeout=20_000)
    assert not visitor.complaints
