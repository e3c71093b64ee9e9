"""What all connections share: the counts, the order and the limits."""

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

    def use(self, address: str) -> Use:
        """What an address has used."""
        if len(self._uses) > _USES_KEPT:
            now = self.now()
            self._uses = {key: use for key, use in self._uses.items() if use.lately(now) > 1e-3}
        return self._uses.setdefault(address, Use())
