"""A Keras file that somebody else made → a LiteRT model, in a process of its own.

``python -m digitcnn.training.keras_file FILE TARGET`` writes the model, and its layers as JSON to
standard output. Keras loads it in safe mode; what would run code of the file's is refused before
that, by looking at its configuration alone.
"""

import contextlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.runs.run import MODEL, Run

_CODE = {"Lambda", "__lambda__", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer"}
_LIMIT_BYTES = 10_000_000  # of a configuration


class RefusedModel(DigitcnnError):
    """A Keras file that is damaged, or holds code."""


def check(path: Path) -> None:
    """Looks for code in a Keras file, without Keras.

    Raises:
        RefusedModel: it has Lambda layers, layers or functions that are not Keras's own, or is no
            Keras file at all.
    """
    for part in _parts(_configuration(path)):
        name = part.get("class_name")
        module = part.get("module")
        own = part.get("registered_name") or ""
        if name in _CODE:
            raise RefusedModel(
                f"{path.name} has a {str(name).strip('_')} layer, which is code of the file's own "
                "and is not run here. Build the network of Keras's other layers, or convert it to "
                ".tflite or .onnx."
            )
        foreign = isinstance(module, str) and module.split(".")[0] not in ("keras", "tensorflow")
        if foreign or ">" in str(own):
            raise RefusedModel(
                f"{path.name} needs {str(name)[:80]!r}, which is not Keras's own and is not run "
                "here. Convert the network to .tflite or .onnx."
            )


def weights(run: Run) -> list[NDArray[np.float32]]:
    """The weights of a run of one of our networks, in Keras's order. Imports Keras.

    Raises:
        DamagedRun: the file changed since the run was opened.
        RefusedModel: it can't be read, or holds code.
    """
    import keras

    run.content(MODEL)  # Keras reads the file itself; this verifies it.
    path = run.folder / MODEL
    check(path)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises all kinds for a file that is not its own.
        raise RefusedModel(f"The weights of {run.name} can't be read: {error}.") from error
    return list(model.get_weights())


def _configuration(path: Path) -> Any:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive, archive.open("config.json") as file:
                return json.loads(file.read(_LIMIT_BYTES))
        import h5py

        with h5py.File(path, "r") as file:
            return json.loads(file.attrs["model_config"])
    except (OSError, KeyError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise RefusedModel(
            f"{path.name} is no Keras model; weights alone are none either. Save it with "
            "model.save('model.keras')."
        ) from error


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every table in a configuration that names a class."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if "class_name" in one and one["class_name"] not in ("__tensor__", "__numpy__"):
                yield one
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)


def main() -> None:
    """Converts the file that the arguments name."""
    import keras

    source, target = sys.argv[1:]
    with contextlib.redirect_stdout(io.StringIO()):  # the converter talks about each tensor
        model = keras.saving.load_model(source, compile=False, safe_mode=True)
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise SystemExit("it has several inputs or outputs")
        model.export(target, format="litert", verbose=False)
    layers = [
        {
            "layer": type(layer).__name__,
            "shape": [int(n) for n in _shape(layer) if n is not None],
            "parameters": int(layer.count_params()),
        }
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    ]
    trained = sum(int(weight.shape.num_elements()) for weight in model.trainable_variables)
    print(json.dumps({"layers": layers[:200], "parameters": trained}))


def _shape(layer: Any) -> tuple[int | None, ...]:
    try:
        return tuple(layer.output.shape)
    except (AttributeError, ValueError):
        return ()


if __name__ == "__main__":
    main()
