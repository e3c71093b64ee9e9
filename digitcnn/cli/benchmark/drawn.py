"""``benchmark drawn``: how well digits written with a pen are read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from digitcnn.cli.benchmark.options import (
    letters_option,
    measured_run,
    run_option,
    sheet_option,
    stroke_files_option,
)
from digitcnn.cli.terminal import (
    home_option,
    json_option,
    mnist_option,
    print_json,
    recipe_option,
    table,
)
from digitcnn.models import recipes
from digitcnn.runs.card import FEWEST_MEMBERS
from digitcnn.text import percent

if TYPE_CHECKING:
    from digitcnn.benchmarks.accuracy.stroke_file import PenDigits


@click.command()
@stroke_files_option()
@run_option
@sheet_option("the mistakes, each captioned label > reading")
@click.option(
    "--ablation",
    is_flag=True,
    help="Compare with the same network trained without synthetic handwriting (takes minutes), "
    "and with that network and only resizing as preprocessing.",
)
@click.option(
    "--keep", is_flag=True, help="Store the figure with the run, for the app's table of runs."
)
@click.option(
    "--leave-one-site-out",
    is_flag=True,
    help="Measure the recipe instead of a run: for each site in the files, fit the stroke model "
    "to all others, train with it, and read that site. Takes one training per site and seed.",
)
@letters_option(
    "With --leave-one-site-out: letters as strokes, to learn to refuse; kinds of letters are left "
    "out in turn as well."
)
@recipe_option(recipes.RECIPES, "default", "With --leave-one-site-out: the recipe.")
@click.option(
    "--seed",
    "seeds",
    type=click.IntRange(0),
    multiple=True,
    default=(0,),
    show_default=True,
    help="With --leave-one-site-out: seed of the trainings. May be given several times.",
)
@click.option(
    "--site",
    "sites",
    multiple=True,
    help="With --leave-one-site-out: leave out only this site. May be given several times.",
)
@click.option(
    "--folds",
    type=click.IntRange(2),
    help="With --leave-one-site-out: leave out several sites at once, in this many folds. Takes "
    "fewer trainings, but each learns from fewer writers.",
)
@click.option(
    "--together",
    is_flag=True,
    help="With --leave-one-site-out and several seeds: combine their networks in an ensemble.",
)
@mnist_option
@home_option
@json_option
def drawn(
    strokes: tuple[Path, ...],
    run_id: str | None,
    sheet: Path | None,
    ablation: bool,
    keep: bool,
    leave_one_site_out: bool,
    letters: Path | None,
    recipe_name: str,
    seeds: tuple[int, ...],
    sites: tuple[str, ...],
    folds: int | None,
    together: bool,
    mnist: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """How well digits written with a pen are read.

    Each digit is placed on the canvas at a random size and position, by a fixed protocol, and read
    like any drawing. The figure says something about new writers only if nothing was learned from
    those in the file; --leave-one-site-out ensures that.
    """
    from digitcnn.benchmarks.accuracy import drawn as measurement
    from digitcnn.benchmarks.accuracy import stroke_file
    from digitcnn.inference.recognizer import Recognizer
    from digitcnn.runs.store import keep_figures
    from digitcnn.settings import settings

    digits = stroke_file.read_all(strokes)
    if leave_one_site_out:
        if run_id or sheet or ablation or keep:
            raise click.UsageError(
                "--leave-one-site-out trains its own networks: it can't be combined with --run, "
                "--sheet, --ablation or --keep."
            )
        if together and len(set(seeds)) < FEWEST_MEMBERS:
            raise click.UsageError("--together takes two seeds or more, such as --seed 0 --seed 1.")
        _leave_out(digits, letters, recipe_name, seeds, sites, folds, together, mnist, as_json)
        return
    run = measured_run(home, run_id)
    reading = measurement.read(digits, Recognizer(run, settings().backend))
    figures = {"run": run.id, **reading.figures()}
    if keep:
        kept = {"drawn_accuracy": figures["accuracy"], "drawn_n": figures["n"]}
        keep_figures(home, run.id, kept)
    if ablation:
        from digitcnn.benchmarks.accuracy.ablation import without

        figures["ablation"] = without(run, digits, mnist)
    if sheet is not None:
        from digitcnn.figures.sheets import save_sheet

        wrong = np.flatnonzero(~reading.right)
        captions = [f"{reading.digits.labels[i]} > {reading.predicted[i]}" for i in wrong]
        save_sheet(sheet, reading.images[wrong], captions)
    if as_json:
        print_json(figures)
    else:
        _show(figures)


def _leave_out(
    digits: "PenDigits",
    letters: Path | None,
    recipe_name: str,
    seeds: tuple[int, ...],
    sites: tuple[str, ...],
    folds: int | None,
    together: bool,
    mnist: Path | None,
    as_json: bool,
) -> None:
    from digitcnn.benchmarks.accuracy import left_out, stroke_file

    training = ["--recipe", recipe_name]
    if mnist is not None:
        training += ["--mnist", str(mnist)]
    figures = left_out.measure(
        digits,
        stroke_file.read_characters(letters) if letters else None,
        training,
        seeds,
        sites,
        folds,
        lambda words: click.echo(words, err=True),
        together,
    )
    asked = {"recipe": recipe_name, "seeds": list(seeds), "folds": folds, "together": together}
    figures = {**asked, **figures}
    if as_json:
        print_json(figures)
        return
    click.echo(
        f"The recipe {recipe_name} reads {percent(figures['mean_of_sites'])} of left-out sites "
        f"correctly (mean over sites; {figures['errors']} mistakes in {figures['n']:,} "
        "readings).\n"
        f"Refused as no digit: {percent(figures['refused'])}. "
        f"Expected calibration error: {percent(figures['ece'])}. "
        f"MNIST's test digits: {percent(figures['mnist'])}.\n"
    )
    unlearned = figures["strokes_not_learned"]
    if unlearned["n"]:
        click.echo(
            f"{unlearned['errors']} mistakes are among {unlearned['n']:,} readings of digits "
            "in a number of strokes that the stroke model had not learned for them.\n"
        )
    _show_parts(figures)
    if "auroc_letters" in figures:
        click.echo(
            f"Letters of kinds not learned: area under the ROC curve "
            f"{figures['auroc_letters']:.4f}, refused {percent(figures['refused_letters'])}.\n"
        )
        rows = [(name, percent(part)) for name, part in figures["refused_by_letter"].items()]
        click.echo(table(("letter", "refused"), rows, "lr"))


def _show(figures: dict[str, Any]) -> None:
    low, high = figures["interval_95"]
    click.echo(
        f"{figures['run']} reads {percent(figures['accuracy'])} of {figures['n']:,} digits "
        f"correctly (95% interval {percent(low)} to {percent(high)}): {figures['errors']} "
        "mistakes.\n"
        f"Refused as no digit: {percent(figures['refused'])}. "
        f"Expected calibration error: {percent(figures['ece'])}.\n"
    )
    _show_parts(figures)
    rows: list[tuple[Any, ...]] = [
        (name, part["n"], percent(part["accuracy"])) for name, part in figures["by_style"].items()
    ]
    click.echo(table(("style", "digits", "correct"), rows, "lrr") + "\n")
    rows = [(row["true"], row["predicted"], row["n"]) for row in figures["confusions"]]
    click.echo(table(("true", "read as", "times"), rows, "rrr"))
    if "ablation" in figures:
        rows = [(row["what"], percent(row["accuracy"])) for row in figures["ablation"]]
        rows.insert(0, (f"all of it ({figures['run']})", percent(figures["accuracy"])))
        click.echo("\n" + table(("with", "correct"), rows, "lr"))


def _show_parts(figures: dict[str, Any]) -> None:
    for title, key in (("site", "by_site"), ("digit", "by_digit")):
        rows = [(name, percent(part)) for name, part in figures[key].items()]
        click.echo(table((title, "correct"), rows, "lr") + "\n")
