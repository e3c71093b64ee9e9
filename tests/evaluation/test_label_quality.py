"""Wrong labels: planted ones, the definition digit by digit, and those that people rejected."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from digitcnn import settings
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.label_quality import N_CANDIDATES, confidently_other, doubts, neighbours
from digitcnn.evaluation.neighbours import neighbour_counts
from digitcnn.runs.store import open_run
from tests.run_makers import some_evaluation

# Labels of MNIST's test digits that human reviewers rejected outright.
# Source: Northcutt, Athalye and Mueller 2021, "Pervasive label errors in test sets".
REJECTED = (947, 2462, 2597, 2654, 6651)


def clouds(n: int, seed: int = 0, spread: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and embeddings in ten groups: uint8 (n,), float16 (n, 16)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n).astype(np.uint8)
    centres = rng.normal(0, 3, (10, 16))
    return labels, (centres[labels] + rng.normal(0, spread, (n, 16))).astype(np.float16)


def with_embeddings(labels, true, embeddings, seed: int = 0) -> Evaluation:
    """An evaluation by a network that knows what digits truly are, and is fairly sure."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 0.7, (len(labels), 10))
    logits[np.arange(len(labels)), true] += 5
    powers = np.exp(logits)
    probabilities = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return Evaluation("planted", labels, probabilities, embeddings)


def test_planted_wrong_labels_come_first():
    true, embeddings = clouds(1_500)
    labels = true.copy()
    planted = np.random.default_rng(5).permutation(1_500)[:40]
    labels[planted] = (labels[planted] + 3) % 10
    found = doubts(with_embeddings(labels, true, embeddings))
    assert set(found.order[:40]) == set(planted)
    assert np.array_equal(found.suggested[planted], true[planted])
    assert sorted(found.order) == list(range(1_500))


def test_neighbours_decide_where_the_network_forgives():
    """A label that the network finds no less likely than many, among digits of another label."""
    true, embeddings = clouds(1_200, seed=1)
    labels = true.copy()
    labels[77] = (true[77] + 1) % 10
    probabilities = with_embeddings(true, true, embeddings).probabilities.copy()
    probabilities[77] = 0.05
    probabilities[77, labels[77]] = 0.55  # It says what the wrong label says.
    evaluation = Evaluation("planted", labels, probabilities, embeddings)
    assert evaluation.self_confidences.min() < 0.55  # To the network others are more doubtful,
    found = doubts(evaluation)
    assert found.order[0] == 77  # but what lies near this one is labelled otherwise.
    assert found.self_confidence[77] == 0 and found.suggested[77] == true[77]


def test_neighbours_are_scikit_learns():
    labels, embeddings = clouds(600, seed=2, spread=3.0)
    chosen = np.array([0, 5, 17, 333, 599])
    counts = neighbour_counts(embeddings, labels, chosen, k=7)
    near = NearestNeighbors(n_neighbors=8, metric="cosine").fit(embeddings.astype(np.float64))
    for row, index in zip(counts, chosen, strict=True):
        (found,) = near.kneighbors(embeddings[index : index + 1].astype(np.float64))[1]
        expected = np.bincount(labels[found[found != index][:7]], minlength=10)
        assert row.tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(3))
def test_confident_joint_one_digit_at_a_time(seed):
    """Northcutt et al.'s equations 1 and 2."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 9, 200).astype(np.uint8)  # No nines: nothing counts for them.
    probabilities = rng.dirichlet(np.full(10, 0.2), 200).astype(np.float32)
    evaluation = Evaluation("random", labels, probabilities)
    thresholds = {k: np.mean([p[k] for p, y in zip(probabilities, labels, strict=True) if y == k])
                  for k in range(9)}  # fmt: skip
    for index, (row, label) in enumerate(zip(probabilities, labels, strict=True)):
        over = {k: row[k] for k, threshold in thresholds.items() if row[k] >= threshold}
        expected = bool(over) and max(over, key=over.get) != label
        assert confidently_other(evaluation)[index] == expected


def test_neighbours_that_the_run_has_kept_count_before_those_in_the_embedding():
    labels, embeddings = clouds(300, seed=4)
    evaluation = with_embeddings(labels, labels, embeddings)
    kept = np.zeros((300, 10), np.uint8)
    kept[123, (labels[123] + 5) % 10] = 10
    kept[45, labels[45]] = 10
    found = doubts(replace(evaluation, neighbours=kept))
    assert found.order[:2].tolist() == [123, 45]  # All others were not looked at.
    assert found.suggested[123] == (labels[123] + 5) % 10 and found.self_confidence[45] == 1


def test_neighbours_are_kept_for_the_least_likely_labels_alone():
    labels, embeddings = clouds(N_CANDIDATES + 50)
    evaluation = with_embeddings(labels, labels, embeddings)
    kept = neighbours(embeddings, evaluation)
    asked = np.argsort(evaluation.self_confidences, kind="stable")[:N_CANDIDATES]
    assert kept.dtype == np.uint8 and (kept[asked].sum(axis=1) == 10).all()
    assert kept.sum() == 10 * N_CANDIDATES
    assert doubts(replace(evaluation, neighbours=kept)).order.tolist() == (
        doubts(evaluation).order.tolist()
    )


def test_without_embeddings_the_network_orders_all():
    evaluation = some_evaluation(100)
    found = doubts(evaluation)
    assert found.order.tolist() == np.argsort(evaluation.self_confidences, kind="stable").tolist()
    assert np.array_equal(found.suggested, evaluation.predicted)


def test_few_digits_and_none():
    labels, embeddings = clouds(8)
    evaluation = with_embeddings(labels, labels, embeddings)
    assert sorted(doubts(evaluation).order) == list(range(8))
    assert len(doubts(evaluation[:0]).order) == 0


def test_digits_beyond_the_candidates_keep_the_networks_order():
    labels, embeddings = clouds(N_CANDIDATES + 300)
    evaluation = with_embeddings(labels, labels, embeddings)
    by_network = np.argsort(evaluation.self_confidences, kind="stable")
    assert doubts(evaluation).order[N_CANDIDATES:].tolist() == by_network[N_CANDIDATES:].tolist()


def test_starter_finds_four_of_the_five_rejected_labels():
    first = doubts(open_run(settings.STARTER_FOLDER).evaluation()).order[:60]
    assert len(set(REJECTED) & set(first.tolist())) >= 4


def test_a_training_keeps_the_neighbours_of_its_test_digits(trained_run):
    evaluation = trained_run.evaluation()
    n_asked = min(N_CANDIDATES, len(evaluation))
    assert (evaluation.neighbours.sum(axis=1) == 10).sum() == n_asked
    own = evaluation.neighbours[np.arange(len(evaluation)), evaluation.labels]
    assert own.mean() > 6  # Most digits look to it like others of their kind.
