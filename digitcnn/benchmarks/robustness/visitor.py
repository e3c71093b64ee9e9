"""A visitor without a browser: a real websocket session with Streamlit's own messages.

What the page's script does in a browser is done here by hand: ask for a page, note where the
canvas is, report strokes as the canvas does, and take what comes back. Thousands of strokes cost
next to nothing, so that what is measured is the server.
"""

import asyncio
import http.client
import json
import re
import time
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from digitcnn.errors import DigitcnnError
from digitcnn.preprocessing import ink
from digitcnn.preprocessing.ink import Ink

PATIENCE_S = 60.0
_MESSAGE_LIMIT = 50_000_000  # bytes
_CANVAS = "drawable_canvas"
_READ = re.compile(r'class="digit">(\d)<|class="says[^"]*">([^<]*)<')
_SEEN = re.compile(r'<figure class="seen">.*?src="([^"]+)"', re.DOTALL)


class NoWebsockets(DigitcnnError):
    """Nothing to speak to the server with."""


class VisitFailed(DigitcnnError):
    """The server did not answer, or not as it should."""


@dataclass
class Answer:
    """What one request brought.

    Attributes:
        html: the bodies of every HTML element, in the order they came.
        alerts: the texts of warnings and errors on the page.
        exceptions: tracebacks, or what stands for them.
        reading_ms: from sending until the reading was there; ``None`` if none came.
        done_ms: from sending until the page was complete.
    """

    html: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    reading_ms: float | None = None
    done_ms: float = 0.0

    @property
    def label(self) -> str | None:
        """The digit that was read, or the sentence in its place; ``None`` before a drawing."""
        found = [match for body in self.html for match in _READ.finditer(body)]
        return unescape(found[-1].group(1) or found[-1].group(2)) if found else None

    @property
    def seen(self) -> str | None:
        """The address of the picture that the network saw: all of it, as data."""
        found = [match.group(1) for body in self.html for match in _SEEN.finditer(body)]
        return found[-1] if found else None

    @property
    def text(self) -> str:
        """The page's text, without its marks."""
        return unescape(re.sub(r"<[^>]+>", " ", " ".join(self.html)))


class Visitor:
    """One session; to be used with ``async with``.

    Args:
        url: the server's address.
        address: query string of the page.
        local_addr: host and port to come from; the system's choice by default.

    Raises:
        NoWebsockets: websockets is not installed.
        VisitFailed: no connection, or no answer in a minute.
    """

    def __init__(self, url: str, address: str = "", local_addr: tuple[str, int] | None = None):
        self._local_addr = local_addr
        self.buttons: dict[str, tuple[str, str]] = {}  # by key: id and fragment
        self.canvas = ""  # the canvas's id, once a page with one was opened
        self.uploader = ("", "")  # the last uploader's id, and the fragment it is in
        self.address = address
        self._url = url.replace("http://", "ws://", 1) + "/_stcore/stream"
        self._fragment = self._page = ""
        self._pages: dict[str, str] = {}
        self._state: Any = None
        self._socket: Any = None

    async def __aenter__(self) -> "Visitor":
        try:
            from websockets.asyncio.client import connect
            from websockets.typing import Subprotocol
        except ImportError as error:
            raise NoWebsockets(
                "This needs websockets: pip install -r tests/requirements.txt."
            ) from error
        try:
            self._socket = await connect(
                self._url,
                subprotocols=[Subprotocol("streamlit")],
                max_size=_MESSAGE_LIMIT,
                open_timeout=PATIENCE_S,
                ping_interval=None,
                local_addr=self._local_addr,
            )
        except (OSError, TimeoutError) as error:
            raise VisitFailed(f"No connection to the app: {error}") from error
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._socket.close()

    async def open(self, page: str = "", address: str | None = None) -> Answer:
        """Goes to a page: ``""`` is Draw, else its name in the address."""
        if address is not None:
            self.address = address
        self._fragment, self._state = "", None
        return await self._ask(page=page)

    async def draw(self, strokes: Ink) -> Answer:
        """Has the canvas report ``strokes``, as it does at the end of a stroke."""
        return await self.report(ink.canvas_json(strokes))

    async def report(self, message: Any) -> Answer:
        """Has the canvas report ``message``, whatever it is."""
        if not self.canvas:
            raise VisitFailed("There is no canvas on this page.")
        self._state = {"drawing": {"raw": message, "data": None}, "backgroundFit": None}
        return await self._ask(fragment=self._fragment)

    async def press(self, button: str, fragment: str) -> None:
        """Says that the button of that id was pressed, whether or not there is one."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        request = BackMsg()
        request.rerun_script.page_script_hash = self._page
        request.rerun_script.fragment_id = fragment
        state = request.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = button, True
        await self.say(request)

    async def upload(self, data: bytes, name: str) -> Answer:
        """Gives a file to the uploader of the page, as a browser does; what came of it.

        Raises:
            VisitFailed: there is no uploader, or the server did not take the file.
        """
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        if not self.uploader[0]:
            raise VisitFailed("There is no uploader on this page.")
        wish = BackMsg()
        wish.file_urls_request.request_id = name
        wish.file_urls_request.file_names.append(name)
        await self.say(wish)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = ForwardMsg.FromString(await self._socket.recv())
                if message.WhichOneof("type") == "file_urls_response":
                    break
        [urls] = message.file_urls_response.file_urls
        status = await asyncio.to_thread(self._put, urls.upload_url, data, name)
        if status != 204:
            raise VisitFailed(f"The file was not taken: {status}.")
        self._state = (self.uploader[0], urls, name, len(data))
        return await self._ask(fragment=self.uploader[1])

    def _put(self, path: str, data: bytes, name: str) -> int:
        """Sends a file; the answer's status."""
        host, _, port = urlsplit(self._url).netloc.partition(":")
        connection = http.client.HTTPConnection(
            host, int(port), PATIENCE_S, source_address=self._local_addr
        )
        body = (
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode() + data
        # A browser says twice what it was told with the page; any token is right that is the same.
        token = "2|00000000|00000000|0"
        headers = {
            "Content-Type": "multipart/form-data; boundary=x",
            "Cookie": f"_streamlit_xsrf={token}",
            "X-Xsrftoken": token,
        }
        try:
            connection.request("PUT", path, body + b"\r\n--x--\r\n", headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise VisitFailed(f"The file was not taken: {error}.") from error
        finally:
            connection.close()

    async def say(self, message: Any) -> None:
        """Sends a message, and waits for no answer."""
        await self._socket.send(message.SerializeToString())

    async def _ask(self, page: str | None = None, fragment: str = "") -> Answer:
        from streamlit.proto.BackMsg_pb2 import BackMsg

        request = BackMsg()
        rerun = request.rerun_script
        rerun.query_string = self.address
        if page is not None:
            rerun.page_name = page
            rerun.page_script_hash = self._pages.get(page, "")
        else:
            rerun.page_script_hash = self._page
        rerun.fragment_id = fragment
        if isinstance(self._state, tuple):
            state = rerun.widget_states.widgets.add()
            state.id, urls, name, n_bytes = self._state
            file = state.file_uploader_state_value.uploaded_file_info.add()
            file.name, file.size, file.file_id = name, n_bytes, urls.file_id
            file.file_urls.CopyFrom(urls)
        elif self._state is not None:
            state = rerun.widget_states.widgets.add()
            state.id, state.json_value = self.canvas, json.dumps(self._state)
        sent = time.perf_counter()
        try:
            await self._socket.send(request.SerializeToString())
            async with asyncio.timeout(PATIENCE_S):
                return await self._take(sent)
        except TimeoutError as error:
            raise VisitFailed(f"No answer within {PATIENCE_S:.0f} s.") from error
        except Exception as error:
            if type(error).__name__.startswith("ConnectionClosed"):
                raise VisitFailed("The app closed the connection.") from error
            raise

    async def _take(self, sent: float) -> Answer:
        """What comes until the script has finished."""
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        answer = Answer()
        while True:
            message = ForwardMsg.FromString(await self._socket.recv())
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._note(message.delta, answer, sent)
            elif kind == "new_session":
                self._page = message.new_session.page_script_hash or self._page
            elif kind == "navigation":
                self._pages = {
                    entry.url_pathname: entry.page_script_hash
                    for entry in message.navigation.app_pages
                }
                self._page = message.navigation.page_script_hash
            elif kind == "script_finished":
                status = message.script_finished
                if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    answer.exceptions.append("The script could not be compiled.")
                answer.done_ms = (time.perf_counter() - sent) * 1e3
                return answer

    def _note(self, delta: Any, answer: Answer, sent: float) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "html":
            answer.html.append(element.html.body)
            if answer.reading_ms is None and 'role="status"' in element.html.body:
                answer.reading_ms = (time.perf_counter() - sent) * 1e3
        elif kind == "exception":
            trace = "\n".join(element.exception.stack_trace)
            told = f"{element.exception.type}: {element.exception.message} {trace}"
            answer.exceptions.append(told)
        elif kind == "button":
            self.buttons[_key(element.button.id)] = (element.button.id, delta.fragment_id)
        elif kind == "file_uploader":
            self.uploader = element.file_uploader.id, delta.fragment_id
        elif kind == "alert":
            answer.alerts.append(element.alert.body)
        elif kind == "bidi_component" and _CANVAS in element.bidi_component.component_name:
            self.canvas, self._fragment = element.bidi_component.id, delta.fragment_id


def _key(widget_id: str) -> str:
    """The key in a widget's id, ``$$ID-<hash>-<key>``."""
    return widget_id.split("-", 2)[-1]
