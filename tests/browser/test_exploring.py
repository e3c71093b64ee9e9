"""Explore in a browser: mouse, finger and keyboard on the matrix, the gallery and the map."""

import contextlib
import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import TimeoutError, expect

from digitcnn import settings
from digitcnn.runs.store import open_run
from tests.browser.visitor import PATIENCE_MS, scrolls_sideways

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 860}},
    "phone": PHONE,
    "narrow": {**PHONE, "viewport": {"width": 320, "height": 640}},
}

# The least contrast of a matrix cell's text with its ground, over every tint there can be.
_LEAST_CONTRAST = """() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const luminance = (color) => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const parts = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const cell = document.querySelector(".matrix td button");
  let least = 99;
  for (const kind of ["good", "bad", ""]) {
    for (let tint = 8; tint <= 100; tint++) {
      const shown = cell.cloneNode();
      shown.className = kind;
      shown.style.setProperty("--tint", `${tint}%`);
      cell.parentNode.append(shown);
      const style = getComputedStyle(shown);
      const [a, b] = [luminance(style.backgroundColor), luminance(style.color)];
      least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
      shown.remove();
    }
  }
  return least;
}"""

# How many pixels of the map are not its ground.
_MAP = ".map canvas:not([aria-busy])"  # once its points are here
_INKED = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let i = 3; i < data.length; i += 4) inked += data[i] > 60;
  return inked;
}"""

_HOLDS = """digits => {
  const shown = [...document.querySelectorAll(".pictures button")].map((e) => +e.dataset.digit);
  return JSON.stringify(shown.sort((a, b) => a - b)) === JSON.stringify(digits);
}"""


@pytest.fixture(scope="module")
def evaluation():
    return open_run(settings.STARTER_FOLDER).evaluation()


class Explorer:
    """Somebody at the Explore page."""

    def __init__(self, page, url: str):
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def visit(self, address: str = "") -> "Explorer":
        self.page.goto(f"{self.url}/explore{address}")
        self.page.locator(".matrix td button").nth(99).wait_for()
        self.page.locator(".st-key-detail .digit-title").wait_for()
        self.page.wait_for_timeout(400)
        return self

    def cell(self, true: int, predicted: int):
        return self.page.locator(
            f'.matrix button[data-true="{true}"][data-predicted="{predicted}"]'
        )

    def selected(self, title: str) -> bool:
        """Whether the gallery comes to have this title."""
        return self.shows(".st-key-gallery h2", title)

    def opened(self, title: str | re.Pattern) -> bool:
        """Whether the digit that is looked at comes to have this title."""
        return self.shows(".st-key-detail h2", title)

    def shows(self, place: str, text: str | re.Pattern) -> bool:
        shown = self.page.locator(place)
        return self._holds(lambda: expect(shown).to_have_text(text, timeout=PATIENCE_MS))

    def address(self, **wanted: str) -> bool:
        """Whether the address comes to ask for just this."""
        query = "&".join(f"{name}={text}" for name, text in wanted.items())
        run = "" if "run" in wanted else "(run=[^&]+&?)?"  # pinned by the first touch
        end = rf"/explore\?{run}{query}$" if query else rf"/explore\??{run}$"
        return self._holds(
            lambda: expect(self.page).to_have_url(re.compile(end), timeout=PATIENCE_MS)
        )

    @staticmethod
    def _holds(expectation: Callable) -> bool:
        try:
            expectation()
        except (AssertionError, TimeoutError):
            return False
        return True

    def digits(self) -> list[int]:
        """Positions of the digits in the gallery."""
        buttons = self.page.locator(".pictures button")
        return buttons.evaluate_all("all => all.map(one => Number(one.dataset.digit))")

    def shows_digits(self, digits: list[int]) -> bool:
        """Whether the gallery comes to hold these, in any order."""
        return self._holds(
            lambda: self.page.wait_for_function(_HOLDS, arg=sorted(digits), timeout=PATIENCE_MS)
        )


@pytest.fixture
def explorer(window, app_url) -> Callable[..., Explorer]:
    def at(address: str = "", **options) -> Explorer:
        return Explorer(window(**{**SCREENS["desktop"], **options}), app_url).visit(address)

    return at


@pytest.fixture(scope="module")
def wrong_cell(evaluation) -> tuple[int, int]:
    """The cell with the most mistakes."""
    matrix = evaluation.confusion() * (1 - np.eye(10, dtype=int))
    return tuple(int(place) for place in np.unravel_index(matrix.argmax(), matrix.shape))


def test_a_click_on_a_cell_selects_its_digits(explorer, evaluation, wrong_cell):
    true, predicted = wrong_cell
    visitor = explorer()
    assert visitor.selected("Mistakes")
    visitor.cell(true, predicted).click()
    assert visitor.selected(f"{true} read as {predicted}")
    assert visitor.address(true=str(true), predicted=str(predicted))
    assert visitor.shows_digits(evaluation.cell(true, predicted).tolist())
    visitor.cell(true, predicted).click()  # Again takes it away.
    assert visitor.selected("Mistakes") and visitor.address()
    visitor.page.get_by_role("button", name=f"All labelled {true}").click()
    assert visitor.selected(f"Mistakes on {true}s") and visitor.address(true=str(true))
    visitor.page.get_by_role("button", name=f"All read as {predicted}").click()
    assert visitor.selected(f"Mistakes read as {predicted}")
    assert visitor.complaints == []


def test_one_tap_on_a_phone_selects_a_cell_and_one_more_opens_a_digit(
    explorer, evaluation, wrong_cell
):
    true, predicted = wrong_cell
    visitor = explorer(**PHONE)
    visitor.cell(true, predicted).tap()
    assert visitor.selected(f"{true} read as {predicted}")
    assert visitor.shows_digits(evaluation.cell(true, predicted).tolist())
    second = visitor.digits()[1]
    visitor.page.locator(".pictures button").nth(1).tap()
    assert visitor.address(true=str(true), predicted=str(predicted), digit=str(second))
    visitor.page.wait_for_timeout(1_200)
    box = visitor.page.locator(".st-key-detail .digit-title").bounding_box()
    assert 0 <= box["y"] < 844 - 40  # The digit is in sight.
    assert visitor.complaints == []


def test_arrow_keys_select_cells_rows_and_columns(explorer):
    visitor = explorer("?true=5&predicted=3")
    assert visitor.selected("5 read as 3")
    visitor.cell(5, 3).focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.selected("5 read as 4") and visitor.address(true="5", predicted="4")
    visitor.page.keyboard.press("ArrowDown")
    assert visitor.selected("6 read as 4")
    for _ in range(5):
        visitor.page.keyboard.press("ArrowLeft")
    assert visitor.selected("Mistakes on 6s") and visitor.address(true="6")


def test_tab_reaches_the_matrix_once_and_where_it_is_selected(explorer):
    visitor = explorer("?true=2&predicted=7")
    tabbable = visitor.page.locator('.matrix button[tabindex="0"]')
    assert tabbable.count() == 1
    assert tabbable.get_attribute("aria-label").startswith("2 read as 7")
    assert tabbable.get_attribute("aria-pressed") == "true"


def test_a_shared_address_shows_the_same_and_survives_a_reload(explorer, evaluation, wrong_cell):
    true, predicted = wrong_cell
    digit = int(evaluation.cell(true, predicted)[-1])
    visitor = explorer(f"?true={true}&predicted={predicted}&digit={digit}")
    for _ in range(2):
        assert visitor.selected(f"{true} read as {predicted}")
        current = visitor.page.locator('.pictures button[aria-selected="true"]')
        assert current.get_attribute("data-digit") == str(digit)
        assert f"position {digit:,} in" in visitor.page.locator(".st-key-detail").inner_text()
        visitor.page.reload()
        visitor.page.locator(".st-key-detail .digit-title").wait_for()
        visitor.page.wait_for_timeout(400)
    assert visitor.address(true=str(true), predicted=str(predicted), digit=str(digit))


def test_the_browsers_back_shows_what_was_selected_before(explorer):
    visitor = explorer()
    visitor.visit("?true=9")
    assert visitor.selected("Mistakes on 9s")
    visitor.page.go_back()
    assert visitor.selected("Mistakes")


def test_nonsense_in_the_address_gets_a_hint(explorer):
    visitor = explorer("?true=44&predicted=x")
    hints = visitor.page.locator("p.hint").all_inner_texts()
    assert len(hints) == 2 and all("it was ignored" in hint for hint in hints)
    assert visitor.selected("Mistakes") and visitor.address()


def test_a_mistake_is_opened_and_the_next_and_all_by_keyboard(explorer):
    visitor = explorer("?show=mistakes")
    digits = visitor.digits()
    visitor.page.locator(".pictures button").nth(2).click()
    assert visitor.address(digit=str(digits[2]))
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.address(digit=str(digits[3]))
    visitor.page.locator(".st-key-digit-on button").click()
    assert visitor.address(digit=str(digits[4]))
    visitor.page.keyboard.press("n")
    assert visitor.address(digit=str(digits[5]))
    visitor.page.keyboard.press("p")
    assert visitor.address(digit=str(digits[4]))


def test_arrows_do_not_leave_the_pictures_while_pages_turn(explorer):
    visitor = explorer("?show=all&order=position")
    visitor.page.locator(".pictures button").nth(0).focus()
    visitor.page.keyboard.press("PageDown")
    assert visitor.address(show="all", order="position", page="2")
    second_page = visitor.page.locator(".pictures button").nth(0)
    expect(second_page).to_have_attribute("data-digit", "60", timeout=PATIENCE_MS)
    visitor.page.keyboard.press("End")
    expect(visitor.page).to_have_url(
        re.compile(r"show=all&order=position&(page=2&digit=119|digit=119&page=2)$"),
        timeout=PATIENCE_MS,
    )
    assert visitor.digits() == list(range(60, 120))


def test_a_digit_is_sent_to_draw_and_drawn_over(explorer):
    visitor = explorer("?data=handwriting&show=right&order=sure")
    page = visitor.page
    label = visitor.page.locator(".st-key-detail .digit-title").inner_text()[0]
    page.get_by_role("button", name="Open in Draw").click()
    page.locator(".st-key-reading .digit").wait_for()
    assert visitor.shows(".st-key-reading", label)
    assert page.url == f"{visitor.url}/"
    # A stroke over it: both are read together, and Undo gives the digit back.
    seen = page.locator("figure.seen img").get_attribute("src")
    for _ in range(10):  # until the paper has the digit, and is not exchanged any more
        page.wait_for_timeout(500)
        box = page.locator("canvas.upper-canvas").bounding_box()
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 260, box["y"] + 30, steps=8)
        page.mouse.up()
        with contextlib.suppress(TimeoutError):
            page.wait_for_function(
                "before => document.querySelector('figure.seen img')?.src !== before",
                arg=seen,
                timeout=5_000,
            )
            break
    else:
        raise AssertionError("no stroke over the digit is taken")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.wait_for_function(
        "before => document.querySelector('figure.seen img')?.src === before", arg=seen
    )
    page.get_by_role("button", name="Clear", exact=True).click()
    assert visitor.shows(".st-key-reading", re.compile("Draw"))
    # Coming back, the same digit is looked at.
    page.get_by_role("link", name="Explore").click()
    page.locator(".st-key-detail .digit-title").wait_for()
    assert visitor.address(data="handwriting", show="right", order="sure")
    assert visitor.complaints == []


def test_drawing_around_digits_on_the_map_selects_them(explorer, evaluation):
    visitor = explorer()
    page = visitor.page
    surface = page.locator(_MAP)
    surface.scroll_into_view_if_needed()
    assert surface.evaluate(_INKED) > 3_000
    box = surface.bounding_box()
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.5), (0.02, 0.5), (0.02, 0.04)]
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()
    assert visitor.selected("All digits in the selected part of the map")
    counted = page.locator(".st-key-gallery p.quiet").first.inner_text()
    n = int(counted.split(" ")[0].replace(",", ""))
    upper = int((evaluation.positions[:, 1] < 0).sum())
    assert n == pytest.approx(upper, rel=0.06)
    page.get_by_role("button", name="Clear the selection").click()
    assert visitor.selected("Mistakes")


def test_a_click_on_the_map_opens_the_digit_under_it(explorer, evaluation):
    visitor = explorer()
    page = visitor.page
    surface = page.locator(_MAP)
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    # A digit that stands apart from all others, so that there is no doubt which is meant.
    places = evaluation.positions
    some = np.random.default_rng(0).permutation(len(places))[:1_500]
    apart = [np.sort(((places - places[index]) ** 2).sum(axis=1))[1] for index in some]
    lonely = int(some[np.argmax(apart)])
    unit = (box["width"] - 24) / 999
    x, y = (np.round((places[lonely] + 1) / 2 * 999) - 999 / 2).tolist()
    page.mouse.click(
        box["x"] + box["width"] / 2 + x * unit, box["y"] + box["height"] / 2 + y * unit
    )
    assert visitor.address(digit=str(lonely))


def test_a_finger_scrolls_over_the_map_and_draws_only_when_asked(explorer):
    visitor = explorer(**PHONE)
    page = visitor.page
    surface = page.locator(_MAP)
    surface.scroll_into_view_if_needed()
    assert surface.evaluate("canvas => canvas.style.touchAction") == "pan-y"
    page.get_by_role("button", name="Select digits by drawing").tap()
    assert surface.evaluate("canvas => canvas.style.touchAction") == "none"
    box = surface.bounding_box()
    devtools = page.context.new_cdp_session(page)

    def send(kind, x=None, y=None):
        points = [] if x is None else [{"x": box["x"] + x * box["width"],
                                        "y": box["y"] + y * box["height"]}]  # fmt: skip
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 0.1, 0.2)
    for x, y in (
        (0.5, 0.2),
        (0.9, 0.2),
        (0.9, 0.5),
        (0.9, 0.9),
        (0.5, 0.9),
        (0.1, 0.9),
        (0.1, 0.5),
    ):
        send("touchMove", x, y)
    send("touchEnd")
    assert visitor.selected("All digits in the selected part of the map")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_number_in_the_matrix_can_be_read(explorer, scheme):
    visitor = explorer(color_scheme=scheme)
    assert visitor.page.evaluate(_LEAST_CONTRAST) >= 4.5


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_fits_the_screen(explorer, screen):
    visitor = explorer("?true=9", **SCREENS[screen])
    assert not scrolls_sideways(visitor.page)
    cells = visitor.page.locator(".matrix td button")
    width = visitor.page.viewport_size["width"]
    for index in (0, 9, 11, 99):
        box = cells.nth(index).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        fits = cells.nth(index).evaluate("cell => cell.scrollWidth <= cell.clientWidth")
        assert fits, f"the number of cell {index} is cut off"


# -- settling labels


def settled(explorer: Explorer, text: str | re.Pattern) -> bool:
    """Whether the panel comes to say so."""
    return explorer.shows(".settle .said", text)


def test_labels_are_settled_by_keys_and_taken_back(explorer, evaluation):
    visitor = explorer()
    page, first = visitor.page, visitor.digits()[0]
    page.locator(".pictures button").first.focus()
    page.keyboard.press("3")
    assert settled(visitor, f"Digit {first:,}: in truth a 3.")
    assert visitor.shows(".pictures button:nth-child(1) .badge", "→3")
    # The next one is shown, and keys count for it; what is typed into a field does not.
    second = visitor.digits()[1]
    page.keyboard.press("t")
    page.locator(".settle .own input").fill("x7")
    page.keyboard.press("Enter")
    assert settled(visitor, f"Digit {second:,}: tagged “x7”.")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    assert settled(visitor, f"Digit {second:,}: left out.")
    for digit in (second, second, first):
        page.keyboard.press("u")
        assert settled(visitor, f"Undone: digit {digit:,}.")
        page.wait_for_function("!document.querySelector('.settle').ariaBusy")
        page.evaluate("document.querySelector('.settle .said').textContent = ''")
    assert page.locator(".settle .undo").is_disabled()
    assert page.locator(".pictures .badge").count() == 0
    assert visitor.complaints == []


def test_a_whole_cell_is_settled_by_finger(explorer, wrong_cell, evaluation):
    true, predicted = wrong_cell
    visitor = explorer(f"?true={true}&predicted={predicted}", **PHONE)
    page, n = visitor.page, len(evaluation.cell(true, predicted))
    if n > 1:
        page.get_by_role("button", name=f"All {n} selected").tap()
    page.locator(".settle .out").tap()
    assert settled(visitor, re.compile("left out"))
    badges = page.locator(".pictures .badge")
    assert badges.count() == n
    boxes = [button.bounding_box() for button in page.locator(".settle .labels button").all()]
    assert all(box["width"] >= 24 and box["height"] >= 24 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".settle .undo").tap()
    assert settled(visitor, re.compile("Undone"))
    assert visitor.complaints == []
