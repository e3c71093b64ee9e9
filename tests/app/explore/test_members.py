"""Where the networks of an ensemble disagree, on Explore."""

from dataclasses import replace

import numpy as np
import pytest

from digitcnn.app.explore.selection import Selection, indices
from digitcnn.evaluation.evaluation import DamagedEvaluation
from tests.app.conftest import Page
from tests.app.explore.test_explore import SCRIPT, AppTest, all_text, told, visit
from tests.run_makers import some_evaluation


@pytest.fixture
def page(ensemble_home, monkeypatch) -> Page:
    monkeypatch.setenv("DIGITCNN_HOME", str(ensemble_home))
    return Page(AppTest.from_string(SCRIPT, default_timeout=180))


def test_the_digits_on_which_they_disagree_are_listed(page, ensemble_run):
    visit(page, show="apart", data="handwriting")
    members = ensemble_run.evaluation().members
    apart = [n for n, row in enumerate(members.tolist()) if len(set(row)) > 1]
    items = told(page, "gallery")["items"]
    assert {item["digit"] for item in items} <= set(apart) and len(items) == min(60, len(apart))
    assert "The networks disagree" in all_text(page)
    assert "networks say" in items[0]["words"] or "networks says" in items[0]["words"]
    first = members[items[0]["digit"]].tolist()
    for member, digit in zip(ensemble_run.card.members, first, strict=True):
        assert f"{member.name} reads {digit}" in all_text(page)


def test_of_a_single_network_it_says_so(page, ensemble_run):
    visit(page, show="apart", data="handwriting", run=ensemble_run.card.members[0].id)
    assert "This run is a single network" in all_text(page)


def test_what_no_network_reads_is_refused():
    evaluation = some_evaluation(5)
    for members in (np.full((5, 3), 10, np.uint8), np.zeros((5, 1), np.uint8), np.zeros((4, 3))):
        with pytest.raises(DamagedEvaluation):
            replace(evaluation, members=members)


def test_what_is_selected_is_where_not_all_are_alike():
    evaluation = some_evaluation(40)
    own = np.stack([evaluation.predicted] * 3, axis=1)
    own[[4, 9], 1] = (own[[4, 9], 1] + 1) % 10
    assert not len(indices(Selection(show="apart"), evaluation))
    evaluation = type(evaluation)("mnist", evaluation.labels, evaluation.probabilities, members=own)
    assert sorted(indices(Selection(show="apart", order="position"), evaluation)) == [4, 9]
    assert evaluation[[4]].members.tolist() == own[[4]].tolist()
