"""Who draws while a server far away has not answered yet: no stroke is lost or cut."""

import pytest
from playwright.sync_api import expect

from digitcnn.app.shared.reading import INVITATION
from digitcnn.benchmarks.speed.browser import CANVAS
from digitcnn.data import samples
from digitcnn.preprocessing import ink
from tests.browser.test_live import has_strokes
from tests.browser.visitor import PATIENCE_MS, Visitor


class _FarServer:
    """A page's connection, which holds back what the server says for as long as it is told to."""

    def __init__(self, page):
        self.page = page
        self._held: list | None = None
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, socket) -> None:
        self._socket = socket
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(self._pass)

    def _pass(self, message) -> None:
        if self._held is None:
            self._socket.send(message)
        else:
            self._held.append(message)

    def press(self, name: str) -> None:
        """Presses a button, and from then on holds back what the server says."""
        self._held = []
        self.page.get_by_role("button", name=name, exact=True).click()
        # It has begun to answer: what is drawn from now on it hears after the button.
        while not self._held:
            self.page.wait_for_timeout(20)

    def let_go(self) -> None:
        held, self._held = self._held, None
        for message in held or []:
            self._socket.send(message)


class _Mouse:
    def __init__(self, page):
        self._mouse = page.mouse

    def down(self, x, y):
        self._mouse.move(x, y)
        self._mouse.down()

    def move(self, x, y):
        self._mouse.move(x, y)

    def up(self):
        self._mouse.up()


class _Finger:
    def __init__(self, page):
        self._devtools = page.context.new_cdp_session(page)

    def _send(self, kind, *points):
        told = {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        self._devtools.send("Input.dispatchTouchEvent", told)

    def down(self, x, y):
        self._send("touchStart", (x, y))

    def move(self, x, y):
        self._send("touchMove", (x, y))

    def up(self):
        self._send("touchEnd")


@pytest.fixture(scope="module")
def far(chromium, app_url):
    """Somebody at the Draw page, and the connection of the page."""
    # A context of its own: a page keeps such a connection.
    context = chromium.new_context(has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    server = _FarServer(page)
    page.goto(app_url)
    page.locator(CANVAS).wait_for()
    yield Visitor(page), server
    context.close()


@pytest.fixture
def somebody(far):
    """Them, with an empty paper."""
    visitor, server = far
    visitor.click("Clear")
    assert visitor.reads(INVITATION)
    visitor.page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
    yield visitor, server
    server.let_go()
    assert visitor.complaints == []


def _places(page, stroke):
    box = page.locator(CANVAS).bounding_box()
    scale = box["height"] / ink.CANVAS_PX
    points = [*stroke[:: max(1, len(stroke) // 24)].tolist(), stroke[-1].tolist()]
    return [(box["x"] + x * scale, box["y"] + y * scale) for x, y in points]


@pytest.mark.parametrize("pen", [_Mouse, _Finger])
def test_a_paper_that_is_cleared_under_the_pen_keeps_the_whole_stroke(somebody, pen):
    visitor, server = somebody
    visitor.draw(samples.sample(7))
    assert visitor.reads("7")
    server.press("Clear")
    (stroke,) = samples.sample(2)
    places = _places(visitor.page, stroke)
    hand = pen(visitor.page)
    hand.down(*places[0])
    for place in places[1 : len(places) // 2]:
        hand.move(*place)
    server.let_go()
    expect(visitor.page.locator(".st-key-reading")).to_have_text(INVITATION)
    visitor.page.wait_for_timeout(300)
    for place in places[len(places) // 2 :]:
        hand.move(*place)
    hand.up()
    assert visitor.reads("2")
    has_strokes(visitor.page, 1)


def test_clear_takes_the_ink_away_at_once_and_new_ink_stays(somebody):
    visitor, server = somebody
    visitor.draw(samples.sample(7))
    assert visitor.reads("7")
    server.press("Clear")
    has_strokes(visitor.page, 0)
    visitor.draw(samples.sample(2))
    has_strokes(visitor.page, 1)
    server.let_go()
    assert visitor.reads("2")
    has_strokes(visitor.page, 1)
    visitor.click("Undo")
    assert visitor.reads(INVITATION)
    visitor.click("Undo")  # Clear
    assert visitor.reads("7")


def test_a_stroke_on_paper_that_is_about_to_get_its_strokes_back_is_one_more(somebody):
    visitor, server = somebody
    first, second = samples.sample(4)
    visitor.draw([first])
    expect(visitor.page.locator(".st-key-reading")).not_to_have_text(INVITATION)
    visitor.click("Clear")
    assert visitor.reads(INVITATION)
    server.press("Undo")
    visitor.draw([second])
    server.let_go()
    has_strokes(visitor.page, 2)
    assert visitor.reads("4")
