"""Logits → probabilities, and how much they resemble a digit's."""

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Floats


def log_sum_exp(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of the sum of exponentials along the last axis, without overflow.

    Args:
        values: float64 (..., n), n ≥ 1; -inf counts for nothing, but not all may be so.
    """
    highest: NDArray[np.float64] = values.max(axis=-1)
    logarithms: NDArray[np.float64] = np.log(np.exp(values - highest[..., None]).sum(axis=-1))
    return highest + logarithms


def free_energy(logits: Floats) -> NDArray[np.float64]:
    """How much an input resembles a digit to the network: float64 (n,), higher is more.

    The logarithm of the sum of the exponentials of float (n, 10) logits.
    Source: Liu et al. 2020, "Energy-based out-of-distribution detection".
    """
    return log_sum_exp(logits.astype(np.float64))


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities, rows summing to 1, of float64 (n, 10) logits."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
