"""Keras model → the LiteRT model that the web process serves. Trainer process only."""

import contextlib
import io
from pathlib import Path

import keras
import numpy as np

from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import serving_network, softmax

TOLERANCE = 1e-5  # between the two models' probabilities


class ParityError(DigitcnnError):
    """The LiteRT model does not say what the Keras model says."""


def serving_model(model: keras.Model) -> keras.Model:
    """The same network giving ``logits`` (n, 10) and ``embedding`` (n, d)."""
    logits = model.get_layer("logits")
    return keras.Model(model.input, {"logits": logits.output, "embedding": logits.input})


def export(model: keras.Model, path: Path, images: np.ndarray) -> float:
    """Writes the LiteRT model, and compares it with the Keras model on real digits.

    Args:
        model: as :func:`digitcnn.models.networks.build` gives it.
        path: where to write.
        images: uint8 (n, 28, 28), digits to compare on.

    Returns:
        The largest difference between two probabilities.

    Raises:
        ParityError: it is more than ``TOLERANCE``.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # the converter talks about each tensor
        serving_model(model).export(path, format="litert", verbose=False)
    pictures = images.astype(np.float32)
    expected = model.predict(pictures, batch_size=500, verbose=0)
    logits, _ = serving_network(path.read_bytes())(pictures)
    difference = float(np.abs(softmax(logits.astype(np.float64)) - expected).max())
    if not difference <= TOLERANCE:
        raise ParityError(
            f"The compiled model differs from the trained one by {difference:.1e}, more than "
            f"{TOLERANCE:.0e}; the run was not kept. Install requirements.txt again and train anew."
        )
    return difference
