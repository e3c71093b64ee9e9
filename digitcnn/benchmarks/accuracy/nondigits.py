"""How well non-digits are told from digits."""

from typing import Any

import numpy as np

from digitcnn.data import handwriting
from digitcnn.data.nondigits import HELD_OUT, two_digits
from digitcnn.evaluation.logits import free_energy
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import Run


def measure(run: Run, n: int) -> dict[str, Any]:
    """Area under the ROC curve, and part refused, by kind of drawing; ``n`` drawings of each.

    Returns:
        ``auroc_<kind>`` and ``refused_<kind>``, 0 to 1, for each kind of ``HELD_OUT`` and for two
        digits side by side; ``refused_digits``, the part of real digits refused.
    """
    recognizer = Recognizer(run)
    digits = recognizer.outputs(handwriting.digits(n, handwriting.TEST_SEED).images)
    figures: dict[str, Any] = {"run": run.id, "refused_digits": float(np.mean(~digits.is_digit))}
    for name, drawing in {**HELD_OUT, "two digits": two_digits}.items():
        images = handwriting.nondigits(n, handwriting.TEST_SEED, [drawing])
        outputs = recognizer.outputs(images)
        key = name.replace(" ", "_")
        figures[f"auroc_{key}"] = auroc(free_energy(digits.logits), free_energy(outputs.logits))
        figures[f"refused_{key}"] = float(np.mean(~outputs.is_digit))
    return figures


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """Probability that one of ``inside`` scores above one of ``outside``, ties counting half.

    Args:
        inside, outside: floats (n,) and (m,).
    """
    outside = np.sort(outside)
    below = np.searchsorted(outside, inside, "left") + np.searchsorted(outside, inside, "right")
    return float(below.mean() / 2 / len(outside))
