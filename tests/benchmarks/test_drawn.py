"""The drawn-digit benchmark: its protocol, its figures, and the files it refuses."""

import json

import numpy as np
import pytest
from scipy.stats import binomtest

from digitcnn.benchmarks.accuracy import drawn, nondigits, stroke_file
from digitcnn.benchmarks.accuracy.pen_styles import style
from digitcnn.cli.main import main
from digitcnn.data import samples
from digitcnn.preprocessing import ink as inks

SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], np.float32)


def pen_digits(path, drawings, **changes):
    """Writes strokes, longer side 1, in the format of the benchmarks' README."""
    strokes = [stroke for drawing in drawings for stroke in drawing]
    arrays = {
        "points": np.concatenate(strokes).astype(np.float32),
        "stroke_starts": np.cumsum([0, *map(len, strokes)]).astype(np.int32),
        "digit_starts": np.cumsum([0, *map(len, drawings)]).astype(np.int32),
        "labels": np.arange(len(drawings), dtype=np.uint8) % 10,
        "sites": np.array(["abc", "xyz"])[np.arange(len(drawings)) % 2],
    }
    np.savez(path, **{**arrays, **changes})
    return path


def unit(ink):
    points = np.concatenate(ink)
    return [(stroke - points.min(axis=0)) / np.ptp(points, axis=0).max() for stroke in ink]


@pytest.fixture
def sample_file(tmp_path):
    return pen_digits(
        tmp_path / "samples.npz", [unit(samples.sample(digit)) for digit in range(10)]
    )


def test_protocol_keeps_size_and_border(tmp_path):
    digits = stroke_file.read(pen_digits(tmp_path / "squares.npz", [[SQUARE]] * 400))
    points = np.stack([ink[0] for ink in stroke_file.placed(digits)])
    sides = np.ptp(points, axis=1).max(axis=1)
    assert points.min() >= 18 and points.max() <= 280 - 18
    assert sides.min() >= 0.35 * 244 - 0.01 and sides.max() <= 0.85 * 244 + 0.01
    assert sides.min() < 95 and sides.max() > 200
    assert points[:, 0].min() < 25 and points[:, 2].max() > 255


def test_protocol_is_the_same_each_time(sample_file):
    digits = stroke_file.read(sample_file)
    first, second = list(stroke_file.placed(digits)), list(stroke_file.placed(digits))
    assert all(
        np.array_equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def test_figures_of_known_readings(sample_file):
    digits = stroke_file.read(sample_file)
    predicted = np.array([0, 1, 2, 3, 4, 5, 6, 1, 8, -1])
    reading = drawn.Reading(
        digits, np.zeros((10, 28, 28), np.uint8), predicted, np.full(10, 0.8), predicted != 3
    )
    figures = reading.figures()
    assert figures["accuracy"] == 0.8 and figures["errors"] == 2 and figures["n"] == 10
    assert figures["refused"] == pytest.approx(0.1)
    assert figures["ece"] == pytest.approx(0)
    assert figures["by_site"] == {"abc": 1.0, "xyz": 0.6}
    assert figures["by_digit"]["7"] == 0 and figures["by_digit"]["8"] == 1
    assert {"true": 7, "predicted": 1, "n": 1} in figures["confusions"]


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (99, 100), (5867, 5926)])
def test_interval_is_wilsons(right, n):
    reference = binomtest(right, n).proportion_ci(method="wilson")
    assert drawn.wilson(right, n) == pytest.approx([reference.low, reference.high], abs=1e-6)


def test_command_gives_the_figures_and_a_sheet(sample_file, tmp_path, capsys):
    sheet = tmp_path / "mistakes.png"
    arguments = ["benchmark", "drawn", "--strokes", str(sample_file), "--sheet", str(sheet)]
    assert main([*arguments, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert {"accuracy", "n", "by_site", "by_digit", "refused"} <= set(figures)
    assert figures["n"] == 10 and figures["accuracy"] >= 0.9
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert main(arguments) == 0
    assert "10 digits" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": np.array([11] * 10, np.uint8)},
        {"labels": np.zeros(9, np.uint8)},
        {"points": np.zeros((3, 2), np.float32)},
        {"points": np.full((400, 2), np.nan, np.float32)},
        {"digit_starts": np.arange(11) * 1000},
        {"stroke_starts": np.array([5, 1])},
        {"labels": np.array(["seven"] * 10)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, changes):
    path = pen_digits(tmp_path / "wrong.npz", [[SQUARE]] * 10, **changes)
    with pytest.raises(stroke_file.WrongStrokes):
        stroke_file.read(path)


def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path, capsys):
    path = tmp_path / "text.npz"
    path.write_text("no archive")
    assert main(["benchmark", "drawn", "--strokes", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def ring(rx=0.4, ry=0.5):
    turn = np.linspace(0, 2 * np.pi, 30)
    return np.stack([0.5 + rx * np.cos(turn), 0.5 + ry * np.sin(turn)], axis=1)


@pytest.mark.parametrize(
    ("label", "ink", "expected"),
    [
        (0, [ring()], None),
        (0, [ring(0.15)], None),
        (0, [ring(), np.array([(0.9, 0.1), (0.1, 0.9)])], "slashed zero"),
        (0, [ring(), np.array([(0.5, 0), (0.5, 1)])], "slashed zero"),
        (1, [np.array([(0.1, 0.0), (0.0, 1.0)])], None),
        (1, [np.array([(0, 0.3), (0.3, 0), (0.3, 1)])], "flagged or footed one"),
        (1, [np.array([(0.3, 0), (0.3, 1)]), np.array([(0, 1), (0.6, 1)])],
         "flagged or footed one"),
        (7, [np.array([(0, 0), (0.6, 0), (0.2, 1)])], None),
        (7, [np.array([(0, 0), (0.6, 0), (0.2, 1)]), np.array([(0.1, 0.5), (0.6, 0.5)])],
         "crossed seven"),
        (4, [SQUARE], None),
    ],
)  # fmt: skip
def test_styles_are_told_from_strokes(label, ink, expected):
    assert style(label, [np.asarray(stroke, np.float32) for stroke in ink]) == expected


def test_auroc_is_scikit_learns():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    inside, outside = rng.integers(0, 9, 300), rng.integers(-3, 6, 200)
    expected = metrics.roc_auc_score([1] * 300 + [0] * 200, [*inside, *outside])
    assert nondigits.auroc(inside, outside) == pytest.approx(expected)


def test_the_app_sees_what_the_benchmark_shows():
    ink = samples.sample(5)
    message = inks.canvas_json(ink)
    assert drawn.as_in_the_app(ink).max() > 200
    assert len(inks.strokes(message)) == len(ink)
