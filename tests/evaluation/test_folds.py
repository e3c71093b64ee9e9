"""Labels judged by networks that have not learned them."""

import numpy as np

from digitcnn.data import handwriting
from digitcnn.evaluation.folds import N_FOLDS, Folds
from digitcnn.evaluation.label_quality import doubts


def test_labels_replaced_on_purpose_come_first():
    digits = handwriting.digits(1_200, 3)
    labels = digits.labels.copy()
    wrong = np.random.default_rng(1).permutation(1_200)[:24]
    labels[wrong] = (labels[wrong] + 3) % 10
    said = Folds(digits.images).evaluation(labels)
    assert (said.predicted == digits.labels).mean() > 0.9
    found = doubts(said)
    assert len(set(found.order[:24]) & set(wrong)) >= 18
    assert (found.suggested[wrong] == digits.labels[wrong]).mean() > 0.9


def test_no_network_has_learned_the_label_that_it_judges():
    """Other labels change what is said of digits of other folds, and never of their own."""
    digits = handwriting.digits(300, 4)
    folds = Folds(digits.images)
    before = folds.evaluation(digits.labels).probabilities
    own = folds._folds == 2
    assert abs(own.sum() - 300 / N_FOLDS) < 2
    labels = np.where(own, (digits.labels + 1) % 10, digits.labels).astype(np.uint8)
    changed = np.abs(folds.evaluation(labels).probabilities - before).max(axis=1)
    assert changed[own].max() < 1e-4 < 1e-2 < np.median(changed[~own])


def test_pictures_without_ink_are_no_trouble():
    images = np.zeros((60, 28, 28), np.uint8)
    said = Folds(images).evaluation((np.arange(60) % 10).astype(np.uint8))
    assert np.isfinite(said.probabilities).all()
