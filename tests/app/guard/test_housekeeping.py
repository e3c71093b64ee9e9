"""Sessions that have ended are let go of, though nobody else comes or goes."""

import asyncio
import contextlib
import gc
import inspect
import time
from types import SimpleNamespace

from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from digitcnn.app.guard import housekeeping


class _Session:
    is_shut_down = False

    def __init__(self, session_id="somebody"):
        self.id = session_id

    def shutdown(self):
        self.is_shut_down = True


def test_a_session_to_which_nobody_came_back_is_let_go_of(monkeypatch):
    now = [0.0]
    storage = MemorySessionStorage()
    monkeypatch.setattr(storage._cache, "_timer", lambda: now[0])
    manager = WebsocketSessionManager(storage, None, None, None)
    monkeypatch.setattr(housekeeping, "exists", lambda: True)
    monkeypatch.setattr(housekeeping, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    housekeeping._forget_ended_sessions()  # As the server starts.
    session = _Session()
    storage.save(SessionInfo(client=None, session=session, script_run_count=1))
    now[0] = housekeeping._KEPT_S - 1
    housekeeping._forget_ended_sessions()
    assert storage.get("somebody") is not None  # A short cut costs nothing.
    assert not session.is_shut_down
    now[0] = housekeeping._KEPT_S + 1
    housekeeping._forget_ended_sessions()
    assert not storage._cache._data  # Not only hidden: nothing holds it any more.
    assert session.is_shut_down  # What it kept goes now, not once it is collected.


def test_of_many_sessions_that_have_ended_the_last_are_kept(monkeypatch):
    storage = MemorySessionStorage()
    manager = WebsocketSessionManager(storage, None, None, None)
    monkeypatch.setattr(housekeeping, "exists", lambda: True)
    monkeypatch.setattr(housekeeping, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    sessions = [_Session(str(number)) for number in range(housekeeping._KEPT + 5)]
    for session in sessions:
        storage.save(SessionInfo(client=None, session=session, script_run_count=1))
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert housekeeping._forget_ended_sessions() == 0  # All were cut off, and may come back.
    now[0] += housekeeping._CUT_S
    assert housekeeping._forget_ended_sessions() == 5
    assert [session.is_shut_down for session in sessions] == [True] * 5 + [
        False
    ] * housekeeping._KEPT
    assert len(storage.list()) == housekeeping._KEPT
    assert housekeeping._forget_ended_sessions() == 0


def test_streamlit_still_keeps_its_sessions_there():
    assert "self._session_mgr" in inspect.getsource(Runtime)


def test_sessions_are_looked_at_long_before_garbage_is_collected(monkeypatch):
    """Those that end in a server's first seconds would else be kept by Streamlit's own time."""
    seen = []
    monkeypatch.setattr(housekeeping, "_COLLECT_AT_MOST_EVERY_S", 0.001)
    monkeypatch.setattr(housekeeping, "_COLLECT_EVERY_S", 0.01)
    monkeypatch.setattr(
        housekeeping, "_forget_ended_sessions", lambda: seen.append("sessions") or 0
    )
    monkeypatch.setattr(gc, "freeze", lambda: seen.append("started"))
    monkeypatch.setattr(gc, "collect", lambda: seen.append("garbage"))

    async def for_a_moment():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                while seen.count("garbage") < 3:
                    await asyncio.sleep(0.001)

    async def both():
        task = asyncio.create_task(housekeeping._collect())
        await for_a_moment()
        task.cancel()

    asyncio.run(both())
    assert seen[:4] == ["garbage", "started", "sessions", "sessions"]
    assert seen[4:].index("garbage") > 4
