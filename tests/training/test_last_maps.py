"""What the trainer takes of the last convolution, for each of the networks."""

import numpy as np
import pytest

from digitcnn.data import handwriting
from digitcnn.models import networks


@pytest.mark.parametrize("network", networks.NETWORKS)
def test_last_maps_are_the_last_convolutions_activations(network):
    import keras

    from digitcnn.training import convert

    keras.utils.set_random_seed(0)
    model = networks.build(network)
    images = handwriting.digits(12, 3).images
    features = convert.last_maps(model, images)
    assert features.shape[0] == 12 and features.shape[1] <= 4_096
    if not any(layer.kind == "conv" for layer in networks.network(network).layers):
        embedding = keras.Model(model.input, model.get_layer("logits").input)
        assert np.allclose(features, embedding(images.astype(np.float32)), atol=1e-5)
        return
    whole = convert.maps_model(model)(images.astype(np.float32), training=False)
    *_, last = (
        np.asarray(whole[key]) for key in sorted(whole) if key not in ("embedding", "logits")
    )
    scale = last[0].size // features.shape[1]
    if scale == 1:
        assert np.allclose(features, last.reshape(12, -1), atol=1e-5)
    else:  # Averages over squares: each map's mean stays, but for what a cut edge takes.
        maps = features.reshape(12, -1, last.shape[3])
        side = int(round(maps.shape[1] ** 0.5))
        step = last.shape[1] // side
        cut = last[:, : side * step, : side * step]
        assert np.allclose(maps.mean(axis=1), cut.mean(axis=(1, 2)), atol=1e-4)


def test_many_digits_go_through_in_their_order():
    import keras

    from digitcnn.training import convert

    keras.utils.set_random_seed(1)
    model = networks.build("plain")
    images = handwriting.digits(270, 4).images
    features = convert.last_maps(model, images)
    assert np.allclose(features[260:], convert.last_maps(model, images[260:]), atol=1e-4)
