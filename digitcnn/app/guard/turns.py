"""Whose turn it is: few scripts run at once, and who has used least of the server goes first.

Fair queueing: each socket and each address carries the seconds for which its scripts have run
lately. When one may start, the least of the waiting is taken, so that whoever asks for much waits
for whoever asks for little. Nobody waits while there is room. One place is kept for the light.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable

_HALF_LIFE_S = 5.0  # after which half of what was used is forgotten
# Who has used less than this lately is light. An address may have many people behind it.
_LIGHT_S, _LIGHT_ADDRESS_S = 1.5, 20.0
# The least and the most that one script counts: three a second, as fast as a person draws, are
# light, and on a busy server, what takes long need not cost much. What a message costs to read is
# counted by its length.
_LEAST_S, _MOST_S, _PER_MB_S = 0.05, 0.1, 0.5
_NEW_S = 0.3  # who has just come stands behind those who are drawing already
_LIGHT_LATELY_S = 1.0  # after the last light one asked, the others have more room again
# After which a script that still runs no longer keeps others waiting: those that ask for much wait
# for each other.
_HOLD_LIGHT_S, _HOLD_HEAVY_S = 0.25, 1.0
# While light ones come, a heavy script is followed by a rest of three times what it took.
_REST, _LONGEST_REST_S, _ASK_AGAIN_S = 3.0, 1.0, 0.1


class Use:
    """Seconds of the server used lately, fading."""

    def __init__(self) -> None:
        self._seconds, self._at = 0.0, 0.0

    def add(self, seconds: float, now: float) -> None:
        """Adds what was just used."""
        self._seconds, self._at = self.lately(now) + seconds, now

    def lately(self, now: float) -> float:
        """What was used, s, halved for every five seconds since."""
        left: float = 0.5 ** ((now - self._at) / _HALF_LIFE_S)
        return self._seconds * left


class Turn:
    """One socket's place in the order.

    Args:
        turns: the order.
        address: what the socket's address has used.
    """

    def __init__(self, turns: "Turns", address: Use):
        self._turns, self._own, self._address = turns, Use(), address
        self._own.add(_NEW_S, turns.now())
        self._began: float | None = None
        self._hold_s = _HOLD_LIGHT_S
        self._ended = asyncio.Event()
        self._release: asyncio.TimerHandle | None = None

    async def begin(self, n_bytes: int = 0) -> None:
        """Waits until a script of this socket may start.

        Args:
            n_bytes: of the message that asks for it.
        """
        self._charge(n_bytes / 1e6 * _PER_MB_S)
        if self._began is not None:
            # It asks for another before the first is done: that is the way to interrupt a slow one.
            left = self._began + self._hold_s - self._turns.now()
            if left > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._ended.wait()
            self.end()
        await self._turns.enter(self)
        self._hold_s = _HOLD_LIGHT_S if self.is_light() else _HOLD_HEAVY_S
        self._began = self._turns.now()
        self._turns.running += 1
        self._ended.clear()
        self._release = asyncio.get_running_loop().call_later(self._hold_s, self._leave)

    def end(self) -> None:
        """Notes that the script is done, or that nobody waits for it any more."""
        if self._began is None:
            return
        now = self._turns.now()
        # Scripts that run at once share the time.
        if self._hold_s == _HOLD_HEAVY_S:
            self._turns.rest(now - self._began)
        took = (now - self._began) / max(1, self._turns.running)
        self._charge(min(max(took, _LEAST_S), _MOST_S))
        self._began = None
        self._turns.running -= 1
        self._ended.set()
        self._leave()

    def _charge(self, seconds: float) -> None:
        for use in (self._own, self._address):
            use.add(seconds, self._turns.now())

    def used(self) -> float:
        """Seconds that the socket has used lately, and a part of what its address has."""
        now = self._turns.now()
        return self._own.lately(now) + self._address.lately(now) * _LIGHT_S / _LIGHT_ADDRESS_S

    def is_light(self) -> bool:
        """Whether socket and address have used little lately."""
        now = self._turns.now()
        return self._own.lately(now) < _LIGHT_S and self._address.lately(now) < _LIGHT_ADDRESS_S

    def _leave(self) -> None:
        if self._release is not None:
            self._release.cancel()
            self._release = None
            self._turns.leave()


class Turns:
    """The order.

    Args:
        places: scripts that may run at once. While light ones come, the others have one of them,
            else all but one.
        now: the clock, s.
    """

    def __init__(self, places: int, now: Callable[[], float]):
        self.now = now
        self.running = 0
        self._free = self._places = places
        self._light_at = self._rested_at = -math.inf
        self._waiting: list[tuple[Turn, asyncio.Future[None]]] = []

    async def enter(self, turn: Turn) -> None:
        """Waits for a place."""
        if turn.is_light():
            self._light_at = self.now()
        if not self._waiting and self._has_room(turn):
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, place))
        self._next()
        while not place.done():
            try:
                async with asyncio.timeout(_ASK_AGAIN_S):
                    await asyncio.shield(place)
            except TimeoutError:
                self._next()  # There may be more room by now.
            except asyncio.CancelledError:
                if place.done():
                    self.leave()
                place.cancel()
                raise

    def rest(self, seconds: float) -> None:
        """Notes how long a heavy script took."""
        self._rested_at = self.now() + min(_REST * seconds, _LONGEST_REST_S)

    def leave(self) -> None:
        """Gives a place back."""
        self._free += 1
        self._next()

    def _has_room(self, turn: Turn) -> bool:
        if turn.is_light():
            return self._free > 0
        is_busy = self.now() - self._light_at < _LIGHT_LATELY_S
        if is_busy:
            return self._free >= self._places and self.now() >= self._rested_at
        return self._free > 1

    def _next(self) -> None:
        self._waiting = [(turn, place) for turn, place in self._waiting if not place.done()]
        while self._waiting:
            able = [item for item in self._waiting if self._has_room(item[0])]
            if not able:
                return
            least = min(able, key=lambda item: item[0].used())
            self._waiting.remove(least)
            self._free -= 1
            least[1].set_result(None)
