"""Several Keras models → one whose logits are the mean of theirs. Trainer process only.

The members' layers stand side by side behind one input. Their embeddings are joined, and one
dense layer, made of theirs, gives the mean of their logits: so the whole has a layer ``logits``
whose input is its embedding, as every network here has, and whatever is done with such a network,
compiling, exporting, laying open, works for it too.
"""

import keras
import numpy as np

from digitcnn.inference.members import Heads
from digitcnn.models.networks import N_CLASSES


def joined(models: list[keras.Model]) -> keras.Model:
    """One model of several, all as :func:`digitcnn.models.networks.build` gives them.

    Its layers are named ``member_1_…``, ``member_2_…`` and so on; the members stay as they are.
    """
    inputs = keras.Input((28, 28), name="digit_image")
    embeddings = [_embedding(model, inputs, n) for n, model in enumerate(models, 1)]
    together = keras.layers.Concatenate(name="embeddings")(embeddings)
    logits = keras.layers.Dense(N_CLASSES, name="logits")
    outputs = keras.layers.Softmax(name="probabilities")(logits(together))
    last = heads(models)
    logits.set_weights([last.kernel / len(models), last.bias.mean(axis=0)])
    return keras.Model(inputs, outputs, name="ensemble")


def heads(models: list[keras.Model]) -> Heads:
    """The models' last layers."""
    layers = [model.get_layer("logits") for model in models]
    kernels = [np.asarray(layer.kernel, np.float32) for layer in layers]
    biases = [
        np.asarray(layer.bias, np.float32) if layer.use_bias else np.zeros(N_CLASSES, np.float32)
        for layer in layers
    ]
    return Heads(
        tuple(len(kernel) for kernel in kernels), np.concatenate(kernels), np.stack(biases)
    )


def _embedding(model: keras.Model, inputs: keras.KerasTensor, number: int) -> keras.KerasTensor:
    body = keras.Model(model.input, model.get_layer("logits").input)

    def renamed(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        return type(layer).from_config({**config, "name": f"member_{number}_{layer.name}"})

    copy = keras.models.clone_model(body, input_tensors=inputs, clone_function=renamed)
    copy.set_weights(body.get_weights())
    return copy.output
