"""Metrics against scikit-learn, cells against the digits they hold, and the file of it all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics

from digitcnn.evaluation.evaluation import DamagedEvaluation, Evaluation
from tests.run_makers import some_evaluation

_labels = hnp.arrays(np.uint8, st.integers(1, 60), elements=st.integers(0, 9))


@st.composite
def evaluations(draw) -> Evaluation:
    """Any labels with any probabilities, certain and impossible ones included."""
    labels = draw(_labels)
    weights = draw(
        hnp.arrays(
            np.float64,
            (len(labels), 10),
            elements=st.sampled_from([0.0, 1e-9, 0.01, 0.2, 0.5, 1.0, 3.0, 50.0]),
        )
    )
    weights[:, 0] += weights.sum(axis=1) == 0
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    return Evaluation("made up", labels, probabilities.astype(np.float32))


# -- cells


@settings(deadline=None)
@given(evaluations())
def test_the_100_cells_part_the_digits_and_hold_what_they_say(evaluation):
    matrix = evaluation.confusion()
    found = []
    for true in range(10):
        for predicted in range(10):
            cell = evaluation.cell(true, predicted)
            assert len(cell) == matrix[true, predicted]
            assert (evaluation.labels[cell] == true).all()
            assert (evaluation.probabilities[cell].argmax(axis=1) == predicted).all()
            found += cell.tolist()
    assert sorted(found) == list(range(len(evaluation)))


@settings(deadline=None)
@given(evaluations())
def test_rows_columns_and_mistakes_are_made_of_cells(evaluation):
    for digit in range(10):
        row = [evaluation.cell(digit, predicted) for predicted in range(10)]
        column = [evaluation.cell(true, digit) for true in range(10)]
        assert sorted(np.concatenate(row)) == evaluation.cell(true=digit).tolist()
        assert sorted(np.concatenate(column)) == evaluation.cell(predicted=digit).tolist()
    diagonal = np.concatenate([evaluation.cell(digit, digit) for digit in range(10)])
    everything = evaluation.cell().tolist()
    assert sorted([*diagonal, *evaluation.mistakes()]) == everything == list(range(len(evaluation)))


# -- figures, against scikit-learn


@settings(deadline=None)
@given(evaluations())
def test_figures_agree_with_scikit_learn(evaluation):
    true, predicted = evaluation.labels, evaluation.probabilities.argmax(axis=1)
    occurring = np.unique(true)
    assert np.array_equal(
        evaluation.confusion(), metrics.confusion_matrix(true, predicted, labels=range(10))
    )
    assert evaluation.accuracy == pytest.approx(metrics.accuracy_score(true, predicted))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        true, predicted, labels=range(10), zero_division=np.nan
    )
    per_digit = evaluation.per_digit()
    assert [entry.digit for entry in per_digit] == list(range(10))
    assert [entry.support for entry in per_digit] == support.tolist()
    assert np.allclose([entry.precision for entry in per_digit], precision, equal_nan=True)
    assert np.allclose([entry.recall for entry in per_digit], recall, equal_nan=True)
    assert np.allclose([entry.f1 for entry in per_digit], f1, equal_nan=True)
    assert evaluation.macro_recall == pytest.approx(recall[occurring].mean())
    assert evaluation.macro_f1 == pytest.approx(f1[occurring].mean())


@settings(deadline=None)
@given(evaluations())
def test_loss_agrees_with_scikit_learn(evaluation):
    expected = metrics.log_loss(evaluation.labels, evaluation.probabilities, labels=range(10))
    assert evaluation.loss == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert evaluation.loss == pytest.approx(evaluation.losses.mean())


def test_top2_agrees_with_scikit_learn():
    for seed in range(5):
        evaluation = some_evaluation(300, seed)
        expected = metrics.top_k_accuracy_score(
            evaluation.labels, evaluation.probabilities, k=2, labels=range(10)
        )
        assert evaluation.top2 == pytest.approx(expected)


@settings(deadline=None)
@given(evaluations())
def test_calibration_error_by_its_definition(evaluation):
    """Guo et al.'s equation 3, one digit at a time."""
    n = len(evaluation)
    bins = {}
    for row, label in zip(evaluation.probabilities, evaluation.labels, strict=True):
        confidence = float(row.max())
        number = next(m for m in range(1, 16) if confidence <= m / 15 + 1e-12)
        bins.setdefault(number, []).append((confidence, int(row.argmax()) == label))
    expected = sum(
        len(members)
        / n
        * abs(np.mean([right for _, right in members]) - np.mean([c for c, _ in members]))
        for members in bins.values()
    )
    assert evaluation.ece == pytest.approx(expected, abs=1e-6)
    assert evaluation.reliability().counts.sum() == n


def test_digit_by_digit_values():
    probabilities = np.zeros((2, 10), np.float32)
    probabilities[0, [3, 5]] = 0.75, 0.25
    probabilities[1, [8, 3, 0]] = 0.5, 0.3, 0.2
    evaluation = Evaluation("two", np.array([3, 0], np.uint8), probabilities)
    assert evaluation.predicted.tolist() == [3, 8]
    assert evaluation.confidences.tolist() == [0.75, 0.5]
    assert evaluation.self_confidences.tolist() == pytest.approx([0.75, 0.2])
    assert evaluation.margins.tolist() == pytest.approx([0.5, 0.2])
    assert evaluation.losses.tolist() == pytest.approx([-np.log(0.75), -np.log(0.2)])
    assert evaluation.mistakes().tolist() == [1]
    assert evaluation.top2 == 0.5


def test_a_part_of_an_evaluation_is_an_evaluation():
    whole = some_evaluation(50)
    sure = whole[whole.confidences > 0.5]
    assert 0 < len(sure) < len(whole)
    assert sure.accuracy == pytest.approx(
        np.mean((whole.predicted == whole.labels)[whole.confidences > 0.5])
    )


def test_over_no_digits_figures_are_nan_and_counts_zero():
    nothing = some_evaluation(10)[:0]
    figures = nothing.figures()
    assert figures.pop("n") == figures.pop("errors") == 0
    assert all(np.isnan(value) for value in figures.values())
    assert nothing.confusion().sum() == 0
    assert len(nothing.mistakes()) == len(nothing.margins) == len(nothing.confidences) == 0


# -- on disk


@pytest.mark.parametrize("full", [False, True])
def test_saved_and_loaded_it_is_the_same(full, tmp_path):
    evaluation = some_evaluation(30)
    if full:
        rng = np.random.default_rng(1)
        evaluation = Evaluation(
            "with all",
            evaluation.labels,
            evaluation.probabilities,
            rng.normal(size=(30, 8)).astype(np.float16),
            rng.normal(size=(30, 2)).astype(np.float32),
        )
    evaluation.save(tmp_path / "evaluation.npz")
    loaded = Evaluation.load(tmp_path / "evaluation.npz")
    assert loaded.dataset == evaluation.dataset
    for name in ("labels", "probabilities", "embeddings", "positions"):
        expected = getattr(evaluation, name)
        assert np.array_equal(getattr(loaded, name), expected) if full else True
        assert (getattr(loaded, name) is None) == (expected is None)


def _arrays(**changes):
    evaluation = some_evaluation(20)
    arrays = {
        "dataset": np.array("mnist"),
        "labels": evaluation.labels,
        "probabilities": evaluation.probabilities,
    }
    return {name: array for name, array in {**arrays, **changes}.items() if array is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": None},
        {"labels": np.full(20, 10, np.uint8)},
        {"labels": np.zeros(19, np.uint8)},
        {"labels": np.zeros(20, np.int64)},
        {"labels": np.array(3, np.uint8)},
        {"probabilities": np.full((20, 10), 0.2, np.float32)},
        {"probabilities": np.full((20, 10), np.nan, np.float32)},
        {"probabilities": np.eye(10, dtype=np.float32)[:, :9]},
        {"probabilities": np.array([{}] * 20, object)},
        {"embeddings": np.zeros((19, 4), np.float16)},
        {"embeddings": np.array(1, np.float16)},
        {"positions": np.zeros((20, 3), np.float32)},
        {"something": np.zeros(3)},
    ],
    ids=lambda changes: ", ".join(f"{k} {getattr(v, 'shape', v)}" for k, v in changes.items()),
)
def test_what_is_no_evaluation_is_refused(changes, tmp_path):
    path = tmp_path / "evaluation.npz"
    np.savez(path, **_arrays(**changes))
    with pytest.raises(DamagedEvaluation):
        Evaluation.load(path)


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive", None])
def test_a_file_that_is_no_archive_is_refused(data, tmp_path):
    path = tmp_path / "evaluation.npz"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(DamagedEvaluation, match=r"evaluation\.npz"):
        Evaluation.load(path)
