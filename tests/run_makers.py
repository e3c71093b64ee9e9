"""Runs, and parts of runs, for tests that need no real network in them."""

import json
from pathlib import Path

import numpy as np

from digitcnn.evaluation.evaluation import Evaluation


def some_evaluation(n: int = 40, seed: int = 0) -> Evaluation:
    """An evaluation with a few mistakes; of no network."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n).astype(np.uint8)
    logits = rng.normal(0, 1, (n, 10))
    logits[np.arange(n), labels] += 3
    powers = np.exp(logits)
    probabilities = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return Evaluation("mnist", labels, probabilities)


def some_card(run_id: str, **changes) -> dict:
    """A card as the trainer hands it to runs.publish."""
    card = {
        "id": run_id,
        "name": run_id,
        "created": "2026-01-02T03:04:05+00:00",
        "network": "plain",
        "parameters": 121_930,
        "layers": [{"layer": "ReLU", "shape": [26, 26, 32], "parameters": 0}],
        "recipe": {"name": "fast", "network": "plain", "seed": 0},
        "seconds": 12.5,
        "metrics": {"test_accuracy": 0.9912, "test_loss": 0.03, "validation_accuracy": 0.99},
        "calibration": {"temperature": 1.0, "digit_threshold": 0.0},
        "dataset": {"name": "mnist", "fingerprint": "0" * 64, "n_train": 55_000},
        "versions": {"python": "3.11.0"},
    }
    return {**card, **changes}


def fill_training(folder: Path, model: bytes = b"a model") -> None:
    """Puts into a training folder every file that a run must have; the models are not real."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "history.json").write_text(json.dumps({"epochs": [], "batches": {}}))
    (folder / "model.keras").write_bytes(model)
    (folder / "model.tflite").write_bytes(model[::-1])
    some_evaluation().save(folder / "evaluation.npz")
