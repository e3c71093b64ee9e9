"""One open websocket, with the messages of both directions."""

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any

from digitcnn.app.guard import messages
from digitcnn.app.guard.asgi import App, Receive, Scope, Send
from digitcnn.app.guard.rates import Bucket
from digitcnn.app.guard.shared import Shared
from digitcnn.app.guard.turns import Turn
from digitcnn.app.guard.uploads import Page
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app.guard")

_OFFENCES = 20  # messages refused, after which a socket is closed


class WebSocket:
    """One open websocket.

    Args:
        app: what answers.
        shared: what all connections share.
        address: who speaks.
    """

    def __init__(self, app: App, shared: Shared, address: str):
        self._app, self._shared = app, shared
        now = shared.now()
        rate = shared.limits.messages_per_s
        self._buckets = (Bucket(rate, 4 * rate, now), shared.messages.of(address, now))
        self._turn = Turn(shared.turns, shared.use(address))
        self._page: Page = shared.uploads.page()
        self._offences = 0
        self._address = address
        self._ahead: asyncio.Task[MutableMapping[str, Any]] | None = None

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes messages between app and page until one of them ends."""

        async def guarded_receive() -> MutableMapping[str, Any]:
            while True:
                message = await self._received(receive)
                if message["type"] != "websocket.receive":
                    return message
                try:
                    # A refused message is freed before waiting: it may be large.
                    passed = self._checked(message.pop("bytes", None))
                except messages.Refused as refused:
                    self._offences += 1
                    if self._offences == 1 or self._offences > _OFFENCES:
                        logs.event(
                            log,
                            "message refused",
                            logging.WARNING,
                            reason=str(refused),
                            peer=self._address,
                        )
                    if self._offences > _OFFENCES:
                        await send({"type": "websocket.close", "code": 1008})
                        return {"type": "websocket.disconnect", "code": 1008}
                    passed = None
                # Yields even if the next message is there already, so that others get on.
                now = self._shared.now()
                await asyncio.sleep(max(bucket.take(now) for bucket in self._buckets))
                if passed is None:
                    continue
                if passed.kind == "rerun_script" and not await self._has_its_turn(passed, receive):
                    continue  # It has gone meanwhile: that is what comes next.
                return {"type": "websocket.receive", "bytes": passed.data}

        async def listening_send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "websocket.send" and message.get("bytes"):
                heard = messages.sent(message["bytes"])
                if heard is not None:
                    if heard.WhichOneof("type") == "script_finished":
                        self._turn.end()
                    else:
                        self._page.hear(heard)
            await send(message)

        try:
            await self._app(scope, guarded_receive, listening_send)
        finally:
            if self._ahead is not None:
                self._ahead.cancel()
            self._turn.end()
            self._page.close()

    def _checked(self, data: bytes | None) -> messages.Message:
        """What a message is, and what of it may be handed on.

        Raises:
            Refused: nothing.
        """
        if data is None:
            raise messages.Refused("text")
        message = messages.checked(data, self._shared.limits)
        if message.n_files and not self._page.waits:
            raise messages.Refused("no widget waits for a file")
        if message.is_cut:
            logs.event(log, "message cut", logging.WARNING, bytes=len(data), peer=self._address)
        return message

    async def _received(self, receive: Receive) -> MutableMapping[str, Any]:
        """The next message: the one that came while another waited for its turn, or a new one."""
        ahead, self._ahead = self._ahead, None
        return await (receive() if ahead is None else ahead)

    async def _has_its_turn(self, message: messages.Message, receive: Receive) -> bool:
        """Waits for a script's turn; False when the page is gone before it comes."""
        turn = asyncio.create_task(self._turn.begin(message.n_bytes, message.is_long))
        self._ahead = self._ahead or asyncio.create_task(_next(receive))
        try:
            await asyncio.wait({turn, self._ahead}, return_when=asyncio.FIRST_COMPLETED)
            if not turn.done() and self._ahead.result()["type"] != "websocket.receive":
                return False
            await turn
            return True
        finally:
            turn.cancel()


async def _next(receive: Receive) -> MutableMapping[str, Any]:
    return await receive()


async def deny(receive: Receive, send: Send, status: int, text: str) -> None:
    """Answers a handshake with a sentence instead of a websocket."""
    await receive()  # websocket.connect
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
