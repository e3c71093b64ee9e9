"""The middleware that every request and message passes before Streamlit sees it."""

import asyncio
import logging
import time
from collections.abc import Callable

from digitcnn.app.guard import descriptors, hosts
from digitcnn.app.guard.asgi import App, Receive, Scope, Send
from digitcnn.app.guard.http import Exchange
from digitcnn.app.guard.rates import TooManySockets, network
from digitcnn.app.guard.shared import Shared
from digitcnn.app.guard.websocket import WebSocket, deny
from digitcnn.settings import SettingsError, settings
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app.guard")

_OPENING_S = 8.0  # that a page waits until it is let in
_FORGET_EVERY_S = 20.0


class Guard:
    """ASGI middleware before Streamlit.

    Args:
        app: what it guards.
        now: the clock, s.
    """

    def __init__(self, app: App, now: Callable[[], float] = time.monotonic):
        self._app, self._now = app, now
        self._shared: Shared | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            now = settings()
        except SettingsError as error:
            now = settings({})  # The page says what is wrong; until then nothing is open.
            logs.event(log, "settings", logging.ERROR, reason=str(error))
        if self._shared is None:
            # Not before: what an operator put into secrets becomes environment at the start.
            self._shared = Shared(now, self._now)
            self._forget_often(self._shared)
        peer = (scope.get("client") or ("",))[0] or "127.0.0.1"
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        reason = hosts.why_not(peer, headers, now)
        if scope["type"] == "http":
            await Exchange(self._app, self._shared, now, network(peer), headers).run(
                scope, receive, send, reason
            )
        elif reason is not None:
            logs.event(log, "refused", logging.WARNING, reason=reason, peer=peer)
            await deny(receive, send, 403, reason)
        else:
            # Streamlit looks up the machine's address in the internet, with the whole server
            # waiting, when it does not know an origin at once; those that get here, it knows.
            own = f"http://{headers.get('host', '')}".encode("latin-1")
            scope["headers"] = [
                (name, own if name == b"origin" else value) for name, value in scope["headers"]
            ]
            try:
                with self._shared.sockets.opened(network(peer)):
                    if descriptors.are_crowded():
                        raise TooManySockets(peer)
                    now_s = self._now()
                    wait_s = self._shared.openings.of(network(peer), now_s).take(now_s)
                    if wait_s > _OPENING_S:
                        raise TooManySockets(peer)
                    await asyncio.sleep(wait_s)
                    websocket = WebSocket(self._app, self._shared, network(peer))
                    await websocket.run(scope, receive, send)
            except TooManySockets:
                logs.event(log, "refused", logging.WARNING, reason="too many sockets", peer=peer)
                await deny(receive, send, 503, "Too many pages are open. Try again in a minute.")

    def _forget_often(self, shared: Shared) -> None:
        """Forgets addresses that have gone, even if nobody else comes."""
        shared.forget()
        asyncio.get_running_loop().call_later(_FORGET_EVERY_S, self._forget_often, shared)
