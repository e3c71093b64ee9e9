"""What is reported in a component's place: numbers are taken, and nothing else breaks a page."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcnn.app.explore import map as explore_map
from digitcnn.app.shared.component_values import place, whole_number
from digitcnn.app.train import runs_table

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=3), part, max_size=3)
    ),
    max_leaves=8,
)


@given(ANYTHING)
def test_anything_else_is_nothing(value):
    found = whole_number(value)
    assert found is None or (isinstance(found, int) and abs(found - value) < 1)
    pair = place(value)
    assert pair is None or [abs(a - b) < 1 for a, b in zip(pair, value, strict=True)] == [True] * 2


@pytest.mark.parametrize("value", [True, "1", None, float("nan"), json.loads("1e999"), 10**30, [1]])
def test_what_counts_nothing(value):
    assert whole_number(value) is None


def test_numbers_are_cut():
    assert whole_number(7) == 7
    assert whole_number(-2.9) == -2
    assert place([3, 4.2]) == (3, 4)


@pytest.mark.parametrize("corners", [[None] * 20, [1, "a", {}], [[1, 2], [3, 4], [5]], "around"])
def test_a_line_around_digits_that_is_none_selects_nothing(monkeypatch, corners):
    reported = {explore_map._PLACES: {"around": corners}}
    monkeypatch.setattr(explore_map.st, "session_state", reported)
    monkeypatch.setattr(explore_map.state, "change", lambda **to: pytest.fail(str(to)))
    explore_map._around()


@pytest.mark.parametrize("chosen", [5, "x", [[1, 2]], True, {"revision": 1, "ids": 7}, [None]])
def test_ticks_that_are_none_leave_what_was_ticked(monkeypatch, chosen):
    state = {
        runs_table.KEY: {"chosen": chosen},
        runs_table._CHOSEN: [],
        runs_table._REVISION: 1,
    }
    monkeypatch.setattr(runs_table.st, "session_state", state)
    monkeypatch.setattr(runs_table, "_COMPONENT", lambda **told: None)
    monkeypatch.setattr(runs_table, "_table", lambda listings, in_use: {})
    assert runs_table.table([], "starter") == []
