"""``predict`` and ``benchmark photos`` on the command line."""

import importlib
import json

import numpy as np
import pytest
from PIL import Image

from digitcnn.cli.main import main
from tests.photo_makers import drawn_lines, file_of, own_digits


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "numbers.png"
    path.write_bytes(file_of(drawn_lines(("47", "308 52"))[0]).getvalue())
    return path


def test_numbers_are_printed_line_by_line(photo, capsys):
    assert main(["predict", str(photo), "--run", "starter"]) == 0
    assert capsys.readouterr().out.splitlines() == ["47", "308 52"]


def test_json_has_lines_and_boxes(photo, capsys):
    _, boxes = drawn_lines(("47", "308 52"))
    assert main(["predict", str(photo), "--run", "starter", "--json"]) == 0
    (reading,) = json.loads(capsys.readouterr().out)
    assert reading["path"] == str(photo)
    assert reading["label"] is reading["probabilities"] is reading["is_digit"] is None
    assert reading["lines"] == ["47", "308 52"]
    assert [digit["label"] for digit in reading["digits"]] == [4, 7, 3, 0, 8, 5, 2]
    assert [digit["line"] for digit in reading["digits"]] == [0, 0, 1, 1, 1, 1, 1]
    for digit, box in zip(reading["digits"], boxes, strict=True):
        at = [digit["box"][side] for side in ("x", "y", "width", "height")]
        np.testing.assert_allclose(at, box, atol=4)
        assert 0.5 < digit["confidence"] <= 1 and digit["is_digit"]


def test_one_digit_is_one_digit(tmp_path, capsys):
    path = tmp_path / "seven.png"
    path.write_bytes(file_of(drawn_lines(("7",))[0]).getvalue())
    assert main(["predict", str(path), "--run", "starter", "--json"]) == 0
    (reading,) = json.loads(capsys.readouterr().out)
    assert (reading["label"], reading["is_digit"], len(reading["probabilities"])) == (7, True, 10)
    assert reading["lines"] == ["7"] and len(reading["digits"]) == 1


def test_pages_that_are_left_out_are_told(tmp_path, capsys, monkeypatch):
    module = importlib.import_module("digitcnn.cli.predict")  # The package has a command so called.
    monkeypatch.setattr(module, "_MOST_PAGES", 2)
    pages = [Image.fromarray(drawn_lines((text,))[0]).convert("L") for text in ("47", "30", "85")]
    path = tmp_path / "scan.tiff"
    path.write_bytes(file_of(pages[0], "TIFF", save_all=True, append_images=pages[1:]).getvalue())
    assert main(["predict", str(path), "--run", "starter"]) == 0
    said = capsys.readouterr()
    assert "47" in said.out and "30" in said.out and "85" not in said.out
    assert "scan.tiff has 3 pages; the first 2 were read." in said.err


def test_benchmark_photos(tmp_path, capsys):
    digits, strokes = own_digits(), tmp_path / "strokes.npz"
    np.savez(
        strokes, points=digits.points, stroke_starts=digits.stroke_starts,
        digit_starts=digits.digit_starts, labels=digits.labels,
    )  # fmt: skip
    sheet = tmp_path / "sheet.png"
    words = ["benchmark", "photos", "--strokes", str(strokes), "--number", "4", "--run", "starter"]
    assert main([*words, "--json", "--sheet", str(sheet)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["photos"] == 4 and figures["n"] >= 4
    assert 0.8 <= figures["accuracy"] <= figures["found"] <= 1
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert main(words) == 0
    assert "correct" in capsys.readouterr().out
