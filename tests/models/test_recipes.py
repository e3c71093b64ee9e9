"""Recipes: named, complete, validated, and the same after a trip through JSON."""

import json

import pytest

from digitcnn.models.networks import (
    NETWORKS,
    UnknownLayer,
    UnknownNetwork,
    frozen_stages,
    stages,
)
from digitcnn.models.recipes import NAMES, Recipe, RecipeError, recipe
from digitcnn.models.training_options import BY_NAME, GROUPS, MAIN, OPTIONS


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
        {"limit": -1},
        {"teacher": 3},
        {"from_run": "x" * 201},
        {"distillation_temperature": 0.5},
        {"distillation_weight": 1.1},
        {"freeze": "2"},
        {"dataset": "handwriting", "handwriting": 0, "learned_digits": 0},
    ],
)
def test_what_nobody_can_follow_is_refused_with_a_sentence(changes):
    with pytest.raises(RecipeError) as error:
        recipe("default", **changes)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("asked", ["6", "99", "conv9", "conv1,,conv2", "-1", "1.5"])
def test_layers_that_can_not_be_frozen_are_refused_and_those_there_are_named(asked):
    with pytest.raises(UnknownLayer, match="conv1, conv2, conv3, conv4, dense1, logits"):
        recipe("default", from_run="starter", freeze=asked)


def test_not_all_layers_can_be_frozen():
    with pytest.raises(UnknownLayer, match="nothing is learned"):
        recipe("default", from_run="starter", freeze=",".join(stages("digitcnn")))


def test_layers_are_frozen_by_number_or_name():
    assert frozen_stages("digitcnn", "2") == frozen_stages("digitcnn", "conv2, conv1")
    assert frozen_stages("digitcnn", "") == []
    assert stages("mlp") == ["dense1", "logits"] and stages("lenet5")[-2] == "dense2"


def test_every_entry_of_a_recipe_has_its_option_and_each_option_its_meaning():
    told = {option.name for option in OPTIONS if option.of_recipe}
    assert told == set(recipe("default").__dict__) - {"name", "network", "dataset", "custom"}
    for option in OPTIONS:
        assert option.help.endswith((".", "…")) and option.title
        assert option.group in (MAIN, *GROUPS)
        assert not option.needs or option.needs in BY_NAME
        if option.kind in ("count", "number"):
            assert option.allows(type(option.step)(option.low)) and option.low < option.high


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
