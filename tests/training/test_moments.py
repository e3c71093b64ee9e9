"""What a real training keeps of its way."""

import numpy as np

from digitcnn.inference.litert import serving_network
from digitcnn.inference.moment_network import MomentNetwork
from digitcnn.runs import moments
from digitcnn.runs.run import MOMENTS, SERVING_MODEL


def test_a_training_keeps_its_moments(trained_run, handwriting_test):
    assert MOMENTS in trained_run.card.files
    assert (trained_run.folder / MOMENTS).stat().st_size <= moments.LIMIT_BYTES
    assert not (trained_run.folder / "moment.keras").exists()
    found = moments.of_run(trained_run)
    n_epochs = len(trained_run.history()["epochs"])
    early = moments.early_steps(found.steps_per_epoch)
    ends = [epoch * found.steps_per_epoch for epoch in range(1, n_epochs + 1)]
    np.testing.assert_array_equal(found.steps, early + ends)
    assert found.averaged.tolist() == [False] * len(early) + [
        bool(trained_run.recipe["ema_momentum"])
    ] * len(ends)
    accuracies = found.accuracies(handwriting_test.labels)
    assert accuracies[0] < 0.3 < accuracies[-1]


def test_the_last_moment_is_the_network_that_was_kept(trained_run, handwriting_test):
    found, images = moments.of_run(trained_run), handwriting_test.images[:200]
    last = MomentNetwork(found, len(found) - 1)
    logits, _ = serving_network(trained_run.content(SERVING_MODEL))(images.astype(np.float32))
    assert np.abs(last.logits(images) - logits).max() < 0.05 * np.abs(logits).max()


def test_logits_have_no_mean_in_the_network_and_at_any_moment(trained_run, handwriting_test):
    """What the free energy is measured against: softmax leaves it open, so training does not."""
    images = handwriting_test.images[:100]
    logits, _ = serving_network(trained_run.content(SERVING_MODEL))(images.astype(np.float32))
    assert np.abs(logits.mean(axis=1)).max() < 1e-4 * np.abs(logits).max()
    found = moments.of_run(trained_run)
    early = MomentNetwork(found, 3).logits(images)  # its kernels are rounded
    assert np.abs(early.mean(axis=1)).max() < 0.02 * np.abs(early).max()


def test_what_moments_read_is_what_was_kept_of_them(trained_run, handwriting_test):
    found, images = moments.of_run(trained_run), handwriting_test.images[:200]
    temperature = trained_run.card.calibration.temperature
    for moment in (0, 4, len(found) - 1):
        read = MomentNetwork(found, moment).probabilities(images, temperature)
        sure = found.confidences(moment)[:200]
        # Kernels are rounded; what was hardly decided may be decided otherwise.
        same = read.argmax(axis=1) == found.predicted[moment, :200]
        assert same.mean() > 0.95
        np.testing.assert_allclose(read.max(axis=1), sure, atol=0.05)
