"""A run that somebody else made, whose every text is markup: no page and no report runs it."""

import json
import shutil
from html.parser import HTMLParser

import pytest
from streamlit.testing.v1 import AppTest

from digitcnn import settings
from digitcnn.app.shared import cache_digits
from digitcnn.data import samples
from digitcnn.errors import DigitcnnError
from digitcnn.report import page as exported_page
from digitcnn.report import report
from digitcnn.runs import store
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


@pytest.mark.parametrize("name", PAGES)
def test_no_page_takes_a_foreign_text_for_markup(name, foreign_run, monkeypatch):
    def broken(run):
        raise DigitcnnError(EVIL)

    monkeypatch.setattr(cache_digits, "feature_maps", broken)
    page = Page(AppTest.from_string(PAGES[name], default_timeout=60))
    page.test.session_state["inside-tabs"] = "Layers"
    page.test.session_state["compared"] = [foreign_run.id]
    page.draw(samples.sample(4)) if name == "draw" else page.run()
    html = "\n".join(element.proto.body for element in page.test.get("html"))
    assert Tags(html).found == []
    if name == "inside":
        assert html.count("onerror=") >= 1 + len(foreign_run.card.layers)  # they are told, escaped


def test_reports_show_a_foreign_text_as_it_stands(foreign_run):
    for html in (
        report.html(foreign_run, None),
        exported_page.make(foreign_run).decode(),
    ):
        assert Tags(html).found == []
        assert html.count("&lt;img src=x") >= 1 + len(foreign_run.card.layers)


def test_the_same_markup_unescaped_would_be_found():
    assert len(Tags(f"<p>{EVIL}</p>").found) == 2
