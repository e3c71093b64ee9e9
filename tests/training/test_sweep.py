"""Sweeps: every recipe that was asked for is tried, and the best runs are kept."""

import json
import subprocess
from pathlib import Path

import pytest

from digitcnn.cli.main import main
from digitcnn.models import description
from digitcnn.models.layers import Layer
from digitcnn.models.networks import Network, UnknownNetwork
from digitcnn.models.recipes import RecipeError
from digitcnn.runs import custom_networks, store, sweeps
from digitcnn.settings import STARTER_FOLDER
from digitcnn.training import sweep
from digitcnn.training.sweep import Range, WrongSweep
from tests.run_makers import fill_training, some_card

ACCURACY = {"plain": 0.9, "mlp": 0.7, "pooled": 0.8}


@pytest.fixture
def trials(monkeypatch):
    """Trainings that leave a run at once, and what they were asked for."""
    pytest.importorskip("optuna")
    asked = []

    def trained(recipe_name, changes, folder, mnist_path):
        asked.append(dict(changes))
        if changes.get("seed") == 13:
            return None, "The training failed."
        home = folder / "home"
        unfinished = store.new_training(home, f"plain-{recipe_name}")
        fill_training(unfinished)
        card = some_card(unfinished.name)
        rate = changes.get("learning_rate", 0)
        card["metrics"]["validation_accuracy"] = ACCURACY.get(changes.get("network"), 0.5 + rate)
        return store.publish(unfinished, home, card).folder, ""

    monkeypatch.setattr(sweep, "trained", trained)
    return asked


def test_what_is_searched_is_read_by_the_types_of_a_recipe():
    assert sweep.space(
        ["learning-rate=1e-4..0.01", "epochs=2..6", "seed=0,1", "network=plain, mlp", "tta=true"]
    ) == {
        "learning_rate": Range(1e-4, 0.01, False),
        "epochs": Range(2, 6, True),
        "seed": (0, 1),
        "network": ("plain", "mlp"),
        "tta": (True,),
    }


@pytest.mark.parametrize(
    "word",
    ["", "epochs", "speed=1", "epochs=few", "epochs=6..2", "epochs=1.5..3", "tta=perhaps",
     "network=", "name=x"],
)  # fmt: skip
def test_what_can_not_be_searched_is_a_sentence(word):
    with pytest.raises(WrongSweep) as error:
        sweep.space([word] if word else [])
    assert str(error.value).endswith(".")


def test_all_combinations_are_tried_and_the_best_runs_kept(home, trials):
    in_use = store.current_run(home)[0].id
    wanted = sweep.space(["network=plain,mlp,pooled", "seed=0,13", "dataset=handwriting"])
    done = sweep.search("fast", wanted, home, keep=2)
    pairs = [(trial["network"], trial["seed"]) for trial in trials]
    assert sorted(pairs) == [(name, seed) for name in sorted(ACCURACY) for seed in (0, 13)]
    failed = [trial for trial in done.trials if trial.validation_accuracy is None]
    assert len(failed) == 3 and {trial.error for trial in failed} == {"The training failed."}
    kept = {trial.changes["network"]: trial.run for trial in done.trials if trial.run}
    assert set(kept) == {"plain", "pooled"}
    there = {listing.id for listing in store.list_runs(home)} - {"starter"}
    assert there == set(kept.values())
    assert store.find_run(home, kept["plain"]).card.metrics["validation_accuracy"] == 0.9
    assert store.current_run(home)[0].id == in_use
    assert sweeps.names(home) == [done.name] and sweeps.read(home, done.name) == done


def test_ranges_are_searched_within_their_ends(home, trials):
    wanted = sweep.space(["learning_rate=0.001..0.1", "epochs=2..4", "dataset=handwriting"])
    with pytest.raises(WrongSweep, match="--trials"):
        sweep.search("fast", wanted, home)
    done = sweep.search("fast", wanted, home, 7, keep=0)
    assert len(done.trials) == len(trials) == 7
    assert all(0.001 <= t["learning_rate"] <= 0.1 and t["epochs"] in (2, 3, 4) for t in trials)
    assert len({t["learning_rate"] for t in trials}) == 7
    assert all(not trial.run for trial in done.trials)


def test_a_value_that_no_recipe_can_have_is_said_before_anything_is_trained(home, trials):
    with pytest.raises(RecipeError, match="learning rate"):
        sweep.search("fast", sweep.space(["learning_rate=0.1,7"]), home)
    assert trials == []


def test_runs_to_start_from_are_found_from_each_trials_own_home(home, trials):
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    run = store.publish(folder, home, some_card(folder.name))
    wanted = sweep.space([f"from_run={run.id},starter", "network=plain", "dataset=handwriting"])
    sweep.search("fast", wanted, home, keep=0)
    asked = {str(changes["from_run"]) for changes in trials}
    assert asked == {str(run.folder), str(STARTER_FOLDER)}
    with pytest.raises(store.UnknownRun):
        sweep.search("fast", sweep.space(["teacher=gone"]), home)


def test_networks_of_ones_own_are_tried_in_each_trials_own_home(home, monkeypatch):
    pytest.importorskip("optuna")
    own = Network("own", "", description.named([Layer("flatten"), Layer("dense", 10)]))
    custom_networks.save(home, own)
    commands = []

    def run(command, **options):
        folder = Path(command[command.index("--home") + 1])
        asked = command[command.index("--network") + 1]
        commands.append((asked, custom_networks.choices(folder).get("own")))
        return subprocess.CompletedProcess(command, 2, "", "Not today.")

    monkeypatch.setattr(sweep.subprocess, "run", run)
    done = sweep.search("fast", sweep.space(["network=own,mlp", "dataset=handwriting"]), home)
    assert commands == [("own", own), ("mlp", own)]
    assert [trial.error for trial in done.trials] == ["Not today.", "Not today."]
    with pytest.raises(UnknownNetwork, match="no network 'other'"):
        sweep.search("fast", sweep.space(["network=other"]), home)


def test_command_prints_a_table_or_json(home, trials, capsys):
    words = ["sweep", "--home", str(home), "--set", "network=plain,mlp", "--set"]
    assert main([*words, "dataset=handwriting"]) == 0
    told = capsys.readouterr()
    assert "90.00%" in told.out and "2 of 2" in told.err
    assert main([*words, "dataset=handwriting", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert [trial["validation_accuracy"] for trial in figures["trials"]] == [0.9, 0.7]
    assert main([*words, "dataset"]) == 2
    assert "is no NAME=VALUES" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", '{"recipe": "x", "trials": [{"number": 1}]}',
                                     '{"recipe": "x", "trials": 5}'])  # fmt: skip
def test_a_damaged_record_is_a_sentence(home, content):
    path = sweeps.path_of(home, "mine")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(sweeps.DamagedSweep, match="mine is damaged"):
        sweeps.read(home, "mine")


@pytest.mark.full
def test_ray_tune_trains_and_keeps_a_run(home, capfd):
    """Two real trainings on a cluster of this machine; a minute."""
    pytest.importorskip("ray")
    small = ["epochs=1", "dataset=optdigits", "handwriting=300", "learned_digits=0",
             "learned_letters=0", "nondigits=100", "network=mlp"]  # fmt: skip
    wanted = sweep.space([*small, "learning_rate=0.001..0.01"])
    done = sweep.search("fast", wanted, home, 2, address="")
    assert len(done.trials) == 2 and not any(trial.error for trial in done.trials)
    (kept,) = [trial for trial in done.trials if trial.run]
    assert kept.validation_accuracy == max(trial.validation_accuracy for trial in done.trials)
    assert store.find_run(home, kept.run).recipe["network"] == "mlp"
    assert not capfd.readouterr().out
