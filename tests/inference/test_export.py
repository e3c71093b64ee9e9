"""Exports: every format says what the run says, or is not handed out."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.cli.main import main
from digitcnn.data import handwriting
from digitcnn.evaluation.logits import softmax
from digitcnn.inference import export
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import store
from digitcnn.runs.run import SAMPLES, Run


@pytest.fixture(scope="module")
def starter() -> Run:
    """A run that reads each digit in several views, and is calibrated."""
    run = store.open_run(settings.STARTER_FOLDER)
    assert run.recipe["tta"] and run.card.calibration.temperature != 1
    return run


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Other digits than those that an export is checked on; one of them blank."""
    made = handwriting.digits(39, seed=11).images
    return np.concatenate([made, np.zeros((1, 28, 28), np.uint8)])


@pytest.fixture(scope="module", params=["starter", "trained"])
def run(request, starter, trained_home) -> Run:
    if request.param == "starter":
        return starter
    return next(x.run for x in store.list_runs(trained_home) if x.id != store.STARTER_ID)


def needs(name: str) -> None:
    for package in export.FORMATS[name].needs:
        pytest.importorskip(package)


@pytest.mark.parametrize("name", ["savedmodel", "onnx"])
def test_answers_to_other_digits_are_the_runs_too(name, run, images, tmp_path):
    needs(name)
    made = export.export(run, tmp_path, name)
    assert made.difference <= export.TOLERANCE
    expected = Recognizer(run).outputs(images)
    if name == "savedmodel":
        import tensorflow as tf

        served = tf.saved_model.load(str(made.path / "1")).signatures["serving_default"]
        said = served(digit_image=tf.constant(images, tf.float32))
        said = {key: value.numpy() for key, value in said.items()}
    else:
        import onnxruntime

        session = onnxruntime.InferenceSession(made.path, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        (given,) = session.get_inputs()
        values = session.run(names, {given.name: images.astype(np.float32)})
        said = dict(zip(names, values, strict=True))
    assert set(said) == {"probabilities", "logits", "embedding"}
    np.testing.assert_allclose(said["probabilities"], expected.probabilities, atol=1e-5)
    np.testing.assert_allclose(said["logits"], expected.logits, atol=1e-3)
    np.testing.assert_allclose(said["embedding"], expected.embeddings, atol=1e-3)


def test_keras_file_is_the_bare_network(run, images, tmp_path):
    import keras

    made = export.export(run, tmp_path, "keras")
    model = keras.saving.load_model(made.path, compile=False)
    said = model.predict(images.astype(np.float32), verbose=0)
    expected = softmax(Recognizer(run).logits(images).astype(np.float64))
    np.testing.assert_allclose(said, expected, atol=1e-5)


def test_tflite_file_is_the_runs(run, tmp_path):
    made = export.export(run, tmp_path, "tflite")
    assert made.path.read_bytes() == run.content("model.tflite")


def test_exported_run_opens_and_holds_no_pictures_of_digits(trained_run, images, tmp_path):
    assert SAMPLES in trained_run.card.files
    made = export.export(trained_run, tmp_path, "run")
    again = store.open_run(made.path)
    assert again.card.id == trained_run.id and SAMPLES not in again.card.files
    assert sorted(path.name for path in made.path.iterdir()) == sorted(
        {*trained_run.card.files, "card.json"} - {SAMPLES}
    )
    np.testing.assert_array_equal(
        Recognizer(again).outputs(images).logits, Recognizer(trained_run).outputs(images).logits
    )


def test_export_again_replaces_what_was_there_and_leaves_nothing_else(starter, tmp_path):
    for _ in range(2):
        export.export(starter, tmp_path / "new", "savedmodel")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["starter-savedmodel"]


def test_a_network_that_says_something_else_is_not_handed_out(starter, tmp_path, monkeypatch):
    right = export._answering_model

    def wrong(run):
        calibration = replace(
            run.card.calibration, temperature=2 * run.card.calibration.temperature
        )
        return right(Run(run.folder, replace(run.card, calibration=calibration)))

    monkeypatch.setattr(export, "_answering_model", wrong)
    with pytest.raises(export.ExportDiffers, match="not kept"):
        export.export(starter, tmp_path, "savedmodel")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_converter_is_named_with_the_command_that_brings_it(
    starter, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    code = main(["export", "starter", "--to", str(tmp_path), "--format", "onnx"])
    assert code == 2 and "pip install tf2onnx onnxruntime" in capsys.readouterr().err


def test_unknown_format_is_refused(starter, tmp_path):
    with pytest.raises(export.UnknownFormat, match="savedmodel"):
        export.export(starter, tmp_path, "pickle")


def test_damaged_run_is_not_exported(home, trained_home, tmp_path, capsys):
    import shutil

    shutil.copytree(trained_home, home, dirs_exist_ok=True)
    run = next(x.run for x in store.list_runs(home) if x.id != store.STARTER_ID)
    (run.folder / "model.keras").write_bytes(b"damaged")
    assert main(["export", run.id, "--to", str(tmp_path), "--home", str(home)]) == 2
    assert "model.keras is damaged" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_command_writes_several_formats_and_tells_the_figures(tmp_path, capsys):
    words = ["export", "starter", "--to", str(tmp_path), "--json"]
    assert main([*words, "--format", "keras", "--format", "tflite"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [entry["format"] for entry in told] == ["keras", "tflite"]
    assert all(entry["difference"] <= export.TOLERANCE for entry in told)
    assert {path.name for path in tmp_path.iterdir()} == {"starter.keras", "starter.tflite"}


def test_folder_that_can_not_be_written_to_is_named(tmp_path, capsys):
    (tmp_path / "file").touch()
    words = ["export", "starter", "--to", str(tmp_path / "file" / "folder"), "--format", "tflite"]
    assert main(words) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err
