"""The network of a moment gives in NumPy what Keras gives."""

import numpy as np
import pytest

from digitcnn.inference.browser import weights
from digitcnn.inference.moment_network import MomentNetwork
from digitcnn.runs import moments
from digitcnn.runs.moments import Moments, NoMoments

KINDS = ("digitcnn", "plain", "resnet", "lenet5", "pooled", "mlp")  # every kind of layer


def saved(path, layers, kernels, limit_bytes=10**9):
    m = len(kernels)
    moments.save(
        path, range(m), 10, [False] * m, np.zeros((m, 5), np.uint8), np.zeros((m, 5), np.float16),
        layers, kernels, limit_bytes,
    )  # fmt: skip
    return moments._read(path.read_bytes())


def _has_half_precision(kept):
    return any(array.dtype == np.float16 for array in kept.arrays.values())


@pytest.fixture(scope="module")
def made(every_network):
    return every_network, np.load(every_network / "images.npy")


def test_networks_say_what_keras_says(made, tmp_path):
    folder, images = made
    for model in (folder / f"{name}.keras" for name in KINDS):
        layers, arrays = weights.folded(model.read_bytes())
        found = saved(tmp_path / "moments.npz", layers, [arrays])
        assert _has_half_precision(found)
        network = MomentNetwork(found, 0)
        outputs = network.outputs(images)
        with np.load(model.with_suffix(".npz")) as expected:
            off = np.abs(outputs[-1] - expected["logits"]).max()
            assert off < 2e-3 * max(1, np.abs(expected["logits"]).max()), (model.stem, off)
            for number, maps in enumerate(network.maps(outputs), 1):
                wanted = expected[f"stage_{number}"]
                assert maps.shape == wanted.shape
                off = np.abs(maps - wanted).max()
                assert off < 4e-3 * max(1, np.abs(wanted).max()), (model.stem, number, off)


def test_a_file_that_must_be_small_is_less_precise_and_then_has_fewer_kernels(made, tmp_path):
    folder, images = made
    layers, arrays = weights.folded((folder / "plain.keras").read_bytes())
    kernels, n = [arrays] * 6, sum(pair[0].size for pair in arrays if pair is not None)
    path = tmp_path / "moments.npz"
    exact = MomentNetwork(saved(path, layers, kernels), 0).logits(images)

    limit = int(6 * 1.1 * n)
    eight_bits = saved(path, layers, kernels, limit)
    assert not _has_half_precision(eight_bits) and path.stat().st_size <= limit
    np.testing.assert_array_equal(eight_bits.with_kernels, range(6))
    off = np.abs(MomentNetwork(eight_bits, 3).logits(images) - exact).max()
    assert 0 < off < 0.05 * np.abs(exact).max()

    few = saved(path, layers, kernels, int(2.2 * n))
    assert path.stat().st_size <= 2.2 * n
    assert 0 < len(few.with_kernels) < 6 and few.with_kernels[-1] == 5
    assert few.kernels_at(5) == 5 and few.kernels_at(0) == few.with_kernels[0]
    with pytest.raises(NoMoments, match="no kernels of the moment"):
        few.kernels(0)

    none = saved(path, layers, kernels, 2_000)
    assert not len(none.with_kernels)
    with pytest.raises(NoMoments, match="no kernels"):
        none.kernels_at(2)


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": 10**9},
        {"stride": 0},
        {"kind": "lstm"},
        {"same": None, "kernel": 9},
    ],
)
def test_kernels_that_are_no_network_are_told(made, tmp_path, change):
    folder, _ = made
    layers, arrays = weights.folded((folder / "plain.keras").read_bytes())
    number = next(i for i, layer in enumerate(layers) if layer["kind"] == "conv")
    found = saved(tmp_path / "moments.npz", layers, [arrays])
    found.layers[number] = {**found.layers[number], **change}
    with pytest.raises(NoMoments, match="train again"):
        MomentNetwork(found, 0)


def test_a_network_whose_logits_are_others_is_told(made, tmp_path):
    folder, _ = made
    layers, arrays = weights.folded((folder / "plain.keras").read_bytes())
    found = saved(tmp_path / "moments.npz", layers[:-2], [arrays[:-2]])
    assert isinstance(found, Moments)
    with pytest.raises(NoMoments, match="train again"):
        MomentNetwork(found, 0)
