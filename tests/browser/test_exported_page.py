"""The page that a run is exported as: from disk, without a network."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from digitcnn import settings
from digitcnn.data import samples
from digitcnn.report import page as exported
from digitcnn.runs.run import open_run


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "starter.html"
    path.write_bytes(exported.make(open_run(settings.STARTER_FOLDER)))
    assert path.stat().st_size <= 3_000_000
    return path


@pytest.fixture
def open_file(window, file):
    def open_(width=1280, scheme="light"):
        page = window(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        page.said = []
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("request", lambda request: page.said.append(request.url))
        page.goto(file.as_uri())
        page.said.clear()
        return page

    return open_


def draw(page, strokes, lift=True):
    box = page.locator("#paper").bounding_box()
    for stroke in strokes:
        points = [
            (box["x"] + x * box["width"] / 280, box["y"] + y * box["width"] / 280)
            for x, y in stroke[::3].tolist() + [stroke[-1].tolist()]
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.wait_for_timeout(80)
        if lift:
            page.mouse.up()


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark"), (820, "light")])
def test_it_reads_while_it_is_drawn_on(open_file, width, scheme):
    page = open_file(width, scheme)
    draw(page, samples.sample(3), lift=False)
    assert page.locator("#digit").inner_text() == "3"
    page.mouse.up()
    assert page.locator("#maps figure").count() >= 1
    assert "sure" in page.locator("#sure").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.said == []
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_it_works_by_keyboard(open_file):
    page = open_file()
    for digit in range(10):
        page.get_by_role("button", name=f"Sample {digit}").focus()
        page.keyboard.press("Enter")
        assert page.locator("#digit").inner_text() == str(digit)
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Enter")
    assert page.locator("#says").inner_text() == "Draw on the paper"
    page.keyboard.press("Control+z")
    assert page.locator("#says").inner_text() == ""
    page.locator("#replay input").focus()
    page.keyboard.press("Home")
    expect(page.locator(".replay-moment")).to_contain_text("Until here")
    page.keyboard.press("End")
    expect(page.locator(".replay-moment")).to_contain_text("In the end: ")
    page.locator("#matrix button.right").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#cell canvas").count() > 3
    assert page.said == []


def test_a_damaged_network_is_said(open_file, file, tmp_path):
    page = open_file()
    text = file.read_text()
    at = text.index('id="network">') + 2_000
    damaged = tmp_path / "damaged.html"
    damaged.write_text(text[:at] + "AAAA" * 300 + text[at + 1200 :])
    page.goto(damaged.as_uri())
    assert page.locator("#trouble").is_visible() or page.locator("#says").is_visible()
    page.get_by_role("button", name="Sample 3").click()
