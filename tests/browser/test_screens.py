"""The page on a phone, on a narrow screen, and in the dark."""

import re

import numpy as np
import pytest

from digitcnn.app.shared.reading import INVITATION
from digitcnn.benchmarks.speed.browser import CANVAS
from digitcnn.data import samples
from digitcnn.preprocessing import ink

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}

# The colours of text and of the nearest ground below it that is not see-through.
COLORS = """element => {
  const color = getComputedStyle(element).color;
  for (let at = element; at; at = at.parentElement) {
    const ground = getComputedStyle(at).backgroundColor;
    if (!/, 0\\)$/.test(ground)) return [color, ground];
  }
  return [color, "rgb(255, 255, 255)"];
}"""


def touch(visitor, strokes: ink.Ink) -> None:
    """Draws with a finger."""
    devtools = visitor.page.context.new_cdp_session(visitor.page)

    def send(kind, points):
        touches = [{"x": x, "y": y} for x, y in points]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    for stroke in strokes:
        box = visitor.page.locator(CANVAS).bounding_box()
        scale = box["height"] / ink.CANVAS_PX  # a wide paper is shown smaller on a phone
        places = (stroke * scale + [box["x"], box["y"]]).tolist()
        send("touchStart", places[:1])
        for place in places[1::2] + places[-1:]:
            send("touchMove", [place])
        send("touchEnd", [])


def test_phone_shows_paper_and_answer_at_once(open_page, app_url):
    visitor = open_page(app_url, **PHONE)
    touch(visitor, samples.sample(3))
    assert visitor.reads("3")
    assert visitor.page.evaluate("document.querySelector('.stMain').scrollTop") == 0
    for part in (CANVAS, ".st-key-reading", ".st-key-seen", ".st-key-probabilities"):
        box = visitor.page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 844, part
    assert not visitor.scrolls_sideways()


def test_landscape_phone_has_paper_and_answer_side_by_side(open_page, app_url):
    visitor = open_page(app_url, **{**PHONE, "viewport": {"width": 844, "height": 390}})
    touch(visitor, samples.sample(3))
    assert visitor.reads("3")
    for part in (CANVAS, ".st-key-reading", ".st-key-seen", ".st-key-probabilities"):
        box = visitor.page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 390, (part, box)
    assert not visitor.scrolls_sideways()


def test_finger_draws_from_the_top_right_corner(open_page, app_url):
    visitor = open_page(app_url, **PHONE)
    # The component's own toolbar, if it were there, would take this touch: 141 by 30 px.
    corners = np.array([(262, 12), (190, 14), (262, 12), (225, 110)], np.float32)
    touch(visitor, [np.concatenate([np.linspace(a, b, 8) for a, b in pairs(corners)])])
    assert visitor.reads("7")
    visitor.page.get_by_role("button", name="Clear", exact=True).tap()
    assert visitor.reads(INVITATION)
    slanted = [np.linspace((250, 12), (230, 130), 20, dtype=np.float32)]
    touch(visitor, slanted)
    assert visitor.reads("1")


def test_finger_taps_undo_and_samples(open_page, app_url):
    visitor = open_page(app_url, **PHONE)
    visitor.page.locator(".st-key-sample-5 button").tap()
    assert visitor.reads("5")
    visitor.page.get_by_role("button", name="Undo", exact=True).tap()
    visitor.page.get_by_role("button", name="Undo", exact=True).tap()
    assert visitor.reads(INVITATION)


def test_drawing_does_not_scroll_the_phone(open_page, app_url):
    visitor = open_page(app_url, **PHONE)
    touch(visitor, [np.linspace((140, 250), (141, 20), 20, dtype=np.float32)])
    assert visitor.reads("1")
    assert visitor.page.evaluate("document.querySelector('.stMain').scrollTop") == 0


def test_everything_fits_the_width(open_page, app_url):
    visitor = open_page(app_url, viewport={"width": 320, "height": 800})
    visitor.draw(samples.sample(8))
    assert visitor.reads("8")
    # The paper fills its column, up to what an arm likes.
    papers = {320: 288, 390: 358, 700: 480, 768: 350, 1280: 420}
    for width, expected in papers.items():
        visitor.page.set_viewport_size({"width": width, "height": 800})
        visitor.page.wait_for_function(
            "([paper, width]) => Math.abs(document.querySelector(paper).offsetWidth - width) < 30",
            arg=[CANVAS, expected],
        )
        assert not visitor.scrolls_sideways(), width
        for part in (CANVAS, ".st-key-answer", ".st-key-samples", ".st-key-training-state"):
            box = visitor.page.locator(part).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width, (part, width)
    assert visitor.complaints == []


def test_every_page_fits_a_narrow_phone(open_page, app_url):
    visitor = open_page(app_url, **{**PHONE, "viewport": {"width": 320, "height": 568}})
    page = visitor.page
    touch(visitor, samples.sample(7))
    assert visitor.reads("7")
    parts = {"train": ".runs", "explore": ".pictures .picture", "inside": ".st-key-inside-answer"}
    for name, part in {**parts, "learn": ".stProgress, progress"}.items():
        page.goto(f"{app_url}/{name}")
        page.locator(part).first.wait_for()
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_timeout(300)
        assert not visitor.scrolls_sideways(), name
        if name == "train":  # what nobody has measured has no column
            assert "Pen" not in page.locator(".runs thead").inner_text()
        if name == "explore":
            first, second = page.locator(part).all()[:2]
            left, right = first.bounding_box(), second.bounding_box()
            assert left["x"] + left["width"] < right["x"]  # no picture over the next one


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_and_paper_stays_white(open_page, app_url, scheme):
    visitor = open_page(app_url, color_scheme=scheme)
    visitor.draw(samples.sample(4))
    assert visitor.reads("4")
    assert visitor.ink_pixels() > 1000
    ground = visitor.page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (luminance(ground) < 0.05) == (scheme == "dark")
    texts = ("h1", ".digit", ".sure", "p.quiet", "figcaption", ".digits span", ".digits b", ".run")
    buttons = ("[data-testid=stBaseButton-secondary]", "summary")
    for selector in texts + buttons:
        for element in visitor.page.locator(selector).all():
            color, below = element.evaluate(COLORS)
            assert contrast(color, below) >= 4.5, (selector, color, below)


def pairs(corners: np.ndarray) -> list:
    return list(zip(corners[:-1], corners[1:], strict=True))


def luminance(color: str) -> float:
    """WCAG 2.1's relative luminance of a colour as browsers write it."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", color)[:3]]
    channels = [c if color.startswith("color(") else c / 255 for c in numbers]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted(map(luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _overlap(page, one: str, other: str) -> bool:
    """Whether what two selectors show lies on each other."""
    a, b = (page.locator(selector).first.bounding_box() for selector in (one, other))
    apart = any(
        first[at] + first[size] <= second[at] + 1
        for at, size in (("x", "width"), ("y", "height"))
        for first, second in ((a, b), (b, a))
    )
    return not apart


def test_letters_twice_as_large_lie_on_nothing(open_page, window, app_url):
    large = "html { font-size: 200% !important }"
    visitor = open_page(app_url, viewport={"width": 390, "height": 844})
    visitor.page.add_style_tag(content=large)
    visitor.draw(samples.sample(7))
    assert visitor.reads("7")
    assert not _overlap(visitor.page, ".st-key-sureness", ".st-key-seen")
    page = window()
    page.goto(f"{app_url}/explore")
    page.locator(".pictures button").first.wait_for()
    page.locator(".st-key-closely").wait_for()
    assert not _overlap(page, ".st-key-gallery", ".st-key-detail")
    page.add_style_tag(content=large)
    for one, other in (("gallery", "detail"), ("matrix", "gallery"), ("matrix", "detail")):
        assert not _overlap(page, f".st-key-{one}", f".st-key-{other}")
    assert page.locator(".st-key-gallery").bounding_box()["width"] > 600
