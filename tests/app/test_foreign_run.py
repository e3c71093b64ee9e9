"""A run that somebody else made, whose every text is markup: no page and no report runs it."""

import contextlib
import json
import shutil
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.app.draw import number_html, photo_html
from digitcnn.app.shared import cache_digits, notes, reading, run_line, training_state
from digitcnn.app.train import runs_table
from digitcnn.data import samples
from digitcnn.errors import DigitcnnError
from digitcnn.figures import confusion
from digitcnn.inference import number
from digitcnn.inference.photos.found import View
from digitcnn.report import page as exported_page
from digitcnn.report import report, tables
from digitcnn.runs import lock, progress, store
from digitcnn.runs.card import Layer
from digitcnn.runs.run import ACTIVATIONS, KERNELS
from tests.app.conftest import Page

EVIL = '<img src=x onerror="alert(1)"></script><b class="evil">\'&amp;'

PAGES = {
    "draw": "from digitcnn.app.draw import page as draw; draw.page()",
    "train": "from digitcnn.app.train import page as train; train.page()",
    "explore": "from digitcnn.app.explore import page as explore; explore.page()",
    "inside": "from digitcnn.app.inside import page as inside; inside.page()",
}


class Tags(HTMLParser):
    """Whether there is a tag in it that only the foreign run can have brought."""

    def __init__(self, html: str):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "onerror" in given or given.get("class") == "evil":
            self.found.append(self.get_starttag_text())


def evil(value):
    """``value`` with markup in each of its texts, and in each name that is not the card's own."""
    if isinstance(value, dict):
        return {key: evil(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [evil(entry) for entry in value]
    return EVIL if isinstance(value, str) else value


@pytest.fixture
def foreign_run(home) -> store.Run:
    """The starter under other names, without feature maps; it is the run in use."""
    card = json.loads((settings.STARTER_FOLDER / "card.json").read_text(encoding="utf-8"))
    folder = store.new_training(home, "plain-fast")
    for file in settings.STARTER_FOLDER.iterdir():
        if file.name not in ("card.json", ACTIVATIONS, KERNELS):
            shutil.copy(file, folder / file.name)
    written = {name: entry for name, entry in card.items() if name not in ("files", "checksum")}
    written.pop("format", None)
    spoilt = {**evil(written), "id": folder.name, "name": EVIL, "created": card["created"]}
    spoilt["versions"][EVIL] = EVIL
    spoilt["recipe"][EVIL] = EVIL
    spoilt["dataset"]["fingerprint"] = card["dataset"]["fingerprint"]
    return store.publish(folder, home, spoilt)


@pytest.mark.parametrize("name", [*PAGES, "explore compared"])
def test_no_page_takes_a_foreign_text_for_markup(name, foreign_run, monkeypatch):
    def broken(run):
        raise DigitcnnError(EVIL)

    monkeypatch.setattr(cache_digits, "feature_maps", broken)
    page = Page(AppTest.from_string(PAGES[name.split()[0]], default_timeout=180))
    state = page.test.session_state
    state["inside-tabs"], state["explore-tabs"] = "Layers", "Per digit"
    state[runs_table._CHOSEN] = [foreign_run.id, store.STARTER_ID]
    state[runs_table._REVISION] = 1
    if name == "explore compared":
        page.test.query_params["run"] = store.STARTER_ID
        page.test.query_params["compare"] = foreign_run.id
    page.draw(samples.sample(4)) if name == "draw" else page.run()
    html = "\n".join(element.proto.body for element in page.test.get("html"))
    assert Tags(html).found == []
    # It is told, as it stands: by the line of the run, and more often where a page says more.
    told = {"train": 4, "explore compared": 5, "inside": 2 + len(foreign_run.card.layers)}
    assert html.count("&lt;img src=x") >= told.get(name, 1)


def test_reports_show_a_foreign_text_as_it_stands(foreign_run):
    for html in (
        report.html(foreign_run, None),
        exported_page.make(foreign_run).decode(),
    ):
        assert Tags(html).found == []
        assert html.count("&lt;img src=x") >= 1 + len(foreign_run.card.layers)


def test_the_same_markup_unescaped_would_be_found():
    assert len(Tags(f"<p>{EVIL}</p>").found) == 2


PARTS = {
    "trouble with a drawing": lambda: reading.answer_html(reading.Reading(trouble=EVIL)),
    "trouble with a digit of a number": lambda: number_html.remarks_html(
        [number.Digit((0,), None, None, EVIL)], 0, None
    ),
    "trouble with a number": lambda: number_html.number_html([], 0, EVIL),
    "trouble with a photo": lambda: photo_html.trouble_html(EVIL),
    "a training's state": lambda: training_state.progress_html(
        progress.Progress("a", 1, "loading", doing=EVIL)
    ),
    "a photo's name": lambda: photo_html.picture_html(
        SimpleNamespace(
            jpeg=b"",
            size=(1, 1),
            digits=[],
            rows=[],
            lines=[],
            marks=[],
            view=View(),
            was_flattened=False,
            may_be_upside_down=False,
            tilt=0.0,
        ),
        EVIL,
    ),
    "a note": lambda: notes.quiet_html(EVIL),
    "layers": lambda: tables.layers_html([Layer(EVIL, (1, 2), 3)], 3),
    "a run's line": lambda: run_line.html(
        SimpleNamespace(
            run=SimpleNamespace(
                is_starter=False, name=EVIL, test_accuracy=0.9, card=SimpleNamespace(test_name=EVIL)
            ),
            n_taught=1,
            complaints=[EVIL],
        )
    ),
    "the matrix as a file": lambda: confusion.as_svg(
        confusion.difference_view(np.eye(10, dtype=int), np.eye(10, dtype=int), names=(EVIL, EVIL)),
        EVIL,
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_no_part_of_a_page_takes_a_foreign_text_for_markup(name):
    html = str(PARTS[name]())
    assert Tags(html).found == []
    assert "&lt;img src=x" in html


@pytest.mark.parametrize("state", ["failed", "fitting"])
def test_a_trainings_texts_are_no_markup(home, state):
    """Its folder may have come from anywhere, and an error may quote a file."""
    folder = store.new_training(home, "plain-fast")
    recipe = {"name": EVIL, "network": EVIL, "augment": True}
    told = progress.Progress(folder.name, 1, state, reason=EVIL, recipe=recipe, doing=EVIL)
    told.write(folder)
    with lock.hold(home) if state == "fitting" else contextlib.nullcontext():
        for name in ("train", "draw"):
            page = Page(AppTest.from_string(PAGES[name], default_timeout=180)).run()
            html = "\n".join(element.proto.body for element in page.test.get("html"))
            assert Tags(html).found == []
            if (name, state) == ("train", "failed"):
                assert html.count("&lt;img src=x") >= 2
