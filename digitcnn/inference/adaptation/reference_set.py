"""The reference set of an adaptation: a run's test digits, and handwriting that must not change."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.data import handwriting
from digitcnn.errors import DigitcnnError
from digitcnn.inference.adaptation.correction import features
from digitcnn.inference.recognizer import Recognizer
from digitcnn.inference.tta import views
from digitcnn.runs.run import Run

_N_ANCHORS, _N_SCRIBBLES = 2_000, 500
_ANCHOR_SEED = 1_000_033
_KNOWN = 0.6  # of the test digits' median length of embeddings; hardly any is shorter


class CannotAdapt(DigitcnnError):
    """A run that kept nothing of its test digits to hold an adaptation against."""


@dataclass(frozen=True, eq=False)
class ReferenceSet:
    """What a run's adaptations stand on; the same for all its visitors.

    Attributes:
        anchors: float32 (m, f), features of synthetic handwriting, and of scribbles.
        test: float32 (n, d), features of the run's test digits, without their pictures.
        logits: float32 (n, 10), what the run says to them, each row up to a constant.
        labels: uint8 (n,).
        threshold: free energy below which something is no digit; ``None`` if all are.
        known: length of an embedding from which on it alone counts.
    """

    anchors: NDArray[np.float32]
    test: NDArray[np.float32]
    logits: NDArray[np.float32]
    labels: NDArray[np.uint8]
    threshold: float | None
    known: float

    @property
    def right(self) -> int:
        """How many test digits the run reads correctly as it is."""
        return int((self.logits.argmax(axis=1) == self.labels).sum())


@dataclass(frozen=True, eq=False)
class Seen:
    """A drawing as a network sees it.

    Attributes:
        views: uint8 (N_VIEWS, 28, 28), the first as it is.
        embeddings: float32 (N_VIEWS, d), of these.
        logits: float32 (10,).
    """

    views: NDArray[np.uint8]
    embeddings: NDArray[np.float32]
    logits: NDArray[np.float32]


def reference_set(run: Run, recognizer: Recognizer) -> ReferenceSet:
    """What a run's adaptations stand on; takes about a second.

    Args:
        run: the run.
        recognizer: its network.

    Raises:
        CannotAdapt: the run kept no embeddings of its test digits.
        DamagedRun, DamagedEvaluation: its evaluation can't be read.
    """
    kept = run.evaluation()
    if kept.embeddings is None or not len(kept):
        raise CannotAdapt(
            "This network kept no embeddings of its test digits, so the cost of adapting can't be "
            "measured. Train a new one on the Train page to adapt it to your handwriting."
        )
    calibration = run.card.calibration
    # Digits and non-digits that keep everything else in place.
    still = np.concatenate(
        [
            handwriting.digits(_N_ANCHORS, _ANCHOR_SEED).images,
            handwriting.nondigits(_N_SCRIBBLES, _ANCHOR_SEED),
        ]
    )
    least = np.finfo(np.float32).tiny
    logits = np.log(np.maximum(kept.probabilities, least)) * calibration.temperature
    embeddings = kept.embeddings.astype(np.float32)
    known = max(float(np.median(np.linalg.norm(embeddings, axis=1))) * _KNOWN, 1e-6)
    return ReferenceSet(
        features(recognizer.embeddings(still), still, known),
        features(embeddings, None, known),
        logits.astype(np.float32),
        kept.labels,
        calibration.digit_threshold,
        known,
    )


def seen(recognizer: Recognizer, digit_image: NDArray[np.uint8]) -> Seen:
    """A digit image, uint8 (28, 28), as a network sees it."""
    turned = np.rint(views(digit_image[None])[0]).clip(0, 255).astype(np.uint8)
    logits = recognizer.outputs(digit_image[None]).logits[0]
    return Seen(turned, recognizer.embeddings(turned), logits)
