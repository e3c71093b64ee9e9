"""Touching digits: which way to cut them apart is likeliest.

Every way from the left end of a piece to its right end is a sequence of stretches; each stretch
counts by how much its ink looks like one digit, by its size, and by the ink that is left out.
The piece uncut is one of the ways.

Source: Sarawagi and Cohen 2004, "Semi-Markov conditional random fields for information extraction".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools, Floats
from digitcnn.evaluation.logits import free_energy, log_sum_exp
from digitcnn.inference.photos.found import Found, Part

# Weights with which the right ways were likeliest, of 300 numbers of touching digits and 100 of
# others, composed of digits that people wrote.
_ONE_MORE, _UNCUT = -0.9, 2.0  # most pieces are one digit
_PROBABILITY, _LIKENESS = 1.9, 0.9  # of the label, as a logarithm; of free energy above doubt
_LOW, _WIDE = -13.0, -8.0  # for each part of the height that a stretch lacks, or is too wide
_LOST = -3.2  # for ink that is left out

# In parts of the height of digits.
_LEAST_HEIGHT, _MOST_WIDTH = 0.75, 0.9
_DOUBT, _LEAST, _MOST = 3.0, -8.0, 4.0  # of free energy; the bounds keep one stretch from deciding
_LEAST_PROBABILITY = 1e-4


@dataclass(frozen=True)
class Choice:
    """A stretch of the likeliest way.

    Attributes:
        place: which of the piece's parts it is; ``None`` for the piece uncut.
        certainty: how likely it is that it is one digit, 0 to 1.
    """

    place: int | None
    certainty: float


def likeliest(found: Found, logits: np.ndarray, digit_threshold: float | None) -> list[Choice]:
    """The likeliest way to cut a piece, from left to right.

    Args:
        found: the piece, with its parts.
        logits: float (1 + n parts, 10), what the network says to the piece and to each part; NaN
            for what has no digit image.
        digit_threshold: free energy of what is taken for a digit, as of a recognizer.
    """
    last = max(part.end for part in found.parts)
    whole = Part(0, last, found)
    scores = _scores([whole, *found.parts], logits, digit_threshold)
    scores[0] += _UNCUT
    spans = [(part.start, part.end) for part in (whole, *found.parts)]
    before = np.full(last + 1, -np.inf)
    after = np.full(last + 1, -np.inf)
    before[0] = after[last] = 0.0
    best = np.full(last + 1, -np.inf)
    best[0] = 0.0
    came: dict[int, int] = {}
    for i in sorted(range(len(spans)), key=lambda i: spans[i][1]):
        start, end = spans[i]
        before[end] = np.logaddexp(before[end], before[start] + scores[i])
        if best[start] + scores[i] > best[end]:
            best[end], came[end] = best[start] + scores[i], i
    for i in sorted(range(len(spans)), key=lambda i: -spans[i][0]):
        start, end = spans[i]
        after[start] = np.logaddexp(after[start], after[end] + scores[i])
    choices, end = [], last
    while end:
        i = came[end]
        start = spans[i][0]
        certainty = float(np.exp(before[start] + scores[i] + after[end] - before[last]))
        choices.append(Choice(i - 1 if i else None, min(certainty, 1.0)))
        end = start
    return choices[::-1]


def _scores(
    parts: Sequence[Part], logits: Floats, digit_threshold: float | None
) -> NDArray[np.float64]:
    """How much each stretch looks like one digit: float64 (n,)."""
    width, height = np.array([part.found.extent for part in parts]).T
    is_seen: Bools = np.logical_not(np.isnan(logits).any(axis=1))
    seen = np.where(is_seen[:, None], logits, 0.0).astype(np.float64)
    probable = np.maximum(seen.max(axis=1) - log_sum_exp(seen), np.log(_LEAST_PROBABILITY))
    doubt = _DOUBT if digit_threshold is None else digit_threshold
    like = np.clip(free_energy(seen) - doubt, _LEAST, _MOST)
    scores: NDArray[np.float64] = (
        _ONE_MORE
        + _PROBABILITY * np.where(is_seen, probable, np.log(_LEAST_PROBABILITY))
        + _LIKENESS * np.where(is_seen, like, _LEAST)
        + _LOW * np.maximum(_LEAST_HEIGHT - height, 0)
        + _WIDE * np.maximum(width - _MOST_WIDTH, 0)
        + _LOST * np.array([part.lost for part in parts])
    )
    return scores
