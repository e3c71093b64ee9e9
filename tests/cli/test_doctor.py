"""The doctor finds what is wrong, says what to do, and leaves no trace."""

import json
import os

import pytest

from digitcnn.benchmarks.robustness.faults.bench import good_run
from digitcnn.cli import doctor
from digitcnn.cli.main import main
from digitcnn.runs import lock, run, store
from digitcnn.system import resources


def checks(home) -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine(home, quick=True)}


@pytest.fixture(autouse=True)
def _enough(monkeypatch):
    """Whatever this machine has: enough."""
    monkeypatch.setattr(resources, "free_memory_mb", lambda: 8_000.0)
    monkeypatch.setattr(resources, "free_disk_mb", lambda folder: 8_000.0)


def test_all_is_well_here_and_nothing_is_left_behind(home, trained_home):
    os.rmdir(home)
    found = checks(home)
    assert [check for check in found.values() if not check.ok] == []
    assert not home.exists()
    assert "starter reads" in found["reading"].found
    before = sorted(path.name for path in trained_home.iterdir())
    assert checks(trained_home)["runs"].ok
    assert sorted(path.name for path in trained_home.iterdir()) == before


def test_json_and_exit_code_of_a_healthy_installation(home, capsys):
    assert main(["doctor", "--quick", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert all(set(check) == {"name", "ok", "found", "advice"} for check in told["checks"])


def test_too_little_memory_and_disk_are_named(home, monkeypatch, capsys):
    monkeypatch.setattr(resources, "free_memory_mb", lambda: 200.0)
    monkeypatch.setattr(resources, "free_disk_mb", lambda folder: 3.0)
    found = checks(home)
    assert not found["memory"].ok and "DIGITCNN_TRAINING=off" in found["memory"].advice
    assert not found["disk"].ok and "free some space" in found["disk"].advice
    assert main(["doctor", "--quick"]) == 1
    assert "Something is wrong" in capsys.readouterr().out


def test_damaged_run_is_named_with_what_to_do(trained_home, trained_run, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(trained_home, copy)
    (copy / "runs" / trained_run.id / "model.tflite").write_bytes(b"x")
    found = checks(copy)["runs"]
    assert not found.ok and "model.tflite" in found.found
    assert f"runs remove {trained_run.id}" in found.advice


def test_a_newer_versions_run_is_no_fault(home):
    made = good_run(home)
    card = json.loads((made.folder / "card.json").read_text())
    (made.folder / "card.json").unlink()
    run.write_card(made.folder, {**card, "format": 2})
    found = checks(home)["runs"]
    assert found.ok and f"newer version of this program: {made.id}." in found.found
    assert "Damaged" not in found.found and "Update" in found.advice


def test_home_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").touch()
    found = checks(tmp_path / "file")["home folder"]
    assert not found.ok and "DIGITCNN_HOME" in found.found


def test_wrong_mnist_is_named(home, tmp_path, monkeypatch):
    (tmp_path / "mnist.npz").write_text("not MNIST")
    monkeypatch.setenv("DIGITCNN_MNIST", str(tmp_path / "mnist.npz"))
    assert not checks(home)["MNIST"].ok


def test_packages_missing_and_of_other_versions_are_named(home, monkeypatch):
    known = doctor._version
    others = {"pooch": None, "click": "99.1", "rich": "unknown"}
    monkeypatch.setattr(doctor, "_version", lambda name: others.get(name, known(name)))
    found = checks(home)["packages"]
    assert not found.ok and "requirements.txt" in found.advice
    assert "pooch" in found.found and "click is 99.1" in found.found
    assert "rich is unknown" in found.found


def test_variable_that_means_nothing_is_named(home, monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "perhaps")
    assert "DIGITCNN_PUBLIC" in checks(home)["settings"].found


def test_no_run_at_all_is_named(home, monkeypatch, tmp_path):
    monkeypatch.setattr("digitcnn.settings.STARTER_FOLDER", tmp_path / "none")
    found = checks(home)
    assert not found["runs"].ok and not found["reading"].ok


def test_run_that_reads_badly_is_named(home, monkeypatch):
    class Stubborn:
        backend = "litert"

        def __init__(self, *_):
            pass

        def recognize(self, image):
            return type("Prediction", (), {"label": 1})

    monkeypatch.setattr(doctor, "Recognizer", Stubborn)
    found = checks(home)["reading"]
    assert not found.ok and "runs use starter" in found.advice


def test_check_that_fails_itself_is_told_and_the_others_go_on(home, monkeypatch):
    monkeypatch.setattr(store, "list_runs", lambda home: 1 / 0)
    found = checks(home)
    assert not found["runs"].ok and "ZeroDivisionError" in found["runs"].found
    assert found["memory"].ok


def test_training_that_goes_on_is_told(home):
    with lock.hold(home):
        assert checks(home)["training"].found == "A training is running."


def test_the_folder_for_drawings_is_looked_at_where_there_is_one(home, tmp_path, monkeypatch):
    assert "drawings" not in checks(home)
    folder = tmp_path / "drawings"
    monkeypatch.setenv("DIGITCNN_COLLECT", str(folder))
    assert checks(home)["drawings"].ok
    assert not folder.exists()
    folder.mkdir()
    (folder / "one.drawing.json").write_text("{}")
    assert "holds 1 drawings" in checks(home)["drawings"].found
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setenv("DIGITCNN_COLLECT", str(tmp_path / "missing" / "drawings"))
    found = checks(home)["drawings"]
    assert not found.ok and "DIGITCNN_COLLECT" in found.found
