"""Whether corrections helped, in words that the paired test bears out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from digitcnn.data.corrections import Correction, CorrectionSet, Of
from digitcnn.evaluation.significance import NotComparable, TwoRuns
from digitcnn.runs import store, with_corrections
from tests.run_makers import fill_training, some_card, some_evaluation

N = 400


def a_run(home, name, evaluation, **changes) -> store.Run:
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    evaluation.save(folder / "evaluation.npz")
    return store.publish(folder, home, some_card(folder.name, name=name, **changes))


def reading(evaluation, wrong) -> object:
    """The same digits, all read correctly but for some."""
    read = evaluation.labels.copy()
    read[wrong] = (read[wrong] + 1) % 10
    rows = np.full((len(read), 10), 0.01, np.float32)
    rows[np.arange(len(read)), read] = 0.91
    return replace(evaluation, probabilities=rows)


@pytest.fixture
def runs(home):
    some = some_evaluation(N)
    before = a_run(home, "before", reading(some, range(30)))
    used = [{"name": "mine", "fingerprint": "a" * 64, "n": 37}]
    recipe = {"name": "fast", "network": "plain", "seed": 0, "corrections": "mine"}
    after = a_run(
        home, "after", reading(some, range(5, 24)), corrections=used, n_corrected=30, recipe=recipe
    )
    return after, before, some


def corrections(run, evaluation, *said) -> CorrectionSet:
    of = Of("mnist", "the test digits", run.card.dataset.fingerprint, N)
    made = [
        Correction(i, "leave out" if to is None else "label", int(evaluation.labels[i]), to)
        for i, to in said
    ]
    return CorrectionSet("of tests", of, {}).with_these(made)


def test_fewer_mistakes_and_whether_by_chance(runs):
    after, before, _ = runs
    found = with_corrections.compare(after, before)
    p = stats.binomtest(0, 11).pvalue
    assert found.untouched.chance == pytest.approx(p)
    (told,) = found.in_words()
    assert (
        "after makes 11 fewer mistakes than before (19 against 30 of 400); that is hardly chance"
        in told
    )
    assert "p = 0.0010" in told and found.corrected is None
    back = with_corrections.compare(before, after).in_words()[0]
    assert "11 more mistakes than after" in back


def test_small_differences_could_be_chance(runs):
    _, _, some = runs
    two = TwoRuns(reading(some, range(4)), reading(some, range(5)))
    assert two.fewer_in_words("before") == (
        "1 fewer mistake than before (4 against 5 of 400); that could be chance "
        "(p = 1.00, McNemar’s test)."
    )
    same = TwoRuns(reading(some, [1]), reading(some, [2]))
    assert same.fewer_in_words("before") == (
        "as many mistakes as before (1 against 1 of 400), on other digits: 1 each."
    )
    same = TwoRuns(reading(some, [1]), reading(some, [1]))
    assert same.fewer_in_words("before") == "as many mistakes as before (1 against 1 of 400)."


def test_corrected_labels_count_as_well(runs):
    after, before, some = runs
    # The runs read digit 6 as one more than its label: that is right, then; digit 399 goes.
    by = corrections(after, some, (6, (int(some.labels[6]) + 1) % 10), (399, None))
    found = with_corrections.compare(after, before, by)
    assert len(found.corrected.first) == N - 1
    assert int((~found.corrected.first_right).sum()) == 18
    assert "18 against 29 of 399" in found.in_words()[1]
    assert found.figures()["corrected"]["left_out"] == 1
    assert np.array_equal(found.untouched.first.labels, some.labels)
    told = with_corrections.accuracy_in_words(after.evaluation(), by)
    assert "18 mistakes" in told and "19)" in told


def test_the_run_before_is_that_of_the_same_recipe(runs, home):
    after, before, some = runs
    assert with_corrections.before(after, home).id == before.id
    a_run(home, "another seed", some, recipe={"name": "fast", "network": "plain", "seed": 1})
    assert with_corrections.before(after, home).id == before.id
    assert with_corrections.outcome(after, home).before_name == "before"
    assert with_corrections.outcome(before, home) is None


def test_other_test_digits_can_not_be_compared(runs, home):
    after, _, some = runs
    other = a_run(home, "elsewhere", some, dataset={"name": "usps", "fingerprint": "1" * 64})
    with pytest.raises(NotComparable, match="different digits"):
        with_corrections.compare(after, other)
