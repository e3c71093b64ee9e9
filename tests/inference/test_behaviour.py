"""What the starter has learned, as a specification: what may change in a drawing, and what follows.

On digits that people wrote with a pen, where this machine has them, and on our own handwriting,
which every machine has. Source of the manner: Ribeiro et al. 2020, "Beyond accuracy".
"""

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.benchmarks.accuracy import stroke_file
from digitcnn.benchmarks.accuracy.nondigits import auroc
from digitcnn.data import handwriting, nondigits
from digitcnn.data.styles import STYLES
from digitcnn.evaluation.logits import free_energy
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink
from digitcnn.runs.run import open_run
from tests.places import PEN_DIGITS

N = 200
STAYS = 0.99  # of the digits that are read right to begin with


@pytest.fixture(scope="module")
def starter():
    return Recognizer(open_run(settings.STARTER_FOLDER))


def placed(drawing, longer_px=150.0, middle=(140.0, 140.0), turn_deg=0.0):
    """The drawing with its box's longer side that long, its middle there, turned by so much."""
    points = np.concatenate(drawing)
    centre = (points.max(axis=0) + points.min(axis=0)) / 2
    scale = longer_px / np.ptp(points, axis=0).max()
    turn = np.radians(turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return [((stroke - centre) * scale @ rotation.T + middle) for stroke in drawing]


def labels(starter, drawings, pen_px=None):
    images = [
        digit_image.digit_image(ink.rasterize(drawing, pen_px=pen_px)) for drawing in drawings
    ]
    return starter.outputs(np.stack(images)).probabilities.argmax(axis=1)


@pytest.fixture(scope="module", params=["pen digits", "handwriting"])
def drawings(request, starter):
    """Drawings that the starter reads right, with their labels."""
    if request.param == "pen digits":
        if not PEN_DIGITS.is_file():
            pytest.skip(f"{PEN_DIGITS.name} is not on this machine")
        digits = stroke_file.read(PEN_DIGITS)
        chosen = np.random.default_rng(0).permutation(len(digits))[:N]
        made = [digits.ink(i) for i in chosen]
        truth = digits.labels[chosen]
    else:
        rng = np.random.default_rng(handwriting.TEST_SEED)
        names = rng.choice(list(STYLES), N)
        made = [handwriting.write(STYLES[name][1](rng), rng) for name in names]
        truth = np.array([STYLES[name][0] for name in names])
    right = labels(starter, [placed(drawing) for drawing in made]) == truth
    assert right.mean() > 0.95
    return [drawing for drawing, is_right in zip(made, right, strict=True) if is_right], truth[
        right
    ]


def assert_stays(starter, made, truth, cases, pen_px=lambda drawing: None):
    """The label stays in 99 % of all cases, and in none of them much less often."""
    stays = []
    for case in cases:
        changed = [placed(drawing, **case) for drawing in made]
        images = [
            digit_image.digit_image(ink.rasterize(drawing, pen_px=pen_px(drawing)))
            for drawing in changed
        ]
        read = starter.outputs(np.stack(images)).probabilities.argmax(axis=1)
        stays.append((read == truth).mean())
    assert np.mean(stays) >= STAYS and min(stays) >= STAYS - 0.015, stays


def test_where_it_is_drawn_does_not_matter(starter, drawings):
    corners = [(95, 95), (185, 95), (95, 185), (185, 185), (140, 110)]
    assert_stays(starter, *drawings, [{"middle": middle} for middle in corners])


def test_how_large_it_is_drawn_does_not_matter(starter, drawings):
    assert_stays(starter, *drawings, [{"longer_px": side} for side in (40, 80, 120, 180, 240)])


@pytest.mark.parametrize("pen_px", [6, 12, 18, 24, 36])
def test_how_broad_the_pen_is_does_not_matter(starter, drawings, pen_px):
    """As the app draws it: with the pen that is legible for the drawing's size."""
    assert_stays(
        starter,
        *drawings,
        [{"longer_px": 200}],
        lambda drawing: ink.legible_pen_px(drawing, pen_px),
    )


def test_a_slight_turn_does_not_matter(starter, drawings):
    assert_stays(starter, *drawings, [{"turn_deg": turn} for turn in (-10, -5, 5, 10)])


@pytest.mark.parametrize("pen_px", [12, 24, 32])
def test_a_picture_of_that_pen_is_read_as_well(starter, drawings, pen_px):
    """Without the strokes, as in an upload: the raster holds the pen as broad as it was."""
    made, truth = drawings
    same = [placed(drawing, 200) for drawing in made]
    assert (labels(starter, same, pen_px) == truth).mean() >= 0.98


def test_order_and_direction_of_strokes_do_not_matter(starter, drawings):
    made, truth = drawings
    backwards = [[stroke[::-1] for stroke in placed(drawing)[::-1]] for drawing in made]
    assert (labels(starter, backwards) == truth).all()


@pytest.mark.parametrize("name", nondigits.HELD_OUT)
def test_what_is_no_digit_is_told_from_digits(starter, name):
    """Kinds of drawings that no training has seen."""
    digits = handwriting.digits(500, handwriting.TEST_SEED)
    others = handwriting.nondigits(500, handwriting.TEST_SEED, [nondigits.HELD_OUT[name]])
    inside = free_energy(starter.outputs(digits.images).logits)
    outside = free_energy(starter.outputs(others).logits)
    assert auroc(inside, outside) >= 0.98


def test_few_real_digits_are_refused(starter, real_mnist):
    assert starter.outputs(real_mnist.test.images[:3000]).is_digit.mean() >= 0.99


def test_doubt_shows(starter):
    """Halfway from one digit to another it is less sure than at either."""
    one, seven = handwriting.digits(200, 5), handwriting.digits(200, 6)
    between = ((one.images.astype(int) + seven.images) // 2).astype(np.uint8)
    sure = [
        starter.outputs(images).probabilities.max(axis=1).mean()
        for images in (one.images, between, seven.images)
    ]
    assert sure[1] < min(sure[0], sure[2]) - 0.1
