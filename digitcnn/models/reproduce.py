"""Recipe → the command that follows it: what the app starts, and what a report tells to type."""

from dataclasses import fields

from digitcnn.models import recipes
from digitcnn.models.recipes import Recipe

PROGRAM = "python -m digitcnn"


def options(recipe: Recipe) -> list[str]:
    """The shortest arguments of ``python -m digitcnn train`` that mean this recipe.

    A recipe of a name that this version does not know is told in full.
    """
    known = recipe.name in recipes.NAMES
    name = recipe.name if known else "default"
    of_its_own = recipes.recipe(name).network == recipe.network and name != "reference"
    base = recipes.recipe(name, network=recipe.network)
    arguments = ["--recipe", name]
    if not of_its_own:
        arguments += ["--network", recipe.network]
    for entry in fields(Recipe):
        value = getattr(recipe, entry.name)
        if entry.name in ("name", "network") or (known and value == getattr(base, entry.name)):
            continue
        flag = entry.name.replace("_", "-")
        if isinstance(value, bool):
            arguments.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            arguments += [f"--{flag}", str(value)]
    return arguments


def command(recipe: Recipe) -> str:
    """The same as a line to type."""
    return " ".join([PROGRAM, "train", *options(recipe)])
