"""Sessions that have ended are let go of, though nobody else comes or goes."""

import inspect
from types import SimpleNamespace

from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from digitcnn.app.guard import housekeeping


class _Session:
    id = "somebody"


def test_a_session_to_which_nobody_came_back_is_let_go_of(monkeypatch):
    now = [0.0]
    storage = MemorySessionStorage()
    monkeypatch.setattr(storage._cache, "_timer", lambda: now[0])
    manager = WebsocketSessionManager(storage, None, None, None)
    monkeypatch.setattr(housekeeping, "exists", lambda: True)
    monkeypatch.setattr(housekeeping, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    housekeeping._forget_ended_sessions()  # As the server starts.
    storage.save(SessionInfo(client=None, session=_Session(), script_run_count=1))
    now[0] = housekeeping._KEPT_S - 1
    housekeeping._forget_ended_sessions()
    assert storage.get("somebody") is not None  # A short cut costs nothing.
    now[0] = housekeeping._KEPT_S + 1
    housekeeping._forget_ended_sessions()
    assert not storage._cache._data  # Not only hidden: nothing holds it any more.


def test_streamlit_still_keeps_its_sessions_there():
    assert "self._session_mgr" in inspect.getsource(Runtime)
