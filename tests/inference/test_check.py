"""Expectations: their files, what becomes of them, and what is kept of that."""

import json
from dataclasses import replace

import numpy as np
import pytest

from digitcnn.cli.main import main
from digitcnn.data import corruptions, distortions, handwriting
from digitcnn.data.styles import STYLES
from digitcnn.errors import DigitcnnError
from digitcnn.evaluation import expectations
from digitcnn.inference import check
from digitcnn.inference.recognizer import Recognizer
from digitcnn.runs import checks, store


def written(tmp_path, entries, name="expected.json"):
    path = tmp_path / name
    content = {"format": expectations.FORMAT, "version": 1, "expectations": entries}
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def drawings(tmp_path):
    """Forty made-up digits as a file, beside which expectations lie."""
    made = handwriting.digits(40, 77)
    np.savez(tmp_path / "drawings.npz", images=made.images, labels=made.labels)
    return made


@pytest.fixture
def starter(home):
    return store.find_run(home, "starter")


def test_the_shipped_expectations_are_a_dozen_and_their_words_exist():
    shipped = check.shipped()
    assert len(shipped.all) >= 12
    assert expectations.read(shipped.to_json()) == shipped
    for expectation in shipped.all:
        assert set(expectation.slice.styles) <= set(STYLES)
        assert expectation.slice.corrupted in ("", *corruptions.CORRUPTIONS)


def test_written_digits_are_the_same_as_ever_and_know_their_style_and_strokes():
    made = handwriting.written(600, 5, (0.5, 1.0))
    assert np.array_equal(made.digits.images, handwriting.digits(600, 5).images[500:])
    assert [STYLES[style][0] for style in made.styles] == made.digits.labels.tolist()
    crossed = [n for style, n in zip(made.styles, made.strokes, strict=True)
               if style == "crossed seven"]  # fmt: skip
    assert crossed and set(crossed) == {2}


def test_a_file_beside_the_expectations_is_read_turned_and_counted(
    home, starter, drawings, tmp_path
):
    path = written(
        tmp_path,
        [
            {"slice": {"name": "these", "data": "drawings.npz"}, "at_least": 0.5},
            {"slice": {"name": "turned", "data": "drawings.npz", "turned": 30, "first": 20},
             "at_least": 0},
            {"slice": {"name": "nobody", "data": "drawings.npz", "ink": [0, 0]}, "at_least": 0},
            {"slice": {"name": "away", "data": "gone.npz"}, "at_least": 0},
        ],
    )  # fmt: skip
    recognizer = Recognizer(starter)
    these, turned, nobody, away = check.check(starter, recognizer, check.load(path), home)

    def right(images, labels):
        return int((recognizer.outputs(images).probabilities.argmax(axis=1) == labels).sum())

    assert (these.n, these.right) == (40, right(drawings.images, drawings.labels))
    images = np.stack([distortions.turned(image, 30 * (-1) ** i)
                       for i, image in enumerate(drawings.images[:20])])  # fmt: skip
    assert (turned.n, turned.right) == (20, right(images, drawings.labels[:20]))
    assert these.holds and turned.holds
    assert not nobody.holds and "no such digit" in nobody.trouble
    assert not away.holds and "gone.npz" in away.trouble


def test_the_command_ends_with_0_1_or_2_and_keeps_what_came_of_it(
    home, starter, drawings, tmp_path, capsys, monkeypatch
):
    entry = {"slice": {"name": "these", "data": "drawings.npz"}, "at_least": 0.5}
    holds = written(tmp_path, [entry], "holds.json")
    fails = written(tmp_path, [entry, {**entry, "at_least": 1, "slice": {
        "name": "noisy", "data": "drawings.npz", "corrupted": "impulse noise", "strength": 5}}],
        "fails.json")  # fmt: skip
    (tmp_path / "bad.json").write_text("{")

    def run(*arguments):
        code = main(["check", "starter", "--home", str(home), *arguments])
        return code, capsys.readouterr()

    assert run("--expectations", str(holds))[0] == 0
    code, said = run("--expectations", str(fails), "--json")
    figures = json.loads(said.out)
    assert code == 1 and (figures["hold"], figures["of"]) == (1, 2)
    code, said = run("--expectations", str(tmp_path / "bad.json"))
    assert code == 2 and "not JSON" in said.err and "Traceback" not in said.err
    assert run("--expectations", str(tmp_path / "none.json"))[0] == 2
    # The second time nothing is read; other drawings in the file are another matter.
    mark = check.mark(check.load(fails))
    kept = checks.kept(home, starter, mark)
    assert [outcome.holds for outcome in kept.outcomes] == [True, False]
    monkeypatch.setattr(check, "check", lambda *_: pytest.fail("read again"))
    assert run("--expectations", str(fails))[0] == 1
    np.savez(tmp_path / "drawings.npz", images=drawings.images[:9], labels=drawings.labels[:9])
    assert check.mark(check.load(fails)) != mark


def test_what_was_kept_is_another_runs_no_more_and_damaged_is_none(home, starter):
    outcome = expectations.Outcome("a", "all", 0.5, 10, 6)
    checks.keep(home, starter, "m" * 64, checks.Checked("x", (outcome,), 1.0))
    assert checks.kept(home, starter, "m" * 64).outcomes == (outcome,)
    renamed = replace(starter, card=replace(starter.card, name="other", checksum="0" * 64))
    assert checks.kept(home, renamed, "m" * 64) is not None  # a name changes nothing that is read
    files = {**starter.card.files, "model.tflite": "0" * 64}
    other = replace(starter, card=replace(starter.card, files=files))
    assert checks.kept(home, other, "m" * 64) is None
    checks.path_of(home, starter, "m" * 64).write_text("{}")
    assert checks.kept(home, starter, "m" * 64) is None


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"[" * 10_000, b'{"format": "other"}',
        b'{"format": "digitcnn expectations", "version": 2}',
        b'{"format": "digitcnn expectations", "version": 1, "expectations": []}',
        b'{"format": "digitcnn expectations", "version": 1, "expectations": [{}]}',
        b'{"format": "digitcnn expectations", "version": 1, "expectations": '
        b'[{"slice": {"name": "a"}, "at_least": 1.1}]}',
        b'{"format": "digitcnn expectations", "version": 1, "expectations": '
        b'[{"slice": {"name": "a", "labels": ["1"]}, "at_least": 1}]}',
        b" " * (expectations.MAX_BYTES + 1),
    ],
)  # fmt: skip
def test_what_is_no_file_of_expectations_gets_a_sentence(content):
    with pytest.raises(DigitcnnError, match=r"\.$"):
        expectations.read(content)


def test_a_run_takes_its_outcomes_along_and_none_of_other_files_or_expectations(
    starter, home, tmp_path
):
    run = replace(starter, folder=tmp_path)
    checked = checks.Checked("x", (expectations.Outcome("sevens", "digit 7", 0.9, 10, 9),), 1.0)
    checks.keep_in_run(run, "m" * 64, checked)
    assert checks.kept(home, run, "m" * 64) == checked
    assert checks.kept(home, run, "n" * 64) is None
    other = replace(run, card=replace(run.card, files={**run.card.files, "model.keras": "0" * 64}))
    assert checks.kept(home, other, "m" * 64) is None
    newer = checks.Checked("x", (expectations.Outcome("sevens", "digit 7", 0.9, 10, 8),), 1.0)
    checks.keep(home, run, "m" * 64, newer)  # what was measured here counts
    assert checks.kept(home, run, "m" * 64) == newer


def test_the_starter_ships_with_outcomes_of_the_expectations_that_ship(starter, home):
    found = checks.kept(home, starter, check.mark(check.shipped()))
    assert found is not None, "digitcnn check starter --again --keep-in-run"
    assert [outcome.name for outcome in found.outcomes] == [
        expectation.slice.name for expectation in check.shipped().all
    ]
    assert all(outcome.holds for outcome in found.outcomes)
