"""What the tests share: where MNIST lies, a home folder that is nobody's, runs to work with."""

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

# Before NumPy is loaded, and for every process that a test starts: workers side by side have no
# core for threads of linear algebra, which spend more time waiting for each other than computing.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import pytest
from filelock import FileLock

from digitcnn.benchmarks.robustness import visitor
from digitcnn.data import digit_files, mnist
from digitcnn.data.digits import Digits
from digitcnn.inference.photos import process
from digitcnn.runs import trainer_process
from digitcnn.runs.store import Run, current_run, list_runs
from tests.places import ROOT

_MNIST_PLACES = (
    ROOT.parent / "shared" / "data" / "mnist.npz",
    Path.home() / ".keras" / "datasets" / "mnist.npz",
)
_STAND_IN = ROOT / "tests" / "stand_in_trainer.py"
# Rooms whose tests neither open pages nor train.
_QUICK_ROOMS = {"data", "evaluation", "figures", "preprocessing", "runs", "system"}
# What they may not ask for either: these are made by Keras.
_MADE = {"trained_home", "ensemble_home", "every_network"}
# The files that take longest begin first, so that no worker is left alone with one at the end.
_SLOWEST_ROOMS = (
    *("browser", "cli", "training", "report", "models", "benchmarks", "test_hostile.py"),
    *("app", "inference", "explain"),
)
_N_TEST = 500
_TRAIN = f"""
import sys
from pathlib import Path
from digitcnn.data import handwriting
from digitcnn.models.recipes import recipe
from digitcnn.training.train import train

handwriting.N_TEST = {_N_TEST}
handwriting.N_HELD_BACK = 100
small = {{"handwriting": 2_500, "nondigits": 0, "learned_digits": 0, "learned_letters": 0,
          "epochs": 5, "batch": 128, "validation": 500}}
quick = recipe("fast", network="plain", dataset="handwriting", learning_rate=3e-3, **small)
train(quick, Path(sys.argv[1]), use=True)
"""

_ENSEMBLE = f"""
import sys
from pathlib import Path
from digitcnn.data import handwriting
from digitcnn.models.recipes import recipe
from digitcnn.runs.store import list_runs
from digitcnn.training import ensemble
from digitcnn.training.train import train

handwriting.N_TEST = {_N_TEST}
handwriting.N_HELD_BACK = 100
home = Path(sys.argv[1])
small = {{"handwriting": 600, "nondigits": 0, "learned_digits": 0, "learned_letters": 0}}
for seed, network in enumerate(("mlp", "lenet5")):
    wanted = recipe("reference", network=network, dataset="handwriting", epochs=6, seed=seed,
                    validation=300, **small)
    train(wanted, home)
ids = [listing.id for listing in list_runs(home) if listing.id != "starter"]
ensemble.make(ids, home, "Three together", use=True)
"""

_EVERY_NETWORK = """
import sys
from pathlib import Path
import keras, numpy as np
from digitcnn.data import handwriting
from digitcnn.models import networks
from digitcnn.training.convert import maps_model
folder = Path(sys.argv[1])
folder.mkdir()
images = handwriting.digits(6, handwriting.TEST_SEED).images
np.save(folder / "images.npy", images)
rng = np.random.default_rng(0)
for name in networks.NETWORKS:
    model = networks.build(name)
    for weight in model.weights:  # normalisations, too, must not stay as they are made
        value = np.asarray(weight)
        change = rng.uniform(0.5, 1.5, value.shape)
        weight.assign(value * change + (rng.normal(0, 0.05, value.shape) if value.ndim == 1 else 0)
                      if "variance" not in weight.path else value * change)
    model.save(folder / f"{name}.keras")
    whole = maps_model(model)(images.astype("float32"), training=False)
    np.savez(folder / f"{name}.npz", **{key: np.asarray(whole[key]) for key in whole})
"""


def pytest_collection_modifyitems(items):
    """Marks what is quick, a minute for all of it together; puts the slowest first."""
    for item in items:
        room = _room(item)
        if room in _QUICK_ROOMS and not _MADE & set(item.fixturenames):
            item.add_marker("quick")
    items.sort(key=_place)


def _room(item):
    return item.path.relative_to(ROOT / "tests").parts[0]


def _place(item):
    room = _room(item)
    return _SLOWEST_ROOMS.index(room) if room in _SLOWEST_ROOMS else len(_SLOWEST_ROOMS)


_had_keras: bool | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Leaves what stays out of collecting garbage: once, and once more when Keras is there.

    Each export of a network collects three times, through all of TensorFlow.
    """
    global _had_keras
    if (has_keras := "keras" in sys.modules) is not _had_keras:
        _had_keras = has_keras
        gc.collect()
        gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure():
    """pytest itself collects five times at the end."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path_factory):
    """No test sees, or touches, the settings and the home folder of who runs it."""
    for name in [name for name in os.environ if name.startswith("DIGITCNN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIGITCNN_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """On a busy machine much may take longer than anybody would wait for it."""
    monkeypatch.setattr(process, "PATIENCE_S", 120.0)
    monkeypatch.setattr(digit_files, "PARQUET_S", 600.0)
    monkeypatch.setattr(visitor, "PATIENCE_S", 300.0)


@pytest.fixture
def home() -> Path:
    """The test's own home folder, empty."""
    return Path(os.environ["DIGITCNN_HOME"])


@pytest.fixture(scope="session")
def mnist_path() -> Path:
    """MNIST, where this machine has it."""
    found = next((place for place in _MNIST_PLACES if place.is_file()), None)
    if found is None:
        pytest.skip("MNIST is not on this machine: put mnist.npz into ~/.keras/datasets")
    return found


@pytest.fixture(scope="session")
def real_mnist(mnist_path) -> mnist.Mnist:
    """MNIST, loaded once."""
    return mnist.load(mnist_path)


@pytest.fixture(scope="session")
def handwriting_test() -> Digits:
    """What :func:`trained_home`'s run was evaluated on: fewer digits than usual."""
    from digitcnn.data import handwriting

    return handwriting.digits(_N_TEST, handwriting.TEST_SEED)


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory) -> Path:
    """A home folder with one run, really trained, on our own handwriting; takes some seconds.

    In a process of its own, as in the app.
    """
    return _made_once(tmp_path_factory, "trained", lambda folder: _run(_TRAIN, folder))


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that workers side by side share, instead of each making its own."""
    base = factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            unfinished = folder.with_name(f"{name}-unfinished")
            make(unfinished)
            unfinished.rename(folder)
    return folder


def _run(program: str, folder: Path) -> None:
    """Runs a program that makes a folder."""
    subprocess.run([sys.executable, "-c", program, str(folder)], cwd=ROOT, check=True, timeout=600)


@pytest.fixture
def trained_run(trained_home) -> Run:
    """The run of :func:`trained_home`: reads most handwriting right, though not all."""
    return next(listing.run for listing in list_runs(trained_home) if listing.id != "starter")


@pytest.fixture(scope="session")
def ensemble_home(tmp_path_factory, trained_home) -> Path:
    """A home folder with three runs, really trained, and an ensemble of them, which is in use."""

    def make(folder: Path) -> None:
        shutil.copytree(trained_home, folder)
        _run(_ENSEMBLE, folder)

    return _made_once(tmp_path_factory, "ensemble", make)


@pytest.fixture
def ensemble_run(ensemble_home) -> Run:
    """The ensemble of :func:`ensemble_home`."""
    return current_run(ensemble_home)[0]


@pytest.fixture(scope="session")
def every_network(tmp_path_factory) -> Path:
    """Each of our networks with weights of no use, and what Keras says to six digits.

    ``images.npy`` has the digits, ``NAME.keras`` a network, ``NAME.npz`` its feature maps and
    logits.
    """
    return _made_once(tmp_path_factory, "networks", lambda folder: _run(_EVERY_NETWORK, folder))


@pytest.fixture
def character(monkeypatch):
    """Has a stand-in train, and decides its character; none is left behind."""
    before = set(trainer_process._children)

    def choose(name: str) -> None:
        monkeypatch.setattr(trainer_process, "PROGRAM", (sys.executable, str(_STAND_IN), name))

    choose("obedient")
    yield choose
    for home in set(trainer_process._children) - before:
        left = trainer_process._children.pop(home).process
        left.kill()
        left.wait()
