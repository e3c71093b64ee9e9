"""A number drawn with the mouse or a finger, on the wide paper."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from digitcnn.app.shared.reading import INVITATION
from digitcnn.benchmarks.speed.browser import CANVAS
from digitcnn.data import samples
from digitcnn.inference import number
from tests.browser.test_screens import COLORS, PHONE, contrast, touch

TWO_PAGES = Path(__file__).with_name("two_pages.py")


def to_number(visitor):
    visitor.page.get_by_text("A number", exact=True).click()
    comes_to_read(visitor, INVITATION)
    # While one paper goes and the other comes, there are two, or none.
    visitor.page.wait_for_function(
        """selector => {
          const papers = document.querySelectorAll(selector);
          return papers.length === 1 && papers[0].offsetWidth > 500;
        }""",
        arg=CANVAS,
    )
    visitor.page.wait_for_timeout(300)
    return visitor


def comes_to_read(visitor, text):
    """Waits for the reading; while one way goes and another comes, there are two."""
    readings = visitor.page.locator(".st-key-reading")
    wait_for(visitor, lambda: [one.strip() for one in readings.all_inner_texts()] == [text])


def beside(*digits, size=0.45, step_px=130, start_px=20.0):
    """Samples side by side, canvas px."""
    return [
        (stroke * size + [start_px + place * step_px, 60]).astype(np.float32)
        for place, digit in enumerate(digits)
        for stroke in samples.sample(digit)
    ]


def wait_for(visitor, condition):
    for _ in range(600):
        if condition():
            return
        visitor.page.wait_for_timeout(50)
    raise AssertionError("what was waited for did not come")


def text_stands_out(visitor):
    texts = (".number", ".number .chosen", ".st-key-number-remarks p", ".st-key-chosen .digit")
    for selector in (*texts, ".st-key-number-digits button p", ".st-key-sample-numbers p.quiet"):
        found = visitor.page.locator(selector).all()
        assert found, selector
        for element in found:
            color, below = element.evaluate(COLORS)
            assert contrast(color, below) >= 4.5, (selector, color, below)


def test_digits_are_read_as_they_are_drawn(open_page, app_url):
    visitor = to_number(open_page(app_url))
    for expected in ("3", "34", "347"):
        strokes = beside(*map(int, expected))
        visitor.draw(strokes[len(beside(*map(int, expected[:-1]))) :])
        assert visitor.reads(expected), f"{expected} was read as {visitor.reading()}"
        chosen = visitor.page.locator(".st-key-chosen")
        expect(chosen).to_have_text(expected[-1])
        assert visitor.shows_bars(10)
    visitor.click("Clear")
    assert visitor.reads(INVITATION)
    wait_for(visitor, lambda: visitor.ink_pixels() == 0)
    strokes = beside(4, 7, 5)  # 4 and 5 have two strokes each: their second ones come last
    visitor.draw([strokes[i] for i in (3, 0, 2, 1, 4)])
    assert visitor.reads("475"), visitor.reading()
    drawn = visitor.ink_pixels()
    visitor.click("Undo")
    wait_for(visitor, lambda: 0 < visitor.ink_pixels() < drawn)
    assert visitor.complaints == []


def test_samples_and_choice_without_a_mouse(open_page, app_url):
    visitor = to_number(open_page(app_url))
    page = visitor.page
    page.get_by_role("button", name="308", exact=True).focus()
    page.keyboard.press("Enter")
    assert visitor.reads("308")
    wait_for(visitor, lambda: visitor.ink_pixels() > 1000)
    seen, chosen = page.locator(".st-key-seen img"), page.locator(".st-key-chosen")
    last = seen.get_attribute("src")
    page.locator(".st-key-number-digit-0 button").focus()
    page.keyboard.press("Enter")
    expect(chosen).to_have_text("3")
    expect(seen).not_to_have_attribute("src", last)
    page.keyboard.press("Tab")  # The place was not lost.
    page.keyboard.press("Enter")
    expect(chosen).to_have_text("0")
    copied = page.evaluate(
        """() => {
          getSelection().selectAllChildren(document.querySelector(".number"));
          return getSelection().toString();
        }"""
    )
    assert copied.strip() == "308" == visitor.reading()
    text_stands_out(visitor)


def test_drawing_survives_another_way_and_another_page(open_page, serve):
    with serve(TWO_PAGES, DIGITCNN_TRAINING="off") as server:
        visitor = open_page(server.url)
        visitor.draw(samples.sample(8))
        assert visitor.reads("8")
        to_number(visitor)
        visitor.draw(beside(4, 2))
        assert visitor.reads("42")
        drawn = visitor.ink_pixels()
        visitor.page.get_by_text("One digit", exact=True).click()
        comes_to_read(visitor, "8")
        visitor.page.get_by_text("A number", exact=True).click()
        comes_to_read(visitor, "42")
        visitor.page.get_by_role("link", name="Elsewhere").click()
        visitor.page.get_by_role("heading", name="Elsewhere").wait_for()
        visitor.page.get_by_role("link", name="Draw").click()
        comes_to_read(visitor, "42")
        expect(visitor.page.locator(CANVAS)).to_have_count(1)
        wait_for(visitor, lambda: abs(visitor.ink_pixels() - drawn) < drawn / 50)
        visitor.draw(beside(7, start_px=300.0))
        assert visitor.reads("427")
        assert visitor.complaints == []


def test_everything_fits_every_width(open_page, app_url):
    visitor = to_number(open_page(app_url, color_scheme="dark"))
    visitor.click("2615")
    assert visitor.reads("2615")
    visitor.page.mouse.move(5, 5)
    text_stands_out(visitor)
    parts = [f".st-key-number-{part}" for part in ("paper", "tools", "digits", "remarks")]
    right_px = max(stroke[:, 0].max() for stroke in samples.number("2615")) + number.PEN_PX / 2
    for width in (1280, 768, 390, 320):
        visitor.page.set_viewport_size({"width": width, "height": 844})
        visitor.page.wait_for_timeout(300)
        assert not visitor.scrolls_sideways(), width
        for part in (*parts, ".st-key-reading", ".st-key-answer"):
            box = visitor.page.locator(part).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width + 0.5, (part, width)
        paper = visitor.page.locator(CANVAS).bounding_box()
        shape = number.WIDTH_PX / number.HEIGHT_PX
        assert paper["width"] / paper["height"] == pytest.approx(shape, rel=0.01)
        assert paper["height"] >= 165, width  # as much as a finger needs
        seen = visitor.page.locator(".dc-scroll").bounding_box()
        assert seen["x"] + seen["width"] <= width
        # The whole sample is on the part of the paper that can be seen.
        assert right_px * paper["width"] / number.WIDTH_PX <= seen["width"], width
    assert visitor.complaints == []


def test_a_finger_draws_where_it_touches(open_page, app_url):
    """The paper is shown smaller on a phone: what is drawn must still lie under the finger."""
    visitor = to_number(open_page(app_url, **PHONE))
    touch(visitor, beside(4, 7, step_px=200, size=0.6))
    assert visitor.reads("47"), visitor.reading()
    assert visitor.page.evaluate("document.querySelector('.stMain').scrollTop") == 0
    reading = visitor.page.locator(".st-key-reading").bounding_box()
    assert reading["y"] + reading["height"] <= 844
    # Ink where the finger was: on the four's bar, and not in the corner.
    shades = visitor.page.locator("canvas.dc-canvas.lower-canvas").evaluate(
        """canvas => {
          const k = canvas.width / 924;
          const at = (x, y) => canvas.getContext("2d").getImageData(x * k, y * k, 1, 1).data[0];
          return [at(20 + 140 * 0.6, 60 + 151 * 0.6), at(5, 5)];
        }"""
    )
    assert shades[0] < 128 < shades[1]
