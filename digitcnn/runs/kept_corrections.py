"""The correction sets that a run was trained with, kept in it as ``corrections.json``.

A set in the home folder can change after a training, or go; what a run learned from stays known.
"""

import json
from typing import Any

from digitcnn.data import corrections
from digitcnn.data.corrected import Corrections
from digitcnn.data.corrections import CorrectionSet, WrongCorrections
from digitcnn.runs.card import DamagedRun
from digitcnn.runs.run import Run

FILENAME = "corrections.json"

_LIMIT_BYTES, _MOST_SETS = 20_000_000, 50


def to_bytes(wanted: Corrections) -> bytes:
    """The file of a training with corrections."""
    test = None if wanted.test is None else wanted.test.to_dict()
    return json.dumps({"sets": [one.to_dict() for one in wanted.asked], "test": test}).encode()


def entries(wanted: Corrections) -> dict[str, Any]:
    """What the card says of them; nothing of a training without."""
    if not wanted.asked:
        return {}
    return {
        "corrections": [
            {"name": one.name, "fingerprint": one.fingerprint, "n": len(one)}
            for one in wanted.asked
        ],
        "n_corrected": wanted.n_training,
    }


def of_run(run: Run) -> tuple[tuple[CorrectionSet, ...], CorrectionSet | None]:
    """The sets that a run was trained with, and what they say of its test digits, if anything.

    Raises:
        DamagedRun: the file is not what a trainer writes.
    """
    if FILENAME not in run.card.files:
        return (), None
    content = run.content(FILENAME)
    try:
        if len(content) > _LIMIT_BYTES:
            raise ValueError("too long")
        told = json.loads(content)
        sets = tuple(corrections.read_entries(one) for one in told["sets"][:_MOST_SETS])
        test = None if told["test"] is None else corrections.read_entries(told["test"])
    except (ValueError, TypeError, KeyError, RecursionError, WrongCorrections) as error:
        raise DamagedRun(f"{FILENAME} holds no correction sets.") from error
    return sets, test
