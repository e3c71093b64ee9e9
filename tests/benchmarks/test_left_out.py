"""Leaving sites out: who reads a site has learned nothing from it."""

import json
import subprocess

import numpy as np
import pytest

from digitcnn.benchmarks.accuracy import left_out, stroke_file
from digitcnn.cli.main import main
from digitcnn.data import samples, stroke_model, stroke_model_fit

SITES = ("abc", "xyz", "big")


def written(path, n_each, labels, sites):
    """A stroke file of sample digits, each somewhat slanted, under any labels."""
    rng = np.random.default_rng(0)
    drawings = []
    for i in range(n_each * len(labels)):
        ink = samples.sample(i % 10)
        points = np.concatenate(ink)
        slant = np.array([[1, 0], [rng.normal(0, 0.2), 1]], np.float32)
        side = np.ptp(points @ slant, axis=0).max()
        low = (points @ slant).min(axis=0)
        drawings.append([(stroke @ slant - low) / side for stroke in ink])
    strokes = [stroke for drawing in drawings for stroke in drawing]
    np.savez(
        path,
        points=np.concatenate(strokes).astype(np.float32),
        stroke_starts=np.cumsum([0, *map(len, strokes)]).astype(np.int32),
        digit_starts=np.cumsum([0, *map(len, drawings)]).astype(np.int32),
        labels=np.array(labels)[np.arange(len(drawings)) % len(labels)],
        sites=np.array(sites)[np.arange(len(drawings)) // 10 % len(sites)],
    )
    return path


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    path = tmp_path_factory.mktemp("strokes") / "digits.npz"
    return written(path, 120, np.arange(10, dtype=np.uint8), ["abc", "xyz", "big", "big"])


def test_models_are_fitted_without_what_is_left_out_and_letters_take_turns(
    digits, tmp_path, monkeypatch
):
    letters = stroke_file.read_characters(written(tmp_path / "l.npz", 60, list("AEHKM"), ["any"]))
    fitted = []

    def fold(digits, sites, letters, kinds, model, training):
        fitted.append((sites, set(kinds), model))
        raise KeyboardInterrupt  # nothing need be trained to see what would be

    monkeypatch.setattr(left_out, "_fold", fold)
    read = stroke_file.read(digits)
    for site in SITES:
        with pytest.raises(KeyboardInterrupt):
            left_out.measure(read, letters, [], sites=[site])
        (_, kinds, model) = fitted[-1]
        assert kinds and not kinds & set(model.labels)
        assert sum(part.counts.sum() for part in model.components.values()) <= (
            (read.sites != site).sum() + (~np.isin(letters.labels, list(kinds))).sum()
        )


def test_digits_in_a_number_of_strokes_that_was_not_learned_are_known_as_such(digits):
    """The sample fours and fives have two strokes; the model learned fives in one, and no fours."""
    read = stroke_file.read(digits)
    drawings = [(str(label), read.ink(i)) for i, label in enumerate(read.labels) if label != 4]
    in_one = [(label, ink[:1] if label == "5" else ink) for label, ink in drawings]
    known = left_out._known(read, stroke_model_fit.fit(in_one))
    assert np.array_equal(~known, np.isin(read.labels, (4, 5)))


def test_groups_are_of_about_as_many_digits(digits):
    read = stroke_file.read(digits)
    assert left_out._groups(read, SITES, 2) == [["big"], ["abc", "xyz"]]


def test_trains_reads_and_counts(digits, monkeypatch, capsys):
    """The whole way, with the starter for the run that a training would have left."""
    from digitcnn.runs import store
    from digitcnn.settings import STARTER_FOLDER

    commands = []

    def run(command, **options):
        commands.append(command)
        stroke_model.load(command[command.index("--stroke-model") + 1])
        return subprocess.CompletedProcess(command, 0, json.dumps({"test_accuracy": 0.5}), "")

    monkeypatch.setattr(left_out.subprocess, "run", run)
    monkeypatch.setattr(
        left_out, "current_run", lambda home: (store.open_run(STARTER_FOLDER), None)
    )
    arguments = ["--strokes", str(digits), "--recipe", "fast", "--site", "abc", "--site", "xyz"]
    assert main(["benchmark", "drawn", "--leave-one-site-out", *arguments, "--json"]) in (0, None)
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["by_site"]) == {"abc", "xyz"} and figures["n"] == 600
    assert figures["accuracy"] > 0.9 and figures["mnist"] == 0.5
    assert figures["strokes_not_learned"] == {"n": 0, "errors": 0}
    assert len(commands) == 2 and all("fast" in command for command in commands)


def test_seeds_are_read_together_if_asked(digits, monkeypatch, capsys):
    from digitcnn.runs import store
    from digitcnn.settings import STARTER_FOLDER

    commands = []

    def run(command, **options):
        commands.append(command[3:])
        accuracy = 0.9 if "ensemble" in command else 0.5
        return subprocess.CompletedProcess(command, 0, json.dumps({"test_accuracy": accuracy}), "")

    monkeypatch.setattr(left_out.subprocess, "run", run)
    starter = store.open_run(STARTER_FOLDER)
    monkeypatch.setattr(left_out, "current_run", lambda home: (starter, None))
    trained = [store.RunListing(name, "finished", starter) for name in ("a", "b", "starter")]
    monkeypatch.setattr(left_out, "list_runs", lambda home: trained)
    asked = ["--strokes", str(digits), "--site", "abc", "--seed", "3", "--together"]
    assert main(["benchmark", "drawn", "--leave-one-site-out", *asked]) == 2
    assert "two seeds or more" in capsys.readouterr().err
    asked += ["--seed", "4", "--mnist", "m.npz", "--json"]
    assert main(["benchmark", "drawn", "--leave-one-site-out", *asked]) in (0, None)
    figures = json.loads(capsys.readouterr().out)
    assert figures["together"] and figures["mnist"] == 0.9 and figures["n"] == 300
    first, second, third = commands
    assert first[-2:] == ["--seed", "3"] and second[-2:] == ["--seed", "4"]
    assert third[3:6] == ["ensemble", "a", "b"] and third[-2:] == ["--mnist", "m.npz"]


def test_one_site_is_too_few(digits, capsys):
    read = stroke_file.read(digits)
    with pytest.raises(left_out.TooFewSites, match="two sites"):
        left_out.measure(read.chosen(np.flatnonzero(read.sites == "abc")), None, [])
    with pytest.raises(left_out.TooFewSites):
        left_out.measure(read, None, [], sites=["nowhere"])


def test_a_training_that_fails_is_said(digits, monkeypatch):
    def run(command, **options):
        return subprocess.CompletedProcess(command, 1, "", "one\nMNIST is nowhere to be had.")

    monkeypatch.setattr(left_out.subprocess, "run", run)
    with pytest.raises(left_out.TrainingWithoutSiteFailed, match="nowhere to be had"):
        left_out.measure(stroke_file.read(digits), None, [], sites=["abc"])


def test_fit_writes_a_model_that_training_takes(digits, tmp_path, capsys):
    out = tmp_path / "model.npz"
    assert main(["handwriting", "fit", str(digits), "-o", str(out), "--json"]) in (0, None)
    figures = json.loads(capsys.readouterr().out)
    assert figures["drawings"] == 1_200 and figures["fewest_drawings"] >= 25
    assert stroke_model.load(out).labels == list("0123456789")
