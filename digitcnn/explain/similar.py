"""Training digits most similar to a given one, by the network's embedding.

The embedding is what the network knows of a digit just before it decides. Training digits near by
are what it was taught on that looks the same to it.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.data.digits import Digits
from digitcnn.evaluation.neighbours import nearest, unit_rows
from digitcnn.inference.recognizer import Recognizer
from digitcnn.system.spilled import Spilled, SpilledArray

_BLOCK = 100  # pictures packed together: 78 kB, half a millisecond to unpack


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A training digit that resembles another digit.

    Attributes:
        index: its position among the training digits.
        label: what it shows.
        likeness: cosine of the two embeddings, -1 to 1; 1 is all the same to the network.
        image: uint8 (28, 28).
    """

    index: int
    label: int
    likeness: float
    image: NDArray[np.uint8]


class PackedDigits:
    """Digits packed in a temporary file: 60,000 in 11 MB, as few are ever looked at.

    Args:
        digits: the digits.
        name: what they are, for people.
    """

    def __init__(self, digits: Digits, name: str):
        self.name = name
        self.labels = digits.labels.copy()
        self._packed, self._places = Spilled(), list[tuple[int, int]]()
        for start in range(0, len(digits), _BLOCK):
            block = zlib.compress(digits.images[start : start + _BLOCK].tobytes(), 1)
            self._places.append((self._packed.write(block), len(block)))

    def __len__(self) -> int:
        return len(self.labels)

    def image(self, index: int) -> NDArray[np.uint8]:
        """The digit image at ``index``: uint8 (28, 28)."""
        image: NDArray[np.uint8] = self._block(index // _BLOCK)[index % _BLOCK]
        return image

    def blocks(self) -> Iterator[NDArray[np.uint8]]:
        """All digit images in their order, uint8 (up to 100, 28, 28) at a time."""
        return (self._block(number) for number in range(len(self._places)))

    def _block(self, number: int) -> NDArray[np.uint8]:
        pixels = np.frombuffer(zlib.decompress(self._packed.read(*self._places[number])), np.uint8)
        return pixels.reshape(-1, 28, 28)


class TrainingDigits:
    """Training digits as a network sees them, ready to be searched.

    Args:
        packed: the digits, at least one.
        recognizer: the network; reading 60,000 digits takes a few seconds.
    """

    def __init__(self, packed: PackedDigits, recognizer: Recognizer):
        self._packed = packed
        self._directions: SpilledArray | None = None
        for images in packed.blocks():
            directions = unit_rows(recognizer.embeddings(images))
            if self._directions is None:
                self._directions = SpilledArray(np.float16, directions.shape[1:])
            self._directions.append(directions)

    @property
    def name(self) -> str:
        """What they are, for people."""
        return self._packed.name

    def __len__(self) -> int:
        return len(self._packed)

    def nearest(self, embedding: Floats, n: int, label: int | None = None) -> list[Neighbour]:
        """The training digits most like a digit, the most alike first.

        Args:
            embedding: float (d,), as a prediction or an evaluation has it.
            n: how many, or all if there are fewer.
            label: only those that show this digit; by default any.
        """
        if self._directions is None:
            return []
        # 8 MB, for as long as this takes: 4 ms to read.
        known, places = self._directions[:], np.arange(len(self))
        if label is not None:
            places = np.flatnonzero(self._packed.labels == label)
            known = known[places]
        if not (k := min(n, len(known))):
            return []
        (indices,), (cosines,) = nearest(unit_rows(embedding[None]), known, k)
        return [
            Neighbour(
                index,
                int(self._packed.labels[index]),
                min(likeness, 1.0),
                self._packed.image(index),
            )
            for likeness, index in zip(cosines.tolist(), places[indices].tolist(), strict=True)
        ]
