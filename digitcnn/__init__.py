"""Draw a digit and have it read by a convolutional network that this package trains itself.

The web process (``digitcnn app``) reads drawings; the trainer process (``digitcnn train``) makes
the runs it reads them with. They share only the home folder. The public names are listed here;
each is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitcnn.api import (
        Reader,
        ensemble,
        evaluate,
        load_run,
        read_drawing,
        read_image,
        read_images,
        train,
    )
    from digitcnn.errors import DigitcnnError
    from digitcnn.evaluation.evaluation import Evaluation
    from digitcnn.inference.recognizer import Prediction, Recognizer
    from digitcnn.preprocessing.arrays import digit_images
    from digitcnn.runs.run import Run

__version__ = "0.2.0"

__all__ = [
    "DigitcnnError",
    "Evaluation",
    "Prediction",
    "Reader",
    "Recognizer",
    "Run",
    "digit_images",
    "ensemble",
    "evaluate",
    "load_run",
    "read_drawing",
    "read_image",
    "read_images",
    "train",
]

_ELSEWHERE = {
    "DigitcnnError": "digitcnn.errors",
    "Evaluation": "digitcnn.evaluation.evaluation",
    "Prediction": "digitcnn.inference.recognizer",
    "Recognizer": "digitcnn.inference.recognizer",
    "Run": "digitcnn.runs.run",
    "digit_images": "digitcnn.preprocessing.arrays",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'digitcnn' has no attribute {name!r}")
    value = getattr(importlib.import_module(_ELSEWHERE.get(name, "digitcnn.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
