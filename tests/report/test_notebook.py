"""A run's notebook runs on its own, top to bottom, and builds the network that it explains."""

import json
import subprocess
import sys
from dataclasses import replace

import nbformat
import numpy as np
import pytest

from digitcnn.cli.main import main
from digitcnn.data import handwriting
from digitcnn.models import networks
from digitcnn.models.recipes import recipe
from digitcnn.report.notebook import NoNotebook, notebook
from digitcnn.runs.run import Run
from digitcnn.runs.store import find_run


def run_of(starter: Run, network: str, named: str = "reference") -> Run:
    """A run as a training of that network would leave it."""
    chosen = recipe(named, network=network)
    card = replace(starter.card, network=network, recipe=chosen.to_dict())
    return replace(starter, card=card)


@pytest.fixture
def starter(home) -> Run:
    return find_run(home, "starter")


def code_of(run: Run) -> list[str]:
    return [c.source for c in nbformat.reads(notebook(run), 4).cells if c.cell_type == "code"]


@pytest.mark.parametrize("network", networks.NETWORKS)
def test_every_networks_notebook_is_valid_and_names_its_layers(network, starter):
    made = nbformat.reads(notebook(run_of(starter, network)), 4)
    nbformat.validate(made)
    build = next(c.source for c in made.cells if "model.summary()" in c.source)
    assert build.count(" layers.") == 2 + len(networks.network(network).layers)
    for cell in made.cells:
        if cell.cell_type == "code":
            compile(cell.source, network, "exec")


_SMALL = """
import json, sys
import numpy as np
import keras
import matplotlib; matplotlib.use("agg")
x, y, x_test, y_test = np.load(sys.argv[1]).values()
n, most = len(x), 2  # digits and epochs; fewer where nothing is asked of the accuracy
keras.datasets.mnist.load_data = lambda: ((x[:n], y[:n]), (x_test[: n // 5], y_test[: n // 5]))
for cells in json.load(open(sys.argv[2])):
    told = {}
    for cell in cells:
        cell = cell.replace("int(0.2 * n_steps)", "max(1, int(0.2 * n_steps))")
        for epochs in range(3, 30):
            cell = cell.replace(f"EPOCHS = {epochs}\\n", f"EPOCHS = {most}\\n")
        exec(cell, told)
    print("DONE", told["model"].count_params(), float(told["accuracy"]))
    n, most = 500, 1
"""


def test_reference_networks_run_top_to_bottom_on_few_digits(starter, tmp_path):
    """In one process, as starting TensorFlow takes longer than the training."""
    digits = handwriting.digits(1_500, 3)
    test = handwriting.digits(300, 4)
    np.savez(tmp_path / "digits.npz", digits.images, digits.labels, test.images, test.labels)
    names = ["two-block", "plain", "resnet", "lenet5", "digitcnn"]
    runs = [run_of(starter, n, "fast" if n == "digitcnn" else "reference") for n in names]
    (tmp_path / "cells.json").write_text(json.dumps([code_of(run) for run in runs]))
    done = subprocess.run(
        [sys.executable, "-c", _SMALL, tmp_path / "digits.npz", tmp_path / "cells.json"],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("DONE")]
    assert [int(parameters) for parameters, _ in told] == [networks.parameters(n) for n in names]
    assert float(told[0][1]) > 0.6  # two epochs of 1,200 digits


def test_a_foreign_network_has_none(starter):
    card = replace(starter.card, recipe={"name": "mine", "network": "somebody's"})
    with pytest.raises(NoNotebook, match="notebook"):
        notebook(replace(starter, card=card))


def test_command_writes_it_and_the_same_run_gives_the_same_file(home, tmp_path, starter):
    path = tmp_path / "digits.ipynb"
    assert main(["notebook", "starter", "-o", str(path), "--home", str(home)]) == 0
    assert path.read_text(encoding="utf-8") == notebook(starter)


def test_it_learns_from_as_few_digits_as_the_run_and_says_what_the_run_did_beyond(starter):
    by = recipe("fast", network="plain", limit=300, dataset="mnist+optdigits", handwriting=0)
    card = replace(starter.card, network="plain", recipe=by.to_dict())
    run = replace(starter, card=card)
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (2_000, 28, 28), np.uint8), np.zeros(2_000, np.uint8)
    load = "(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()\n"
    digits = code_of(run)[0]
    assert load in digits
    told = {"x": x, "y": y, "x_test": x, "y_test": y, "np": np}
    # What needs Keras and Matplotlib is left out.
    exec(digits[digits.index("N_TRAINING") :].replace(load, ""), told)
    assert len(told["x_training"]) == len(told["y_training"]) == 300
    assert len(told["x_validation"]) == 400
    words = notebook(run)
    assert "its digits were those of mnist+optdigits" in words
    assert "it also learned from synthetic handwriting" in words  # drawn from the model of strokes
    bare = recipe("reference", network="plain")
    card = replace(starter.card, network="plain", recipe=bare.to_dict())
    assert "The run itself did more" not in notebook(replace(starter, card=card))
