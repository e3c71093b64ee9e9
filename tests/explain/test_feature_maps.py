"""Feature maps: equal to Keras's, and each value the sum that is shown for it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from digitcnn.explain import feature_maps
from digitcnn.explain.feature_maps import FeatureMaps, NoFeatureMaps, sum_of
from digitcnn.models import description, networks
from digitcnn.runs.run import ACTIVATIONS, KERNELS, MODEL, Run, open_run


@pytest.fixture
def maps(trained_run) -> FeatureMaps:
    return FeatureMaps(trained_run)


# As the editor makes them: pooled before anything else, skips over different ways, both poolings.
_OWN = description.read(
    {
        "name": "own",
        "layers": [
            {"kind": "avgpool", "width": 2},
            {"kind": "conv", "filters": 6, "kernel": 4, "padding": "valid"},
            {"kind": "tanh", "name": "a"},
            {"kind": "conv", "filters": 6, "kernel": 2, "bias": False},
            "norm",
            {"kind": "add", "of": "a"},
            {"kind": "relu", "name": "b"},
            {"kind": "dropout", "rate": 0.3},
            {"kind": "conv", "filters": 6, "kernel": 3},
            {"kind": "add", "of": "a"},
            "relu",
            {"kind": "maxpool", "width": 2},
            {"kind": "maxpool", "width": 2},
            {"kind": "conv", "filters": 3, "kernel": 5, "stride": 2},
            "relu",
            "flatten",
            {"kind": "dense", "units": 10},
        ],
    }
)


@pytest.fixture(scope="module", params=["digitcnn", "stacked", "resnet", "lenet5", _OWN], ids=str)
def exported(request, tmp_path_factory, handwriting_test):
    """A network whose normalisation is far from none, with its maps exported: model and maps."""
    import keras

    from digitcnn.training.convert import export_maps

    keras.utils.set_random_seed(3)
    model = networks.build(request.param)
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights(
                [
                    rng.uniform(0.5, 2, gamma.shape),
                    rng.normal(0, 0.3, beta.shape),
                    rng.normal(0, 0.3, mean.shape),
                    rng.uniform(0.5, 2, variance.shape),
                ]
            )
    folder = tmp_path_factory.mktemp("maps")
    export_maps(model, folder, handwriting_test.images[:100])
    return model, FeatureMaps(stand_in(folder))


def stand_in(folder):
    """A run as far as feature maps know one."""

    class Folder:
        card = SimpleNamespace(files={ACTIVATIONS: "", KERNELS: ""})

        def content(self, filename: str) -> bytes:
            return (folder / filename).read_bytes()

    return Folder()


def keras_outputs(model, images: np.ndarray) -> list[np.ndarray]:
    """Every ReLU after a convolution, then the logits, by layers picked here and not there."""
    import keras

    layers = list(model.layers)
    relus = []
    for i, layer in enumerate(layers):
        if isinstance(layer, keras.layers.Conv2D):
            relus.append(
                next(
                    x
                    for x in layers[i:]
                    if isinstance(x, keras.layers.ReLU | keras.layers.Activation)
                ).output
            )
    whole = keras.Model(model.input, [*relus, model.get_layer("logits").output])
    return whole.predict(images.astype(np.float32), verbose=0)


def assert_equal_to_keras(maps: FeatureMaps, model, images: np.ndarray) -> None:
    *stages, logits = keras_outputs(model, images)
    assert len(stages) == len(maps.stages) > 0
    for n, image in enumerate(images):
        found = maps.of(image)
        for mine, keras_s in zip([*found.maps, found.logits], [*stages, logits], strict=True):
            np.testing.assert_allclose(mine, keras_s[n], rtol=1e-5, atol=1e-5)


def test_activations_and_logits_equal_keras_on_100_digits(maps, trained_run, handwriting_test):
    import keras

    model = keras.saving.load_model(trained_run.folder / MODEL, compile=False)
    assert_equal_to_keras(maps, model, handwriting_test.images[:100])


def test_normalised_and_pooled_networks_equal_keras_too(exported, handwriting_test):
    model, maps = exported
    assert_equal_to_keras(maps, model, handwriting_test.images[:10])


def assert_sums_are_values(maps: FeatureMaps, images: np.ndarray, n: int) -> None:
    rng = np.random.default_rng(7)
    n_positive = 0
    for _ in range(n):
        found = maps.of(images[rng.integers(len(images))])
        number = int(rng.integers(len(maps.stages)))
        shown = found.maps[number]
        row, column, feature_map = (int(rng.integers(length)) for length in shown.shape)
        sum_ = sum_of(
            maps.stages[number],
            found.inputs[number],
            feature_map,
            row,
            column,
            found.shortcuts[number],
        )
        scale = max(float(shown.max()), 1.0) * 1e-4  # where the true value is hardly above 0
        assert sum_.value == pytest.approx(shown[row, column, feature_map], rel=1e-4, abs=scale)
        assert sum_.total == pytest.approx(
            (sum_.patch * sum_.kernel).sum() + sum_.bias + sum_.added, abs=1e-4
        )
        n_positive += sum_.value > 0
    assert n_positive > n / 10


def test_shown_arithmetic_of_200_random_units_equals_the_activation(maps, handwriting_test):
    assert_sums_are_values(maps, handwriting_test.images, 200)


def test_arithmetic_with_strides_padding_and_normalisation(exported, handwriting_test):
    assert_sums_are_values(exported[1], handwriting_test.images, 200)


def test_logits_are_the_embedding_weighed(maps, handwriting_test):
    found = maps.of(handwriting_test.images[0])
    weighed = found.embedding @ maps.logits_kernel + maps.logits_bias
    np.testing.assert_allclose(weighed, found.logits, rtol=1e-5, atol=1e-5)


def test_a_pixel_in_the_padding_is_zero():
    stage = feature_maps.Stage(np.ones((3, 3, 1, 1), np.float32), np.zeros(1), 1, True, 1)
    corner = sum_of(stage, np.ones((4, 4, 1), np.float32), 0, 0, 0)
    assert (corner.top, corner.left, corner.total) == (-1, -1, 4)


def test_a_negative_sum_shows_as_zero():
    stage = feature_maps.Stage(np.ones((1, 1, 1, 1), np.float32), np.full(1, -3.0), 1, True, 1)
    below = sum_of(stage, np.ones((2, 2, 1), np.float32), 0, 1, 1)
    assert (below.total, below.value) == (-2, 0)


def test_run_of_an_older_version_says_so(trained_run):
    files = {name: mark for name, mark in trained_run.card.files.items() if name != KERNELS}
    older = replace(trained_run, card=replace(trained_run.card, files=files))
    with pytest.raises(NoFeatureMaps, match="another version"):
        FeatureMaps(older)


def test_maps_that_are_none_are_told(trained_run, monkeypatch):
    real = Run.content
    for damaged, junk in ((ACTIVATIONS, b"junk" * 99), (KERNELS, b"junk")):

        def content(run: Run, name: str, damaged=damaged, junk=junk) -> bytes:
            return junk if name == damaged else real(run, name)

        monkeypatch.setattr(Run, "content", content)
        with pytest.raises(NoFeatureMaps, match="can't be read"):
            FeatureMaps(trained_run)


def test_the_run_lists_them_with_their_checksums(trained_run):
    assert {ACTIVATIONS, KERNELS} <= set(open_run(trained_run.folder).card.files)
    assert trained_run.card.entries["parity_maps"] <= 1e-5


def test_maps_that_differ_are_not_kept(exported, tmp_path, handwriting_test, monkeypatch):
    from digitcnn.training import convert
    from digitcnn.training.convert import ParityError

    real = convert.activations_network

    def off(model: bytes, n_stages: int):
        network = real(model, n_stages)
        return lambda images: {k: v + 1e-3 for k, v in network(images).items()}

    monkeypatch.setattr(convert, "activations_network", off)
    with pytest.raises(ParityError):
        convert.export_maps(exported[0], tmp_path, handwriting_test.images[:5])
