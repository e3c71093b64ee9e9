"""From page to page: titles of browser tabs, and addresses that say what is looked at."""

import re

from playwright.sync_api import expect

from digitcnn.benchmarks.speed.browser import CANVAS
from tests.browser.visitor import PATIENCE_MS


def test_tabs_are_told_apart_and_the_address_says_what_draw_reads(open_page, app_url):
    page = open_page(app_url).page
    expect(page).to_have_title("Draw · digitcnn")
    page.get_by_role("radio", name="A number").click()
    page.locator(".st-key-number-paper").wait_for()
    expect(page).to_have_url(re.compile(r"/\?way=number$"))

    page.get_by_role("link", name="Inside").click()
    expect(page).to_have_title("Inside · digitcnn")
    page.get_by_role("link", name="Draw").click()
    page.locator(".st-key-number-paper").wait_for()

    page.get_by_role("radio", name="One digit").click()
    page.locator(".st-key-desk").wait_for()
    expect(page).to_have_url(re.compile(r"/$"))
    page.goto(f"{app_url}/?way=photo")
    page.locator(".st-key-photo-source").wait_for()
    page.goto(f"{app_url}/?way=nonsense")
    page.locator(".st-key-desk").wait_for()


def test_a_page_begins_at_its_top(window, app_url):
    page = window(viewport={"width": 390, "height": 844})
    page.goto(f"{app_url}/learn")
    start = page.locator(".st-key-start-your-hand button")  # the last lesson
    start.scroll_into_view_if_needed()
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") > 1000
    start.click()
    page.locator(".st-key-probabilities .bars .point").nth(9).wait_for(state="attached")
    expect(page.locator(".st-key-lesson-bar")).to_be_in_viewport()
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0


def test_the_menu_of_a_narrow_screen_closes_by_itself(open_page, app_url):
    page = open_page(app_url, viewport={"width": 640, "height": 400}).page  # 1280 × 800 at 200 %
    menu = page.locator("[data-testid=stSidebar]")
    page.get_by_test_id("stExpandSidebarButton").click()
    menu.get_by_role("link", name="Inside").click()
    expect(page).to_have_title("Inside · digitcnn")
    expect(menu).not_to_be_in_viewport()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(menu).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_in_viewport()


def test_a_slow_connection_is_told_until_the_page_is_there(chromium, app_url):
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE_MS)
    held: list = []  # requests for the page's script, until it may come
    holding = True
    page.route(
        "**/static/js/**", lambda route: held.append(route) if holding else route.continue_()
    )
    page.goto(app_url, wait_until="commit")
    notice = page.locator("#not-connected")
    expect(notice).to_contain_text("Loading")
    holding = False
    for route in held:
        route.continue_()
    page.locator(CANVAS).wait_for()
    expect(notice).to_have_count(0)
    page.close()


def test_a_page_begins_at_its_top_even_if_its_address_comes_after_its_title(open_page, app_url):
    page = open_page(app_url).page
    main = page.locator('[data-testid="stMain"]')
    main.evaluate("main => main.scrollTo(0, 200)")
    assert main.evaluate("main => main.scrollTop") > 0
    page.evaluate("history.pushState({}, '', '/train')")
    page.evaluate("document.querySelector('[data-testid=\"stMain\"]').append('the content')")
    page.wait_for_function("document.querySelector('[data-testid=\"stMain\"]').scrollTop === 0")
