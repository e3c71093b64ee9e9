"""State that all connections share: counts, queue and limits."""

import weakref
from collections.abc import Callable

from digitcnn.app.guard import descriptors
from digitcnn.app.guard.rates import Buckets, Sockets
from digitcnn.app.guard.turns import Turns, Use
from digitcnn.app.guard.uploads import Uploads
from digitcnn.settings import Settings

_USES_KEPT = 1000


class Shared:
    """What all connections share.

    Args:
        settings_now: the settings as the server started.
        now: the clock, s.
    """

    def __init__(self, settings_now: Settings, now: Callable[[], float]):
        limits = settings_now.limits
        self.now, self.limits = now, limits
        # As many as there are descriptors for, where those are fewer; and never all to one address.
        in_all = min(limits.sockets, descriptors.sessions())
        per_address = min(limits.sockets_per_address, max(1, in_all * 2 // 3))
        self.sockets = Sockets(per_address, in_all)
        self.openings = Buckets(limits.sockets_per_s, 10 * limits.sockets_per_s)
        self.requests = Buckets(limits.requests_per_s, 10 * limits.requests_per_s)
        self.messages = Buckets(4 * limits.messages_per_s, 16 * limits.messages_per_s)
        self.turns = Turns(limits.scripts_at_once, now)
        self.uploads = Uploads(limits)
        self._uses: dict[str, Use] = {}
        self._held: weakref.WeakValueDictionary[str, Use] = weakref.WeakValueDictionary()

    def use(self, address: str) -> Use:
        """What an address has used."""
        if len(self._uses) > _USES_KEPT:
            self._forget_uses()
        use = self._held.get(address) or Use()
        self._held[address] = self._uses[address] = use
        return use

    def forget(self) -> None:
        """Forgets addresses that have asked for nothing lately, but for their open pages."""
        self._forget_uses()
        for buckets in (self.openings, self.requests, self.messages):
            buckets.forget(self.now())

    def _forget_uses(self) -> None:
        now = self.now()
        self._uses = {key: use for key, use in self._uses.items() if use.lately(now) > 1e-3}
