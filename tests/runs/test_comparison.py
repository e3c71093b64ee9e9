"""Whether a new run takes over, and how that is told."""

import dataclasses
import json

import numpy as np
import pytest

from digitcnn.runs import comparison, store
from digitcnn.runs.card import DamagedRun
from digitcnn.runs.comparison import Comparison, Part
from tests.run_makers import fill_training, some_card

GOOD = Part("validation digits", 4000, correct=3975, before=3980, differ=25)
BAD = Part("held-back synthetic digits", 4000, correct=3900, before=3910, differ=64)


def publish(home, found, **changes) -> store.Run:
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    content = found if isinstance(found, bytes) else found.to_bytes()
    (folder / comparison.FILENAME).write_bytes(content)
    return store.publish(folder, home, some_card(folder.name), **changes)


def test_what_chance_explains_is_as_good():
    # Five fewer of 25 that differ: one standard error, sqrt(25). Ten fewer of 64: more than one.
    assert GOOD.is_as_good and not BAD.is_as_good
    assert Part("digits", 100, 50, 50, 0).is_as_good
    assert not Part("digits", 100, 48, 50, 2).is_as_good


def test_equally_good_networks_take_over_five_times_of_six():
    rng = np.random.default_rng(0)
    differ = 40
    fewer = differ - 2 * rng.binomial(differ, 0.5, 20_000)
    taken = [
        Part("digits", 4000, 3960 - int(n) if n > 0 else 3960, 3960, differ).is_as_good
        for n in fewer
    ]
    assert 0.82 < np.mean(taken) < 0.88


def test_both_parts_count_and_who_asks_gets_it_all_the_same():
    assert Comparison("starter", "built-in network", (GOOD,)).takes_over
    both = Comparison("starter", "built-in network", (GOOD, BAD))
    assert not both.takes_over
    assert dataclasses.replace(both, asked=True).takes_over
    told = both.in_words()
    assert "97.50% of 4,000 held-back synthetic digits correct, against 97.75%" in told
    assert "built-in network is better by 0.25 points on held-back synthetic digits" in told
    assert "better" not in Comparison("starter", "built-in network", (GOOD,)).in_words()
    # A name that people gave may be any words.
    assert "So “as before” is better by" in Comparison("a", "as before", (BAD,)).in_words()


def test_run_keeps_it(home):
    found = Comparison("starter", "built-in network", (GOOD, BAD))
    assert comparison.of_run(publish(home, found)) == found


def test_run_without_one_has_none(home):
    folder = store.new_training(home, "plain-fast")
    fill_training(folder)
    assert comparison.of_run(store.publish(folder, home, some_card(folder.name))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"other": "../x"},
        {"other_name": 7},
        {"parts": "none"},
        {"parts": [{"name": "digits"}]},
        {"parts": [{**dataclasses.asdict(GOOD), "n": 0}]},
        {"parts": [{**dataclasses.asdict(GOOD), "correct": 1e9}]},
        {"parts": [{**dataclasses.asdict(GOOD), "name": "\x07"}]},
    ],
)
def test_what_no_trainer_writes_is_refused(home, changes):
    entries = dataclasses.asdict(Comparison("starter", "built-in network", (GOOD,)))
    run = publish(home, json.dumps({**entries, **changes}).encode())
    with pytest.raises(DamagedRun):
        comparison.of_run(run)


def test_run_that_does_not_take_over_leaves_the_one_in_use(home):
    worse = Comparison("starter", "built-in network", (BAD,))
    first = publish(home, worse, takes_over=False)
    assert store.current_run(home)[0].is_starter
    store.use(home, first.id)
    publish(home, worse, takes_over=False)
    assert store.current_run(home)[0].id == first.id
    # The one in use was removed: then, too, the new one is not in use because it is the newest.
    store.remove(home, first.id)
    before = store.current_run(home)[0].id
    publish(home, worse, takes_over=False)
    assert store.current_run(home)[0].id == before


def test_where_the_run_in_use_is_removed_none_follows_that_reads_worse(home):
    good = publish(home, Comparison("starter", "built-in network", (GOOD,)))
    worse = publish(home, Comparison(good.id, good.name, (BAD,)), takes_over=False)
    tried = publish(home, Comparison(good.id, good.name, (BAD,), asked=True))
    broken = publish(home, b"[]", takes_over=False)
    assert store.current_run(home)[0].id == tried.id  # somebody asked for it
    store.remove(home, tried.id)
    assert store.current_run(home)[0].id == good.id
    store.remove(home, good.id)
    assert store.current_run(home)[0].is_starter
    store.restore(home, tried.id)
    assert store.current_run(home)[0].id == tried.id
    assert {worse.id, broken.id} <= {listing.id for listing in store.list_runs(home)}
