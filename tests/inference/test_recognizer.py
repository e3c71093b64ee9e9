"""A run's network at work: LiteRT against Keras, one digit against many, threads against one."""

import threading
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from digitcnn.data import handwriting
from digitcnn.evaluation.logits import free_energy
from digitcnn.inference.litert import UnreadableModel
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import store
from digitcnn.runs.card import Calibration
from tests.run_makers import fill_training, some_card


@pytest.fixture(scope="module")
def digits():
    """Digits that the trained run has not seen."""
    return handwriting.digits(200, seed=4711)


@pytest.fixture
def recognizer(trained_run) -> Recognizer:
    return Recognizer(trained_run)


def test_a_prediction_says_what_it_read_and_how_sure_it_is(recognizer, digits):
    prediction = recognizer.recognize(digits.images[0])
    assert prediction.probabilities.shape == (10,)
    assert prediction.probabilities.dtype == np.float32
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)
    order = np.argsort(prediction.probabilities)
    assert (prediction.label, prediction.runner_up) == (order[-1], order[-2])
    assert prediction.confidence == prediction.probabilities.max()
    assert prediction.runner_up_probability == np.sort(prediction.probabilities)[-2]
    assert np.array_equal(prediction.digit_image, digits.images[0])
    assert isinstance(prediction.is_digit, bool) and isinstance(prediction.label, int)


def test_it_reads_handwriting(recognizer, digits):
    labels = recognizer.outputs(digits.images).probabilities.argmax(axis=1)
    assert (labels == digits.labels).mean() > 0.8


@pytest.mark.parametrize("n", [1, 2, 255, 256, 257, 600])
def test_many_digits_are_read_as_each_alone(n, recognizer, digits):
    images = np.resize(digits.images, (n, 28, 28))
    outputs = recognizer.outputs(images)
    assert outputs.logits.shape == outputs.probabilities.shape == (n, 10)
    assert len(outputs.embeddings) == len(outputs.is_digit) == n
    for index in {0, n // 2, n - 1}:
        alone = recognizer.recognize(images[index])
        assert np.allclose(outputs.probabilities[index], alone.probabilities, atol=1e-5)
        assert np.allclose(outputs.embeddings[index], alone.embedding, rtol=1e-4, atol=1e-4)


def test_the_keras_model_says_the_same(trained_run, recognizer, digits):
    keras = Recognizer(trained_run, backend="keras")
    assert (recognizer.backend, keras.backend) == ("litert", "keras")
    ours, theirs = recognizer.outputs(digits.images), keras.outputs(digits.images)
    assert np.allclose(ours.probabilities, theirs.probabilities, atol=1e-5)
    assert np.allclose(ours.embeddings, theirs.embeddings, rtol=1e-3, atol=1e-3)
    assert np.array_equal(ours.is_digit, theirs.is_digit)


def test_where_litert_has_no_wheel_keras_reads(trained_run, digits, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ai_edge_litert.interpreter", None)
    recognizer = Recognizer(trained_run)
    assert recognizer.backend == "keras"
    assert recognizer.recognize(digits.images[0]).probabilities.shape == (10,)


def test_the_runs_own_evaluation_comes_out_again(trained_run, recognizer, handwriting_test):
    stored = trained_run.evaluation()
    assert np.array_equal(stored.labels, handwriting_test.labels)
    again = recognizer.outputs(handwriting_test.images)
    assert np.allclose(again.probabilities, stored.probabilities, atol=1e-4)


def test_threads_get_their_own_answers(recognizer, digits):
    expected = [recognizer.recognize(image) for image in digits.images[:40]]
    wrong = []

    def read(offset: int) -> None:
        for i in range(200):
            index = (offset + i) % 40
            if i % 17 == 0:
                recognizer.outputs(digits.images[:30])
            got = recognizer.recognize(digits.images[index])
            if not np.allclose(got.probabilities, expected[index].probabilities, atol=1e-5):
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(5 * i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_temperature_and_threshold_come_from_the_card(trained_run, digits):
    def outputs(**calibration):
        card = replace(trained_run.card, calibration=Calibration(**calibration))
        return Recognizer(store.Run(trained_run.folder, card)).outputs(digits.images)

    plain = outputs(temperature=1.0, digit_threshold=None)
    assert plain.is_digit.all()
    powers = np.exp(plain.logits.astype(float))
    assert np.allclose(plain.probabilities, powers / powers.sum(axis=1, keepdims=True), atol=1e-5)
    cool = outputs(temperature=2.0, digit_threshold=1e9)
    assert not cool.is_digit.any()
    assert np.array_equal(cool.logits, plain.logits)
    assert (cool.probabilities.max(axis=1) <= plain.probabilities.max(axis=1) + 1e-6).all()
    middle = float(np.median(free_energy(plain.logits)))
    half = outputs(temperature=1.0, digit_threshold=middle)
    assert 0.4 < half.is_digit.mean() < 0.6


def test_free_energy_does_not_overflow():
    logits = np.array([[1e4] * 10, [-1e4] * 10, [0.0] * 10])
    assert np.allclose(free_energy(logits), np.array([1e4, -1e4, 0]) + np.log(10))


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((0, 28, 28), np.uint8),
        np.zeros((1, 28, 27), np.uint8),
        np.zeros((28, 28), np.uint8),
        np.zeros((1, 28, 28), np.float32),
    ],
)
def test_other_arrays_are_no_digit_images(images, recognizer):
    with pytest.raises(ValueError, match="uint8"):
        recognizer.outputs(images)


def _run_with(home, **models: bytes) -> store.Run:
    folder = store.new_training(home, "plain")
    fill_training(folder)
    for name, data in models.items():
        (folder / f"model.{name}").write_bytes(data)
    return store.publish(folder, home, some_card(folder.name))


@pytest.mark.parametrize("backend", ["litert", "keras"])
@pytest.mark.parametrize("data", [b"", b"no model", b"TFL3" * 100])
def test_files_that_verify_but_are_no_models_are_refused_in_words(backend, data, home):
    run = _run_with(home, keras=data, tflite=data)
    with pytest.raises(UnreadableModel, match="train again"):
        Recognizer(run, backend)


def test_half_a_model_is_refused(trained_run, home):
    model = trained_run.content("model.tflite")
    run = _run_with(home, tflite=model[: len(model) // 2])
    with pytest.raises(UnreadableModel):
        Recognizer(run)


def test_a_model_with_code_in_it_is_not_run(trained_run, home, tmp_path):
    """A Lambda layer is Python in a file; Keras's safe mode must refuse it."""
    import keras

    inputs = keras.Input((28, 28))
    flat = keras.layers.Flatten()(inputs)
    evil = keras.layers.Lambda(lambda x: x * 1.0)(flat)
    logits = keras.layers.Dense(10, name="logits")(evil)
    model = keras.Model(inputs, keras.layers.Softmax(name="probabilities")(logits))
    model.save(tmp_path / "evil.keras")
    assert b"lambda" in zipfile.ZipFile(tmp_path / "evil.keras").read("config.json").lower()
    run = _run_with(home, keras=(tmp_path / "evil.keras").read_bytes())
    with pytest.raises(UnreadableModel):
        Recognizer(run, "keras")


def test_a_model_that_changed_since_the_run_was_opened_is_refused(trained_run, home):
    run = _run_with(home, tflite=trained_run.content("model.tflite"))
    (run.folder / "model.tflite").write_bytes(b"another")
    with pytest.raises(store.DamagedRun, match=r"model\.tflite"):
        Recognizer(run)
