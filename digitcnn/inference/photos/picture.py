"""A picture of one digit or of many: which of the two it is, and what it says."""

from dataclasses import dataclass
from pathlib import Path

from digitcnn.errors import DigitcnnError
from digitcnn.inference.photos.reading import PhotoDigit, PhotoReading, read_page
from digitcnn.inference.recognizer import Prediction, Recognizer
from digitcnn.preprocessing import digit_image, image_file

_SMALLEST_PX = 64  # longer side: a smaller picture is a digit cut out, such as MNIST's own


@dataclass(frozen=True, eq=False)
class PictureReading:
    """What was read in a picture.

    Attributes:
        digit: the reading, if the picture shows one digit.
        photo: what was found where, if anything was.
    """

    digit: Prediction | None
    photo: PhotoReading | None

    @property
    def lines(self) -> list[list[PhotoDigit]]:
        """The digits line by line; empty where there is one digit and nobody knows where."""
        return self.photo.lines if self.photo else []


def read_file(path: Path, recognizer: Recognizer) -> PictureReading:
    """Reads a picture of one digit or of numbers in many lines.

    Raises:
        DigitcnnError: there is nothing to read; see :mod:`digitcnn.preprocessing.image_file`,
            :mod:`digitcnn.inference.photos.found` and :mod:`digitcnn.preprocessing.digit_image`.
    """
    photo, trouble = _photo(path, recognizer)
    digits = photo.digits if photo else []
    if len(digits) > 1 and all(digit.prediction.is_digit for digit in digits):
        return PictureReading(None, photo)
    if len(digits) == 1 and not digits[0].is_uncertain:
        return PictureReading(digits[0].prediction, photo)
    # In doubt, the picture as a whole is asked: one digit may be in pieces.
    try:
        whole = recognizer.recognize(digit_image.digit_image(image_file.read_picture(path)))
    except DigitcnnError as error:
        if photo is None:
            raise error from trouble
        return PictureReading(digits[0].prediction if len(digits) == 1 else None, photo)
    if len(digits) > 1:
        return PictureReading(whole, None) if whole.is_digit else PictureReading(None, photo)
    surest = max(
        [whole, *(digit.prediction for digit in digits)],
        key=lambda prediction: (prediction.is_digit, prediction.confidence),
    )
    return PictureReading(surest, photo)


def _photo(path: Path, recognizer: Recognizer) -> tuple[PhotoReading | None, DigitcnnError | None]:
    """What was found in a picture, or why nothing was."""
    from digitcnn.inference.photos import file

    try:
        page = file.find(path)
        if max(page.size) < _SMALLEST_PX:
            return None, None
        return read_page(page, recognizer), None
    except (image_file.NoPicture, image_file.DamagedPicture, image_file.PictureTooLarge):
        raise
    except DigitcnnError as error:
        return None, error
