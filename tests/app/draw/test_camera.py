"""The live camera's messages: what is taken from a browser, and what it is told."""

import base64

import numpy as np
import pytest

from digitcnn.app.draw import camera as page_camera
from digitcnn.inference.photos import camera
from digitcnn.inference.photos.camera import NoFrame
from digitcnn.inference.photos.found import Found, FoundPage
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import store
from digitcnn.settings import STARTER_FOLDER, Limits
from tests.photo_makers import drawn_lines, file_of


def jpeg(*lines: str) -> bytes:
    return file_of(drawn_lines(lines)[0], "JPEG", quality=70).getvalue()


def message(data: bytes, number: str = "3") -> str:
    return f"{number} {base64.b64encode(data).decode()}"


def test_a_frame_is_its_number_and_its_picture():
    assert page_camera.frame(message(b"\xff\xd8\xff more", "12")) == (12, b"\xff\xd8\xff more")


def test_the_largest_frame_passes_the_guards_limit():
    largest = message(b"\xff\xd8\xff" + bytes(camera.MOST_BYTES - 3))
    assert len(page_camera.frame(largest)[1]) == camera.MOST_BYTES
    assert len(largest) < Limits().message_kb * 1000 / 2


@pytest.mark.parametrize(
    "sent",
    [
        None,
        7,
        ["3", "a"],
        {"number": 3},
        "",
        "3",
        "3 ",
        "3 *not base64*",
        message(b"\xff\xd8\xff", "-1"),
        message(b"\xff\xd8\xff", "1" * 50),
        message(b"\xff\xd8\xff", "²"),
        message(b"GIF89a"),
        message(b"\xff\xd8\xff" + bytes(camera.MOST_BYTES)),
        "3 " + "A" * 10_000_000,
    ],
    ids=lambda sent: repr(sent)[:20],
)
def test_a_hostile_message_is_refused_before_it_is_decoded(sent):
    with pytest.raises(NoFrame, match="upload a photo"):
        page_camera.frame(sent)
    answer = page_camera._answer(sent)
    assert "upload a photo" in answer["trouble"] and "boxes" not in answer


def found_page(*lines: str) -> FoundPage:
    return camera._find_here(jpeg(*lines))


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer(store.open_run(STARTER_FOLDER))


def test_boxes_lie_on_the_digits_in_per_cent_of_the_picture(recognizer):
    picture, true = drawn_lines(("47", "308 52"))
    boxes, lines = page_camera.read(found_page("47", "308 52"), recognizer)
    assert lines == ["47", "308 52"]
    assert "".join(box["text"] for box in boxes) == "4730852"
    height, width = picture.shape
    for box, (x, y, w, h) in zip(boxes, true, strict=True):
        share = [100 * x / width, 100 * y / height, 100 * w / width, 100 * h / height]
        assert box["box"] == pytest.approx(share, abs=1.5)
        assert box["uncertain"] is False


def test_a_page_full_of_digits_is_for_a_photo(recognizer):
    one = Found((0, 0, 9, 9), np.full((20, 20), 255, np.uint8), np.zeros((9, 9), np.uint8))
    page = FoundPage((900, 600), b"", [[one] * 50, [one] * 50])
    with pytest.raises(page_camera.TooManyDigits, match="take the photo"):
        page_camera.read(page, recognizer)


def test_a_run_without_a_frame_places_the_camera_and_tells_nothing(page):
    page.test.session_state["way"] = "photo"
    page.run()
    assert page.notes == []
    assert {"photo-camera-button", "photo-live-button"} <= {b.key for b in page.test.button}
