"""Options that the benchmarks share."""

from collections.abc import Callable
from pathlib import Path

import click

from digitcnn.cli.terminal import Decorated
from digitcnn.runs.run import Run
from digitcnn.runs.store import current_run, find_run


def run_option(command: Decorated) -> Decorated:
    """Adds ``--run``; the command gets ``run_id``, for :func:`measured_run`."""
    return click.option(
        "--run", "run_id", metavar="RUN", help="Id of the run; by default the one in use."
    )(command)


def strokes_option(command: Decorated) -> Decorated:
    """Adds ``--strokes``, which is required; the command gets a :class:`pathlib.Path`."""
    return click.option(
        "--strokes",
        required=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="Digits as strokes: an .npz file in the format of the benchmarks' README.",
    )(command)


def stroke_files_option(which: str = "") -> Callable[[Decorated], Decorated]:
    """Adds ``--strokes``, once or more; the command gets a tuple of :class:`pathlib.Path`.

    Args:
        which: a condition that the digits must meet, in words, if any.
    """
    return click.option(
        "--strokes",
        required=True,
        multiple=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"Digits as strokes{which and ', ' + which}: an .npz file in the format of the "
        "benchmarks' README. May be given several times.",
    )


def letters_option(what_for: str) -> Callable[[Decorated], Decorated]:
    """Adds ``--letters``, a file; ``what_for`` is its help."""
    return click.option("--letters", type=click.Path(dir_okay=False, path_type=Path), help=what_for)


def sheet_option(shows: str) -> Callable[[Decorated], Decorated]:
    """Adds ``--sheet``, the file for a picture of what ``shows`` names."""
    return click.option(
        "--sheet",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"Write a picture of {shows}.",
    )


def number_option(
    default: int, most: int, of: str, least: int = 1
) -> Callable[[Decorated], Decorated]:
    """Adds ``--number``: how many things are measured, ``of`` in words."""
    return click.option(
        "--number",
        default=default,
        show_default=True,
        type=click.IntRange(least, most),
        help=f"How many {of}.",
    )


def seed_option(of: str) -> Callable[[Decorated], Decorated]:
    """Adds ``--seed``; ``of`` says what it seeds."""
    return click.option(
        "--seed", default=0, show_default=True, type=int, help=f"Random seed for {of}."
    )


def measured_run(home: Path, run_id: str | None) -> Run:
    """The run of that id, or the one in use.

    Raises:
        UnknownRun, DamagedRun: see :func:`digitcnn.runs.store.find_run`.
    """
    return find_run(home, run_id) if run_id else current_run(home)[0]
