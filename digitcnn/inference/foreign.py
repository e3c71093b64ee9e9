"""Networks from elsewhere: LiteRT or ONNX files, served with the input that they expect.

Such a network is asked through a layout: what its pixels mean, and how its output is to be read.
It has no layer to show before the logits, so its logits are its embedding, too.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitcnn.inference.litert import Raw, UnreadableModel
from digitcnn.models.networks import N_CLASSES
from digitcnn.runs.card import Foreign
from digitcnn.runs.run import Run

_SMALLEST, _LARGEST = 8, 512  # px, side of pictures that networks of digits take
_LEAST_PROBABILITY = 1e-7
_MEAN, _DEVIATION = 0.1307, 0.3081  # of MNIST's training pixels, 0 to 1

Ask = Callable[[np.ndarray], np.ndarray]
"""From an array of the network's own shape and dtype, the first axis n, to float32 (n, 10)."""


def network(run: Run) -> Raw:
    """The network of a foreign run, asked as ours are.

    Raises:
        DamagedRun: the file changed since the run was opened.
        UnreadableModel: it can't be served here; the message says why.
    """
    layout = run.card.foreign
    assert layout is not None
    return Served(run.content(layout.file), layout.file).raw(layout)


class Served:
    """A file of a foreign network, open.

    Args:
        model: its bytes.
        name: of the file; ``.onnx`` is ONNX, all else LiteRT.

    Attributes:
        shape: of its input without n.

    Raises:
        UnreadableModel: it is damaged, needs what is not installed, or is no network of digits.
    """

    def __init__(self, model: bytes, name: str):
        opened = _onnx if name.endswith(".onnx") else _litert
        self._ask, self.shape = opened(model, name)
        self._channels, self._side = _form(self.shape, name)

    def raw(self, layout: Foreign) -> Raw:
        """The network asked in a layout: pictures of ours in, logits out."""

        def raw(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            said = self._ask(self._prepared(images, layout))
            if layout.output == "probabilities":
                said = np.log(np.maximum(said, _LEAST_PROBABILITY))
            logits = said.astype(np.float32)
            return logits, logits

        return raw

    def _prepared(self, images: np.ndarray, layout: Foreign) -> np.ndarray:
        pixels = images.astype(np.float32)
        if layout.transposed:
            pixels = pixels.transpose(0, 2, 1)
        if self._side != pixels.shape[1]:
            size = (self._side, self._side)
            scaled = [Image.fromarray(p).resize(size, Image.Resampling.BILINEAR) for p in pixels]
            pixels = np.stack([np.asarray(picture) for picture in scaled])
        if layout.paper == "light":
            pixels = 255 - pixels
        pixels = _in_range(pixels, layout.pixels)
        if self._channels == "last":
            pixels = np.repeat(pixels[..., None], self.shape[-1], axis=-1)
        elif self._channels == "first":
            pixels = np.repeat(pixels[:, None], self.shape[0], axis=1)
        return np.ascontiguousarray(pixels.reshape(len(images), *self.shape), np.float32)


def _in_range(pixels: np.ndarray, pixels_range: str) -> np.ndarray:
    if pixels_range == "0-255":
        return pixels
    parts = pixels / 255
    if pixels_range == "-1-1":
        return parts * 2 - 1
    return (parts - _MEAN) / _DEVIATION if pixels_range == "standard" else parts


def _form(shape: tuple[int, ...], name: str) -> tuple[str, int]:
    """Where the channels are, and the pictures' side."""
    if len(shape) == 1:
        side = round(shape[0] ** 0.5)
        form, sides = "flat", (side, side if side * side == shape[0] else 0)
    elif len(shape) == 2:
        form, sides = "none", (shape[0], shape[1])
    elif len(shape) == 3 and shape[2] in (1, 3):
        form, sides = "last", (shape[0], shape[1])
    elif len(shape) == 3 and shape[0] in (1, 3):
        form, sides = "first", (shape[1], shape[2])
    else:
        form, sides = "", (0, 0)
    if sides[0] != sides[1] or not _SMALLEST <= sides[0] <= _LARGEST:
        raise UnreadableModel(
            f"{name} takes arrays of shape {('n', *shape)}; a network of digits takes square "
            "pictures, such as (n, 28, 28), (n, 28, 28, 1) or (n, 784).".replace("'", "")
        )
    return form, sides[0]


def _litert(model: bytes, name: str) -> tuple[Ask, tuple[int, ...]]:
    from ai_edge_litert.interpreter import Interpreter

    # From memory, not from the file: a file cut short while it is mapped would end the process.
    try:
        interpreter = Interpreter(model_content=model, num_threads=1)
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        if len(inputs) != 1:
            raise ValueError(f"it has {len(inputs)} inputs")
        entry = inputs[0]
        shape = tuple(int(length) for length in entry["shape"][1:])
        interpreter.resize_tensor_input(entry["index"], [2, *shape])
        interpreter.allocate_tensors()
        exits = [one for one in interpreter.get_output_details() if one["shape"][-1] == N_CLASSES]
        if len(exits) != 1:
            found = [tuple(map(int, one["shape"])) for one in outputs]
            raise ValueError(f"its outputs have the shapes {found}; ten values a digit are needed")
    except (ValueError, RuntimeError, TypeError) as error:
        said = " ".join(str(error).split())[:200]
        raise UnreadableModel(
            f"{name} can't be served here: {said}. Networks with custom operations are not "
            "supported."
        ) from error
    (exit_,) = exits
    served = 2

    def ask(pixels: np.ndarray) -> NDArray[np.float32]:
        nonlocal served
        if len(pixels) != served:
            interpreter.resize_tensor_input(entry["index"], [len(pixels), *shape])
            interpreter.allocate_tensors()
            served = len(pixels)
        interpreter.set_tensor(entry["index"], _quantized(pixels, entry))
        interpreter.invoke()
        said = interpreter.get_tensor(exit_["index"])
        scale, zero = exit_["quantization"]
        plain: NDArray[np.float32] = said.astype(np.float32)
        if scale:
            plain = (plain - zero) * scale
        return plain.reshape(len(pixels), N_CLASSES)

    return ask, shape


def _quantized(pixels: np.ndarray, entry: dict[str, Any]) -> np.ndarray:
    dtype, (scale, zero) = entry["dtype"], entry["quantization"]
    if not np.issubdtype(dtype, np.integer):
        return pixels.astype(dtype)
    values = np.rint(pixels / scale + zero) if scale else np.rint(pixels)
    known = np.iinfo(dtype)
    whole: np.ndarray = np.clip(values, known.min, known.max)
    return whole.astype(dtype)


def _onnx(model: bytes, name: str) -> tuple[Ask, tuple[int, ...]]:
    try:
        import onnxruntime
    except ImportError as error:
        raise UnreadableModel(
            f"{name} needs onnxruntime, not installed here: pip install 'digitcnn[onnx]' adds it."
        ) from error
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        entry, *others = session.get_inputs()
        shape = tuple(length for length in entry.shape[1:])
        if others or not all(isinstance(length, int) for length in shape):
            raise ValueError(f"its inputs are {[i.shape for i in session.get_inputs()]}")
        exits = [one for one in session.get_outputs() if one.shape and one.shape[-1] == N_CLASSES]
        if len(exits) != 1:
            found = [one.shape for one in session.get_outputs()]
            raise ValueError(f"its outputs have the shapes {found}; ten values a digit are needed")
    except Exception as error:  # onnxruntime raises all kinds of its own
        said = " ".join(str(error).split())[:200]
        raise UnreadableModel(
            f"{name} can't be served here: {said}. Networks with custom operations are not "
            "supported."
        ) from error
    dtype = np.float64 if "double" in entry.type else np.float32
    one_by_one = isinstance(entry.shape[0], int)

    def ask(pixels: np.ndarray) -> np.ndarray:
        values = pixels.astype(dtype)
        parts = np.split(values, len(values)) if one_by_one else [values]
        said = [session.run([exits[0].name], {entry.name: part})[0] for part in parts]
        return np.concatenate(said).astype(np.float32).reshape(len(pixels), N_CLASSES)

    return ask, shape
