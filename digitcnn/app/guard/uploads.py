"""Uploads: only where a widget expects one, and within a session's limits."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime

from digitcnn.settings import Limits

ADDRESS = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")
_FRAME_BYTES = 100_000  # what a form adds to a file
_FORGET_S = 600.0  # after its last socket closed a session's files are surely gone


class TooMuch(Exception):
    """An upload that is refused; the message tells the uploader why."""

    status = 413  # of the answer


class NotAsked(TooMuch):
    """An upload that no widget expects."""

    status = 403


@dataclass
class _Session:
    """What one session may upload, and has uploaded: sizes in bytes by the file's id.

    ``arrived`` are those of ``kept`` that are all here; the others are on their way.
    """

    asked: set[str] = field(default_factory=set)
    kept: dict[str, int] = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)
    sockets: int = 0
    closed_at: float = 0.0


class Uploads:
    """All sessions' uploads.

    Args:
        limits: what is allowed.
        is_kept: whether the server still has a file of a session.
    """

    def __init__(self, limits: Limits, is_kept: Callable[[str, str], bool] | None = None):
        self._limits = limits
        self._is_kept = is_kept or _is_kept
        self._sessions: dict[str, _Session] = {}

    def page(self) -> "Page":
        """What is known of a page that was just opened."""
        return Page(self)

    def begin(self, session_id: str, file_id: str, n_bytes: int) -> None:
        """Reserves room for a file that is about to be sent.

        Args:
            session_id, file_id: from the address that the server gave for it.
            n_bytes: of the request.

        Raises:
            NotAsked: no widget waits for that file.
            TooMuch: there is no room for it.
        """
        session = self._sessions.get(session_id)
        if session is None or (file_id not in session.asked and file_id not in session.kept):
            raise NotAsked("Nothing on the page expects this file. Reload the page and try again.")
        limits = self._limits
        self._let_go()
        if n_bytes > limits.upload_mb * 1_000_000 + _FRAME_BYTES:
            raise TooMuch(f"A file may have at most {limits.upload_mb} MB.")
        others = {key: size for key, size in session.kept.items() if key != file_id}
        if (
            len(others) >= limits.uploads_per_session
            or sum(others.values()) + n_bytes > limits.uploads_mb_per_session * 1_000_000
        ):
            raise TooMuch(
                f"At most {limits.uploads_per_session} files with {limits.uploads_mb_per_session} "
                "MB in all at a time. Remove one from the list first."
            )
        if self._total() - session.kept.get(file_id, 0) + n_bytes > limits.uploads_mb * 1_000_000:
            raise TooMuch("Too many people are uploading just now. Try again in a minute.")
        session.asked.discard(file_id)
        session.kept[file_id] = n_bytes

    def arrive(self, session_id: str, file_id: str) -> None:
        """Notes that a file is all here."""
        session = self._sessions.get(session_id)
        if session is not None and file_id in session.kept:
            session.arrived.add(file_id)

    def _let_go(self) -> None:
        """Forgets files that arrived and that the app has dropped since."""
        for session_id, session in self._sessions.items():
            for file_id in [one for one in session.arrived if not self._is_kept(session_id, one)]:
                session.arrived.discard(file_id)
                session.kept.pop(file_id, None)

    def end(self, session_id: str, file_id: str) -> None:
        """Notes that a file is not kept any longer, or never was."""
        session = self._sessions.get(session_id)
        if session is not None and session.kept.pop(file_id, None) is not None:
            session.arrived.discard(file_id)
            session.asked.add(file_id)

    def _total(self) -> int:
        now = time.monotonic()
        for session_id, session in list(self._sessions.items()):
            if not session.sockets and now - session.closed_at > _FORGET_S:
                del self._sessions[session_id]
        return sum(sum(session.kept.values()) for session in self._sessions.values())

    def _session(self, session_id: str) -> _Session:
        return self._sessions.setdefault(session_id, _Session())


def _is_kept(session_id: str, file_id: str) -> bool:
    """Whether Streamlit has the file."""
    if not Runtime.exists():
        return True
    return bool(Runtime.instance().uploaded_file_mgr.get_files(session_id, [file_id]))


class Page:
    """One open page: whether it has a place to upload to.

    Args:
        uploads: of all sessions.
    """

    def __init__(self, uploads: Uploads):
        self._uploads = uploads
        self._session: _Session | None = None
        self.waits = False  # for a file

    def hear(self, message: ForwardMsg) -> None:
        """Notes a message from the server to the page."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            if not message.metadata.run.fragment_ids:
                self.waits = False
        elif kind == "delta":
            if message.delta.new_element.WhichOneof("type") in ("file_uploader", "camera_input"):
                self.waits = True
        elif kind == "file_urls_response":
            for urls in message.file_urls_response.file_urls:
                found = ADDRESS.search(urls.upload_url)
                if found is None:
                    continue
                if self._session is None:
                    self._session = self._uploads._session(found.group(1))
                    self._session.sockets += 1
                asked = self._session.asked
                if len(asked) > 4 * self._uploads._limits.uploads_per_session:
                    asked.clear()
                asked.add(found.group(2))

    def close(self) -> None:
        """Notes that the page was closed."""
        if self._session is not None:
            self._session.sockets -= 1
            self._session.closed_at = time.monotonic()
