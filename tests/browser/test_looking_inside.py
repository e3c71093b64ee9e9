"""The Inside page in a browser: drawn on, looked into, on a phone and in the dark."""

import pytest
from playwright.sync_api import expect

from digitcnn.benchmarks.speed.browser import CANVAS
from digitcnn.data import samples
from tests.browser.test_screens import COLORS, PHONE, contrast, touch
from tests.browser.visitor import TWO_FRAMES, Visitor


@pytest.fixture
def open_inside(window, app_url):
    def open_(**options) -> Visitor:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        visitor = Visitor(window(**options))
        visitor.page.goto(f"{app_url}/inside")
        visitor.page.locator(CANVAS).wait_for()
        visitor.page.locator(".st-key-change figure").first.wait_for()
        visitor.page.wait_for_timeout(300)
        return visitor

    return open_


def open_part(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("tab", name=name).click()


def test_each_stroke_is_explained(open_inside):
    visitor = open_inside()
    why = visitor.page.locator(".st-key-why h2")
    for digit in (4, 7):
        visitor.draw(samples.sample(digit))
        assert visitor.reads(str(digit))
        expect(why).to_have_text(f"Why {digit}?")
        visitor.click("Clear")
        expect(why).to_have_text("Why 3?")  # the sample
    assert not [text for text in visitor.complaints if "404" not in text]


def test_the_drawing_comes_along_from_draw(open_page, app_url):
    visitor = open_page(app_url)
    visitor.draw(samples.sample(5))
    assert visitor.reads("5")
    visitor.page.get_by_role("link", name="Inside").click()
    expect(visitor.page.locator(".st-key-why h2")).to_have_text("Why 5?")
    assert visitor.ink_pixels() > 1000


def test_maps_and_values_are_chosen_with_mouse_and_keys(open_inside):
    visitor = open_inside()
    visitor.draw(samples.sample(4))
    assert visitor.reads("4")
    open_part(visitor, "Layers")
    maps = visitor.page.locator(".st-key-stage-2 .pick").first
    maps.wait_for()
    before = visitor.page.locator(".st-key-unit-map p").inner_text()
    box = maps.bounding_box()
    maps.click(position={"x": box["width"] * 0.99, "y": box["height"] * 0.99})
    says = visitor.page.locator(".st-key-stage-2 .st-key-unit-map p")
    expect(says).to_contain_text("the value in row")
    last = int(visitor.page.locator(".st-key-map-2 input").input_value())
    assert f"Map {last}," in says.inner_text() and says.inner_text() != before
    maps.press("ArrowLeft")
    expect(says).to_contain_text(f"Map {last - 1},")
    values = visitor.page.locator(".st-key-stage-2 .st-key-unit-map .pick")
    values.click(position={"x": 3, "y": 3})
    expect(says).to_contain_text("row 1, column 1:")
    values.press("ArrowDown")
    expect(says).to_contain_text("row 2, column 1:")
    visitor.page.locator(".st-key-map-2 input").fill("2")
    visitor.page.locator(".st-key-map-2 input").press("Enter")
    expect(says).to_contain_text("Map 2,")


def test_why_not_is_asked_with_a_tap_on_a_phone(open_inside):
    visitor = open_inside(**PHONE)
    touch(visitor, samples.sample(1))
    assert visitor.reads("1")
    visitor.page.locator(".st-key-why-digit").get_by_role("radio", name="7").or_(
        visitor.page.locator(".st-key-why-digit").get_by_role("button", name="7")
    ).first.tap()
    expect(visitor.page.locator(".st-key-why h2")).to_have_text("Why not 7?")


def test_nothing_scrolls_sideways(open_inside):
    visitor = open_inside(viewport={"width": 320, "height": 900})
    visitor.draw(samples.sample(8))
    assert visitor.reads("8")

    def fits(part: str) -> None:
        for width in (320, 390, 768, 1280):
            visitor.page.set_viewport_size({"width": width, "height": 900})
            visitor.page.evaluate(TWO_FRAMES)
            assert not visitor.scrolls_sideways(), (part, width)

    fits("Why")
    for part, there in (("Layers", ".st-key-logits table"), ("Map", ".st-key-map .here")):
        open_part(visitor, part)
        visitor.page.locator(there).wait_for(state="attached")
        fits(part)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(open_inside, scheme):
    visitor = open_inside(color_scheme=scheme)
    visitor.draw(samples.sample(4))
    assert visitor.reads("4")
    texts = {
        "Why": (".for", ".against", "figcaption", "summary", ".st-key-why h2", "p.quiet"),
        "Layers": ("figure.numbers td", "figcaption", "table.softmax td", "p.total"),
    }
    for part, selectors in texts.items():
        open_part(visitor, part)
        visitor.page.locator(".st-key-why h2, p.total").first.wait_for()
        visitor.page.wait_for_timeout(500)
        for selector in selectors:
            for element in visitor.page.locator(f".st-key-inside {selector}").all():
                if element.is_visible():
                    color, below = element.evaluate(COLORS)
                    assert contrast(color, below) >= 4.5, (selector, color, below)


def test_on_a_tablet_paper_and_answer_stand_side_by_side(open_inside):
    visitor = open_inside(viewport={"width": 820, "height": 1180})
    page = visitor.page
    page.locator(".st-key-why").wait_for()
    paper, answer, parts = (
        page.locator(selector).bounding_box()
        for selector in (CANVAS, ".st-key-inside-answer", ".st-key-inside-parts")
    )
    assert answer["x"] > paper["x"] + paper["width"] and answer["y"] < paper["y"] + 100
    assert parts["y"] > paper["y"] + paper["height"] and parts["width"] > 700
    assert not visitor.scrolls_sideways()
