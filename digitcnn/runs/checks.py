"""Outcomes of expectations, kept in the home folder, so that tables need not read digits.

A file for each run and each set of expectations, ``home/checks/<run>-<expectations>.json``, named
by the checksums of the run's files and the mark of what was expected: another network or other
expectations are another file.

A run that ships takes its outcomes along: ``checks.json`` in its folder, which says of which files
and expectations they are, as a public site reads no ten thousand digits for a table.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitcnn.evaluation.expectations import Outcome
from digitcnn.runs.run import CHECKS, Run
from digitcnn.system import durable

FOLDER = "checks"
_CHARS = 20  # of a checksum in a file's name
_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Checked:
    """The outcomes of a set of expectations.

    Attributes:
        name: of the set.
        outcomes: one for each expectation.
        seconds: how long it took.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    seconds: float


def path_of(home: Path, run: Run, mark: str) -> Path:
    """Where the outcomes of a run and of expectations with that mark are kept."""
    return home / FOLDER / f"{_checksum(run)[:_CHARS]}-{mark[:_CHARS]}.json"


def keep(home: Path, run: Run, mark: str, checked: Checked) -> None:
    """Keeps outcomes.

    Raises:
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    path = path_of(home, run, mark)
    with durable.writing(home):
        path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, _content(checked))


def keep_in_run(run: Run, mark: str, checked: Checked) -> None:
    """Keeps outcomes in the run's own folder, from where they go with it; errors are those above.

    Args:
        run: the run.
        mark: of what was expected.
        checked: what came of it.
    """
    durable.write(run.folder / CHECKS, _content(checked, run=_checksum(run), expectations=mark))


def kept(home: Path, run: Run, mark: str) -> Checked | None:
    """What was kept, in the home folder or with the run; ``None`` if nothing was that can be read.

    What a run has of other files, or of other expectations, does not count.
    """
    found = _read(path_of(home, run, mark))
    if found is not None:
        return found[1]
    found = _read(run.folder / CHECKS)
    if found is None:
        return None
    content, checked = found
    of = (content.get("run"), content.get("expectations"))
    return checked if of == (_checksum(run), mark) else None


def _content(checked: Checked, **of: str) -> bytes:
    entries = [outcome.to_dict() for outcome in checked.outcomes]
    content = {**of, "name": checked.name, "seconds": checked.seconds, "outcomes": entries}
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def _read(path: Path) -> tuple[dict[str, Any], Checked] | None:
    try:
        with open(path, "rb") as file:
            content = json.loads(file.read(_MAX_BYTES))
        outcomes = tuple(_outcome(entry) for entry in content["outcomes"])
        return content, Checked(str(content["name"]), outcomes, float(content["seconds"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _outcome(entry: dict[str, Any]) -> Outcome:
    return Outcome(
        str(entry["name"]),
        str(entry["words"]),
        float(entry["at_least"]),
        int(entry["n"]),
        int(entry["right"]),
        str(entry["trouble"]),
    )


def _checksum(run: Run) -> str:
    """Of the run's files: a new name changes its card, and nothing of what it reads."""
    return hashlib.sha256(json.dumps(dict(run.card.files), sort_keys=True).encode()).hexdigest()
