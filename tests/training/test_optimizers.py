"""Optimizers: the steps of Muon against linear algebra, the schedule, what is stepped by which."""

import numpy as np
import pytest

from digitcnn.models import networks
from digitcnn.models.recipes import recipe


def muon(**changes):
    from digitcnn.training.optimizers import optimizer

    plain = {
        "schedule": "constant",
        "weight_decay": 0.0,
        "ema_momentum": 0.0,
        "learning_rate": 0.01,
    }
    return optimizer(recipe("fast", **{"optimizer": "muon", **plain, **changes}), n_steps=100)


@pytest.mark.parametrize("shape", [(3, 3, 8, 16), (5, 5, 4, 8), (96, 64), (2, 2, 2, 40)])
def test_a_step_of_muon_is_as_large_in_every_direction(shape):
    """Of the gradient G = U S Vᵀ a step keeps U Vᵀ, nearly, at 0.2 √(longer side) of the rate."""
    import keras

    rng = np.random.default_rng(0)
    variable = keras.Variable(np.zeros(shape, np.float32), name="kernel")
    gradient = rng.normal(size=shape).astype(np.float32)
    chosen = muon()
    chosen.build([variable])
    chosen.apply([keras.ops.convert_to_tensor(gradient)])
    step = -np.asarray(variable.numpy()).reshape(-1, shape[-1])
    u, s, vt = np.linalg.svd(gradient.reshape(step.shape), full_matrices=False)
    assert s[0] > 1.3 * s[-1]  # or there would be nothing to level
    sizes = np.diag(u.T @ step @ vt.T) / (0.01 * 0.2 * np.sqrt(max(step.shape)))
    # Five Newton-Schulz steps with Jordan's coefficients bring them all into this band.
    assert sizes.min() > 0.6 and sizes.max() < 1.3
    np.testing.assert_allclose(u @ np.diag(np.diag(u.T @ step @ vt.T)) @ vt, step, atol=1e-4)


def test_kernels_are_muons_and_the_rest_is_adamws():
    model = networks.build("digitcnn")
    chosen = muon()
    chosen.build(model.trainable_variables)
    stepped = {
        variable.path
        for variable, velocity in zip(
            model.trainable_variables, chosen.adam_velocities, strict=True
        )
        if velocity is None
    }
    kernels = {v.path for v in model.trainable_variables if len(v.shape) > 1}
    (last,) = kernels - stepped
    assert "logits" in last and len(stepped) == 5 and stepped < kernels


def test_weight_decay_shrinks_kernels_alone():
    import keras

    kernel = keras.Variable(np.ones((4, 4), np.float32), name="kernel")
    bias = keras.Variable(np.ones(4, np.float32), name="bias")
    chosen = muon(weight_decay=0.5)
    chosen.build([kernel, bias])
    chosen.apply([keras.ops.zeros((4, 4)), keras.ops.zeros(4)])
    np.testing.assert_allclose(kernel.numpy(), 1 - 0.01 * 0.5, rtol=1e-6)
    np.testing.assert_allclose(bias.numpy(), 1)


def test_one_cycle_rises_and_falls():
    from digitcnn.training.optimizers import OneCycle

    rates = np.array([float(OneCycle(0.5, 1_000)(step)) for step in range(1_000)])
    assert rates[0] == pytest.approx(0.02)
    assert rates.argmax() == 200 and rates.max() == pytest.approx(0.5)
    assert (np.diff(rates[:200]) > 0).all() and (np.diff(rates[200:]) <= 0).all()
    assert rates[600] == pytest.approx(0.25, rel=0.01)  # half-way down
    assert 0 < rates[-1] < 1e-4


def test_the_recipe_chooses():
    from digitcnn.training.optimizers import ConvolutionalMuon, optimizer

    for name in ("adamw", "muon"):
        chosen = optimizer(recipe("fast", optimizer=name), n_steps=10)
        assert isinstance(chosen, ConvolutionalMuon) == (name == "muon")


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_the_average_forgets_what_the_weights_were_before_training(name):
    """A fixed momentum of 0.996 would leave 85 % of the first weights in it after 40 steps."""
    import keras

    variable = keras.Variable(np.full((4, 4), 100.0, np.float32), name="kernel")
    chosen = muon(optimizer=name, ema_momentum=0.996)
    chosen.build([variable])
    path = []
    for _ in range(40):
        chosen.apply([keras.ops.ones((4, 4))])
        path.append(float(variable.numpy()[0, 0]))
    average = float(np.asarray(chosen._model_variables_moving_average[0])[0, 0])
    assert path[-1] < average < path[25]  # within the last third of the way
