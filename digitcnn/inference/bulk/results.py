"""Rows → a file that grows as they arrive, and can be resumed.

CSV and JSON lines are written as they are. Parquet can't be added to: its rows are kept as JSON
lines beside it, and written at the end by pyarrow, in a process of its own.
"""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from digitcnn.errors import DigitcnnError
from digitcnn.inference.bulk.read import Row
from digitcnn.models.networks import N_CLASSES
from digitcnn.system import durable

KINDS = (".csv", ".jsonl", ".parquet")
COLUMNS = (
    "path",
    "page",
    "label",
    "confidence",
    "is_digit",
    "text",
    *(f"p{digit}" for digit in range(N_CLASSES)),
    "error",
)
_TO_PARQUET = """
import sys
from pyarrow import json, parquet
parquet.write_table(json.read_json(sys.argv[1]), sys.argv[2])
"""


class WrongResults(DigitcnnError):
    """A file of results that can't be written or resumed."""


class Results:
    """A file of results, open for more; a context manager.

    Args:
        path: its ending, one of :data:`KINDS`, tells the kind.

    Attributes:
        done: paths of the pictures that it has rows of already.

    Raises:
        WrongResults: another ending; or the file there is no file of results.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """

    def __init__(self, path: Path):
        self.path = path
        self._kind = path.suffix.lower()
        if self._kind not in KINDS:
            raise WrongResults(f"{path.name} must end in {', '.join(KINDS)}.")
        if self._kind == ".parquet":
            _require_pyarrow()
        is_parquet = self._kind == ".parquet"
        self._growing = path.with_name(f"{path.name}.part.jsonl") if is_parquet else path
        self.done = self._taken_up()
        with durable.writing(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = self._growing.open(
                "a", encoding="utf-8", errors="surrogateescape", newline=""
            )
        if self._kind == ".csv" and not self._growing.stat().st_size:
            csv.writer(self._file, lineterminator="\n").writerow(COLUMNS)

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, *_: object) -> None:
        with durable.writing(self.path.parent):
            self._file.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Writes the rows of one picture."""
        text = "".join(map(self._line, rows))
        with durable.writing(self.path.parent):
            self._file.write(text)
            self._file.flush()  # All pages at once: a picture that was half read is read again.

    def finish(self) -> None:
        """Writes what is written only when all rows are there.

        Raises:
            WrongResults: pyarrow refuses.
        """
        with durable.writing(self.path.parent):
            self._file.flush()
        if self._growing == self.path:
            return
        temporary = self.path.with_name(f".{self.path.name}.new")
        command = [sys.executable, "-c", _TO_PARQUET, str(self._growing), str(temporary)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise WrongResults(f"{self.path} can't be written: {last}")
        temporary.replace(self.path)
        self._growing.unlink()

    def _line(self, row: Row) -> str:
        if self._kind != ".csv":
            return json.dumps(row.to_dict()) + "\n"
        cells = row.to_dict()
        probabilities = cells.pop("probabilities") or [None] * N_CLASSES
        cells |= {f"p{digit}": p for digit, p in enumerate(probabilities)}
        file = io.StringIO()
        csv.writer(file, lineterminator="\n").writerow(
            "" if cells[name] is None else cells[name] for name in COLUMNS
        )
        return file.getvalue()

    def _taken_up(self) -> set[str]:
        """What is there already; a last line that was cut short is removed."""
        path = self._growing
        if self._kind == ".parquet" and self.path.exists():
            raise WrongResults(f"{self.path} is there already; delete it, or choose another name.")
        if not path.exists() or not path.stat().st_size:
            return set()
        try:
            data = path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            lines = whole.decode("utf-8", "surrogateescape")
            if self._kind == ".csv":
                reader = csv.DictReader(io.StringIO(lines, newline=""))
                if tuple(reader.fieldnames or ()) != COLUMNS:
                    raise ValueError("its columns are others")
                done = {row["path"] for row in reader}
            else:
                done = {json.loads(line)["path"] for line in lines.splitlines()}
            if len(whole) < len(data):
                with durable.writing(path.parent), path.open("r+b") as file:
                    file.truncate(len(whole))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WrongResults(
                f"{path} is there already and is no file of results ({error}); choose another "
                "name, or delete it."
            ) from error
        return done


def submission(labels: Iterable[int], path: Path) -> None:
    """Writes a submission for Kaggle's Digit Recognizer: ``ImageId``, from 1, and ``Label``.

    Raises:
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    rows = [f"{number},{label}\n" for number, label in enumerate(labels, start=1)]
    durable.write(path, "".join(["ImageId,Label\n", *rows]).encode())


def _require_pyarrow() -> None:
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise WrongResults(
            "Parquet needs pyarrow, not installed here: pip install pyarrow adds it. CSV and JSON "
            "lines need nothing."
        )
