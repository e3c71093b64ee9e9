"""The measurements in a browser: that they measure, and what; the figures are for README."""

import json
import subprocess
import sys

import pytest

from digitcnn.benchmarks.speed import latency
from digitcnn.benchmarks.speed.browser import ROOT


def _benchmark(*words: str) -> dict:
    """A benchmark's figures; in a process of its own, as Playwright drives one browser in each."""
    command = [sys.executable, "-m", "digitcnn", "benchmark", *words, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.usefixtures("chromium")
def test_startup_gives_the_promised_figures():
    figures = _benchmark("startup", "--rounds", "1")
    assert {"server_s", "drawable_s", "rss_mb", "tensorflow_loaded"} <= set(figures)
    assert figures["tensorflow_loaded"] is False
    assert figures["rss_mb"] > 30  # a Python process that reads digits is not smaller
    assert figures["server_s"] > 0 and figures["drawable_s"] > 0


@pytest.mark.usefixtures("chromium")
def test_latency_gives_the_promised_figures():
    figures = _benchmark("latency", "--strokes", "4")
    assert figures["n"] >= 4
    assert figures["over_floor_ms"] == figures["stroke_to_bars_ms"] - figures["floor_ms"]
    # The canvas waits so long before it sends a stroke to an app that does not ask for it.
    assert figures["floor_ms"] > 200
    assert figures["n_moves"] > 10
    assert 0 < figures["script_ms"] < figures["move_to_bars_ms"] <= figures["move_to_bars_p95_ms"]
    assert 100_000 < figures["network_bytes"] <= 1_500_000
    movement, script, stroke, network = latency.in_words(figures)
    assert f"median {figures['move_to_bars_ms']:.1f} ms" in movement
    assert f"95% within {figures['script_p95_ms']:.1f} ms" in script
    assert f"median {figures['stroke_to_bars_ms']:.1f} ms" in stroke and "kB" in network
