"""Digits evaluated in a process of their own: the same figures, and sentences where it fails."""

from dataclasses import replace

import numpy as np
import pytest

from digitcnn.data.digits import Digits
from digitcnn.data.mapped import file_of
from digitcnn.evaluation import embedding_map, label_quality
from digitcnn.inference import evaluate_process
from digitcnn.inference.evaluate import evaluate
from digitcnn.inference.evaluate_process import EvaluationFailed, evaluate_apart
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import STARTER_ID, find_run
from digitcnn.system import child_process


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    return find_run(tmp_path_factory.mktemp("home"), STARTER_ID)


@pytest.fixture(scope="module")
def some_digits():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (70, 28, 28)).astype(np.uint8)
    return Digits(images, (np.arange(70) % 10).astype(np.uint8))


def test_it_says_what_this_process_would(starter, some_digits):
    apart = evaluate_apart(starter, some_digits, "noise", "litert")
    here = evaluate(Recognizer(starter), some_digits, "noise")
    assert apart.dataset == "noise"
    np.testing.assert_array_equal(apart.labels, some_digits.labels)
    np.testing.assert_allclose(apart.probabilities, here.probabilities, atol=1e-5)
    kept = starter.evaluation()
    places = embedding_map.place(here.embeddings, kept.embeddings, kept.positions)
    np.testing.assert_allclose(apart.positions, places, atol=1e-2)
    expected = label_quality.doubts(here).order
    np.testing.assert_array_equal(label_quality.doubts(apart).order, expected)


def test_digits_that_lie_in_a_file_are_read_there_in_parts_and_counted(
    starter, some_digits, tmp_path, monkeypatch
):
    np.save(tmp_path / "images.npy", np.concatenate([some_digits.images] * 16))
    labels = np.concatenate([some_digits.labels] * 16)
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    digits = Digits(images, labels)
    assert file_of(digits) == str(tmp_path / "images.npy")
    assert file_of(digits[:70]) == ""  # a part of it is not the file
    assert file_of(digits[[3, 5]]) == file_of(some_digits) == ""
    monkeypatch.setattr(child_process, "_TOLD_EVERY_S", 0.005)
    told = []
    apart = evaluate_apart(starter, digits, "noise", "litert", told.append)
    assert set(told) <= {500, 620, 1_000, 1_120} and told == sorted(told)
    whole = evaluate_apart(starter, some_digits, "noise", "litert")
    np.testing.assert_allclose(apart.probabilities[-70:], whole.probabilities, atol=1e-5)
    np.testing.assert_array_equal(apart.labels, labels)


def test_what_takes_too_long_or_fails_gets_a_sentence(starter, some_digits, tmp_path, monkeypatch):
    gone = replace(starter, folder=tmp_path)
    with pytest.raises(EvaluationFailed, match="could not be evaluated"):
        evaluate_apart(gone, some_digits, "noise", "litert")
    monkeypatch.setattr(evaluate_process, "_WAIT_S", 0.01)
    with evaluate_process._turn, pytest.raises(EvaluationFailed, match="Other digits"):
        evaluate_apart(starter, some_digits, "noise", "litert")

    monkeypatch.setattr(evaluate_process, "_LIMIT_S", 0.0)
    with pytest.raises(EvaluationFailed, match="more than"):
        evaluate_apart(starter, some_digits, "noise", "litert")
