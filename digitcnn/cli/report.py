"""``report``: everything about a run in one HTML file."""

from pathlib import Path

import click

from digitcnn.cli.terminal import home_option, output_option


@click.command()
@click.argument("run_id", metavar="RUN")
@output_option(".html")
@home_option
def report(run_id: str, output: Path | None, home: Path) -> None:
    """Write a report on RUN: one HTML file that opens offline.

    It has the run's curves, confusion matrix, figures per digit, worst mistakes, layers and recipe,
    and the command that repeats the training.
    """
    from digitcnn.report import report as reports
    from digitcnn.runs.store import find_run
    from digitcnn.system import durable

    run = find_run(home, run_id)
    target = output or Path(f"{run.id}.html")
    durable.write(target, reports.make(run, home))
    click.echo(f"The report on {run.id} is in {target}.")
