"""The environment: every variable that the package reads, read here and nowhere else."""

import os
from dataclasses import dataclass
from pathlib import Path

from digitcnn.errors import DigitcnnError

STARTER_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "starter"


class SettingsError(DigitcnnError):
    """An environment variable holds something that it cannot mean."""


@dataclass(frozen=True)
class Settings:
    """What the operator decided.

    Attributes:
        home: the home folder, where runs and trainings are kept.
        mnist: where to look for ``mnist.npz`` first, if anywhere.
        training: whether the app may train.
        recipe: name of the recipe of the first run.
        backend: ``"litert"`` or ``"keras"``.
        public: whether strangers use the app.
        log_level: level of the log, a name of :mod:`logging`.
        collect: where drawings that visitors confirm are kept; ``None`` for nowhere.
    """

    home: Path
    mnist: Path | None
    training: bool
    recipe: str
    backend: str
    public: bool
    log_level: str
    collect: Path | None


def settings() -> Settings:
    """The settings as the environment has them now.

    Raises:
        SettingsError: a variable has a value that is not one of its choices.
    """
    return Settings(
        home=_path("DIGITCNN_HOME") or Path.home() / ".digitcnn",
        mnist=_path("DIGITCNN_MNIST"),
        training=_choice("DIGITCNN_TRAINING", "on", ("on", "off")) == "on",
        recipe=os.environ.get("DIGITCNN_RECIPE", "").strip() or "default",
        backend=_choice("DIGITCNN_BACKEND", "litert", ("litert", "keras")),
        public=_choice("DIGITCNN_PUBLIC", "0", ("0", "1")) == "1",
        log_level=_choice("DIGITCNN_LOG", "info", ("debug", "info", "warning", "error")).upper(),
        collect=_path("DIGITCNN_COLLECT"),
    )


def log_level() -> str:
    """The level of the log, ``"INFO"`` where the settings can't be read: the page says why."""
    try:
        return settings().log_level
    except SettingsError:
        return "INFO"


def _path(name: str) -> Path | None:
    value = os.environ.get(name, "").strip()
    return Path(value).expanduser() if value else None


def _choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = os.environ.get(name, "").strip().lower() or default
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; set it to one of {', '.join(choices)}.")
    return value
