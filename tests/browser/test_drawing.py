"""Drawing with the mouse, and what the page makes of it."""

from pathlib import Path

import numpy as np
import pytest

from digitcnn.app.shared.reading import INVITATION
from digitcnn.benchmarks.speed.browser import CANVAS
from digitcnn.data import samples
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import ink
from digitcnn.preprocessing.digit_image import digit_image
from digitcnn.runs.store import open_run
from digitcnn.settings import STARTER_FOLDER

CORNERS = (0, 0), (1, 0), (0, 1), (1, 1)


@pytest.fixture(scope="module")
def starter() -> Recognizer:
    return Recognizer(open_run(STARTER_FOLDER))


def placed(digit: int, size_px: float, corner: tuple[int, int]) -> ink.Ink:
    """A sample, its longer side ``size_px``, two px of paper between its ink and a corner."""
    strokes = samples.sample(digit)
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = size_px / extent.max()
    margin = ink.PEN_PX / 2 + 2
    room = ink.CANVAS_PX - 2 * margin - extent * scale
    return [(stroke - low) * scale + margin + room * corner for stroke in strokes]


@pytest.mark.parametrize("size_px", [60, 110])
def test_small_digits_in_the_corners_are_read(starter, size_px):
    """As the server reads them: what the paper makes of corners is seen below."""
    for digit in range(10):
        corner = CORNERS[digit % 4]
        raster = ink.rasterize(placed(digit, size_px, corner))
        assert starter.recognize(digit_image(raster)).label == digit, corner


@pytest.mark.parametrize("size_px", [60, 110])
def test_every_corner_takes_strokes(desk, size_px):
    for digit, corner in zip((7, 4, 3, 9), CORNERS, strict=True):
        desk.draw(placed(digit, size_px, corner))
        assert desk.reads(str(digit)), f"{digit} at {corner} was read as {desk.reading()}"
        desk.click("Clear")
        assert desk.reads(INVITATION)


def test_first_stroke_moves_nothing(open_page, app_url):
    visitor = open_page(app_url)

    def places():
        keys = ("desk", "answer", "seen", "probabilities", "samples", "training-state")
        return {key: visitor.page.locator(f".st-key-{key}").bounding_box() for key in keys}

    before = places()
    visitor.draw(samples.sample(3))
    assert visitor.reads("3")
    assert places() == before


def test_undo_takes_the_last_stroke_and_clear_all(desk):
    desk.draw(samples.sample(4))
    assert desk.reads("4")
    both = desk.ink_pixels()
    desk.click("Undo")
    desk.wait_for_ink(lambda pixels: 0 < pixels < both)
    desk.click("Undo")
    assert desk.reads(INVITATION)
    desk.wait_for_ink(lambda pixels: pixels == 0)
    # A stroke, undone, and drawn again: the canvas must not keep the first.
    desk.draw(samples.sample(1))
    assert desk.reads("1")
    desk.click("Undo")
    desk.wait_for_ink(lambda pixels: pixels == 0)
    desk.draw(samples.sample(7))
    assert desk.reads("7")
    desk.click("Clear")
    assert desk.reads(INVITATION)
    desk.wait_for_ink(lambda pixels: pixels == 0)


def test_undo_pressed_quickly_takes_as_many_strokes(desk):
    bars = [np.array([[x, 60], [x, 220]], np.float32) for x in (40, 90, 140, 190, 240)]
    desk.draw(bars)
    desk.page.wait_for_timeout(800)
    five = desk.ink_pixels()

    def undo(left: int) -> None:
        # The next press comes as soon as the stroke is gone, before the canvas has said so.
        # Streamlit takes two presses for one if it has not begun with the first by the second.
        desk.click("Undo")
        desk.wait_for_ink(lambda pixels: pixels < five * (left + 0.5) / 5)

    for left in (4, 3, 2):
        undo(left)
    desk.page.wait_for_timeout(800)  # for whatever the canvas still has to say
    assert abs(desk.ink_pixels() - five * 2 / 5) < five / 20
    undo(1)
    undo(0)
    assert desk.reads(INVITATION)


def test_samples_work_without_a_mouse(desk):
    page = desk.page
    page.locator(".st-key-sample-0 button").focus()
    for _ in range(6):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert desk.reads("6")
    desk.wait_for_ink(lambda pixels: pixels > 1000)
    page.get_by_role("button", name="Undo", exact=True).focus()
    page.keyboard.press("Enter")
    assert desk.reads(INVITATION)


def test_steps_are_pictures_that_follow_the_drawing(desk):
    desk.draw(samples.sample(2))
    assert desk.reads("2")
    desk.page.get_by_text("From your drawing to 28 × 28 pixels").click()
    pictures = desk.page.locator(".steps img")
    pictures.nth(4).wait_for()
    sizes = pictures.evaluate_all("all => all.map(e => [e.naturalWidth, e.naturalHeight])")
    assert sizes[:2] == [[280, 280]] * 2 and sizes[4] == [28, 28] and max(sizes[3]) == 20
    first = pictures.nth(4).get_attribute("src")
    desk.click("Clear")
    desk.draw(samples.sample(5))
    assert desk.reads("5")
    desk.page.wait_for_function(
        "old => document.querySelectorAll('.steps img')[4]?.src != old", arg=first
    )


@pytest.fixture(scope="module")
def two_pages_url(serve):
    with serve(Path(__file__).with_name("two_pages.py"), DIGITCNN_TRAINING="off") as server:
        yield server.url


def there_and_back(visitor):
    visitor.page.get_by_role("link", name="Elsewhere").click()
    visitor.page.get_by_role("heading", name="Elsewhere").wait_for()
    visitor.page.get_by_role("link", name="Draw").click()


def test_drawing_survives_another_page(open_page, two_pages_url):
    visitor = open_page(two_pages_url)
    visitor.draw(samples.sample(8))
    assert visitor.reads("8")
    drawn = visitor.ink_pixels()
    for _ in range(2):
        there_and_back(visitor)
        assert visitor.reads("8")
        visitor.wait_for_ink(lambda pixels: abs(pixels - drawn) < drawn / 50)
    visitor.click("Undo")
    assert visitor.reads(INVITATION)
    visitor.wait_for_ink(lambda pixels: pixels == 0)
    assert visitor.complaints == []


def test_last_stroke_is_kept_by_who_leaves_soon_after(open_page, two_pages_url):
    visitor = open_page(two_pages_url)
    for _ in range(3):
        visitor.draw(samples.sample(4))
        visitor.page.wait_for_timeout(250)  # as long as a hand takes to the link, at the least
        there_and_back(visitor)
        assert visitor.reads("4")
        visitor.wait_for_ink(lambda pixels: pixels > 5500)  # both strokes
        visitor.click("Clear")
        assert visitor.reads(INVITATION)
        visitor.wait_for_ink(lambda pixels: pixels == 0)


def test_page_asks_nobody_else_and_is_silent_while_nothing_happens(open_page, app_url):
    asked, sent = [], []
    visitor = open_page(app_url)
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame))
    )
    visitor.page.reload()
    visitor.page.locator(CANVAS).wait_for()
    visitor.page.locator(".st-key-probabilities .bars .point").nth(9).wait_for(state="attached")
    visitor.draw(samples.sample(7))
    assert visitor.reads("7")
    assert asked
    own = (app_url, app_url.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
    visitor.page.wait_for_timeout(1000)
    sofar = len(sent)
    assert sofar
    visitor.page.wait_for_timeout(3000)
    assert len(sent) == sofar
