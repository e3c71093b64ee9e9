"""The guard on its own: an ASGI app behind it, and no server."""

import asyncio
import contextlib
import json

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from digitcnn.app.guard import descriptors, messages, websocket, wire
from digitcnn.app.guard.guard import Guard
from digitcnn.app.guard.rates import Bucket, Sockets, TooManySockets, network
from digitcnn.app.guard.shared import Shared
from digitcnn.app.guard.turns import Turn, Turns, Use
from digitcnn.preprocessing import ink
from digitcnn.settings import Limits, settings

LOCAL = {"host": "localhost:8501"}
UPLOAD = "/_stcore/upload_file/the-session/the-file"


def rerun(**fields) -> bytes:
    message = BackMsg()
    message.rerun_script.page_name = fields.pop("page", "")
    for name, value in fields.items():
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.json_value = name, value
    return message.SerializeToString()


FINISHED = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()


class Behind:
    """An app behind the guard: what reaches it, and what it answers to each message."""

    def __init__(self, answers=()):
        self.answers, self.received, self.scopes = list(answers), [], []

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"yes"})
            return
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.received.append(message["bytes"])
            for answer in self.answers:
                await send({"type": "websocket.send", "bytes": answer})


def ask(guard, path="/", method="GET", headers=LOCAL, client="127.0.0.1", scheme="http"):
    """The status, the headers and the body of the guard's answer to a request."""
    scope = {
        "type": "http",
        "scheme": scheme,
        "method": method,
        "path": path,
        "client": (client, 5),
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
    }
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, None, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body.decode()


def websocket_scope(headers=LOCAL, client="127.0.0.1"):
    return {
        "type": "websocket",
        "scheme": "ws",
        "path": "/_stcore/stream",
        "client": (client, 5),
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
    }


def speak(guard, said, headers=LOCAL, client="127.0.0.1"):
    """Opens a websocket, says everything at once, and closes it; what was sent back."""
    scope = websocket_scope(headers, client)
    queue = [{"type": "websocket.connect"}]
    queue += [{"type": "websocket.receive", "bytes": data} for data in said]
    queue += [{"type": "websocket.disconnect", "code": 1000}]
    sent = []

    async def receive():
        return queue.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(asyncio.wait_for(guard(scope, receive, send), 20))
    return sent


# Who may ask


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({"host": "rebound.example:8501"}, "127.0.0.1"),
        ({"host": "192.0.2.1:8501"}, "127.0.0.1"),
        ({}, "127.0.0.1"),
        (LOCAL, "192.0.2.7"),
        ({**LOCAL, "origin": "https://evil.example"}, "127.0.0.1"),
        ({**LOCAL, "origin": "http://localhost:9000"}, "127.0.0.1"),  # another port's page
        ({**LOCAL, "origin": "null"}, "127.0.0.1"),
    ],
)
def test_a_private_app_answers_to_this_machine_only(headers, client):
    behind = Behind()
    status, sent_headers, sentence = ask(Guard(behind), headers=headers, client=client)
    assert status == 403 and sentence.endswith(".")
    assert b"frame-ancestors 'self'" in sent_headers[b"content-security-policy"]
    denied = speak(Guard(behind), [rerun()], headers, client)
    assert denied[0]["type"] == "websocket.http.response.start" and denied[0]["status"] == 403
    assert not behind.scopes


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:1", "[::1]:8501", "127.0.0.9"])
def test_this_machine_has_several_names(host):
    headers = {"host": host, "origin": f"http://{host}"}
    assert ask(Guard(Behind()), headers=headers)[0] == 200
    assert ask(Guard(Behind()), headers=headers, client="::1")[0] == 200


def test_a_public_app_answers_to_any_name_but_to_no_other_sites_page(monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    own = {"host": "digits.example", "origin": "https://digits.example"}
    assert ask(Guard(Behind()), headers=own, client="192.0.2.7")[0] == 200
    foreign = {**own, "origin": "https://evil.example"}
    assert ask(Guard(Behind()), headers=foreign, client="192.0.2.7")[0] == 403


def test_names_can_be_given(monkeypatch):
    monkeypatch.setenv("DIGITCNN_HOSTS", "digits.example, other.example")
    for host, status in {
        "digits.example": 200,
        "other.example:80": 200,
        "evil.example": 403,
    }.items():
        assert ask(Guard(Behind()), headers={"host": host}, client="192.0.2.7")[0] == status


def test_an_origin_is_replaced_by_one_that_streamlit_knows_at_once():
    behind = Behind()
    speak(Guard(behind), [], {**LOCAL, "origin": "https://localhost:8501"})
    assert dict(behind.scopes[0]["headers"])[b"origin"] == b"http://localhost:8501"


def test_settings_that_mean_nothing_open_nothing(monkeypatch):
    monkeypatch.setenv("DIGITCNN_PUBLIC", "perhaps")
    assert ask(Guard(Behind()), client="192.0.2.7")[0] == 403
    assert ask(Guard(Behind()))[0] == 200  # The page says what is wrong.


def test_answers_carry_their_headers_once():
    status, headers, _ = ask(Guard(Behind()))
    assert status == 200 and headers[b"x-content-type-options"] == b"nosniff"
    assert b"frame-ancestors 'self'" in headers[b"content-security-policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_no_other_requests_than_pages_send(method):
    assert ask(Guard(Behind()), method=method)[0] == 405


def test_figures_of_the_server_are_not_for_strangers(monkeypatch):
    assert ask(Guard(Behind()), "/_stcore/metrics")[0] == 200
    monkeypatch.setenv("DIGITCNN_PUBLIC", "1")
    assert ask(Guard(Behind()), "/_stcore/metrics")[0] == 404
    assert ask(Guard(Behind()), "/base/_stcore/metrics")[0] == 404


# How many


def test_requests_of_one_address_have_a_rate(monkeypatch):
    monkeypatch.setenv("DIGITCNN_REQUESTS_PER_S", "1")
    guard = Guard(Behind(), now=lambda: 0.0)
    assert [ask(guard)[0] for _ in range(12)] == [200] * 10 + [429] * 2
    assert ask(guard, client="127.0.0.2")[0] == 200


def test_sockets_are_counted_by_address_and_in_all():
    sockets = Sockets(per_address=2, in_all=3)
    with sockets.opened("a"), sockets.opened("a"):
        with pytest.raises(TooManySockets), sockets.opened("a"):
            pass
        with sockets.opened("b"), pytest.raises(TooManySockets), sockets.opened("c"):
            pass
    with sockets.opened("a"):
        pass


def test_one_socket_too_many_gets_a_sentence(monkeypatch):
    monkeypatch.setenv("DIGITCNN_SOCKETS_PER_ADDRESS", "1")
    guard = Guard(Behind())
    speak(guard, [])
    with guard._shared.sockets.opened("127.0.0.1"):
        denied = speak(guard, [rerun()])
    assert denied[0]["status"] == 503 and b"Try again" in denied[1]["body"]
    assert speak(guard, [])[0]["type"] == "websocket.accept"


def test_no_more_pages_than_there_are_descriptors_for(monkeypatch):
    """With 1,024 of them, as many systems grant, each session needs four."""
    monkeypatch.setattr(descriptors, "limit", lambda: 1_024)
    shared = Shared(settings({}), now=lambda: 0.0)
    with contextlib.ExitStack() as open_pages:
        for number in range(102):
            open_pages.enter_context(shared.sockets.opened(str(number % 3)))
        with pytest.raises(TooManySockets):
            open_pages.enter_context(shared.sockets.opened("another"))
    with contextlib.ExitStack() as open_pages, pytest.raises(TooManySockets):
        for _ in range(102):  # one address alone has not all of them
            open_pages.enter_context(shared.sockets.opened("one"))


def test_no_page_opens_when_descriptors_run_out(monkeypatch):
    monkeypatch.setattr(descriptors, "limit", lambda: 4)
    (start, _) = speak(Guard(Behind()), [])
    assert start["status"] == 503


def test_pages_that_are_opened_faster_wait_and_then_are_refused(monkeypatch):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setenv("DIGITCNN_SOCKETS_PER_S", "1")
    guard = Guard(Behind(), now=lambda: 0.0)
    opened = [speak(guard, [])[0] for _ in range(20)]
    assert waits == [0] * 10 + [1, 2, 3, 4, 5, 6, 7, 8]
    assert [message.get("status") for message in opened] == [None] * 18 + [503] * 2


def test_a_bucket_refills():
    bucket = Bucket(per_s=2, burst=3, now=0.0)
    assert [bucket.take(0.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert bucket.take(10.0) == 0 and not bucket.is_full(10.0) and bucket.is_full(20.0)
    assert [bucket.try_take(20.0) for _ in range(4)] == [True, True, True, False]


def test_addresses_are_forgotten_but_not_by_their_open_pages():
    now = [0.0]
    shared = Shared(settings({}), lambda: now[0])
    open_page, gone = shared.messages.of("a", 0.0), shared.messages.of("b", 0.0)
    used = shared.use("a")
    for bucket in (open_page, gone):
        bucket.take(0.0)
    used.add(1.0, 0.0)
    shared.use("b").add(1.0, 0.0)
    shared.forget()
    assert shared.use("b").lately(0.0) == 1.0  # Whoever comes back at once is known.
    assert shared.messages.of("b", 0.0) is gone
    del gone, bucket
    now[0] = 1_000.0
    shared.forget()
    assert not shared._uses and not shared.messages._by_address
    assert set(shared._held) == set(shared.messages._held) == {"a"}
    # A page that stays open and a new one of its address are counted together.
    assert shared.use("a") is used and shared.messages.of("a", now[0]) is open_page


@pytest.mark.parametrize(
    ("host", "same"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_household_is_one_address(host, same):
    assert network(host) == same


def test_messages_that_come_faster_wait(monkeypatch):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setenv("DIGITCNN_MESSAGES_PER_S", "2")
    monkeypatch.setattr(websocket.asyncio, "sleep", sleep)
    behind = Behind()
    heartbeat = BackMsg(app_heartbeat=True).SerializeToString()
    speak(Guard(behind, now=lambda: 0.0), [heartbeat] * 10)
    assert waits[1:] == [0] * 8 + [0.5, 1.0] and len(behind.received) == 10  # [0]: the opening


# What a message may cost


@pytest.mark.parametrize(
    "message",
    [
        BackMsg(clear_cache=True),
        BackMsg(set_run_on_save=True),
        BackMsg(load_git_info=True),
        BackMsg(debug_shutdown_runtime=True),
        BackMsg(debug_disconnect_websocket=True),
        BackMsg(),
    ],
)
def test_what_is_for_developers_is_not_handed_on(message):
    behind = Behind([FINISHED])
    speak(Guard(behind), [message.SerializeToString(), rerun()])
    assert behind.received == [rerun()]


def test_every_kind_of_message_was_thought_of():
    kinds = {field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields}
    refused = {"clear_cache", "set_run_on_save", "load_git_info"}
    refused |= {kind for kind in kinds if kind.startswith("debug_")}
    assert kinds == messages._KINDS | refused and not messages._KINDS & refused


@pytest.mark.parametrize(
    ("operation", "passes"),
    [("deferred_file", True), ("install_skills", False), ("dataframe_chunk", False)],
)
def test_of_streamlits_operations_only_downloads_pass(operation, passes):
    message = BackMsg()
    getattr(message.backend_operation_request, operation).SetInParent()
    sent = message.SerializeToString()
    behind = Behind([FINISHED])
    speak(Guard(behind), [sent, rerun()])
    assert behind.received == [sent, rerun()][0 if passes else 1 :]


def test_of_two_kinds_in_one_message_the_last_counts():
    both = rerun() + BackMsg(clear_cache=True).SerializeToString()
    with pytest.raises(messages.Refused):
        messages.checked(both, Limits())


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x08", b"a" * 100])
def test_what_is_no_message_is_not_handed_on(data):
    behind = Behind()
    speak(Guard(behind), [data])
    assert behind.received == []


def test_who_sends_nothing_else_is_shown_out():
    behind = Behind()
    sent = speak(Guard(behind), [b"\xff\xff"] * 1000)
    assert sent[-1] == {"type": "websocket.close", "code": 1008}


@pytest.mark.parametrize(
    "value",
    [
        "[" + "[]," * 500_000 + "[]]",
        '{"drawing": {"raw": {"objects": [' + '{"type": "path"},' * 20_000 + "0]}}}",
        '"' + "x" * 2_000_000 + '"',
        "[" * 2_000 + "]" * 2_000,
        '{"a":' * 50 + "1" + "}" * 50,
    ],
)
def test_a_drawing_that_costs_too_much_becomes_one_that_says_so(value):
    passed = messages.checked(rerun(canvas=value, other="[1]"), Limits())
    assert passed.is_cut
    states = BackMsg.FromString(passed.data).rerun_script.widget_states.widgets
    assert states[1].json_value == "[1]"
    with pytest.raises(ink.DrawingTooLarge):
        ink.strokes(json.loads(states[0].json_value)["drawing"]["raw"])


def test_the_largest_drawing_that_is_read_passes():
    per_stroke = ink.MAX_POINTS // ink.MAX_STROKES
    path = [["M", 1, 1], *[["L", 1, 1]] * (per_stroke - 1)]
    raw = {"objects": [{"type": "path", "path": path}] * ink.MAX_STROKES}
    assert sum(map(len, ink.strokes(raw))) == ink.MAX_POINTS
    data = rerun(canvas=json.dumps({"drawing": {"raw": raw, "data": None}}))
    checked = messages.checked(data, Limits())
    assert (checked.data, checked.n_bytes, checked.is_cut) == (data, len(data), False)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rerun: setattr(rerun, "query_string", "a" * 5_000),
        lambda rerun: setattr(rerun, "fragment_id", "a" * 5_000),
        lambda rerun: rerun.cached_message_hashes.extend(["a"] * 5_000),
        lambda rerun: [rerun.widget_states.widgets.add() for _ in range(1_000)],
        lambda rerun: rerun.widget_states.widgets.add(id="a" * 5_000),
        lambda rerun: rerun.widget_states.widgets.add(id="a", string_value="a" * 50_000),
        lambda rerun: rerun.widget_states.widgets.add(id="a", bytes_value=b"a" * 50_000),
        lambda rerun: rerun.widget_states.widgets.add().int_array_value.data.extend([1] * 50_000),
        lambda rerun: setattr(rerun.context_info, "url", "a" * 50_000),
        lambda rerun: setattr(
            rerun.widget_states.widgets.add(id="a"), "json_trigger_value", "[" * 50_000
        ),
    ],
)
def test_no_part_of_a_message_may_be_endless(spoil):
    message = BackMsg()
    message.rerun_script.page_name = "train"
    messages.checked(message.SerializeToString(), Limits())
    spoil(message.rerun_script)
    with pytest.raises(messages.Refused):
        messages.checked(message.SerializeToString(), Limits())


def _two_bytes_each() -> dict[str, bytes]:
    """Messages of a megabyte or more that would become a hundred in memory, by what they repeat."""
    names, widgets, hashes = BackMsg(), BackMsg(), BackMsg()
    names.file_urls_request.file_names.extend([""] * 500_000)
    for _ in range(500_000):
        widgets.rerun_script.widget_states.widgets.add()
    hashes.rerun_script.cached_message_hashes.extend([""] * 500_000)
    empty = BackMsg()
    empty.rerun_script.SetInParent()
    values = BackMsg()
    numbers = values.rerun_script.widget_states.widgets.add(id="a").string_array_value
    numbers.data.extend([""] * 500_000)
    made = {"names": names, "widgets": widgets, "hashes": hashes, "values": values}
    found = {name: message.SerializeToString() for name, message in made.items()}
    return {**found, "messages": empty.SerializeToString() * 500_000}


def test_a_long_message_is_refused_before_it_is_parsed(monkeypatch):
    long = _two_bytes_each()
    monkeypatch.setattr(messages, "BackMsg", None)  # Nothing can be built.
    for name, data in long.items():
        assert len(data) >= 1_000_000, name
        with pytest.raises(messages.Refused, match="too long"):
            messages.checked(data, Limits())
        with pytest.raises(messages.Refused, match=r"no message|too long"):
            messages.checked(data[:-1], Limits())
        with pytest.raises(messages.Refused, match=r"no message|too long"):
            messages.checked(b"\x0f" + data, Limits())


def test_fields_are_found_where_they_are():
    message = BackMsg.FromString(rerun(canvas="[1, 2]", other="é" * 300))
    message.rerun_script.is_auto_rerun = True
    data = message.SerializeToString()
    [(number, *place)] = wire.fields(data, 0, len(data))
    assert number == BackMsg.RERUN_SCRIPT_FIELD_NUMBER
    assert data[slice(*place)] == message.rerun_script.SerializeToString()
    parts = {number: data[start:end] for number, start, end in wire.fields(data, *place)}
    assert parts[6] == b"\x01"
    assert parts[2] == message.rerun_script.widget_states.SerializeToString()


@given(st.binary(max_size=60))
def test_what_can_be_parsed_has_fields(data):
    """And what has none is no message: nothing else is refused for its form."""
    try:
        BackMsg.FromString(data)
    except DecodeError:
        return
    try:
        found = list(wire.fields(data, 0, len(data)))
    except wire.Malformed as error:
        assert "kind 3" in str(error)  # a group, which nobody has sent since 2008
        return
    assert all(start <= end <= len(data) for _, start, end in found)


def test_what_a_page_has_to_say_beside_a_drawing_passes():
    message = BackMsg.FromString(rerun(canvas="[" + "1," * 400_000 + "1]"))
    rerun_script = message.rerun_script
    rerun_script.cached_message_hashes.extend([f"{number:032x}" for number in range(1_000)])
    files = rerun_script.widget_states.widgets.add(id="files").file_uploader_state_value
    for number in range(50):
        file = files.uploaded_file_info.add(name=f"{number} {'photo' * 40}.jpg", file_id="f" * 36)
        file.file_urls.upload_url = file.file_urls.delete_url = UPLOAD + "f" * 60
    data = message.SerializeToString()
    assert messages.checked(data, Limits()).data == data


# Whose turn it is


def test_the_lightest_goes_first_and_the_heavy_wait_for_each_other():
    clock = [100.0]

    async def play():
        order = Turns(places=2, now=lambda: clock[0])
        begun = []

        def heavy():
            turn = Turn(order, Use())
            turn._own.add(9.0, clock[0])
            return turn

        async def begin(name, turn):
            await turn.begin()
            begun.append(name)

        light = Turn(order, Use())
        await begin("light", light)
        light.end()
        first, second = heavy(), heavy()
        await begin("heavy", first)
        waiting = [
            asyncio.create_task(begin("heavy again", second)),
            asyncio.create_task(begin("light again", light)),
        ]
        await asyncio.sleep(0.05)
        assert begun == ["light", "heavy", "light again"]  # though the other came first
        clock[0] += 2.0
        first.end()
        await asyncio.gather(*waiting)
        assert begun[-1] == "heavy again"
        # With no light one about, they may have more of the room.
        clock[0] += 2.0
        await asyncio.wait_for(heavy().begin(), 5)

    asyncio.run(play())


def test_many_people_behind_one_address_are_light_each():
    async def play():
        order, address = Turns(places=2, now=lambda: 0.0), Use()
        address.add(2.0, 0.0)
        assert Turn(order, address).is_light()
        assert Turn(order, address).used() > Turn(order, Use()).used()
        address.add(3.0, 0.0)
        assert not Turn(order, address).is_light()

    asyncio.run(play())


def test_scripts_that_run_at_once_share_what_is_computed():
    clock, computed = [0.0], [0.0]

    async def play():
        order = Turns(places=2, now=lambda: clock[0], computed=lambda: computed[0])
        one, other = Turn(order, Use()), Turn(order, Use())
        await one.begin()
        computed[0] = 0.1  # by the one alone
        await other.begin()
        computed[0] = 0.3  # by both
        one.end()
        assert one.used() == pytest.approx(0.3 + 0.2 * (1 + 1 / 3))
        clock[0] = 5.0  # on a busy machine, where nothing is computed meanwhile
        other.end()
        assert other.used() == pytest.approx(0.15 + 0.05 * (1 + 1 / 3))

    asyncio.run(play())


def test_a_script_keeps_its_place_until_it_has_computed_for_long():
    clock, computed = [0.0], [0.0]

    async def play():
        order = Turns(places=1, now=lambda: clock[0], computed=lambda: computed[0])
        await Turn(order, Use()).begin()
        waiting = asyncio.create_task(Turn(order, Use()).begin())
        clock[0] = 0.5  # long enough, had it computed
        await asyncio.sleep(0.3)
        assert not waiting.done()
        computed[0] = 0.3
        await asyncio.wait_for(waiting, 5)
        # One that waits for something else keeps nobody waiting for long.
        other = asyncio.create_task(Turn(order, Use()).begin())
        await asyncio.sleep(0.3)
        assert not other.done()
        clock[0] = 2.0
        await asyncio.wait_for(other, 5)

    asyncio.run(play())


def test_strokes_go_before_pages():
    async def play():
        order = Turns(places=2, now=lambda: 0.0, computed=lambda: 0.0)
        page, drawing = Turn(order, Use()), Turn(order, Use())
        await page.begin(is_long=True)
        other = asyncio.create_task(Turn(order, Use()).begin(is_long=True))
        await asyncio.sleep(0)
        await asyncio.wait_for(drawing.begin(), 5)  # though the other page waits already
        drawing.end()
        await asyncio.sleep(0.05)
        assert not other.done()
        page.end()
        await asyncio.wait_for(other, 5)

    asyncio.run(play())


def test_no_more_scripts_begin_than_can_be_computed_at_once():
    clock = [0.0]

    async def play():
        order = Turns(places=1, now=lambda: clock[0], computed=lambda: 0.0)
        running = [Turn(order, Use()) for _ in range(8)]
        for turn in running:
            await turn.begin()
            clock[0] += 5.0
            await asyncio.sleep(0.15)  # It gives back its place, and runs on.
        ninth = asyncio.create_task(Turn(order, Use()).begin())
        await asyncio.sleep(0.3)
        assert not ninth.done()
        running[0].end()
        await asyncio.wait_for(ninth, 5)

    asyncio.run(play())


def test_a_long_message_counts_for_more():
    async def play():
        turn = Turn(Turns(places=2, now=lambda: 0.0, computed=lambda: 0.0), Use())
        for _ in range(4):
            await turn.begin(800_000)
            turn.end()
        assert not turn.is_light()

    asyncio.run(play())


def test_what_was_used_is_forgotten():
    use = Use()
    use.add(4.0, now=0.0)
    assert use.lately(5.0) == pytest.approx(2.0) and use.lately(50.0) < 0.01


def test_who_leaves_while_waiting_takes_no_place():
    async def play():
        order = Turns(places=1, now=lambda: 0.0)
        one, two, three = Turn(order, Use()), Turn(order, Use()), Turn(order, Use())
        await one.begin()
        gone = asyncio.create_task(two.begin())
        await asyncio.sleep(0)
        gone.cancel()
        one.end()
        await asyncio.wait_for(three.begin(), 5)

    asyncio.run(play())


def test_nothing_is_computed_for_who_has_gone_while_waiting():
    """A hundred who ask for pages and go: nobody waits for what they asked for."""
    behind = Behind()
    guard = Guard(behind)

    async def page(stays: asyncio.Event | None):
        said = [{"type": "websocket.connect"}]
        said += [{"type": "websocket.receive", "bytes": rerun(page="one")}]

        async def receive():
            if not said and stays is not None:
                await stays.wait()
            return said.pop(0) if said else {"type": "websocket.disconnect", "code": 1001}

        await guard(websocket_scope(), receive, lambda message: asyncio.sleep(0))

    async def play():
        stays = asyncio.Event()
        one = asyncio.create_task(page(stays))
        await asyncio.sleep(0.05)
        await asyncio.wait_for(page(None), 5)
        assert len(behind.received) == 1
        stays.set()
        await one

    asyncio.run(play())


def test_each_script_that_is_asked_for_waits_for_the_one_before():
    behind = Behind()  # never says that a script has ended
    speak(Guard(behind), [rerun(page=str(number)) for number in range(4)])
    assert len(behind.received) == 3  # The page was closed while the last one waited.


# Uploads


def uploader() -> bytes:
    message = ForwardMsg()
    message.delta.new_element.file_uploader.id = "photo"
    return message.SerializeToString()


def addresses(*names: str) -> bytes:
    message = ForwardMsg()
    for name in names:
        message.file_urls_response.file_urls.add(
            file_id=name, upload_url=f"/_stcore/upload_file/the-session/{name}"
        )
    return message.SerializeToString()


def wish(*names: str) -> bytes:
    message = BackMsg()
    message.file_urls_request.file_names.extend(names)
    return message.SerializeToString()


def put(guard, name="the-file", size: int | None = 100):
    headers = LOCAL if size is None else {**LOCAL, "content-length": str(size)}
    return ask(guard, f"/_stcore/upload_file/the-session/{name}", "PUT", headers)[0]


def test_a_file_is_taken_when_a_widget_waits_for_it():
    behind = Behind([uploader(), FINISHED, addresses("the-file")])
    guard = Guard(behind)
    assert put(guard) == 403
    speak(guard, [rerun(), wish("a")])
    assert behind.received == [rerun(), wish("a")]
    assert (put(guard), put(guard, "another"), put(guard, size=None)) == (200, 403, 411)


def test_no_address_without_a_widget_that_waits():
    behind = Behind([FINISHED])
    speak(Guard(behind), [rerun(), wish("a")])
    assert behind.received == [rerun()]


def test_another_page_waits_for_nothing():
    behind = Behind([uploader(), ForwardMsg(new_session={}).SerializeToString(), FINISHED])
    speak(Guard(behind), [rerun(), wish("a")])
    assert behind.received == [rerun()]


def test_no_request_for_a_million_names():
    with pytest.raises(messages.Refused):
        messages.checked(wish(*["a"] * 1_000), Limits())
    with pytest.raises(messages.Refused):
        messages.checked(wish("a" * 1_000_000), Limits())


def test_a_session_keeps_so_much_and_all_keep_so_much():
    names = [f"f{number}" for number in range(20)]
    guard = Guard(Behind([uploader(), FINISHED, addresses(*names)]))
    speak(guard, [rerun()])
    mb = 1_000_000
    assert put(guard, "f0", 30 * mb) == 413
    assert [put(guard, name, 19 * mb) for name in names[:3]] == [200, 200, 413]
    delete = ask(guard, "/_stcore/upload_file/the-session/f0", "DELETE")
    assert delete[0] == 200 and put(guard, "f2", 19 * mb) == 200
    for name in ("f1", "f2"):
        ask(guard, f"/_stcore/upload_file/the-session/{name}", "DELETE")
    assert [put(guard, name, 10) for name in names[3:]] == [200] * 12 + [413] * 5


def test_limits_are_settings(monkeypatch):
    monkeypatch.setenv("DIGITCNN_UPLOADS_MB", "7")
    assert settings().limits.uploads_mb == 7


def test_only_pages_carry_the_notice():
    async def page(scope, receive, send):
        kind = b"text/html; charset=utf-8" if scope["path"] == "/" else b"text/css"
        headers = [(b"content-type", kind), (b"content-length", b"13"), (b"etag", b"x")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"hello ", "more_body": True})
        await send({"type": "http.response.body", "body": b"</body>"})

    html = {**LOCAL, "accept": "text/html,*/*", "accept-encoding": "gzip"}
    status, headers, body = ask(Guard(page), headers=html)
    assert status == 200 and body.startswith("hello <script>") and body.endswith("</body>")
    assert int(headers[b"content-length"]) == len(body.encode()) and b"etag" not in headers
    assert ask(Guard(page), "/style.css", headers=html)[2] == "hello </body>"
    assert ask(Guard(page))[2] == "hello </body>"
