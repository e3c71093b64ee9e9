"""``benchmark bulk``: many files."""

from pathlib import Path

import click

from digitcnn.cli.benchmark.options import measured_run, run_option
from digitcnn.cli.terminal import home_option, json_option, print_json, table


@click.command()
@run_option
@click.option(
    "--number",
    "numbers",
    multiple=True,
    default=(1_000, 10_000),
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="How many files; may be given several times.",
)
@click.option("--ray", "with_ray", is_flag=True, help="Also measure a Ray cluster on this machine.")
@home_option
@json_option
def bulk(
    run_id: str | None, numbers: tuple[int, ...], with_ray: bool, home: Path, as_json: bool
) -> None:
    """How many pictures per second predict --out reads, by number of files.

    The files are PNG pictures of synthetic digits, 28 by 28 pixels, read by one process, by all
    cores, and with --ray by a Ray cluster. Start-up time is included.
    """
    from digitcnn.benchmarks.speed import bulk as measurement
    from digitcnn.settings import settings

    run = measured_run(home, run_id)
    figures = measurement.measure(
        run, settings().backend, numbers, with_ray, lambda words: click.echo(words, err=True)
    )
    if as_json:
        print_json(figures)
        return
    rows = [
        (f"{one['files']:,}", name, f"{one['seconds']:.1f} s", f"{one['per_second']:,.0f}")
        for name, measured in figures["ways"].items()
        for one in measured
    ]
    click.echo(table(("files", f"by ({figures['cores']} cores)", "time", "a second"), rows, "rlrr"))
