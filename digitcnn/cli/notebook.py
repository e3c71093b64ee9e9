"""``notebook``: how a run's network is built and trained, step by step."""

from pathlib import Path

import click

from digitcnn.cli.terminal import home_option, output_option


@click.command()
@click.argument("run_id", metavar="RUN")
@output_option(".ipynb")
@home_option
def notebook(run_id: str, output: Path | None, home: Path) -> None:
    """Write a notebook that builds, trains and tests RUN's network in plain Keras.

    Each step is explained for beginners. The notebook does not need this program.
    """
    from digitcnn.report.notebook import notebook as notebook_of
    from digitcnn.runs.store import find_run
    from digitcnn.system import durable

    run = find_run(home, run_id)
    target = output or Path(f"{run.id}.ipynb")
    durable.write(target, notebook_of(run).encode())
    click.echo(f"{target} explains how {run.id} is made.")
