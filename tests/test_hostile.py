"""A server under hostile visitors: whatever they send, it reads on, and says no traceback.

Everything goes the way of a real visitor, through a real server: websocket, Streamlit's messages,
the page. In full: python -m pytest -m full tests/test_hostile.py
"""

import asyncio
import json
import os
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitcnn.benchmarks.robustness.visitor import VisitFailed, Visitor
from digitcnn.benchmarks.speed import browser
from digitcnn.data import samples
from tests.hostile import addresses, canvas_messages
from tests.places import ROOT

PAGES = ("", "train", "explore")
_MEMORY_MB = 300

_unhurried = settings(
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with nothing in it but the server's home."""
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def server(place):
    variables = {name: "" for name in os.environ if name.startswith("DIGITCNN_")}
    variables |= {"DIGITCNN_HOME": str(place / "home"), "DIGITCNN_TRAINING": "off"}
    variables |= {"HOME": str(place / "user"), "TMPDIR": str(place / "tmp")}
    (place / "tmp").mkdir()
    with browser.serve(browser.APP, variables) as server:
        yield server


@pytest.fixture(scope="module")
def loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(autouse=True)
def _unhurt(server, loop, place):
    """After every test: the app reads, has logged no traceback, and has written nowhere."""
    yield

    async def look():
        async with Visitor(server.url) as visitor:
            await visitor.open()
            return await visitor.draw(samples.sample(4))

    answer = loop.run_until_complete(look())
    assert (answer.label, answer.exceptions, answer.alerts) == ("4", [], [])
    said = server.said()
    # Streamlit itself complains with a traceback of bytes that are no message of its own.
    ours = f'File "{ROOT}/digitcnn', f'File "{ROOT}/streamlit_app.py'
    assert [line for line in said.splitlines() if line.strip().startswith(ours)] == []
    assert '"level": "error"' not in said
    assert psutil.Process(server.process.pid).memory_info().rss / 1e6 < _MEMORY_MB
    written = [path for path in place.rglob("*") if path.is_file()]
    assert [path for path in written if place / "home" not in path.parents] == []


def _fuzz_canvas(server, loop, n: int) -> None:
    visitor = Visitor(server.url)
    loop.run_until_complete(visitor.__aenter__())
    try:
        loop.run_until_complete(visitor.open())

        @settings(_unhurried, max_examples=n)
        @given(canvas_messages())
        def send(message):
            answer = loop.run_until_complete(visitor.report(message))
            assert (answer.exceptions, answer.alerts) == ([], [])
            assert answer.label  # a digit, the invitation, or a sentence

        send()
    finally:
        loop.run_until_complete(visitor.__aexit__())


def test_any_canvas_message_gets_an_answer(server, loop):
    _fuzz_canvas(server, loop, 150)


@pytest.mark.full
def test_10000_canvas_messages_get_an_answer(server, loop):
    _fuzz_canvas(server, loop, 10_000)


def _fuzz_addresses(server, loop, n: int) -> None:
    async def look(page, address):
        async with Visitor(server.url) as visitor:
            answers = [await visitor.open("", address)]
            if page:
                answers.append(await visitor.open(page, address))
            return answers

    @settings(_unhurried, max_examples=n)
    @given(st.sampled_from(PAGES), addresses())
    def visit(page, address):
        for answer in loop.run_until_complete(look(page, address)):
            assert (answer.exceptions, answer.alerts) == ([], [])
            assert "<script>" not in "".join(answer.html)

    visit()


def test_any_address_shows_the_page(server, loop):
    _fuzz_addresses(server, loop, 60)


@pytest.mark.full
def test_1000_addresses_show_the_page(server, loop):
    _fuzz_addresses(server, loop, 1_000)


@pytest.mark.parametrize(
    "message",
    [
        {"objects": [{"type": "path", "path": [["M", 1, 1]] + [["L", 2, 2]] * 60_000}]},
        {"objects": [{"type": "path", "path": [["M", 1, 1]]}] * 5_000},
        {"objects": [{"type": "path", "path": [["Q", 1, 1, 2, 2]] * 40_000}]},
        {"objects": [{"type": "path", "path": [["M", 1e308, -1e308], ["L", 0, 0]]}]},
        {"objects": [{"type": "path", "path": [["M", 0, 0]], "x": "x" * 3_000_000}]},
    ],
    ids=["points", "strokes", "curves", "far", "long"],
)
def test_a_drawing_that_is_too_much_gets_a_sentence(server, loop, message):
    async def send():
        async with Visitor(server.url) as visitor:
            await visitor.open()
            return await visitor.report(message)

    answer = loop.run_until_complete(send())
    assert (answer.exceptions, answer.alerts) == ([], [])
    assert answer.label


def test_a_message_beyond_the_limit_ends_that_session_and_no_other(server, loop):
    async def send():
        async with Visitor(server.url) as other, Visitor(server.url) as visitor:
            await other.open()
            await visitor.open()
            with pytest.raises(VisitFailed):
                await visitor.report({"objects": [], "x": "x" * 25_000_000})
            return await other.draw(samples.sample(2))

    assert loop.run_until_complete(send()).label == "2"


def test_bytes_that_are_no_message_hurt_nobody_else(server, loop):
    async def send():
        async with Visitor(server.url) as other, Visitor(server.url) as visitor:
            await other.open()
            await visitor.open()
            for junk in (b"\x12\x03", b"\x00", b"\x08\x01"):
                await visitor._socket.send(junk)
            return await other.draw(samples.sample(2))

    assert loop.run_until_complete(send()).label == "2"


def test_what_belongs_to_no_widget_does_nothing(server, loop, place):
    """Pressing buttons that are not on the page: start, cancel, remove."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    async def send():
        async with Visitor(server.url) as visitor:
            await visitor.open()
            request = BackMsg()
            for key in ("start", "cancel", "remove", "use", "dismiss"):
                state = request.rerun_script.widget_states.widgets.add()
                state.id, state.trigger_value = f"$$ID-{'0' * 32}-{key}", True
            await visitor._socket.send(request.SerializeToString())
            return await visitor.open("train")

    answer = loop.run_until_complete(send())
    assert (answer.exceptions, answer.alerts) == ([], [])
    assert not (place / "home" / "training.lock").exists()


def test_uploads_without_the_token_are_refused(server):
    url = f"{server.url}/_stcore/upload_file/some-session/some-file"
    request = urllib.request.Request(url, data=b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 403


@pytest.mark.parametrize(
    "path",
    ["../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "app/static/../../../etc/passwd"]
    + ["_stcore/component/..%2f..%2f..%2f..%2fetc/passwd", "media/../../etc/passwd"],
)
def test_no_file_is_served_that_is_not_the_pages(server, path):
    try:
        with urllib.request.urlopen(f"{server.url}/{path}", timeout=10) as answer:
            assert b"root:" not in answer.read()
    except urllib.error.HTTPError as error:
        assert error.code in (400, 403, 404)


def test_the_servers_guards_are_set_on_purpose():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["enableXsrfProtection"] is True
    assert config["server"]["enableCORS"] is True
    assert config["server"]["maxUploadSize"] <= 20
    assert config["server"]["maxMessageSize"] <= 20
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] in ("none", False)


def test_each_reading_is_one_line_of_the_log_without_the_drawing(server, loop):
    before = len(server.said().splitlines())

    async def draw():
        async with Visitor(server.url) as visitor:
            await visitor.open()
            await visitor.draw(samples.sample(8))

    loop.run_until_complete(draw())
    lines = server.said().splitlines()[before:]
    events = [json.loads(line) for line in lines if line.startswith("{")]
    (reading,) = [event for event in events if event["event"] == "reading"]
    assert reading["label"] == 8 and len(json.dumps(reading)) < 300
