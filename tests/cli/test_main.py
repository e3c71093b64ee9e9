"""The command line as people and scripts meet it: words, JSON, exit codes; never a traceback."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn import metrics

from digitcnn.cli.main import cli, main
from digitcnn.data import handwriting, mnist, samples
from digitcnn.data.digits import DataSetUnavailable
from digitcnn.explain.feature_maps import FeatureMaps
from digitcnn.models import networks, recipes
from digitcnn.preprocessing import ink
from digitcnn.runs import comparison, custom_networks, lock, progress, store
from digitcnn.runs.progress import Progress
from digitcnn.system import durable
from tests.places import ROOT
from tests.run_makers import fill_training, some_card


@pytest.fixture
def run_cli(capsys):
    """Runs a command; gives its exit code, output, and what it says on standard error."""

    def run(*words) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


@pytest.fixture
def some_run(home) -> store.Run:
    """A finished run without a real network."""
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    return store.publish(folder, home, some_card(folder.name))


@pytest.fixture
def drawings(tmp_path) -> dict[int, Path]:
    """Pictures of the ten sample digits by digit: black on white, and white on black."""
    paths = {}
    for digit in range(10):
        raster = ink.rasterize(samples.sample(digit))
        paths[digit] = tmp_path / f"{digit}.png"
        Image.fromarray(raster if digit % 2 else 255 - raster).save(paths[digit])
    return paths


# -- help and refusal


def _all_commands(group=cli, words=()):
    yield words
    for name, command in getattr(group, "commands", {}).items():
        yield from _all_commands(command, (*words, name))


@pytest.mark.parametrize("words", list(_all_commands()), ids=" ".join)
def test_every_command_explains_itself(words, run_cli):
    code, out, err = run_cli(*words, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: {' '.join(['python -m digitcnn', *words])} ")
    explanation = out.split("\n\n")[1].strip()
    assert len(explanation) > 15 and explanation.endswith((".", ":"))


def test_every_option_says_what_it_is_for():
    import click

    for words in _all_commands():
        command = cli
        for word in words:
            command = command.commands[word]
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, (words, option.name)


def test_without_words_it_explains_itself(run_cli):
    code, out, _ = run_cli()
    assert code == 0
    assert all(name in out for name in cli.commands)


@pytest.mark.parametrize(
    "words",
    [
        ["draw"],
        ["--nonsense"],
        ["predict"],
        ["predict", "x.png", "--run"],
        ["train", "--recipe", "slow"],
        ["train", "--network", "none"],
        ["train", "--epochs", "many"],
        ["train", "--epochs", "0"],
        ["train", "--seed", "-1"],
        ["train", "--mnist", "none.npz"],
        ["evaluate"],
        ["evaluate", "none"],
        ["runs", "use"],
        ["runs", "use", "none"],
        ["runs", "remove", "../../etc"],
        ["runs", "restore", "none"],
        ["runs", "remove", "starter"],
        ["networks", "none"],
        ["benchmark", "predict", "--run", "none"],
        ["benchmark", "latency", "--strokes", "0"],
    ],
    ids=" ".join,
)
def test_what_can_not_be_done_is_one_sentence_and_exit_code_2(words, run_cli):
    code, out, err = run_cli(*words)
    assert (code, out) == (2, "") or words[:2] == ["train", "--mnist"] and code == 2
    assert len(err.strip().splitlines()) == 1
    assert err.strip()[-1] in ".)"


def test_a_variable_that_means_nothing_is_a_sentence(run_cli, monkeypatch):
    monkeypatch.setenv("DIGITCNN_BACKEND", "abacus")
    code, _, err = run_cli("runs")
    assert code == 2 and "DIGITCNN_BACKEND" in err


def test_a_home_folder_that_is_a_file_is_a_sentence(run_cli, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = run_cli("train", "--home", tmp_path / "file")
    assert code == 2 and "file" in err


# -- runs


def test_runs_as_json_have_the_promised_keys(some_run, run_cli):
    code, out, _ = run_cli("runs", "--json")
    listed = {entry["id"]: entry for entry in json.loads(out)}
    assert code == 0 and set(listed) == {some_run.id, "starter"}
    entry = listed[some_run.id]
    promised = {"network": "plain", "recipe": "fast", "state": "finished", "in_use": True}
    assert promised.items() <= entry.items()
    assert (entry["test_accuracy"], entry["seconds"]) == (0.9912, 12.5)


def test_runs_as_a_table_marks_the_one_in_use(some_run, run_cli):
    _, out, _ = run_cli("runs")
    (line,) = [line for line in out.splitlines() if some_run.id in line]
    assert line.startswith("*") and "99.12%" in line and "12 s" in line
    assert "starter" in out


def test_use_remove_restore_and_rename(some_run, run_cli, home):
    assert run_cli("runs", "use", "starter")[0] == 0
    assert store.current_run(home)[0].id == "starter"
    assert run_cli("runs", "use", some_run.id)[0] == 0
    assert store.current_run(home)[0] == some_run
    assert run_cli("runs", "rename", some_run.id, "The best")[0] == 0
    assert store.find_run(home, some_run.id).name == "The best"
    code, out, _ = run_cli("runs", "remove", some_run.id)
    assert code == 0 and f"runs restore {some_run.id}" in out
    assert store.current_run(home)[0].is_starter
    assert run_cli("runs", "restore", some_run.id)[0] == 0
    assert store.current_run(home)[0].id == some_run.id


def test_damaged_and_unfinished_runs_are_listed_with_reasons(some_run, run_cli, home):
    (some_run.folder / "model.tflite").write_bytes(b"rust")
    left = store.new_training(home, "plain").name
    code, out, err = run_cli("runs")
    assert code == 0
    assert any(some_run.id in line and "damaged" in line for line in out.splitlines())
    assert any(left in line and "unfinished" in line for line in out.splitlines())
    assert "model.tflite" in err
    states = {e["id"]: e["state"] for e in json.loads(run_cli("runs", "--json")[1])}
    assert states[some_run.id] == "damaged" and states[left] == "unfinished"


# -- networks


def test_networks_as_json_and_as_tables(run_cli):
    entries = json.loads(run_cli("networks", "--json")[1])
    assert [entry["name"] for entry in entries] == list(networks.NETWORKS)
    for entry in entries:
        assert entry["parameters"] == sum(layer["parameters"] for layer in entry["layers"])
    table = run_cli("networks")[1]
    assert all(f"{entry['parameters']:,}" in table for entry in entries)
    assert "484,714" in run_cli("networks", "stacked")[1]
    assert "484,714" in run_cli("networks", "show", "stacked")[1]


def test_networks_of_ones_own_by_command(run_cli, home, tmp_path):
    path = tmp_path / "resnet.yaml"
    assert run_cli("networks", "export", "resnet", "-o", str(path))[0] == 0
    code, _, err = run_cli("networks", "add", str(path))
    assert code == 2 and "built-in networks; choose another name" in err
    code, out, _ = run_cli("networks", "add", str(path), "--name", "My net")
    assert code == 0 and "my-net is saved: 272,770 parameters" in out
    assert run_cli("networks", "add", str(path), "--name", "my-net")[0] == 2
    assert run_cli("networks", "add", str(path), "--name", "my-net", "--replace")[0] == 0
    shown = json.loads(run_cli("networks", "my-net", "--json")[1])[0]
    assert (shown["name"], shown["parameters"], shown["custom"]) == ("my-net", 272_770, True)
    assert '"of": "block_1"' in run_cli("networks", "export", "my-net")[1]
    (home / "networks" / "bad.json").write_text("{")
    code, out, err = run_cli("networks")
    assert code == 0 and "my-net" in out and "bad: damaged." in err
    assert run_cli("networks", "remove", "my-net")[0] == 0
    assert "my-net" not in run_cli("networks")[1]


# -- predict


def test_predict_reads_pictures_dark_on_light_and_light_on_dark(drawings, run_cli):
    code, out, _ = run_cli("predict", *drawings.values(), "--run", "starter", "--json")
    readings = json.loads(out)
    assert code == 0
    assert [reading["path"] for reading in readings] == [str(p) for p in drawings.values()]
    assert [reading["label"] for reading in readings] == list(drawings)
    for reading in readings:
        assert sum(reading["probabilities"]) == pytest.approx(1, abs=1e-4)
        assert np.argmax(reading["probabilities"]) == reading["label"]
        assert reading["is_digit"] is True


def test_predict_as_a_table(drawings, run_cli):
    code, out, err = run_cli("predict", drawings[7], drawings[4], "--run", "starter")
    rows = [line.split() for line in out.splitlines()[1:]]
    assert (code, err) == (0, "")
    assert [row[1] for row in rows] == ["7", "4"]


def test_predict_reads_mnists_own_pictures(real_mnist, tmp_path, run_cli):
    paths = []
    for index in range(60):
        paths.append(tmp_path / f"{index}.png")
        Image.fromarray(real_mnist.test.images[index]).save(paths[-1])
    readings = json.loads(run_cli("predict", *paths, "--run", "starter", "--json")[1])
    labels = [reading["label"] for reading in readings]
    assert (np.array(labels) == real_mnist.test.labels[:60]).mean() >= 0.98


def test_predict_reads_the_good_pictures_and_names_the_bad(drawings, tmp_path, run_cli):
    (tmp_path / "notes.md").write_text("no picture")
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    whole = drawings[3].read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    bad = [tmp_path / name for name in ("notes.md", "blank.png", "cut.png", "none.png")]
    words = ["predict", *bad[:2], drawings[3], *bad[2:], "--run", "starter"]
    code, out, err = run_cli(*words, "--json")
    readings = json.loads(out)
    assert code == 2
    assert [reading["label"] for reading in readings] == [None, None, 3, None, None]
    complaints = err.strip().splitlines()
    assert len(complaints) == 4
    for path, complaint in zip(bad, complaints, strict=True):
        assert path.name in complaint
    code, out, _ = run_cli(*words)
    assert code == 2 and out.count("could not be read") == 4


def test_predict_sets_a_damaged_run_aside_and_says_so(some_run, drawings, run_cli):
    (some_run.folder / "model.keras").unlink()
    code, out, err = run_cli("predict", drawings[1], "--json")
    assert code == 0 and json.loads(out)[0]["label"] == 1
    assert some_run.id in err and "model.keras" in err


# -- evaluate


def test_evaluate_agrees_with_the_runs_own_examination(
    trained_home, trained_run, tmp_path, run_cli
):
    exam = handwriting.digits(300, 99)
    path = tmp_path / "exam.npz"
    np.savez(path, images=exam.images, labels=exam.labels)
    words = ["evaluate", trained_run.id, "--home", trained_home, "--dataset", path]
    figures = json.loads(run_cli(*words, "--json")[1])
    matrix = np.array(figures["confusion"])
    assert (figures["n"], matrix.sum()) == (300, 300)
    assert figures["accuracy"] == pytest.approx(np.trace(matrix) / 300)
    assert matrix.sum(axis=1).tolist() == np.bincount(exam.labels, minlength=10).tolist()
    true, predicted = (
        np.repeat(np.indices((10, 10))[axis].ravel(), matrix.ravel()) for axis in (0, 1)
    )
    assert figures["macro_recall"] == pytest.approx(
        metrics.balanced_accuracy_score(true, predicted)
    )
    assert [entry["support"] for entry in figures["per_digit"]] == matrix.sum(axis=1).tolist()
    code, table, _ = run_cli(*words)
    assert code == 0 and f"{100 * figures['accuracy']:.2f}%" in table


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_evaluate_on_a_file_that_is_none(content, tmp_path, run_cli):
    path = tmp_path / "digits.npz"
    if content is not None:
        path.write_bytes(content)
    code, _, err = run_cli("evaluate", "starter", "--dataset", path)
    assert code == 2 and "digits.npz" in err


def test_evaluate_on_mnist_where_it_can_not_be_had(run_cli, monkeypatch, tmp_path):
    monkeypatch.setattr(mnist, "find", lambda *_: None)
    monkeypatch.setattr(mnist, "MIRRORS", ())

    def unreachable(home, **_):
        raise DataSetUnavailable("MNIST can't be downloaded: no network.")

    monkeypatch.setattr(mnist, "download", unreachable)
    code, out, err = run_cli("evaluate", "starter")
    assert (code, out) == (2, "") and "MNIST can't be downloaded" in err


# -- train


def _tiny_recipe(monkeypatch) -> None:
    """Makes the fast recipe one that takes a few seconds."""
    tiny = recipes.Recipe(
        "fast",
        network="plain",
        dataset="handwriting",
        handwriting=300,
        epochs=1,
        validation=100,
        batch=50,
    )
    monkeypatch.setitem(recipes.RECIPES, "fast", tiny)
    monkeypatch.setattr(handwriting, "N_TEST", 200)
    monkeypatch.setattr(handwriting, "N_HELD_BACK", 200)


def test_train_keeps_a_run_and_tells_how_it_goes(run_cli, home, monkeypatch):
    _tiny_recipe(monkeypatch)
    code, out, _ = run_cli("train", "--recipe", "fast", "--seed", "3", "--use", "--name", "Mine")
    run, complaints = store.current_run(home)
    assert (code, complaints) == (0, [])
    assert (run.recipe["seed"], run.network, run.is_starter) == (3, "plain", False)
    assert run.name == "Mine"
    assert "Epoch  1 of 1" in out and f"{run.id} is now in use" in out
    assert "built-in network is better by" in out
    assert run.history()["epochs"][0]["epoch"] == 1
    assert not list((home / "training").iterdir())


def test_train_with_a_network_of_ones_own_whose_run_needs_nothing_else(
    run_cli, home, tmp_path, monkeypatch
):
    _tiny_recipe(monkeypatch)
    path = tmp_path / "skip.json"
    path.write_text(
        '{"layers": [{"kind": "conv", "filters": 4, "stride": 3}, {"kind": "relu", "name": "a"},'
        '{"kind": "conv", "filters": 4}, "norm", {"kind": "add", "of": "a"}, "tanh", "average",'
        '{"kind": "dense", "units": 10}]}'
    )
    code, out, err = run_cli("train", "--recipe", "fast", "--network", str(path), "--use")
    assert code == 0, err
    run, _ = store.current_run(home)
    assert run.id.startswith("skip-fast") and run.network == "skip"
    assert run.card.parameters == 4 * 9 + 4 + 4 * 9 * 4 + 4 + 16 + 40 + 10
    assert FeatureMaps(run).of(handwriting.digits(1, 1).images[0]).maps[1].shape == (10, 10, 4)
    notebook = tmp_path / "skip.ipynb"
    assert run_cli("notebook", run.id, "-o", str(notebook))[0] == 0
    assert "layers.Add()([x, block_1])" in notebook.read_text()
    # Its description comes back out of the run, and trains the same by its name.
    code, out, err = run_cli("train", "--recipe", "fast", "--network", "skip")
    assert code == 2 and "no network 'skip'" in err
    assert run_cli("networks", "add", run.id)[0] == 0
    assert "train --recipe fast --network skip" in recipes.command(run.card.full_recipe())
    assert custom_networks.find(home, "skip") == run.card.custom_network


def test_worse_network_does_not_take_over_and_an_equal_one_does(run_cli, home, monkeypatch):
    _tiny_recipe(monkeypatch)
    code, out, _ = run_cli("train", "--recipe", "fast")
    first = store.list_runs(home)[0].run
    assert code == 0 and store.current_run(home)[0].is_starter
    assert f"{first.id} is trained, and not in use" in out
    found = comparison.of_run(first)
    assert [part.n for part in found.parts] == [100, 200]
    assert not found.is_as_good and found.in_words() in out
    hard = progress.read(first.folder).hard
    assert len(hard["labels"]) == len(hard["now"]) == len(hard["in_use"]) == 12
    assert hard["epoch"] == 1 and not (first.folder / ".tmp").exists()
    assert f"To use it anyway: python -m digitcnn runs use {first.id}" in out

    # The same training once more gives the same network: exactly as good, on digits both read.
    store.use(home, first.id)
    code, out, err = run_cli("train", "--recipe", "fast", "--json")
    second, figures = store.current_run(home)[0], json.loads(out)  # which is all that it prints
    assert code == 0 and second.id != first.id and "Epoch  1 of 1" in err
    assert figures["id"] == second.id and figures["test_accuracy"] == second.test_accuracy
    assert figures["in_use"] is True
    found = comparison.of_run(second)
    assert (found.other, found.is_as_good) == (first.id, True)
    assert [part.differ for part in found.parts] == [0, 0]


def test_a_second_training_is_refused(run_cli, home, monkeypatch):
    hold = lock.hold
    monkeypatch.setattr(lock, "hold", lambda folder: hold(folder, patience_s=0.1))
    with hold(home):
        code, out, err = run_cli("train", "--recipe", "fast")
    assert code == 2 and "already" in err


def test_a_truncated_mnist_ends_the_training_with_a_sentence(run_cli, home, tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"PK\3\4 half")
    code, _, err = run_cli("train", "--recipe", "fast", "--mnist", tmp_path / "mnist.npz")
    assert code == 2 and "mnist.npz" in err.splitlines()[-1]
    (left,) = [entry for entry in store.list_runs(home) if entry.id != "starter"]
    assert left.state == "unfinished"


def test_a_full_disk_ends_the_training_with_a_sentence(run_cli, home, monkeypatch):
    _tiny_recipe(monkeypatch)

    def full(*_):
        raise durable.DiskFull("The disk is full.")

    monkeypatch.setattr(store, "seal", full)
    code, _, err = run_cli("train", "--recipe", "fast")
    assert code == 2 and "The disk is full." in err.splitlines()[-1]
    assert store.current_run(home)[0].is_starter
    states = {entry.state for entry in store.list_runs(home) if entry.id != "starter"}
    assert states == {"unfinished"}


_ONLY_MADE_UP = ("--dataset", "handwriting", "--nondigits", "0", "--learned-digits", "0")
_ONLY_MADE_UP += ("--learned-letters", "0")


def _training_process(home: Path) -> subprocess.Popen:
    words = ["-m", "tests.few_digits", "train", "--recipe", "fast", *_ONLY_MADE_UP]
    words += ["--network", "plain", "--handwriting", "300", "--validation", "100"]
    words += ["--epochs", "1000"]
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "DIGITCNN_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_training_leaves_what_there_was(number, some_run, home):
    with _training_process(home) as trainer:
        deadline = time.monotonic() + 600
        while "Epoch" not in (line := trainer.stdout.readline()):
            assert line and time.monotonic() < deadline
        live = [e for e in store.list_runs(home) if e.state == "training"]
        trainer.send_signal(number)
        rest = trainer.stdout.read()
        code = trainer.wait(300)
    assert len(live) == 1
    assert store.current_run(home) == (some_run, [])
    left = [e.state for e in store.list_runs(home) if e.id not in (some_run.id, "starter")]
    if number == signal.SIGKILL:
        assert (code, left) == (-9, ["unfinished"])
    else:
        assert (code, left) == (130, [])
        assert f"{some_run.id} is still in use" in rest and "Traceback" not in rest
    with lock.hold(home):
        pass


# -- in a terminal


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals of Unix")
def test_in_a_terminal_a_bar_moves_and_libraries_keep_quiet(home):
    import pty

    words = ["-m", "tests.few_digits", "train", "--recipe", "fast", *_ONLY_MADE_UP]
    words += ["--network", "plain", "--handwriting", "300", "--validation", "100", "--epochs", "2"]
    words += ["--batch", "20"]
    terminal, other_end = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    trainer = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=environment, stdout=other_end, stderr=other_end
    )
    os.close(other_end)
    seen = b""
    try:
        while chunk := os.read(terminal, 65536):
            seen += chunk
    except OSError:
        pass  # what Linux says when the other end is closed
    os.close(terminal)
    text = seen.decode()
    assert trainer.wait(300) == 0, text[-2000:]
    assert "Epoch 1 of 2" in text and "━" in text
    assert "Epoch  2 of 2" in text and "is trained, and not in use" in text
    assert "oneDNN" not in text and "XNNPACK" not in text
    assert "oneDNN" in (home / "tensorflow.log").read_text() or os.uname().machine != "x86_64"


def test_the_bar_tells_how_long_it_takes(capsys, monkeypatch):
    from digitcnn.cli.training_display import TrainingDisplay

    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)
    progress = Progress("a-run", 1, state="fitting", epoch=1, epochs=2, steps=10, step=5)
    progress.accuracy, progress.seconds_left = 0.9, 200.0
    with TrainingDisplay() as display:
        display(progress)
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)
    for part in ("Epoch 1 of 2", "━", "50%", "90.0% training accuracy", "left"):
        assert part in said


def test_the_display_tells_each_epoch_once(capsys):
    from digitcnn.cli.training_display import TrainingDisplay

    row = {"accuracy": 0.9, "loss": 0.3, "val_accuracy": 0.95, "val_loss": 0.2, "seconds": 61.0}
    progress = Progress("a-run", 1, epochs=2, steps=10, doing="Starting TensorFlow")
    with TrainingDisplay() as display:
        display(progress)
        progress.state, progress.history = "fitting", {"epochs": []}
        for step in range(10):
            progress.step = step
            if step == 5:
                progress.history["epochs"].append({"epoch": 1, **row})
            display(progress)
        progress.state, progress.doing = "exporting", "Compiling the network"
        display(progress)
        display(progress)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("Starting TensorFlow")
    assert lines[1].startswith("Epoch  1 of 2: training 90.00%") and lines[1].endswith("1 min 1 s")
    assert lines[2].startswith("Compiling the network")


# -- benchmark


def test_benchmark_predict_gives_the_promised_figures(run_cli):
    code, out, _ = run_cli("benchmark", "predict", "--run", "starter", "--json")
    figures = json.loads(out)
    assert code == 0
    assert {"predict_ms", "preprocess_ms"} <= set(figures)
    assert all(figures[name] > 0 for name in ("predict_ms", "preprocess_ms", "load_ms"))


@pytest.mark.parametrize("name", ["startup", "latency"])
def test_benchmarks_that_need_a_browser_say_so_without(name, run_cli, monkeypatch):
    for module in ("playwright", "playwright.sync_api"):
        monkeypatch.setitem(sys.modules, module, None)
    code, out, err = run_cli("benchmark", name)
    assert (code, out) == (2, "") and "pip install -r tests/requirements.txt" in err
