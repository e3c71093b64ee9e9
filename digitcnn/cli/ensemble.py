"""``runs ensemble`` and ``runs members``: several runs as one, and where they disagree."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitcnn.cli.terminal import json_option, mnist_option, native_messages_to, print_json, table
from digitcnn.text import percent

if TYPE_CHECKING:
    from digitcnn.evaluation.agreement import Agreement
    from digitcnn.runs.run import Run

_SHOWN = 20  # digits that the terminal lists


@click.command()
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True)
@click.option("--name", default="", help="Name of the ensemble; by default size and date.")
@click.option("--use", is_flag=True, help="Use it from now on, here and in the app.")
@mnist_option
@json_option
@click.pass_obj
def ensemble(
    home: Path, run_ids: tuple[str, ...], name: str, use: bool, mnist: Path | None, as_json: bool
) -> None:
    """Combine several RUNs into one: an ensemble of their networks.

    The logits of all networks are averaged, calibrated on validation digits that none of them was
    trained on, and evaluated once on the test digits. The new run is self-contained; reading takes
    as long as all its networks together. Two to seven runs of the same data set, trained here, can
    be combined.
    """
    from digitcnn.training import ensemble as ensembles

    def watch(doing: str) -> None:
        click.echo(f"{doing} …", err=True)

    with native_messages_to(os.devnull):
        run = ensembles.make(run_ids, home, name, mnist, use, watch)
    _tell(run, as_json, use)


@click.command()
@click.argument("run_id", metavar="RUN")
@json_option
@click.pass_obj
def members(home: Path, run_id: str, as_json: bool) -> None:
    """List the networks of the ensemble RUN, and the test digits on which they disagree."""
    from digitcnn.runs.store import find_run
    from digitcnn.training.ensemble import NoEnsemble

    run = find_run(home, run_id)
    if not run.card.members:
        raise NoEnsemble(
            f"{run.id} is a single network. To make an ensemble: python -m digitcnn runs ensemble "
            f"{run.id} ANOTHER"
        )
    _tell(run, as_json)


def _tell(run: "Run", as_json: bool, in_use: bool = True) -> None:
    agreement = _agreement(run)
    if as_json:
        print_json(_entries(run, agreement))
        return
    rows: list[tuple[str, ...]] = [
        (
            member.name,
            member.network,
            f"{member.parameters:,}",
            percent(member.test_accuracy),
            f"{_mistakes(agreement, number):,}",
        )
        for number, member in enumerate(run.card.members)
    ]
    wrong = int((agreement.together != agreement.labels).sum())
    whole = ("together", "", f"{run.card.parameters:,}", percent(run.test_accuracy), f"{wrong:,}")
    click.echo(f"{run.id}: {len(rows)} networks on {run.card.test_name}\n")
    header = ("network", "architecture", "parameters", "test", "mistakes")
    click.echo(table(header, [*rows, whole], "llrrr"))
    click.echo("\n" + agreement.in_words())
    click.echo(_disagreements(agreement))
    if not in_use:
        click.echo(f"\nTo use it: python -m digitcnn runs use {run.id}")


def _agreement(run: "Run") -> "Agreement":
    from digitcnn.evaluation.agreement import Agreement
    from digitcnn.runs.card import DamagedRun

    evaluation = run.evaluation()
    if evaluation.members is None or evaluation.members.shape[1] != len(run.card.members):
        raise DamagedRun(f"{run.id} does not say what its networks read; make it again.")
    return Agreement(evaluation.labels, evaluation.predicted, evaluation.members)


def _mistakes(agreement: "Agreement", number: int) -> int:
    """Of a member as it reads here: in as many views as the ensemble does."""
    return int((agreement.members[:, number] != agreement.labels).sum())


def _disagreements(agreement: "Agreement") -> str:
    """The digits on which the networks disagree, the ensemble's mistakes first."""
    from digitcnn.evaluation.agreement import votes_in_words

    positions = _order(agreement)
    if not len(positions):
        return ""
    rows = [
        (
            f"{index:,}",
            agreement.labels[index],
            agreement.together[index],
            votes_in_words(agreement.members[index].tolist()),
        )
        for index in positions[:_SHOWN]
    ]
    told = table(("digit", "label", "together", "each network"), rows, "rrrl")
    if len(positions) > _SHOWN:
        told += f"\n… and {len(positions) - _SHOWN:,} more: --json lists them all."
    return f"\n{told}"


def _order(agreement: "Agreement") -> "list[int]":
    right = agreement.together == agreement.labels
    found = [int(index) for index in agreement.differ.nonzero()[0]]
    return sorted(found, key=lambda index: (bool(right[index]), index))


def _entries(run: "Run", agreement: "Agreement") -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "test_accuracy": run.test_accuracy,
        "validation_accuracy": run.card.metrics.get("validation_accuracy"),
        "test_errors": run.card.metrics.get("test_errors"),
        "test_loss": run.card.metrics.get("test_loss"),
        "test_ece": run.card.metrics.get("test_ece"),
        "parameters": run.card.parameters,
        "members": [
            {
                "id": member.id,
                "name": member.name,
                "network": member.network,
                "recipe": member.recipe,
                "parameters": member.parameters,
                "test_accuracy": member.test_accuracy,
                "errors_here": _mistakes(agreement, number),
            }
            for number, member in enumerate(run.card.members)
        ],
        "agreement": agreement.figures(),
        "disagreements": [
            {
                "digit": index,
                "label": int(agreement.labels[index]),
                "together": int(agreement.together[index]),
                "members": agreement.members[index].tolist(),
            }
            for index in _order(agreement)
        ],
    }
