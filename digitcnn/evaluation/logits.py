"""Logits → probabilities, and how much they look like a digit's at all."""

import numpy as np


def log_sum_exp(values: np.ndarray) -> np.ndarray:
    """The logarithm of the sum of exponentials along the last axis, which nothing overflows.

    Args:
        values: float64 (..., n), n ≥ 1; -inf counts for nothing, but not all may be so.
    """
    highest = values.max(axis=-1)
    return highest + np.log(np.exp(values - highest[..., None]).sum(axis=-1))


def free_energy(logits: np.ndarray) -> np.ndarray:
    """How much like a digit the network finds something: float64 (n,), higher is more.

    The logarithm of the sum of the exponentials of float (n, 10) logits.
    Source: Liu et al. 2020, "Energy-based out-of-distribution detection".
    """
    return log_sum_exp(logits.astype(np.float64))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities, rows summing to 1, of float64 (n, 10) logits."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
