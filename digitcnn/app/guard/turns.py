"""Whose turn it is: few scripts run at once, and who has used least of the server goes first.

Fair queueing: each socket and each address carries the seconds for which its scripts have run
lately. When one may start, the least of the waiting is taken, so that whoever asks for much waits
for whoever asks for little. Nobody waits while there is room. One place is kept for the light.
"""

import asyncio
from collections.abc import Callable

_HALF_LIFE_S = 5.0  # after which half of what was used is forgotten
_LIGHT_S = 0.5  # who has used less than this lately may have the place that is kept
_HOLD_S = 0.1  # after which a script that still runs no longer keeps others waiting


class Use:
    """Seconds of the server used lately, fading."""

    def __init__(self) -> None:
        self._seconds, self._at = 0.0, 0.0

    def add(self, seconds: float, now: float) -> None:
        """Adds what was just used."""
        self._seconds, self._at = self.lately(now) + seconds, now

    def lately(self, now: float) -> float:
        """What was used, s, halved for every five seconds since."""
        return self._seconds * 0.5 ** ((now - self._at) / _HALF_LIFE_S)


class Turn:
    """One socket's place in the order.

    Args:
        turns: the order.
        address: what the socket's address has used.
    """

    def __init__(self, turns: "Turns", address: Use):
        self._turns, self._uses = turns, (Use(), address)
        self._began: float | None = None
        self._ended = asyncio.Event()
        self._release: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        """Waits until a script of this socket may start."""
        if self._began is not None:
            # It asks for another before the first is done: that is the way to interrupt a slow one.
            left = self._began + _HOLD_S - self._turns.now()
            if left > 0:
                try:
                    async with asyncio.timeout(left):
                        await self._ended.wait()
                except TimeoutError:
                    pass
            self.end()
        await self._turns.enter(self.used)
        self._began = self._turns.now()
        self._ended.clear()
        self._release = asyncio.get_running_loop().call_later(_HOLD_S, self._leave)

    def end(self) -> None:
        """Notes that the script is done, or that nobody waits for it any more."""
        if self._began is None:
            return
        now = self._turns.now()
        for use in self._uses:
            use.add(now - self._began, now)
        self._began = None
        self._ended.set()
        self._leave()

    def used(self) -> float:
        """Seconds that socket and address have used lately."""
        now = self._turns.now()
        running = now - self._began if self._began is not None else 0.0
        return sum(use.lately(now) for use in self._uses) + running

    def _leave(self) -> None:
        if self._release is not None:
            self._release.cancel()
            self._release = None
            self._turns.leave()


class Turns:
    """The order.

    Args:
        places: scripts that may run at once; one of them is kept for the light.
        now: the clock, s.
    """

    def __init__(self, places: int, now: Callable[[], float]):
        self.now = now
        self._free = places
        self._waiting: list[tuple[Callable[[], float], asyncio.Future[None]]] = []

    async def enter(self, used: Callable[[], float]) -> None:
        """Waits for a place.

        Args:
            used: what whoever waits has used lately, s, whenever it is asked.
        """
        if not self._waiting and self._has_room(used()):
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((used, place))
        self._next()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Gives a place back."""
        self._free += 1
        self._next()

    def _has_room(self, used: float) -> bool:
        return self._free > (0 if used < _LIGHT_S else 1)

    def _next(self) -> None:
        self._waiting = [(used, place) for used, place in self._waiting if not place.done()]
        while self._waiting:
            least = min(range(len(self._waiting)), key=lambda i: self._waiting[i][0]())
            used, place = self._waiting[least]
            if not self._has_room(used()):
                return
            del self._waiting[least]
            self._free -= 1
            place.set_result(None)
