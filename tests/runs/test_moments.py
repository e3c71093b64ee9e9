"""What a run kept of its training: names, certainties, what was learned late or forgotten."""

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest

from digitcnn.runs import moments
from digitcnn.runs.moments import NoMoments


def some(predicted, doubts=None, steps=None, **changes):
    predicted = np.array(predicted, np.uint8)
    doubts = np.full(predicted.shape, 0.25) if doubts is None else np.array(doubts)
    return moments.Moments(
        np.arange(len(predicted)) * 10 if steps is None else np.array(steps),
        30, np.zeros(len(predicted), bool), predicted, doubts.astype(np.float16), [],
        np.zeros(0, np.int64), {},
    )  # fmt: skip


def test_early_moments_are_ten_from_before_the_first_step():
    steps = moments.early_steps(417)
    assert len(steps) == 10 and steps[0] == 0 and steps[-1] < 417
    assert np.diff(steps).min() >= 3 and (np.diff(steps, 2) >= -1).all()
    assert moments.early_steps(1) == [0, 1][: len(moments.early_steps(1))]


@pytest.mark.parametrize(("n", "kept"), [(1, 1), (9, 9), (40, 40), (41, 40), (1_000, 40)])
def test_epochs_that_are_kept(n, kept):
    epochs = moments.kept_epochs(n)
    assert len(epochs) == kept and max(epochs) == n and min(epochs) >= 1


def test_moments_have_names():
    found = some([[0]] * 5, steps=[0, 1, 17, 30, 60])
    assert [found.name(moment) for moment in range(5)] == [
        "before the first step", "after 1 step", "after 17 steps", "after epoch 1",
        "after epoch 2",
    ]  # fmt: skip
    assert found.epoch(4) == 2


def test_learned_and_forgotten_against_a_count_by_hand():
    labels = np.array([3, 3, 3, 3], np.uint8)
    found = some([[3, 0, 3, 0], [3, 3, 0, 0], [3, 0, 3, 0], [3, 3, 3, 0]])
    np.testing.assert_array_equal(found.learned(labels), [0, 3, 2, 4])
    np.testing.assert_array_equal(found.forgotten(labels), [0, 1, 1, 0])
    np.testing.assert_allclose(found.accuracies(labels), [0.5, 0.5, 0.5, 0.75])


def test_certainty_near_one_is_kept_finely():
    found = some([[4, 4]], [[1.2e-5, 0.5]])
    assert found.probabilities(0)[0, 4] == pytest.approx(1 - 1.2e-5, abs=1e-7)
    assert found.probabilities(0)[1, 4] == 0.5
    np.testing.assert_allclose(found.probabilities(0).sum(axis=1), 1, atol=1e-6)


def run_of(data, members=()):
    files = {} if data is None else {"moments.npz": hashlib.sha256(data).hexdigest()}
    card = SimpleNamespace(files=files, members=members)
    return SimpleNamespace(card=card, content=lambda name: data)


def written(tmp_path, **changes):
    given = {
        "steps": [0, 10], "steps_per_epoch": 10, "averaged": [False, True],
        "predicted": np.zeros((2, 3), np.uint8), "doubts": np.zeros((2, 3), np.float16),
        "layers": [], "kernels": [], **changes,
    }  # fmt: skip
    moments.save(tmp_path / "moments.npz", **given)
    return (tmp_path / "moments.npz").read_bytes()


def test_what_was_written_is_read(tmp_path):
    found = moments.of_run(run_of(written(tmp_path)))
    assert len(found) == 2 and found.n_digits == 3 and found.averaged.tolist() == [False, True]


def test_an_ensemble_says_where_its_moments_are():
    with pytest.raises(NoMoments, match="each of its networks"):
        moments.of_run(run_of(None, ("a", "b")))


def test_a_run_without_moments_is_told():
    with pytest.raises(NoMoments, match="kept no moments"):
        moments.of_run(run_of(None))


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": [10, 0]},
        {"steps": [0, 10, 20]},
        {"steps_per_epoch": 0},
        {"predicted": np.full((2, 3), 10, np.uint8)},
        {"predicted": np.zeros((2, 3), np.int64)},
        {"doubts": np.full((2, 3), np.nan, np.float16)},
        {"doubts": np.full((2, 3), 1.5, np.float16)},
        {"doubts": np.zeros((2, 4), np.float16)},
    ],
)
def test_what_no_trainer_writes_is_refused(tmp_path, changes):
    with pytest.raises(NoMoments, match="can't be read"):
        moments.of_run(run_of(written(tmp_path, **changes)))


def test_a_damaged_file_is_refused(tmp_path):
    with pytest.raises(NoMoments, match="can't be read"):
        moments.of_run(run_of(written(tmp_path)[:-40]))
