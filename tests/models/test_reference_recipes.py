"""The command of a recipe: followed, it gives that recipe again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcnn.cli.train import train
from digitcnn.models import recipes
from digitcnn.models.networks import NETWORKS
from digitcnn.models.recipes import Recipe
from digitcnn.models.training_options import BY_NAME


def followed(arguments: list[str]) -> Recipe:
    """The recipe that the train command makes of its arguments, without training by it."""
    context = train.make_context("train", list(arguments))
    entries = {field.name for field in recipes.entries()} - {"name"}
    changes = {key: value for key, value in context.params.items() if key in entries}
    return recipes.recipe(context.params["recipe_name"], **changes)


def test_every_entry_of_a_recipe_is_an_option_of_train():
    options = {parameter.name for parameter in train.params}
    assert {field.name for field in recipes.entries()} - {"name"} <= options


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", recipes.NAMES)
def test_named_recipes_come_back(name, network):
    recipe = recipes.recipe(name, network=network)
    assert followed(recipes.options(recipe)) == recipe


def test_commands_are_short():
    assert recipes.command(recipes.recipe("default")) == (
        "python -m digitcnn train --recipe default"
    )
    assert recipes.command(recipes.recipe("reference", network="stacked")) == (
        "python -m digitcnn train --recipe reference --network stacked"
    )
    changed = recipes.recipe("fast", augment=False, learning_rate=0.001)
    assert recipes.options(changed)[2:] == ["--learning-rate", "0.001", "--no-augment"]


@given(
    name=st.sampled_from(recipes.NAMES),
    network=st.sampled_from(list(NETWORKS)),
    epochs=st.integers(1, 1000),
    learning_rate=st.floats(1e-6, 1),
    weight_decay=st.floats(0, 1),
    augment=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
    handwriting=st.integers(0, 500_000),
    schedule=st.sampled_from(sorted(BY_NAME["schedule"].choices)),
)
def test_any_change_comes_back(name, **changes):
    recipe = recipes.recipe(name, **changes)
    assert followed(recipes.options(recipe)) == recipe


def test_a_recipe_of_an_unknown_name_is_told_in_full():
    recipe = Recipe("of-old", network="plain", epochs=3, seed=9)
    again = followed(recipes.options(recipe))
    assert {**again.to_dict(), "name": "of-old"} == recipe.to_dict()
