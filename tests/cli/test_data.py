"""``data doubts`` and ``data duplicates``, on a file of one's own."""

import json

import numpy as np
import pytest

from digitcnn.cli.main import main
from digitcnn.data import handwriting


@pytest.fixture
def mine(tmp_path):
    """A hundred and fifty digits, the last three of which are the first three once more."""
    digits = handwriting.digits(147, 12)
    images = np.concatenate([digits.images, digits.images[:3]])
    labels = np.concatenate([digits.labels, digits.labels[:3]])
    np.savez(tmp_path / "mine.npz", images=images, labels=labels)
    return str(tmp_path / "mine.npz")


def test_near_duplicates_stand_once_and_what_was_found_is_kept(mine, home, capsys):
    assert main(["data", "duplicates", mine, "--number", "5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    copies = {(one["digit"], one["nearest"]) for one in told["pairs"] if one["cosine"] > 0.9999}
    assert copies == {(147, 0), (148, 1), (149, 2)}
    assert len(list((home / "found-out").iterdir())) == 1
    assert main(["data", "duplicates", mine]) == 0
    assert "Like no other" in capsys.readouterr().out


def test_doubtful_labels_of_training_digits_are_listed(mine, home, capsys):
    assert main(["data", "doubts", mine, "--number", "4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    certain = [row["self_confidence"] for row in told["doubts"]]
    assert told["n"] == 135 and certain == sorted(certain) and len(certain) == 4
    assert main(["data", "doubts", mine]) == 0
    assert "networks that were not trained on them" in capsys.readouterr().out
