"""The film that the camera's benchmark shows: a page that can be read."""

import io

import numpy as np
import pytest
from PIL import Image

from digitcnn.benchmarks.speed import camera
from digitcnn.inference.photos.picture import read_file
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import open_run
from digitcnn.settings import STARTER_FOLDER

pytest.importorskip("cv2")


def test_its_film_has_every_frame_whole(tmp_path):
    frames = [np.full((8, 12), value, np.uint8) for value in (16, 235)]
    camera.film(tmp_path / "film.y4m", frames)
    header, *rest = (tmp_path / "film.y4m").read_bytes().split(b"FRAME\n")
    assert b"W12 H8" in header
    assert [part[: 8 * 12] for part in rest] == [frame.tobytes() for frame in frames]
    assert {len(part) for part in rest} == {8 * 12 * 3 // 2}


def test_its_page_is_read():
    file = io.BytesIO()
    Image.fromarray(camera._frame(0)).save(file, "PNG")
    read = read_file(file, Recognizer(open_run(STARTER_FOLDER)))
    assert tuple(text.replace(" ", "") for text in read.texts) == camera.LINES
