"""The same reading in the browser: preprocessing and network in JavaScript, and their weights.

The modules beside this one are plain ES modules that import each other; :func:`script` joins some
of them to one, for pages that can load only one.
"""

import re
from collections.abc import Sequence
from pathlib import Path

_FOLDER = Path(__file__).parent
REPLAY_STYLE = _FOLDER / "replay.css"

_IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"(\.{1,2}/[\w./]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|function|class|async)", re.MULTILINE)


def script(*paths: Path, exports: Sequence[str] = ()) -> str:
    """Modules and all that they import, as one: everything that they import comes before them.

    Args:
        paths: modules that import others by ``import { names } from "./module.js"``, by a way
            relative to their own folder or, if it is not there, from this one.
        exports: names that the whole exports; by default it is for pages that only run it.
    """
    done: dict[str, str] = {}
    for path in paths:
        _collect(path, done)
    return "\n".join([*done.values(), *(f"export {{ {name} }};\n" for name in exports)])


def _collect(path: Path, done: dict[str, str]) -> None:
    if path.name in done:
        return
    text = path.read_text(encoding="utf-8")
    for name in _IMPORT.findall(text):
        own = path.parent / name
        _collect(own if own.exists() else _FOLDER / own.name, done)
    done[path.name] = _EXPORT.sub("", _IMPORT.sub("", text))
