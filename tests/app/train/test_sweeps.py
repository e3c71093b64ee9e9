"""The sweeps of the home folder, on the Train page."""

from streamlit.testing.v1 import AppTest

from digitcnn.runs import sweeps
from digitcnn.runs.sweeps import Sweep, Trial

OPEN = "from digitcnn.app.train import sweeps; sweeps._sweep({names!r})"
CLOSED = "from digitcnn.app.train import sweeps; sweeps.show()"


def page_of(script: str) -> AppTest:
    page = AppTest.from_string(script, default_timeout=180).run()
    assert not page.exception
    return page


def text_of(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def test_there_is_nothing_without_sweeps_and_an_expander_with_one(home):
    assert not page_of(CLOSED).expander
    sweeps.write(home, Sweep("fast-1", "fast", [Trial(1, {"seed": 0}, 0.9)]))
    assert page_of(CLOSED).expander[0].label == "Sweeps"


def test_a_sweep_is_a_chart_along_what_was_changed(home):
    trials = [
        Trial(1, {"network": "plain", "learning_rate": 0.001}, 0.9, 5.0),
        Trial(2, {"network": "mlp", "learning_rate": 0.01}, 0.95, 5.0, "mlp-1"),
        Trial(3, {"network": "mlp", "learning_rate": 0.1}, None, 0.0, "", "It diverged."),
    ]
    sweeps.write(home, Sweep("fast-1", "fast", trials))
    page = page_of(OPEN.format(names=["fast-1"]))
    assert page.selectbox(key="sweep-entry").options == ["network", "learning rate"]
    assert len(page.get("plotly_chart")) == 1
    assert "3 trials of the fast recipe, 1 of which failed" in text_of(page)


def test_a_sweep_of_equal_recipes_and_a_damaged_record_say_so(home):
    sweeps.write(home, Sweep("fast-1", "fast", [Trial(1, {"seed": 0}, 0.9)]))
    assert "the same recipe" in text_of(page_of(OPEN.format(names=["fast-1"])))
    sweeps.path_of(home, "fast-2").write_text("{")
    script = (
        "from digitcnn.app.shared import messages\nwith messages.in_words('sweeps'):\n    "
        + OPEN.format(names=["fast-2"]).replace("; ", "\n    ")
    )
    assert "fast-2 is damaged" in page_of(script).warning[0].value
