"""``check``: whether a run meets expectations."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitcnn.cli.terminal import (
    home_option,
    json_option,
    native_messages_to,
    print_json,
    table,
)
from digitcnn.text import percent

if TYPE_CHECKING:
    from digitcnn.evaluation.expectations import Outcome


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option(
    "--expectations",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A JSON file of expectations; by default the built-in ones.",
)
@click.option("--again", is_flag=True, help="Measure again what is already known.")
@click.option(
    "--keep-in-run",
    is_flag=True,
    help="Also store the outcome in the run's folder, so that it travels with the run.",
)
@click.option("--show", is_flag=True, help="Print the expectations as JSON and exit.")
@home_option
@json_option
def check(
    run_id: str,
    path: Path | None,
    again: bool,
    keep_in_run: bool,
    show: bool,
    home: Path,
    as_json: bool,
) -> int:
    """Check whether RUN meets expectations.

    An expectation says how many digits of a slice must be read correctly: crossed sevens at least
    99%, digits rotated by 20 degrees at least 97%, the drawings in a file. Exit code 0 if all hold,
    1 if some don't, 2 if that can't be determined. Outcomes are kept and shown in the table of runs
    on Train. A public site, where nobody can run checks, shows those stored in a run's folder
    (--keep-in-run), as they are for the starter.
    """
    from digitcnn.inference import check as checking
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.runs import checks
    from digitcnn.runs.checks import Checked
    from digitcnn.runs.store import find_run
    from digitcnn.settings import settings

    expectations = checking.shipped() if path is None else checking.load(path)
    if show:
        click.echo(expectations.to_json().decode())
        return 0
    run = find_run(home, run_id)
    mark = checking.mark(expectations)
    checked = None if again else checks.kept(home, run, mark)
    # Data that was missing then may be there now.
    if checked is None or any(outcome.trouble for outcome in checked.outcomes):
        started = time.monotonic()
        with native_messages_to(os.devnull):
            recognizer = Recognizer(run, settings().backend)
            outcomes = checking.check(run, recognizer, expectations, home)
        checked = Checked(expectations.name, tuple(outcomes), time.monotonic() - started)
        checks.keep(home, run, mark, checked)
    if keep_in_run:
        checks.keep_in_run(run, mark, checked)
    held = sum(outcome.holds for outcome in checked.outcomes)
    if as_json:
        print_json(
            {
                "run": run.id,
                "expectations": checked.name,
                "hold": held,
                "of": len(checked.outcomes),
                "seconds": checked.seconds,
                "outcomes": [outcome.to_dict() for outcome in checked.outcomes],
            }
        )
    else:
        click.echo(_table(checked.outcomes))
        click.echo(f"\n{run.id}: {held} of {len(checked.outcomes)} expectations hold.")
        for outcome in checked.outcomes:
            if outcome.trouble:
                click.echo(f"{outcome.name}: {outcome.trouble}", err=True)
    return 0 if held == len(checked.outcomes) else 1


def _table(outcomes: "tuple[Outcome, ...]") -> str:
    rows = [
        (
            "holds" if outcome.holds else "FAILS" if not outcome.trouble else "unknown",
            outcome.name,
            percent(outcome.accuracy) if outcome.n else "–",
            percent(outcome.at_least),
            f"{outcome.n - outcome.right:,}" if outcome.n else "–",
            f"{outcome.n:,}",
            outcome.words,
        )
        for outcome in outcomes
    ]
    header = ("", "slice", "correct", "expected", "mistakes", "digits", "what it is")
    return table(header, rows, "llrrrrl")
