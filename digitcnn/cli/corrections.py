"""``corrections``: correction sets of labels, and whether they helped."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitcnn.cli.terminal import home_option, json_option, mnist_option, print_json, table
from digitcnn.text import day

if TYPE_CHECKING:
    from digitcnn.data.corrections import CorrectionSet
    from digitcnn.data.digits import Digits

_PREFERENCES = ("first", "last", "newest")


@click.group(invoke_without_command=True)
@home_option
@json_option
@click.pass_context
def corrections(context: click.Context, home: Path, as_json: bool) -> None:
    """List the correction sets; show, check or merge them; tell whether they helped.

    A correction set records decisions about labels made on Explore: the label is right, the digit
    is really another one, or it is to be left out. It is one JSON file that contains none of the
    data. Wherever a command takes a correction set, it takes a name from this list or a file.
    """
    context.obj = home
    if context.invoked_subcommand is None:
        _list(home, as_json)


@corrections.command("list")
@json_option
@click.pass_obj
def listed(home: Path, as_json: bool) -> None:
    """List the correction sets of the home folder."""
    _list(home, as_json)


@corrections.command()
@click.argument("name", metavar="NAME|FILE")
@json_option
@click.pass_obj
def show(home: Path, name: str, as_json: bool) -> None:
    """Print a correction set's decision on each digit."""
    from digitcnn.data import correction_folder

    found = correction_folder.find(name, home)
    if as_json:
        print_json({**found.to_dict(), "set_fingerprint": found.fingerprint})
        return
    click.echo(f"{found.name}, of {found.of.name}\n{found.in_words()}\n")
    rows = [
        (
            f"{one.index:,}",
            one.was,
            "" if one.to is None else one.to,
            one.kind,
            ", ".join(one.tags),
            one.rule,
            day(one.when) if one.when else "–",
        )
        for one in found
    ]
    click.echo(table(("digit", "was", "is", "found", "tags", "decided", "when"), rows, "rrr"))


@corrections.command()
@click.argument("names", metavar="NAME|FILE...", nargs=-1, required=True)
@click.option(
    "--into",
    required=True,
    metavar="NAME|FILE",
    help="Name of the merged set, or a .json file to write it to.",
)
@click.option(
    "--prefer",
    type=click.Choice(_PREFERENCES),
    help="Which one counts if two contradict each other: the set named first or last, or the "
    "newest correction. By default contradictions stop the merge.",
)
@json_option
@click.pass_obj
def merge(home: Path, names: tuple[str, ...], into: str, prefer: Any, as_json: bool) -> None:
    """Merge correction sets of the same digits into one; a single file is added to the list."""
    from dataclasses import replace

    from digitcnn.data import correction_folder
    from digitcnn.models import recipes
    from digitcnn.system import durable

    first, *others = (correction_folder.find(name, home) for name in names)
    merged = first
    for other in others:
        merged = merged.merged(other, prefer)
    if recipes.is_file(into):
        path = Path(into).expanduser()
        merged = replace(merged, name=_name_of(path, merged.name))
        durable.write(path, merged.to_json())
    else:
        merged = merged.renamed(into)
        replaced = into in names
        correction_folder.write(home, merged, replaces=replaced)
    if as_json:
        print_json(_entry(merged))
    else:
        click.echo(f"{into}: {merged.in_words()}, of {merged.of.name}.")


@corrections.command()
@click.argument("name", metavar="NAME|FILE")
@click.option(
    "--dataset",
    metavar="NAME|FILE",
    help="The data set that it should belong to. By default only the file itself is checked.",
)
@click.option(
    "--part",
    type=click.Choice(["training", "test"]),
    help="Which digits of the data set; by default either.",
)
@mnist_option
@json_option
@click.pass_obj
def check(
    home: Path,
    name: str,
    dataset: str | None,
    part: str | None,
    mnist: Path | None,
    as_json: bool,
) -> None:
    """Check that a correction set can be read and belongs to a data set.

    Says which labels would change. If something is wrong, the exit code is 2.
    """
    from digitcnn.data import correction_folder

    found = correction_folder.find(name, home)
    where = None if dataset is None else _fitting(found, dataset, part, mnist, home)
    if as_json:
        print_json({**_entry(found), "fits": where})
        return
    click.echo(f"{found.name}: {found.in_words()}, of {found.of.name}.")
    if where is not None:
        click.echo(f"It is of {where}.")


@corrections.command()
@click.argument("run_id", metavar="RUN")
@click.argument("other", metavar="[BEFORE]", required=False)
@click.option(
    "--corrections",
    "names",
    multiple=True,
    metavar="NAME|FILE",
    help="Corrections of the test digits; may be given several times. By default those stored "
    "with RUN, and all in the home folder that concern its test digits.",
)
@json_option
@click.pass_obj
def compare(
    home: Path, run_id: str, other: str | None, names: tuple[str, ...], as_json: bool
) -> None:
    """Tell whether RUN makes fewer mistakes than BEFORE, and whether that could be chance.

    Compares them on the original and on the corrected labels of the test digits, by McNemar's test.
    BEFORE is by default the run of the same recipe without corrections, or else the previous run.
    """
    from digitcnn.data import correction_folder
    from digitcnn.data.corrections import OtherDataSet
    from digitcnn.runs import with_corrections
    from digitcnn.runs.store import UnknownRun, find_run

    run = find_run(home, run_id)
    before = find_run(home, other) if other else with_corrections.before(run, home)
    if before is None:
        raise UnknownRun(f"There is no run to compare {run_id} with; name one.")
    if names:
        sets = [correction_folder.find(name, home) for name in names]
        for one in sets:
            if one.of.fingerprint != run.card.dataset.fingerprint:
                raise OtherDataSet(
                    f"“{one.name}” corrects {one.of.name}, and not the test digits of {run_id}."
                )
    else:
        sets = correction_folder.sets(home)
    found = with_corrections.compare(run, before, with_corrections.of_test_digits(run, sets))
    if as_json:
        print_json({"run": run.id, "before": before.id, **found.figures()})
        return
    click.echo(f"{run.name} and, before, {before.name}")
    for sentence in found.in_words():
        click.echo(sentence)
    if found.corrected is None:
        click.echo("No label of a test digit was corrected.")


def _list(home: Path, as_json: bool) -> None:
    from digitcnn.data import correction_folder

    listings = correction_folder.listings(home)
    if as_json:
        print_json(
            [
                {"name": one.name, "reason": one.reason} if one.set is None else _entry(one.set)
                for one in listings
            ]
        )
        return
    rows = [
        (
            found.name,
            len(found),
            found.n_relabelled,
            found.n_left_out,
            found.n_right,
            found.of.name,
        )
        for found in (one.set for one in listings)
        if found is not None
    ]
    if rows:
        header = ("name", "digits", "relabelled", "left out", "right", "of")
        click.echo(table(header, rows, "lrrrr"))
    elif not listings:
        click.echo("There are no correction sets yet; make them on Explore, in the app.")
    for one in listings:
        if one.set is None:
            click.echo(f"{one.name} can't be read: {one.reason}", err=True)


def _entry(found: "CorrectionSet") -> dict[str, Any]:
    return {
        "name": found.name,
        "n": len(found),
        "relabelled": found.n_relabelled,
        "left_out": found.n_left_out,
        "right": found.n_right,
        "tags": list(found.tags()),
        "fingerprint": found.fingerprint,
        "dataset": found.to_dict()["dataset"],
    }


def _fitting(
    found: "CorrectionSet", dataset: str, part: str | None, mnist: Path | None, home: Path
) -> str:
    """Which digits of a data set a correction set belongs to, in words.

    Raises:
        OtherDataSet: of none of them.
    """
    from digitcnn.data import joined
    from digitcnn.data.corrections import OtherDataSet

    asked = joined.absolute(dataset)
    for one in joined.halves(asked, home, mnist):
        halves: dict[str, Digits | None] = {"training": one.training, "test": one.test}
        if part is None:
            halves["whole"] = one.whole()
        for name, digits in halves.items():
            if digits is None or part not in (None, name) or len(digits) != found.of.n:
                continue
            try:
                found.check(digits)
            except OtherDataSet:
                continue
            return (
                f"the digits of {one.title}"
                if name == "whole"
                else (f"the {name} digits of {one.title}")
            )
    raise OtherDataSet(
        f"“{found.name}” corrects {found.of.name}, and no {part or 'training or test'} digits of "
        f"{dataset}."
    )


def _name_of(path: Path, usual: str) -> str:
    from digitcnn.data.corrections import WrongCorrections, proper_name

    try:
        return proper_name(path.stem)
    except WrongCorrections:
        return usual
