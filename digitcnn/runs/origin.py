"""The runs that a training starts from or distils: found, checked, and described."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digitcnn.errors import DigitcnnError
from digitcnn.models import networks
from digitcnn.models.networks import Network
from digitcnn.models.recipes import Recipe
from digitcnn.runs import store
from digitcnn.runs.card import Card, Origin
from digitcnn.runs.run import MODEL, Run, open_run
from digitcnn.text import percent


class UnfitRun(DigitcnnError):
    """A run that this training can't start from."""


def find(asked: str, home: Path) -> Run:
    """The run of that id or name, or in that folder.

    Raises:
        UnknownRun, DamagedRun: see :func:`digitcnn.runs.store.find_run`.
    """
    is_folder = os.sep in asked and Path(asked).is_dir()
    return open_run(Path(asked)) if is_folder else store.find_run(home, asked)


def has_weights(run: Run) -> bool:
    """Whether a training could start from its weights: it was trained here, as one network."""
    return MODEL in run.card.files and not run.card.members


def network_of(asked: str, home: Path) -> Network:
    """The network of the run that a training is to start from.

    Raises:
        UnknownRun, DamagedRun: see :func:`digitcnn.runs.store.find_run`.
        UnfitRun: it has no weights that Keras could take.
        UnknownNetwork: its network is of another version of digitcnn.
    """
    run = find(asked, home)
    _check_has_weights(run)
    return run.card.custom_network or networks.network(run.network)


def to_start_from(recipe: Recipe, home: Path) -> Run | None:
    """The run that a training starts from; ``None`` if it starts from random weights.

    Raises:
        UnknownRun, DamagedRun: see :func:`digitcnn.runs.store.find_run`.
        UnfitRun: its network is not the recipe's, or it has no weights that Keras could take.
    """
    if not recipe.from_run:
        return None
    run = find(recipe.from_run, home)
    _check_has_weights(run)
    if run.network != recipe.network:
        raise UnfitRun(
            f"{run.name} has the network {run.network}, whose weights don't fit {recipe.network}. "
            f"Train {run.network}, or start from a run of {recipe.network}."
        )
    its = [(layer.shape, layer.parameters) for layer in run.card.layers]
    rows = networks.layer_table(recipe.architecture)
    if its != [(tuple(row["shape"]), row["parameters"]) for row in rows]:
        raise UnfitRun(
            f"The network {run.network} of {run.name} has other layers than {recipe.network} has "
            "now, so its weights don't fit. Start from a run of this version."
        )
    return run


def teacher(recipe: Recipe, home: Path) -> Run | None:
    """The run that a training learns from beside the labels; ``None`` for none.

    Raises:
        UnknownRun, DamagedRun: see :func:`digitcnn.runs.store.find_run`.
    """
    return find(recipe.teacher, home) if recipe.teacher else None


def entry(run: Run | None) -> dict[str, Any] | None:
    """What a card records of a run that was used to make it."""
    if run is None:
        return None
    return asdict(Origin(run.id, run.name, run.network, run.test_accuracy, run.card.checksum))


def in_words(card: Card) -> str:
    """With which other runs a run was made, in sentences; empty if with none."""
    says = []
    if card.started_from is not None:
        frozen = f"; {_listed(card.frozen)} kept them" if card.frozen else ""
        says.append(f"Its training started from the weights of {_told(card.started_from)}{frozen}.")
    if card.teacher is not None:
        says.append(f"It learned from a teacher: {_told(card.teacher)}.")
    return " ".join(says)


def _told(origin: Origin) -> str:
    return f"{origin.name} ({origin.network}, {percent(origin.test_accuracy)} of its test digits)"


def _listed(names: tuple[str, ...]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _check_has_weights(run: Run) -> None:
    if not has_weights(run):
        raise UnfitRun(
            f"{run.name} has no Keras weights to start from, as it was not trained here as one "
            "network. Start from another run; this one can still be a teacher."
        )
