"""What each part contributes: the same network with parts of the pipeline left out."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from digitcnn.benchmarks.accuracy import drawn
from digitcnn.benchmarks.accuracy.stroke_file import PenDigits
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import ink as inks
from digitcnn.runs.run import Run


def without(run: Run, digits: PenDigits, mnist_path: Path | None) -> list[dict[str, Any]]:
    """Accuracy of the run's own recipe without handwriting, with and without preprocessing.

    Trains that network, in a folder that is gone afterwards. Imports TensorFlow.
    """
    from digitcnn.training.train import train

    recipe = run.card.full_recipe()
    bare = replace(recipe, handwriting=0, learned_digits=0, nondigits=0, learned_letters=0)
    with tempfile.TemporaryDirectory() as home:
        recognizer = Recognizer(train(bare, Path(home), mnist_path))
        return [
            {
                "what": "right preprocessing, MNIST alone",
                "accuracy": float(drawn.read(digits, recognizer).right.mean()),
            },
            {
                "what": "plain resize, MNIST alone",
                "accuracy": float(drawn.read(digits, recognizer, plain_resize).right.mean()),
            },
        ]


def plain_resize(ink: inks.Ink) -> np.ndarray:
    """What most drawing apps do: the whole canvas shrunk to 28×28 and inverted."""
    raster = inks.rasterize(ink, pen_px=inks.PEN_PX)
    return 255 - np.asarray(Image.fromarray(raster).resize((28, 28), Image.Resampling.BOX))
