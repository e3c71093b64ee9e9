"""Training on data sets joined: each gives its part, and the run says which they were."""

import json

import numpy as np
import pytest

from digitcnn.cli.main import main
from digitcnn.data import correction_folder, handwriting, joined
from digitcnn.data.corrections import Correction, CorrectionSet, Of
from digitcnn.data.digits import fingerprint
from digitcnn.inference import evaluate
from digitcnn.models.recipes import recipe
from digitcnn.report import report
from digitcnn.runs import kept_corrections
from digitcnn.runs.store import list_runs
from digitcnn.training import dataset

SMALL = {"handwriting": 40, "nondigits": 20, "learned_digits": 0, "learned_letters": 0}


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    digits = handwriting.digits(400, 1)
    path = tmp_path_factory.mktemp("own") / "mine.npz"
    np.savez(path, images=digits.images, labels=digits.labels)
    return path


def corrections_of(path) -> CorrectionSet:
    """Of a file that is divided here: two of its training digits and one of its test digits."""
    whole = joined.named(str(path), path.parent).digits
    held_out = joined.halves(str(path), path.parent)[0].held_out
    chosen = [*np.flatnonzero(~held_out)[:2], *np.flatnonzero(held_out)[:1]]
    first, second, third = (int(index) for index in chosen)
    was = whole.labels.tolist()
    said = [
        Correction(first, "label", was[first], (was[first] + 1) % 10),
        Correction(second, "leave out", was[second]),
        Correction(third, "label", was[third], (was[third] + 1) % 10),
    ]
    of = Of("mine", "my digits", fingerprint(whole), len(whole))
    return CorrectionSet("of mine", of, {}).with_these(said)


def test_each_set_holds_back_its_share_of_validation_digits(mine, home, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(handwriting, "N_TEST", 500)
    wanted = recipe("fast", dataset=f"optdigits+handwriting+{mine}", validation=300, **SMALL)
    sets = joined.halves(wanted.dataset, home)
    made = dataset.gather(wanted, sets)
    counts = [(p.n_training, p.n_validation, p.n_test) for p in made.parts]
    held = 300 * 1_437 // 1_797, 300 * 360 // 1_797
    assert counts == [
        (1_437 - held[0], held[0], 360),
        (40, 100, 500),
        (360 - held[1], held[1], 40),
    ]
    assert len(made.training) == 1_437 + 360 - sum(held) + 40
    assert len(made.validation) == sum(held) + 100 and len(made.test) == 900
    training = {image.tobytes() for image in made.training.images}
    own = made.validation.images[-held[1] :]
    assert not any(image.tobytes() in training for image in own)


def test_a_small_set_holds_back_a_third_at_most(mine, home):
    wanted = recipe("fast", dataset=str(mine), validation=4_000, **SMALL)
    made = dataset.gather(wanted, joined.halves(wanted.dataset, home))
    assert [p.n_validation for p in made.parts] == [120] and made.name == "mine.npz"


def test_a_run_trained_on_joined_sets_says_so_everywhere(mine, home, capsys, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(handwriting, "N_HELD_BACK", 100)
    monkeypatch.chdir(mine.parent)  # files are named from there
    small = "--epochs 1 --handwriting 0 --nondigits 0 --learned-digits 0 --learned-letters 0"
    command = ["train", "--recipe", "fast", "--network", "plain"]
    command += [*small.split(), "--validation", "300", "--no-tta", "--home", str(home)]
    corrected = corrections_of(mine)
    correction_folder.write(home, corrected)
    command += ["--corrections", corrected.name]
    assert main([*command, "--dataset", f"optdigits+{mine.name}"]) == 0
    told = capsys.readouterr().out
    run = next(listing.run for listing in list_runs(home) if listing.id != "starter")
    assert [part.name for part in run.card.datasets] == ["optdigits", "mine.npz"]
    assert run.card.dataset.name == "optdigits+mine.npz" and str(mine) in run.recipe["dataset"]
    right = sum(round(part.test_accuracy * part.n_test) for part in run.card.datasets)
    assert right == round(run.test_accuracy * 400)
    (used,) = run.card.corrections
    assert (used.name, used.fingerprint, used.n) == ("of mine", corrected.fingerprint, 3)
    kept, of_tests = kept_corrections.of_run(run)
    assert [one.fingerprint for one in kept] == [corrected.fingerprint]
    # Optdigits' 360 test digits come first; one of the three corrections is of a test digit.
    assert run.card.n_corrected == 2 and [one.index >= 360 for one in of_tests] == [True]
    assert "2 training digits had another label or were left out" in told
    assert "than built-in network" not in told  # which was evaluated on other digits
    digits = evaluate.digits(run, home)
    assert digits is not None and len(digits) == 400
    assert "joined of optdigits" in report.html(run, digits)
    assert main(["evaluate", run.id, "--dataset", str(mine), "--json", "--home", str(home)]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["n"] == 40 and "held out" in said.err
    mine.rename(mine.with_name("moved.npz"))
    assert evaluate.digits(run, home) is None
