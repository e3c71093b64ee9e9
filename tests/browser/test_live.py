"""What the page does while the pen moves, and with what was drawn."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from digitcnn.app.shared.reading import INVITATION
from digitcnn.benchmarks.speed.browser import CANVAS
from digitcnn.data import samples
from tests.browser.test_accessibility import violations
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.browser.windows import Windows

# Dark pixels of the ink that is seen, and how many pixels it has.
_SEEN = """() => {
  const canvas = document.querySelector("canvas.ink-layer");
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0;
  for (let i = 3; i < data.length; i += 4) dark += data[i] > 128;
  return {dark, width: canvas.width};
}"""
_READS_HERE = "() => performance.getEntriesByName('digitcnn-network').length > 0"


@pytest.fixture
def visit(open_page, app_url):
    def visit(**options) -> Visitor:
        visitor = open_page(app_url, **options)
        visitor.page.wait_for_function(_READS_HERE)
        visitor.page.wait_for_timeout(500)
        return visitor

    return visit


@pytest.fixture
def visitor(visit):
    return visit()


@pytest.fixture
def reader(desk) -> Visitor:
    """Somebody with an empty paper, in whose browser the network is."""
    desk.page.wait_for_function(_READS_HERE)
    desk.page.wait_for_timeout(500)
    return desk


def at(page, x, y):
    box = page.locator(CANVAS).bounding_box()
    scale = box["height"] / 280
    return box["x"] + x * scale, box["y"] + y * scale


def press(page, stroke, last=None):
    """Draws most of a stroke, and holds the pen down."""
    points = stroke[:: max(1, len(stroke) // 16)].tolist() + [stroke[-1].tolist()]
    page.mouse.move(*at(page, *points[0]))
    page.mouse.down()
    for point in points[1:last]:
        page.mouse.move(*at(page, *point))
    page.wait_for_timeout(150)


def test_the_answer_moves_with_the_pen(reader):
    page = reader.page
    page.evaluate("""() => {
      window.sent = 0;
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (...args) {
        window.sent++;
        return send.apply(this, args);
      };
    }""")
    stroke = samples.sample(3)[0]
    press(page, stroke)
    live = page.locator(".live-answer")
    expect(live).to_be_visible()
    assert live.locator(".digit").inner_text() == "3"
    assert "sure" in live.locator(".sure").inner_text()
    assert live.locator(".column i.chosen").bounding_box()["height"] > 50
    assert page.evaluate("window.sent") == 0, "a movement went to the server"
    page.mouse.up()
    assert reader.reads("3")
    expect(live).to_be_hidden()
    # The server's answer is where the live one was.
    assert page.evaluate("window.sent") > 0
    assert reader.complaints == []


def test_all_ten_digits_are_read_here_as_the_server_reads_them(reader):
    page = reader.page
    for digit in range(10):
        *others, last = samples.sample(digit)
        reader.draw(others)
        press(page, last)
        page.evaluate("""() => {
          const digit = document.querySelector('.live-answer > :first-child');
          window.said = [];
          new MutationObserver(() => window.said.push(digit.textContent)).observe(
            digit, {childList: true, characterData: true, subtree: true});
        }""")
        page.mouse.up()
        assert reader.reads(str(digit)), f"{digit} was read as {reader.reading()}"
        assert page.evaluate("window.said.at(-1) ?? null") in (None, str(digit))
        expect(page.locator(".st-key-sureness")).to_contain_text("sure")
        assert reader.shows_bars(10)
        reader.click("Clear")
        assert reader.reads(INVITATION)
    assert reader.complaints == []


def test_the_line_looks_the_same_before_and_after_pen_up(open_page, app_url):
    visitor = open_page(app_url, viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page = visitor.page
    stroke = samples.sample(2)[0]
    press(page, stroke)
    before = page.evaluate(_SEEN)
    page.mouse.up()
    after = page.evaluate(_SEEN)
    assert visitor.reads("2")
    page.wait_for_timeout(300)
    settled = page.evaluate(_SEEN)
    box = page.locator(CANVAS).bounding_box()
    assert box["width"] == pytest.approx(358, abs=2), "the paper fills a phone's column"
    assert before["width"] == pytest.approx(2 * box["width"], abs=2), "as dense as the screen"
    assert abs(after["dark"] - before["dark"]) < 0.02 * before["dark"]
    assert settled == after


def test_clear_can_be_undone_and_keys_undo_and_redo(reader):
    page = reader.page
    reader.draw(samples.sample(4))
    assert reader.reads("4")
    page.wait_for_timeout(300)  # as after any stroke, until the paper is settled
    drawn = page.evaluate(_SEEN)["dark"]
    is_as_drawn = f"() => Math.abs(({_SEEN})().dark - {drawn}) < {0.01 * drawn}"
    reader.click("Clear")
    assert reader.reads("Draw on the paper")
    page.keyboard.press("Control+z")
    assert reader.reads("4")
    page.wait_for_function(is_as_drawn)  # the paper follows a moment later
    for _ in samples.sample(4):
        page.keyboard.press("Control+z")
        page.wait_for_timeout(400)
    assert reader.reads("Draw on the paper")
    page.wait_for_function(f"() => ({_SEEN})().dark === 0")
    for _ in samples.sample(4):
        page.keyboard.press("Control+Shift+z")
        page.wait_for_timeout(400)
    assert reader.reads("4")
    page.wait_for_function(is_as_drawn)


def test_the_eraser_takes_a_stroke_by_mouse_and_by_keys(visitor):
    page = visitor.page
    line = np.array([[140, 40], [140, 240]], np.float32)
    dash = np.array([[40, 60], [80, 60]], np.float32)
    visitor.draw([line, dash])
    page.get_by_role("radio", name="Eraser").click()
    page.wait_for_timeout(600)
    page.mouse.move(*at(page, 60, 50))
    page.mouse.down()
    page.mouse.move(*at(page, 60, 66))
    page.mouse.up()
    assert visitor.reads("1")
    visitor.click("Undo")
    page.wait_for_timeout(600)
    page.locator(".canvas-root").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    assert visitor.reads("1")
    assert visitor.complaints == []


def test_a_marker_is_broader_and_read_alike(visitor):
    page = visitor.page
    visitor.draw(samples.sample(2))
    assert visitor.reads("2")
    usual = page.evaluate(_SEEN)["dark"]
    seen = page.locator("figure.seen img").get_attribute("src")
    page.get_by_role("radio", name="Marker").click()
    for _ in range(10):  # until the paper has the new pen, which takes longer on a busy machine
        visitor.click("Clear")
        page.wait_for_timeout(600)
        visitor.draw(samples.sample(2))
        assert visitor.reads("2")
        if page.evaluate(_SEEN)["dark"] != usual:
            break
    assert page.evaluate(_SEEN)["dark"] > 1.3 * usual
    assert page.locator("figure.seen img").get_attribute("src") == seen


def test_a_reload_loses_nothing(visitor):
    page = visitor.page
    visitor.draw(samples.sample(3))
    assert visitor.reads("3")
    expect(page.locator(".live-answer")).to_be_hidden()
    visitor.click("Correct")
    expect(page.locator(".st-key-teach")).to_contain_text("Kept as a 3")
    page.wait_for_timeout(300)
    page.reload()
    page.locator(CANVAS).wait_for()
    assert visitor.reads("3")
    expect(page.locator(".st-key-teach")).to_contain_text("Kept as a 3")
    page.get_by_text("Keep in this browser").click()
    page.reload()
    page.locator(CANVAS).wait_for()
    assert visitor.reads("Draw on the paper")


def damaged(route):
    route.fulfill(body=b"damaged")


def altered(route):
    """One weight is another, which the logits of the one digit that is looked at hardly tell."""
    answer = route.fetch()
    body = bytearray(answer.body())
    body[-9] ^= 1
    route.fulfill(response=answer, body=bytes(body))


def unknown_words(route):
    """A browser that does not know the language of the script."""
    route.fulfill(body="export unknown words", content_type="text/javascript")


def other_size(route):
    answer = route.fetch()
    text = answer.text().replace("const CANVAS_PX = 280;", "const CANVAS_PX = 300;")
    route.fulfill(response=answer, body=text)


def failing(route):
    answer = route.fetch()
    text = answer.text().replace(
        "class Paper {", "class Paper { constructor() { no.such; } }\nclass X {"
    )
    route.fulfill(response=answer, body=text)


@pytest.fixture(scope="module")
def apart(windows) -> Windows:
    """Windows for pages of which something is spoilt: what these keep is nobody else's."""
    return Windows(windows.browser)


@pytest.mark.parametrize(
    "file, spoil",
    [
        ("bin", damaged),
        ("bin", altered),
        ("js", unknown_words),
        ("js", other_size),
        ("js", failing),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_where_it_can_not_read_here_the_server_reads_alone(apart, app_url, file, spoil):
    page = apart.open()
    visitor = Visitor(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.route(f"**/media/*.{file}", spoil)
    if spoil is other_size:
        page.goto(app_url)
        page.locator(".ink-layer").wait_for(state="attached")  # The script is at work.
    else:
        with page.expect_console_message(lambda said: "no reading in the browser" in said.text):
            page.goto(app_url)
    page.locator(CANVAS).wait_for()
    page.wait_for_timeout(300)
    press(page, samples.sample(3)[0])
    expect(page.locator(".live-answer")).to_be_hidden()
    page.mouse.up()
    assert visitor.reads("3")
    visitor.click("Clear")
    assert visitor.reads("Draw on the paper")
    assert visitor.complaints == []
    # Each stroke is no reason to ask again for what was no use.
    assert len([url for url in asked if url.endswith(".bin")]) <= 3
    apart.close(page)


def test_a_kept_network_that_is_damaged_is_fetched_again(visitor):
    page = visitor.page
    page.evaluate("""async () => {
      const cache = await caches.open("digitcnn networks");
      for (const key of await cache.keys()) await cache.put(key, new Response("damaged"));
    }""")
    page.reload()
    page.wait_for_function(_READS_HERE)
    assert visitor.complaints == []


def test_a_browser_that_keeps_and_checks_nothing_reads_all_the_same(chromium, app_url):
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.add_init_script("""
          delete globalThis.requestIdleCallback;
          Object.defineProperty(globalThis, "caches", {value: undefined});
          Object.defineProperty(crypto, "subtle", {value: undefined});
          Object.defineProperty(globalThis, "localStorage", {get() { throw new Error("none"); }});
        """)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(page)
        page.goto(app_url)
        page.locator(CANVAS).wait_for()
        page.wait_for_function(_READS_HERE)
        page.wait_for_timeout(500)
        press(page, samples.sample(3)[0])
        expect(page.locator(".live-answer .digit")).to_have_text("3")
        page.mouse.up()
        assert visitor.reads("3")
        assert visitor.complaints == []


# In the page: what a person sees as the digit read, whenever it changes or a frame is drawn; and
# how high the highest bar is.
_WATCH_ANSWER = """() => {
  window.seen = [];
  const area = document.querySelector(".st-key-answer");
  const note = () => {
    const live = "live" in area.dataset;
    const [digit, sure, bars] = (live
      ? [".live-answer > :first-child", ".live-answer .sure", ".column i"]
      : [".st-key-reading .digit, .st-key-reading .says", ".st-key-sureness .sure", ".bars path"]
    ).map((selector) => [...area.querySelectorAll(selector)]);
    const high = bars.map((bar) => Math.round(bar.getBoundingClientRect().height));
    window.seen.push([
      digit[0]?.innerText.trim(), sure[0]?.innerText.trim(), Math.max(0, ...high), live,
    ]);
  };
  new MutationObserver(note).observe(area, {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
  const frame = () => { note(); requestAnimationFrame(frame); };
  frame();
}"""


def test_the_servers_answer_takes_over_without_a_flicker(visit):
    visitor = visit(reduced_motion="no-preference")
    page = visitor.page
    *others, last = samples.sample(4)
    visitor.draw(others)
    page.wait_for_timeout(1_000)
    press(page, last)
    expect(page.locator(".live-answer .digit")).to_have_text("4")
    page.evaluate(_WATCH_ANSWER)
    page.mouse.up()
    page.wait_for_function("() => window.seen.at(-1)[3] === false")
    page.wait_for_timeout(700)
    seen = page.evaluate("window.seen")
    assert {live for *_, live in seen} == {True, False}
    assert {digit for digit, *_ in seen} == {"4"}, "the digit never goes, nor becomes another"
    assert all("sure" in (sure or "") for _, sure, *_ in seen)
    heights = [height for *_, height, _ in seen]
    assert min(heights) > 0.8 * max(heights), f"the bars sink and rise again: {heights}"


def test_inside_moves_with_the_pen_too(open_page, app_url):
    page = open_page(app_url).page
    page.get_by_role("link", name="Inside").click()
    page.locator(".st-key-inside canvas.upper-canvas").wait_for()
    page.wait_for_function(_READS_HERE)
    page.wait_for_timeout(800)
    press(page, samples.sample(2)[0])
    live = page.locator(".live-answer")
    expect(live).to_be_visible()
    assert live.locator(".digit").inner_text() == "2"
    during = live.locator(".columns").bounding_box()
    page.mouse.up()
    expect(page.locator(".st-key-reading")).to_have_text("2")
    expect(live).to_be_hidden()
    # The server's bars stand where the live ones stood.
    after = page.locator(".st-key-probabilities .js-plotly-plot").first.bounding_box()
    assert abs(after["y"] + after["height"] - during["y"] - during["height"]) < 6


# How many strokes are on the paper, as this browser keeps them.
_STROKES = "() => JSON.parse(localStorage.getItem('digitcnn canvas') ?? '{}').strokes?.length ?? 0"


def lines(n):
    return [np.array([[40 + 30 * i, 60], [40 + 30 * i, 200]], np.float32) for i in range(n)]


def has_strokes(page, n):
    page.wait_for_function(f"n => ({_STROKES})() === n", arg=n)


def test_however_fast_undo_and_redo_are_pressed_each_counts(reader):
    page = reader.page
    reader.draw(lines(5))
    has_strokes(page, 5)
    page.wait_for_timeout(1_000)
    for _ in range(4):
        page.keyboard.press("Control+z")
    has_strokes(page, 1)
    for _ in range(2):
        page.keyboard.press("Control+y")
    for _ in range(2):
        reader.click("Redo")
    has_strokes(page, 5)
    reader.click("Clear")
    reader.click("Undo")
    page.wait_for_timeout(1_000)
    has_strokes(page, 5)
    assert reader.complaints == []


def test_strokes_are_erased_one_after_the_other_without_waiting(reader):
    page = reader.page
    reader.draw(lines(5))
    has_strokes(page, 5)
    page.get_by_role("radio", name="Eraser").click()
    paper = page.locator(".canvas-root")
    expect(paper).to_have_attribute("aria-label", re.compile("Delete erases it"))
    paper.focus()
    for _ in range(2):  # the second from the left, and the one after it
        for key in ("ArrowRight", "ArrowRight", "Delete"):
            page.keyboard.press(key)
    has_strokes(page, 3)
    page.wait_for_timeout(1_500)
    has_strokes(page, 3)
    kept = page.evaluate("() => JSON.parse(localStorage.getItem('digitcnn canvas')).strokes")
    assert [round(stroke[0][0]) for stroke in kept] == [40, 130, 160]
    page.keyboard.press("ArrowRight")
    expect(paper).to_have_attribute("aria-label", re.compile("^Stroke 1 of 3"))
    assert violations(page) == []
    page.get_by_role("radio", name="Pen", exact=True).click()
    expect(paper).to_have_attribute("role", "img")
    assert reader.complaints == []
