"""Which digits activate each feature map most: what it looks for, by example.

Source: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", who show
each feature map by the nine pictures at which it is strongest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.data.digits import Digits
from digitcnn.explain.feature_maps import Opened

N_STRONGEST = 9
N_LOOKED_AT = 2_000  # of the digits, taken at random: a second or two
_SEED = 99


@dataclass(frozen=True, eq=False)
class Example:
    """A digit at which a map is strong.

    Attributes:
        image: uint8 (28, 28), 0 paper, 255 ink.
        label: 0 to 9.
        index: its position among the digits that were given.
        strength: the map's greatest value.
        place: where in the map that is, row and column as parts of its height and width, 0 to 1.
    """

    image: NDArray[np.uint8]
    label: int
    index: int
    strength: float
    place: tuple[float, float]


class Strongest:
    """For each map of each stage, the digits at which its greatest value is greatest.

    Args:
        network: the network, laid open.
        digits: to choose from; of more than :data:`N_LOOKED_AT`, so many at random.
    """

    def __init__(self, network: Opened, digits: Digits):
        chosen = np.sort(np.random.default_rng(_SEED).permutation(len(digits))[:N_LOOKED_AT])
        self.n_looked_at = len(chosen)
        greatest, places = _greatest(network, digits.images[chosen])
        self._kept = []
        for values, where in zip(greatest, places, strict=True):
            order = np.argsort(-values, axis=0, kind="stable")[:N_STRONGEST]
            self._kept.append(
                (
                    chosen[order],
                    np.take_along_axis(values, order, 0),
                    np.take_along_axis(where, order[:, :, None], 0),
                )
            )
        wanted = {int(index) for kept in self._kept for index in kept[0].flat}
        self._digits = {
            index: (digits.images[index].copy(), int(digits.labels[index])) for index in wanted
        }

    def of(self, stage: int, feature_map: int) -> list[Example]:
        """The digits at which a map is strongest, that first; none at which it finds nothing.

        Args:
            stage: from 0.
            feature_map: of that stage, from 0.
        """
        indices, strengths, places = (kept[:, feature_map] for kept in self._kept[stage])
        return [
            Example(
                *self._digits[int(index)], int(index), float(strength), (float(row), float(column))
            )
            for index, strength, (row, column) in zip(indices, strengths, places, strict=True)
            if strength > 0
        ]


def _greatest(
    network: Opened, images: NDArray[np.uint8]
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Each map's greatest value, (n, n_maps) a stage, and its place, (n, n_maps, 2)."""
    values: list[list[NDArray[np.float32]]] = [[] for _ in network.stages]
    places: list[list[NDArray[np.float32]]] = [[] for _ in network.stages]
    for image in images:
        for number, maps in enumerate(network.of(image).maps):
            height, width, n_maps = maps.shape
            flat = maps.reshape(-1, n_maps)
            at = flat.argmax(axis=0)
            values[number].append(flat[at, np.arange(n_maps)])
            rows, columns = np.divmod(at, width)
            centres = [(rows + 0.5) / height, (columns + 0.5) / width]
            places[number].append(np.stack(centres, axis=1).astype(np.float32))
    return _stacked(values), _stacked(places)


def _stacked(stages: Sequence[list[NDArray[np.float32]]]) -> list[NDArray[np.float32]]:
    return [np.stack(stage) for stage in stages]
