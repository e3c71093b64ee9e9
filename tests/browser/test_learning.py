"""A lesson in a real browser: its task on the live page, and what the browser remembers of it."""

from playwright.sync_api import expect

from digitcnn.data import samples
from tests.app.learn.test_learn import SCRIBBLE
from tests.browser.visitor import Visitor


def test_a_lesson_is_done_on_the_live_page_and_remembered(window, app_url):
    visitor = Visitor(window())
    page = visitor.page
    page.goto(f"{app_url}/learn")
    expect(page).to_have_title("Learn · digitcnn")
    page.locator(".st-key-start-unreadable button").click()
    expect(page.locator(".st-key-lesson-bar")).to_contain_text("does not look like a digit")
    visitor.draw(SCRIBBLE)
    expect(page.locator(".st-key-lesson-bar")).to_contain_text("Lesson done")
    page.goto(f"{app_url}/learn")  # another session: only the browser can know
    expect(page.get_by_text("1 of 8 lessons done")).to_be_visible()


def test_break_it_moves_with_its_slider(window, app_url):
    visitor = Visitor(window())
    page = visitor.page
    page.goto(f"{app_url}/inside")
    page.locator(".st-key-change figure").first.wait_for()
    page.wait_for_timeout(300)
    visitor.draw(samples.sample(4))
    page.get_by_role("tab", name="Break it").click()
    now = page.locator(".break-now")
    expect(now).to_contain_text("Reads 4")
    expect(page.locator("img.break-chart:not(.narrow)")).to_be_visible()
    slider = page.locator(".st-key-break-it").get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(now).to_contain_text("Refused")
