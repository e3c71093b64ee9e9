"""Correction sets in the home folder: ``home/corrections/<name>.json``, a file each."""

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from digitcnn.data import corrections
from digitcnn.data.corrections import CorrectionSet, WrongCorrections
from digitcnn.errors import DigitcnnError
from digitcnn.models import recipes
from digitcnn.system import durable

FOLDER = "corrections"
MAX_SETS = 200
SUFFIX = ".json"

_one_at_a_time = threading.RLock()  # what is read, changed and written is one step


class UnknownSet(DigitcnnError):
    """There is no correction set of that name."""


class SetInTheWay(DigitcnnError):
    """Another set has the name, or there are as many as are kept."""


@dataclass(frozen=True)
class Listing:
    """A file in the folder.

    Attributes:
        name: its set's.
        set: the set; ``None`` if it can't be read.
        reason: why not, as a sentence.
    """

    name: str
    set: CorrectionSet | None
    reason: str = ""


def path_of(home: Path, name: str) -> Path:
    """Where the set of that name is kept; see :func:`corrections.proper_name` for errors."""
    return home / FOLDER / f"{corrections.proper_name(name)}{SUFFIX}"


def listings(home: Path) -> list[Listing]:
    """All files of the folder, the one last changed first."""
    try:
        paths = [path for path in (home / FOLDER).glob(f"*{SUFFIX}") if path.is_file()]
        paths = sorted(paths, key=lambda path: (-path.stat().st_mtime_ns, path.name))
    except OSError:
        return []
    return [_listing(path) for path in paths[:MAX_SETS]]


def sets(home: Path) -> list[CorrectionSet]:
    """All sets that can be read, the one last changed first."""
    return [listing.set for listing in listings(home) if listing.set is not None]


def load(home: Path, name: str) -> CorrectionSet:
    """The set of that name.

    Raises:
        UnknownSet: there is none.
        WrongCorrections: its file is damaged.
    """
    path = path_of(home, name)
    if not path.is_file():
        raise UnknownSet(
            f"There is no correction set “{name}”; digitcnn corrections lists those that there are."
        )
    return _read(path).renamed(path.stem)


def find(asked: str, home: Path) -> CorrectionSet:
    """The set of that name, or in that file.

    Raises:
        UnknownSet: there is none.
        WrongCorrections: it can't be read.
    """
    if not recipes.is_file(asked):
        return load(home, asked)
    path = Path(asked).expanduser()
    if not path.is_file():
        raise UnknownSet(f"There is no file {path}.")
    return _read(path)


def find_all(asked: str, home: Path) -> list[CorrectionSet]:
    """The sets that a recipe names: names and files joined by ``+``; errors are those of find."""
    return [find(part, home) for part in recipes.dataset_parts(asked)] if asked else []


def absolute(asked: str) -> str:
    """The same with each file's full path, which holds in another folder, too."""
    return recipes.JOIN.join(
        str(Path(part).expanduser().absolute()) if recipes.is_file(part) else part
        for part in recipes.dataset_parts(asked)
    )


def write(home: Path, wanted: CorrectionSet, replaces: bool = True) -> None:
    """Keeps a set.

    Args:
        home: the home folder.
        wanted: the set.
        replaces: whether it takes the place of one of the same name.

    Raises:
        SetInTheWay: there is one of that name, or there are ``MAX_SETS``.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    path = path_of(home, wanted.name)
    with _one_at_a_time:
        if not path.is_file():
            if len(listings(home)) >= MAX_SETS:
                raise SetInTheWay(f"There are {MAX_SETS} correction sets; remove some first.")
        elif not replaces:
            raise SetInTheWay(f"There is a correction set “{wanted.name}” already.")
        with durable.writing(home):
            path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(path, wanted.to_json())


def change(home: Path, name: str, make: Callable[[CorrectionSet], CorrectionSet]) -> CorrectionSet:
    """Puts what ``make`` makes of a set in its place; errors are those of load and write."""
    with _one_at_a_time:
        made = make(load(home, name))
        write(home, made)
    return made


def rename(home: Path, name: str, new: str) -> CorrectionSet:
    """Gives a set another name; errors are those of load and write."""
    with _one_at_a_time:
        before = load(home, name)
        renamed = before.renamed(new)
        if renamed.name != before.name:
            write(home, renamed, replaces=False)
            remove(home, before.name)
    return renamed


def remove(home: Path, name: str) -> None:
    """Takes a set away.

    Raises:
        UnknownSet: there is none of that name.
        NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    path = path_of(home, name)
    with _one_at_a_time:
        if not path.is_file():
            raise UnknownSet(f"There is no correction set “{name}” any more.")
        with durable.writing(path.parent):
            path.unlink()


def _listing(path: Path) -> Listing:
    try:
        return Listing(path.stem, _read(path).renamed(path.stem))
    except DigitcnnError as error:
        return Listing(path.stem, None, str(error))


def _read(path: Path) -> CorrectionSet:
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise WrongCorrections(f"{path} can't be read ({error.strerror}).") from error


@functools.lru_cache(maxsize=32)  # a page asks for the same ones at every click
def _parsed(path: Path, mtime_ns: int, size: int) -> CorrectionSet:
    if size > corrections.MAX_BYTES:
        raise WrongCorrections(f"{path} is too large for a correction set.")
    data = path.read_bytes()
    try:
        return corrections.read(data)
    except corrections.Contradiction:
        raise
    except WrongCorrections as error:
        raise WrongCorrections(f"{path}: {error}") from error
