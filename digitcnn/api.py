"""The functions and classes of ``import digitcnn``, which imports them lazily.

Each takes one or two steps: arrays, pictures and strokes become digit images as in the app, and a
run's network reads them. All errors are subclasses of :class:`digitcnn.errors.DigitcnnError`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from digitcnn.data import correction_folder, joined
from digitcnn.data.digits import Digits, WrongDigits
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.inference import evaluate as evaluating
from digitcnn.inference.recognizer import Prediction, Recognizer
from digitcnn.models.recipes import recipe as recipe_named
from digitcnn.preprocessing import digit_image, image_file, ink
from digitcnn.preprocessing.arrays import Paper, digit_images
from digitcnn.runs import custom_networks, origin, store
from digitcnn.runs.run import Run, open_run
from digitcnn.settings import settings

Reader = Recognizer | Run | None
"""What to read with: a recognizer, a run, or ``None`` for the run in use."""


def load_run(name: str | Path | None = None, home: str | Path | None = None) -> Run:
    """Loads a run and verifies its checksums.

    Args:
        name: its folder, id or name; ``"starter"`` for the built-in one; ``None`` for the one
            in use.
        home: the home folder; by default the one in the settings.

    Raises:
        UnknownRun: there is no run of that name, or several.
        DamagedRun: it does not verify.
        NoRun: none can be used.
        SettingsError: see :func:`digitcnn.settings.settings`.
    """
    home = settings().home if home is None else Path(home)
    if name is None:
        return store.current_run(home)[0]
    folder = Path(name)
    if isinstance(name, Path) or (folder / "card.json").is_file():
        return open_run(folder)
    return store.find_run(home, name)


def read_images(array: ArrayLike, reader: Reader = None, paper: Paper = "dark") -> list[Prediction]:
    """Reads each image of an array.

    Args:
        array: images of 28 × 28 pixels, see :func:`digitcnn.preprocessing.arrays.digit_images`.
        reader: what to read with.
        paper: ``"dark"`` (MNIST's way) or ``"light"``.

    Raises:
        WrongImages: the array does not hold digit images.
        NoRun, DamagedRun, UnreadableModel: there is no network to read with.
    """
    return recognizer_of(reader).predictions(digit_images(array, paper))


def read_image(source: str | Path | BinaryIO | Image.Image, reader: Reader = None) -> Prediction:
    """Reads a picture of one digit, of any size, dark on light or light on dark.

    Args:
        source: a file, an open binary file, or a Pillow image.
        reader: what to read with.

    Raises:
        NoPicture, DamagedPicture, PictureTooLarge, FaintPicture: see
            :func:`digitcnn.preprocessing.image_file.read_picture`.
        EmptyDrawing, TooLittleInk, TooMuchInk: see
            :func:`digitcnn.preprocessing.digit_image.digit_image`.
        NoRun, DamagedRun, UnreadableModel: there is no network to read with.
    """
    if isinstance(source, Image.Image):
        raster = image_file.raster_of(source)
    else:
        raster = image_file.read_picture(Path(source) if isinstance(source, str) else source)
    return recognizer_of(reader).recognize(digit_image.digit_image(raster))


def read_drawing(
    strokes: Sequence[Any], reader: Reader = None, canvas_px: float = ink.CANVAS_PX
) -> Prediction:
    """Reads a drawing of one digit.

    Args:
        strokes: each an array (n_points, 2), or a list of such pairs: x right, y down, px.
        reader: what to read with.
        canvas_px: side of the square canvas.

    Raises:
        MalformedDrawing, DrawingTooLarge: not strokes, or too many points.
        EmptyDrawing, TooLittleInk, TooMuchInk: see
            :func:`digitcnn.preprocessing.digit_image.digit_image`.
        NoRun, DamagedRun, UnreadableModel: there is no network to read with.
    """
    drawing = ink.of_points(strokes, ink.CANVAS_PX / canvas_px)
    return recognizer_of(reader).recognize(digit_image.digit_image(ink.rasterize(drawing)))


def train(recipe: str = "default", home: str | Path | None = None, **changes: Any) -> Run:
    """Trains a network and returns its run. Needs the extra ``train``.

    The run is put into use if it reads at least as well as the current one.

    Args:
        recipe: ``"fast"``, ``"default"``, ``"thorough"`` or ``"reference"``.
        home: the home folder; by default the one in the settings.
        changes: entries of the recipe, such as ``epochs=3`` or ``dataset="mnist+usps"``; see
            :class:`digitcnn.models.recipes.Recipe`. ``dataset``, ``network`` and ``corrections``
            can be names or files.

    Raises:
        RecipeError, UnknownNetwork: see :func:`digitcnn.models.recipes.recipe`.
        DigitcnnError: see :func:`digitcnn.training.train.train`.
    """
    from digitcnn.training.train import train as train_run

    if changes.get("dataset") is not None:
        changes["dataset"] = joined.absolute(str(changes["dataset"]))
    if changes.get("corrections"):
        changes["corrections"] = correction_folder.absolute(str(changes["corrections"]))
    known = settings()
    folder = known.home if home is None else Path(home)
    if changes.get("network") is not None:
        changes["network"] = custom_networks.asked(folder, str(changes["network"]))
    elif changes.get("from_run"):
        changes["network"] = origin.network_of(str(changes["from_run"]), folder)
    run: Run = train_run(recipe_named(recipe, **changes), folder, known.mnist)
    return run


def ensemble(
    runs: Sequence[str | Path | Run], name: str = "", home: str | Path | None = None
) -> Run:
    """Combines several runs into an ensemble, the mean of their logits. Needs the extra ``train``.

    Args:
        runs: two to seven runs of the home folder, trained on the same data set: run objects, or
            names as for :func:`load_run`.
        name: a display name; by default size and date.
        home: the home folder; by default the one in the settings.

    Raises:
        NoEnsemble: they can't be combined; the message says why.
        DigitcnnError: see :func:`digitcnn.training.ensemble.make`.
    """
    from digitcnn.training import ensemble as ensembles

    known = settings()
    folder = known.home if home is None else Path(home)
    ids = [run.id if isinstance(run, Run) else load_run(run, folder).id for run in runs]
    made: Run = ensembles.make(ids, folder, name, known.mnist)
    return made


def evaluate(
    reader: Reader,
    images: ArrayLike,
    labels: ArrayLike,
    paper: Paper = "dark",
    name: str = "arrays",
) -> Evaluation:
    """Evaluates a network on labelled images: accuracy, confusion matrix, calibration and more.

    Args:
        reader: what to read with.
        images: see :func:`digitcnn.preprocessing.arrays.digit_images`.
        labels: integers 0 to 9, (n,).
        paper: ``"dark"`` (MNIST's way) or ``"light"``.
        name: a display name for the data set.

    Raises:
        WrongImages: the array does not hold digit images.
        WrongDigits: labels are not 0 to 9, or not one per image.
        NoRun, DamagedRun, UnreadableModel: there is no network to read with.
    """
    values = np.asarray(labels)
    if values.dtype.kind not in "iu" or (
        values.size and not 0 <= values.min() <= values.max() < 10
    ):
        raise WrongDigits("The labels must be integers, 0 to 9.")
    digits = Digits(digit_images(images, paper), values.astype(np.uint8))
    return evaluating.evaluate(recognizer_of(reader), digits, name)


def recognizer_of(reader: Reader) -> Recognizer:
    """The recognizer to use. To read often, make one, ``Recognizer(run)``, and pass it."""
    if isinstance(reader, Recognizer):
        return reader
    return Recognizer(load_run() if reader is None else reader, settings().backend)
