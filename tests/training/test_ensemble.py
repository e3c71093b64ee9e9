"""Several runs as one: the mean of what their networks say, whole in itself, honest about it."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import digitcnn
from digitcnn.cli.main import main
from digitcnn.data import handwriting
from digitcnn.evaluation.logits import softmax
from digitcnn.inference.adaptation.adapt import adapt
from digitcnn.inference.adaptation.correction import AdaptedRecognizer
from digitcnn.inference.adaptation.reference_set import reference_set, seen
from digitcnn.inference.export import export
from digitcnn.inference.recognizer import Recognizer
from digitcnn.report import report
from digitcnn.report.notebook import NoNotebook, notebook
from digitcnn.runs import store
from digitcnn.runs.run import MEMBERS, DamagedRun, open_run, write_card
from digitcnn.training import ensemble
from digitcnn.training.ensemble import NoEnsemble


@pytest.fixture
def own_home(ensemble_home, tmp_path):
    """A copy of the home folder with an ensemble, to do things to."""
    return shutil.copytree(ensemble_home, tmp_path / "copy")


@pytest.fixture
def ids(ensemble_run) -> list[str]:
    return [member.id for member in ensemble_run.card.members]


def test_it_says_the_mean_of_what_its_members_say(ensemble_home, ensemble_run, ids):
    images = handwriting.digits(60, 5).images
    whole = Recognizer(ensemble_run)
    alone = [Recognizer(store.find_run(ensemble_home, run_id)) for run_id in ids]
    one_view = np.stack([reader.logits(images) for reader in alone])
    assert np.allclose(whole.logits(images), one_view.mean(axis=0), atol=1e-4)
    outputs = whole.outputs(images)
    assert outputs.members is not None and outputs.members.shape == (60, 3, 10)
    assert np.allclose(outputs.logits, outputs.members.mean(axis=1), atol=1e-5)
    several = [
        n for n, run_id in enumerate(ids) if store.find_run(ensemble_home, run_id).recipe["tta"]
    ]
    for n in several:  # those that read in several views by themselves say the same here
        assert np.allclose(outputs.members[:, n], alone[n].outputs(images).logits, atol=1e-4)
    prediction = whole.recognize(images[0])
    assert prediction.members == tuple(outputs.members[0].argmax(axis=1))
    assert alone[0].recognize(images[0]).members == ()


def test_it_is_calibrated_and_evaluated_as_a_training_is(ensemble_run, handwriting_test):
    evaluation = ensemble_run.evaluation()
    outputs = Recognizer(ensemble_run).outputs(handwriting_test.images)
    assert np.array_equal(evaluation.labels, handwriting_test.labels)
    assert np.allclose(evaluation.probabilities, outputs.probabilities, atol=1e-5)
    calibrated = softmax(outputs.logits.astype(float) / ensemble_run.card.calibration.temperature)
    assert np.allclose(outputs.probabilities, calibrated, atol=1e-5)
    assert np.array_equal(evaluation.members, outputs.members.argmax(axis=2))
    assert ensemble_run.test_accuracy == evaluation.accuracy
    refused = float(np.mean(~outputs.is_digit))
    assert ensemble_run.card.metrics["test_refused"] == pytest.approx(refused)
    # Of the members' 500, 300 and 300 validation digits the 300 that none has learned.
    assert ensemble_run.card.dataset.n_validation == 300


def test_its_card_says_its_members(ensemble_home, ensemble_run, ids):
    card = ensemble_run.card
    runs = [store.find_run(ensemble_home, run_id) for run_id in ids]
    assert sorted(member.network for member in card.members) == ["lenet5", "mlp", "plain"]
    assert [member.checksum for member in card.members] == [run.card.checksum for run in runs]
    assert card.parameters == sum(run.card.parameters for run in runs)
    assert sum(layer.parameters for layer in card.layers) == card.parameters
    assert ensemble_run.name == "Three together" and ensemble_run.network == "ensemble"


def test_it_needs_none_of_its_members_and_a_change_is_noticed(own_home):
    run = store.current_run(own_home)[0]
    for member in run.card.members:
        store.remove(own_home, member.id)
    assert digitcnn.load_run("Three together", own_home).id == run.id
    drawing = [[(140, 40), (140, 240)]]
    assert digitcnn.read_drawing(drawing, Recognizer(open_run(run.folder))).label in range(10)
    (run.folder / MEMBERS).write_bytes(b"other")
    with pytest.raises(DamagedRun, match="members.npz is damaged"):
        open_run(run.folder)


def test_from_python_it_is_one_call(ensemble_home, ensemble_run, ids, monkeypatch):
    asked = []
    monkeypatch.setattr(ensemble, "make", lambda *how: asked.append(how) or ensemble_run)
    runs = [ids[0], store.find_run(ensemble_home, ids[1]), ensemble_home / "runs" / ids[2]]
    assert digitcnn.ensemble(runs, "Mine", ensemble_home) is ensemble_run
    assert asked == [(ids, ensemble_home, "Mine", None)]
    with pytest.raises(digitcnn.DigitcnnError, match="There is no run"):
        digitcnn.ensemble(["nobody"], home=ensemble_home)


def test_a_card_whose_members_are_not_those_of_the_file_is_refused(own_home, capsys):
    run = store.current_run(own_home)[0]
    write_card(run.folder, {**run.card.entries, "members": run.card.entries["members"][:2]})
    with pytest.raises(DamagedRun, match=r"members\.npz can't be read"):
        Recognizer(open_run(run.folder))
    assert main(["runs", "--home", str(own_home), "members", run.id]) == 2
    assert "does not say what its networks read" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["keras", "tflite", "run"])
def test_it_is_exported_like_any_other(form, ensemble_run, tmp_path):
    assert export(ensemble_run, tmp_path, form).difference < 1e-5


def test_it_adapts_to_a_hand_like_any_other(ensemble_run):
    recognizer = Recognizer(ensemble_run)
    images = handwriting.digits(6, 7).images
    drawings = [seen(recognizer, image) for image in images]
    labels = (recognizer.outputs(images).logits.argmax(axis=1) + 1) % 10  # all of them wrong
    learned = adapt(drawings, labels.tolist(), reference_set(ensemble_run, recognizer), 1.0)
    assert learned.correction is not None and learned.effect.after > learned.effect.before == 0
    outputs = AdaptedRecognizer(recognizer, learned.correction).outputs(images)
    assert (outputs.logits.argmax(axis=1) == labels).sum() == learned.effect.after
    assert np.allclose(outputs.members.mean(axis=1), outputs.logits, atol=1e-5)


def test_reports_and_notebooks_say_what_it_is(ensemble_run, handwriting_test, ids):
    said = report.html(ensemble_run, handwriting_test)
    assert "All networks agree on" in said
    assert "Ensemble of 3 networks" in said and f"runs ensemble {' '.join(ids)}" in said
    with pytest.raises(NoNotebook, match="is an ensemble"):
        notebook(ensemble_run)


def test_the_command_says_where_the_members_disagree(ensemble_home, ensemble_run, capsys):
    home = ["--home", str(ensemble_home)]
    assert main(["runs", *home, "members", ensemble_run.id, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    members = ensemble_run.evaluation().members
    apart = [n for n, row in enumerate(members.tolist()) if len(set(row)) > 1]
    assert sorted(row["digit"] for row in said["disagreements"]) == apart
    figures = said["agreement"]
    assert figures["differ"] == len(apart) and figures["agree"] + figures["differ"] == 500
    assert figures["agree_right"] + figures["differ_right"] == 500 - said["test_errors"]
    assert len(said["members"]) == 3
    assert main(["runs", *home, "members", ensemble_run.id]) == 0
    told = capsys.readouterr().out
    assert "All networks agree on" in told and "of 3 networks say" in told


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (["{0}"], "two runs or more"),
        (["{0}", "{0}"], "named twice"),
        (["{0}", "{1}", "{whole}"], "is an ensemble itself; name its networks instead"),
        (["{0}", "nothing"], "There is no run 'nothing'"),
        (["{0}", "starter"], "share their test digits"),
        (["{0}"] * 8, "at most"),
    ],
)
def test_what_can_not_be_put_together_is_a_sentence(
    chosen, said, ensemble_home, ensemble_run, ids, capsys
):
    words = [word.format(*ids, whole=ensemble_run.id) for word in chosen]
    assert main(["runs", "--home", str(ensemble_home), "ensemble", *words]) == 2
    assert said in capsys.readouterr().err
    assert not list((ensemble_home / "training").iterdir())


def test_a_damaged_member_and_one_made_elsewhere_are_named(own_home, ids):
    first, second, _ = (own_home / "runs" / run_id for run_id in ids)
    entries = open_run(second).card.entries
    layout = {"file": "foreign.tflite", "pixels": "0-1", "paper": "dark", "transposed": False}
    shutil.copy(second / "model.tflite", second / "foreign.tflite")
    files = {**entries["files"], "foreign.tflite": entries["files"]["model.tflite"]}
    write_card(second, {**entries, "files": files, "foreign": {**layout, "output": "logits"}})
    with pytest.raises(NoEnsemble, match="was made elsewhere"):
        ensemble.members(ids, own_home)
    (first / "model.keras").write_bytes(b"damaged")
    with pytest.raises(DamagedRun, match=f"{ids[0]} is damaged"):
        ensemble.members(ids, own_home)


def test_a_member_that_learned_the_others_validation_digits_is_refused(
    ensemble_home, ensemble_run, ids, monkeypatch
):
    monkeypatch.setattr(handwriting, "N_TEST", 500)
    monkeypatch.setattr(ensemble, "held_back_by_both", lambda run, dataset: np.arange(300) % 2 == 0)
    runs = [store.find_run(ensemble_home, run_id) for run_id in ids]
    assert len(ensemble._digits(runs, ensemble_home, None).validation) == 300
    other_split = replace(runs[1].card.dataset, split_seed=5)  # as earlier versions split
    runs[1] = replace(runs[1], card=replace(runs[1].card, dataset=other_split))
    with pytest.raises(NoEnsemble, match="has learned 150 of the 300 digits"):
        ensemble._digits(runs, ensemble_home, None)
