"""The log: one line of JSON for each event, at the level that was asked for."""

import json
import logging

import pytest

from digitcnn.settings import log_level
from digitcnn.system import logs


@pytest.fixture
def lines(capsys):
    """Gives the log's lines so far, read."""
    package = logging.getLogger("digitcnn")
    before = package.level, list(package.handlers)
    package.handlers.clear()  # An earlier test's may have events to count that are not these.
    logs.set_up()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    package.setLevel(before[0])
    package.handlers[:] = before[1]


def test_event_is_one_line_with_its_particulars(lines):
    logs.event(logging.getLogger("digitcnn.app"), "reading", label=7, is_digit=True)
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "event": "reading", "label": 7, "is_digit": True}


def test_text_with_line_ends_can_not_pretend_to_be_a_second_line(lines):
    text = 'a\n{"event": "training started"}\r\u2028 end'
    logs.event(logging.getLogger("digitcnn.app"), "run in use", id=text)
    (line,) = lines()
    assert line["id"] == text


def test_error_has_its_traceback_in_one_line(lines):
    try:
        raise ValueError("first\nsecond")
    except ValueError as error:
        logging.getLogger("digitcnn.app").error("%s failed", "reading", exc_info=error)
    (line,) = lines()
    assert (line["level"], line["event"]) == ("error", "reading failed")
    assert "ValueError: first\nsecond" in line["trace"]


@pytest.mark.parametrize(
    ("level", "kept"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)]
)
def test_level_of_the_settings_decides(level, kept, lines, monkeypatch):
    monkeypatch.setenv("DIGITCNN_LOG", level)
    logs.set_up(log_level())
    for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logs.event(logging.getLogger("digitcnn.app"), "x", number)
    assert len(lines()) == kept


def test_setting_up_twice_logs_once(lines):
    logs.set_up()
    logs.event(logging.getLogger("digitcnn.app"), "x")
    assert len(lines()) == 1


def test_settings_that_mean_nothing_do_not_silence_the_log(lines, monkeypatch):
    monkeypatch.setenv("DIGITCNN_LOG", "loud")
    logs.set_up(log_level())
    logs.event(logging.getLogger("digitcnn.app"), "x")
    assert len(lines()) == 1


def test_value_that_json_does_not_know_is_written_as_text(lines, tmp_path):
    logs.event(logging.getLogger("digitcnn.app"), "x", path=tmp_path)
    assert lines()[0]["path"] == str(tmp_path)


def test_warnings_that_repeat_are_counted(lines, monkeypatch):
    log = logging.getLogger("digitcnn.app")
    for _ in range(500):
        logs.event(log, "refused", logging.WARNING, reason="a flood")
    logs.event(log, "refused", logging.WARNING, reason="another thing")
    assert [line["reason"] for line in lines()] == ["a flood"] * 20 + ["another thing"]
    monkeypatch.setattr(logs, "_WINDOW_S", 0.0)
    logs.event(log, "refused", logging.WARNING, reason="a minute later")
    assert [(line["event"], line.get("of"), line.get("times")) for line in lines()] == [
        ("repeated", "refused", 480),
        ("refused", None, None),
    ]


def test_a_minute_has_a_megabyte_at_most(lines, capsys):
    log = logging.getLogger("digitcnn.app")
    for number in range(3_000):
        logs.event(log, f"event {number}", text="x" * 5_000)
    assert len(capsys.readouterr().err) < 1_000_000


def test_no_text_is_endless(lines):
    try:
        raise ValueError("x" * 1_000_000)
    except ValueError as error:
        logging.getLogger("digitcnn.app").error("y" * 1_000_000, exc_info=error)
    assert len(json.dumps(lines())) < 20_000


def test_other_loggers_write_events_too(lines):
    other = logging.getLogger("somebody.elses")
    other.propagate = False
    other.addHandler(logging.StreamHandler())
    root, last_resort = list(logging.root.handlers), logging.lastResort
    try:
        logs.take_over()
        try:
            raise ValueError("first\nsecond")
        except ValueError as error:
            other.warning("It %s", "failed", exc_info=error)
        (line,) = lines()
        assert (line["event"], line["of"]) == ("It failed", "somebody.elses")
        assert "first\nsecond" in line["trace"]
        other.handlers.clear()  # With nobody to write for it, Python would, as plain text.
        other.error("Nobody listens")
        assert [line["event"] for line in lines()] == ["Nobody listens"]
    finally:
        logging.lastResort = last_resort
        logging.getLogger("digitcnn").propagate = True
        logging.captureWarnings(False)
        logging.root.handlers[:] = root
        other.handlers.clear()


def test_an_event_that_can_not_be_written_is_no_fault(lines):
    record = logging.LogRecord("digitcnn.app", logging.WARNING, "", 0, "%d", ("no number",), None)
    next(iter(logging.getLogger("digitcnn").handlers)).handle(record)
    assert lines()[0]["level"] == "error"
