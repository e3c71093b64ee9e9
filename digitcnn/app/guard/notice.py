"""A notice on pages that load slowly or can't connect; without it they would stay empty."""

from collections.abc import MutableMapping
from typing import Any

from digitcnn.app.guard.asgi import Send
from digitcnn.system.templates import render

_LOADING_MS, _PATIENCE_MS = 3_000, 12_000
_LOADING = "Loading … On a slow connection this takes a minute the first time."
_SENTENCE = (
    "This page can't connect to the app. Reload it in a minute. If you run the app behind a "
    "proxy: the proxy must pass on the headers Host and Upgrade."
)
_SCRIPT = render(
    "app/guard/templates/notice.html",
    loading=_LOADING,
    loading_ms=_LOADING_MS,
    sentence=_SENTENCE,
    patience_ms=_PATIENCE_MS,
).encode()


def adding(send: Send) -> Send:
    """A ``send`` that adds the notice to the answer if it is a page."""
    start: MutableMapping[str, Any] | None = None
    body = b""

    async def send_with_notice(message: MutableMapping[str, Any]) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start" and _is_page(message):
            start = message
        elif message["type"] == "http.response.body" and start is not None:
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            body = body.replace(b"</body>", _SCRIPT, 1)
            length = str(len(body)).encode()
            headers = [
                (name, length if name == b"content-length" else value)
                for name, value in start["headers"]
                if name not in (b"etag", b"last-modified")  # of the page without it
            ]
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            start = None
        else:
            await send(message)

    return send_with_notice


def _is_page(message: MutableMapping[str, Any]) -> bool:
    headers = dict(message.get("headers", []))
    return (
        message["status"] == 200
        and headers.get(b"content-type", b"").startswith(b"text/html")
        and b"content-encoding" not in headers
    )
