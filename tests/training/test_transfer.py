"""Trainings that start from another run's weights, or learn from a teacher."""

import json
import os

import numpy as np
import pytest

from digitcnn.cli.main import main
from digitcnn.data import handwriting
from digitcnn.data.digits import Digits
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models import networks
from digitcnn.models.recipes import recipe
from digitcnn.report import report
from digitcnn.runs import origin, store
from digitcnn.runs.progress import Progress

BARE = {"handwriting": 0, "nondigits": 0, "learned_digits": 0, "learned_letters": 0}
NOTHING = np.zeros((0, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def digits() -> Digits:
    return handwriting.digits(200, 3)


def fitted(digits, start=None, asked=None, **changes):
    from digitcnn.training.fit import fit

    settings = {"network": "digitcnn-small", "epochs": 1, "batch": 50, "validation": 100, **BARE}
    wanted = recipe("fast", **{**settings, **changes})
    progress = Progress("a training", os.getpid())
    return fit(wanted, digits, NOTHING, digits, progress, lambda: None, start=start, teacher=asked)


def test_it_starts_from_the_weights_and_frozen_layers_keep_them(digits):
    from digitcnn.training.fit import keras

    keras.utils.set_random_seed(1)
    start = networks.build("digitcnn-small").get_weights()
    # So small a step that weights can only be where they started.
    model = fitted(digits, start, from_run="x", learning_rate=1e-9, ema_momentum=0.0)
    trained = [variable.path for variable in model.trainable_variables]
    for before, variable in zip(start, model.weights, strict=True):
        if variable.path in trained:
            if variable.path.startswith("logits"):  # which are centred after the training
                before = before - before.mean(axis=-1, keepdims=True)
            assert np.allclose(before, variable.numpy(), atol=1e-6)

    model = fitted(digits, start, from_run="x", freeze="2", learning_rate=0.01)
    changed = [
        not np.array_equal(before, after)
        for before, after in zip(start, model.get_weights(), strict=True)
    ]
    # A convolution and its normalisation, four variables of it, have five variables.
    assert changed == [False] * 10 + [True] * 7

    model = fitted(digits, start, from_run="x", freeze="conv2,conv3", learning_rate=0.01)
    changed = [
        not np.array_equal(before, after)
        for before, after in zip(start, model.get_weights(), strict=True)
    ]
    assert changed == [True] * 5 + [False] * 10 + [True] * 2


def test_it_learns_what_the_teacher_says_and_not_the_labels(digits):
    wrong = Digits(digits.images, (digits.labels + 1) % 10)

    def teacher(images):
        """Knows each digit, whatever its label: what the images say of themselves."""
        assert images.dtype == np.uint8 and images.shape[1:] == (28, 28)
        known = {image.tobytes(): label for image, label in zip(*_pairs(digits), strict=True)}
        labels = [known[image.tobytes()] for image in images]
        return (8 * np.eye(10, dtype=np.float32))[labels]

    told = {"augment": False, "epochs": 15, "ema_momentum": 0.0, "teacher": "x"}
    accuracies = {}
    for weight in (0.0, 1.0):
        model = fitted(wrong, asked=teacher, distillation_weight=weight, **told)
        read = model.predict(digits.images.astype(np.float32), verbose=0).argmax(axis=1)
        accuracies[weight] = (read == digits.labels).mean()
    assert accuracies[0.0] < 0.2 and accuracies[1.0] > 0.8


def _pairs(digits):
    return digits.images, digits.labels.tolist()


def test_loss_is_hintons(digits):
    from digitcnn.training.distillation import Distillation

    rng = np.random.default_rng(0)
    target = np.eye(10, dtype=np.float32)[rng.integers(0, 10, 6)]
    said, answer = rng.normal(0, 3, (2, 6, 10)).astype(np.float32)
    wanted = recipe("fast", teacher="x", distillation_temperature=3.0, distillation_weight=0.25)

    def log_softmax(logits):
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    hard = -(target * log_softmax(answer)).sum(axis=1)
    soft = -(np.exp(log_softmax(said / 3)) * log_softmax(answer / 3)).sum(axis=1)
    loss = Distillation(wanted)
    both = np.concatenate([target, said], axis=1)
    assert np.allclose(loss.call(both, answer), 0.75 * hard + 0.25 * 9 * soft, atol=1e-4)
    assert np.allclose(loss.call(target, answer), hard, atol=1e-5)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    digits = handwriting.digits(400, 1)
    path = tmp_path_factory.mktemp("own") / "mine.npz"
    np.savez(path, images=digits.images, labels=digits.labels)
    return path


def test_a_run_says_from_which_runs_it_comes(trained_home, trained_run, file, home, capsys):
    small = [word for name, n in BARE.items() for word in (f"--{name.replace('_', '-')}", str(n))]
    asked = ["--from", str(trained_run.folder), "--freeze", "1", "--teacher", "starter"]
    command = ["train", "--recipe", "fast", "--epochs", "1", "--validation", "100", "--no-tta"]
    command += [*small, *asked, "--dataset", str(file), "--limit", "200", "--json"]
    assert main([*command, "--home", str(home)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["network"] == "plain"  # that of the run that it started from
    assert (told["started_from"], told["teacher"]) == (trained_run.id, "starter")
    assert told["frozen"] == ["conv1"]
    run = store.find_run(home, told["id"])
    assert run.card.dataset.n_training == 200
    assert run.card.started_from.checksum == trained_run.card.checksum
    assert run.recipe["from_run"] == trained_run.id and run.recipe["freeze"] == "1"
    assert run.test_accuracy > 0.5  # one epoch of 200 digits, from random weights, reads a few
    first = [_first_kernel(one) for one in (trained_run, run)]
    assert np.array_equal(*first)
    assert origin.in_words(run.card) in report.html(run, None)
    assert Recognizer(run).logits(handwriting.digits(3, 9).images).shape == (3, 10)


def _first_kernel(run) -> np.ndarray:
    from digitcnn.training import keras_file

    return keras_file.weights(run)[0]
