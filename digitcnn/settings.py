"""The environment variables that the package reads, all read here."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path

from digitcnn.errors import DigitcnnError

_PACKAGE = Path(__file__).resolve().parent
# What ships beside the code: within the package once it is installed, else at the top level.
ASSETS = next(p for p in (_PACKAGE / "assets", _PACKAGE.parent / "assets") if p.is_dir())
STARTER_FOLDER = ASSETS / "starter"


class SettingsError(DigitcnnError):
    """An environment variable has an invalid value."""


@dataclass(frozen=True)
class Limits:
    """Limits on visitors; each is an environment variable, ``DIGITCNN_`` and the name in capitals.

    Attributes:
        sockets: open pages in all.
        sockets_per_address: open pages per address.
        sockets_per_s: pages that one address may open per second, ten times as many in a burst.
            Further ones wait, and are refused after some seconds.
        requests_per_s: HTTP requests per address, ten times as many in a burst.
        messages_per_s: messages per page, four times as many in a burst; four times as many per
            address. Faster ones wait.
        message_kb: largest drawing, as a message.
        message_brackets: brackets in it; each point of a drawing has one.
        scripts_at_once: answers computed at the same time.
        upload_mb: size of one file.
        uploads_per_session: files per session.
        uploads_mb_per_session: MB of files per session.
        uploads_mb: MB of files of all sessions.
        kept_mb: MB of photos and digits kept by all sessions.
    """

    sockets: int = 300
    sockets_per_address: int = 100
    sockets_per_s: int = 3
    requests_per_s: int = 100
    messages_per_s: int = 15
    message_kb: int = 1_000
    message_brackets: int = 6_000
    scripts_at_once: int = 2
    upload_mb: int = 20
    uploads_per_session: int = 12
    uploads_mb_per_session: int = 40
    uploads_mb: int = 60
    kept_mb: int = 60


@dataclass(frozen=True)
class Settings:
    """The operator's settings.

    Attributes:
        home: the home folder, where runs and trainings are kept.
        mnist: where to look for ``mnist.npz`` first, if anywhere.
        training: whether the app may train.
        recipe: name of the recipe of the first run.
        backend: ``"litert"`` or ``"keras"``.
        public: whether the app is open to strangers.
        log_level: level of the log, a name of :mod:`logging`.
        collect: where drawings that visitors confirm are kept; ``None`` for nowhere.
        hosts: names under which the app is reached, besides this machine's own.
        limits: limits on visitors.
    """

    home: Path
    mnist: Path | None
    training: bool
    recipe: str
    backend: str
    public: bool
    log_level: str
    collect: Path | None
    hosts: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings as the environment has them now.

    Args:
        environment: variables to read instead of the process's own.

    Raises:
        SettingsError: a variable has a value that is not one of its choices.
    """
    if environment is None:
        environment = os.environ
    return Settings(
        home=_path(environment, "DIGITCNN_HOME") or Path.home() / ".digitcnn",
        mnist=_path(environment, "DIGITCNN_MNIST"),
        training=_choice(environment, "DIGITCNN_TRAINING", "on", ("on", "off")) == "on",
        recipe=environment.get("DIGITCNN_RECIPE", "").strip() or "default",
        backend=_choice(environment, "DIGITCNN_BACKEND", "litert", ("litert", "keras")),
        public=_choice(environment, "DIGITCNN_PUBLIC", "0", ("0", "1")) == "1",
        log_level=_choice(
            environment, "DIGITCNN_LOG", "info", ("debug", "info", "warning", "error")
        ).upper(),
        collect=_path(environment, "DIGITCNN_COLLECT"),
        hosts=tuple(environment.get("DIGITCNN_HOSTS", "").lower().replace(",", " ").split()),
        limits=Limits(**{item.name: _limit(environment, item) for item in fields(Limits)}),
    )


def log_level() -> str:
    """The level of the log; ``"INFO"`` if the settings are invalid, which the page reports."""
    try:
        return settings().log_level
    except SettingsError:
        return "INFO"


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name, "").strip()
    return Path(value).expanduser() if value else None


def _choice(
    environment: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]
) -> str:
    value = environment.get(name, "").strip().lower() or default
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; set it to one of {', '.join(choices)}.")
    return value


def _limit(environment: Mapping[str, str], item: Field[int]) -> int:
    name = f"DIGITCNN_{item.name.upper()}"
    value = environment.get(name, "").strip() or str(item.default)
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 1_000_000_000:
        raise SettingsError(f"{name} is {value!r}; set it to a whole number above 0.")
    return int(value)
