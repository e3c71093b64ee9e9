"""The functions and classes of ``import digitcnn``, which imports them lazily.

Everything here is one step, or two, of the rooms below: arrays, pictures and strokes become digit
images as they do in the app, a run's network reads them, and errors are the package's own.
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
"""What reads: a recognizer, a run, or ``None`` for the run in use."""


def load_run(name: str | Path | None = None, home: str | Path | None = None) -> Run:
    """A run, verified by its checksums.

    Args:
        name: its folder, its id or its name; ``"starter"`` for the built-in one; ``None`` for
            the one in use.
        home: the home folder; by default that of the settings.

    Raises:
        UnknownRun: there is none of that name.
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
    for listing in store.list_runs(home):
        if listing.run is not None and name in (listing.id, listing.run.name):
            return listing.run
    return store.find_run(home, name)


def read_images(array: ArrayLike, reader: Reader = None, paper: Paper = "dark") -> list[Prediction]:
    """What a network reads in each image of an array.

    Args:
        array: images of 28 × 28 pixels, see :func:`digitcnn.preprocessing.arrays.digit_images`.
        reader: what reads.
        paper: ``"dark"`` (MNIST's way) or ``"light"``.

    Raises:
        WrongImages: the array holds no digit images.
        NoRun, DamagedRun, UnreadableModel: there is no network to read with.
    """
    return recognizer_of(reader).predictions(digit_images(array, paper))


def read_image(source: str | Path | BinaryIO | Image.Image, reader: Reader = None) -> Prediction:
    """What a network reads in a picture of one digit, of any size, dark on light or light on dark.

    Args:
        source: a file, an open binary file, or a Pillow image.
        reader: what reads.

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
    """What a network reads in a drawing of one digit.

    Args:
        strokes: each an array (n_points, 2), or a list of such pairs: x right, y down, px.
        reader: what reads.
        canvas_px: side of the square that was drawn on.

    Raises:
        MalformedDrawing, DrawingTooLarge: these are no strokes, or too many points.
        EmptyDrawing, TooLittleInk, TooMuchInk: see
            :func:`digitcnn.preprocessing.digit_image.digit_image`.
        NoRun, DamagedRun, UnreadableModel: there is no network to read with.
    """
    drawing = ink.of_points(strokes, ink.CANVAS_PX / canvas_px)
    return recognizer_of(reader).recognize(digit_image.digit_image(ink.rasterize(drawing)))


def train(recipe: str = "default", home: str | Path | None = None, **changes: Any) -> Run:
    """Trains a network and gives its run. Needs the extra ``train``.

    It is the one in use from then on if it reads at least as well as the one in use before.

    Args:
        recipe: ``"fast"``, ``"default"``, ``"thorough"`` or ``"reference"``.
        home: the home folder; by default that of the settings.
        changes: of the recipe, such as ``epochs=3`` or ``dataset="mnist+usps"``, which may name a
            file of your own, too, as may ``network`` and ``corrections="doubtful sevens"``; see
            :class:`digitcnn.models.recipes.Recipe`.

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
    """One run of several: the mean of what their networks say. Needs the extra ``train``.

    Args:
        runs: two to seven runs of the home folder, trained on the same data set; each as
            :func:`load_run` takes it, or a run.
        name: what people call it; by default what it is, and when it was made.
        home: the home folder; by default that of the settings.

    Raises:
        NoEnsemble: they can't be put together; the message says why.
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
    """What a network says to labelled images: accuracy, confusion matrix, calibration and more.

    Args:
        reader: what reads.
        images: see :func:`digitcnn.preprocessing.arrays.digit_images`.
        labels: integers 0 to 9, (n,).
        paper: ``"dark"`` (MNIST's way) or ``"light"``.
        name: of the data set, for people.

    Raises:
        WrongImages: the array holds no digit images.
        WrongDigits: the labels are not 0 to 9, or not one an image.
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
    """The recognizer meant. Whoever reads often makes one, ``Recognizer(run)``, and passes that."""
    if isinstance(reader, Recognizer):
        return reader
    return Recognizer(load_run() if reader is None else reader, settings().backend)
