"""Expectations and several runs on the Train page."""

import numpy as np

from digitcnn.app.train import expectations
from digitcnn.evaluation.evaluation import Evaluation
from digitcnn.evaluation.expectations import Outcome
from digitcnn.inference.check import shipped
from digitcnn.runs import checks, store
from digitcnn.runs.checks import Checked
from tests.app.train.test_train import (  # noqa: F401
    all_text,
    page,
    publish_copy,
    starter,
    table,
)


def kept(home, run, *held):
    outcomes = tuple(
        Outcome(f"slice {place}", "all", 0.9, 100, 95 if holds else 40)
        for place, holds in enumerate(held)
    )
    checks.keep(home, run, expectations._mark(), Checked("digits", outcomes, 1.0))


def cells(page):  # noqa: F811
    shown = table(page)
    at = [column["key"] for column in shown["columns"]].index("expectations")
    return {row["id"]: row["cells"][at] for row in shown["rows"]}


def test_the_table_says_which_hold_in_words_and_signs_and_offers_to_check(
    page,  # noqa: F811
    home,
    starter,  # noqa: F811
):
    run = publish_copy(starter, home)
    page.run()
    assert cells(page)[run.id] == {"text": "–", "value": None}
    assert page.test.button(key=f"check {run.id}")
    kept(home, run, True, True)
    page.run()
    assert cells(page)[run.id] == {"text": "✓ all 2 hold", "value": 2, "mood": "holds"}
    kept(home, run, True, False)
    page.run()
    assert cells(page)[run.id] == {"text": "✗ 1 of 2 fails", "value": 1, "mood": "fails"}
    told = all_text(page)
    assert "✓ 95.00%" in told and "holds: 5 of 100 wrong" in told
    assert "✗ 40.00%" in told and "fails: 60 of 100 wrong" in told


def test_ticked_runs_are_compared_on_their_test_digits(page, home, starter):  # noqa: F811
    said = starter.evaluation()
    rolled = Evaluation(said.dataset, said.labels, np.roll(said.probabilities, 1, axis=1))
    publish_copy(starter, home, "one", evaluation=rolled)
    page.run()
    assert "The same test digits" not in [part.value for part in page.test.subheader]
    page.test.session_state["runs chosen"] = ["one", "starter"]
    page.run()
    told = all_text(page)
    assert "The same test digits" in [part.value for part in page.test.subheader]
    name = store.find_run(home, "one").name
    assert f"Read correctly only by {name}" in told and "together (mean of logits)" in told


def test_strangers_see_which_expectations_the_starter_meets(page, monkeypatch):  # noqa: F811
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    page.run()
    n = len(shipped().all)
    assert cells(page)["starter"] == {"text": f"✓ all {n} hold", "value": n, "mood": "holds"}
    page.test.session_state["runs chosen"] = ["starter"]
    page.run()
    assert "crossed sevens" in all_text(page) and "✓ 100.00%" in all_text(page)
