"""The benchmark of numbers: its protocol, its figures, its command."""

import json

import numpy as np
import pytest

from digitcnn.benchmarks.accuracy import numbers, stroke_file
from digitcnn.cli.main import main
from digitcnn.data import samples
from digitcnn.inference import number
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import store
from digitcnn.settings import STARTER_FOLDER
from tests.benchmarks.test_drawn import pen_digits, unit
from tests.places import PEN_DIGITS


@pytest.fixture
def sample_file(tmp_path):
    drawings = [unit(samples.sample(digit)) for digit in range(10)] * 2
    return pen_digits(tmp_path / "samples.npz", drawings)


def test_protocol_keeps_gaps_sizes_and_border(sample_file):
    digits = stroke_file.read(sample_file)
    lengths, sites = set(), set()
    for drawn in numbers.composed(digits, 200, seed=3):
        lengths.add(len(drawn.labels))
        sites.add(drawn.site)
        parts = [np.concatenate([drawn.strokes[i] for i in group]) for group in drawn.groups]
        boxes = np.array([[*part.min(axis=0), *part.max(axis=0)] for part in parts])
        assert boxes[:, :2].min() >= 11.9
        assert boxes[:, 2].max() <= number.WIDTH_PX - 11.9
        assert boxes[:, 3].max() <= number.HEIGHT_PX - 11.9
        gaps = boxes[1:, 0] - boxes[:-1, 2]
        width = (boxes[:, 2] - boxes[:, 0]).mean()
        assert gaps.min() >= 0.1 * width - 0.01 and gaps.max() <= 0.6 * width + 0.01
        height = np.ptp(boxes[:, [1, 3]], axis=1)
        assert height.max() <= 1.1 / 0.9 * height.min() + 0.01
        feet = boxes[:, 3] - boxes[:, 3].mean()
        assert np.abs(feet).max() <= 0.12 * height.max()
    assert lengths == {2, 3, 4, 5, 6} and sites == {"abc", "xyz"}


def test_numbers_are_of_one_site_and_the_same_each_time(sample_file):
    digits = stroke_file.read(sample_file)
    once = list(numbers.composed(digits, 20))
    again = list(numbers.composed(digits, 20))
    for one, other in zip(once, again, strict=True):
        assert np.array_equal(np.concatenate(one.strokes), np.concatenate(other.strokes))
        assert one.site == other.site
        # In the file even labels are of one site, odd of the other.
        assert set(one.labels % 2) == {0 if one.site == "abc" else 1}


class Label:
    def __init__(self, label):
        self.label = label


def read_as(*digits):
    return [number.Digit(strokes, Label(label)) for strokes, label in digits]


def test_figures_of_known_readings():
    """4 (two strokes), 7, 1, read in four ways."""
    stroke = np.zeros((2, 2), np.float32)
    drawn = numbers.Number([stroke] * 4, np.array([0, 0, 1, 2]), np.array([4, 7, 1]), "abc")
    readings = [
        read_as(((0, 1), 4), ((2,), 7), ((3,), 1)),  # all right
        read_as(((0, 1), 4), ((2,), 7), ((3,), 7)),  # one misread
        read_as(((0,), 1), ((1,), 1), ((2,), 7), ((3,), 1)),  # the four cut in two
        read_as(((0, 1), 4), ((2, 3), 7)),  # two digits taken for one
    ]
    figures = numbers.Reading([drawn] * 4, readings, [1.0, 2.0, 3.0, 4.0]).figures()
    assert figures["n_numbers"] == 4 and figures["n_digits"] == 12
    assert figures["numbers_right"] == 0.25
    assert figures["grouped_right"] == 0.5
    assert figures["digits_right"] == (3 + 2 + 2 + 1) / 12
    assert figures["took_ms"] == 2.5
    assert figures["by_length"] == {3: 0.25} and figures["by_site"] == {"abc": 0.25}


def test_a_right_text_by_wrong_groups_is_a_right_number_without_right_digits():
    stroke = np.zeros((2, 2), np.float32)
    drawn = numbers.Number([stroke] * 3, np.array([0, 0, 1]), np.array([4, 1]))
    figures = numbers.Reading([drawn], [read_as(((0,), 4), ((1, 2), 1))], [1.0]).figures()
    assert figures["numbers_right"] == 1 and figures["digits_right"] == 0


def test_command_gives_the_figures_and_a_sheet(sample_file, tmp_path, capsys):
    sheet = tmp_path / "wrong.png"
    arguments = ["benchmark", "numbers", "--strokes", str(sample_file), "--number", "25"]
    assert main([*arguments, "--json", "--sheet", str(sheet)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["n_numbers"] == 25
    assert figures["numbers_right"] >= 0.9 and figures["digits_right"] >= 0.95
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert main(arguments) == 0
    assert "of 25 numbers" in capsys.readouterr().out


def test_wrong_numbers_are_shown_with_what_was_read():
    drawn = numbers.Number(samples.number("47"), np.array([0, 0, 1]), np.array([4, 7]))
    reading = numbers.Reading([drawn], [read_as(((0, 1), 4), ((2,), 1))], [1.0])
    pictures, captions = reading.wrong()
    assert captions == ["47 > 41"]
    assert pictures.shape == (1, 70, 231) and pictures.dtype == np.uint8
    assert pictures[0, 20:50, 8:60].max() > 200 and pictures[0, :, 120:].max() == 0
    pictures, captions = numbers.Reading([], [], []).wrong()
    assert pictures.shape == (0, 70, 231) and captions == []


@pytest.mark.parametrize("n", [120, pytest.param(2000, marks=pytest.mark.full)])
def test_numbers_that_people_wrote_are_read(n):
    if not PEN_DIGITS.is_file():
        pytest.skip("needs ../shared/data/pen_digits.npz")
    drawn = numbers.composed(stroke_file.read(PEN_DIGITS), n, seed=0)
    figures = numbers.read(drawn, Recognizer(store.open_run(STARTER_FOLDER))).figures()
    assert figures["digits_right"] >= 0.97, figures
    assert figures["numbers_right"] >= 0.9, figures
    assert figures["grouped_right"] >= 0.95, figures
