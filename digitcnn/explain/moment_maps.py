"""Feature maps at a moment of the training, like :mod:`digitcnn.explain.feature_maps`."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitcnn.explain.feature_maps import Activations, FeatureMaps, Opened, activations
from digitcnn.inference.moment_network import MomentNetwork
from digitcnn.runs.moments import NoMoments


class MomentMaps(Opened):
    """A run's network laid open as it was at a moment.

    Args:
        finished: the run's network as it is; how its stages are joined has not changed.
        network: the network of the moment.

    Raises:
        NoMoments: it is another network than that.
    """

    def __init__(self, finished: FeatureMaps, network: MomentNetwork):
        convolutions = network.convolutions
        if len(convolutions) != len(finished.stages):
            raise NoMoments("The kernels of this run’s training are of another network.")
        try:
            self.stages = [
                replace(stage, kernel=kernel.reshape(stage.kernel.shape), bias=bias)
                for stage, (kernel, bias) in zip(finished.stages, convolutions, strict=True)
            ]
        except ValueError as error:
            raise NoMoments("The kernels of this run’s training are of another shape.") from error
        self.logits_kernel, self.logits_bias = network.logits_layer
        self._network = network

    def of(self, digit_image: NDArray[np.uint8]) -> Activations:
        """What every stage made of a digit image: uint8 (28, 28), 0 paper, 255 ink."""
        outputs = self._network.outputs(digit_image[None])
        maps = [maps[0] for maps in self._network.maps(outputs)]
        return activations(
            self.stages, digit_image, maps, outputs[-2].reshape(-1), outputs[-1].reshape(-1)
        )
