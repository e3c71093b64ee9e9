"""A picture of one digit or of many, read where the caller is."""

from pathlib import Path
from typing import BinaryIO

from digitcnn.inference.photos.found import FoundPage
from digitcnn.inference.photos.reading import PhotoReading, is_surely_one, read_page, read_whole
from digitcnn.inference.recognizer import Recognizer
from digitcnn.system import extras


def read_file(source: Path | BinaryIO, recognizer: Recognizer) -> PhotoReading:
    """Reads a picture of one digit or of numbers in many lines.

    The same as the app's :func:`digitcnn.inference.photos.process.find` and
    :func:`digitcnn.inference.photos.reading.read_page`, but without a picture to be shown, and
    without looking for more where the whole is surely one digit.

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

    return read_page(file.find(source, is_one, is_shown=False), recognizer)
