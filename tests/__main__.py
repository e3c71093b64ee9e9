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
_FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
_SOME_FAILED = 1  # pytest's exit code where it ran to its end
_ENDS_EARLY = {"-x", "--exitfirst", "--maxfail=1"}
_MOST_AGAIN = 3
_WORKERS = (os.cpu_count() or 2) + 1  # Tests wait a little; with one more they take longer.


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
        "import contracts": [sys.executable, "-c", _CONTRACTS],
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


def _passed_alone() -> list[str]:
    """The browser tests that failed, if no others did, few did, and each passes by itself.

    A hand that draws while a machine has other things to do may be too quick for the page. What
    depends on nobody's pace is not tried twice.
    """
    try:
        failed = list(json.loads(_FAILED.read_text()))
    except (OSError, ValueError):
        return []
    if len(failed) > _MOST_AGAIN:
        return []
    if not all(name.startswith("tests/browser/") for name in failed):
        return []
    print(f"── Once more, alone: {', '.join(failed)}", flush=True)
    done = subprocess.run([*_PYTHON, "pytest", "-q", *failed], cwd=ROOT)
    return [] if done.returncode else failed


def _compile_tests(words: list[str]) -> subprocess.Popen[bytes]:
    """Has pytest compile the tests, while other checks leave a core: else each worker does so."""
    command = [*_PYTHON, "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *words]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet)


def main() -> int:
    """Runs them all, one after the other, and gives 1 if any failed."""
    # Where Python is told to keep no compiled modules, each of the many processes that tests start
    # would compile the package anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    words = [word for word in sys.argv[1:] if word != "quick"]
    quick = "quick" in sys.argv[1:]
    failed, alone = [], []
    compiled = _compile_tests(words)
    for name, command in _checks(quick, words).items():
        print(f"── {name}", flush=True)
        began = time.monotonic()
        if name == _TESTS:
            compiled.wait()
            _FAILED.unlink(missing_ok=True)  # what failed another time is not what fails now
        code = subprocess.run(command, cwd=ROOT).returncode
        if name == _TESTS and code == _SOME_FAILED and not _ENDS_EARLY & set(words):
            alone = _passed_alone()
        if code and not (name == _TESTS and alone):
            failed.append(name)
        print(f"── {name}: {time.monotonic() - began:.0f} s", flush=True)
    if alone:
        print(f"Failed beside others, passed alone: {', '.join(alone)}.")
    print("Failed: " + ", ".join(failed) + "." if failed else "All checks passed.")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
