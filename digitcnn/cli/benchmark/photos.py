"""``benchmark photos``: numbers in composed photos, found and read."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitcnn.cli.benchmark.options import (
    measured_run,
    number_option,
    run_option,
    seed_option,
    sheet_option,
    strokes_option,
)
from digitcnn.cli.terminal import home_option, json_option, native_messages_to, print_json, table
from digitcnn.text import percent

if TYPE_CHECKING:
    from digitcnn.benchmarks.accuracy.photo_mix import KindReading
    from digitcnn.benchmarks.accuracy.stroke_file import PenDigits
    from digitcnn.inference.recognizer import Recognizer


@click.command()
@strokes_option
@run_option
@number_option(300, 10_000, "photos")
@seed_option("the photos")
@click.option(
    "--kinds",
    "per_kind",
    type=click.IntRange(1, 1000),
    help="Instead of photos: this many pictures of each kind that people have.",
)
@sheet_option("the photos with mistakes, with what was read")
@home_option
@json_option
def photos(
    strokes: Path,
    run_id: str | None,
    number: int,
    per_kind: int | None,
    seed: int,
    sheet: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """How well numbers in photos are found and read.

    Photos are composed of pen digits: one to three lines of numbers, in any ink on plain, lined or
    squared paper or on a board, in uneven light, rotated by up to 7°, blurred, noisy, and saved as
    JPEG of quality 60. A digit is found if a box covers it (intersection over union of at least a
    half), and correct if it is found and read correctly; percentages are of all digits written.

    With --kinds, the pictures are of some fifty kinds instead: digits in boxes, hair lines, hollow,
    on squared paper, touching, rotated, underlined, with signs between them, and so on. An error
    counts as marked if the reading itself says that something there is uncertain or no digit.
    """
    from digitcnn.benchmarks.accuracy import photo_mix, stroke_file
    from digitcnn.benchmarks.accuracy import photos as measurement
    from digitcnn.benchmarks.accuracy.paper import written_pages
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.settings import settings
    from digitcnn.system import durable

    run = measured_run(home, run_id)
    digits = stroke_file.read(strokes)
    with native_messages_to(os.devnull):
        recognizer = Recognizer(run, settings().backend)
    if per_kind is not None:
        of_kinds = _read_kinds(digits, recognizer, per_kind, seed)
        figures = {"run": run.id, **photo_mix.figures(of_kinds)}
        if sheet is not None:
            durable.write(sheet, photo_mix.sheet(of_kinds))
        if as_json:
            print_json(figures)
        else:
            _show_kinds(figures)
        return
    pages = written_pages(digits, number, seed)
    readings = list(measurement.read_pages(pages, recognizer))
    figures = {"run": run.id, **measurement.figures(readings)}
    if sheet is not None:
        durable.write(sheet, measurement.sheet(readings))
    if as_json:
        print_json(figures)
    else:
        _show(figures)


def _read_kinds(
    digits: "PenDigits", recognizer: "Recognizer", per_kind: int, seed: int
) -> "list[KindReading]":
    from digitcnn.benchmarks.accuracy import photo_kinds, photo_mix

    readings: list[KindReading] = []
    for kind in photo_kinds.KINDS:
        made = photo_kinds.pictures(kind, digits, per_kind, seed)
        readings += photo_mix.read_kinds(made, recognizer)
    return readings


def _show_kinds(figures: dict[str, Any]) -> None:
    click.echo(f"{figures['n']:,} digits and signs in {figures['photos']:,} pictures")
    click.echo(f"correct                {percent(figures['accuracy'])}")
    click.echo(f"wrong and not marked   {percent(figures['wrong_unmarked'])}")
    click.echo(f"whole pictures correct {percent(figures['photos_right'])}\n")
    rows = [
        (kind, f"{of['n']:,}", percent(of["accuracy"]), percent(of["wrong_unmarked"]),
         percent(of["photos_right"]))
        for kind, of in figures["by_kind"].items()
    ]  # fmt: skip
    titles = ("kind", "digits", "correct", "wrong, not marked", "pictures correct")
    click.echo(table(titles, rows, "lrrrr"))


def _show(figures: dict[str, Any]) -> None:
    photos, n, lines = figures["photos"], figures["n"], figures["lines"]
    click.echo(f"{n:,} digits in {lines:,} lines of {photos:,} photos")
    click.echo(f"found          {percent(figures['found'])}")
    click.echo(f"correct        {percent(figures['accuracy'])}")
    click.echo(f"lines correct  {percent(figures['lines_right'])}")
    click.echo(f"false finds    {figures['false_per_photo']:.3f} per photo")
    click.echo(f"time           {1e3 * figures['seconds_median']:.0f} ms per photo (median)\n")
    rows = [
        (name, f"{group['n']:,}", percent(group["found"]), percent(group["accuracy"]))
        for name, group in figures["by_ground"].items()
    ]
    click.echo(table(("paper", "digits", "found", "correct"), rows, "lrrr"))
