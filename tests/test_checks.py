"""What the test command does with failures."""

import json
from types import SimpleNamespace

import pytest

from tests import __main__ as checks

DRAWS = "tests/browser/test_drawing.py::test_a[1]"


@pytest.mark.parametrize(
    ("failed", "passes_alone", "is_well"),
    [
        ([DRAWS], True, True),
        ([DRAWS], False, False),
        ([DRAWS, "tests/data/test_mnist.py::test_b"], True, False),
        ([f"{DRAWS}{n}" for n in range(4)], True, False),
        ([], True, False),
    ],
    ids=["alone", "still", "another room", "many", "none named"],
)
def test_only_a_few_browser_tests_are_tried_again(
    monkeypatch, tmp_path, failed, passes_alone, is_well
):
    cache = tmp_path / ".pytest_cache" / "v" / "cache"
    cache.mkdir(parents=True)
    (cache / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    monkeypatch.setattr(
        checks.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=not passes_alone)
    )
    assert checks._pass_alone() is is_well


def test_without_a_list_of_failures_nothing_is_tried_again(monkeypatch, tmp_path):
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    assert not checks._pass_alone()
