"""Whether confidence matches accuracy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.array_types import Bools, Floats
from digitcnn.evaluation.logits import log_sum_exp


@dataclass(frozen=True)
class Reliability:
    """Digits grouped by confidence, into bins of equal width.

    Attributes:
        edges: float64 (n_bins + 1,), 0 to 1; a bin holds its upper edge.
        confidence: float64 (n_bins,), mean confidence; NaN in an empty bin.
        accuracy: float64 (n_bins,), share read correctly; NaN in an empty bin.
        counts: int64 (n_bins,).
    """

    edges: NDArray[np.float64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    counts: NDArray[np.int64]

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of confidence from accuracy; NaN if empty."""
        total = self.counts.sum()
        gaps = np.abs(self.confidence - self.accuracy) * self.counts
        return float(np.nansum(gaps) / total) if total else float("nan")


def reliability(confidences: Floats, right: Bools, n_bins: int = 15) -> Reliability:
    """How often the digits of each confidence are read correctly.

    Args:
        confidences: floats (n,), probability of the predicted label, 0 to 1.
        right: bool (n,), whether the predicted label is the label.
        n_bins: number of bins.

    Source: Guo et al. 2017, "On calibration of modern neural networks", equations 1 to 3.
    """
    edges = np.linspace(0, 1, n_bins + 1)
    bins = np.clip(np.searchsorted(edges, confidences, side="left") - 1, 0, n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    filled = np.where(counts, counts, np.nan)
    return Reliability(
        edges,
        np.bincount(bins, confidences, n_bins) / filled,
        np.bincount(bins, right, n_bins) / filled,
        counts,
    )


def temperature(logits: Floats, labels: NDArray[np.uint8]) -> float:
    """The temperature to divide logits by, so that confidence matches accuracy; 0.2 to 5.

    The divisor under which the labels are most likely; it changes no label. Trainer only: SciPy
    finds it.

    Args:
        logits: floats (n, 10), of digits that nothing was fitted to.
        labels: uint8 (n,).

    Source: Guo et al. 2017, "On calibration of modern neural networks", section 4.2.
    """

    from scipy.optimize import minimize_scalar

    def loss(log_divisor: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_divisor)
        return float((log_sum_exp(scaled) - scaled[np.arange(len(labels)), labels]).mean())

    bounds = (np.log(0.2), np.log(5.0))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    return float(np.exp(found.x))


def coverage(confidences: Floats, right: Bools) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Accuracy on the most confident digits, for each share of digits answered.

    Args:
        confidences: floats (n,), probability of the predicted label, 0 to 1.
        right: bool (n,), whether the predicted label is the label.

    Returns:
        Part answered and accuracy among those, float64 (m,) each, m ≤ n; the part answered rises.
        Digits of the same confidence are answered together.

    Source: El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification".
    """
    order = np.argsort(-confidences, kind="stable")
    answered = np.arange(1, len(order) + 1)
    accuracy = np.cumsum(np.asarray(right)[order]) / answered
    ordered = np.asarray(confidences)[order]
    last = np.append(ordered[1:] != ordered[:-1], True)[: len(order)]
    return (answered / max(len(order), 1))[last], accuracy[last]
