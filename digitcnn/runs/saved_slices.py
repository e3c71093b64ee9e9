"""Slices saved by name: ``home/slices.json``, a list of them."""

import json
import threading
from pathlib import Path

from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import slices
from digitcnn.evaluation.slices import Slice, WrongSlice
from digitcnn.system import durable

FILE = "slices.json"
FORMAT, VERSION = "digitcnn slices", 1
MOST = 200
_MAX_BYTES = 20_000_000

_one_at_a_time = threading.Lock()  # what is read, changed and written is one step


class DamagedSlices(DigitcnnError):
    """The file of slices can't be read."""


class TooManySlices(DigitcnnError):
    """No further slice can be saved."""


def saved(home: Path) -> list[Slice]:
    """All that are saved, in the order of saving.

    Raises:
        DamagedSlices: the file is there, and not what :func:`write` wrote.
    """
    path = home / FILE
    try:
        with open(path, "rb") as file:
            content = json.loads(file.read(_MAX_BYTES))
        if content["format"] != FORMAT or content["version"] != VERSION:
            raise ValueError("another format or version")
        return [slices.read(entry) for entry in content["slices"][:MOST]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, RecursionError, WrongSlice) as error:
        raise DamagedSlices(
            f"The saved slices can't be read ({error}). Repair or remove {FILE} in the home folder."
        ) from error


def write(home: Path, wanted: Slice) -> None:
    """Saves a slice, in the place of one of the same name of the same data set.

    Raises:
        DamagedSlices, TooManySlices: the file can't be read, or is full.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    with _one_at_a_time:
        others = [one for one in saved(home) if not _same(one, wanted.name, wanted.data)]
        if len(others) >= MOST:
            raise TooManySlices(f"{MOST} slices are saved, which is the limit; remove some.")
        _put(home, [*others, wanted])


def remove(home: Path, name: str, data: str) -> None:
    """Takes the slice of that name and data set away, if there is one; errors as for write."""
    with _one_at_a_time:
        _put(home, [one for one in saved(home) if not _same(one, name, data)])


def _same(one: Slice, name: str, data: str) -> bool:
    return (one.name, one.data) == (name, data)


def _put(home: Path, kept: list[Slice]) -> None:
    content = {"format": FORMAT, "version": VERSION, "slices": [one.to_dict() for one in kept]}
    with durable.writing(home):
        home.mkdir(parents=True, exist_ok=True)
    durable.write(home / FILE, json.dumps(content, ensure_ascii=False).encode())
