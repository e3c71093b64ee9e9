"""The Draw page's way "a number", in each of its states."""

import numpy as np
import pytest

from digitcnn.app.shared import reading
from digitcnn.data import samples
from digitcnn.inference import segmentation
from digitcnn.preprocessing import ink

DOT = np.array([[500, 190], [501, 190]], np.float32)
ZIGZAG = np.array([(500 + 16 * i, 60 if i % 2 else 220) for i in range(15)], np.float32)


class Number:
    """The page, with a number's canvas on it."""

    def __init__(self, page):
        self.page = page
        page.test.session_state["way"] = "number"

    def draw(self, strokes):
        return self.report(ink.canvas_json(strokes))

    def report(self, message):
        state = {"drawing": {"raw": message, "data": None}, "backgroundFit": None}
        self.page.test.session_state["number-canvas"] = state
        self.page.run()
        return self

    def run(self):
        self.page.run()
        return self

    def click(self, key):
        self.page.click(key)
        return self

    def choices(self):
        """What the digits' buttons say, from left to right; the chosen one with a star."""
        css = "".join(element.proto.body for element in self.page.test.get("html"))
        buttons = [b for b in self.page.test.button if str(b.key).startswith("number-digit-")]
        return [b.label + ("*" if f".st-key-{b.key} button{{" in css else "") for b in buttons]

    def text(self, key="reading"):
        text = self.page.text(key)
        return text if text == reading.INVITATION or "." in text else text.replace(" ", "")


@pytest.fixture
def paper(page):
    return Number(page)


def test_empty_paper_is_an_invitation(paper):
    paper.run()
    assert paper.text() == reading.INVITATION
    assert "Lift the pen" in paper.text("number-remarks")
    assert paper.choices() == [] and paper.page.notes == []
    assert not paper.page.test.get("plotly_chart")


def test_a_number_is_read_and_its_last_digit_shown(paper):
    paper.draw(samples.number("2615"))
    assert paper.text() == "2615"
    labels = paper.choices()
    assert [label[2] for label in labels] == list("2615")
    assert [label[-1] for label in labels] == ["%", "%", "%", "*"]
    assert paper.text("chosen") == "5"
    assert "sure" in paper.text("sureness")
    assert 'class="chosen">5</span>' in paper.page.html("reading")
    assert "4 digits. Below: the fourth" in paper.page.text("number-remarks")
    assert "<img" in paper.page.html("seen")


def test_each_digit_can_be_chosen(paper):
    paper.draw(samples.number("308"))
    pictures = set()
    for place, digit in enumerate("308"):
        paper.click(f"number-digit-{place}")
        assert paper.text("chosen") == digit
        assert paper.text() == "308"
        pictures.add(paper.page.html("seen"))
        assert [label[-1] for label in paper.choices()].index("*") == place
    assert len(pictures) == 3


def test_the_next_stroke_brings_its_own_digit_to_the_front(paper):
    strokes = samples.number("477")
    paper.draw(strokes[:3]).click("number-digit-0")
    assert paper.text("chosen") == "4"
    paper.draw(strokes)
    assert paper.text("chosen") == "7" and paper.choices()[-1].endswith("*")
    # A bar added to the first digit.
    paper.draw([strokes[0], *strokes[2:], strokes[1]])
    assert paper.text() == "477" and paper.text("chosen") == "4"


def test_every_group_is_pictured(paper):
    paper.draw(samples.number("47"))
    css = "\n".join(e.proto.body for e in paper.page.test.get("html"))
    assert ".st-key-number-digit-0{--strokes:" in css
    assert ".st-key-number-digit-1{--strokes:" in css
    assert ".st-key-number-digit-2{" not in css


def test_the_steps_of_the_chosen_digit(paper):
    paper.draw(samples.number("47"))
    paper.page.test.session_state["steps"] = True
    paper.run()
    html = "\n".join(element.proto.body for element in paper.page.test.get("html"))
    assert "280 × 280 px" in html and html.count("<figcaption><b>") == 5


def test_samples_undo_and_clear(paper):
    paper.run().click("sample-number-2615")
    assert paper.text() == "2615"
    paper.click("undo")
    kept = paper.page.test.session_state["number-canvas ink"]
    assert len(kept) == len(samples.number("2615")) - 1
    paper.click("clear")
    assert paper.text() == reading.INVITATION and paper.choices() == []
    paper.click("undo")  # Clear can be undone, too.
    assert len(paper.page.test.session_state["number-canvas ink"]) == len(kept)
    for number in ("47", "308"):
        assert paper.click(f"sample-number-{number}").text() == number


def test_what_is_no_digit_is_said_in_words(paper):
    paper.draw([*samples.number("47"), ZIGZAG])
    assert paper.text().startswith("47") and len(paper.text()) == 3
    assert "The third does not look like a digit." in paper.text("number-remarks")
    assert paper.choices()[2].rstrip("*").endswith("not a digit?")
    assert paper.text("chosen") == reading.NOT_A_DIGIT
    assert "The first" not in paper.text("number-remarks")


def test_a_dot_is_a_question_mark_with_its_reason(paper):
    paper.draw([*samples.number("47"), DOT])
    assert paper.text() == "47?"
    assert "only a dot" in paper.text("number-remarks") and "only a dot" in paper.text("chosen")
    assert paper.choices()[2] == "**?** can't be read*"


def test_too_many_strokes_get_a_sentence(paper):
    paper.draw([np.array([[x, 50], [x, 200]], np.float32) for x in range(0, 900, 10)])
    assert f"more than {segmentation.MOST_STROKES} strokes" in paper.text()
    assert paper.choices() == []
    paper.click("clear").draw(samples.number("47"))
    assert paper.text() == "47"


@pytest.mark.parametrize(
    "message",
    ["strokes", {"objects": "none"}, {"objects": [{"type": "path", "path": [["M", 1]]}]}],
)
def test_malformed_message_gets_a_sentence_and_clear_helps(paper, message):
    paper.report(message)
    assert "clear it and draw again" in paper.text()
    paper.click("clear").draw(samples.number("47"))
    assert paper.text() == "47"


def test_digit_and_number_keep_drawings_of_their_own(page):
    page.draw(samples.sample(8))
    assert page.text("reading") == "8"
    paper = Number(page)
    assert paper.run().text() == reading.INVITATION
    paper.draw(samples.number("47"))
    page.test.session_state["way"] = "digit"
    page.run()
    assert page.text("reading") == "8"
    page.click("clear")
    page.test.session_state["way"] = "number"
    page.run()
    assert paper.text() == "47"
    assert len(page.test.session_state["number-canvas start"]["objects"]) == 3


def test_log_tells_how_many_digits_and_not_which(paper, caplog):
    with caplog.at_level("INFO", logger="digitcnn.app"):
        paper.draw(samples.number("47"))
    (record,) = [record for record in caplog.records if record.getMessage() == "number"]
    told = record.digitcnn_fields
    assert (told["digits"], told["unsure"], told["strokes"]) == (2, 0, 3)
    assert set(told) == {"digits", "unsure", "strokes", "took_ms"}


def test_a_digit_is_corrected_and_the_network_learns_it(paper):
    paper.draw(samples.number("308")).click("number-digit-1")
    paper.click("teach-other").click("teach-6")
    assert paper.text() == "368"
    assert paper.choices()[1].startswith("**6** as you said")
    assert "Kept as a 6." in paper.page.text("teach")
    (kept,) = paper.page.test.session_state["hand"].drawings
    assert kept.label == 6
    # As large as on the paper for one digit, and wholly on it.
    points = np.concatenate(kept.ink)
    assert (points > 0).all() and (points < ink.CANVAS_PX).all()
    paper.click("number-digit-0").click("teach-right")
    assert sorted(d.label for d in paper.page.test.session_state["hand"].drawings) == [3, 6]


def test_what_was_corrected_ends_with_its_strokes(paper):
    paper.draw(samples.number("47")).click("teach-other").click("teach-1")
    assert paper.text() == "41"
    paper.draw(samples.number("308"))
    assert "as you said" not in "".join(paper.choices())


def test_what_was_corrected_is_what_is_copied_and_downloaded(paper):
    strokes = samples.number("308")
    paper.draw(strokes).click("number-digit-1").click("teach-other").click("teach-6")
    assert paper.page.test.code[0].value == "368"
    keys = {button.key for button in paper.page.test.get("download_button")}
    assert keys >= {f"number-download-{ending}" for ending in ("txt", "csv", "json")}
