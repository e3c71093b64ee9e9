"""How long a training will take on this machine, judging by earlier ones."""

from collections.abc import Sequence

from digitcnn.data.mnist import N_TRAIN
from digitcnn.models.recipes import Recipe
from digitcnn.runs.run import Run

# What changes how long a digit takes.
_ALIKE = ("optimizer", "augment", "robust")


def seconds(recipe: Recipe, runs: Sequence[Run]) -> float | None:
    """About how long a training by ``recipe`` takes; ``None`` if no run tells.

    Args:
        recipe: what decides.
        runs: trainings of this machine, the latest first; the first one that worked on digits in
            the same way tells how long a digit takes.
    """
    for run in runs:
        alike = all(run.recipe.get(name) == getattr(recipe, name) for name in _ALIKE)
        # A teacher that is asked about each digit takes time of its own.
        alike = alike and bool(run.recipe.get("teacher")) == bool(recipe.teacher)
        same = run.network == recipe.network and run.card.custom_network == recipe.custom
        if not same or not alike:
            continue
        known = run.card.dataset
        n_before = (known.n_training + known.n_nondigits) * int(run.recipe.get("epochs", 0))
        n = _n_digits(recipe, run)
        if n_before and n is not None:
            return run.seconds / n_before * n * recipe.epochs
    return None


def _n_digits(recipe: Recipe, run: Run) -> int | None:
    """How many drawings an epoch of a recipe has; ``None`` if the run does not tell."""
    made = recipe.handwriting + recipe.learned_digits + recipe.nondigits + recipe.learned_letters
    if recipe.dataset == "mnist":
        n = N_TRAIN - recipe.validation
        return (min(n, recipe.limit) if recipe.limit else n) + made
    if recipe.dataset == "handwriting":
        return made
    if run.recipe.get("dataset") != recipe.dataset or run.recipe.get("limit", 0) != recipe.limit:
        return None
    its = int(run.recipe.get("handwriting", 0)) + int(run.recipe.get("learned_digits", 0))
    return run.card.dataset.n_training - its + made
