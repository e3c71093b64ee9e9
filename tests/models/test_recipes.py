"""Recipes: named, complete, validated, and the same after a trip through JSON."""

import json

import pytest

from digitcnn.models.networks import NETWORKS, UnknownNetwork
from digitcnn.models.recipes import NAMES, Recipe, RecipeError, recipe


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", NAMES)
def test_every_network_trains_with_every_recipe(name, network):
    made = recipe(name, network=network)
    assert (made.name, made.network) == (name, network)
    assert Recipe.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_changes_change_and_none_does_not():
    made = recipe("default", epochs=3, seed=7, batch=None)
    assert (made.epochs, made.seed, made.batch) == (3, 7, recipe("default").batch)


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0},
        {"epochs": 2.5},
        {"epochs": True},
        {"batch": 100_000},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"schedule": "yearly"},
        {"optimizer": "magic"},
        {"dataset": "letters"},
        {"seed": -1},
        {"ema_momentum": 1.0},
        {"augment": "yes"},
        {"dataset": "handwriting", "handwriting": 0, "learned_digits": 0},
    ],
)
def test_what_nobody_can_follow_is_refused_with_a_sentence(changes):
    with pytest.raises(RecipeError) as error:
        recipe("default", **changes)
    assert str(error.value).endswith(".")


def test_unknown_names_are_refused():
    with pytest.raises(RecipeError, match="fast, default, thorough, reference"):
        recipe("quick")
    with pytest.raises(UnknownNetwork, match="stacked"):
        recipe("fast", network="huge")


def test_a_recipe_of_an_earlier_version_is_read_by_the_names_of_today():
    values = recipe("default", label_smoothing=0.1, ema_momentum=0.9, tta=False).to_dict()
    for old, new in (("smoothing", "label_smoothing"), ("averaging", "ema_momentum")):
        values[old] = values.pop(new)
    values["views"] = values.pop("tta")
    made = Recipe.from_dict(values)
    assert (made.label_smoothing, made.ema_momentum, made.tta) == (0.1, 0.9, False)


@pytest.mark.parametrize("values", [{}, {"epochs": 3}, {"name": "x", "speed": 1}, []])
def test_what_is_no_recipe_is_refused(values):
    with pytest.raises(RecipeError):
        Recipe.from_dict(values)
