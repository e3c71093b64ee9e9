"""Run → a notebook that explains, step by step and in plain Keras, how such a network is built.

It needs nothing of this package: TensorFlow, NumPy, Pillow, Matplotlib, Seaborn and scikit-learn,
as learners know them. What the run's own training has beyond that is said in its words.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from digitcnn.errors import DigitcnnError
from digitcnn.models.layers import Layer, output_shape, words
from digitcnn.models.networks import INPUT_SHAPE, UnknownNetwork
from digitcnn.models.recipes import Recipe, RecipeError, dataset_title
from digitcnn.models.stack import ImpossibleNetwork
from digitcnn.runs.run import Run

_CODE = "# code\n"  # how the cells below that are code begin

# What each kind of layer is for, explained where the network has its first one.
_MEANINGS = {
    "conv": "A **convolution** slides small windows over the picture. Each of its *filters* learns "
    "to respond to one pattern, such as an edge or a bend, wherever it is.",
    "norm": "**Batch normalisation** keeps the responses in a range in which learning is fast.",
    "relu": "**ReLU** lets positive responses through and sets the others to zero: without it, "
    "many layers could do no more than one.",
    "tanh": "**Tanh** squeezes responses between −1 and 1; older networks use it where "
    "ReLU is used today.",
    "avgpool": "**Average pooling** keeps the mean of each small square.",
    "add": "**Add** adds the output of a block to its input: a *skip connection*, with which deep "
    "networks learn more easily.",
    "maxpool": "**Max pooling** keeps the strongest response of each small square, so that the "
    "picture shrinks and a stroke may be a pixel off.",
    "dropout": "**Dropout** silences some units at random while the network learns, so that it "
    "does not rely on a few of them: a remedy against overfitting.",
    "flatten": "**Flatten** puts all remaining numbers in one row.",
    "average": "**Global average pooling** lets each filter vote with its mean over the picture.",
    "dense": "A **dense** layer gives weighted sums of all its inputs.",
    "softmax": "**Softmax** turns ten numbers into ten probabilities that sum to one.",
}


class NoNotebook(DigitcnnError):
    """A run whose network can't be written as Keras layers."""


def notebook(run: Run) -> str:
    """The notebook of a run, as the content of an ``.ipynb`` file.

    Args:
        run: any run of one of our networks.

    Raises:
        NoNotebook: the run's network or recipe is not known to this version, or was made elsewhere.
    """
    if run.card.foreign is not None:
        raise NoNotebook(f"{run.name} was made elsewhere, so there is no notebook of it.")
    if run.card.members:
        raise NoNotebook(
            f"{run.name} is an ensemble; there are notebooks of its networks: "
            f"{', '.join(member.id for member in run.card.members)}."
        )
    try:
        recipe = run.card.full_recipe()
        layers = recipe.architecture.layers
    except (UnknownNetwork, RecipeError, ImpossibleNetwork) as error:
        raise NoNotebook(
            f"The network of {run.name} is not one that this version can build, so there is no "
            "notebook of it."
        ) from error
    cells = []
    for cell in (
        _introduction(run),
        _DIGITS_TEXT, _digits(recipe), _LOOK,
        *_network(recipe.network, layers),
        *_training(recipe),
        _CURVES_TEXT, _CURVES,
        _TEST_TEXT, _TEST, _MATRIX,
        _MISTAKES_TEXT, _MISTAKES,
        _DRAWING_TEXT, _DRAWING,
        _ENDING,
    ):  # fmt: skip
        text = cell.strip("\n")
        is_code = text.startswith(_CODE)
        make: Callable[..., Any] = new_code_cell if is_code else new_markdown_cell
        cells.append(make(text.removeprefix(_CODE)))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # the same run gives the same file
    made = new_notebook(cells=cells)
    made.metadata["kernelspec"] = {
        "display_name": "Python 3", "language": "python", "name": "python3"
    }  # fmt: skip
    nbformat.validate(made)
    return str(nbformat.writes(made)) + "\n"


def _introduction(run: Run) -> str:
    return f"""# A network that reads handwritten digits, from its data to its mistakes

This notebook builds and trains the network **{run.network}** in plain Keras, as the run
"{run.name.replace('"', "")}" was trained, which reads {100 * run.test_accuracy:.2f}% of the
MNIST test digits correctly. Run it from top to bottom. It needs TensorFlow, NumPy, Pillow,
Matplotlib, Seaborn and scikit-learn:

    pip install tensorflow numpy pillow matplotlib seaborn scikit-learn"""


_DIGITS_TEXT = """## 1. The digits

MNIST has 70,000 digits that people in the United States wrote around 1990: 60,000 for training and
10,000 for testing. Each is a picture of 28 × 28 pixels, 0 for paper and 255 for ink. We hold
back some of the training digits, the *validation* digits, to monitor the training; the test
digits are used only once, at the end, like an exam with unseen questions."""


def _digits(recipe: Recipe) -> str:
    few = ""
    if recipe.limit:
        few = f"""
# The run was trained on {recipe.limit:,} digits only.
x_training, y_training = x_training[:{recipe.limit}], y_training[:{recipe.limit}]"""
    return f"""# code
import keras
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

keras.utils.set_random_seed({recipe.seed})
N_TRAINING = 60_000  # fewer are faster to try, but give worse results
N_TEST = 10_000

(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, y, x_test, y_test = x[:N_TRAINING], y[:N_TRAINING], x_test[:N_TEST], y_test[:N_TEST]

order = np.random.default_rng({recipe.seed}).permutation(len(x))
n_validation = min({recipe.validation}, len(x) // 5)
x_validation, y_validation = x[order[:n_validation]], y[order[:n_validation]]
x_training, y_training = x[order[n_validation:]], y[order[n_validation:]]{few}
print(len(x_training), "to learn from,", n_validation, "to watch,", len(x_test), "for the test")"""


_LOOK = """# code
fig, axes = plt.subplots(2, 10, figsize=(10, 2.4))
for ax, image, label in zip(axes.flat, x_training, y_training):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(int(label))
    ax.axis("off")
plt.show()"""


def _network(name: str, layers: Sequence[Layer]) -> list[str]:
    kinds = list(dict.fromkeys(layer.kind for layer in layers))
    meanings = "\n".join(f"- {_MEANINGS[kind]}" for kind in kinds if kind in _MEANINGS)
    text = f"""## 2. The network, layer by layer

{meanings}

Behind each layer stands the shape of what comes out of it."""
    title = name.replace("-", "_")
    lines = (
        _branching(layers, title) if any(layer.of for layer in layers) else _chain(layers, title)
    )
    return [text, "\n".join(["# code", "layers = keras.layers", *lines, "model.summary()"])]


def _chain(layers: Sequence[Layer], title: str) -> list[str]:
    """The lines that build a network in which each layer takes what the one before gives."""
    return [
        "model = keras.Sequential([",
        "    keras.Input((28, 28)),",
        "    layers.Reshape((28, 28, 1)),",
        "    layers.Rescaling(1 / 255),",
        *(f"    {_code(layer)},  # {says}" for layer, says in _explained(layers)),
        f'], name="{title}")',
    ]


def _branching(layers: Sequence[Layer], title: str) -> list[str]:
    """The lines that build a network in which a layer may take an earlier one's output as well."""
    lines = [
        "inputs = keras.Input((28, 28))",
        "x = layers.Reshape((28, 28, 1))(inputs)",
        "x = layers.Rescaling(1 / 255)(x)",
    ]
    taken_again = {layer.of for layer in layers}
    for layer, says in _explained(layers):
        given = f"[x, {layer.of}]" if layer.of else "x"
        lines.append(f"x = {_code(layer)}({given})  # {says}")
        if layer.name and layer.name in taken_again:
            lines.append(f"{layer.name} = x")
    return [*lines, f'model = keras.Model(inputs, x, name="{title}")']


def _explained(layers: Sequence[Layer]) -> Iterator[tuple[Layer, str]]:
    """Each layer with what it does, and the shape of what comes out of it."""
    shape: tuple[int, ...] = INPUT_SHAPE
    for layer in layers:
        shape = output_shape(layer, shape)
        yield layer, f"{words(layer)} → {' × '.join(str(side) for side in shape)}"


def _code(layer: Layer) -> str:
    size = layer.size if layer.kind == "dropout" else int(layer.size)
    bias = "" if layer.bias else ", use_bias=False"
    match layer.kind:
        case "conv":
            stride = f", strides={layer.stride}" if layer.stride > 1 else ""
            return f'layers.Conv2D({size}, {layer.kernel}{stride}, padding="{layer.padding}"{bias})'
        case "dense":
            return f"layers.Dense({size}{bias})"
        case "maxpool":
            return f"layers.MaxPooling2D({size})"
        case "avgpool":
            return f"layers.AveragePooling2D({size})"
        case "tanh":
            return 'layers.Activation("tanh")'
        case "dropout":
            return f"layers.Dropout({size:g})"
        case "norm":
            return "layers.BatchNormalization(momentum=0.97)"
    names = {
        "relu": "ReLU",
        "add": "Add",
        "flatten": "Flatten",
        "average": "GlobalAveragePooling2D",
        "softmax": "Softmax",
    }
    if layer.kind not in names:
        raise NoNotebook(f"A layer of the kind {layer.kind!r} can't be written in a notebook yet.")
    return f"layers.{names[layer.kind]}()"


def _training(recipe: Recipe) -> list[str]:
    beyond = []
    if recipe.dataset != "mnist":
        beyond.append(
            f"its digits were those of {dataset_title(recipe.dataset)}; here they are MNIST’s"
        )
    if recipe.handwriting or recipe.learned_digits:
        beyond.append("it also learned from synthetic handwriting")
    if recipe.nondigits or recipe.learned_letters:
        beyond.append("it also saw drawings of other things, to learn to refuse them")
    if recipe.robust and recipe.augment:
        beyond.append(
            "some of its digits were distorted, rotated far, blurred, noisy or partly covered"
        )
    if recipe.from_run:
        beyond.append("its training started from another run’s weights, not from random ones")
    if recipe.teacher:
        beyond.append("it learned from a teacher’s probabilities as well as from the labels")
    if recipe.optimizer == "muon":
        beyond.append("its optimizer was Muon; here it is AdamW, which Keras includes")
    if recipe.tta:
        beyond.append("it reads each digit in several views and averages the results")
    note = f"\n\nThe run itself did more:\n\n{_list(beyond)}" if beyond else ""
    note = _augmentation_words(recipe) + note
    text = f"""## 3. Training

In each *epoch* the network sees every training digit once, {recipe.batch} at a time. After each
batch the *loss* says how far its probabilities are from the true labels, and every weight is
changed a little so that the loss gets smaller. The *learning rate* decides by how much.{note}"""
    return [text, _training_code(recipe)]


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence};" for sentence in sentences).removesuffix(";") + "."


def _augmentation_words(recipe: Recipe) -> str:
    if not recipe.augment:
        return ""
    return """
Each time a digit is shown it is rotated, scaled and shifted a little: the network sees more
variation than the data set has, and learns what does not matter. That is *augmentation*."""


def _training_code(recipe: Recipe) -> str:
    rate = 3e-3 if recipe.optimizer == "muon" else recipe.learning_rate
    schedule = f"{rate:g}"
    if recipe.schedule == "one-cycle":
        schedule = f"""keras.optimizers.schedules.CosineDecay(
    {rate / 25:g}, int(0.8 * n_steps), warmup_target={rate:g}, warmup_steps=int(0.2 * n_steps)
)"""
    average = f", use_ema=True, ema_momentum={recipe.ema_momentum:g}" if recipe.ema_momentum else ""
    optimizer = (
        f"keras.optimizers.AdamW(rate, weight_decay={recipe.weight_decay:g}{average})"
        if recipe.weight_decay
        else f"keras.optimizers.Adam(rate{average})"
    )
    callbacks = []
    if recipe.ema_momentum:
        callbacks.append("keras.callbacks.SwapEMAWeights(swap_on_epoch=True)")
    if recipe.patience:
        callbacks.append(
            f'keras.callbacks.EarlyStopping("val_loss", patience={recipe.patience}, '
            "restore_best_weights=True)"
        )
    code = f"""# code
import tensorflow as tf

EPOCHS = {recipe.epochs}
BATCH = {recipe.batch}
n_steps = EPOCHS * -(-len(x_training) // BATCH)
rate = {schedule}
model.compile(
    {optimizer},
    keras.losses.CategoricalCrossentropy(label_smoothing={recipe.label_smoothing:g}),
    metrics=["accuracy"],
)
digits = tf.data.Dataset.from_tensor_slices(
    (x_training[..., None].astype("float32"), keras.utils.to_categorical(y_training, 10))
).shuffle(len(x_training), seed={recipe.seed}).batch(BATCH)
"""
    if recipe.augment:
        code += """
augment = keras.Sequential([
    layers.RandomRotation(10 / 360, fill_mode="constant"),
    layers.RandomZoom(0.12, 0.12, fill_mode="constant"),
    layers.RandomTranslation(0.06, 0.06, fill_mode="constant"),
])
digits = digits.map(lambda images, labels: (augment(images, training=True), labels),
                    num_parallel_calls=tf.data.AUTOTUNE)
"""
    return (
        code
        + f"""
history = model.fit(
    digits.prefetch(4), epochs=EPOCHS, verbose=2,
    validation_data=(x_validation.astype("float32"), keras.utils.to_categorical(y_validation, 10)),
    callbacks=[{", ".join(callbacks)}],
).history"""
    )


_CURVES_TEXT = """## 4. The curves

Loss and accuracy on the training digits and on the validation digits. Where the first keep
improving while the second get worse, the network begins to memorise its training digits:
*overfitting*."""

_CURVES = """# code
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5))
epochs = range(1, len(history["loss"]) + 1)
for ax, name in ((left, "loss"), (right, "accuracy")):
    ax.plot(epochs, history[name], "o-", label="training")
    ax.plot(epochs, history[f"val_{name}"], "o-", label="validation")
    ax.set(title=name, xlabel="epoch")
    ax.legend()
plt.show()"""

_TEST_TEXT = """## 5. The test

Now the digits that nobody has seen."""

_TEST = """# code
from sklearn.metrics import classification_report, confusion_matrix

probabilities = model.predict(x_test.astype("float32"), batch_size=500, verbose=0)
predicted = probabilities.argmax(axis=1)
accuracy = (predicted == y_test).mean()
print(f"{accuracy:.2%} of {len(y_test):,} test digits are read correctly.")
print(classification_report(y_test, predicted, labels=range(10), zero_division=0, digits=4))"""

_MATRIX = """# code
matrix = confusion_matrix(y_test, predicted, labels=range(10))
plt.figure(figsize=(7, 6))
sns.heatmap(matrix, annot=True, fmt="d", cmap="Blues", cbar=False, mask=np.eye(10, dtype=bool))
plt.xlabel("read as")
plt.ylabel("true digit")
plt.title("Mistakes; the diagonal is left out")
plt.show()"""

_MISTAKES_TEXT = """## 6. Its mistakes

Which digits does it misread, and how confident is it? Some of them nobody could read."""

_MISTAKES = """# code
wrong = np.flatnonzero(predicted != y_test)
wrong = wrong[np.argsort(-probabilities[wrong].max(axis=1))][:20]
fig, axes = plt.subplots(2, 10, figsize=(12, 3.2))
for ax in axes.flat:
    ax.axis("off")
for ax, i in zip(axes.flat, wrong):
    ax.imshow(x_test[i], cmap="gray_r")
    ax.set_title(f"{y_test[i]} as {predicted[i]}\\n{probabilities[i].max():.0%}", fontsize=9)
plt.show()"""

_DRAWING_TEXT = """## 7. A drawing of your own

A drawing has to look like MNIST's digits before the network can read it: the ink is cropped, scaled
so that its longer side has 20 pixels, and placed with its centre of mass in the middle. Change the
strokes below, lists of points with x to the right and y downwards, and read what you drew."""

_DRAWING = """# code
from PIL import Image, ImageDraw

strokes = [[(80, 70), (200, 70), (130, 220)], [(105, 145), (175, 145)]]  # a crossed seven


def digit_image(strokes, size=280, pen=24):
    picture = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(picture)
    for stroke in strokes:
        draw.line(stroke, fill=255, width=pen, joint="curve")
        for px, py in stroke:
            draw.ellipse((px - pen / 2, py - pen / 2, px + pen / 2, py + pen / 2), fill=255)
    ink = picture.crop(picture.getbbox())
    scale = 20 / max(ink.size)
    small = np.asarray(ink.resize([max(1, round(side * scale)) for side in ink.size]), float)
    rows, columns = np.indices(small.shape)
    middle_y, middle_x = (rows * small).sum() / small.sum(), (columns * small).sum() / small.sum()
    top = int(np.clip(round(13.5 - middle_y), 0, 28 - small.shape[0]))
    left = int(np.clip(round(13.5 - middle_x), 0, 28 - small.shape[1]))
    image = np.zeros((28, 28))
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image


image = digit_image(strokes)
answer = model.predict(image[None].astype("float32"), verbose=0)[0]
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
left.imshow(image, cmap="gray_r")
left.axis("off")
sns.barplot(x=list(range(10)), y=answer, ax=right, color="steelblue")
right.set(title=f"It reads a {answer.argmax()}, {answer.max():.1%} sure", ylim=(0, 1))
plt.show()"""

_ENDING = """## 8. What to try next

- Set `N_TRAINING` to 500 and look at the curves: they diverge.
- Leave out a layer, or double its filters. What does that cost, what does it gain?
- Draw digits the way you write them. Which are misread, and which training digits would help?"""
