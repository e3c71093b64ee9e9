"""The data that runs are evaluated on, and run + digits → evaluation.

A run keeps labels and probabilities, no pictures: MNIST's are not ours to pass on. They are found
again, and compared with the fingerprint in the run's card.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitcnn.data import handwriting, joined, mnist
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import Run

MNIST_TEST, HANDWRITING = "MNIST test", "handwriting"  # as trainings name them

HOW_TO_GET = (
    "To see the pictures, get MNIST (11 MB): python -m digitcnn data get mnist. A file that you "
    "have, mnist.npz, will do in ~/.keras/datasets, or named by DIGITCNN_MNIST."
)


def digits(run: Run, home: Path) -> Digits | None:
    """The test digits of a run, in the order of its evaluation; ``None`` if they are not available.

    Needs 8 MB, not the 55 MB of all of MNIST.
    """
    wanted, asked = run.card.dataset.fingerprint, run.recipe.get("dataset", "mnist")
    try:
        found = mnist_test(home) if asked == "mnist" else joined.test_digits(asked, home)
    except DigitcnnError:
        return None
    return found if found is not None and fingerprint(found) == wanted else None


def mnist_test(home: Path) -> Digits | None:
    """MNIST's 10,000 test digits; ``None`` where this machine does not have them.

    Raises:
        DataSetUnavailable, WrongMnist: see :mod:`digitcnn.data.mnist`.
    """
    path = mnist.find(home=home)
    return None if path is None else mnist.load_part(path, "test")


def own_handwriting() -> Digits:
    """The digits of our own that runs are evaluated on: 5,000, made in about three seconds."""
    return handwriting.digits(handwriting.N_TEST, handwriting.TEST_SEED)


def evaluate(recognizer: Recognizer, digits: Digits, dataset: str) -> Evaluation:
    """A run's evaluation on digits.

    Args:
        recognizer: the run's network.
        digits: at least one.
        dataset: the data set's name, for people.
    """
    outputs = recognizer.outputs(digits.images)
    members = outputs.members
    return Evaluation(
        dataset,
        digits.labels,
        outputs.probabilities,
        outputs.embeddings.astype(np.float16),
        members=None if members is None else members.argmax(axis=2).astype(np.uint8),
    )


@dataclass(frozen=True, eq=False)
class DataSet:
    """Digits to evaluate runs on, wherever they come from.

    Attributes:
        key: its name in addresses and caches.
        name: its name for people, as it stands in a sentence.
        mark: changes when the digits do.
        digits: the digits; ``None`` where their pictures are not available.
        stored: the name under which runs keep their own evaluation on it, if they may.
        private: whether it is one visitor's.
        fingerprint: of the digits, where it is known beforehand.
        is_learned: whether trainings learn from them, so that a run is no judge of their labels.
        is_part: whether it is a part of another data set, by which its digits are settled.
        note: what there is to know about it, as a sentence; for MNIST without pictures, how to
            get them.
    """

    key: str
    name: str
    mark: str
    digits: Digits | None
    stored: str = ""
    private: bool = False
    fingerprint: str = ""
    is_learned: bool = False
    is_part: bool = False
    note: str = ""
