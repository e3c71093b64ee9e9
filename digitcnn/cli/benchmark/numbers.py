"""``benchmark numbers``: several digits on one paper."""

from pathlib import Path

import click

from digitcnn.cli.benchmark.options import (
    measured_run,
    number_option,
    run_option,
    seed_option,
    sheet_option,
    strokes_option,
)
from digitcnn.cli.terminal import home_option, json_option, print_json, table
from digitcnn.text import percent


@click.command()
@strokes_option
@run_option
@number_option(2000, 100_000, "numbers")
@seed_option("the composed numbers")
@sheet_option("the misread numbers, each captioned digits > reading")
@home_option
@json_option
def numbers(
    strokes: Path,
    run_id: str | None,
    number: int,
    seed: int,
    sheet: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """How well numbers composed of pen digits are read.

    Two to six digits of one site side by side, with gaps of 10 to 60% of a digit's width, slightly
    uneven in size and height. A digit is correct if exactly its strokes were grouped and the group
    was read as that digit; a number is correct if all its digits are.
    """
    from digitcnn.benchmarks.accuracy import numbers as measurement
    from digitcnn.benchmarks.accuracy import stroke_file
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.settings import settings

    run = measured_run(home, run_id)
    drawn = measurement.composed(stroke_file.read(strokes), number, seed)
    reading = measurement.read(drawn, Recognizer(run, settings().backend))
    figures = {"run": run.id, **reading.figures()}
    if sheet is not None:
        from digitcnn.figures.sheets import save_sheet

        save_sheet(sheet, *reading.wrong(), columns=4, zoom=1)
    if as_json:
        print_json(figures)
        return
    low, high = figures["numbers_interval_95"]
    click.echo(
        f"{run.id} reads {percent(figures['numbers_right'])} of {figures['n_numbers']:,} numbers "
        f"(95% interval {percent(low)} to {percent(high)})\n"
        f"and {percent(figures['digits_right'])} of their {figures['n_digits']:,} digits; "
        f"{percent(figures['grouped_right'])} of the numbers are grouped correctly.\n"
        f"A number takes {figures['took_ms']:.0f} ms.\n"
    )
    for title, key in (("digits", "by_length"), ("site", "by_site")):
        rows = [(name, percent(part)) for name, part in figures[key].items()]
        click.echo(table((title, "numbers correct"), rows, "lr") + "\n")
