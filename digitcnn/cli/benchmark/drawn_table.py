"""The figures of ``benchmark drawn`` as tables."""

from typing import Any

import click

from digitcnn.cli.terminal import percent, table


def show_drawn(figures: dict[str, Any]) -> None:
    """Prints what :meth:`digitcnn.benchmarks.accuracy.drawn.Reading.figures` gives."""
    low, high = figures["interval_95"]
    click.echo(
        f"{figures['run']} reads {percent(figures['accuracy'])} of {figures['n']:,} digits "
        f"(95 % interval {percent(low)} to {percent(high)}): {figures['errors']} mistakes.\n"
        f"Taken for no digit: {percent(figures['refused'])}. "
        f"Expected calibration error: {percent(figures['ece'])}.\n"
    )
    for title, key in (("site", "by_site"), ("digit", "by_digit")):
        rows = [(name, percent(part)) for name, part in figures[key].items()]
        click.echo(table((title, "read right"), rows, "lr") + "\n")
    rows = [
        (name, part["n"], percent(part["accuracy"])) for name, part in figures["by_style"].items()
    ]
    click.echo(table(("style", "digits", "read right"), rows, "lrr") + "\n")
    rows = [(row["true"], row["predicted"], row["n"]) for row in figures["confusions"]]
    click.echo(table(("true", "read as", "times"), rows, "rrr"))
    if "ablation" in figures:
        rows = [(row["what"], percent(row["accuracy"])) for row in figures["ablation"]]
        rows.insert(0, (f"all of it ({figures['run']})", percent(figures["accuracy"])))
        click.echo("\n" + table(("with", "read right"), rows, "lr"))
