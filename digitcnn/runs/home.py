"""The home folder's layout: where runs lie, how they come, go, and come back.

::

    home/runs/<id>/        finished runs
    home/training/<id>/    the training that goes on, or what an interrupted one left
    home/removed/<id>/     removed runs, for undo
    home/training.lock     held by the trainer process for as long as it lives
    home/current           id of the run in use

Any number of processes may share a home folder: whatever appears in it, appears by a rename.
"""

import contextlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from digitcnn import settings
from digitcnn.errors import DigitcnnError
from digitcnn.runs import lock
from digitcnn.runs.run import CARD, ID_FORM, STARTER_ID
from digitcnn.system import durable

KEPT_REMOVED = 10  # removed runs that can still be restored


class UnknownRun(DigitcnnError):
    """No run of that id."""


class RunInTheWay(DigitcnnError):
    """What is asked can't be done to that run, or because of it."""


def new_training(home: Path, label: str) -> Path:
    """An empty folder for a training: ``home/training/<id>``, the id being its name.

    Args:
        home: the home folder; made if need be.
        label: what the id starts with, such as network and recipe.

    Raises:
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    stem = f"{label.lower()}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    n = 1
    with durable.writing(home):
        (home / "training").mkdir(parents=True, exist_ok=True)
        while True:
            folder = home / "training" / (stem if n == 1 else f"{stem}-{n}")
            if not any((home / name / folder.name).exists() for name in ("runs", "removed")):
                with contextlib.suppress(FileExistsError):
                    folder.mkdir()
                    return folder
            n += 1


def folder_of(home: Path, run_id: str) -> Path:
    """Where a run lies, finished or not. Nothing but an id ever becomes part of a path."""
    if run_id == STARTER_ID:
        return settings.STARTER_FOLDER
    if ID_FORM.fullmatch(run_id):
        for folder in (home / "runs" / run_id, home / "training" / run_id):
            if folder.is_dir():
                return folder
    raise UnknownRun(f"There is no run {run_id!r}; python -m digitcnn runs lists them.")


def folders(parent: Path) -> list[Path]:
    """The run folders directly below ``parent``; none if it can't be read."""
    try:
        return [path for path in parent.iterdir() if ID_FORM.fullmatch(path.name) and path.is_dir()]
    except OSError:
        return []


def live_training(home: Path) -> str | None:
    """Id of the training that goes on, if one does."""
    trainings = folders(home / "training")
    # A living trainer writes its progress all the time, so its folder is the one touched last.
    return max(trainings, key=_last_touched).name if trainings and lock.held(home) else None


def remove(home: Path, run_id: str) -> None:
    """Takes a run, finished or not, damaged or not, out of the list.

    The last 10 that were removed can be had back with :func:`restore`; older ones are deleted.

    Raises:
        UnknownRun: there is none.
        RunInTheWay: it is the starter, or is being trained.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    folder = folder_of(home, run_id)
    if run_id == STARTER_ID:
        raise RunInTheWay("The starter is part of the program and can't be removed.")
    if folder.parent.name == "training" and run_id == live_training(home):
        raise RunInTheWay(f"{run_id} is being trained; cancel the training first.")
    removed = home / "removed"
    with durable.writing(home):
        removed.mkdir(exist_ok=True)
        shutil.rmtree(removed / run_id, ignore_errors=True)
        os.rename(folder, removed / run_id)
        os.utime(removed / run_id)
        for old in sorted(folders(removed), key=_last_touched)[:-KEPT_REMOVED]:
            shutil.rmtree(old, ignore_errors=True)


def restore(home: Path, run_id: str) -> None:
    """Undoes :func:`remove`; a run that was in use is in use again.

    Raises:
        UnknownRun: it was not removed, or too long ago.
        RunInTheWay: there is another run of this id by now.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    folder = home / "removed" / run_id
    if not ID_FORM.fullmatch(run_id) or not folder.is_dir():
        raise UnknownRun(f"There is no removed run {run_id!r} to restore.")
    target = home / ("runs" if (folder / CARD).exists() else "training") / run_id
    if target.exists():
        raise RunInTheWay(f"There is a run {run_id} already.")
    with durable.writing(home):
        target.parent.mkdir(exist_ok=True)
        os.rename(folder, target)


def _last_touched(folder: Path) -> int:
    """When something in a folder, or its list of names, last changed, ns."""
    times = [0]
    with contextlib.suppress(OSError):
        times += [path.stat().st_mtime_ns for path in (folder, *folder.iterdir())]
    return max(times)
