"""The live camera in a real browser: a film for a camera, and the digits over it."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.test_accessibility import violations
from tests.browser.test_screens import PHONE
from tests.photo_makers import drawn_lines

LINES = ("47", "308 52")
SIZE = 1920, 1080
SCALE = 1.6  # of the digits in it
CORNER = 120  # where they begin, px

# Keeps what the page asked of the camera, and counts what it sends to the server.
_WATCH = """() => {
  window.streams = []; window.asked = []; window.frames = 0;
  const open = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    window.asked.push(wanted);
    const stream = await open.call(this, wanted);
    window.streams.push(stream);
    return stream;
  };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    window.frames += (data.byteLength ?? data.length) > 5000;
    return send.call(this, data);
  };
}"""
_IS_ON = "window.streams.some(s => s.getTracks().some(t => t.readyState === 'live'))"
_HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
# Counts what comes into the layer of boxes and what goes, and how often the text changes.
_COUNT = """() => {
  window.changes = 0;
  new MutationObserver(list => { window.changes += list.length; }).observe(
    document.querySelector(".camera .over-video"),
    {childList: true, subtree: true, characterData: true},
  );
}"""
_LEAST_OPACITY = """() => {
  let least = 1;
  for (let at = document.querySelector(".camera video"); at; at = at.parentElement) {
    least = Math.min(least, Number(getComputedStyle(at).opacity));
  }
  return least;
}"""


def film(path: Path) -> None:
    """Two frames in YUV 4:2:0 that a camera could have taken of ``LINES``."""
    page = Image.fromarray(drawn_lines(LINES)[0])
    page = np.asarray(page.resize((int(SCALE * page.width), int(SCALE * page.height))))
    width, height = SIZE
    frame = np.full((height, width), 235, np.uint8)
    part = frame[CORNER : CORNER + page.shape[0], CORNER : CORNER + page.shape[1]]
    np.minimum(part, page[: part.shape[0], : part.shape[1]], out=part)
    header = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420mpeg2\n".encode()
    colour = bytes([128]) * (width * height // 2)
    path.write_bytes(header + (b"FRAME\n" + frame.tobytes() + colour) * 2)


@pytest.fixture(scope="module")
def chromium_flags(tmp_path_factory) -> tuple[str, ...]:
    path = tmp_path_factory.mktemp("camera") / "film.y4m"
    film(path)
    return "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={path}"


@pytest.fixture
def visitor_at(open_page, app_url):
    """Somebody on the Draw page's way "a photo", whose browser allows the camera or not."""

    def open_(permissions=("camera",), url=app_url, **options):
        visitor = open_page(url, permissions=list(permissions), **options)
        visitor.page.get_by_text("A photo", exact=True).first.click()
        visitor.page.locator(".st-key-photo-live-button button").wait_for()
        visitor.page.evaluate(_WATCH)
        return visitor

    return open_


def open_camera(visitor) -> None:
    visitor.page.locator(".st-key-photo-live-button button").click()


def reads_live(visitor) -> None:
    lines = visitor.page.locator(".camera .lines")
    expect(lines).to_have_text("\n".join(LINES))


def test_digits_are_read_over_the_video_and_the_tab_and_the_way_put_it_out(visitor_at):
    visitor = visitor_at()
    page = visitor.page
    assert not page.evaluate(_IS_ON)  # nothing is filmed before somebody asks for it
    open_camera(visitor)
    reads_live(visitor)
    tags = page.locator(".camera .tag")
    assert tags.all_inner_texts() == list("4730852")
    _, true = drawn_lines(LINES)
    video = page.locator(".camera video").bounding_box()
    assert video["width"] / video["height"] == pytest.approx(SIZE[0] / SIZE[1], rel=0.02)
    shown = video["width"] / SIZE[0]
    for box, place in zip(page.locator(".camera .box").all(), true, strict=True):
        seen = box.bounding_box()
        x, y, width, height = ((CORNER * (i < 2) + SCALE * s) * shown for i, s in enumerate(place))
        assert seen["x"] - video["x"] == pytest.approx(x, abs=5)
        assert seen["y"] - video["y"] == pytest.approx(y, abs=5)
        assert seen["width"] == pytest.approx(width, abs=8)
        assert seen["height"] == pytest.approx(height, abs=8)

    # Steady: from one answer to the next nothing comes or goes.
    page.evaluate(_COUNT)
    before = page.evaluate("window.frames")
    page.wait_for_function(f"window.frames >= {before + 3}")
    assert page.evaluate("window.changes") == 0
    assert page.evaluate("window.asked.length") == 1
    expect(page.locator(".camera .told")).to_have_text(f"Reads {', '.join(LINES)}")
    assert violations(page) == []

    # A hidden tab stops the camera and its pictures, and goes on by itself.
    page.evaluate(_HIDE, True)
    assert not page.evaluate(_IS_ON)
    page.wait_for_timeout(300)
    before = page.evaluate("window.frames")
    page.wait_for_timeout(1500)
    assert page.evaluate("window.frames") == before
    page.evaluate(_HIDE, False)
    reads_live(visitor)
    assert page.evaluate(_IS_ON)

    page.get_by_text("One digit", exact=True).first.click()
    page.locator("canvas.upper-canvas").wait_for()
    page.wait_for_function(f"!({_IS_ON})")
    page.get_by_text("A photo", exact=True).first.click()
    page.locator(".st-key-photo-live-button button").wait_for()
    page.wait_for_timeout(300)
    assert not page.evaluate(_IS_ON)
    expect(page.locator(".camera")).to_be_hidden()
    assert visitor.complaints == []


def test_a_still_by_keyboard_is_read_at_full_size(visitor_at):
    visitor = visitor_at(color_scheme="dark")
    page = visitor.page
    open_camera(visitor)
    reads_live(visitor)
    assert violations(page) == []
    expect(page.locator(".camera .take")).to_be_focused()
    page.keyboard.press("Enter")
    code = page.locator(".st-key-photo-text code")
    expect(code).to_have_text("\n".join(LINES))
    assert "1920 / 1080" in page.locator("img.photo").get_attribute("style")
    assert page.locator(".st-key-photo-downloads button").count() == 3
    assert not page.evaluate(_IS_ON)
    expect(page.locator(".camera")).to_be_hidden()
    page.locator(".st-key-photo-live-button button").press("Enter")
    expect(page.locator(".camera.live")).to_be_visible()
    expect(page.locator("img.photo")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.locator(".camera .close")).to_be_focused()
    page.keyboard.press("Escape")
    assert not page.evaluate(_IS_ON)
    expect(page.locator(".st-key-photo-live-button button")).to_be_focused()
    expect(page.locator("img.photo")).to_be_visible()
    assert visitor.complaints == []


def test_a_tap_on_a_phone_takes_the_still_of_its_rear_camera(visitor_at):
    visitor = visitor_at(**PHONE)
    page = visitor.page
    expect(page.locator(".st-key-photo-camera-button button")).to_be_visible()
    page.locator(".st-key-photo-live-button button").tap()
    reads_live(visitor)
    assert page.evaluate("window.asked[0].video.facingMode.ideal") == "environment"
    assert not visitor.scrolls_sideways()
    for part in (".camera video", ".camera .take", ".camera .lines"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 844, part
    page.locator(".camera video").tap()
    code = page.locator(".st-key-photo-text code")
    expect(code).to_have_text("\n".join(LINES))
    assert visitor.complaints == []


def test_no_camera_is_a_sentence_and_the_next_try_may_work(visitor_at):
    visitor = visitor_at(permissions=())
    page = visitor.page
    says = page.locator(".camera .says")
    # Pressed before the script hears it: the server tells it.
    page.locator(".st-key-photo-live-button button").evaluate(
        "button => { button.closest = () => null; button.click(); delete button.closest; }"
    )
    expect(says).to_contain_text("was not allowed to use the camera")
    expect(page.locator(".camera .told")).to_contain_text("upload a photo")
    expect(page.locator(".camera .take")).to_be_hidden()
    for name, sentence in [
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "in use by another program"),
    ]:
        page.evaluate(
            "name => { navigator.mediaDevices.getUserMedia = () => "
            "Promise.reject(new DOMException('', name)); }",
            name,
        )
        open_camera(visitor)
        expect(says).to_contain_text(sentence)
    page.evaluate(
        "Object.defineProperty(navigator, 'mediaDevices', {configurable: true, value: undefined})"
    )
    open_camera(visitor)
    expect(says).to_contain_text("https")
    page.evaluate("delete navigator.mediaDevices; delete navigator.mediaDevices?.getUserMedia")
    page.context.grant_permissions(["camera"])
    open_camera(visitor)
    reads_live(visitor)
    # A camera that is pulled out.
    page.evaluate("""() => {
      const [track] = window.streams.at(-1).getTracks();
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }""")
    expect(says).to_contain_text("was disconnected")
    expect(page.locator(".camera .view")).to_be_hidden()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no processes")
def test_slow_answers_dim_the_boxes_and_nothing_else_and_then_it_goes_on(visitor_at, serve):
    with serve(DIGITCNN_TRAINING="off", DIGITCNN_PUBLIC="1") as server:
        visitor = visitor_at(url=server.url)
        page = visitor.page
        open_camera(visitor)
        reads_live(visitor)
        children = psutil.Process(server.process.pid).children()
        (finder,) = [c for c in children if "digitcnn.inference.photos.camera" in c.cmdline()]
        os.kill(finder.pid, signal.SIGSTOP)
        page.wait_for_timeout(2500)
        expect(page.locator(".camera .over-video.old")).to_have_count(1)
        assert page.locator(".camera .box").count() == 7
        assert page.evaluate(_LEAST_OPACITY) == 1
        # It is ended after some seconds, and another one takes its place.
        before = page.evaluate("window.frames")
        page.wait_for_function(f"window.frames >= {before + 2}")
        reads_live(visitor)
        children = psutil.Process(server.process.pid).children()
        assert finder.pid not in [child.pid for child in children]
        assert "Traceback" not in server.said()
        assert visitor.complaints == []
