"""``predict --out``: very many pictures into a file, with a bar that says how far it is."""

import os
from collections.abc import Iterable, Iterator, Sequence
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
from digitcnn.inference.bulk import read, results
from digitcnn.inference.bulk.read import Row
from digitcnn.runs.run import Run
from digitcnn.settings import settings


def to_file(paths: Sequence[Path], run: Run, out: Path, layout: str, workers: int | None) -> int:
    """Reads pictures into a file of results, and says what came of it.

    Returns:
        The command's exit code: 2 if none could be read, 130 if it was stopped.

    Raises:
        WrongResults, DiskFull, NotWritable: the file can't be written.
        DamagedRun, UnreadableModel: the run can't be used.
    """
    n_workers = workers or read.cores()
    if layout == "submission":
        return _submit(paths, run, out, n_workers)
    n_failed, n_read = 0, 0
    with results.Results(out) as file:
        todo = [path for path in paths if str(path) not in file.done]
        if file.done:
            n_done = len(paths) - len(todo)
            click.echo(f"{out} has {n_done:,} of {len(paths):,} already; going on.", err=True)
        try:
            for rows in _shown(_rows(todo, run, n_workers), len(todo)):
                file.add(rows)
                n_read += 1
                n_failed += any(row.error for row in rows)
        except KeyboardInterrupt:
            click.echo(
                f"\nStopped after {n_read:,} of {len(todo):,}. The same command goes on from "
                "there.",
                err=True,
            )
            return 130
        file.finish()
    click.echo(f"{out}: {n_read:,} read now, {len(paths):,} in all.", err=True)
    if n_failed:
        click.echo(f"{n_failed:,} could not be read; the column error says why.", err=True)
    return 2 if n_failed and n_failed == n_read == len(paths) else 0


def _submit(paths: Sequence[Path], run: Run, out: Path, n_workers: int) -> int:
    labels, n_failed = [], 0
    for rows in _shown(_rows(paths, run, n_workers), len(paths)):
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


def _rows(paths: Sequence[Path], run: Run, n_workers: int) -> Iterator[list[Row]]:
    with native_messages_to(os.devnull):
        yield from read.rows(paths, run.folder, settings().backend, n_workers)


def _shown(rows: Iterable[list[Row]], total: int) -> Iterator[list[Row]]:
    """The same, with a bar on standard error; where that is no terminal, without."""
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
