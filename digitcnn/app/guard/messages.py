"""Checks of a page's messages: size and nesting first, before anything is parsed.

Parsing JSON makes hundreds of bytes out of each bracket, parsing a message as many out of an empty
field, and Streamlit keeps the message as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from digitcnn.app.guard import wire
from digitcnn.settings import Limits

# What pages send. Others are for people who develop the app, and clear everybody's caches or start
# programs; none is needed here.
_KINDS = {
    "rerun_script",
    "stop_script",
    "app_heartbeat",
    "file_urls_request",
    "backend_operation_request",
}
# A download button whose file is made when it is pressed asks for it by this; Streamlit's other
# operations install things, or read tables that we have none of.
_OPERATIONS = {"deferred_file"}

_DEEPEST = 40  # brackets in brackets; a drawing has five
_ADDRESS_CHARS, _ID_CHARS, _NAME_CHARS = 4_000, 500, 300
_WIDGETS, _FILES, _HASHES = 400, 50, 1_000
_PARTS, _VALUES = _HASHES + 20, 4  # fields of a request, and of a widget's state
# Of a message, everything but what canvases report: 50 files' names and addresses, 1,000 messages
# that the page still has.
_BESIDE_CANVASES_BYTES = 100_000
_SURELY_SMALL_BYTES = 16_000  # a message, whatever it becomes
_READABLE_BYTES = 16_000  # messages to the page that are larger carry neither an end nor an upload

# In place of what a canvas reports when that is larger than is read: it says so (ink.strokes).
_TOO_LARGE = '{"drawing": {"raw": {"too_large": true}, "data": null}, "backgroundFit": null}'


class Refused(Exception):
    """A message that is not passed on."""


@dataclass(frozen=True)
class Message:
    """A message of a page that may be passed on.

    Attributes:
        kind: its type's name in Streamlit's protocol.
        data: the message, as it may be handed on.
        n_bytes: how long it was when it came.
        n_files: addresses for uploads that it asks for.
        is_cut: whether something in it was too large and was left out.
        is_long: whether what it asks for takes long: a whole page, or reading a file.
    """

    kind: str
    data: bytes
    n_bytes: int = 0
    n_files: int = 0
    is_cut: bool = False
    is_long: bool = False


def checked(data: bytes, limits: Limits) -> Message:
    """What a page sent, if it may be passed on.

    Args:
        data: a message as it came.
        limits: what is allowed.

    Raises:
        Refused: it may not; says why, for the log.
    """
    if len(data) > _SURELY_SMALL_BYTES:
        _look_over(data)
    try:
        message = BackMsg.FromString(data)
    except Exception as error:  # protobuf's own error class
        raise Refused("no message") from error
    kind = message.WhichOneof("type")
    if kind not in _KINDS:
        raise Refused("not for visitors")
    if kind == "file_urls_request":
        names = message.file_urls_request.file_names
        if len(names) > limits.uploads_per_session or any(len(name) > 1000 for name in names):
            raise Refused("too many files")
        return Message(kind, data, len(data), n_files=len(names))
    if kind == "rerun_script":
        is_cut = _cut(message.rerun_script, limits)
        return Message(
            kind,
            message.SerializeToString() if is_cut else data,
            len(data),
            is_cut=is_cut,
            is_long=not message.rerun_script.fragment_id
            or any(
                state.file_uploader_state_value.uploaded_file_info
                for state in message.rerun_script.widget_states.widgets
            ),
        )
    operation = message.backend_operation_request.WhichOneof("payload")
    if kind == "backend_operation_request" and operation not in _OPERATIONS:
        raise Refused("not for visitors")
    if len(data) > 1000:
        raise Refused("too long")
    return Message(kind, data, len(data))


def _look_over(data: bytes) -> None:
    """Inspects a long message before it is parsed.

    Raises:
        Refused: it is long for another reason than what a few canvases report.
    """
    beside = len(data)
    try:
        for kind, *request in _few(data, 1, 0, len(data)):
            if kind != _RERUN:
                raise Refused("too long")
            for part, *states in _few(data, _PARTS, *request):
                if part != _STATES:
                    continue
                for _, *state in _few(data, _WIDGETS, *states):
                    for value, start, end in _few(data, _VALUES, *state):
                        beside -= (end - start) * (value in _JSON)
    except wire.Malformed as error:
        raise Refused("no message") from error
    if beside > _BESIDE_CANVASES_BYTES:
        raise Refused("too long")


def _few(data: bytes, most: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Fields as :func:`digitcnn.app.guard.wire.fields` gives them, with a limit on their number.

    Raises:
        Refused: there are more.
        wire.Malformed: they are none.
    """
    for number, field in enumerate(wire.fields(data, start, end)):
        if number >= most:
            raise Refused("too long")
        yield field


def _cut(rerun: ClientState, limits: Limits) -> bool:
    """Leaves out what is too large for a canvas; returns whether anything was."""
    if (
        len(rerun.query_string) > _ADDRESS_CHARS
        or max(map(len, (rerun.page_script_hash, rerun.page_name, rerun.fragment_id))) > _NAME_CHARS
        or len(rerun.cached_message_hashes) > _HASHES
        or len(rerun.widget_states.widgets) > _WIDGETS
        or rerun.context_info.ByteSize() > 4_000
    ):
        raise Refused("too long")
    is_cut = False
    for state in rerun.widget_states.widgets:
        kind = state.WhichOneof("value")
        if len(state.id) > _ID_CHARS:
            raise Refused("too long")
        if kind == "json_value":
            if _costs_too_much(state.json_value, limits):
                state.json_value = _TOO_LARGE
                is_cut = True
        elif kind == "json_trigger_value":
            if _costs_too_much(state.json_trigger_value, limits):
                raise Refused("too long")
        elif kind == "file_uploader_state_value":
            if len(state.file_uploader_state_value.uploaded_file_info) > _FILES:
                raise Refused("too many files")
        elif state.ByteSize() > 20_000:
            raise Refused("too long")
    return is_cut


def _costs_too_much(text: str, limits: Limits) -> bool:
    """Whether parsing ``text`` as JSON would take more memory or depth than a drawing needs."""
    if len(text) > limits.message_kb * 1000:
        return True
    if text.count("[") + text.count("{") > limits.message_brackets:
        return True
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    marks = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    opens = (marks == ord("[")) | (marks == ord("{"))
    closes = (marks == ord("]")) | (marks == ord("}"))
    depth = np.cumsum(opens.astype(np.int32) - closes.astype(np.int32))
    return bool(depth.max() > _DEEPEST)


def sent(data: bytes) -> ForwardMsg | None:
    """A message to a page, if it is one of those that the guard listens to."""
    if len(data) > _READABLE_BYTES:
        return None
    message = ForwardMsg.FromString(data)
    return message if message.WhichOneof("type") in _HEARD else None


def _number(message: type, name: str) -> int:
    """A field's number in Streamlit's protocol."""
    number: int = message.DESCRIPTOR.fields_by_name[name].number  # type: ignore[attr-defined]
    return number


_RERUN, _STATES = _number(BackMsg, "rerun_script"), _number(ClientState, "widget_states")
_JSON = {_number(WidgetState, name) for name in ("json_value", "json_trigger_value")}
_HEARD = {"script_finished", "new_session", "file_urls_response", "delta"}
