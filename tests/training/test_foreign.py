"""Networks that were made elsewhere become runs, whatever their input; code in them never runs."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from digitcnn import settings
from digitcnn.cli.main import main
from digitcnn.data import handwriting
from digitcnn.errors import DigitcnnError
from digitcnn.inference import evaluate
from digitcnn.inference.browser import weights
from digitcnn.inference.export import UnknownFormat, export
from digitcnn.inference.recognizer import Recognizer
from digitcnn.report import report
from digitcnn.report.notebook import NoNotebook, notebook
from digitcnn.runs import store
from digitcnn.runs.run import open_run
from digitcnn.training import foreign, keras_file
from tests.places import ROOT

# The starter behind another input: light paper, 0 to 1, a channel, rows and columns exchanged.
_MAKE = """
import sys
import keras
import numpy as np
from digitcnn.data import handwriting
folder = sys.argv[2]
starter = keras.saving.load_model(sys.argv[1], compile=False)
entry = keras.Input((28, 28, 1))
x = keras.layers.Rescaling(-255.0, 255.0)(entry)
x = keras.layers.Permute((2, 1, 3))(x)
x = keras.layers.Reshape((28, 28))(x)
model = keras.Model(entry, starter(x))
model.export(folder + "/theirs.tflite", format="litert", verbose=False)
model.export(folder + "/theirs.onnx", format="onnx", verbose=False)
plain = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
digits = handwriting.digits(2_000, 1)
means = np.stack([digits.images[digits.labels == d].mean(axis=0).ravel() for d in range(10)]) / 255
plain.layers[-1].set_weights([means.T, -(means**2).sum(axis=1) / 2])
plain.save(folder + "/nearest.h5")
code = keras.Sequential([keras.Input((784,)), keras.layers.Lambda(lambda x: x[:, :10])])
code.save(folder + "/code.keras")
code.save(folder + "/code.h5")
"""


@pytest.fixture(scope="module")
def theirs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("theirs")
    starter = settings.STARTER_FOLDER / "model.keras"
    command = [sys.executable, "-c", _MAKE, str(starter), str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, timeout=300)
    return folder


@pytest.fixture(autouse=True)
def _few_digits(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))  # where MNIST may lie
    monkeypatch.setattr(handwriting, "N_TEST", 200)
    monkeypatch.setattr(foreign, "_N_CALIBRATED", 300)
    monkeypatch.setattr(foreign, "_N_TRIED", 100)


@pytest.mark.parametrize("file", ["theirs.tflite", "theirs.onnx"])
def test_its_input_is_found_out_and_it_reads_like_the_network_inside(file, theirs, home):
    run = foreign.add(theirs / file, home, "Theirs")
    layout = run.card.foreign
    assert (layout.pixels, layout.paper, layout.transposed) == ("0-1", "light", True)
    assert layout.output == "probabilities" and run.name == "Theirs"
    assert store.current_run(home)[0].id == run.id
    images = handwriting.digits(40, 3).images
    starter = Recognizer(store.find_run(home, "starter"))
    expected = starter.logits(images).argmax(axis=1)
    recognizer = Recognizer(open_run(run.folder))
    assert np.array_equal(recognizer.outputs(images).probabilities.argmax(axis=1), expected)
    assert np.array_equal(recognizer.recognize(images[0]).digit_image, images[0])
    evaluation = run.evaluation()
    assert len(evaluation) == 200 and evaluation.accuracy == run.test_accuracy > 0.9
    assert evaluation.positions is not None
    digits = evaluate.digits(run, home)
    assert digits is not None and "Theirs" in report.html(run, digits)
    assert "be trained again here" in report.html(run, None)
    with pytest.raises(UnknownFormat, match="made elsewhere"):
        export(run, home / "out", "keras")
    with pytest.raises(NoNotebook, match="made elsewhere"):
        notebook(run)
    with pytest.raises(weights.NotForBrowsers, match="made elsewhere"):
        weights.packed(run, recognizer, images[0])


def test_a_keras_file_is_converted_and_called_by_its_name(theirs, home, capsys):
    model = str(theirs / "nearest.h5")  # the nearest mean picture
    code = main(["runs", "--home", str(home), "add", model, "--name", "Nearest"])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "0-1 on dark paper, and gives logits" in said.out
    run = store.current_run(home)[0]
    assert run.card.parameters == 7_850 and len(run.card.layers) == 2
    assert main(["runs", "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "Nearest"


def test_told_wrong_is_a_sentence_and_leaves_nothing(theirs, home):
    with pytest.raises(foreign.NotTaken, match=r"reads \d+% of 100 digits, however its pixels"):
        foreign.add(theirs / "theirs.tflite", home, pixels="0-255", paper="light")
    assert [listing.id for listing in store.list_runs(home)] == ["starter"]
    assert not any((home / "training").iterdir())


@pytest.mark.parametrize("file", ["code.keras", "code.h5"])
def test_lambda_layers_are_refused_before_keras_sees_them(file, theirs, home, monkeypatch):
    monkeypatch.setattr(foreign, "_converted", None)
    with pytest.raises(keras_file.RefusedModel, match="Lambda layer"):
        foreign.add(theirs / file, home)


def test_layers_and_functions_of_others_are_refused(tmp_path):
    def keras_model(part: dict) -> Path:
        path = tmp_path / "m.keras"
        config = {"class_name": "Sequential", "module": "keras", "config": {"layers": [part]}}
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps(config))
        return path

    for part in (
        {"class_name": "system", "module": "os", "registered_name": None},
        {"class_name": "Mine", "module": "keras.layers", "registered_name": "theirs>Mine"},
        {"class_name": "function", "module": "builtins", "config": "mine"},
        {"class_name": "Dense", "module": "keras.layers", "config": {"activation": {
            "class_name": "__lambda__", "config": {"value": "x"}}}},
    ):  # fmt: skip
        with pytest.raises(keras_file.RefusedModel, match="not run here"):
            keras_file.check(keras_model(part))
    keras_file.check(keras_model({"class_name": "Dense", "module": "keras.layers"}))


@pytest.mark.parametrize("kind", foreign.KINDS)
def test_what_is_no_network_is_a_sentence(kind, tmp_path, home):
    path = tmp_path / f"other{kind}"
    path.write_bytes(b"no network at all")
    with pytest.raises(DigitcnnError, match=r"\.$"):
        foreign.add(path, home)
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["dense"] = np.zeros(3)
    path.write_bytes(weights.getvalue())
    with pytest.raises(DigitcnnError):
        foreign.add(path, home)


def test_another_kind_of_file_and_none_are_sentences(tmp_path, home):
    (tmp_path / "model.pt").touch()
    with pytest.raises(foreign.NotTaken, match=r"\.onnx"):
        foreign.add(tmp_path / "model.pt", home)
    with pytest.raises(foreign.NotTaken, match="no file"):
        foreign.add(tmp_path / "none.onnx", home)
