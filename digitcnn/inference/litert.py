"""A run's LiteRT models → callable networks: the one that reads, and the one with activations.

LiteRT is imported when a model is opened, so that whoever only names these types needs none.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.runs.run import ACTIVATIONS, SERVING_MODEL

Raw = Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""From float32 (n, 28, 28), 0 to 255, to logits (n, 10) and embeddings (n, d)."""

Activate = Callable[[NDArray[np.float32]], dict[str, NDArray[np.float32]]]
"""From float32 (n, 28, 28), 0 to 255, to ``stage_1`` …, ``embedding`` and ``logits``."""


class UnreadableModel(DigitcnnError):
    """The run's files verify, and yet the backend can't make a network of them."""


def serving_network(model: bytes) -> Raw:
    """The network in a LiteRT model's bytes; not for several threads at once.

    Raises:
        UnreadableModel: they are no such model.
        ImportError: LiteRT is not installed.
    """
    from ai_edge_litert.interpreter import Interpreter

    # From memory, not from the file: a file cut short while it is mapped would end the process.
    try:
        interpreter = Interpreter(model_content=model, num_threads=1)
        runner = interpreter.get_signature_runner("serving_default")
        (name,) = runner.get_input_details()
        runner(**{name: np.zeros((1, 28, 28), np.float32)})
        if not {"logits", "embedding"} <= set(runner.get_output_details()):
            raise ValueError("its outputs have other names")
    except (ValueError, RuntimeError, TypeError) as error:
        raise UnreadableModel(f"{SERVING_MODEL} can't be read ({error}); train again.") from error

    def raw(images: NDArray[np.float32]) -> tuple[np.ndarray, np.ndarray]:
        outputs = runner(**{name: images})
        return outputs["logits"], outputs["embedding"]

    return raw


def activations_network(model: bytes, n_stages: int) -> Activate:
    """The graph in a LiteRT model's bytes; not for several threads at once.

    Returns:
        A function from float32 (n, 28, 28), 0 to 255, to arrays by name: ``stage_1`` …,
        ``embedding`` and ``logits``.

    Raises:
        ValueError, RuntimeError, TypeError: the bytes are no such model.
        ImportError: LiteRT is not installed.
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    runner = interpreter.get_signature_runner("serving_default")
    (entry,) = runner.get_input_details()
    wanted = {"logits", "embedding", *map(stage_name, range(n_stages))}
    if not wanted <= set(runner.get_output_details()):
        raise ValueError(f"{ACTIVATIONS} has other outputs")
    return lambda images: runner(**{entry: images})


def stage_name(number: int) -> str:
    """What the graph calls the activations of stage ``number``, from 0."""
    return f"stage_{number + 1}"
