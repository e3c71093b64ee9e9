"""Housekeeping: unused memory is freed every 20 s, and silent connections are closed."""

import asyncio
import contextlib
import ctypes
import gc
import linecache
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from streamlit.runtime import exists, get_instance

from digitcnn.app.guard import descriptors, unsent
from digitcnn.figures import plotly_properties
from digitcnn.system import logs, memory_maps

_COLLECT_EVERY_S, _COLLECT_AT_MOST_EVERY_S = 20.0, 2.0
_LOOK_EVERY_S = 0.5
_SWITCH_S = 0.0005
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # from glibc's malloc.h
_SILENT_S = 10.0  # a connection without a request
# A session whose connection has ended; the browser keeps the drawing for longer. Where there are
# more of them, those go first that have been away for longer than a short cut lasts.
_KEPT_S, _KEPT, _CUT_S = 60.0, 40, 10.0
_ENDED = 40  # sessions let go of, after which garbage is collected earlier

_seen_at: dict[str, float] = {}  # when a session was first seen without a connection


@contextlib.asynccontextmanager
async def running(_app: Any) -> AsyncIterator[None]:
    """The ``lifespan`` of ``st.App``: housekeeping while the server runs."""
    descriptors.raise_limit()
    # The thread that speaks to everybody asks for its turn after each line; with 5 ms until a
    # script lets go of the interpreter, two busy scripts make one answer take half a second.
    sys.setswitchinterval(_SWITCH_S)
    _keep_little()
    unsent.keep()
    plotly_properties.read_one_by_one()
    tasks = [asyncio.create_task(_collect()), asyncio.create_task(_close_silent())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def _keep_little() -> None:
    """Makes glibc return the memory of large arrays, and keep fewer arenas for threads."""
    mallopt = getattr(_libc(), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)
        # By itself it would raise this to the size of the largest array that was ever freed. With
        # a megabyte, one run of the hostile benchmark left 6 MB more behind.
        mallopt(_M_MMAP_THRESHOLD, 128 << 10)


def _libc() -> Any:
    return ctypes.CDLL(None) if sys.platform == "linux" else None


async def _collect() -> None:
    """Collects garbage in a thread: after each script, the person with the pen would wait for it.

    What a session kept is a circle of references, which nothing else ends.
    """
    logs.take_over()
    # What was loaded at the start stays; looking through it each time would cost 40 ms.
    linecache.clearcache()
    gc.collect()
    gc.freeze()
    trim = getattr(_libc(), "malloc_trim", None)
    while True:
        n_ended = 0
        for _ in range(round(_COLLECT_EVERY_S / _COLLECT_AT_MOST_EVERY_S)):
            await asyncio.sleep(_COLLECT_AT_MOST_EVERY_S)
            n_ended += _forget_ended_sessions()
            memory_maps.release()
            if descriptors.are_crowded() or n_ended >= _ENDED:
                break  # Sessions that have ended have some.
        logs.take_over()
        # Lines of source that an error's traceback or Streamlit's caches asked for: each stays, and
        # keeps a megabyte of memory from being given back when little else is left in it.
        linecache.clearcache()
        await asyncio.to_thread(gc.collect)
        if trim is not None:
            await asyncio.to_thread(trim, 0)  # glibc keeps what it was given back otherwise


def _forget_ended_sessions() -> int:
    """Drops sessions that nobody came back to; returns how many.

    Streamlit keeps a session for two minutes after its connection has ended, and then until the
    next one ends, which may be never: with photos in it, some 10 MB. And it keeps 128 of them,
    which need not have been anybody's: whoever opens pages and leaves fills the memory.
    """
    # Without a public way to it. Where this changes, sessions stay until the next one ends.
    manager: Any = getattr(get_instance(), "_session_mgr", None) if exists() else None
    kept: Any = getattr(getattr(manager, "_session_storage", None), "_cache", None)
    if kept is None or not hasattr(kept, "expire"):
        return 0
    kept._ttl = _KEPT_S
    with manager._storage_lock:
        ended = kept.expire()
        now = time.monotonic()
        seen = {session_id: _seen_at.get(session_id, now) for session_id in kept}
        long_away = [session_id for session_id in seen if now - seen[session_id] >= _CUT_S]
        for session_id in long_away[: max(0, len(seen) - _KEPT)]:
            ended.append((session_id, kept.pop(session_id)))
    _seen_at.clear()
    _seen_at.update(seen)
    for _, info in ended:
        # By itself it would do so when it is collected: what it keeps would be a round later.
        info.session.shutdown()
    return len(ended)


async def _close_silent() -> None:
    """Closes connections that say nothing; each would keep a descriptor indefinitely."""
    since: dict[int, tuple[Any, float]] = {}
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        silent = {id(transport): transport for transport in _silent()}
        now = time.monotonic()
        since = {key: since.get(key, (value, now)) for key, value in silent.items()}
        patience = _SILENT_S if len(silent) < descriptors.silent() else _LOOK_EVERY_S
        for transport, first_seen in since.values():
            if now - first_seen >= patience:
                transport.abort()


def _silent() -> list[Any]:
    """The connections on which no request has come yet."""
    # asyncio knows all connections, uvicorn which of them have had a request; neither has a public
    # name for it. Where they change it, silent connections stay open, and nothing else happens.
    transports = getattr(asyncio.get_running_loop(), "_transports", {})
    found = []
    for transport in list(transports.values()):
        protocol = transport.get_protocol() if hasattr(transport, "get_protocol") else None
        module = type(protocol).__module__
        is_http = module.startswith("uvicorn.protocols.http")
        is_unopened = module.startswith("uvicorn.protocols.websockets") and not getattr(
            protocol, "handshake_initiated", True
        )
        if (is_http and getattr(protocol, "cycle", 0) is None) or is_unopened:
            found.append(transport)
    return found
