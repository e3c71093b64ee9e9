"""One HTTP request and its answer."""

import logging
from collections.abc import MutableMapping
from typing import Any

from digitcnn.app.guard import hosts, notice
from digitcnn.app.guard.asgi import App, Receive, Scope, Send
from digitcnn.app.guard.shared import Shared
from digitcnn.app.guard.uploads import ADDRESS, TooMuch
from digitcnn.settings import Settings
from digitcnn.system import logs

log = logging.getLogger("digitcnn.app.guard")

# A page is not the file that it was, and is changed before it is packed.
_OF_THE_FILE = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}
_METHODS = {"GET", "HEAD", "OPTIONS"}  # elsewhere than for uploads


class Exchange:
    """One HTTP request and its answer.

    Args:
        app: what answers.
        shared: what all connections share.
        settings_now: the settings.
        address: who asks.
        headers: of the request, names in lower case.
    """

    def __init__(
        self,
        app: App,
        shared: Shared,
        settings_now: Settings,
        address: str,
        headers: dict[str, str],
    ):
        self._app, self._shared, self._address = app, shared, address
        self._settings, self._headers = settings_now, headers

    async def run(self, scope: Scope, receive: Receive, send: Send, reason: str | None) -> None:
        """Answers the request, or says ``reason``, for which it is not answered."""

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in hosts.HEADERS}
                kept = [item for item in message.get("headers", []) if item[0].lower() not in ours]
                message = {**message, "headers": [*kept, *hosts.HEADERS]}
            await send(message)

        if reason is not None:
            logs.event(log, "refused", logging.WARNING, reason=reason, peer=self._address)
            await _answer(send_with_headers, 403, reason)
            return
        now = self._shared.now()
        if not self._shared.requests.of(self._address, now).try_take(now):
            await _answer(send_with_headers, 429, "Too many requests. Try again in a minute.")
            return
        upload, method = ADDRESS.search(scope["path"]), scope["method"]
        if upload is not None and method == "PUT":
            await self._upload(upload.group(1), upload.group(2), scope, receive, send_with_headers)
        elif upload is not None and method == "DELETE":
            await self._app(scope, receive, send_with_headers)
            self._shared.uploads.end(upload.group(1), upload.group(2))
        elif method not in _METHODS:
            await _answer(send_with_headers, 405, "This app does not accept such requests.")
        elif scope["path"].endswith("/_stcore/metrics") and self._settings.public:
            await _answer(send_with_headers, 404, "Not found.")
        elif method == "GET" and "text/html" in self._headers.get("accept", ""):
            scope["headers"] = [item for item in scope["headers"] if item[0] not in _OF_THE_FILE]
            await self._app(scope, receive, notice.adding(send_with_headers))
        else:
            await self._app(scope, receive, send_with_headers)

    async def _upload(
        self, session_id: str, file_id: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        length = self._headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            await _answer(send, 411, "This upload does not say how long it is.")
            return
        try:
            self._shared.uploads.begin(session_id, file_id, int(length))
        except TooMuch as error:
            logs.event(log, "upload refused", logging.WARNING, reason=str(error))
            await _answer(send, error.status, str(error))
            return
        status = 500

        async def note_status(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            if 200 <= status < 300:
                self._shared.uploads.arrive(session_id, file_id)
            else:
                self._shared.uploads.end(session_id, file_id)


async def _answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
