"""A network adapted to one person's handwriting without retraining, and what that costs.

Drawings that somebody confirmed make a correction
(:mod:`digitcnn.inference.adaptation.kernel_ridge`), no stronger than the run's own
test digits allow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats
from digitcnn.inference.adaptation.correction import Correction
from digitcnn.inference.adaptation.kernel_ridge import MARGINS, KernelRidge, read_right
from digitcnn.inference.adaptation.reference_set import ReferenceSet, Seen

MOST_LOST = 0.001  # of the test digits, in parts: a tenth of a point


@dataclass(frozen=True)
class Effect:
    """What an adaptation does; drawings taken for no digit count as not read.

    Attributes:
        n: confirmed drawings.
        before: how many of them the network reads as they are labelled.
        after: how many it reads so with the adaptation.
        held_out: how many it would, were each left out in turn: what to expect of
            further drawings.
        n_test: the run's test digits.
        test_before: how many of them the network reads correctly.
        test_after: how many with the adaptation.
        weakened: groups, each a label and what its drawings are read as, that were learned less
            firmly, or not at all, for the test digits' sake.
        full_held_out: ``held_out`` had none been.
        full_test: ``test_after`` had none been.
    """

    n: int
    before: int
    after: int
    held_out: int
    n_test: int
    test_before: int
    test_after: int
    weakened: tuple[tuple[int, int], ...]
    full_held_out: int
    full_test: int


@dataclass(frozen=True, eq=False)
class Adaptation:
    """What was learned.

    Attributes:
        correction: to add to the network's logits; ``None`` if it reads every drawing as it is.
        effect: what that does.
        before: int64 (n,), what the network as it is reads in each drawing.
        after: int64 (n,), what it reads with the correction.
    """

    correction: Correction | None
    effect: Effect
    before: NDArray[np.int64]
    after: NDArray[np.int64]


def adapt(
    drawings: Sequence[Seen],
    labels: Sequence[int],
    reference: ReferenceSet,
    most_lost: float = MOST_LOST,
) -> Adaptation:
    """The adaptation to confirmed drawings.

    Args:
        drawings: as the network without adaptation sees them, at least one.
        labels: what they are, 0 to 9 each.
        reference: of the network's run.
        most_lost: how many test digits may be lost, in parts of all.
    """
    truth = np.asarray(labels, np.int64)
    logits = np.stack([drawing.logits for drawing in drawings]).astype(np.float64)
    before = logits.argmax(axis=1)

    def count(of: Floats) -> int:
        return int(read_right(of, truth, reference.threshold).sum())

    n, n_test, right = len(truth), len(reference.labels), reference.right
    n_before = count(logits)
    if n_before == n:
        effect = Effect(n, n, n, n, n_test, right, right, (), n, right)
        return Adaptation(None, effect, before, before)
    ridge = KernelRidge(list(drawings), truth, reference)
    full = (0,) * len(ridge.groups)
    levels = ridge.allowed(most_lost * n_test)
    fitted = ridge.fitted(levels)
    effect = Effect(
        n,
        n_before,
        count(fitted),
        count(ridge.held_out(levels)),
        n_test,
        right,
        right - ridge.lost(levels),
        tuple(group for group, level in zip(ridge.groups, levels, strict=True) if level),
        count(ridge.held_out(full)),
        right - ridge.lost(full),
    )
    is_nothing = all(level == len(MARGINS) - 1 for level in levels)
    correction = None if is_nothing else ridge.correction(levels)
    return Adaptation(correction, effect, before, fitted.argmax(axis=1))
