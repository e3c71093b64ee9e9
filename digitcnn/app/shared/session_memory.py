"""How much memory sessions may keep, and which ones drop something when it is full.

Photos and digits that visitors upload stay for as long as their sessions do. All of them together
share a limit; when it is reached, the session that keeps most drops its oldest item.
"""

import threading
import weakref
from collections import Counter
from typing import Protocol

from streamlit.runtime.scriptrunner import get_script_run_ctx

from digitcnn.settings import SettingsError, settings


class Kept(Protocol):
    """Something that a session keeps."""

    def let_go(self) -> None:
        """Frees its memory; its visitor is told when asking for it."""


class Room:
    """The memory limit of all sessions together.

    Items are known as long as somebody has them: what goes with its session needs no word.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: weakref.WeakKeyDictionary[Kept, tuple[str, int]] = weakref.WeakKeyDictionary()

    def keep(self, item: Kept, n_bytes: int, owner: str, limit_bytes: int) -> None:
        """Notes that ``owner`` keeps an item, or that its size has changed; makes room for it.

        Args:
            item: what is kept; one thing of its owner's stays, whatever its size.
            n_bytes: of memory.
            owner: a session.
            limit_bytes: of all.
        """
        with self._lock:
            self._items.pop(item, None)
            self._items[item] = owner, n_bytes  # the newest is the last
            while sum(size for _, size in self._items.values()) > limit_bytes:
                oldest = self._oldest_of_the_largest(item)
                if oldest is None:
                    return
                del self._items[oldest]
                oldest.let_go()

    def _oldest_of_the_largest(self, newest: Kept) -> Kept | None:
        owned: Counter[str] = Counter()
        for owner, size in self._items.values():
            owned[owner] += size
        for owner, _ in owned.most_common():
            for item, (other, size) in self._items.items():
                if other == owner and size and item is not newest:
                    return item
        return None


_room = Room()


def keep(item: Kept, n_bytes: int) -> None:
    """Notes that this session keeps an item of that size, or that its size has changed."""
    context = get_script_run_ctx()
    owner = "" if context is None else context.session_id
    try:
        limits = settings().limits
    except SettingsError:
        limits = settings({}).limits
    _room.keep(item, n_bytes, owner, limits.kept_mb * 1_000_000)
