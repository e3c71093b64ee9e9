"""``doctor``: is the installation in order, and what to do if not."""

import contextlib
import importlib.metadata
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click

from digitcnn.cli.terminal import home_option, json_option, print_json
from digitcnn.data import drawing_folder, drawings, mnist, samples
from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs import lock, store
from digitcnn.runs.run import STARTER_ID
from digitcnn.settings import settings
from digitcnn.system import durable, resources

_PYTHONS = ((3, 11), (3, 14))
_REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"
_EXTRAS = ("photos", "train")
_REQUIREMENT = re.compile(r"([a-z0-9-]+)>=([\d.]+),<([\d.]+)(;.*)?$")
_INSTALL = "Set up the virtual environment again: pip install -r requirements.txt."
_N_RIGHT = 9  # of the ten samples, at least
_IMPORT_S = 180


@dataclass(frozen=True)
class Check:
    """The result of one check.

    Attributes:
        name: what was checked.
        ok: whether it is in order.
        found: what was found, as a sentence.
        advice: what to do, as a sentence; empty if nothing.
    """

    name: str
    ok: bool
    found: str
    advice: str = ""


def examine(home: Path, quick: bool = False) -> Iterator[Check]:
    """Every check in turn; none raises.

    Args:
        home: the home folder.
        quick: leave out what takes seconds: starting TensorFlow.
    """
    folder = _collected()
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("Python", _python),
        ("packages", _packages),
        ("settings", _settings),
        ("home folder", lambda: _writable(home)),
        ("disk", lambda: _disk(home)),
        ("memory", _memory),
        ("MNIST", lambda: _mnist(home)),
        ("runs", lambda: _runs(home)),
        ("reading", lambda: _reading(home)),
        *([("drawings", partial(_drawings, folder))] if folder is not None else []),
        ("training", lambda: _training(home, quick)),
    ]
    for name, check in checks:
        try:
            yield check()
        except DigitcnnError as error:
            yield Check(name, False, str(error))
        except Exception as error:  # The other checks still run.
            found = f"The check itself failed: {type(error).__name__}: {error}."
            yield Check(name, False, found, _INSTALL)


@click.command()
@click.option("--quick", is_flag=True, help="Leave out starting TensorFlow, which takes seconds.")
@home_option
@json_option
def doctor(quick: bool, home: Path, as_json: bool) -> int:
    """Check the installation, and say how to fix it.

    Checks versions, packages, settings, disk, memory, MNIST and runs, reads the sample digits, and
    writes to the home folder. Exit code 1 if something is wrong.
    """
    checks = []
    for check in examine(home, quick):
        checks.append(check)
        if not as_json:
            mark = click.style("ok ", fg="green") if check.ok else click.style("NO ", fg="red")
            click.echo(f"{mark} {check.name:12} {check.found}")
            if check.advice:
                click.echo(f"{'':16} {check.advice}")
    ok = all(check.ok for check in checks)
    if as_json:
        print_json({"ok": ok, "checks": [asdict(check) for check in checks]})
    else:
        click.echo("\nEverything is in order." if ok else "\nSomething is wrong.")
    return int(not ok)


def _python() -> Check:
    ok = _PYTHONS[0] <= sys.version_info[:2] < _PYTHONS[1]
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}."
    return Check("Python", ok, found, "" if ok else "Use Python 3.11, 3.12 or 3.13.")


def _packages() -> Check:
    missing, others, n = _compared("base")
    absent = []
    for extra in _EXTRAS:
        without, strange, known = _compared(extra)
        if len(without) == known:  # Not a fault: reading digits needs none of it.
            absent.append(extra)
        else:
            missing, others, n = missing + without, others + strange, n + known
    if missing or others:
        faults = [f"Not installed: {', '.join(missing)}."] if missing else []
        faults += [f"{text}." for text in others]
        return Check("packages", False, " ".join(faults), _INSTALL)
    found = f"All {n} packages are installed, in supported versions."
    for extra in absent:
        found += f" Without the extra {extra!r}: pip install 'digitcnn[{extra}]' adds it."
    return Check("packages", True, found)


def _compared(name: str) -> tuple[list[str], list[str], int]:
    """Compares a requirements file: missing packages, unsupported versions, number of packages."""
    missing, others, n = [], [], 0
    for line in (_REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        parts = _REQUIREMENT.match(line.strip())
        if parts is None:
            continue
        package, least, below, marker = parts.groups()
        version = _version(package)
        if package.startswith("tensorflow"):  # Which of the two depends on the machine.
            version = version or _version("tensorflow") or _version("tensorflow-cpu")
        elif version is None and marker:
            continue  # Not built for every machine; the check "reading" shows whether it is needed.
        n += 1
        if version is None:
            missing.append(package)
        elif not _numbers(least) <= _numbers(version) < _numbers(below):
            others.append(f"{package} is {version}; it should be {least} or newer, below {below}")
    return missing, others, n


def _settings() -> Check:
    now = settings()
    says = [f"training {'on' if now.training else 'off'}", f"backend {now.backend}"]
    says += ["public"] if now.public else []
    return Check("settings", True, f"{', '.join(says)}, log {now.log_level.lower()}.".capitalize())


def _writable(home: Path) -> Check:
    existed = home.exists()
    with durable.writing(home):
        home.mkdir(parents=True, exist_ok=True)
    probe = home / ".doctor"
    try:
        durable.write(probe, b"Can be written to.")
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
        if not existed:
            with contextlib.suppress(OSError):
                home.rmdir()
    return Check("home folder", True, f"{home} can be written to.")


def _disk(home: Path) -> Check:
    free_mb = resources.free_disk_mb(home)
    if free_mb is None:
        return Check("disk", True, "The system does not say how much space is free.")
    ok = free_mb >= resources.RUN_MB
    advice = f"A training needs about {resources.RUN_MB} MB: free some space."
    return Check("disk", ok, f"{free_mb:,.0f} MB are free.", "" if ok else advice)


def _memory() -> Check:
    free_mb = resources.free_memory_mb()
    if free_mb is None:
        return Check("memory", True, "The system does not say how much memory is free.")
    ok = free_mb >= resources.TRAINING_MB
    advice = (
        f"A training takes about {resources.TRAINING_MB:,} MB; reading takes 150 and still works. "
        "Close other programs, or set DIGITCNN_TRAINING=off."
    )
    return Check("memory", ok, f"{free_mb:,.0f} MB are free.", "" if ok else advice)


def _mnist(home: Path) -> Check:
    path = mnist.find(home=home)
    if path is None:
        advice = (
            "The first training downloads it (11 MB). Without internet: put mnist.npz into "
            "~/.keras/datasets, or train with --dataset handwriting."
        )
        return Check("MNIST", True, "MNIST is not on this machine yet.", advice)
    mnist.load(path)
    return Check("MNIST", True, f"MNIST is at {path} and intact.")


def _runs(home: Path) -> Check:
    listings = store.list_runs(home)
    damaged = [listing for listing in listings if listing.state == "damaged"]
    n_good = sum(listing.run is not None for listing in listings)
    unfinished = [listing.id for listing in listings if listing.state == "unfinished"]
    newer = [listing.id for listing in listings if listing.state == "newer"]
    found = f"{n_good} {'run' if n_good == 1 else 'runs'} can be used, the starter included."
    if unfinished:
        found += f" {unfinished[0]} was not finished; the next training removes it."
    update = ""
    if newer:  # Not a fault: nothing is wrong with it, and the others are read.
        found += f" Written by a newer version of this program: {', '.join(newer)}."
        update = "Update this program to use them."
    if not damaged:
        return Check("runs", True, found, update)
    reasons = " ".join(f"{listing.id}: {listing.reason}" for listing in damaged)
    own = [listing.id for listing in damaged if listing.id != STARTER_ID]
    advice = "Install the program again: its starter is damaged."
    if own:
        advice = f"Remove it from the list: python -m digitcnn runs remove {own[0]}."
    return Check("runs", False, f"{found} Damaged: {reasons}", advice)


def _reading(home: Path) -> Check:
    run, _ = store.current_run(home)
    recognizer = Recognizer(run, settings().backend)
    right = 0
    for digit in range(10):
        image = digit_image.digit_image(ink.rasterize(samples.sample(digit)))
        right += recognizer.recognize(image).label == digit
    found = f"{run.id} reads {right} of the 10 sample digits correctly, with {recognizer.backend}."
    if right >= _N_RIGHT:
        return Check("reading", True, found)
    advice = "Use another run, such as the starter: python -m digitcnn runs use starter."
    return Check("reading", False, found, advice)


def _collected() -> Path | None:
    with contextlib.suppress(DigitcnnError):  # The check "settings" reports it.
        return settings().collect
    return None


def _drawings(folder: Path) -> Check:
    existed, n = folder.exists(), drawing_folder.count(folder)
    try:
        drawing_folder.remove(
            drawing_folder.write(folder, drawings.confirmed(samples.sample(0), 0))
        )
    finally:
        if not existed:
            with contextlib.suppress(OSError):
                folder.rmdir()
    found = (
        f"{folder} holds {n:,} drawings that visitors confirmed, of {drawing_folder.MAX_FILES:,}."
    )
    return Check("drawings", True, found)


def _training(home: Path, quick: bool) -> Check:
    if lock.held(home):
        return Check("training", True, "A training is running.")
    if quick:
        return Check(
            "training", True, "No training is running. TensorFlow was not tried (--quick)."
        )
    code = "import tensorflow, keras; print(tensorflow.__version__, keras.__version__)"
    try:
        tried = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=_IMPORT_S
        )
    except subprocess.TimeoutExpired:
        found = f"TensorFlow did not start within {_IMPORT_S} seconds."
        return Check("training", False, found, "Close other programs and try again.")
    if tried.returncode:
        reason = (tried.stderr.strip().splitlines() or ["it was killed"])[-1]
        return Check("training", False, f"TensorFlow does not start: {reason}.", _INSTALL)
    tensorflow, keras = tried.stdout.split()[-2:]
    found = f"No training is running; TensorFlow {tensorflow} and Keras {keras} start."
    return Check("training", True, found)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version; if there are none, less than any required version."""
    numbers = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, numbers.group().split("."))) if numbers else ()
