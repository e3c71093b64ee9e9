"""How faithful and how fast the explanations are, on test digits."""

import time
from typing import Any

import numpy as np

from digitcnn.data.digits import Digits
from digitcnn.explain import counterfactual, faithfulness
from digitcnn.explain.occlusion import attribution
from digitcnn.inference.recognizer import Recognizer

_N_TIMED = 50


def measure(recognizer: Recognizer, digits: Digits, number: int, seed: int = 0) -> dict[str, Any]:
    """Areas under the deletion and insertion curves, against random order; and times.

    Args:
        recognizer: what is explained.
        digits: of which ``number`` are drawn by ``seed``.
        number: how many.
        seed: of the draw, and of the random order.

    Returns:
        ``deletion_area`` (less is better) and ``insertion_area`` (more is better), each also
        ``_random``; ``better_deletion`` and ``better_insertion``, by how much; medians
        ``explain_ms`` and ``counterfactual_ms``; ``flipped``, the part of the timed digits for
        which a change was found; ``n``.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(digits), min(number, len(digits)), replace=False)
    images = digits.images[np.sort(chosen)]

    ours, shuffled = faithfulness.compare(images, recognizer.logits, seed)

    def confirm(pictures: np.ndarray) -> np.ndarray:
        return recognizer.outputs(pictures).logits

    explain_ms, change_ms, flipped = [], [], []
    for image in images[:_N_TIMED]:
        start = time.perf_counter()
        attribution(image, recognizer.logits)
        middle = time.perf_counter()
        flipped.append(bool(counterfactual.changes(image, recognizer.logits, confirm=confirm)))
        change_ms.append((time.perf_counter() - middle) * 1e3)
        explain_ms.append((middle - start) * 1e3)
    return {
        "deletion_area": ours.deletion_area,
        "deletion_area_random": shuffled.deletion_area,
        "insertion_area": ours.insertion_area,
        "insertion_area_random": shuffled.insertion_area,
        "better_deletion": shuffled.deletion_area - ours.deletion_area,
        "better_insertion": ours.insertion_area - shuffled.insertion_area,
        "explain_ms": float(np.median(explain_ms)),
        "counterfactual_ms": float(np.median(change_ms)),
        "flipped": float(np.mean(flipped)),
        "n": len(images),
    }
