"""The digit that Inside shows: what is on the paper, or a sample if the paper is empty."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitcnn.app.shared import canvas
from digitcnn.app.shared.reading import read, steps
from digitcnn.data import samples
from digitcnn.errors import DigitcnnError
from digitcnn.explain import counterfactual
from digitcnn.inference.recognizer import Prediction, Recognizer
from digitcnn.preprocessing import digit_image, ink

SAMPLE = 3  # shown before there is a drawing

_SENT = "This digit comes from another page. Draw over it, or press Clear for blank paper."
_MOST_STROKES = 6  # of which some are left out; a scribble has hundreds of subsets


@dataclass(frozen=True, eq=False)
class Source:
    """What is looked into.

    Attributes:
        prediction: what the network reads, with the digit image.
        strokes: the drawing, if it is one; else empty.
        picture: the digit image that lies under the drawing, uint8 (28, 28), if one does.
        says: what there is to know about it, as a sentence.
    """

    prediction: Prediction
    strokes: ink.Ink
    picture: NDArray[np.uint8] | None = None
    says: str = ""

    @property
    def image(self) -> NDArray[np.uint8]:
        """The digit image: uint8 (28, 28)."""
        return self.prediction.digit_image

    def without_strokes(self) -> list[counterfactual.LeftOut]:
        """The drawing with strokes left out: their numbers, and the digit image that remains."""
        remains: list[counterfactual.LeftOut] = []
        if len(self.strokes) > _MOST_STROKES:
            return remains
        for left_out in counterfactual.subsets(len(self.strokes)):
            rest = [stroke for i, stroke in enumerate(self.strokes) if i not in left_out]
            try:
                found = steps(rest, self.picture)
            except DigitcnnError:
                continue  # too little is left
            if found is not None:
                remains.append((left_out, found.centred))
        return remains


def source_of(strokes: ink.Ink, trouble: str, recognizer: Recognizer) -> Source:
    """What to look into now.

    Args:
        strokes: the drawing.
        trouble: what is wrong with it, if anything.
        recognizer: reads it.
    """
    picture = canvas.DIGIT.picture()
    reading = read(strokes, recognizer, picture)
    if reading.prediction is not None:
        says = _SENT if picture is not None and not strokes else ""
        return Source(reading.prediction, strokes, picture, says)
    sample = samples.sample(SAMPLE)
    image = digit_image.digit_image(ink.rasterize(sample))
    trouble = trouble or reading.trouble or "The paper is still empty."
    says = f"{trouble} This is a sample until you draw something."
    return Source(recognizer.recognize(image), sample, says=says)
