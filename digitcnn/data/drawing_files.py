"""Confirmed drawings as other programs take them: arrays, a table, or pictures.

The files hold digit images, as networks read them; the strokes are in the JSON file of
:mod:`digitcnn.data.drawings`.
"""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from digitcnn.data import drawings
from digitcnn.data.digits import Digits
from digitcnn.data.drawings import Confirmed, WrongDrawings
from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing import ink
from digitcnn.preprocessing.digit_image import digit_image

# Ending → what it is, for people, and its media type.
KINDS = {
    ".npz": ("NumPy arrays (.npz)", "application/octet-stream"),
    ".csv": ("Kaggle's CSV (.csv)", "text/csv"),
    ".zip": ("PNG pictures (.zip)", "application/zip"),
}
_ENDING = ".json"


def digits(confirmed: Iterable[Confirmed]) -> Digits:
    """The digit images of drawings, with their labels; what has no ink to read is left out.

    Raises:
        WrongDrawings: nothing is left.
    """
    images, labels = [], []
    for drawing in confirmed:
        try:
            image = drawing.image
            images.append(digit_image(ink.rasterize(drawing.ink)) if image is None else image)
        except DigitcnnError:
            continue
        labels.append(drawing.label)
    if not images:
        raise WrongDrawings("There are no drawings to export.")
    return Digits(np.stack(images), np.array(labels, np.uint8))


def packed(confirmed: Iterable[Confirmed], ending: str) -> bytes:
    """Drawings as a file's content.

    Args:
        confirmed: the drawings.
        ending: one of :data:`KINDS`. ``.npz`` has ``images`` and ``labels``; ``.csv`` a column
            ``label`` and ``pixel0`` to ``pixel783``; ``.zip`` a folder for each digit.

    Raises:
        WrongDrawings: there are none, or the ending is another.
    """
    if ending not in KINDS:
        raise WrongDrawings(f"The file must end in {', '.join(KINDS)}.")
    found = digits(confirmed)
    file = io.BytesIO()
    if ending == ".npz":
        np.savez_compressed(file, images=found.images, labels=found.labels)
    elif ending == ".csv":
        rows = np.column_stack([found.labels, found.images.reshape(len(found), -1)])
        header = ",".join(["label", *(f"pixel{i}" for i in range(rows.shape[1] - 1))])
        np.savetxt(file, rows, "%d", delimiter=",", header=header, comments="")
    else:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (image, label) in enumerate(zip(found.images, found.labels, strict=True)):
                png = io.BytesIO()
                Image.fromarray(image).save(png, "PNG")
                archive.writestr(f"{label}/{number:05d}.png", png.getvalue())
    return file.getvalue()


def read_all(sources: Iterable[Path]) -> list[Confirmed]:
    """The drawings of files and folders, each once, the last label counting.

    Args:
        sources: files that were downloaded from Draw, or folders of confirmed drawings.

    Raises:
        WrongDrawings: a file can't be read or holds no drawings.
    """
    found: dict[str, Confirmed] = {}
    for source in sources:
        paths = sorted(source.rglob(f"*{_ENDING}")) if source.is_dir() else [source]
        for path in paths:
            try:
                there = drawings.read(path.read_bytes())
            except OSError as error:
                raise WrongDrawings(f"{path} can't be read ({error.strerror}).") from error
            except WrongDrawings as error:
                raise WrongDrawings(f"{path}: {error}") from error
            found |= {drawing.id: drawing for drawing in there}
    return list(found.values())
