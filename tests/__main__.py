"""Every check of the project, and which of them failed: ``python -m tests``.

``python -m tests quick`` leaves out what needs a browser, a server or a training: what is left
takes less than a minute. Further words go to pytest, such as ``python -m tests tests/app``.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.javascript.node import NODE
from tests.places import ROOT

_PYTHON = (sys.executable, "-m")
_BIOME = str(Path(sys.executable).with_name("biome"))  # installed beside this Python
_CONTRACTS = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
_TESTS = "Python's tests (pytest)"
_MOST_AGAIN = 3
_WORKERS = max(2, (os.cpu_count() or 2) + 1)  # Browsers wait more than they compute.


def _checks(quick: bool, words: list[str]) -> dict[str, list[str]]:
    """Commands by what they check; pytest last, so that its summary ends the output."""
    selection = ["-m", "quick and not full"] if quick else []
    # The order is the tests' own, see their conftest.
    workers = ["-n", str(_WORKERS), "--dist", "loadfile", "--no-loadscope-reorder"]
    tests = ["pytest", "-q", *workers, *selection, *words]
    scripts = [str(path) for path in sorted((ROOT / "tests").rglob("*.test.mjs"))]
    return {
        "Python's lint (ruff check)": [*_PYTHON, "ruff", "check", "."],
        "Python's format (ruff format)": [*_PYTHON, "ruff", "format", "--check", "."],
        "Python's types (mypy)": [*_PYTHON, "mypy"],
        "rooms (import contracts)": [sys.executable, "-c", _CONTRACTS],
        "JavaScript's lint (biome)": [
            _BIOME,
            "lint",
            "--config-path=.biome.jsonc",
            "--error-on-warnings",
            ".",
        ],
        **({"JavaScript's tests (node)": [NODE, "--test", *scripts]} if scripts else {}),
        _TESTS: [*_PYTHON, *tests],
    }


def _pass_alone() -> bool:
    """Whether only browser tests failed, few of them, and pass when nothing runs beside them.

    A hand that draws while a machine has other things to do may be too quick for the page. What
    depends on nobody's pace is not tried twice.
    """
    try:
        failed = json.loads((ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed").read_text())
    except (OSError, ValueError):
        return False
    if not failed or len(failed) > _MOST_AGAIN:
        return False
    if not all(name.startswith("tests/browser/") for name in failed):
        return False
    print(f"── Once more, alone: {', '.join(failed)}", flush=True)
    return not subprocess.run([*_PYTHON, "pytest", "-q", *failed], cwd=ROOT).returncode


def main() -> int:
    """Runs them all, one after the other, and gives 1 if any failed."""
    words = sys.argv[1:]
    quick = "quick" in words
    failed = []
    for name, command in _checks(quick, [word for word in words if word != "quick"]).items():
        print(f"── {name}", flush=True)
        began = time.monotonic()
        if subprocess.run(command, cwd=ROOT).returncode and not (name == _TESTS and _pass_alone()):
            failed.append(name)
        print(f"── {name}: {time.monotonic() - began:.0f} s", flush=True)
    print("Failed: " + ", ".join(failed) + "." if failed else "All checks passed.")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
