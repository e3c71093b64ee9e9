"""A new network and the run in use, on digits that neither has learned."""

from dataclasses import replace

import numpy as np
import pytest

from digitcnn import settings
from digitcnn.data import handwriting, joined, mnist
from digitcnn.data.corrected import Corrections
from digitcnn.data.corrections import Correction, CorrectionSet, Of
from digitcnn.data.digits import Digits, fingerprint
from digitcnn.models import recipes
from digitcnn.runs import card
from digitcnn.runs.run import Run, open_run
from digitcnn.training.comparison import compare, held_back_by_both
from digitcnn.training.dataset import Dataset, Part, gather


@pytest.fixture(scope="module")
def starter() -> Run:
    return open_run(settings.STARTER_FOLDER)


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(handwriting, "N_HELD_BACK", 40)


class _Reader:
    """Reads a digit's label from its first pixel, with mistakes; remembers what it was shown."""

    def __init__(self, every: int):
        self.every, self.seen = every, []

    def __call__(self, images: np.ndarray) -> np.ndarray:
        self.seen.append(images)
        return np.where(np.arange(len(images)) % self.every, images[:, 0, 0], 11)


def _validation(n: int) -> Digits:
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(n) % 10
    images[:, 0, 1:3] = np.stack([np.arange(n) // 256, np.arange(n) % 256], axis=1)
    return Digits(images, images[:, 0, 0])


def _dataset(n_validation: int = 4000, name: str = "MNIST", n: int = 60_000) -> Dataset:
    nothing = _validation(0)
    part = Part(name, n - n_validation, n_validation, 10_000, "")
    validation, held_back = _validation(n_validation), mnist.held_out(n, n_validation)
    return Dataset(nothing, nothing.images, validation, nothing, name, (part,), (held_back,))


def test_both_read_the_same_digits(starter):
    new, before = _Reader(10), _Reader(20)
    found = compare(new, before, starter, _dataset(), False)
    for one, other in zip(new.seen, before.seen, strict=True):
        np.testing.assert_array_equal(one, other)
    # Every training sets the same digits aside, so all of them are held back by both.
    assert [part.n for part in found.parts] == [4000, 40]
    assert (found.parts[0].correct, found.parts[0].before) == (3600, 3800)
    assert found.parts[0].differ == 200 and not found.is_as_good
    assert compare(before, new, starter, _dataset(), False).parts[0].is_as_good


def test_what_the_new_one_has_read_already_it_is_not_asked_again(starter):
    asked = compare(_Reader(10), _Reader(20), starter, _dataset(), False)
    dataset, new = _dataset(), _Reader(10)
    known = _Reader(10)(dataset.validation.images)
    assert compare(new, _Reader(20), starter, dataset, False, known) == asked
    assert [len(images) for images in new.seen] == [40]
    # Of an older run's validation digits only some are compared on: the same ones.
    older = replace(starter.card.dataset, split_seed=7)
    in_use = replace(starter, card=replace(starter.card, dataset=older))
    both = held_back_by_both(in_use, dataset)
    found = compare(new, _Reader(20), in_use, dataset, False, known)
    expected = (known == dataset.validation.labels)[both].sum()
    assert (found.parts[0].n, found.parts[0].correct) == (both.sum(), expected)


def test_digits_that_the_run_in_use_has_learned_are_left_out(starter):
    """A run of an earlier version, whose seed chose its validation digits."""
    dataset = replace(starter.card.dataset, split_seed=7)
    older = replace(starter, card=replace(starter.card, dataset=dataset))
    new = _Reader(10)
    found = compare(new, _Reader(20), older, _dataset(), False)
    both = mnist.held_out(60_000, 4000, 0) & mnist.held_out(60_000, 4000, 7)
    assert found.parts[0].n == both.sum() and 100 < both.sum() < 500
    places = np.flatnonzero(mnist.held_out(60_000, 4000, 7)[mnist.held_out(60_000, 4000, 0)])
    seen = new.seen[0][:, 0, 1].astype(int) * 256 + new.seen[0][:, 0, 2]
    np.testing.assert_array_equal(seen, places)


def test_data_sets_count_as_far_as_the_run_in_use_has_not_learned_them(starter):
    assert held_back_by_both(starter, _dataset(2000)).all()  # a part of what it holds back
    assert held_back_by_both(starter, _dataset(8000)).sum() == 4000
    assert held_back_by_both(starter, _dataset(900, "usps", 7291)).all()
    assert held_back_by_both(starter, _dataset(500, "handwriting", 500)).all()
    # QMNIST has MNIST's digits in another order: nobody knows which of them are held back.
    assert not held_back_by_both(starter, _dataset(4000, "qmnist")).any()
    assert not held_back_by_both(starter, _dataset(100, "MNIST", 1000)).any()  # a file of that name


@pytest.mark.parametrize("limit", [0, 100])
def test_digits_that_corrections_leave_out_do_not_hide_the_others(starter, tmp_path, limit):
    """Both learned from one file, each without other digits of it; the first from few of them."""
    digits = handwriting.digits(300, 5)
    np.savez(tmp_path / "mine.npz", images=digits.images, labels=digits.labels)
    (half,) = joined.halves(str(tmp_path / "mine.npz"), tmp_path)
    of = Of("training", "mine", fingerprint(half.training), len(half.training))

    def gathered(left_out: slice, limit: int = 0) -> Dataset:
        said = [
            Correction(index, "leave out", int(half.training.labels[index]))
            for index in range(len(half.training))[left_out]
        ]
        found = CorrectionSet("some", of, {}).with_these(said)
        small = {"nondigits": 10, "learned_digits": 0, "learned_letters": 0, "handwriting": 10}
        wanted = recipes.recipe("fast", dataset=half.name, validation=100, limit=limit, **small)
        return gather(wanted, [half], corrections=Corrections((found,), (found,)))

    before, new = gathered(slice(0, 100), limit), gathered(slice(80, 120))
    (part,) = before.parts
    held = card.Part(part.name, part.fingerprint, part.n_training, part.n_validation, 30, 0.9)
    used = card.UsedCorrections("some", "0" * 64, 100)
    in_use = replace(
        starter,
        card=replace(
            starter.card,
            datasets=(held,),
            corrections=(used,),
            recipe={"dataset": half.name, "limit": limit},
        ),
    )
    shared = new.validation[held_back_by_both(in_use, new)]
    learned = {image.tobytes() for image in before.training.images}
    assert len(shared) >= 20  # of about 78
    assert not any(image.tobytes() in learned for image in shared.images)
    other = replace(in_use, card=replace(in_use.card, datasets=(replace(held, fingerprint="?"),)))
    assert not held_back_by_both(other, new).any()  # another file of that name


def test_no_training_can_use_the_held_back_seed():
    with pytest.raises(recipes.RecipeError):
        recipes.recipe("fast", seed=handwriting.HELD_BACK_SEED)
