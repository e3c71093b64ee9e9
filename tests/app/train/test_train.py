"""The Train page in each of its states."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from html import unescape

import numpy as np
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.app.shared import canvas, navigation
from digitcnn.app.train import run_tools, runs_table
from digitcnn.data import samples
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.figures.sheets import grid_png
from digitcnn.inference import evaluate
from digitcnn.models import networks, recipes, training_options
from digitcnn.runs import comparison, lock, progress, store, trainer_process
from digitcnn.runs.run import SAMPLES
from tests.app.conftest import Page, _blocks
from tests.places import ROOT

SCRIPT = "from digitcnn.app.train import page as train; train.page()"


@pytest.fixture
def page(monkeypatch) -> Page:
    """The Train page, before its first run; training is allowed."""
    monkeypatch.setenv("DIGITCNN_TRAINING", "on")
    return Page(AppTest.from_string(SCRIPT, default_timeout=180))


@pytest.fixture(scope="module")
def starter() -> store.Run:
    return store.open_run(settings.STARTER_FOLDER)


@pytest.fixture
def told(home) -> progress.Progress:
    """A running training, as far as files tell; it lives while its test holds the lock."""
    folder = store.new_training(home, "stacked-fast")
    told = progress.Progress(folder.name, os.getpid(), started=time.time())
    told.recipe = recipes.recipe("fast", network="stacked").to_dict()
    told.write(folder)
    return told


def folder_of(home, told):
    return home / "training" / told.id


def fit(told: progress.Progress, n_epochs: int = 2) -> None:
    """Lets a training be in its third epoch of five."""
    told.state, told.epoch, told.epochs, told.step, told.steps = "fitting", 3, 5, 240, 500
    told.accuracy, told.loss, told.val_accuracy = 0.91, 0.3, 0.9871
    told.seconds, told.seconds_left = 65.0, 61.0
    rows = [(0.8, 0.6, 0.95, 0.2), (0.9, 0.4, 0.97, 0.1), (0.95, 0.3, 0.98, 0.05)][:n_epochs]
    names = ("accuracy", "loss", "val_accuracy", "val_loss")
    told.history = {
        "epochs": [
            {"epoch": i, "seconds": 30.0, **dict(zip(names, row, strict=True))}
            for i, row in enumerate(rows, 1)
        ],
        "batches": {
            "step": list(range(10, 250, 10)),
            "loss": np.linspace(2, 0.3, 24).tolist(),
            "accuracy": np.linspace(0.2, 0.91, 24).tolist(),
        },
    }


def all_text(page: Page) -> str:
    return "\n".join(element.proto.body for element in page.test.get("html"))


def charts(page: Page) -> list[dict]:
    found = [json.loads(element.proto.spec) for element in page.test.get("plotly_chart")]
    assert "NaN" not in json.dumps(found)
    return found


def keys(page: Page) -> set[str]:
    main = page.test.main
    return {block.key for block in _blocks(main) if block is not main and block.key}


def button(page: Page, key: str):
    return next((found for found in page.test.button if found.key == key), None)


def table(page: Page) -> dict:
    """What the table of runs was given to show."""
    (told,) = components(page, "digitcnn-runs-table")
    return json.loads(told["table"])


def components(page: Page, name: str) -> list:
    """What our components of that name were given."""
    return [
        json.loads(element.proto.json)
        for element in page.test.get("bidi_component")
        if element.proto.component_name == name
    ]


def live_charts(page: Page) -> list[dict]:
    """The charts of a running training."""
    found = [json.loads(told) for (told,) in components(page, "digitcnn-live-chart")]
    assert "NaN" not in json.dumps(found)
    return found


def tick(page: Page, *run_ids: str) -> Page:
    """Runs the page with the table reporting that these runs are ticked."""
    revision = table(page)["revision"]
    page.test.session_state[runs_table.KEY] = {"chosen": {"revision": revision, "ids": [*run_ids]}}
    return page.run()


def act_on(page: Page, run_id: str) -> Page:
    """Runs the page with the table reporting that this run's actions are asked for."""
    told = table(page)
    answer = {"revision": told["revision"], "ids": told["chosen"], "acted": run_id}
    page.test.session_state[runs_table.KEY] = {"chosen": answer}
    return page.run()


# -- the form


def test_form_starts_with_our_network_and_the_default_recipe(page):
    page.run()
    default = recipes.recipe("default")
    assert page.test.selectbox(key="network").value == "digitcnn"
    assert page.test.selectbox(key="recipe").value == "default"
    assert page.test.number_input(key="epochs default digitcnn").value == default.epochs
    assert page.test.number_input(key="seed default digitcnn").value == default.seed
    assert page.test.toggle(key="augment default digitcnn").value is default.augment
    assert "python -m digitcnn train --recipe default</code>" in all_text(page)
    assert page.notes == []


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_each_network_shows_its_layers_and_exact_number_of_parameters(page, name):
    page.run().test.selectbox(key="network").select(name)
    page.run()
    shown = all_text(page)
    assert f">{networks.parameters(name):,}</td></tr></tfoot>" in shown
    assert shown.count("<tr><td>") == len(networks.layer_table(name))
    assert networks.network(name).summary in unescape(shown)


def test_reference_recipe_brings_the_settings_of_the_networks_authors(page):
    page.run().test.selectbox(key="network").select("two-block")
    page.test.selectbox(key="recipe").select("reference")
    page.run()
    wanted = recipes.recipe("reference", network="two-block")
    assert page.test.number_input(key="epochs reference two-block").value == wanted.epochs
    assert page.test.toggle(key="augment reference two-block").value is False
    assert "train --recipe reference --network two-block</code>" in all_text(page)
    assert "Every digit looks the same" in all_text(page)
    assert "Only MNIST's writing styles" in unescape(all_text(page))


def test_augmented_digits_and_styles_are_shown(page):
    page.run()
    assert 'alt="Ten digits as written, and below each' in all_text(page)
    assert "<figcaption>slashed zero" not in all_text(page)
    page.test.session_state["styles"] = True
    page.run()
    assert "<figcaption>slashed zero" in all_text(page)
    assert all_text(page).count("data:image/png") > 60


def test_learned_handwriting_is_shown_beside_the_styles(page):
    page.run()
    page.test.number_input(key="learned_digits added default digitcnn").set_value(3_000)
    page.run()
    assert "3,000 are sampled from a model of pen strokes" in all_text(page)
    assert all_text(page).count("Learned handwriting: six versions of the digit") == 10


def test_every_choice_reaches_the_trainer(page, home, character):
    page.run().test.selectbox(key="network").select("plain")
    page.test.selectbox(key="recipe").select("fast")
    page.run()
    page.test.number_input(key="epochs fast plain").set_value(7)
    page.test.number_input(key="seed fast plain").set_value(42)
    page.test.toggle(key="augment fast plain").set_value(False)
    page.test.multiselect(key="dataset fast plain").set_value(["handwriting"])
    page.run()
    page.test.number_input(key="handwriting alone fast plain").set_value(1_500)
    page.test.number_input(key="learning_rate fast plain").set_value(0.001)
    page.test.number_input(key="batch fast plain").set_value(64)
    page.run()
    command = next(
        text for text in all_text(page).split("<code>") if text.startswith("python -m digitcnn")
    ).split("</code>")[0]
    page.click("start")
    arguments = psutil.Process(trainer_process._children[home].process.pid).cmdline()
    arguments = arguments[arguments.index("train") + 1 :]
    del arguments[arguments.index("--home") : arguments.index("--home") + 2]
    assert arguments == command.split()[4:]
    assert set(arguments) >= {"plain", "7", "42", "--no-augment", "1500", "0.001", "64"}


def test_form_has_all_that_the_command_line_can_set(page):
    page.run()
    test = page.test
    fields = [
        *test.number_input, *test.toggle, *test.selectbox, *test.multiselect, *test.text_input
    ]  # fmt: skip
    keys = {field.key: field for field in fields}
    for option in training_options.OPTIONS:
        (field,) = [keys[key] for key in keys if key.split()[0] == option.name]
        assert (field.label, field.help) == (option.title, option.help)
        if option.kind in ("count", "number"):
            assert (field.min, field.max) == (option.low, option.high)
        assert field.disabled == (option.name in ("freeze", *DISTILLATION))


DISTILLATION = ("distillation_temperature", "distillation_weight")


def test_a_run_to_start_from_and_a_teacher_are_chosen(page, home, character):
    page.run()
    key = "default digitcnn"
    page.test.selectbox(key=f"from_run {key}").select("starter")
    page.test.selectbox(key=f"teacher {key}").select("starter")
    page.test.selectbox(key=f"schedule {key}").select("constant")
    page.test.toggle(key=f"use {key}").set_value(True)
    page.run()
    page.test.multiselect(key=f"freeze {key}").set_value(["conv1", "conv3"])
    page.test.number_input(key=f"distillation_weight {key}").set_value(0.5)
    page.test.number_input(key=f"patience {key}").set_value(4)
    page.run()
    shown = unescape(all_text(page))
    wanted = (
        "train --recipe default --schedule constant --patience 4 --from starter "
        "--freeze conv1,conv3 --teacher starter --distillation-weight 0.5 --use"
    )
    assert wanted in shown
    page.click("start")
    arguments = psutil.Process(trainer_process._children[home].process.pid).cmdline()
    assert wanted.split()[1:] == [*arguments[arguments.index("--recipe") :]]
    trainer_process.cancel(home)
    # As it was left; without a run to start from, nothing is frozen.
    assert "--freeze conv1,conv3 --teacher starter" in unescape(all_text(page.run()))
    page.test.selectbox(key=f"from_run {key}").select("")
    assert "--freeze" not in all_text(page.run()) and page.notes == []


def test_only_runs_of_the_same_network_can_be_started_from(page):
    page.run().test.selectbox(key="network").select("plain")
    page.run()
    assert page.test.selectbox(key="from_run default plain").options == ["None"]
    assert "built-in network" in page.test.selectbox(key="teacher default plain").options


def test_start_shows_the_training_in_place_of_the_form(page, home, character):
    page.run().click("start")
    assert "training-form" not in keys(page)
    assert button(page, "cancel") is not None
    assert page.notes == []


def test_form_comes_back_as_it_was_left(page, home, character):
    page.run().test.selectbox(key="network").select("plain")
    page.test.selectbox(key="recipe").select("reference")
    page.run().test.number_input(key="epochs reference plain").set_value(3)
    page.run()
    page.test.number_input(key="learning_rate reference plain").set_value(0.002)
    page.run().click("start")
    trainer_process.cancel(home)
    page.run()
    wanted = "train --recipe reference --network plain --epochs 3 --learning-rate 0.002</code>"
    assert wanted in all_text(page)


def test_second_start_is_refused_with_a_sentence(page, home):
    page.run()
    with lock.hold(home):
        page.click("start")
        assert any("already running" in note for note in page.notes)
        page.run()
        assert page.notes == []  # It is said once.


def test_home_that_cannot_be_written_to_gets_a_sentence(page, home, monkeypatch):
    page.run()
    monkeypatch.setenv("DIGITCNN_HOME", "/proc/nowhere")
    page.click("start")
    assert any("DIGITCNN_HOME" in note for note in page.notes)


def test_recipe_that_nobody_can_follow_can_not_be_started(page):
    page.run().test.multiselect(key="dataset default digitcnn").set_value(["handwriting"])
    page.run()
    page.test.number_input(key="handwriting alone default digitcnn").set_value(0)
    page.run()
    page.test.number_input(key="learned_digits alone default digitcnn").set_value(0)
    page.run()
    assert any("must be above 0" in note for note in page.notes)
    assert button(page, "start").disabled


def test_form_tells_of_a_download_to_come(page, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "will be downloaded" in all_text(page.run())
    (tmp_path / ".keras" / "datasets").mkdir(parents=True)
    (tmp_path / ".keras" / "datasets" / "mnist.npz").touch()
    assert "will be downloaded" not in all_text(page.run())


def test_several_data_sets_and_a_file_can_be_learned(page, home, tmp_path):
    path = tmp_path / "mine.npz"
    page.run().test.multiselect(key="dataset default digitcnn").set_value(["usps", "optdigits"])
    said = all_text(page.run())
    assert "--dataset usps+optdigits" in said and "USPS is not on this machine yet" in said
    page.test.session_state["dataset default digitcnn"] = ["mnist", str(path)]  # as if typed in
    assert f"--dataset mnist+{path}" in all_text(page.run())
    page.test.multiselect(key="dataset default digitcnn").set_value([])
    assert "Choose at least one data set" in page.run().test.warning[0].value
    assert page.test.button(key="start").disabled


def test_recipe_made_for_another_network_says_so(page):
    page.run().test.selectbox(key="recipe").select("thorough")
    assert "made for digitcnn-wide" in all_text(page.run())
    page.test.selectbox(key="network").select("digitcnn-wide")
    assert "made for" not in all_text(page.run())


# -- a running training


def test_training_is_told_from_its_first_moment(page, home, told):
    with lock.hold(home):
        (folder_of(home, told) / progress.FILENAME).unlink()
        assert "A training is starting" in all_text(page.run())
        told.state, told.doing = "loading", "Making up handwriting"
        told.write(folder_of(home, told))
        shown = all_text(page.run())
        assert "Training stacked · fast recipe" in shown and "Making up handwriting" in shown
        assert charts(page)[:-2] == []  # of this training; those below compare runs


def test_between_a_trainings_run_and_the_end_of_its_process_no_other_seems_to_begin(
    page, home, told
):
    with lock.hold(home):
        told.write(folder_of(home, told))
        assert "Training stacked" in all_text(page.run())
        shutil.rmtree(folder_of(home, told))  # as if it were a run by now
        shown = all_text(page.run())
        assert "The training is done" in shown and "A training is starting" not in shown
    assert "No training running" in all_text(page.run())


def test_fitting_shows_progress_and_curves(page, home, told):
    fit(told)
    (folder_of(home, told) / SAMPLES).write_bytes(grid_png(np.zeros((4, 28, 28), np.uint8), 2))
    told.write(folder_of(home, told))
    with lock.hold(home):
        page.run()
        shown = all_text(page)
        assert 'aria-valuenow="48"' in shown
        assert "Epoch 3 of 5 · 98.7% validation accuracy · about 60 seconds left" in shown
        assert "<dd>98.71%</dd>" in shown and "<dd>1 min 5 s</dd>" in shown
        assert 'alt="48 of the training digits"' in shown
        accuracy, loss = live_charts(page)
        assert [line["name"] for line in accuracy["lines"]] == [
            "batches",
            "training",
            "validation",
            "best epoch (2)",
        ]
        assert accuracy["lines"][2]["x"] == [1, 2] and accuracy["lines"][2]["y"] == [0.95, 0.97]
        assert loss["lines"][1]["y"] == [0.6, 0.4]
        assert loss["y"]["log"] and accuracy["y"]["percent"]
        # The batch curve is smoothed, and lies along the same epochs.
        assert accuracy["lines"][0]["x"][-1] == pytest.approx(2.4)
        assert accuracy["lines"][0]["y"][-1] < 0.91
        assert "after epoch 2, 90.00% of the training digits" in accuracy["alt"]
        assert "training-form" not in keys(page)


def test_curves_grow(page, home, told):
    with lock.hold(home):
        for n_epochs in (0, 1, 3):
            fit(told, n_epochs)
            told.write(folder_of(home, told))
            assert len(live_charts(page.run())[0]["lines"][2]["x"]) == n_epochs


HARD = {
    "labels": [7, 1, 4],
    "in_use": [[7, 0.51], [7, 0.6], [9, 0.5]],
    "previous": [[7, 0.9], [7, 0.8], [4, 0.6]],
    "now": [[7, 0.95], [1, 0.7], [9, 0.55]],
    "epoch": 2,
}


def read_hard_digits(home, told, hard, n: int = 3) -> None:
    """Lets a training have read ``n`` hard digits."""
    told.hard = hard
    folder = folder_of(home, told)
    (folder / ".tmp").mkdir()
    (folder / progress.HARD_DIGITS).write_bytes(grid_png(np.zeros((n, 28, 28), np.uint8), n))
    told.write(folder)


def test_hard_digits_are_shown_as_they_turn_right_and_wrong(page, home, told):
    fit(told)
    read_hard_digits(home, told, HARD)
    with lock.hold(home):
        items = all_text(page.run()).split('<ol class="hard">')[1].split("<li")[1:]
    assert [re.search('class="([^"]*)"', item)[1] for item in items] == [
        "right",
        "right turned",
        "wrong turned",
    ]
    assert "now correct" in items[1] and "70.0%" in items[1] and "now wrong" in items[2]
    assert "Labelled 4; network in use: 9" in items[2]


@pytest.mark.parametrize(
    "hard",
    [
        {},
        {"labels": "none"},
        {"labels": [7], "now": [[7]]},
        {"labels": [7], "now": 3},
        {"labels": 7},
    ],
)
def test_half_told_hard_digits_do_not_hurt(page, home, told, hard):
    fit(told)
    read_hard_digits(home, told, hard, 1)
    with lock.hold(home):
        assert "Epoch 3 of 5" in all_text(page.run())
        assert page.notes == []


def test_visitors_drawing_is_read_by_the_network_that_learns(page, home, told, starter):
    fit(told)
    read_hard_digits(home, told, HARD)
    with lock.hold(home):
        assert "Draw a digit on the Draw page" in all_text(page.run())
        page.test.session_state[canvas.DIGIT._ink] = samples.sample(7)
        assert "Your drawing" not in all_text(page.run())  # There is no network yet.
        (folder_of(home, told) / progress.LATEST_MODEL).write_bytes(starter.content("model.tflite"))
        assert "Your drawing: <b>7</b>" in all_text(page.run())


@pytest.mark.parametrize(
    "history",
    [
        {},
        {"epochs": "none"},
        {"epochs": [{"epoch": 1}]},
        {"batches": {"step": [1, 2], "loss": [1.0], "accuracy": []}},
        {"epochs": [{"epoch": 1, "accuracy": "<b>", "loss": 1, "val_accuracy": 1, "val_loss": 1}]},
    ],
)
def test_half_a_history_does_not_hurt(page, home, told, history):
    fit(told)
    told.history = history
    told.write(folder_of(home, told))
    with lock.hold(home):
        assert "Epoch 3 of 5" in all_text(page.run())
        assert page.notes == []


def test_numbers_that_are_none_leave_gaps_in_the_curves(page, home, told):
    fit(told)
    told.history["epochs"][1]["val_loss"] = float("nan")
    told.history["batches"]["loss"][3] = float("inf")
    told.write(folder_of(home, told))
    with lock.hold(home):
        loss = live_charts(page.run())[1]
        assert loss["lines"][2]["y"] == [0.2, None]


def test_cancel_ends_it_and_brings_the_form_back(page, home, character):
    page.run().click("start")
    end = time.monotonic() + 30
    while trainer_process.watch(home).progress is None and time.monotonic() < end:
        time.sleep(0.05)
    pid = trainer_process.watch(home).progress.pid
    page.run().click("cancel")
    assert psutil.pid_exists(pid) and "Cancel this training?" in all_text(page)
    assert button(page, "finish") is None  # Nothing is worth keeping before the first epoch.
    page.click("continue")
    assert psutil.pid_exists(pid) and button(page, "discard") is None
    page.click("cancel").click("discard")
    assert not psutil.pid_exists(pid)
    assert store.folders(home / "training") == []
    assert any("nothing of it was kept" in note for note in page.notes)
    page.run()
    assert {"training-form"} <= keys(page) and button(page, "cancel") is None
    assert "failed.</b>" not in all_text(page)


def test_training_that_is_done_is_ticked_and_announced(page, home, told, starter):
    with lock.hold(home):
        page.run()
    publish_copy(starter, home, told.id)
    page.run()
    assert table(page)["chosen"][0] == told.id
    assert [toast.value for toast in page.test.toast] == [
        f"{store.find_run(home, told.id).name} is now in use: "
        f"{starter.test_accuracy:.2%} of the test digits correct."
    ]
    assert {"training-form"} <= keys(page)


def publish_worse(starter, home, run_id: str, evaluation=None) -> store.Run:
    """A run that was compared with the starter, and did not take over."""
    part = comparison.Part("validation digits", 4000, correct=3950, before=3970, differ=40)
    found = comparison.Comparison("starter", "built-in network", (part,))
    folder = home / "training" / run_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / comparison.FILENAME).write_bytes(found.to_bytes())
    return publish_copy(starter, home, run_id, takes_over=False, evaluation=evaluation)


def test_training_that_made_a_worse_network_changes_nothing_says_so_and_offers_it(
    page, home, told, starter
):
    with lock.hold(home):
        page.run()
    made = publish_worse(starter, home, told.id)
    page.run()
    assert store.current_run(home)[0].id == "starter" and page.test.toast.len == 0
    assert {"new-run"} <= keys(page)
    assert "98.75% of 4,000 validation digits correct, against 99.25%" in all_text(page)
    assert "built-in network is better by 0.50 points on validation digits" in all_text(page)
    page.click("use-new")
    assert store.current_run(home)[0].id == made.id
    page.run()
    assert button(page, "use-new") is None


def test_run_that_did_not_take_over_need_not_be_offered_for_ever(page, home, starter):
    publish_worse(starter, home, "worse")
    page.run()
    page.click("close-new")
    assert button(page, "use-new") is None and store.current_run(home)[0].id == "starter"


def test_end_of_a_training_shows_where_the_two_networks_disagree(page, home, starter, monkeypatch):
    """The new run differs from the starter on three test digits, and is right on one of them."""
    known = starter.evaluation()
    correct = np.flatnonzero(known.predicted == known.labels)[:2]
    wrong = np.flatnonzero(known.predicted != known.labels)[:1]
    probabilities = known.probabilities.copy()
    for i in correct:
        probabilities[i] = np.roll(probabilities[i], 1)
    probabilities[wrong] = np.eye(10, dtype=np.float32)[known.labels[wrong]]
    new = Evaluation(known.dataset, known.labels, probabilities)
    publish_worse(starter, home, "worse", new)
    monkeypatch.setattr(evaluate, "digits", lambda run, home: None)
    page.run()
    says = "They read 3 of the 10,000 test digits differently: the new network alone is correct "
    assert f"{says}on 1, the built-in network on 2." in all_text(page)
    gone = []
    monkeypatch.setattr(navigation, "go", lambda name, **address: gone.append((name, address)))
    page.click("explore-new")
    address = {"run": "worse", "compare": "starter", "show": "second"}
    assert gone == [("explore", address)]


def test_form_says_how_long_the_last_training_took_here(page, home, starter):
    publish_copy(starter, home, seconds=180.0)
    assert "Judging by the last training here, it takes about 3 minutes." in all_text(page.run())
    page.test.number_input(key="epochs default digitcnn").set_value(18).run()
    assert "it takes about 6 minutes." in all_text(page)
    recipe = next(box for box in page.test.selectbox if box.key == "recipe")
    assert "Default: about 3 minutes here" in recipe.options
    assert "Fast: about half a minute" in recipe.options  # Another optimizer: nobody knows.


def test_run_is_named_in_the_form(page, home, character, monkeypatch):
    started = []
    monkeypatch.setattr(trainer_process, "start", lambda home, *words: started.append(words))
    page.run().test.text_input(key="run-name").set_value("x" * 81).run()
    assert button(page, "start").disabled
    assert any("this one has 81" in note for note in page.notes)
    page.test.text_input(key="run-name").set_value("  Bold   strokes ").run()
    assert "--name &#39;Bold strokes&#39;" in all_text(page)
    page.click("start")
    ((recipe, options),) = started
    assert recipe == "default" and options[-2:] == ["--name", "Bold strokes"]


# -- a training that came to nothing


def test_failed_training_says_why_with_the_last_lines_of_its_log(page, home, told):
    told.state, told.reason = "failed", "The <b>disk</b> is full."
    told.write(folder_of(home, told))
    (home / trainer_process.LOG_NAME).write_text("Learning\nOh dear.\n")
    page.run()
    assert "The training of stacked (fast recipe) failed" in all_text(page)
    assert "The &lt;b&gt;disk&lt;/b&gt; is full." in all_text(page)
    assert page.test.code[0].value == "Learning\nOh dear."
    assert {"training-form"} <= keys(page)
    page.click("dismiss")
    assert "failed.</b>" not in all_text(page.run())
    assert store.folders(home / "training") == []


def test_killed_training_says_so_and_another_can_start(page, home, character):
    page.run().click("start")
    end = time.monotonic() + 30
    while trainer_process.watch(home).progress is None and time.monotonic() < end:
        time.sleep(0.05)
    process = trainer_process._children[home].process
    process.kill()
    process.wait()
    page.run()
    assert "it was killed" in all_text(page)
    assert page.test.code[0].value == "Learning"
    page.click("start")
    assert trainer_process.watch(home).alive


def test_log_of_an_earlier_training_is_not_shown(page, home, told):
    (home / trainer_process.LOG_NAME).write_text("Of another training.")
    os.utime(home / trainer_process.LOG_NAME, (1, 1))
    told.state, told.reason = "failed", "No."
    told.write(folder_of(home, told))
    assert len(page.run().test.code) == 0


# -- where training is not allowed


def test_public_visitors_can_change_nothing(page, home, monkeypatch, told, starter):
    run = publish_copy(starter, home)
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    page.run()
    assert "Training is disabled on this public site" in unescape(all_text(page))
    tick(page, run.id)
    for key in ("start", "cancel", "dismiss", "use", "remove", "save-name"):
        assert button(page, key) is None
    with lock.hold(home):
        page.run()
        assert button(page, "cancel") is None


def test_training_switched_off(page, monkeypatch):
    monkeypatch.setenv("DIGITCNN_TRAINING", "off")
    page.run()
    assert "Training is switched off here" in all_text(page)
    assert button(page, "start") is None
    assert table(page)["rows"][-1]["id"] == "starter"


# -- comparing runs


@pytest.fixture
def two_runs(home, starter) -> tuple[store.Run, store.Run]:
    """A run of 3 epochs with seed 0, and a newer one, in use, of 5 epochs with seed 1."""
    made = []
    for n_epochs, seed in ((3, 0), (5, 1)):
        history = {
            "epochs": [
                {"epoch": i + 1, "accuracy": 0.9 + i / 100, "loss": 0.5 / (i + 1),
                 "val_accuracy": 0.95 + i / 1000, "val_loss": 0.2, "seconds": 10.0}
                for i in range(n_epochs)
            ],
            "batches": {},
        }  # fmt: skip
        recipe = {**starter.recipe, "epochs": n_epochs, "seed": seed}
        metrics = {**starter.card.metrics, "drawn_accuracy": 0.9 + seed / 100}
        made.append(
            publish_copy(
                starter, home, f"run-{seed}", history, recipe=recipe, metrics=metrics,
                name=f"Run <b>{seed}</b>", parameters=1000 * (seed + 1), seconds=30.0 + seed,
                created=f"2026-01-0{seed + 1}T00:00:00+00:00",
            )
        )  # fmt: skip
    return tuple(made)


def publish_copy(
    starter, home, run_id="a-copy", history=None, takes_over=True, evaluation=None, **changes
) -> store.Run:
    """A finished run in ``home``: the starter under another id."""
    folder = home / "training" / run_id
    folder.mkdir(parents=True, exist_ok=True)
    for name in starter.card.files:
        (folder / name).write_bytes((starter.folder / name).read_bytes())
    if evaluation is not None:
        evaluation.save(folder / "evaluation.npz")
    if history is not None:
        (folder / "history.json").write_text(json.dumps(history))
    card = starter.card.to_seal
    card |= {"id": run_id, "name": run_id, **changes}
    return store.publish(folder, home, card, takes_over)


def test_table_lists_every_run_with_its_figures(page, two_runs, starter):
    shown = table(page.run())
    assert [row["id"] for row in shown["rows"]] == ["run-1", "run-0", "starter"]
    assert shown["in_use"] == "run-1" and shown["chosen"] == ["run-1"]
    titles = [column["title"] for column in shown["columns"]]
    cells = dict(zip(titles, shown["rows"][0]["cells"], strict=True))
    assert cells["Test"] == {"text": f"{starter.test_accuracy:.2%}", "value": starter.test_accuracy}
    assert cells["Pen"] == {"text": "91.00%", "value": 0.91}
    assert cells["Parameters"] == {"text": "2,000", "value": 2000}
    assert cells["Time"]["text"] == "31 s" and cells["Seed"]["value"] == 1
    assert cells["Made"]["text"] == "2 Jan 2026"
    assert set(titles) >= {"Network", "Recipe", "Validation", "Recall", "Loss"}
    assert shown["rows"][0]["name"] == "Run <b>1</b>"  # The browser sets it as text.


def test_ticked_runs_are_laid_over_one_another(page, two_runs, home):
    tick(page.run(), "run-0", "run-1")
    overlaid, seconds, parameters = charts(page)
    assert [trace["name"] for trace in overlaid["data"]] == [
        f"Run &lt;b&gt;{i}&lt;/b&gt; · test {store.find_run(home, f'run-{i}').test_accuracy:.2%}"
        for i in range(2)
    ]
    assert [len(trace["x"]) for trace in overlaid["data"]] == [3, 5]
    looks = {
        (trace["line"]["color"], trace["line"]["dash"], trace["marker"]["symbol"])
        for trace in overlaid["data"]
    }
    assert len({look[1] for look in looks}) == len({look[2] for look in looks}) == 2
    assert {point["x"][0] for point in parameters["data"]} >= {1000, 2000}
    assert {point["x"][0] for point in seconds["data"]} >= {30.0, 31.0}
    assert '<th scope="row">Epochs</th><td>3</td><td>5</td>' in all_text(page)
    assert '<th scope="row">Seed</th><td>0</td><td>1</td>' in all_text(page)
    assert '<th scope="row">Batch</th>' not in all_text(page)
    assert "Run <b>0</b>" not in all_text(page)


def test_curves_can_be_of_loss_and_along_seconds(page, two_runs):
    tick(page.run(), "run-0")
    page.test.selectbox(key="curve").select("val_loss")
    page.test.session_state["along"] = "seconds"
    page.run()
    (trace,) = charts(page)[0]["data"]
    assert trace["x"] == [10.0, 20.0, 30.0] and trace["y"] == [0.2] * 3


def test_use_changes_the_run_on_every_page(page, two_runs, home):
    act_on(page.run(), "run-0").click("use")
    assert store.current_run(home)[0].id == "run-0"
    assert "Model in use: <b>Run &lt;b&gt;0&lt;/b&gt;</b>" in all_text(page)
    assert table(page)["in_use"] == "run-0"
    assert button(page, "use").disabled
    draw = Page(AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=180)).run()
    assert "Run &lt;b&gt;0&lt;/b&gt;" in all_text(draw)


def test_rename(page, two_runs, home):
    act_on(page.run(), "run-0")
    page.test.text_input(key="name run-0").set_value("  My   first ")
    page.click("save-name")
    assert store.find_run(home, "run-0").name == "My first"
    assert next(row for row in table(page)["rows"] if row["id"] == "run-0")["name"] == "My first"
    page.test.text_input(key="name run-0").set_value(" ")
    page.click("save-name")
    assert any("1 to 80 characters" in note for note in page.notes)


def test_remove_and_undo(page, two_runs, home):
    tick(page.run(), "run-1", "run-0")
    assert button(page, "remove") is None  # Ticks only compare.
    act_on(page, "run-1").click("remove")
    assert [row["id"] for row in table(page)["rows"]] == ["run-0", "starter"]
    assert table(page)["in_use"] == "run-0" and table(page)["chosen"] == ["run-0"]
    assert table(page)["acted"] == "" and "Removed." in all_text(page)
    page.click("undo-remove")
    assert [row["id"] for row in table(page)["rows"]] == ["run-1", "run-0", "starter"]
    assert table(page)["in_use"] == "run-1"  # It was in use, and is again.
    assert set(table(page)["chosen"]) == {"run-0", "run-1"}
    assert button(page, "undo-remove") is None


def test_starter_can_be_used_and_not_removed_or_renamed(page, two_runs, home):
    act_on(page.run(), "starter")
    assert button(page, "remove") is None and button(page, "save-name") is None
    page.click("use")
    assert store.current_run(home)[0].id == "starter"


def test_what_another_session_removed_gets_a_sentence(page, two_runs, home):
    act_on(tick(page.run(), "run-0"), "run-0")
    use = button(page, "use")
    store.remove(home, "run-0")
    use.click()
    page.run()
    assert any("There is no run" in note for note in page.notes)
    assert table(page)["chosen"] == []


def test_damaged_run_is_listed_with_its_reason_and_can_be_removed(page, two_runs, home):
    (two_runs[0].folder / "model.tflite").write_bytes(b"damaged")
    row = next(row for row in table(page.run())["rows"] if row["id"] == "run-0")
    assert row["state"] == "damaged" and "model.tflite" in row["reason"]
    act_on(page, "run-0")
    assert button(page, "use") is None and button(page, "remove") is not None
    page.click("remove")
    assert "run-0" not in [row["id"] for row in table(page)["rows"]]


def test_unfinished_training_is_listed(page, told):
    row = table(page.run())["rows"][-2]
    assert (row["id"], row["state"]) == (told.id, "unfinished")


def test_run_without_readable_history_is_still_compared(page, home, starter):
    publish_copy(starter, home, "bare", {"epochs": [{"epoch": 1}]})
    page.run()
    assert "No curves" in all_text(page) and len(charts(page)) == 2
    assert page.notes == []


def test_what_the_browser_made_up_is_ignored(page, two_runs):
    page.run()
    for made_up in (None, {}, {"revision": 99, "ids": ["run-0"]}, {"revision": 1, "ids": [7, "x"]}):
        page.test.session_state[runs_table.KEY] = {"chosen": made_up}
        page.run()
        assert set(table(page)["chosen"]) <= {"run-1"}


def test_the_notebook_of_a_run_can_be_downloaded():
    run = store.open_run(settings.STARTER_FOLDER)
    found = json.loads(run_tools._content(lambda: run_tools._notebook(run))())
    assert found["nbformat"] == 4
    assert any("keras.datasets.mnist" in "".join(cell["source"]) for cell in found["cells"])


def test_download_that_fails_says_so_in_the_file():
    def fail() -> bytes:
        raise store.DamagedRun("model.keras is damaged.")

    assert run_tools._content(fail)() == b"model.keras is damaged."


def test_the_web_process_imports_nothing_heavy_for_this_page(home, starter):
    """In a process of its own: what is imported here says nothing about the app."""
    publish_copy(starter, home)
    program = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"test = AppTest.from_string({SCRIPT!r}, default_timeout=180).run()\n"
        "assert not test.exception and len(test.get('plotly_chart')) == 3\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'pyarrow', 'sklearn', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "DIGITCNN_TRAINING": "on"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr
