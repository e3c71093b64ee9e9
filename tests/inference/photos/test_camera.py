"""Finding digits in a camera's pictures: the same as elsewhere, by one process, and bounded."""

import io
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from digitcnn.errors import DigitcnnError
from digitcnn.inference.photos import camera
from digitcnn.inference.photos.camera import FrameFinder, NoFrame
from digitcnn.inference.photos.process import PhotoFailed
from tests.photo_makers import drawn_lines, file_of

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no processes")


def jpeg(*lines: str) -> bytes:
    return file_of(drawn_lines(lines)[0], "JPEG", quality=70).getvalue()


@pytest.fixture(scope="module")
def finder():
    finder = FrameFinder()
    yield finder
    finder.end()


def test_the_process_finds_what_this_one_finds_and_stays(finder):
    from digitcnn.inference.photos.file import find

    pids = set()
    for lines in (("47", "308 52"), ("5",), ("2615",)):
        data = jpeg(*lines)
        here, there = find(io.BytesIO(data)), finder.find(data)
        assert (there.size, there.jpeg) == (here.size, b"")
        boxes = [[[found.box for found in line] for line in page.lines] for page in (here, there)]
        assert boxes[0] == boxes[1]
        for line, twin in zip(here.lines, there.lines, strict=True):
            for one, other in zip(line, twin, strict=True):
                assert np.array_equal(one.raster, other.raster)
        pids.add(finder.pid)
    assert len(pids) == 1 and None not in pids


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        file_of(np.zeros((50, 50), np.uint8)).getvalue(),  # a PNG
        b"\xff\xd8\xff" + bytes(camera.MOST_BYTES),
    ],
    ids=["empty", "text", "png", "large"],
)
def test_what_is_no_picture_of_a_camera_does_not_reach_the_process(data):
    finder = FrameFinder()
    with pytest.raises(NoFrame, match="upload a photo"):
        finder.find(data)
    assert finder.pid is None


def test_what_is_wrong_comes_back_as_a_sentence_and_the_next_one_is_read(finder):
    wide = file_of(Image.new("L", (camera.MOST_PX + 1, 20), 255), "JPEG").getvalue()
    bomb = file_of(Image.new("L", (64, 64), 255), "JPEG").getvalue()
    head = bomb.index(b"\xff\xc0")
    bomb = bomb[: head + 5] + b"\xff\xff\xff\xff" + bomb[head + 9 :]  # It says 65,535 px a side.
    blank = file_of(np.full((200, 300), 240, np.uint8), "JPEG").getvalue()
    for data, says in [
        (wide, "larger than"),
        (bomb, "larger than|damaged"),
        (jpeg("47")[:400], "damaged"),
        (b"\xff\xd8\xff" + bytes(100), "damaged"),
        (blank, "Nothing stands out"),
    ]:
        with pytest.raises(DigitcnnError, match=says):
            finder.find(data)
    assert len(finder.find(jpeg("47")).lines[0]) == 2


@unix
def test_a_process_that_hangs_is_ended_and_the_next_picture_gets_another(finder, monkeypatch):
    data = jpeg("47")
    finder.find(data)
    stuck = finder.pid
    os.kill(stuck, signal.SIGSTOP)
    monkeypatch.setattr(camera, "LIMIT_S", 0.1)
    with pytest.raises(PhotoFailed, match="The next one"):
        finder.find(data)
    monkeypatch.undo()
    assert len(finder.find(data).lines[0]) == 2
    assert finder.pid not in (None, stuck)


@unix
def test_a_process_that_dies_is_replaced(finder):
    data = jpeg("47")
    finder.find(data)
    os.kill(finder.pid, signal.SIGKILL)
    time.sleep(0.1)
    found = []
    for _ in range(2):  # The first may fall into the gap.
        try:
            found.append(finder.find(data))
        except PhotoFailed:
            continue
    assert found


def test_nobody_asks_and_the_process_ends(finder, monkeypatch):
    monkeypatch.setattr(camera, "IDLE_S", 0.05)
    finder.find(jpeg("47"))
    for _ in range(200):
        if finder.pid is None:
            break
        time.sleep(0.05)
    assert finder.pid is None


def test_many_cameras_share_it_and_who_waits_too_long_is_told(finder, monkeypatch):
    data, found = jpeg("47"), []
    threads = [threading.Thread(target=lambda: found.append(finder.find(data))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) >= 1  # The others were told to come again, on a busy machine.
    monkeypatch.setattr(camera, "TURN_S", 0.05)
    with finder._turn, pytest.raises(PhotoFailed, match="Many cameras"):
        finder.find(data)
