"""The home folder: which runs there are, which one is in use; adding, removing, restoring them.

::

    home/runs/<id>/        finished runs
    home/training/<id>/    the training that is running, or what an interrupted one left
    home/removed/<id>/     removed runs, for undo
    home/training.lock     held by the trainer process for as long as it lives
    home/current           id of the run in use

Any number of processes may share a home folder: whatever appears in it, appears by a rename.
"""

import contextlib
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digitcnn import settings
from digitcnn.errors import DigitcnnError
from digitcnn.runs import comparison, lock
from digitcnn.runs.run import (
    CARD,
    ID_FORM,
    STARTER_ID,
    DamagedRun,
    NewerRun,
    Run,
    open_run,
    seal,
    write_card,
)
from digitcnn.system import durable

KEPT_REMOVED = 10  # removed runs that can still be restored
_NAME_LIMIT = 80


class NoRun(DigitcnnError):
    """No run verifies, not even the starter."""


@dataclass(frozen=True)
class RunListing:
    """A line in the list of runs.

    Attributes:
        id: the run's id.
        state: ``"finished"``, ``"training"``, ``"unfinished"``, ``"damaged"`` or ``"newer"``: of
            a later version of this program.
        run: the run, if it is finished.
        reason: why it can't be used, as a sentence; empty if it can.
    """

    id: str
    state: str
    run: Run | None
    reason: str = ""


def publish(unfinished: Path, home: Path, card: dict[str, Any], takes_over: bool = True) -> Run:
    """Makes a training's folder a run, all at once, and the run in use if it is to take over.

    Args:
        unfinished: ``home/training/<id>`` with every file of a run but the card.
        home: the home folder.
        card: see :func:`digitcnn.runs.run.seal`; its id must be the folder's name.
        takes_over: whether it is the one in use from then on.

    Raises:
        IncompleteRun: a file or an entry of the card is missing.
        RunInTheWay: there is a run of this id already.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    target = home / "runs" / unfinished.name
    if card.get("id") != unfinished.name or not ID_FORM.fullmatch(unfinished.name):
        raise ValueError(f"{card.get('id')!r} is not the id of {unfinished}")
    if target.exists():
        raise RunInTheWay(f"There is a run {target.name} already; train again.")
    seal(unfinished, card)
    if not takes_over:
        # Where nobody has chosen, the newest run is the one in use: so the older one is chosen.
        with contextlib.suppress(NoRun):
            use(home, current_run(home)[0].id)
    with durable.writing(home):
        target.parent.mkdir(exist_ok=True)
        os.rename(unfinished, target)
        durable.sync(target.parent)
        durable.sync(unfinished.parent)
    if takes_over:
        durable.write(home / "current", target.name.encode())
    return open_run(target)


def list_runs(home: Path) -> list[RunListing]:
    """Every run, newest first; then those that train, are unfinished or damaged; then the starter.

    Runs whose files have not changed since they were last looked at are not read again.
    """
    finished: list[RunListing] = []
    others: list[RunListing] = []
    for folder in folders(home / "runs"):
        listing = _listing(folder)
        (others if listing.run is None else finished).append(listing)
    finished.sort(
        key=lambda listing: (listing.run.created if listing.run else "", listing.id), reverse=True
    )
    live = live_training(home)
    for folder in folders(home / "training"):
        if folder.name == live:
            others.insert(0, RunListing(folder.name, "training", None, "It is being trained."))
        else:
            reason = "Its training did not finish."
            others.append(RunListing(folder.name, "unfinished", None, reason))
    return [*finished, *others, _listing(settings.STARTER_FOLDER, STARTER_ID)]


def current_run(home: Path) -> tuple[Run, list[str]]:
    """The run in use, and a sentence about each run that was passed over, damaged or newer.

    That is the run chosen last, by :func:`use` or :func:`publish`; where that is gone, the newest
    that verifies and was not found to read worse than the one in use then; else the starter.

    Raises:
        NoRun: none verifies.
    """
    chosen = ""
    with contextlib.suppress(OSError, ValueError):
        chosen = (home / "current").read_text(encoding="ascii").strip()
    listings = [
        listing for listing in list_runs(home) if listing.state in ("finished", "damaged", "newer")
    ]
    runs = [listing.run for listing in listings if listing.run is not None]
    passed_over = [
        f"The run {listing.id} is damaged and was set aside: {listing.reason}"
        if listing.state == "damaged"
        else f"The run {listing.id} can't be used: {listing.reason}"
        for listing in listings
        if listing.run is None
    ]
    if not runs:
        raise NoRun(
            " ".join(["No run can be used. Train one: python -m digitcnn train.", *passed_over])
        )
    found = next((run for run in runs if run.id == chosen), None)
    return found or next(filter(_may_take_over, runs), runs[0]), passed_over


def _may_take_over(run: Run) -> bool:
    """Whether a run is one to read with where nobody has chosen it."""
    try:
        found = comparison.of_run(run)
    except DamagedRun:
        return False
    return found is None or found.is_as_good


def find_run(home: Path, run_id: str) -> Run:
    """The run of that id or name; ``"starter"`` for the built-in one.

    Raises:
        UnknownRun: there is none, or its training is not finished.
        DamagedRun: it does not verify.
    """
    folder = folder_of(home, run_id)
    if folder.parent == home / "training":
        raise UnknownRun(f"The training of {run_id} did not finish; there is nothing to use yet.")
    try:
        return open_run(folder)
    except NewerRun as error:
        raise NewerRun(f"The run {run_id} can't be used. {error}") from error
    except DamagedRun as error:
        raise DamagedRun(f"The run {run_id} is damaged: {error}") from error


def use(home: Path, run_id: str) -> Run:
    """Makes a run the one in use, for all who share the home folder.

    Raises:
        UnknownRun, DamagedRun: see :func:`find_run`.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    run = find_run(home, run_id)
    with durable.writing(home):
        home.mkdir(parents=True, exist_ok=True)
    durable.write(home / "current", run.id.encode())
    return run


def proper_name(name: str) -> str:
    """A name for people, without spaces that nobody sees.

    Raises:
        RunInTheWay: it is empty, or longer than 80 characters.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= _NAME_LIMIT or not name.isprintable():
        raise RunInTheWay(f"A name has 1 to {_NAME_LIMIT} characters; this one has {len(name)}.")
    return name


def rename(home: Path, run_id: str, name: str) -> Run:
    """Gives a run another name for people; its id stays.

    Raises:
        UnknownRun, DamagedRun: see :func:`find_run`.
        RunInTheWay: it is the starter, or the name is empty or longer than 80 characters.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    run = find_run(home, run_id)
    if run.is_starter:
        raise RunInTheWay("The starter is part of the program and keeps its name.")
    try:
        name = proper_name(name)
    except RunInTheWay as error:
        raise RunInTheWay(f"{error} The old name stays.") from error
    write_card(run.folder, {**run.card.entries, "name": name})
    return open_run(run.folder)


def keep_figures(home: Path, run_id: str, figures: dict[str, float]) -> Run:
    """Adds figures that were measured later to a run's own, or replaces them.

    Args:
        home: the home folder.
        run_id: the run's id.
        figures: by name; finite.

    Raises:
        UnknownRun, DamagedRun: see :func:`find_run`.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    run = find_run(home, run_id)
    write_card(run.folder, {**run.card.entries, "metrics": {**run.card.metrics, **figures}})
    return open_run(run.folder)


def _listing(folder: Path, run_id: str = "") -> RunListing:
    try:
        run = open_run(folder)
        if run.id != (run_id or folder.name):
            raise DamagedRun(f"The folder {folder.name} holds a copy of the run {run.id}.")
        return RunListing(run.id, "finished", run)
    except NewerRun as error:
        return RunListing(run_id or folder.name, "newer", None, str(error))
    except DamagedRun as error:
        return RunListing(run_id or folder.name, "damaged", None, str(error))


class UnknownRun(DigitcnnError):
    """No run of that id or name, or several."""


class RunInTheWay(DigitcnnError):
    """The action is not possible for that run, or because of it."""


def new_training(home: Path, label: str) -> Path:
    """An empty folder for a training: ``home/training/<id>``, the id being its name.

    Args:
        home: the home folder; created if missing.
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
    """Where a run lies, finished or not. Nothing but an id ever becomes part of a path.

    Args:
        home: the home folder.
        run_id: its id, or the name that people see, if no other run has it.

    Raises:
        UnknownRun: there is none, or there are several of that name.
    """
    if run_id == STARTER_ID:
        return settings.STARTER_FOLDER
    if ID_FORM.fullmatch(run_id):
        for folder in (home / "runs" / run_id, home / "training" / run_id):
            if folder.is_dir():
                return folder
    found = [one.run for one in list_runs(home) if one.run is not None and one.run.name == run_id]
    if len(found) > 1:
        ids = ", ".join(run.id for run in found)
        raise UnknownRun(f"{len(found)} runs are called {run_id!r}; say which one: {ids}.")
    if not found:
        raise UnknownRun(f"There is no run {run_id!r}; python -m digitcnn runs lists them.")
    return found[0].folder


def folders(parent: Path) -> list[Path]:
    """The run folders directly below ``parent``; none if it can't be read."""
    try:
        return [path for path in parent.iterdir() if ID_FORM.fullmatch(path.name) and path.is_dir()]
    except OSError:
        return []


def live_training(home: Path) -> str | None:
    """Id of the running training, if there is one."""
    trainings = folders(home / "training")
    # A living trainer writes its progress all the time, so its folder is the one touched last.
    return max(trainings, key=_last_touched).name if trainings and lock.held(home) else None


def remove(home: Path, run_id: str) -> None:
    """Takes a run, finished or not, damaged or not, out of the list.

    The last 10 that were removed can be restored with :func:`restore`; older ones are deleted.

    Raises:
        UnknownRun: there is none.
        RunInTheWay: it is the starter, or is being trained.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    folder = folder_of(home, run_id)
    if folder == settings.STARTER_FOLDER:
        raise RunInTheWay("The starter is part of the program and can't be removed.")
    run_id = folder.name
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
