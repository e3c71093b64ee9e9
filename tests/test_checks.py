"""What the test command does with failures."""

import json
from types import SimpleNamespace

import pytest

from tests import __main__ as checks

DRAWS = "tests/browser/test_drawing.py::test_a[1]"


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Runs the command as pytest fails in those tests, which pass alone or not.

    Gives its exit code and its last lines.
    """
    kept = tmp_path / "lastfailed"
    monkeypatch.setattr(checks, "_FAILED", kept)

    def run(failing, passes_alone=True, code=1, words=(), before=()):
        kept.write_text(json.dumps(dict.fromkeys(before, True)))
        codes = iter([code, int(not passes_alone)])

        def pretend(command, **_):
            if "pytest" not in command:
                return SimpleNamespace(returncode=0)
            if failing and not kept.exists():
                kept.write_text(json.dumps(dict.fromkeys(failing, True)))
            return SimpleNamespace(returncode=next(codes))

        monkeypatch.setattr(checks.subprocess, "run", pretend)
        monkeypatch.setattr(checks.sys, "argv", ["tests", *words])
        return checks.main(), capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    ("failing", "passes_alone"),
    [
        ([DRAWS], False),
        ([DRAWS, "tests/data/test_mnist.py::test_b"], True),
        ([f"{DRAWS}{n}" for n in range(4)], True),
        ([], True),
    ],
    ids=["still", "another room", "many", "none named"],
)
def test_what_fails_is_a_failure(command, failing, passes_alone):
    code, said = command(failing, passes_alone)
    assert code == 1
    assert said.splitlines()[-1] == "Failed: Python's tests (pytest)."


def test_a_few_browser_tests_are_tried_again_and_it_is_said(command):
    code, said = command([DRAWS])
    assert code == 0
    assert f"Once more, alone: {DRAWS}" in said
    last = [f"Failed beside others, passed alone: {DRAWS}.", "All checks passed."]
    assert said.splitlines()[-2:] == last


def test_only_what_failed_this_time_is_tried_again(command):
    """pytest may end before it has run anything, and the list of another time is still there."""
    assert command([], before=[DRAWS])[0] == 1
    assert command([DRAWS], code=4)[0] == 1
    assert command([DRAWS], words=["-x"])[0] == 1  # most was not run


def test_what_passes_is_not_tried_again(command):
    code, said = command([], code=0)
    assert code == 0 and "alone" not in said
