"""Digit image → prediction: a run's network at work.

The last step of a drawing's way. Serves the run's LiteRT model, compiled from the Keras CNN by
the trainer, so that the web process needs no TensorFlow; the Keras model itself by request, or
where LiteRT has no wheel.
"""

import threading
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.evaluation.logits import free_energy, softmax
from digitcnn.inference import foreign
from digitcnn.inference import members as ensembles
from digitcnn.inference.litert import Raw, UnreadableModel, serving_network
from digitcnn.inference.tta import N_VIEWS, views
from digitcnn.runs.run import FOREIGN_ONNX, MODEL, SERVING_MODEL, Run

_PAUSE_S = 0.0005
# Digits at a time: a drawing never waits long for the lock, and LiteRT keeps room for so many; with
# 64, in nine views each, that was 28 MB more for the same speed.
_CHUNK = 8


@dataclass(frozen=True, eq=False)
class Prediction:
    """The reading of one digit image.

    Attributes:
        probabilities: float32 (10,), sum to 1.
        label: the most probable digit.
        digit_image: uint8 (28, 28), what was read.
        is_digit: whether it looks like a digit at all.
        embedding: float32 (d,), the network's last layer before the logits.
        members: what each network of an ensemble reads by itself; empty for a single network.
    """

    probabilities: NDArray[np.float32]
    label: int
    digit_image: NDArray[np.uint8]
    is_digit: bool
    embedding: NDArray[np.float32]
    members: tuple[int, ...] = ()

    @property
    def confidence(self) -> float:
        """Probability of the label."""
        return float(self.probabilities[self.label])

    @property
    def runner_up(self) -> int:
        """The second most probable digit."""
        return int(np.argsort(-self.probabilities, kind="stable")[1])

    @property
    def runner_up_probability(self) -> float:
        """Probability of the runner-up."""
        return float(self.probabilities[self.runner_up])


@dataclass(frozen=True, eq=False)
class Outputs:
    """The network's outputs for many digit images.

    Attributes:
        logits: float32 (n, 10).
        probabilities: float32 (n, 10), of the logits divided by the run's temperature.
        embeddings: float32 (n, d).
        is_digit: bool (n,).
        members: float32 (n, n_members, 10), the logits of each network of an ensemble, of which
            ``logits`` are the mean; ``None`` for a single network.
    """

    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    is_digit: Bools
    members: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class _Network:
    """A served network and its run's calibration.

    Attributes:
        backend: what serves it.
        one_view: the network on unchanged digits; an ensemble gives the logits of each of its
            networks side by side.
        raw: the network on as many views as its recipe says.
        temperature: what its logits are divided by.
        digit_threshold: least free energy of a digit; ``None`` if anything is accepted.
        n_members: networks of an ensemble; else 1.
        lock: held while it is in use; no backend serves two threads at once.
    """

    backend: str
    one_view: Raw
    raw: Raw
    temperature: float
    digit_threshold: float | None
    n_members: int = 1
    lock: threading.Lock = field(default_factory=threading.Lock)


class Recognizer:
    """A run's network, ready to read; any number of threads may share one.

    Args:
        run: a verified run.
        backend: ``"litert"`` or ``"keras"``; the latter imports TensorFlow.

    Raises:
        DamagedRun: the model's file changed since the run was opened.
        UnreadableModel: the backend is not installed, or refuses the model.
    """

    def __init__(self, run: Run, backend: str = "litert"):
        self._network = _network(run, backend)

    @property
    def backend(self) -> str:
        """What serves the network: ``"litert"`` or ``"keras"``."""
        return self._network.backend

    @property
    def digit_threshold(self) -> float | None:
        """Least free energy of a digit; ``None`` if anything is accepted."""
        return self._network.digit_threshold

    def recognize(self, digit_image: NDArray[np.uint8]) -> Prediction:
        """Reads a digit image: uint8 (28, 28), 0 paper, 255 ink."""
        return self.predictions(digit_image[None])[0]

    def predictions(self, images: NDArray[np.uint8]) -> list[Prediction]:
        """Reads many digit images at once; ``images`` and errors as for :meth:`outputs`."""
        out = self.outputs(images)
        each = zip(out.probabilities, images, out.is_digit, out.embeddings, strict=True)
        own = [()] * len(images) if out.members is None else out.members.argmax(axis=2).tolist()
        return [
            Prediction(p, int(p.argmax()), image, bool(is_), e, tuple(said))
            for (p, image, is_, e), said in zip(each, own, strict=True)
        ]

    def outputs(self, images: NDArray[np.uint8]) -> Outputs:
        """The outputs for digit images: uint8 (n, 28, 28), n ≥ 1.

        Non-digits are told from digits by the free energy: their logits are small.
        Source: Liu et al. 2020, "Energy-based out-of-distribution detection".

        Raises:
            ValueError: other shapes or dtypes.
        """
        said, embeddings = self._ask(self._network.raw, images)
        members = self._by_member(said)
        logits = members.mean(axis=1)
        probabilities = softmax(logits.astype(np.float64) / self._network.temperature)
        is_digit = np.ones(len(logits), bool)
        if self.digit_threshold is not None:
            is_digit = free_energy(logits) >= self.digit_threshold
        return Outputs(
            logits,
            probabilities.astype(np.float32),
            embeddings,
            is_digit,
            members if self._network.n_members > 1 else None,
        )

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the network says to digits seen as they are, in one view: float32 (n, 10).

        For who asks hundreds of times; ``images`` as for :meth:`outputs`.

        Raises:
            ValueError: other shapes or dtypes.
        """
        said, _ = self._ask(self._network.one_view, images)
        mean: NDArray[np.float32] = self._by_member(said).mean(axis=1)
        return mean

    def embeddings(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the network knows of digits before it decides: float32 (n, d), as in outputs.

        Nine times as quick as :meth:`outputs`; ``images`` and errors are the same.
        """
        return self._ask(self._network.one_view, images)[1]

    def _by_member(self, said: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logits of each network, (n, n_members, 10), which a graph gives side by side."""
        return said.reshape(len(said), self._network.n_members, -1)

    def _ask(
        self, raw: Raw, images: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or not len(images):
            raise ValueError(
                f"digit images are uint8 (n, 28, 28), not {images.dtype} {images.shape}"
            )
        logits: list[NDArray[np.float32]] = []
        embeddings: list[NDArray[np.float32]] = []
        for start in range(0, len(images), _CHUNK):
            chunk = images[start : start + _CHUNK].astype(np.float32)
            if logits:
                time.sleep(_PAUSE_S)  # A lock just given back is taken again before others wake up.
            with self._network.lock:
                says, knows = raw(chunk)
            logits.append(says)
            embeddings.append(knows)
        return np.concatenate(logits), np.concatenate(embeddings)


def with_tta(raw: Raw) -> Raw:
    """The same network, asked about several views of each digit: the mean of their logits.

    The embedding is that of the digit as it is. See :mod:`digitcnn.inference.tta`.
    """

    def mean(
        images: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        seen = views(images)
        logits, embeddings = raw(seen.reshape(-1, *images.shape[1:]))
        n = len(images)
        means: NDArray[np.float32] = logits.reshape(n, N_VIEWS, -1).mean(axis=1)
        return means, embeddings[::N_VIEWS]

    return mean


def _network(run: Run, backend: str) -> _Network:
    served_by, raw = _load(run, backend)
    heads = ensembles.heads(run)
    if heads is not None:
        raw = heads.asked(raw)
    return _Network(
        served_by,
        raw,
        with_tta(raw) if run.recipe.get("tta") else raw,
        run.card.calibration.temperature,
        run.card.calibration.digit_threshold,
        1 if heads is None else len(heads.sizes),
    )


def _load(run: Run, backend: str) -> tuple[str, Raw]:
    if run.card.foreign is not None:
        return "onnx" if run.card.foreign.file == FOREIGN_ONNX else "litert", foreign.network(run)
    try:
        if backend == "litert":
            try:
                return "litert", serving_network(run.content(SERVING_MODEL))
            except ImportError:
                pass  # No wheel for this machine; the Keras model does the same, more slowly.
        return "keras", _keras(run)
    except ImportError as error:
        raise UnreadableModel(
            f"Neither backend can be imported ({error}); install requirements.txt again."
        ) from error


def _keras(run: Run) -> Raw:
    import gc

    import keras

    run.content(MODEL)  # Keras reads the file itself; this verifies it.
    try:
        model = keras.saving.load_model(run.folder / MODEL, compile=False, safe_mode=True)
        logits = model.get_layer("logits")
        both = keras.Model(model.input, [logits.output, logits.input])
    except Exception as error:  # Keras raises all kinds for a file that is not its own.
        raise UnreadableModel(f"{MODEL} can't be read ({error}); train again.") from error
    # TensorFlow's objects stay for good; without this every collection walks through them.
    gc.freeze()

    def raw(images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        logits, embeddings = both(images, training=False)
        return np.asarray(logits), np.asarray(embeddings)

    return raw
