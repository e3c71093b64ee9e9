"""A run's network packed for the browser: a few hundred kilobytes that ``network.js`` reads.

The Keras model's own configuration says which layers there are, and its weights come from the HDF5
file within it, so that no TensorFlow is needed. What reads HDF5 takes 12 MB, so the packing is done
by a process of its own, once for a run.

The file: ``DNW1``, the length of the header as uint32, the header as JSON; then for each
convolution or dense layer a scale and a bias, float32 (n_outputs,) each, and its weights, int16
(n_inputs, n_outputs), to be multiplied by the scale; all little-endian.
"""

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.run import MODEL, Run

LIMIT_BYTES, ENSEMBLE_LIMIT_BYTES = 1_500_000, 4_000_000
FORMAT = 1

_HISTORY = re.compile(r'"keras_history": \["([^"]*)", 0, 0\]')
_MAGIC = b"DNW1"
_GREATEST = 32_767
_LIMIT_S = 60
_ROOT = Path(__file__).resolve().parents[3]

_Layer = dict[str, Any]
_Weights = NDArray[np.float64]
_Arrays = tuple[_Weights, _Weights]  # weights and bias, or scale and shift


class NotForBrowsers(DigitcnnError):
    """A network with layers, or joined in a way, that the browser does not know; or too large."""


def packed(run: Run, recognizer: Recognizer, check: NDArray[np.uint8]) -> bytes:
    """A run's network for the browser.

    Args:
        run: the run.
        recognizer: the run's; its output for ``check`` is packed, too, and the browser only uses
            the network if it gets the same.
        check: uint8 (28, 28), any digit image.

    Raises:
        NotForBrowsers: the network has unsupported layers, or is too large.
        DamagedRun: the model's file changed since the run was opened.
    """
    if run.card.foreign is not None:
        raise NotForBrowsers(f"{run.name} was made elsewhere; it can only be read on the server.")
    command = [sys.executable, "-m", __name__]
    try:
        process = subprocess.run(
            command, cwd=_ROOT, input=run.content(MODEL), capture_output=True, timeout=_LIMIT_S
        )
    except subprocess.TimeoutExpired as error:
        raise NotForBrowsers("Packing the network for the browser took too long.") from error
    except OSError as error:
        raise NotForBrowsers(f"The network can't be packed here ({error.strerror}).") from error
    if process.returncode:
        last = process.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise NotForBrowsers(f"This network can't be read in the browser: {' '.join(last)}")
    length = int.from_bytes(process.stdout[:8], "little")
    layers = json.loads(process.stdout[8 : 8 + length])
    calibration = run.card.calibration
    header = {
        "format": FORMAT,
        "run": run.id,
        "checksum": run.card.checksum,
        "layers": layers,
        "tta": bool(run.recipe.get("tta")),
        "temperature": calibration.temperature,
        "digit_threshold": calibration.digit_threshold,
        "check": {
            "image": check.ravel().tolist(),
            "logits": recognizer.outputs(check[None]).logits[0].astype(float).round(6).tolist(),
        },
    }
    data = joined(header, process.stdout[8 + length :])
    if len(data) > (ENSEMBLE_LIMIT_BYTES if run.card.members else LIMIT_BYTES):
        raise NotForBrowsers(
            f"This network has {len(data):,} bytes, too many to read in the browser."
        )
    return data


def joined(header: dict[str, Any], arrays: bytes) -> bytes:
    """The packed file of a header, which has the ``layers``, and the bytes of their arrays."""
    told = json.dumps(header, separators=(",", ":")).encode()
    return b"".join((_MAGIC, len(told).to_bytes(4, "little"), told, arrays))


def unpacked(data: bytes) -> tuple[dict[str, Any], list[_Arrays | None]]:
    """What a packed file holds: its header, and each layer's weights as :func:`folded` has them.

    Weights are as the browser has them, rounded to 16 bits. The file must be one of ours.
    """
    length = int.from_bytes(data[4:8], "little")
    header = json.loads(data[8 : 8 + length])
    rest = memoryview(data)[8 + length :]
    arrays: list[_Arrays | None] = []

    def take(count: int, kind: str) -> _Weights:
        nonlocal rest
        values = np.frombuffer(rest, kind, count)
        rest = rest[values.nbytes :]
        return values.astype(np.float64)

    for layer in header["layers"]:
        if layer["kind"] not in ("conv", "dense", "affine"):
            arrays.append(None)
            continue
        n = layer["outputs"]
        scale, bias = take(n, "<f4"), take(n, "<f4")
        if layer["kind"] == "affine":
            arrays.append((scale, bias))
        else:
            weights = take(layer["inputs"] * n, "<i2").reshape(layer["inputs"], n)
            arrays.append((weights * scale, bias))
    return header, arrays


def chain(model: bytes) -> tuple[list[_Layer], bytes]:
    """A Keras model's layers, and their weights as the packed file has them.

    Arguments and errors are those of :func:`folded`.
    """
    layers, arrays = folded(model)
    return layers, b"".join(_bytes(layer, pair) for layer, pair in zip(layers, arrays, strict=True))


def folded(model: bytes) -> tuple[list[_Layer], list[_Arrays | None]]:
    """A Keras model's layers, and for each its weights and bias, or its scale and shift.

    Batch normalisation is folded into the layer before it.

    Args:
        model: a ``.keras`` file.

    Returns:
        The layers as ``network.js`` knows them; for each convolution and dense layer its weights,
        float64 (n_inputs, n_outputs), and bias (n_outputs,), for each ``affine`` layer its scale
        and shift (n_outputs,), for others ``None``.

    Raises:
        NotForBrowsers: it has a layer, or is joined in a way, that the browser does not know.
    """
    entries, groups = _opened(model)
    layers: list[_Layer] = []
    arrays: list[_Arrays | None] = []
    before = entry_layer = ""  # the Keras layer before; the one that gives the digit image
    ends: dict[str, int] = {}  # after which of the layers a Keras layer's output is there
    for entry in _branch_by_branch(entries):
        kind, settings = entry["class_name"], entry["config"]
        if kind == "Concatenate":
            before = settings["name"]
            _concatenate(layers, arrays, _seen(entry)[::-1], ends)
            continue
        *earlier, last = _seen(entry) or [before]
        if layers and last == entry_layer != before:  # where another network of an ensemble begins
            _add(layers, arrays, {"kind": "image"})
            before = last
        if last != before or len(earlier) > (kind == "Add") or not set(earlier) <= set(ends):
            raise NotForBrowsers("its layers are joined in a way that the browser does not know.")
        previous, before = before, settings["name"]
        own = [np.asarray(array, np.float64) for array in groups.get(before, [])]
        match kind:
            case "InputLayer" | "Reshape" | "Dropout":
                entry_layer = before if kind == "InputLayer" else entry_layer
                if layers:
                    ends[before] = len(layers) - 1
                continue
            case "Rescaling":
                _add(layers, arrays, {
                    "kind": "rescale", "scale": settings["scale"], "offset": settings["offset"],
                })  # fmt: skip
            case "Conv2D":
                _add(layers, arrays, _conv(settings, own), _matrix(own, settings))
            case "Dense":
                inputs, outputs = own[0].shape
                layer = {"kind": "dense", "inputs": inputs, "outputs": outputs}
                _add(layers, arrays, layer, _matrix(own, settings))
            case "BatchNormalization":
                _normalise(layers, arrays, own, settings)
                ends.pop(previous, None)  # what that gave alone is nowhere now
            case "ReLU":
                if settings.get("max_value") or settings.get("negative_slope"):
                    raise NotForBrowsers("it has a ReLU of another form.")
                _add(layers, arrays, {"kind": "relu"})
            case "MaxPooling2D" | "AveragePooling2D":
                name = "maxpool" if kind == "MaxPooling2D" else "avgpool"
                _add(layers, arrays, _pooling(name, settings))
            case "GlobalAveragePooling2D":
                _add(layers, arrays, {"kind": "average"})
            case "Add" if earlier:
                _add(layers, arrays, {"kind": "add", "of": ends[earlier[0]]})
            case "Activation":
                pass  # which is told below, as it may be a part of another layer
            case "Flatten":
                _add(layers, arrays, {"kind": "flatten"})
            case "Softmax":
                break  # The last one: the browser calibrates the logits itself.
            case _:
                raise NotForBrowsers(f"it has a layer of the kind {kind}.")
        if settings.get("activation") in ("relu", "tanh"):
            _add(layers, arrays, {"kind": settings["activation"]})
        elif settings.get("activation") not in (None, "linear"):
            raise NotForBrowsers(f"it has the activation {settings['activation']}.")
        ends[before] = len(layers) - 1
    return layers, arrays


def _opened(model: bytes) -> tuple[list[dict[str, Any]], dict[str, list[_Weights]]]:
    """The layers of a ``.keras`` file as Keras describes them; the arrays of each, by its name."""
    import h5py

    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        config = json.loads(archive.read("config.json"))
        weights = io.BytesIO(archive.read("model.weights.h5"))
    if config["class_name"] not in ("Functional", "Sequential"):
        raise NotForBrowsers(f"it is a {config['class_name']}.")
    with h5py.File(weights) as file:
        arrays = {
            group["vars"].attrs["name"]: [group["vars"][key][()] for key in sorted(group["vars"])]
            for group in file["layers"].values()
        }
    return config["config"]["layers"], arrays


def _branch_by_branch(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A model's layers, each after those that it sees; of an ensemble one network after the other.

    Keras has the networks' layers by depth, in turns.
    """
    if not any(entry["class_name"] == "Concatenate" for entry in entries):
        return entries
    by_name = {entry["config"]["name"]: entry for entry in entries}
    done: dict[str, dict[str, Any]] = {}
    todo = [(entries[-1]["config"]["name"], False)]
    while todo:
        name, is_seen = todo.pop()
        if is_seen:
            done[name] = by_name[name]
        elif name not in done and name in by_name:
            todo.append((name, True))
            todo += [(before, False) for before in _seen(by_name[name])]
    return list(done.values())


def _concatenate(
    layers: list[_Layer], arrays: list[_Arrays | None], names: list[str], ends: dict[str, int]
) -> None:
    """Adds what joins the outputs of Keras layers, in this order."""
    if not set(names) <= set(ends):
        raise NotForBrowsers("its layers are joined in a way that the browser does not know.")
    _add(layers, arrays, {"kind": "concat", "of": [ends[name] for name in names]})


def _seen(entry: dict[str, Any]) -> list[str]:
    """Names of the layers whose outputs a layer takes, the one that it is called on last.

    Raises:
        NotForBrowsers: one of them is called more than once, or gives several outputs.
    """
    told = json.dumps(entry.get("inbound_nodes", []))
    names = _HISTORY.findall(told)
    if len(names) != told.count("keras_history"):
        raise NotForBrowsers("its layers are joined in a way that the browser does not know.")
    return names[::-1]


def _add(
    layers: list[_Layer], arrays: list[_Arrays | None], layer: _Layer, pair: _Arrays | None = None
) -> None:
    layers.append(layer)
    arrays.append(pair)


def _conv(settings: dict[str, Any], own: list[_Weights]) -> _Layer:
    side, other, n_inputs, n_outputs = own[0].shape
    stride = settings["strides"][0]
    plain = settings["dilation_rate"][0] == 1 and settings.get("groups", 1) == 1
    if side != other or list(settings["strides"]) != [stride, stride] or not plain:
        raise NotForBrowsers("it has a convolution of another form.")
    return {
        "kind": "conv", "kernel": side, "stride": stride, "same": settings["padding"] == "same",
        "inputs": side * side * n_inputs, "outputs": n_outputs,
    }  # fmt: skip


def _pooling(name: str, settings: dict[str, Any]) -> _Layer:
    size = settings["pool_size"][0]
    same = settings["padding"] == "same" or list(settings["strides"]) != [size, size]
    if same or list(settings["pool_size"]) != [size, size]:
        raise NotForBrowsers("it has a pooling of another form.")
    return {"kind": name, "size": size}


def _matrix(own: list[_Weights], settings: dict[str, Any]) -> _Arrays:
    """A layer's weights (n_inputs, n_outputs) and bias (n_outputs,)."""
    matrix = own[0].reshape(-1, own[0].shape[-1])
    return matrix, own[1] if settings["use_bias"] else np.zeros(matrix.shape[1])


def _normalise(
    layers: list[_Layer],
    arrays: list[_Arrays | None],
    own: list[_Weights],
    settings: dict[str, Any],
) -> None:
    own = list(own)
    gamma = own.pop(0) if settings["scale"] else np.ones_like(own[-1])
    beta = own.pop(0) if settings["center"] else np.zeros_like(own[-1])
    mean, variance = own
    scale = gamma / np.sqrt(variance + settings["epsilon"])
    before = arrays[-1] if layers and layers[-1]["kind"] in ("conv", "dense") else None
    if before is not None:
        matrix, bias = before
        arrays[-1] = matrix * scale, (bias - mean) * scale + beta
    else:
        layer = {"kind": "affine", "outputs": len(scale)}
        _add(layers, arrays, layer, (scale, beta - mean * scale))


def _bytes(layer: _Layer, pair: _Arrays | None) -> bytes:
    if pair is None:
        return b""
    weights, bias = pair
    if layer["kind"] == "affine":
        return weights.astype("<f4").tobytes() + bias.astype("<f4").tobytes()
    greatest: _Weights = np.maximum(np.abs(weights).max(axis=0), 1e-30)
    scale = (greatest / _GREATEST).astype("<f4")
    whole: _Weights = np.clip(np.rint(weights / scale), -_GREATEST, _GREATEST)
    return scale.tobytes() + bias.astype("<f4").tobytes() + whole.astype("<i2").tobytes()


def main() -> None:
    """The child: a ``.keras`` file on standard input, its layers and weights on standard output."""
    try:
        layers, weights = chain(sys.stdin.buffer.read())
    except NotForBrowsers as error:
        sys.exit(str(error))
    told = json.dumps(layers).encode()
    sys.stdout.buffer.write(len(told).to_bytes(8, "little") + told + weights)


if __name__ == "__main__":
    main()
