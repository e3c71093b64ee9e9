"""The replay on the Draw page: what was read at each moment of the drawing."""

import re

import pytest
from playwright.sync_api import expect

from digitcnn.data import samples
from tests.browser.test_accessibility import settle, violations


@pytest.fixture
def replay(open_page, app_url):
    """Opens the Draw page with a 4 on it, and the replay below; gives the visitor."""

    def open_(**options):
        visitor = open_page(app_url, **options)
        visitor.draw(samples.sample(4))
        assert visitor.reads("4")
        page = visitor.page
        page.locator(".st-key-replay summary").click()
        page.locator(".replay-tools").wait_for()
        page.locator(".replay").scroll_into_view_if_needed()
        settle(page)  # What is out of sight is not read.
        page.locator(".replay").scroll_into_view_if_needed()
        expect(page.locator(".replay-moment")).to_contain_text("In the end: 4")
        return visitor

    return open_


def number(page):
    return int(page.locator(".replay input").input_value())


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
def test_it_says_what_was_read_on_the_way(replay, width, scheme):
    visitor = replay(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = visitor.page
    way = page.locator(".replay-way")
    expect(way).to_have_text(re.compile("^Read on the way: .*1.*; in the end 4[.] The higher"))
    assert page.locator(".replay-stretch").last.inner_text().strip() == "4"
    moment, slider = page.locator(".replay-moment"), page.locator(".replay input")
    slider.focus()
    page.keyboard.press("Home")
    expect(moment).to_contain_text("Until here: ")
    first = number(page)
    page.keyboard.press("ArrowRight")
    assert number(page) == first + 1
    said = set()
    for _ in range(9):
        page.keyboard.press("PageUp")
        said.add(moment.inner_text())
        # Said to who does not see it, too.
        assert moment.inner_text().endswith(": " + slider.get_attribute("aria-valuetext"))
    assert len(said) > 3, "the certainty moves along the strokes"
    page.keyboard.press("End")
    expect(moment).to_contain_text("In the end: 4")
    assert page.locator(".replay-desk .digit").inner_text() == "4"
    assert not visitor.scrolls_sideways()
    settle(page)
    assert violations(page) == []
    assert visitor.complaints == []


def test_it_plays_and_pauses_by_keyboard(replay):
    page = replay().page
    button = page.locator(".replay-play")
    end = number(page)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text("Pause")
    page.wait_for_function(f"() => document.querySelector('.replay input').value < {end}")
    page.keyboard.press("Enter")
    expect(button).to_have_text("Play")
    paused = number(page)
    page.wait_for_timeout(200)
    assert number(page) == paused
    page.keyboard.press("Enter")
    expect(button).to_have_text("Play")
    assert number(page) == end


def test_it_follows_what_is_on_the_paper(replay):
    visitor = replay()
    page = visitor.page
    moment = page.locator(".replay-moment")
    visitor.click("Clear")
    expect(moment).to_have_text("Draw something first.")
    expect(page.locator(".replay input")).to_be_disabled()
    page.locator(".st-key-sample-7 button").click()
    page.locator(".replay").scroll_into_view_if_needed()
    expect(moment).to_contain_text("In the end: 7")
    assert visitor.complaints == []
