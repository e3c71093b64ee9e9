"""Which way up a page lies, judging by its digits each alone.

A digit alone says little, as a 6 upside down is a 9, and each may be read surely upside down:
108102 is 201801. What tells is that digits upside down look a little less like digits, as free
energy measures; and that different digits say so, as many nines of one hand say no more than one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats, Ints
from digitcnn.evaluation.logits import free_energy, log_sum_exp
from digitcnn.inference.recognizer import Recognizer

LEAST, MOST = 3, 24  # digits that a page must have to be turned; that need to be looked at

# Of 4,000 choices of digits from 240 pages of pen digits, 2 in 1,000 seemed to lie otherwise where
# they were three, 1 in 2,500 where they were four or more. Upside down 75 % of three were seen to
# be so, 92 of five, 98 of eight; on their side 94 % of three and 99 of five.
_LEAST_GAIN, _LEAST_GAIN_OF_FEW = 2.0, 3.0  # in likeness, summed over different digits
_FEW = 3  # different digits
# Of 40 lines of four to seven digits one in thirteen says no more than this that it is upright;
# of the three of them that were left upside down, all.
_CLEARLY_UPRIGHT = -1.5
_LEAST_ENERGY, _MOST_ENERGY = -8.0, 6.0  # the bounds keep one digit from deciding
_LEAST_PROBABILITY = 0.02


def likeness(
    images: Sequence[NDArray[np.uint8] | None], recognizer: Recognizer
) -> tuple[Floats, Ints]:
    """How much each looks like a digit, to be compared with the same ones turned, and like which.

    Args:
        images: n digit images, uint8 (28, 28); ``None`` for what has none.
        recognizer: reads them.

    Returns:
        float64 (n,) and int (n,).
    """
    values = np.full(len(images), _LEAST_ENERGY)
    labels = np.zeros(len(images), int)
    seen = {i: image for i, image in enumerate(images) if image is not None}
    if seen:
        logits = recognizer.logits(np.stack(list(seen.values()))).astype(np.float64)
        energy = free_energy(logits) - (recognizer.digit_threshold or 0.0)
        sure = np.maximum(logits.max(axis=1) - log_sum_exp(logits), np.log(_LEAST_PROBABILITY))
        values[list(seen)] = np.clip(energy, _LEAST_ENERGY, _MOST_ENERGY) + 0.5 * sure
        labels[list(seen)] = logits.argmax(axis=1)
    return values, labels


def likeliest(values: Floats, labels: Ints) -> int:
    """By how many quarters, clockwise, a page is to be turned; 0 unless its digits clearly say so.

    Args:
        values: float64 (4, n), how much each digit looks like one, turned by 0 to 3 quarters.
        labels: int (4, n), like which.
    """
    best = int(np.argmax(values.mean(axis=1)))
    gain, n_kinds = _gain(values, labels, best)
    least = _LEAST_GAIN if n_kinds >= _FEW else _LEAST_GAIN_OF_FEW
    return best if gain > least else 0


def may_be_upside_down(values: Floats, labels: Ints) -> bool:
    """Whether a page that is left as it lies may as well be upside down: 8060 is 0908.

    Args:
        values, labels: as for :func:`likeliest`.
    """
    return _gain(values, labels, 2)[0] > _CLEARLY_UPRIGHT


def _gain(values: Floats, labels: Ints, quarters: int) -> tuple[float, int]:
    """How much likelier it is turned so, summed over different digits; and how many these are."""
    _, kinds, n_alike = np.unique(labels[quarters], return_inverse=True, return_counts=True)
    gain = ((values[quarters] - values[0]) / n_alike[kinds]).sum()
    return float(gain), len(n_alike)
