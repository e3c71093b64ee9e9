"""Training again with corrections made on Explore."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from digitcnn.app.shared import cache, notes
from digitcnn.app.train import form
from digitcnn.data import correction_folder, joined
from digitcnn.data.corrections import CorrectionSet
from digitcnn.errors import DigitcnnError
from digitcnn.models import recipes
from digitcnn.models.recipes import Recipe
from digitcnn.runs import with_corrections
from digitcnn.runs.run import Run
from digitcnn.runs.store import list_runs
from digitcnn.settings import settings
from digitcnn.system.templates import render

_CHOICE = "again-set"


@dataclass(frozen=True)
class Offer:
    """A training that could be done again.

    Attributes:
        set: corrections of digits that it learned from.
        run: what it made, whose recipe is followed.
        recipe: that recipe, with the corrections.
    """

    set: CorrectionSet
    run: Run
    recipe: Recipe


def offers(
    sets: Sequence[CorrectionSet], runs: Sequence[Run], in_use: str, home_sets: Sequence[str]
) -> list[Offer]:
    """Which trainings could be done again, one for each correction set of what any run learned.

    None for corrections that a training has learned with already, as they are now.

    Args:
        sets: correction sets.
        runs: the runs that there are, the newest first.
        in_use: id of the one that is in use, whose recipe is followed if it fits.
        home_sets: names of all correction sets that there are.
    """
    found = []
    for one in sets:
        if not one.n_changes:
            continue
        for run in sorted(runs, key=lambda run: run.id != in_use):  # stable: then the newest
            recipe = _with(run, one, home_sets)
            if recipe is not None and any(_is_done(other, one, run) for other in runs):
                break
            if recipe is not None:
                found.append(Offer(one, run, recipe))
                break
    return found


def show() -> None:
    """Places the offer, if there are corrections of digits that any run learned from."""
    sets = correction_folder.sets(settings().home)
    asked = st.query_params.get("corrections", "")
    if not sets and not asked:
        return
    runs = [listing.run for listing in list_runs(settings().home) if listing.run is not None]
    found = {
        offer.set.name: offer
        for offer in offers(sets, runs, cache.reader().run.id, [one.name for one in sets])
    }
    if asked and asked not in found and (why := _why_not(asked, sets, runs)):
        notes.hint(why)
    if not found:
        return
    with st.container(key="again"):
        if _CHOICE not in st.session_state and asked in found:
            st.session_state[_CHOICE] = asked
        if st.session_state.get(_CHOICE) not in found:
            st.session_state.pop(_CHOICE, None)
        chosen = next(iter(found))
        if len(found) > 1:
            chosen = st.selectbox("Correction set", list(found), key=_CHOICE)
        elif asked in found:
            chosen = asked
        _offer(found[chosen])


def _offer(offer: Offer) -> None:
    n = offer.set.n_changes
    counted = "this 1 correction" if n == 1 else f"these {n:,} corrections"
    st.html(
        render(
            "app/train/templates/again.html",
            "offer",
            name=offer.set.name,
            told=offer.set.in_words(),
            of=offer.set.of.name,
        )
    )
    st.button(
        f"Train again, with {counted}",
        key="start-again",
        icon=":material/replay:",
        on_click=form.start,
        args=(offer.recipe,),
    )
    notes.quiet(
        f"With the recipe and seed of “{offer.run.name}”. Afterwards both runs are compared on the "
        "original test labels, and on corrected ones if there are any."
    )


def _why_not(name: str, sets: Sequence[CorrectionSet], runs: Sequence[Run]) -> str:
    """Why no training is offered with a set that an address asks for; empty once it was done."""
    wanted = next((one for one in sets if one.name == name), None)
    if wanted is None:
        return f"There is no correction set “{name[:60]}” here."
    if not wanted.n_changes:
        return f"“{name}” changes nothing, so there is no need to train again."
    if not wanted.of.key.endswith(joined.training_key("")):
        return (
            f"“{name}” corrects {wanted.of.name}, which no training learns from; it is used when "
            "runs are compared. To train again, settle training digits on Explore."
        )
    learned = (used.fingerprint for run in runs for used in run.card.corrections)
    if wanted.fingerprint in learned:
        return ""
    return f"No run here was trained on {wanted.of.name}, so none can be trained again."


def _is_done(other: Run, wanted: CorrectionSet, run: Run) -> bool:
    """Whether a run was trained as another one was, with just these corrections."""
    marks = {used.fingerprint for used in other.card.corrections}
    return wanted.fingerprint in marks and with_corrections.is_alike(other, run)


def _with(run: Run, wanted: CorrectionSet, there: Sequence[str]) -> Recipe | None:
    """A run's recipe with corrections; ``None`` if it did not learn from their digits."""
    if run.card.foreign is not None or run.card.members:
        return None
    parts = recipes.dataset_parts(str(run.recipe.get("dataset", "mnist")))
    if wanted.of.key not in {joined.training_key(part) for part in parts}:
        return None
    try:
        recipe = Recipe.from_dict(run.recipe)
        before = recipes.dataset_parts(recipe.corrections) if recipe.corrections else []
        names = [name for name in before if recipes.is_file(name) or name in there]
        joint = recipes.JOIN.join(dict.fromkeys((*names, wanted.name)))
        return replace(recipe, corrections=joint)
    except DigitcnnError:  # A recipe written by another version.
        return None
