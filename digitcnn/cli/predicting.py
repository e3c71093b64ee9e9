"""``predict --out``: many pictures into one file, with a progress bar."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from digitcnn.cli.terminal import native_messages_to
from digitcnn.data import digit_files
from digitcnn.data.digits import WrongDigits
from digitcnn.inference.bulk import cluster, read, results, sources
from digitcnn.inference.bulk.read import Row
from digitcnn.runs.run import Run
from digitcnn.settings import settings

ReadAll = Callable[[Sequence[Path | str]], Iterator[list[Row]]]


def asked(images: Sequence[str]) -> list[Path | str]:
    """The pictures for a cluster, from addresses and from this machine.

    Raises:
        NothingToRead, MissingExtra, ClusterFailed: see :func:`sources.pictures` and
            :func:`cluster.listed`.
    """
    found: list[Path | str] = []
    for one in images:
        if cluster.is_address(one):
            found += cluster.listed(one)
        else:
            found += [path.absolute() for path in sources.pictures([one], sys.stdin)]
    return found


def to_file(
    paths: Sequence[Path | str],
    run: Run,
    out: Path,
    layout: str,
    workers: int | None,
    address: str | None = None,
) -> int:
    """Reads pictures into a file of results, and prints a summary.

    Args:
        paths: the pictures' paths, or addresses if a cluster reads.
        run: the run to read with.
        out: the file to write.
        layout: ``rows`` or ``submission``.
        workers: number of processes; by default one per processor.
        address: of the Ray cluster that reads instead; see :func:`cluster.rows`.

    Returns:
        The command's exit code: 2 if none could be read, 130 if it was stopped.

    Raises:
        WrongResults, DiskFull, NotWritable: the file can't be written.
        DamagedRun, UnreadableModel: the run can't be used.
        MissingExtra, ClusterFailed: see :func:`cluster.rows`.
    """

    def read_all(chosen: Sequence[Path | str]) -> Iterator[list[Row]]:
        return _rows(chosen, run, workers or read.cores(), address)

    if layout == "submission":
        return _submit(paths, read_all, out)
    n_failed, n_read = 0, 0
    with results.Results(out) as file:
        todo = [path for path in paths if str(path) not in file.done]
        if file.done:
            n_done = len(paths) - len(todo)
            click.echo(f"{out} has {n_done:,} of {len(paths):,} already; continuing.", err=True)
        try:
            for rows in _shown(read_all(todo), len(todo)):
                file.add(rows)
                n_read += 1
                n_failed += any(row.error for row in rows)
        except KeyboardInterrupt:
            click.echo(
                f"\nStopped after {n_read:,} of {len(todo):,}. The same command resumes there.",
                err=True,
            )
            return 130
        file.finish()
    click.echo(f"{out}: {n_read:,} read now, {len(paths):,} in all.", err=True)
    if n_failed:
        click.echo(f"{n_failed:,} could not be read; the column error says why.", err=True)
    return 2 if n_failed and n_failed == n_read == len(paths) else 0


def _submit(paths: Sequence[Path | str], read_all: ReadAll, out: Path) -> int:
    labels, n_failed = [], 0
    for rows in _shown(read_all(paths), len(paths)):
        for row in rows:
            if row.error and digit_files.is_table(Path(row.path)):
                raise WrongDigits(row.error)
            n_failed += row.label is None
            labels.append(row.label or 0)
    results.submission(labels, out)
    click.echo(f"{out}: {len(labels):,} labels.", err=True)
    if n_failed:
        click.echo(f"{n_failed:,} could not be read as one digit; they are given as 0.", err=True)
    return 0


def _rows(
    paths: Sequence[Path | str], run: Run, n_workers: int, address: str | None
) -> Iterator[list[Row]]:
    backend = settings().backend
    with native_messages_to(os.devnull):
        if address is None:
            yield from read.rows([Path(path) for path in paths], run.folder, backend, n_workers)
        else:
            yield from cluster.rows([str(path) for path in paths], run.folder, backend, address)


def _shown(rows: Iterable[list[Row]], total: int) -> Iterator[list[Row]]:
    """The same rows, with a progress bar if standard error is a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("Reading"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=total)
        for one in rows:
            yield one
            bars.advance(task)


class _Rate(ProgressColumn):
    """Pictures a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} a second" if task.speed else "")
