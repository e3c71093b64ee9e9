"""Networks that are trained alike and compared: what is trained, kept, and counted."""

import json
import shutil

import numpy as np
import pytest

from digitcnn.benchmarks.accuracy import drawn, left_out, stroke_file
from digitcnn.cli.main import main
from digitcnn.data import stroke_model
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models.networks import parameters
from digitcnn.models.recipes import recipe
from digitcnn.runs import store
from digitcnn.runs.run import open_run
from digitcnn.settings import STARTER_FOLDER
from tests.benchmarks.test_left_out import written


@pytest.fixture
def files(tmp_path):
    """A stroke file of two sites."""
    return written(tmp_path / "d.npz", 120, np.arange(10, dtype=np.uint8), ["abc", "big"])


@pytest.fixture
def commands(monkeypatch):
    """Takes the place of trainings: each leaves the starter as its run; gives their arguments."""
    asked = []

    def command(arguments, sites):
        arguments = [str(argument) for argument in arguments]
        asked.append(arguments)
        after = dict(zip(arguments, arguments[1:], strict=False))
        home, id_ = store.Path(after["--home"]), f"run-{len(asked)}"
        folder = home / "training" / id_
        shutil.copytree(STARTER_FOLDER, folder)
        name = after.get("--network", "digitcnn")
        by = recipe(after.get("--recipe", "fast"), network=name, seed=int(after.get("--seed", 0)))
        starter = open_run(STARTER_FOLDER).card
        card = {**starter.to_seal, "id": id_, "name": after.get("--name", "all"), "cpu_seconds": 7}
        card |= {"recipe": by.to_dict(), "network": name, "parameters": parameters(name)}
        store.publish(folder, home, card, takes_over=False)
        return {"id": id_}

    monkeypatch.setattr(left_out, "command", command)
    return asked


def test_each_is_trained_once_without_half_of_the_sites(files, commands, tmp_path, capsys):
    home = tmp_path / "home"
    asked = ["benchmark", "networks", "mlp", "digitcnn", "--strokes", str(files), "--seed", "3"]
    asked += ["--home", str(home), "--json", "--together"]
    assert main(asked) in (0, None)
    first = json.loads(capsys.readouterr().out)
    mlp, own, ensemble = commands
    for name, trained in (("mlp", mlp), ("digitcnn", own)):
        after = dict(zip(trained, trained[1:], strict=False))
        assert (after["--network"], after["--recipe"], after["--seed"]) == (name, "fast", "3")
        learned = stroke_model.load(store.Path(after["--stroke-model"]))
        digits = stroke_file.read(files)
        n_left_out = int(np.isin(digits.sites, first["left_out"]).sum())
        assert sum(part.counts.sum() for part in learned.components.values()) <= (
            len(digits) - n_left_out
        )
        assert first["n"] == n_left_out > 0
    assert ensemble[3:] == ["ensemble", "run-1", "run-2", "--json"]
    # The same figure as that of the benchmark of pen digits, with the starter for the run.
    left = digits.chosen(np.flatnonzero(np.isin(digits.sites, first["left_out"])))
    wrong = int((~drawn.read(left, Recognizer(open_run(STARTER_FOLDER))).right).sum())
    for row in (*first["networks"], first["together"]):
        assert row["pen_errors"] == wrong
        assert row["cpu_seconds"] == 7
    assert [row["parameters"] for row in first["networks"]] == [101_770, 288_258]
    # A dense network's multiplications are its weights.
    assert first["networks"][0]["multiplications"] == 101_770 - 128 - 10
    assert main([*asked[:-2], "--json"]) in (0, None)
    assert json.loads(capsys.readouterr().out)["networks"] == first["networks"]
    assert len(commands) == 3  # nothing was trained again


def test_what_is_asked_wrongly_is_said(files, commands, tmp_path, capsys):
    asked = ["benchmark", "networks", "--strokes", str(files), "--home", str(tmp_path)]
    assert main([*asked, "mlp", "--together"]) == 2
    assert "2 to 7 networks" in capsys.readouterr().err
    single = written(tmp_path / "s.npz", 3, np.arange(10, dtype=np.uint8), ["abc"])
    asked[3] = str(single)
    assert main([*asked, "mlp"]) == 2
    assert "two sites or more" in capsys.readouterr().err
    assert commands == []
