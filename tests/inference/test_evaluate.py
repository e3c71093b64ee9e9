"""Finding what runs were evaluated on, and evaluating them."""

import numpy as np
import pytest

from digitcnn.data import digits, handwriting, mnist
from digitcnn.inference import evaluate
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs.store import list_runs


@pytest.fixture(autouse=True)
def _few_of_our_own(monkeypatch):
    monkeypatch.setattr(handwriting, "N_TEST", 700)


@pytest.fixture
def own() -> digits.Digits:
    return evaluate.own_handwriting()


def test_the_exam_in_our_own_hand_is_always_the_same(own):
    again = handwriting.digits(handwriting.N_TEST, handwriting.TEST_SEED)
    assert digits.fingerprint(own) == digits.fingerprint(again)


def test_evaluating_again_gives_what_the_run_has_kept(trained_run, handwriting_test):
    kept = trained_run.evaluation()
    again = evaluate.evaluate(Recognizer(trained_run), handwriting_test, evaluate.HANDWRITING)
    assert again.dataset == kept.dataset
    assert np.array_equal(again.labels, kept.labels)
    assert np.allclose(again.probabilities, kept.probabilities, atol=1e-5)
    assert np.allclose(again.embeddings, kept.embeddings, atol=0.05, rtol=0.01)


def test_digits_that_are_not_the_runs_are_not_taken_for_them(trained_run, own, home):
    assert len(own) != len(trained_run.evaluation())
    assert evaluate.digits(trained_run, home) is None


def test_mnist_test_digits_are_found_and_verified(monkeypatch, mnist_path, real_mnist, home):
    assert evaluate.mnist_test(home) is None
    monkeypatch.setenv("DIGITCNN_MNIST", str(mnist_path))
    found = evaluate.mnist_test(home)
    assert np.array_equal(found.images, real_mnist.test.images)
    assert np.array_equal(found.labels, real_mnist.test.labels)


def test_starters_digits(monkeypatch, mnist_path, home):
    starter = list_runs(home)[-1].run
    assert evaluate.digits(starter, home) is None
    monkeypatch.setenv("DIGITCNN_MNIST", str(mnist_path))
    assert np.array_equal(evaluate.digits(starter, home).labels, starter.evaluation().labels)


def test_a_wrong_mnist_is_refused_in_words(monkeypatch, tmp_path, home):
    path = tmp_path / "mnist.npz"
    np.savez(path, x_test=np.zeros((5, 28, 28), np.uint8), y_test=np.zeros(5, np.uint8))
    monkeypatch.setenv("DIGITCNN_MNIST", str(path))
    with pytest.raises(mnist.WrongMnist, match="x_test is another"):
        evaluate.mnist_test(home)
    starter = list_runs(home)[-1].run
    assert evaluate.digits(starter, home) is None


def test_part_of_mnist(mnist_path, real_mnist, tmp_path):
    train = mnist.load_part(mnist_path, "train")
    assert np.array_equal(train.images, real_mnist.train.images)
    only_test = tmp_path / "only_test.npz"
    np.savez(only_test, x_test=real_mnist.test.images, y_test=real_mnist.test.labels)
    assert len(mnist.load_part(only_test, "test")) == 10_000
    with pytest.raises(mnist.WrongMnist, match="no array x_train"):
        mnist.load(only_test)
