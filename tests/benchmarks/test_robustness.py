"""The benchmarks of load and faults in small form; in full: python -m pytest -m full."""

import json

import numpy as np
import pytest

from digitcnn.benchmarks.robustness import load, load_plan
from digitcnn.benchmarks.robustness.faults import bench, series
from digitcnn.benchmarks.robustness.visitor import Answer
from digitcnn.cli.main import main
from digitcnn.inference.recognizer import Recognizer

# What takes a second or two each; the others train.
QUICK = ["run-damaged", "download-fails", "clock-set-back"]


def test_every_session_gets_the_answers_to_its_own_strokes(home):
    figures = load.measure(home, sessions=6, seconds=3, every_s=0.5, explore=0.34)
    assert (figures["errors"], figures["lost"], figures["foreign"]) == (0, 0, 0)
    assert figures["explore_sessions"] == 2 and figures["strokes"] >= 12
    assert 0 < figures["stroke_to_answer_ms"] <= figures["stroke_to_answer_p95_ms"]
    assert 50 < figures["rss_mb"] < 400


def test_no_two_drawings_of_a_load_look_alike(home):
    from digitcnn.runs.store import current_run

    plans = load_plan.plans(Recognizer(current_run(home)[0]), 5, seed=1)
    seen = [step.seen for plan in plans for step in plan]
    assert len(set(seen)) == len(seen) > 30


def test_an_answer_to_other_strokes_is_noticed(home):
    """The check itself: it must be able to fail."""
    import asyncio

    step = load_plan.Step([np.zeros((2, 2), np.float32)], "data:mine", "3")

    class Confused:
        async def draw(self, strokes):
            html = ['<div class="digit" role="status">3</div>']
            html += ['<figure class="seen"><img src="data:theirs"></figure>']
            return Answer(html, reading_ms=1.0)

    tally = load.Tally()
    asyncio.run(load.stroke(Confused(), step, tally))
    assert (tally.sent, tally.foreign, tally.lost) == (1, 1, 0)


@pytest.mark.parametrize("name", QUICK)
def test_fault_leaves_everything_as_it_was(name):
    result = series.measure([name], number=1, seed=7)[name]
    assert result["tried"] >= 1
    assert (result["troubles"], result["lost"], result["down"]) == ([], 0, 0)


@pytest.mark.full
@pytest.mark.parametrize("name", list(series.FAULTS))
def test_fault_20_times_leaves_everything_as_it_was(name):
    result = series.measure([name], number=20)[name]
    if result["not_tried"]:
        pytest.skip(result["not_tried"])
    assert result["tried"] >= 20
    assert (result["troubles"], result["lost"], result["down"]) == ([], 0, 0)


def test_what_was_lost_is_counted_and_told(monkeypatch, capsys):
    def wicked(folder, number, rng):
        yield bench.Trial(note="fine")
        yield bench.Trial(lost=["The run x is gone."], down=["No answer."], note="bad")

    monkeypatch.setitem(series.FAULTS, "wicked", wicked)
    assert main(["benchmark", "faults", "wicked", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)["wicked"]
    assert (result["tried"], result["lost"], result["down"]) == (2, 1, 1)
    assert result["outcomes"] == {"fine": 1, "bad": 1}
    assert "The run x is gone." in result["troubles"]


def test_damage_to_a_home_is_noticed(home):
    """The checks themselves: they must be able to fail."""
    run = bench.good_run(home)
    assert bench.home_troubles(home, {run.id}, run.id) == []
    assert bench.home_troubles(home, {run.id, "another"}) == ["The run another is gone."]
    assert bench.home_troubles(home, {run.id}, "starter") == [f"{run.id} is in use, not starter."]
    (run.folder / "model.tflite").write_bytes(b"")
    assert any("damaged" in text for text in bench.home_troubles(home, {run.id}))


def test_fault_that_nobody_knows_is_a_sentence(capsys):
    assert main(["benchmark", "faults", "flood"]) == 2
    assert "'flood'" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["websockets", "psutil"])
def test_load_says_what_is_missing(module, monkeypatch, capsys):
    import sys

    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    words = ["benchmark", "load", "--sessions", "1", "--seconds", "1"]
    assert main(words) == 2
    assert f"needs {module}" in capsys.readouterr().err
