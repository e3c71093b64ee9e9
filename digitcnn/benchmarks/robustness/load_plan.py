"""What each of many visitors draws, and the answer it must get.

Every drawing is a sample digit, turned, slanted and stretched by chance; no two look alike to the
network, so the picture that comes back with a reading says whose strokes were read.
"""

from dataclasses import dataclass

import numpy as np

from digitcnn.data import samples
from digitcnn.figures.image_url import picture_url
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.preprocessing.ink import Ink

_DRAWINGS = 6  # of each session, over and over


@dataclass(frozen=True)
class Step:
    """A moment of a drawing: the strokes so far, and what must come back.

    Attributes:
        strokes: what the canvas reports.
        seen: the address of the picture that the network must have seen.
        label: what must be read; ``None`` for what looks like no digit.
    """

    strokes: Ink
    seen: str
    label: str | None


def plans(recognizer: Recognizer, sessions: int, seed: int) -> list[list[Step]]:
    """For each session its own drawings, stroke by stroke, no two of them alike."""
    made, known = [], set()
    for session in range(sessions):
        rng = np.random.default_rng((seed, session))
        plan: list[Step] = []
        for _ in range(_DRAWINGS):
            steps = _steps(recognizer, int(rng.integers(10)), rng)
            while any(step.seen in known for step in steps):  # could not be told apart
                steps = _steps(recognizer, int(rng.integers(10)), rng)
            known |= {step.seen for step in steps}
            plan += steps
        made.append(plan)
    return made


def _steps(recognizer: Recognizer, digit: int, rng: np.random.Generator) -> list[Step]:
    angle, shear = rng.uniform(-0.3, 0.3, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    form = turn @ np.array([[rng.uniform(0.6, 1.1), shear], [0, rng.uniform(0.6, 1.1)]])
    place = 140 + rng.uniform(-20, 20, 2)
    drawing = [((s - 140) @ form.T + place).astype(np.float32) for s in samples.sample(digit)]
    steps = []
    for n_strokes in range(1, len(drawing) + 1):
        # By way of the canvas's message, which is what the app gets to see.
        strokes = ink.strokes(ink.canvas_json(drawing[:n_strokes]))
        image = digit_image.digit_image(ink.rasterize(strokes))
        prediction = recognizer.recognize(image)
        label = str(prediction.label) if prediction.is_digit else None
        steps.append(Step(drawing[:n_strokes], picture_url(image), label))
    return steps
