"""How rotated and corrupted test digits are read: correct, refused, or confidently wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np

from digitcnn.data.corruptions import CORRUPTIONS, STRENGTHS, Corruption, Digit
from digitcnn.data.digits import Digits
from digitcnn.data.distortions import turned
from digitcnn.inference.recognizer import Recognizer

TURNS_DEG = (15, 30, 45, 60)
SURE = 0.9  # a mistake above this, and not refused, is confidently wrong

Change = Callable[[Digit, int], Digit]
"""From a digit image and its number to what becomes of it."""


def measure(digits: Digits, recognizer: Recognizer, seed: int = 0) -> dict[str, Any]:
    """Accuracy, part refused and part confidently wrong, 0 to 1, of each corruption.

    Args:
        digits: as they are, uncorrupted.
        recognizer: reads them.
        seed: of what is random in a corruption.

    Returns:
        ``clean``; ``turned`` by degrees, each digit either way; ``corrupted`` by name, with
        ``by_strength`` and the mean over strengths; ``mean_corrupted``, the mean over all
        corruptions; and ``most_confidently_wrong``, the worst of all. All but the last are dicts of
        ``accuracy``, ``refused`` and ``confidently_wrong``.
    """

    def of(change: Change) -> dict[str, float]:
        images = np.stack([change(image, i) for i, image in enumerate(digits.images)])
        outputs = recognizer.outputs(images)
        right = outputs.probabilities.argmax(axis=1) == digits.labels
        sure = outputs.probabilities.max(axis=1) > SURE
        return {
            "accuracy": float(right.mean()),
            "refused": float((~outputs.is_digit).mean()),
            "confidently_wrong": float((sure & ~right & outputs.is_digit).mean()),
        }

    figures: dict[str, Any] = {"n": len(digits), "clean": of(lambda image, i: image)}
    figures["turned"] = {str(degrees): of(_turned_either_way(degrees)) for degrees in TURNS_DEG}
    corrupted: dict[str, dict[str, Any]] = {}
    for number, (name, corrupt) in enumerate(CORRUPTIONS.items()):
        by_strength = {}
        for strength in STRENGTHS:
            rng = np.random.default_rng([seed, number, strength])
            by_strength[str(strength)] = of(_corrupted(corrupt, strength, rng))
        corrupted[name] = {**_mean(list(by_strength.values())), "by_strength": by_strength}
    figures["corrupted"] = corrupted
    figures["mean_corrupted"] = _mean(list(corrupted.values()))
    cells = [*figures["turned"].values()]
    cells += [cell for kind in corrupted.values() for cell in kind["by_strength"].values()]
    figures["most_confidently_wrong"] = max(cell["confidently_wrong"] for cell in cells)
    return figures


def _turned_either_way(degrees: float) -> Change:
    return lambda image, i: turned(image, degrees * (-1) ** i)


def _corrupted(corrupt: Corruption, strength: int, rng: np.random.Generator) -> Change:
    return lambda image, i: corrupt(image, strength, rng)


def _mean(cells: list[dict[str, Any]]) -> dict[str, float]:
    names = ("accuracy", "refused", "confidently_wrong")
    return {name: float(np.mean([cell[name] for cell in cells])) for name in names}
