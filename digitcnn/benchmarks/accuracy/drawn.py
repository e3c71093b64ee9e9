"""How well digits written with a pen are read, in the same way as in the app."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools
from digitcnn.benchmarks.accuracy import stroke_file
from digitcnn.benchmarks.accuracy.pen_styles import style
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation.calibration import reliability
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image
from digitcnn.preprocessing import ink as inks

Reader = Callable[[inks.Ink], np.ndarray]

_N_CONFUSIONS = 10


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read in the digits of a stroke file.

    Attributes:
        digits: the file.
        images: uint8 (n, 28, 28), what the network saw; blank where nothing could be read.
        predicted: int64 (n,), labels; -1 where nothing could be read.
        confidences: float32 (n,).
        is_digit: bool (n,).
    """

    digits: stroke_file.PenDigits
    images: NDArray[np.uint8]
    predicted: NDArray[np.int64]
    confidences: NDArray[np.float32]
    is_digit: Bools

    @property
    def right(self) -> Bools:
        """Which were read correctly: bool (n,)."""
        right: Bools = self.predicted == self.digits.labels
        return right

    def figures(self) -> dict[str, Any]:
        """Accuracy, 0 to 1, overall and by site, digit and style; what was confused."""
        digits, right = self.digits, self.right
        labels = digits.labels
        styles = np.array(
            [style(int(label), digits.ink(i)) or "" for i, label in enumerate(labels)]
        )
        wrong = np.flatnonzero(~right)
        confusions = Counter((int(labels[i]), int(self.predicted[i])) for i in wrong)
        return {
            "accuracy": float(right.mean()),
            "interval_95": wilson(int(right.sum()), len(right)),
            "n": len(right),
            "errors": len(wrong),
            "refused": float((~self.is_digit).mean()),
            "ece": reliability(self.confidences, right).error,
            "by_site": _by(digits.sites, right),
            "by_digit": _by(labels, right),
            "by_style": {
                name: {"accuracy": part, "n": int((styles == name).sum())}
                for name, part in _by(styles, right).items()
                if name
            },
            "confusions": [
                {"true": true, "predicted": predicted, "n": n}
                for (true, predicted), n in confusions.most_common(_N_CONFUSIONS)
            ],
        }


def as_in_the_app(ink: inks.Ink) -> np.ndarray:
    """The digit image of a drawing, through the canvas's message as in the app."""
    return digit_image.digit_image(inks.rasterize(inks.strokes(inks.canvas_json(ink))))


def read(
    digits: stroke_file.PenDigits, recognizer: Recognizer, see: Reader = as_in_the_app
) -> Reading:
    """Every digit of a file, drawn by the protocol of :func:`stroke_file.placed` and read.

    Args:
        digits: the file.
        recognizer: reads them.
        see: strokes on the canvas to digit image; the app's own way by default.
    """
    n = len(digits)
    images, seen = np.zeros((n, 28, 28), np.uint8), np.ones(n, bool)
    for i, ink in enumerate(stroke_file.placed(digits)):
        try:
            images[i] = see(ink)
        except DigitcnnError:
            seen[i] = False
    outputs = recognizer.outputs(images)
    predicted = np.where(seen, outputs.probabilities.argmax(axis=1), -1)
    confidences = np.where(seen, outputs.probabilities.max(axis=1), 0)
    return Reading(digits, images, predicted, confidences, outputs.is_digit & seen)


def wilson(n_right: int, n: int) -> list[float]:
    """The 95 % interval of a proportion, lower and upper end.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    z = 1.959964
    part = n_right / n
    middle = (part + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(part * (1 - part) / n + z**2 / (4 * n**2))
    return [float(middle - reach), float(middle + reach)]


def _by(groups: np.ndarray, right: np.ndarray) -> dict[str, float]:
    return {str(group): float(right[groups == group].mean()) for group in np.unique(groups)}
