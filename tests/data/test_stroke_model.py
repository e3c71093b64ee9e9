"""The model of strokes: what is fitted comes out again, and nothing of it is one person's."""

import numpy as np
import pytest

from digitcnn.data import handwriting, stroke_model, stroke_model_fit
from digitcnn.data.stroke_model import DIGITS, FEWEST, N_DIRECTIONS, WrongStrokeModel
from digitcnn.inference.recognizer import Recognizer
from digitcnn.models.networks import N_CLASSES
from digitcnn.runs.store import open_run
from digitcnn.settings import STARTER_FOLDER
from digitcnn.system.npz import UnreadableArchive


@pytest.fixture(scope="module")
def shipped():
    return stroke_model.load()


def lines(n, rng, label="1", slope=3.0):
    """Straight strokes from top to bottom, of any length."""
    return [
        (label, [np.linspace((0, 0), (1, slope), 9) * rng.uniform(5, 80) + rng.normal(0, 9, 2)])
        for _ in range(n)
    ]


def test_shipped_model_is_small_knows_its_characters_and_is_nobodys(shipped):
    assert stroke_model.SHIPPED.stat().st_size <= 500_000
    assert set(DIGITS) <= set(shipped.labels) and len(shipped.labels) > 20
    assert shipped.fewest >= FEWEST


def test_shipped_model_writes_digits_that_the_starter_reads(shipped):
    digits = handwriting.learned_digits(500, 7, shipped)
    outputs = Recognizer(open_run(STARTER_FOLDER)).outputs(digits.images)
    predicted = outputs.probabilities.argmax(axis=1)
    assert (predicted == digits.labels).mean() > 0.9
    assert np.bincount(digits.labels, minlength=N_CLASSES).tolist() == [50] * N_CLASSES


def test_learned_digits_are_the_same_again_and_all_different(shipped):
    first, again = (handwriting.learned_digits(300, 3, shipped) for _ in range(2))
    assert np.array_equal(first.images, again.images)
    other = handwriting.learned_digits(300, 4, shipped)
    assert not np.array_equal(first.images, other.images)
    assert len(np.unique(first.images.reshape(300, -1), axis=0)) == 300


def test_drawings_lie_between_components_that_are_alike_and_no_others():
    """Two slopes that are near each other, and one drawn from its other end."""
    rng = np.random.default_rng(4)
    near, nearer = lines(60, rng, slope=6.0), lines(60, rng, slope=9.0)
    reversed_ = [(label, [stroke[::-1]]) for label, (stroke,) in lines(60, rng, slope=9.0)]
    model = stroke_model_fit.fit(near + nearer + reversed_ + lines(60, rng, "7", slope=6.0))
    (part,) = model.components.values()
    downwards = part.means[:, 0, -1, 1] > part.means[:, 0, 0, 1]
    for one, others in enumerate(model._neighbours[1]):
        assert one not in others
        assert (downwards[others] == downwards[one]).all()
        assert (part.labels[others] == part.labels[one]).all()
    assert any(len(others) for others in model._neighbours[1])
    # Nothing that is drawn is a mixture of opposite directions, which would be a dot.
    for _ in range(200):
        (stroke,) = model.sample("1", rng)
        assert np.ptp(stroke[:, 1]) > 0.5


def test_learned_letters_are_digit_images_and_none_without_letters(shipped):
    letters = handwriting.learned_letters(60, 3, shipped)
    assert letters.shape == (60, 28, 28) and letters.reshape(60, -1).max(axis=1).min() > 100
    rng = np.random.default_rng(0)
    assert len(handwriting.learned_letters(60, 3, stroke_model_fit.fit(lines(40, rng)))) == 0


def test_fit_finds_two_ways_of_writing():
    rng = np.random.default_rng(1)
    steep, flat = lines(60, rng, slope=9.0), lines(60, rng, slope=0.1)
    (part,) = stroke_model_fit.fit(steep + flat).components.values()
    assert part.counts.sum() == 120 and part.counts.min() >= FEWEST
    slopes = np.ptp(part.means[:, 0], axis=1)
    assert {bool(tall > wide) for wide, tall in slopes} == {True, False}


def test_directions_explain_what_varied():
    """A stroke of which one thing varies: the first direction is that, the others are nothing."""
    rng = np.random.default_rng(2)
    bows = [
        ("1", [np.stack([bow * np.sin(np.linspace(0, np.pi, 30)), np.linspace(0, 9, 30)], axis=1)])
        for bow in rng.normal(0, 0.5, 44)
    ]
    (part,) = stroke_model_fit.fit(bows).components.values()
    sizes = np.linalg.norm(part.directions.reshape(-1, N_DIRECTIONS, 48), axis=2)[0]
    assert sizes[0] > 20 * sizes[2]


def test_rare_ways_and_dots_are_left_out():
    rng = np.random.default_rng(3)
    rare = [("7", [np.eye(2), np.eye(2) * 2])] * (FEWEST - 1)
    dots = [("1", [np.zeros((3, 2))])] * 50
    assert stroke_model_fit.fit(lines(30, rng) + rare + dots).labels == ["1"]
    with pytest.raises(stroke_model_fit.TooFewDrawings, match="more drawings"):
        stroke_model_fit.fit(rare)


def test_a_model_survives_its_file(tmp_path, shipped):
    path = tmp_path / "model.npz"
    path.write_bytes(shipped.to_bytes())
    again = stroke_model.load(path)
    assert again.labels == shipped.labels and len(again) == len(shipped)
    rng = [np.random.default_rng(5) for _ in range(2)]
    for mine, theirs in zip(again.sample("8", rng[0]), shipped.sample("8", rng[1]), strict=True):
        assert np.allclose(mine, theirs)


@pytest.mark.parametrize(
    "change",
    [
        {"means_1": np.zeros((2, 1, 24, 2))},
        {"labels_1": np.arange(3)},
        {"counts_1": np.zeros(3, int)},
        {"directions_1": np.full((3, 8, 1, 24, 2), np.nan)},
        {"labels_1": None},
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_a_sentence(tmp_path, change):
    arrays = {
        "labels_1": np.array(["1", "2", "3"]),
        "counts_1": np.full(3, 30),
        "means_1": np.zeros((3, 1, 24, 2)),
        "directions_1": np.zeros((3, 8, 1, 24, 2)),
    }
    path = tmp_path / "model.npz"
    np.savez(path, **arrays)
    assert len(stroke_model.load(path)) == 3
    arrays |= change
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(WrongStrokeModel, match="handwriting fit"):
        stroke_model.load(path)


def test_a_model_without_all_digits_is_refused(tmp_path):
    model = stroke_model_fit.fit(lines(40, np.random.default_rng(0)))
    with pytest.raises(WrongStrokeModel, match="all ten digits"):
        handwriting.learned_digits(10, 0, model)
    with pytest.raises(UnreadableArchive):
        stroke_model.load(tmp_path / "nowhere.npz")
