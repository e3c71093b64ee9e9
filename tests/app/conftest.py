"""The app, run without a browser: pages as trees of elements."""

import functools
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from html import unescape

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from digitcnn.app.shared import cache, cache_digits
from digitcnn.inference.adaptation.reference_set import ReferenceSet, reference_set
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import ink
from digitcnn.runs.run import EVALUATION, SERVING_MODEL, Run
from tests.places import ROOT

_HEAVY = {"tensorflow", "keras", "pandas", "pyarrow", "sklearn", "scipy", "altair"}


@pytest.fixture(autouse=True)
def _no_training(monkeypatch):
    """A page that is looked at in a test does not start a training by itself."""
    monkeypatch.setenv("DIGITCNN_TRAINING", "off")


@pytest.fixture(autouse=True)
def _no_download(monkeypatch):
    """Nor does one that is looked at by strangers fetch pictures."""
    monkeypatch.setattr(cache_digits, "fetch_mnist", lambda: None)


@pytest.fixture(autouse=True)
def _nobodys_mnist(monkeypatch, home):
    """Whoever runs the tests may have MNIST where Keras keeps it; pages would find it there."""
    monkeypatch.setenv("HOME", str(home.parent))


@pytest.fixture(autouse=True)
def _keras_left_alone(monkeypatch):
    """Where Keras is loaded, Streamlit clears its session before each page, which takes a second.

    Other tests in this process load it; the web process never does.
    """
    monkeypatch.setattr(script_runner, "_clean_problem_modules", lambda: None)


_components = functools.cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def _installed_components_once(monkeypatch):
    """For each page anew AppTest reads what every installed package tells of itself."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _components)


_reference_sets: dict[tuple[str, ...], ReferenceSet] = {}


@pytest.fixture(autouse=True)
def _reference_set_once(monkeypatch):
    """What adaptations stand on takes seconds; once for all tests with the same network."""

    def once(run: Run, recognizer: Recognizer) -> ReferenceSet:
        run.evaluation()  # one that is damaged is still found out
        files = run.card.files
        key = (files[SERVING_MODEL], files[EVALUATION], str(run.card.calibration))
        if key not in _reference_sets:
            _reference_sets[key] = reference_set(run, recognizer)
        return _reference_sets[key]

    monkeypatch.setattr(cache, "reference_set", once)


@dataclass
class Page:
    """A page, and the hooks of it that scripts hold on to."""

    test: AppTest

    def run(self) -> "Page":
        self.test.run()
        assert not self.test.exception
        return self

    def draw(self, strokes: ink.Ink) -> "Page":
        """Runs the page with the canvas reporting ``strokes``."""
        return self.report(ink.canvas_json(strokes))

    def report(self, message) -> "Page":
        """Runs the page with the canvas reporting ``message``."""
        state = {"drawing": {"raw": message, "data": None}, "backgroundFit": None}
        self.test.session_state["canvas"] = state
        return self.run()

    def click(self, key: str) -> "Page":
        self.test.button(key=key).click()
        return self.run()

    def html(self, key: str) -> str:
        """The HTML directly in the container of that key."""
        main = self.test.main
        container = next(block for block in _blocks(main) if block is not main and block.key == key)
        bodies = [child.proto.body for child in container.children.values() if child.type == "html"]
        return "\n".join(bodies)

    def text(self, key: str) -> str:
        """The text in the container of that key, as it is read."""
        return unescape(" ".join(re.sub(r"<[^>]+>", " ", self.html(key)).split()))

    @property
    def notes(self) -> list[str]:
        """Warnings on the page."""
        return [warning.value for warning in self.test.warning]


@pytest.fixture
def heavy_imports():
    """Runs a program in a process of its own; gives what it imported and the app must not."""

    def imports(program: str) -> list[str]:
        # Threads of the page may still compute: an interpreter that takes itself apart around
        # them is ended by the system now and then.
        ends = (
            f"\nimport os, sys; print(sorted({_HEAVY} & set(sys.modules)), flush=True); os._exit(0)"
        )
        done = subprocess.run(
            [sys.executable, "-c", "from streamlit.testing.v1 import AppTest\n" + program + ends],
            cwd=ROOT,
            env={**os.environ, "DIGITCNN_TRAINING": "off"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not done.returncode, done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1].replace("'", '"'))

    return imports


@pytest.fixture
def page() -> Page:
    """The Draw page, before its first run."""
    return Page(AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180))


def _blocks(block):
    if hasattr(block, "children"):
        yield block
        for child in block.children.values():
            yield from _blocks(child)
