"""Runs each fault as often as asked, and summarises the outcomes."""

import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digitcnn.benchmarks.robustness.faults import clock_and_sharing, disks, downloads, kills, memory
from digitcnn.benchmarks.robustness.faults.bench import Fault, NotTried

FAULTS: dict[str, Fault] = {
    fault.__name__.replace("_", "-"): fault
    for fault in (
        kills.trainer_killed,
        kills.web_killed,
        disks.disk_full,
        disks.run_damaged,
        disks.read_only,
        downloads.download_fails,
        clock_and_sharing.clock_set_back,
        clock_and_sharing.two_of_each,
        memory.memory_short,
    )
}
_TOLD = 5  # troubles of each fault that are told in full


def measure(
    names: Sequence[str] = (),
    number: int = 20,
    seed: int = 0,
    tell: Callable[[str, int], None] = lambda name, tried: None,
) -> dict[str, dict[str, Any]]:
    """Tries faults.

    Args:
        names: which; all by default.
        number: how often each.
        seed: of the random moments.
        tell: called with a fault's name and how often it was tried so far.

    Returns:
        For each fault ``tried``, ``lost`` (trials after which something was missing or wrong),
        ``down`` (trials after which the app did not serve), ``outcomes`` (what happened, counted),
        ``troubles`` (the first few, in words), and ``not_tried``: why, if it can't be made here.
    """
    results = {}
    for name in names or FAULTS:
        trials, not_tried = [], ""
        rng = np.random.default_rng((seed, zlib.crc32(name.encode())))
        with tempfile.TemporaryDirectory(prefix="digitcnn-fault-") as folder:
            try:
                for trial in FAULTS[name](Path(folder), number, rng):
                    trials.append(trial)
                    tell(name, len(trials))
            except NotTried as error:
                not_tried = str(error)
        troubles = [text for trial in trials for text in (*trial.lost, *trial.down)]
        results[name] = {
            "tried": len(trials),
            "lost": sum(bool(trial.lost) for trial in trials),
            "down": sum(bool(trial.down) for trial in trials),
            "outcomes": dict(Counter(trial.note for trial in trials)),
            "troubles": troubles[:_TOLD],
            "not_tried": not_tried,
        }
    return results
