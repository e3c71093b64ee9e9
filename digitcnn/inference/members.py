"""The members of an ensemble by themselves: embeddings → each member's logits.

An ensemble is one graph whose embedding is its members' embeddings side by side, and whose logits
are the mean of theirs. Which numbers of the embedding are whose, and how that network's own logits
come of them, is in ``members.npz``.
"""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.inference.litert import Raw
from digitcnn.models.networks import N_CLASSES
from digitcnn.runs.run import MEMBERS, DamagedRun, Run
from digitcnn.system import npz

_LIMIT_MB = 20


@dataclass(frozen=True, eq=False)
class Heads:
    """The members' last layers.

    Attributes:
        sizes: of each member's embedding; they add up to d.
        kernel: float32 (d, 10), the members' kernels one below the other.
        bias: float32 (n_members, 10).
    """

    sizes: tuple[int, ...]
    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Each member's own logits: float32 (n, n_members, 10), of float32 (n, d)."""
        ends = np.cumsum(self.sizes)
        logits = np.empty((len(embeddings), len(self.sizes), N_CLASSES), np.float32)
        for member, (end, size) in enumerate(zip(ends, self.sizes, strict=True)):
            own = slice(end - size, end)
            logits[:, member] = embeddings[:, own] @ self.kernel[own] + self.bias[member]
        return logits

    def asked(self, raw: Raw) -> Raw:
        """The graph, asked for each member's logits: (n, n_members * 10), side by side."""

        def each(images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            _, embeddings = raw(images)
            return self.logits(embeddings).reshape(len(images), -1), embeddings

        return each

    def arrays(self) -> dict[str, np.ndarray]:
        """What ``members.npz`` holds."""
        return {"sizes": np.array(self.sizes, np.int64), "kernel": self.kernel, "bias": self.bias}


def heads(run: Run) -> Heads | None:
    """The last layers of an ensemble's members; ``None`` of any other run.

    Raises:
        DamagedRun: the file changed since the run was opened, or is not what an ensemble has.
    """
    n_members = len(run.card.members)
    if not n_members:
        return None
    try:
        arrays = npz.read(io.BytesIO(run.content(MEMBERS)), None, _LIMIT_MB, MEMBERS)
        sizes = tuple(int(size) for size in arrays["sizes"])
        found = Heads(sizes, arrays["kernel"], arrays["bias"])
        shapes = found.kernel.shape, found.bias.shape
        wanted = (sum(sizes), N_CLASSES), (n_members, N_CLASSES)
        floats = found.kernel.dtype == found.bias.dtype == np.float32
        if len(sizes) != n_members or min(sizes) < 1 or shapes != wanted or not floats:
            raise ValueError("other shapes than its card says")
    except (npz.UnreadableArchive, npz.ArchiveTooLarge, KeyError, ValueError, TypeError) as error:
        raise DamagedRun(f"{MEMBERS} can't be read ({error}).") from error
    return found
