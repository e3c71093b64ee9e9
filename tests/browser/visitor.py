"""Somebody at the Draw page, or at any page with a canvas."""

import contextlib
from collections.abc import Callable

from playwright.sync_api import TimeoutError, expect

from digitcnn.benchmarks.speed.browser import draw
from digitcnn.preprocessing import ink

PATIENCE_MS = 120_000  # for what comes by itself, on a busy machine

_FITS = """() => Math.max(
  document.documentElement.scrollWidth, document.querySelector(".stMain")?.scrollWidth ?? 0
) <= innerWidth"""
TWO_FRAMES = "() => new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))"
# Dark pixels of the paper, inside the page: how much ink a person sees.
_DARK_PIXELS = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) dark += data[i] < 128 && data[i + 3] > 128;
  return dark;
}"""


class Visitor:
    """Somebody at the Draw page."""

    def __init__(self, page):
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: message.type == "error" and self.complaints.append(message.text),
        )

    def draw(self, strokes: ink.Ink) -> None:
        """Draws with the mouse, and waits until the ink is on the screen."""
        draw(self.page, strokes, moves=12)
        self.page.evaluate(TWO_FRAMES)

    def reading(self) -> str:
        """What the page reads, as text."""
        return self.page.locator(".st-key-reading").inner_text().strip()

    def reads(self, text: str) -> bool:
        """Whether the page comes to read ``text``."""
        reading = self.page.locator(".st-key-reading")
        return _holds(lambda: expect(reading).to_have_text(text, timeout=PATIENCE_MS))

    def shows_bars(self, count: int) -> bool:
        """Whether the page comes to show so many bars."""
        bars = self.page.locator(".st-key-probabilities .bars .point")
        return _holds(lambda: expect(bars).to_have_count(count, timeout=PATIENCE_MS))

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def ink_pixels(self) -> int:
        """How many pixels of the paper are dark."""
        return self.page.locator("canvas.dc-canvas.lower-canvas").evaluate(_DARK_PIXELS)

    def wait_for_ink(self, condition: Callable[[int], bool] = bool) -> None:
        """Waits until the amount of ink on the paper is as it should be; by default, any."""
        for _ in range(600):
            if condition(self.ink_pixels()):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"there are {self.ink_pixels()} pixels of ink")

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than the screen."""
        return scrolls_sideways(self.page)


def scrolls_sideways(page) -> bool:
    """Whether a page is, and stays, wider than the screen: on a busy machine parts come late."""
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(_FITS, timeout=20_000)
        return False
    return True


def choose(page, label: str, option: str) -> None:
    """Chooses from a list; one that closes as the page moves under it is opened again."""
    choice = page.get_by_role("option", name=option).first
    for _ in range(5):
        page.get_by_role("combobox", name=label).click()
        with contextlib.suppress(TimeoutError):
            choice.click(timeout=5_000)
            return
    raise AssertionError(f"the list {label} does not stay open")


def _holds(expectation: Callable) -> bool:
    try:
        expectation()
    except AssertionError:
        return False
    return True
