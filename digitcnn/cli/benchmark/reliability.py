"""``benchmark load`` and ``benchmark faults``: many visitors, attacks, and faults."""

from pathlib import Path
from typing import Any

import click

from digitcnn.cli.benchmark.options import seed_option
from digitcnn.cli.terminal import home_option, json_option, print_json, table


@click.command()
@click.option(
    "--sessions", default=50, show_default=True, type=click.IntRange(1, 1000), help="How many."
)
@click.option(
    "--seconds",
    default=120.0,
    show_default=True,
    type=click.FloatRange(1, 86_400),
    help="Duration, once all pages are loaded.",
)
@click.option(
    "--every",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0.05, 600),
    help="Seconds between strokes of a session.",
)
@click.option(
    "--explore",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of the sessions that use Explore instead, such as 0.33.",
)
@click.option("--training", is_flag=True, help="Run a training meanwhile.")
@click.option(
    "--hostile",
    is_flag=True,
    help="Ten sessions draw while others attack: each attack lasts --seconds / 12.",
)
@click.option(
    "--only",
    "names",
    multiple=True,
    metavar="ATTACK",
    help="With --hostile: only this attack; may be given several times. “together” is all of "
    "them at once.",
)
@click.option(
    "--settle",
    default=120.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help="Seconds after the attacks before memory is measured again.",
)
@home_option
@json_option
def load(
    sessions: int,
    seconds: float,
    every: float,
    explore: float,
    training: bool,
    hostile: bool,
    names: tuple[str, ...],
    settle: float,
    home: Path,
    as_json: bool,
) -> int:
    """How long many visitors at once wait, and whether each gets its own answer.

    Starts the app and opens real websocket sessions that draw different strokes. Exit code 1 if an
    answer failed, was lost, or belonged to other strokes.
    """
    if hostile:
        return _hostile(home, seconds / 12, settle, names, as_json)
    from digitcnn.benchmarks.robustness import load as measurement

    figures = measurement.measure(home, sessions, seconds, every, explore, training)
    if as_json:
        print_json(figures)
    else:
        width = max(map(len, figures))
        for name, value in figures.items():
            click.echo(f"{name:{width}}  {f'{value:,.1f}' if isinstance(value, float) else value}")
    return int(bool(figures["errors"] or figures["lost"] or figures["foreign"]))


def _hostile(
    home: Path, seconds: float, settle_s: float, names: tuple[str, ...], as_json: bool
) -> int:
    from digitcnn.benchmarks.robustness import hostile as measurement

    figures = measurement.measure(home, seconds, settle_s, names)
    if as_json:
        print_json(figures)
    else:
        windows = {name: found for name, found in figures.items() if isinstance(found, dict)}
        first, *_ = windows.values()
        rows = [
            (name, *(f"{value:,.2f}" if column == "had" else f"{value:,.0f}"
             for column, value in found.items()))
            for name, found in windows.items()
        ]  # fmt: skip
        click.echo(table(("attack", *first), rows, "l" + "r" * len(first)))
        for name, value in figures.items():
            if not isinstance(value, dict):
                click.echo(f"{name:18}  {value:,.1f}")
    return int(
        any(
            found["lost"] or found["errors"]
            for found in figures.values()
            if isinstance(found, dict)
        )
    )


@click.command()
@click.argument("names", metavar="[FAULT]...", nargs=-1)
@click.option(
    "--number",
    default=20,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Trials of each fault.",
)
@seed_option("the random moments")
@json_option
def faults(names: tuple[str, ...], number: int, seed: int, as_json: bool) -> int:
    """What happens when things go wrong, many times, at random moments.

    \b
    trainer-killed  the training process is killed
    web-killed      the app is killed during a training, and started again
    disk-full       the disk fills up while a run is written
    run-damaged     the run in use is cut short, changed or deleted
    read-only       the home folder can't be written to
    download-fails  MNIST's download is cut, slow, corrupted or redirected
    clock-set-back  all files have times in the future
    two-of-each     two apps and two trainings on one home folder
    memory-short    app and training share 690 MB of memory

    Everything happens in separate home folders; yours is not touched. web-killed needs MNIST on
    this machine. Exit code 1 if anything was lost, or the app was down.
    """
    from digitcnn.benchmarks.robustness.faults import series

    unknown = [name for name in names if name not in series.FAULTS]
    if unknown:
        raise click.UsageError(f"There is no fault {unknown[0]!r}; see --help.")

    def tell(name: str, tried: int) -> None:
        click.echo(f"{name}: {tried}", err=True)

    results = series.measure(names, number, seed, tell)
    if as_json:
        print_json(results)
    else:
        _show(results)
    return int(any(result["lost"] or result["down"] for result in results.values()))


def _show(results: dict[str, dict[str, Any]]) -> None:
    rows = [
        (name, result["tried"], result["lost"], result["down"], _outcomes(result))
        for name, result in results.items()
    ]
    click.echo(table(("fault", "tried", "lost", "down", "what happened"), rows, "lrrrl"))
    for name, result in results.items():
        for trouble in result["troubles"]:
            click.echo(f"{name}: {trouble}", err=True)


def _outcomes(result: dict[str, Any]) -> str:
    counted = ", ".join(f"{n} {outcome}" for outcome, n in result["outcomes"].items())
    return result["not_tried"] or counted
