"""The networks: what their tables say is what Keras builds, and each of them learns."""

import numpy as np
import pytest

from digitcnn.data import handwriting
from digitcnn.data.digits import Digits
from digitcnn.models import networks
from digitcnn.models.recipes import recipe
from digitcnn.runs.progress import Progress

# Counted by hand from each architecture as its authors published it.
PUBLISHED = {"stacked": 484_714, "two-block": 225_034, "lenet5": 61_706, "mlp": 101_770}
NO_NONDIGITS = np.empty((0, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def some_digits() -> Digits:
    """512 digits, made up."""
    return handwriting.digits(512, seed=7)


def fit(training: Digits, network: str, validation: Digits | None = None, **changes):
    """A model fitted without anything that regularises, and its progress."""
    from digitcnn.training.fit import fit as fit_model

    plain = {
        "augment": False,
        "handwriting": 0,
        "nondigits": 0,
        "ema_momentum": 0.0,
        "label_smoothing": 0.0,
    }
    made = recipe("fast", network=network, **{**plain, **changes})
    progress = Progress("a-run", 1)
    validation = validation or training
    model = fit_model(made, training, NO_NONDIGITS, validation, progress, lambda: None)
    return model, progress


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_numbers_of_parameters(name):
    assert networks.parameters(name) == PUBLISHED[name]


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_tables_tell_what_keras_builds(name):
    model = networks.build(name)
    assert name != "resnet" or model.count_params() <= 300_000
    assert networks.parameters(name) == model.count_params()
    built = [layer for layer in model.layers if layer.name not in ("digit_image",)]
    built = [layer for layer in built if type(layer).__name__ not in ("Reshape", "Rescaling")]
    table = networks.layer_table(name)
    assert [row["parameters"] for row in table] == [layer.count_params() for layer in built]
    assert [tuple(row["shape"]) for row in table] == [layer.output.shape[1:] for layer in built]
    assert model.output.shape == (None, 10)


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_a_few_digits_are_learned_by_heart_and_what_comes_of_it_can_be_served(
    name, some_digits, tmp_path
):
    from digitcnn.training import convert

    few, digits = some_digits[:32], some_digits[:80]
    # Deep normalised networks need longer until their moving averages are those of the digits.
    epochs, batch = (6, 4) if name in ("vgg", "resnet") else (4, 8)
    often = few[np.tile(np.arange(32), 10)]  # An epoch that is over takes as long as many steps.
    model, progress = fit(often, name, digits, epochs=epochs, batch=batch)
    probabilities = model.predict(digits.images.astype(np.float32), verbose=0)
    predicted = probabilities.argmax(axis=1)
    assert (predicted[:32] == few.labels).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)

    epoch = progress.history["epochs"][-1]
    assert epoch["epoch"] == epochs and progress.step == progress.steps == 320 // batch * epochs
    asked = probabilities[np.arange(len(digits)), digits.labels]
    assert epoch["val_accuracy"] == pytest.approx((predicted == digits.labels).mean(), abs=1e-6)
    assert epoch["val_recall"] == pytest.approx((asked > 0.5).mean(), abs=1e-6)
    assert epoch["val_loss"] == pytest.approx(-np.log(asked).mean(), rel=1e-3)
    assert all(np.isfinite(epoch[key]) for key in ("accuracy", "loss", "recall"))
    difference = convert.export(model, tmp_path / "model.tflite", digits.images)
    assert difference <= convert.TOLERANCE


def test_same_seed_same_history_and_another_seed_another(some_digits):
    changes = {
        "epochs": 2,
        "batch": 64,
        "augment": True,
        "ema_momentum": 0.9,
        "label_smoothing": 0.05,
    }
    histories = []
    for seed in (3, 3, 4):
        _, progress = fit(some_digits[:192], "digitcnn", seed=seed, **changes)
        for row in progress.history["epochs"]:
            del row["seconds"]
        histories.append(progress.history)
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]


def test_patience_stops_early_and_brings_back_the_best_weights(some_digits):
    """Training labels are of no use for the validation digits, so these get worse and worse."""
    rng = np.random.default_rng(0)
    nonsense = Digits(some_digits.images[:256], rng.integers(0, 10, 256).astype(np.uint8))
    validation = some_digits[256:]
    model, progress = fit(
        nonsense, "plain", validation, epochs=30, batch=64, patience=2, schedule="constant"
    )
    losses = [row["val_loss"] for row in progress.history["epochs"]]
    assert len(losses) < 30
    probabilities = model.predict(validation.images.astype(np.float32), verbose=0)
    kept = -np.log(probabilities[np.arange(len(validation)), validation.labels]).mean()
    assert kept == pytest.approx(min(losses), abs=1e-3)


def test_a_training_that_runs_away_says_so():
    from digitcnn.training.fit import TrainingDiverged, _Teller

    teller = _Teller(Progress("a-run", 1), lambda: None, n_epochs=1, steps_per_epoch=2)
    teller.on_train_begin()
    teller.on_epoch_begin(0)
    teller.on_train_batch_end(0, {"loss": 2.3, "accuracy": 0.1})
    with pytest.raises(TrainingDiverged, match="smaller learning rate"):
        teller.on_train_batch_end(1, {"loss": float("nan"), "accuracy": 0.1})
