"""Attribution, counterfactuals and whether they tell the truth."""

import json

import numpy as np
import pytest

from digitcnn.cli.main import main
from digitcnn.data import samples
from digitcnn.explain import counterfactual, faithfulness
from digitcnn.explain.occlusion import attribution, log_odds
from digitcnn.inference.recognizer import Recognizer
from digitcnn.preprocessing import digit_image, ink


@pytest.fixture
def logits(trained_run):
    return Recognizer(trained_run).logits


def planted(pixels: dict[tuple[int, int], float], digit: int = 3):
    """A model that knows only some pixels: each, inked, adds its weight to one digit's logit."""

    def logits(images: np.ndarray) -> np.ndarray:
        given = np.zeros((len(images), 10))
        for (row, column), weight in pixels.items():
            given[:, digit] += weight * images[:, row, column] / 255
        return given

    return logits


@pytest.mark.parametrize("pixel", [(4, 4), (14, 15), (23, 9), (11, 23)])
def test_attribution_of_a_planted_pixel_is_that_pixel(pixel):
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 4:24] = 255
    found = attribution(image, planted({pixel: 2.0}))
    present = found.present[3]
    assert np.unravel_index(present.argmax(), present.shape) == pixel
    assert present[pixel] == pytest.approx(2.0)  # all squares over it say the same
    assert present.sum() - present[max(pixel[0] - 3, 0) : pixel[0] + 4].sum() == pytest.approx(0)
    # What speaks for a 3 speaks as much against the other nine together.
    others = np.delete(found.present, 3, axis=0)[:, pixel[0], pixel[1]]
    assert (others < 0).all()


def test_ink_against_and_ink_that_is_missing_are_told_apart():
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 6:9] = 255
    found = attribution(image, planted({(10, 7): 2.0, (18, 7): -3.0, (14, 15): 4.0}))
    assert found.present[3, 10, 7] == pytest.approx(2)
    assert found.present[3, 18, 7] == pytest.approx(-3)
    assert found.missing[3].max() == found.missing[3, 14, 15] > 0
    assert not found.missing[:, 6:22, 6:9].any()
    assert not found.present[:, :, 12:].any()


def test_log_odds_are_those_of_the_probabilities():
    rng = np.random.default_rng(0)
    given = rng.normal(0, 3, (50, 10))
    shares = np.exp(given) / np.exp(given).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(log_odds(given), np.log(shares / (1 - shares)), rtol=1e-9)
    sure = np.zeros((1, 10))
    sure[0, 4] = 80
    assert log_odds(sure)[0, 4] == pytest.approx(80 - np.log(9))


def test_blank_paper_has_nothing_that_speaks(logits):
    found = attribution(np.zeros((28, 28), np.uint8), logits)
    assert not found.present.any()
    assert found.missing.any()


def test_deletion_and_insertion_beat_random_order(logits, handwriting_test):
    ours, shuffled = faithfulness.compare(handwriting_test.images[:30], logits)
    assert ours.deletion_area < shuffled.deletion_area - 0.1
    assert ours.insertion_area > shuffled.insertion_area + 0.05
    assert ours.deletion[0] == pytest.approx(ours.insertion[-1])
    assert ours.deletion[-1] == pytest.approx(ours.insertion[0])


def test_areas_of_known_curves():
    falling = np.linspace(1, 0, faithfulness.N_STEPS + 1)
    curves = faithfulness.Curves(falling, np.ones(faithfulness.N_STEPS + 1))
    assert curves.deletion_area == pytest.approx(0.5)
    assert curves.insertion_area == pytest.approx(1.0)


def test_changes_flip_the_label_and_need_each_part(logits, handwriting_test):
    n_found = 0
    for image in handwriting_test.images[:12]:
        label = logits(image[None])[0].argmax()
        for change in counterfactual.changes(image, logits):
            n_found += 1
            assert logits(change.image[None])[0].argmax() == change.label != label
            if change.kind == "cells":
                assert (change.image <= image).all()
            if change.kind == "lines":
                assert (change.image >= image).all()
                assert set(change.names) <= set(counterfactual.LINES)
    assert n_found >= 12


def test_who_confirms_has_the_last_word(logits, handwriting_test):
    image = handwriting_test.images[0]
    label = int(logits(image[None])[0].argmax())

    def stubborn(pictures: np.ndarray) -> np.ndarray:
        """Sees another digit only once half the ink is gone."""
        gone = pictures.sum(axis=(1, 2)) < image.sum() / 2
        return np.eye(10)[np.where(gone, (label + 1) % 10, label)]

    for change in counterfactual.changes(image, logits, confirm=stubborn):
        assert change.kind == "cells"
        assert change.image.sum() < image.sum() / 2


def test_a_change_towards_one_digit_ends_there(logits, handwriting_test):
    image = handwriting_test.images[0]
    label = int(logits(image[None])[0].argmax())
    found = [
        change
        for target in range(10)
        for change in counterfactual.changes(image, logits, target)
        if change.label == target != label
    ]
    assert found
    assert counterfactual.changes(image, logits, label) == []


def test_the_planted_cell_is_the_least_change():
    image = np.zeros((28, 28), np.uint8)
    image[6:21, 6:21] = 255

    def logits(images: np.ndarray) -> np.ndarray:
        given = np.zeros((len(images), 10))
        given[:, 1] = images[:, 10, 10] / 255.0
        given[:, 7] = 0.5
        return given

    (change,) = (c for c in counterfactual.changes(image, logits) if c.kind == "cells")
    assert (change.label, change.parts, change.pixels) == (7, 1, counterfactual.CELL_PX**2)


def test_leaving_a_stroke_out_is_tried_fewest_first():
    assert counterfactual.subsets(1) == []
    assert counterfactual.subsets(3) == [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    one, four = (
        digit_image.digit_image(ink.rasterize(samples.sample(4)[start:])) for start in (1, 0)
    )

    def logits(images: np.ndarray) -> np.ndarray:
        given = np.zeros((len(images), 10))
        given[:, 4] = 1
        given[:, 1] = 2 * (images == one).all(axis=(1, 2))
        return given

    found = counterfactual.changes(four, logits, without=[((0,), one), ((1,), four)])
    assert (found[0].kind, found[0].label, found[0].names) == ("strokes", 1, ("stroke 1",))


def test_benchmark_measures_on_own_handwriting_without_mnist(trained_home, capsys, monkeypatch):
    from digitcnn.data import handwriting, mnist

    monkeypatch.setattr(mnist, "find", lambda *places, **named: None)
    monkeypatch.setattr(handwriting, "N_TEST", 300)
    words = ["benchmark", "explain", "--number", "6", "--home", str(trained_home), "--json"]
    assert main(words) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["n"] == 6
    assert figures["better_deletion"] > 0
    assert {"explain_ms", "counterfactual_ms", "insertion_area_random"} <= set(figures)
