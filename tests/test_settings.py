"""The environment: defaults, choices, and values that mean nothing."""

from pathlib import Path

import pytest

from digitcnn.settings import SettingsError, settings


def test_defaults(monkeypatch):
    monkeypatch.delenv("DIGITCNN_HOME")
    now = settings()
    assert now.home == Path.home() / ".digitcnn"
    assert (now.training, now.recipe, now.backend, now.public) == (True, "default", "litert", False)
    assert (now.mnist, now.collect, now.log_level) == (None, None, "INFO")


def test_values(monkeypatch, tmp_path):
    for name, value in {
        "HOME": str(tmp_path),
        "MNIST": "~/mnist.npz",
        "TRAINING": " OFF ",
        "RECIPE": "fast",
        "BACKEND": "keras",
        "PUBLIC": "1",
        "LOG": "Debug",
        "COLLECT": str(tmp_path / "drawings"),
    }.items():
        monkeypatch.setenv(f"DIGITCNN_{name}", value)
    now = settings()
    assert now.home == tmp_path and now.mnist == Path.home() / "mnist.npz"
    assert (now.training, now.recipe, now.backend, now.public) == (False, "fast", "keras", True)
    assert now.log_level == "DEBUG" and now.collect == tmp_path / "drawings"


@pytest.mark.parametrize("name", ["TRAINING", "BACKEND", "PUBLIC", "LOG"])
def test_a_value_that_is_no_choice_is_named(name, monkeypatch):
    monkeypatch.setenv(f"DIGITCNN_{name}", "perhaps")
    with pytest.raises(SettingsError, match=f"DIGITCNN_{name}.*perhaps.*one of"):
        settings()


@pytest.mark.parametrize(
    "name", ["HOME", "MNIST", "TRAINING", "RECIPE", "BACKEND", "LOG", "COLLECT"]
)
def test_an_empty_variable_is_no_variable(name, monkeypatch):
    monkeypatch.delenv("DIGITCNN_HOME")
    without = settings()
    monkeypatch.setenv(f"DIGITCNN_{name}", "  ")
    assert settings() == without
