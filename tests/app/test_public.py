"""Where strangers use the app: whatever they press, on whatever page, the home folder stays."""

import hashlib
import re
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from digitcnn.app.shared import cache_digits
from digitcnn.benchmarks.robustness.faults.bench import good_run
from digitcnn.data import handwriting, mnist, samples
from digitcnn.runs import lock, progress, store, trainer_process
from tests.places import ROOT

# Every page has a folder of the app's, and in it a module of that name.
PAGES = sorted(path.parent.name for path in (ROOT / "digitcnn" / "app").glob("*/page.py"))


@pytest.fixture(autouse=True)
def _public(monkeypatch):
    """Should anything be trained or downloaded after all, it is noticed. Handwriting is short."""
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    monkeypatch.setattr(trainer_process, "start", lambda *_, **__: pytest.fail("it trains"))
    monkeypatch.setattr(mnist, "download", lambda *_, **__: pytest.fail("it downloads"))
    monkeypatch.setattr(handwriting, "N_TEST", 200)
    monkeypatch.setattr(cache_digits, "_N_OWN", 100)
    yield
    st.cache_resource.clear()  # What was found out about so little handwriting is no one else's.


# Explore knows nothing of trainings.
CASES = [
    (state, name)
    for state in ("idle", "training", "failed")
    for name in PAGES
    if state == "idle" or name != "explore"
]


@pytest.fixture
def inhabited(request, home) -> Path:
    """A home folder with two runs of its own; nothing, a training, or what one left."""
    good_run(home, "digitcnn-one")
    good_run(home, "digitcnn-two")
    if request.param != "idle":
        folder = store.new_training(home, "digitcnn-live")
        state = "fitting" if request.param == "training" else "failed"
        progress.Progress(folder.name, 1, state, reason="It was Monday.").write(folder)
    if request.param != "training":
        yield home
        return
    with lock.hold(home):
        yield home


def content(home: Path) -> dict[str, str]:
    """Every file of a home folder, with its checksum."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file()
    }


def visit(name: str) -> AppTest:
    code = f"from digitcnn.app.{name} import page\npage.page()"
    test = AppTest.from_string(code, default_timeout=180).run()
    assert not test.exception
    return test


def test_every_page_is_known():
    assert {"draw", "train", "explore"} <= set(PAGES)


@pytest.mark.parametrize(("inhabited", "name"), CASES, indirect=["inhabited"])
def test_no_button_changes_the_home_folder(inhabited, name):
    before = content(inhabited)
    test = visit(name)
    pressed: set[str] = set()
    for _ in range(60):
        # One of each kind: a gallery has many that differ by a number.
        buttons = {re.sub(r"\d+", "", button.key or button.label): button for button in test.button}
        left = [
            key for key, button in buttons.items() if key not in pressed and not button.disabled
        ]
        if not left:
            break
        pressed.add(left[0])
        buttons[left[0]].click()
        test.run()
        assert not test.exception, left[0]
    assert content(inhabited) == before
    assert not pressed & {"start", "cancel", "dismiss", "use", "save-name", "remove", "get-mnist"}


# Where files lie is not for strangers


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setenv("DIGITCNN_TRAINING", "off")


def said(test: AppTest) -> str:
    """All that a page says, in whatever kind of element."""
    return repr(test) + " ".join(str(getattr(block, "value", "")) for block in test.main)


def test_where_a_wrong_mnist_lies_is_not_told(no_training, home, tmp_path, monkeypatch):
    (tmp_path / "mnist.npz").write_bytes(b"nothing of the kind")
    monkeypatch.setenv("DIGITCNN_MNIST", str(tmp_path / "mnist.npz"))
    _, trouble = cache_digits.mnist_test()  # what pages say of it
    assert "is not an .npz archive" in trouble and tmp_path.name not in trouble
    assert tmp_path.name not in said(visit("explore"))


def test_where_a_damaged_run_lies_is_not_told(no_training, home):
    run = good_run(home)
    (run.folder / "evaluation.npz").write_bytes(b"damaged")
    for name in PAGES:
        told = said(visit(name))
        assert str(home) not in told and home.parent.name not in told
    (run.folder / "card.json").write_text("{")
    for name in ("draw", "train"):
        assert str(home.parent) not in said(visit(name))


def test_where_drawings_are_collected_is_not_told(no_training, page, home, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DIGITCNN_COLLECT", str(tmp_path / "file" / "drawings"))
    page.run().draw(samples.sample(3)).click("teach-right")
    assert "DIGITCNN_COLLECT names" in page.text("teach")
    assert tmp_path.name not in page.text("teach") + said(page.test)
