"""``benchmark teach`` in small: what it counts is what an adapted network reads."""

import json

import numpy as np
import pytest

from digitcnn.benchmarks.accuracy import adaptation, own_styles
from digitcnn.cli.main import main
from digitcnn.data import samples


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    chosen = ("mirrored seven", "dotted zero")
    monkeypatch.setattr(own_styles, "STYLES", {n: own_styles.STYLES[n] for n in chosen})
    monkeypatch.setattr(adaptation, "N_FURTHER", 12)


@pytest.fixture
def strokes(tmp_path):
    """A stroke file: our sample threes, trembling, of one site."""
    rng = np.random.default_rng(0)
    (points,) = samples.sample(3)
    digits = [points + rng.normal(0, 3, points.shape) for _ in range(22)]
    digits = [(d - d.min(axis=0)) / np.ptp(d, axis=0).max() for d in digits]
    path = tmp_path / "strokes.npz"
    starts = np.arange(len(digits) + 1)
    np.savez(
        path,
        points=np.concatenate(digits).astype(np.float32),
        stroke_starts=starts * len(points),
        digit_starts=starts,
        labels=np.full(len(digits), 3, np.uint8),
        sites=np.full(len(digits), "here"),
    )
    return path


def test_json_has_each_style_and_what_it_costs(strokes, capsys):
    assert main(["benchmark", "teach", "--strokes", str(strokes), "--seeds", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = {row["style"]: row for row in told["styles"]}
    kinds = ["own", "own", "mirrored", "turned"]
    assert [row["kind"] for row in told["styles"]] == kinds
    assert rows["mirrored seven"]["n_further"] == adaptation.N_FURTHER
    assert rows["mirrored 3 (here)"]["n_further"] == 12
    assert rows["mirrored 3 (here)"]["before"] < 0.5 < rows["mirrored 3 (here)"]["after"]
    assert rows["mirrored seven"]["after"] >= 0.9
    assert told["most_points_lost"] <= 0.1
    assert told["n_misread_styles"] == sum(r["before"] < adaptation.MISREAD for r in rows.values())
    assert told["learning_100_s"] > 0


def test_table_for_people(capsys):
    assert main(["benchmark", "teach", "--seeds", "1"]) == 0
    told = capsys.readouterr().out
    assert "mirrored seven" in told and "points lost" in told


def test_a_file_that_is_no_stroke_file_is_a_sentence(tmp_path, capsys):
    (tmp_path / "none.npz").write_bytes(b"nothing")
    assert main(["benchmark", "teach", "--strokes", str(tmp_path / "none.npz")]) == 2
    assert "Traceback" not in capsys.readouterr().err
