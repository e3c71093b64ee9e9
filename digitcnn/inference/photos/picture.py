"""A picture of one digit or of many, read where the caller is."""

from pathlib import Path
from typing import BinaryIO

from digitcnn.inference.photos.found import FoundPage, View
from digitcnn.inference.photos.reading import is_surely_one, read_upright, read_whole
from digitcnn.inference.photos.result import PhotoReading
from digitcnn.inference.recognizer import Recognizer
from digitcnn.system import extras


def read_file(source: Path | BinaryIO, recognizer: Recognizer, page: int = 0) -> PhotoReading:
    """Reads a picture of one digit or of numbers in many lines.

    The same as the app's :func:`digitcnn.inference.photos.process.find` and
    :func:`digitcnn.inference.photos.reading.read_upright`, but without a picture to be shown, and
    without looking for more where the whole is surely one digit.

    Args:
        source: a file or an open binary file.
        recognizer: reads it.
        page: which page of a TIFF or PDF, counted from 0.

    Raises:
        MissingExtra: OpenCV is not installed.
        DigitcnnError: there is nothing to read; see :mod:`digitcnn.preprocessing.image_file`,
            :mod:`digitcnn.inference.photos.found` and :mod:`digitcnn.inference.photos.reading`.
    """
    extras.require("photos", "Reading pictures")
    from digitcnn.inference.photos import file

    def is_one(page: FoundPage) -> bool:
        whole = read_whole(page, recognizer)
        return whole is not None and is_surely_one(page, whole)

    def find(view: View) -> FoundPage:
        if not isinstance(source, Path):
            source.seek(0)
        return file.find(source, view, is_one, is_shown=False)

    return read_upright(find, recognizer, View(page))[1]


def n_pages(source: Path | BinaryIO) -> int:
    """How many pages a picture file has; 1 if it can't be read."""
    try:
        extras.require("photos", "Reading pictures")
    except extras.MissingExtra:
        return 1
    from digitcnn.inference.photos import file

    return file.n_pages(source)
