"""How long one reading takes without a browser, from strokes to probabilities."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from digitcnn.data import samples
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs.run import Run


def measure(run: Run, backend: str, repeats: int = 100) -> dict[str, Any]:
    """Medians over ``repeats`` rounds through the ten sample digits.

    Returns:
        ``preprocess_ms``: strokes to digit image; ``predict_ms``: digit image to prediction;
        ``load_ms``: a run's folder to a network that is ready; ``n``: how many of each reading.
    """
    start = time.perf_counter()
    recognizer = Recognizer(run, backend)
    load_ms = (time.perf_counter() - start) * 1e3
    drawings = [samples.sample(digit) for digit in range(10)]
    images = [_read(drawing) for drawing in drawings]
    return {
        "run": run.id,
        "backend": recognizer.backend,
        "preprocess_ms": _median_ms(_read, drawings, repeats),
        "predict_ms": _median_ms(recognizer.recognize, images, repeats),
        "load_ms": load_ms,
        "n": repeats * len(drawings),
    }


def _read(drawing: ink.Ink) -> np.ndarray:
    return digit_image.digit_image(ink.rasterize(drawing))


def _median_ms(function: Callable[[Any], Any], arguments: Sequence[Any], repeats: int) -> float:
    for argument in arguments:
        function(argument)
    times = []
    for _ in range(repeats):
        for argument in arguments:
            start = time.perf_counter()
            function(argument)
            times.append(time.perf_counter() - start)
    return float(np.median(times) * 1e3)
