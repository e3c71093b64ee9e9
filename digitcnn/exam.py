"""The pictures of the digits that a run was examined on, where they can be had.

A run keeps labels and probabilities, no pictures: MNIST's are not ours to pass on. They are found
again, and compared with the fingerprint in the run's card.
"""

from pathlib import Path

from digitcnn import handwriting, mnist, npz
from digitcnn.digits import Digits, fingerprint
from digitcnn.errors import DigitcnnError
from digitcnn.run_folder import Run

HOW_TO_GET = (
    "To see the pictures, have MNIST on this machine: put mnist.npz into ~/.keras/datasets, or "
    "name it with DIGITCNN_MNIST. Any training that downloads it will do, too."
)


def digits(run: Run, home: Path) -> Digits | None:
    """The test digits of a run, in the order of its evaluation; ``None`` if they can't be had.

    Needs 8 MB, not the 55 MB of all of MNIST.
    """
    wanted = run.card["dataset"].get("fingerprint")
    if run.recipe.get("dataset") == "handwriting":
        found = handwriting.digits(handwriting.N_EXAM, handwriting.EXAM_SEED)
    else:
        try:
            path = mnist.find(home=home)
            arrays = npz.read(path, {"x_test", "y_test"}) if path else {}
            found = Digits(arrays["x_test"], arrays["y_test"])
        except (KeyError, DigitcnnError):
            return None
    return found if fingerprint(found) == wanted else None
