"""Digits changed step by step: what is read, with feature maps off, and by many digits."""

import contextlib
import subprocess
import sys

import numpy as np
import psutil
import pytest

from digitcnn import settings
from digitcnn.data import handwriting, samples
from digitcnn.data.digits import Digits
from digitcnn.explain import breaking, breaking_process
from digitcnn.explain.breaking import CHANGES, N_STEPS, Silenceable
from digitcnn.inference.browser import weights
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs.run import open_run
from tests.places import ROOT


@pytest.fixture(scope="module")
def run():
    return open_run(settings.STARTER_FOLDER)


@pytest.fixture(scope="module")
def recognizer(run):
    return Recognizer(run)


@pytest.fixture(scope="module")
def four():
    return digit_image.digit_image(ink.rasterize(samples.sample(4)))


@pytest.fixture(scope="module")
def network(run, recognizer, four):
    return Silenceable(weights.packed(run, recognizer, four))


@pytest.mark.parametrize("name", CHANGES)
def test_the_usual_amount_changes_nothing(name, four):
    change = CHANGES[name]
    usual = change.amounts.index(change.usual)
    images = change.of(four)
    assert images.shape == (N_STEPS, 28, 28)
    assert np.abs(images[usual].astype(int) - four).max() <= 1
    assert any((image != four).any() for image in images)


def test_changes_go_the_way_they_are_called(four):
    ink_of = {name: CHANGES[name].of(four).sum(axis=(1, 2), dtype=float) for name in CHANGES}
    for growing in ("thickness", "size"):
        assert (np.diff(ink_of[growing]) >= 0).all()
    assert (np.diff(ink_of["block"]) <= 0).all()
    spread = [np.ptp(image.astype(int)) for image in CHANGES["blur"].of(four)]
    assert spread[-1] < spread[0]
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 13:15] = 255
    leaning = CHANGES["slant"].of(bar)[-1]
    assert leaning[6].argmax() > leaning[21].argmax()


def test_it_reads_as_the_served_network_does(network, recognizer, run, four):
    images = CHANGES["turn"].of(four)
    found = network.read(images, {})
    expected = recognizer.logits(images).argmax(axis=1)
    assert found.labels == expected.tolist()
    assert sum(network.n_maps) == 24 + 48 + 96 + 192


def test_a_map_that_is_off_gives_nothing(network, four):
    other = CHANGES["turn"].of(four)
    last = len(network.n_maps) - 1
    blind = network.read(other, {last: list(range(network.n_maps[last]))})
    assert np.allclose(blind.probabilities, blind.probabilities[0])  # whatever it is shown
    usual = network.read(other, {})
    one_off = network.read(other, {0: [0]})
    assert 0 < np.abs(one_off.probabilities - usual.probabilities).max() < 1


def test_many_digits_are_counted_one_by_one(recognizer):
    digits = handwriting.digits(60, 5)  # more than are changed at once
    found = breaking.curve_of_many(CHANGES["turn"], digits, recognizer)
    curves = [breaking.curve(CHANGES["turn"], image, recognizer) for image in digits.images]
    right = [
        np.mean([c.labels[i] == label for c, label in zip(curves, digits.labels, strict=True)])
        for i in range(N_STEPS)
    ]
    assert np.allclose(found.right, right)
    assert np.allclose(found.refused, np.mean([~curve.is_digit for curve in curves], axis=0))
    assert np.allclose(found.confidence, np.mean([c.confidences for c in curves], axis=0))


def test_a_curve_is_made_once_for_a_run(run, tmp_path, monkeypatch, capfdbinary):
    few = handwriting.digits(3, 5)
    monkeypatch.setattr(
        breaking_process, "_digits", lambda run, home: (Digits(few.images, few.labels), "digits")
    )
    monkeypatch.setattr(breaking_process.os, "nice", lambda n: None)
    asked = []

    def child(arguments):
        asked.append(arguments)
        monkeypatch.setattr("sys.argv", ["breaking_process", *arguments])
        breaking_process.main()
        return capfdbinary.readouterr().out

    monkeypatch.setattr(breaking_process, "_ask", child)
    assert breaking_process.kept(run, "blur", tmp_path) is None
    made = breaking_process.make(run, "blur", tmp_path, "litert")
    again = breaking_process.make(run, "blur", tmp_path, "litert")
    assert len(asked) == 1
    assert made.curve.n == 3
    assert np.array_equal(made.curve.right, again.curve.right)
    (file,) = (tmp_path / breaking_process.FOLDER).iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert breaking_process.kept(run, "blur", tmp_path) is None  # damaged: it is made again


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Has a shell script stand in for Python."""

    def write(script: str) -> str:
        stand_in = tmp_path / "python"
        stand_in.write_text(f"#!/bin/sh\n{script}\n")
        stand_in.chmod(0o755)
        monkeypatch.setattr(breaking_process.sys, "executable", str(stand_in))
        return str(stand_in)

    return write


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such scripts")
def test_a_curve_that_fails_says_so(run, tmp_path, child, monkeypatch):
    child("echo no >&2\nexit 1")
    with pytest.raises(breaking_process.CurveFailed, match="could not be made") as failed:
        breaking_process.make(run, "turn", tmp_path, "litert")
    assert str(failed.value.__cause__) == "exit code 1: no"
    child("exec sleep 600")
    monkeypatch.setattr(breaking_process, "_LIMIT_S", 0.1)
    with pytest.raises(breaking_process.CurveFailed, match="too long"):
        breaking_process.make(run, "turn", tmp_path, "litert")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such scripts")
def test_the_process_that_makes_curves_ends_with_the_app(tmp_path, child):
    python = sys.executable
    stand_in = child(f"echo $$ > {tmp_path}/pid\nexec sleep 600")
    app = f"""
import sys, threading, time
from pathlib import Path
from digitcnn.explain import breaking_process

sys.executable = {stand_in!r}
threading.Thread(target=breaking_process._ask, args=([],), daemon=True).start()
pid = Path({str(tmp_path)!r}) / "pid"
while not (pid.exists() and pid.read_text()):
    time.sleep(0.01)
time.sleep(0.5)
"""
    subprocess.run([python, "-c", app], cwd=ROOT, check=True, timeout=60)
    with contextlib.suppress(psutil.NoSuchProcess):
        # Nobody's child now, it may be there until the system has noted its end.
        assert psutil.Process(int((tmp_path / "pid").read_text())).status() == "zombie"
