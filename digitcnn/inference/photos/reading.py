"""Found digits → numbers: what the network reads in a photo.

Where digits touch, the likeliest way to cut them apart is taken, as ``touching`` finds it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitcnn.errors import DigitcnnError
from digitcnn.inference.photos import touching, turn
from digitcnn.inference.photos.found import OTHER, Found, FoundPage, View
from digitcnn.inference.photos.result import PhotoDigit, PhotoMark, PhotoReading
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image

_CUT_OUT_PX = 64  # longer side: a smaller picture is a digit cut out, such as MNIST's own
_BROADEST_SIGN = 1.2  # of digits' height
_BROADEST_DIGIT = 2.0  # of its height
_SURE = 0.95  # a picture that is one digit, and no number


class NoDigits(DigitcnnError):
    """A picture in which nothing that was found looks like a digit."""


def read_again(reading: PhotoReading, recognizer: Recognizer) -> PhotoReading:
    """The same digits at the same places, as another recognizer reads them."""
    digits = reading.digits
    images = np.stack([digit.prediction.digit_image for digit in digits])
    predictions = iter(recognizer.predictions(images))
    lines = [
        [replace(digit, prediction=next(predictions)) for digit in line] for line in reading.lines
    ]
    return replace(reading, lines=lines)


def read_page(page: FoundPage, recognizer: Recognizer) -> PhotoReading:
    """What the network reads in a photo: one digit, or the digits of a page.

    The picture is looked at as a whole and as a page, and what explains it better wins.

    Raises:
        NoDigits: nothing that was found looks like a digit.
    """
    whole = read_whole(page, recognizer)
    if whole is not None and is_surely_one(page, whole):
        return _of_one(page, whole)
    lines, marks = _read_signed(page.lines, recognizer)
    digits = [digit for line in lines for digit in line]
    if whole is not None and _is_one(page, whole, digits):
        return _of_one(page, whole)
    if not any(digit.prediction.is_digit for line in lines for digit in line):
        if whole is not None and page.is_compact:
            return _of_one(page, whole)
        raise NoDigits(
            page.trouble
            or "Nothing in the picture looks like a digit. Come closer, so that the digits fill "
            "the picture, and keep other things out of it."
        )
    return PhotoReading(
        page.size,
        page.jpeg,
        lines,
        marks=marks,
        view=page.view,
        n_pages=page.n_pages,
        was_flattened=page.was_flattened,
        tilt=page.tilt,
    )


def read_upright(
    find: Callable[[View], FoundPage],
    recognizer: Recognizer,
    view: View = View(),  # noqa: B008 (it can't be changed)
) -> tuple[FoundPage, PhotoReading]:
    """The page and what the network reads in it, turned by quarters if it lies on its side.

    Args:
        find: gives what may be digits in the picture, looked at in some way.
        recognizer: reads it.
        view: how to look at it first; turned by anything but 0 it is taken as it is.

    Raises:
        NoDigits: as for :func:`read_page`.
        DigitcnnError: what ``find`` raises.
    """
    page = find(view)
    result: PhotoReading | NoDigits
    try:
        result = read_page(page, recognizer)
    except NoDigits as error:
        result = error
    reading = None if isinstance(result, NoDigits) else result
    degrees, may_be_upside_down = (
        (0, False) if view.turn else _likely_turn(page, reading, recognizer)
    )
    if degrees:
        other: PhotoReading | None
        try:
            turned = find(replace(view, turn=degrees))
            other = read_page(turned, recognizer)
        except DigitcnnError:
            other = None
        if other is not None and (reading is None or _is_better(other, reading, recognizer)):
            return turned, other
    if isinstance(result, NoDigits):
        raise result
    return page, replace(result, may_be_upside_down=may_be_upside_down)


def _likely_turn(
    page: FoundPage, reading: PhotoReading | None, recognizer: Recognizer
) -> tuple[int, bool]:
    """How a page is to be turned, judging by its digits.

    Returns:
        By how many degrees, 0 if it is upright; and whether it may as well be upside down.
    """
    found = [one for line in page.lines for one in line if not one.sign]
    found = found[:: 1 + len(found) // turn.MOST]
    # A line on its side is a column of digits: seen from afar, a sure 1.
    is_surely_one = reading is not None and reading.is_one and page.is_compact
    if len(found) < turn.LEAST or is_surely_one:
        return 0, False
    said = []
    for quarters in range(4):
        turned = [replace(one, raster=np.rot90(one.raster, -quarters).copy()) for one in found]
        said.append(turn.likeness(_images(turned), recognizer))
    values, labels = (np.stack(each) for each in zip(*said, strict=True))
    return 90 * turn.likeliest(values, labels), turn.may_be_upside_down(values, labels)


def _is_better(turned: PhotoReading, reading: PhotoReading, recognizer: Recognizer) -> bool:
    """Whether a page is rather read turned than as it lies."""
    if reading.is_one or turned.is_one:
        # One digit and many can't be compared; those of the many are in the page as it lies, too.
        return reading.is_one and not turned.is_one and _likeness_of(turned, recognizer) > 0
    gain = _likeness_of(turned, recognizer) - _likeness_of(reading, recognizer)
    # An eight on its side looks like two noughts that touch.
    return gain > 0 or (gain > -0.5 and _share_cut(turned) < _share_cut(reading) - 0.25)


def _likeness_of(reading: PhotoReading, recognizer: Recognizer) -> float:
    images = [digit.prediction.digit_image for digit in reading.digits]
    return float(turn.likeness(images, recognizer)[0].mean())


def _share_cut(reading: PhotoReading) -> float:
    """How much of the digits was cut out of what seemed to touch, 0 to 1."""
    return float(np.mean([digit.cut_certainty is not None for digit in reading.digits]))


def read_whole(page: FoundPage, recognizer: Recognizer) -> PhotoDigit | None:
    """The picture as one digit, in the way that is surest; ``None`` if it can't be one."""
    read = [digit for digit in _read(page.wholes, recognizer) if digit is not None]
    for digit in read:
        if digit.prediction.is_digit and digit.prediction.confidence >= _SURE:
            return digit
    return max(read, key=_sureness, default=None)


def is_surely_one(page: FoundPage, whole: PhotoDigit) -> bool:
    """Whether a picture is one digit, whatever a search for more would find."""
    prediction = whole.prediction
    return page.is_compact and prediction.is_digit and prediction.confidence >= _SURE


def _is_one(page: FoundPage, whole: PhotoDigit, digits: Sequence[PhotoDigit]) -> bool:
    """Whether a picture is one digit rather than those that were found in it."""
    _, _, width, height = whole.box
    if not whole.prediction.is_digit or width > _BROADEST_DIGIT * height:
        return False
    if not any(digit.prediction.is_digit for digit in digits):
        return True
    if max(page.size) <= _CUT_OUT_PX and width < 1.3 * height:
        return whole.prediction.confidence > 0.5
    if len(digits) == 1:
        return _sureness(whole) > _sureness(digits[0])
    doubtful = sum(digit.is_uncertain for digit in digits)
    if page.is_compact:
        # Pieces of a broken digit look like digits at times, but hardly all of them.
        return doubtful > 0 and whole.prediction.confidence > 0.5
    return doubtful > 0.5 * len(digits) and whole.prediction.confidence >= _SURE


def _sureness(digit: PhotoDigit) -> tuple[bool, float]:
    return digit.prediction.is_digit, digit.prediction.confidence


def _of_one(page: FoundPage, digit: PhotoDigit) -> PhotoReading:
    return PhotoReading(
        page.size,
        page.jpeg,
        [[digit]],
        is_one=True,
        view=page.view,
        n_pages=page.n_pages,
        was_flattened=page.was_flattened,
        tilt=page.tilt,
    )


def read_lines(lines: Sequence[Sequence[Found]], recognizer: Recognizer) -> list[list[PhotoDigit]]:
    """What the network reads in what was found, line by line; empty lines are left out."""
    return _read_signed(lines, recognizer)[0]


def _read_signed(
    lines: Sequence[Sequence[Found]], recognizer: Recognizer
) -> tuple[list[list[PhotoDigit]], tuple[PhotoMark, ...]]:
    """The digits line by line, and the signs between them."""
    found = [one for line in lines for one in line if not one.sign]
    whole = _read(found, recognizer)
    digits = _cut(found, recognizer)
    read: list[list[PhotoDigit]] = []
    marks: list[PhotoMark] = []
    i = 0
    for line in lines:
        row: list[PhotoDigit] = []
        signs = []
        for one in line:
            if one.sign:
                signs.append(PhotoMark(one, len(read), len(row)))
                continue
            own = digits.get(i) or [digit for digit in [whole[i]] if digit is not None]
            i += 1
            if _is_sign(one, own):
                signs.append(PhotoMark(replace(one, sign=OTHER), len(read), len(row)))
                continue
            row += own
        if row:
            read.append(row)
            marks += signs
    return read, tuple(marks)


def _is_sign(found: Found, digits: Sequence[PhotoDigit]) -> bool:
    """Whether what was found is no digit, but something that must not vanish."""
    if not digits:
        return True  # a blot
    if not found.may_be_sign or found.extent[0] > _BROADEST_SIGN:
        return False
    return any(not digit.prediction.is_digit for digit in digits)


def _read(found: Sequence[Found], recognizer: Recognizer) -> list[PhotoDigit | None]:
    """Each as one digit; ``None`` for what has too little or too much ink to be one."""
    images = _images(found)
    seen = [image for image in images if image is not None]
    if not seen:
        return [None] * len(found)
    predictions = iter(recognizer.predictions(np.stack(seen)))
    return [
        None if image is None else PhotoDigit(one, next(predictions), one.after_space)
        for one, image in zip(found, images, strict=True)
    ]


def _images(found: Sequence[Found]) -> list[NDArray[np.uint8] | None]:
    """The digit image of each; ``None`` for what has too little or too much ink."""
    images: list[NDArray[np.uint8] | None] = []
    for one in found:
        try:
            images.append(digit_image.digit_image(one.raster))
        except DigitcnnError:
            images.append(None)
    return images


def _cut(found: Sequence[Found], recognizer: Recognizer) -> dict[int, list[PhotoDigit]]:
    """The digits of each piece that is several, by its place."""
    broad = [i for i, one in enumerate(found) if one.parts]
    images = _images([one for i in broad for one in (found[i], *(p.found for p in found[i].parts))])
    logits = np.full((len(images), 10), np.nan)
    seen = {i: image for i, image in enumerate(images) if image is not None}
    if seen:
        logits[list(seen)] = recognizer.logits(np.stack(list(seen.values())))
    cut: dict[int, list[PhotoDigit]] = {}
    for i in broad:
        n = 1 + len(found[i].parts)
        own, logits = logits[:n], logits[n:]
        choices = touching.likeliest(found[i], own, recognizer.digit_threshold)
        digits = _chosen(found[i], choices, recognizer) if len(choices) > 1 else []
        # A scrawl can be cut anywhere: half of the parts must look like digits.
        if sum(digit.prediction.is_digit for digit in digits) >= max(0.5 * len(digits), 1):
            cut[i] = digits
    return cut


def _chosen(
    found: Found, choices: Sequence[touching.Choice], recognizer: Recognizer
) -> list[PhotoDigit]:
    """The parts of the likeliest way, read; none if one of them can't be."""
    parts = [
        replace(
            found.parts[choice.place].found,
            seen=_seen_of(found.parts[choice.place].found, found),
            after_space=found.after_space and number == 0,
        )
        for number, choice in enumerate(choices)
        if choice.place is not None
    ]
    digits = [digit for digit in _read(parts, recognizer) if digit is not None]
    if len(digits) < len(parts):
        return []
    return [
        replace(digit, cut_certainty=choice.certainty)
        for digit, choice in zip(digits, choices, strict=True)
    ]


def _seen_of(part: Found, whole: Found) -> np.ndarray:
    """A part of what a piece looks like in the picture."""
    height, width = whole.seen.shape
    x, y, w, h = whole.box
    left, right = (part.box[0] - x) / w * width, (part.box[0] + part.box[2] - x) / w * width
    left = min(max(int(left), 0), width - 1)
    return whole.seen[:, left : max(int(np.ceil(right)), left + 1)].copy()
