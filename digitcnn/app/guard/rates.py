"""Limits on how many and how often: counts of sockets, and token buckets."""

import contextlib
import ipaddress
import weakref
from collections import Counter
from collections.abc import Iterator


class TooManySockets(Exception):
    """One socket more than an address, or the server, may have open."""


class Sockets:
    """Counts open sockets.

    Args:
        per_address: how many one address may have open.
        in_all: how many all may have open.
    """

    def __init__(self, per_address: int, in_all: int):
        self._per_address, self._in_all = per_address, in_all
        self._open: Counter[str] = Counter()

    @contextlib.contextmanager
    def opened(self, address: str) -> Iterator[None]:
        """Counts one socket of ``address`` for as long as the block runs.

        Raises:
            TooManySockets: there is no room for it.
        """
        if self._open[address] >= self._per_address or self._open.total() >= self._in_all:
            raise TooManySockets(address)
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]


class Bucket:
    """A token bucket: ``burst`` tokens at once, then ``per_s``.

    Args:
        per_s: tokens that come back a second.
        burst: tokens when it is full.
        now: the time at which it is, s.
    """

    def __init__(self, per_s: float, burst: float, now: float):
        self._per_s, self._burst = per_s, burst
        self._tokens, self._at = burst, now

    def take(self, now: float) -> float:
        """Takes a token; returns the seconds until it is available, 0 if it is now."""
        self._refill(now)
        self._tokens -= 1
        return max(0.0, -self._tokens / self._per_s)

    def try_take(self, now: float) -> bool:
        """Takes a token if there is one."""
        self._refill(now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def is_full(self, now: float) -> bool:
        """Whether it is full, and need not be kept."""
        self._refill(now)
        return self._tokens >= self._burst

    def _refill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_s)
        self._at = now


class Buckets:
    """One bucket per address; full ones that nobody holds are forgotten."""

    _KEPT = 1000

    def __init__(self, per_s: float, burst: float):
        self._per_s, self._burst = per_s, burst
        self._by_address: dict[str, Bucket] = {}
        self._held: weakref.WeakValueDictionary[str, Bucket] = weakref.WeakValueDictionary()

    def of(self, address: str, now: float) -> Bucket:
        """The bucket of ``address``."""
        if len(self._by_address) > self._KEPT:
            self.forget(now)
        bucket = self._held.get(address) or Bucket(self._per_s, self._burst, now)
        self._held[address] = self._by_address[address] = bucket
        return bucket

    def forget(self, now: float) -> None:
        """Forgets the full ones."""
        self._by_address = {
            key: bucket for key, bucket in self._by_address.items() if not bucket.is_full(now)
        }


def network(host: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network of an IPv6 household."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return host
