"""Scheduling: few scripts run at once, and sessions that used least of the server go first.

Fair queueing: each socket and each address carries the seconds that the server has computed for it
lately. When one may start, the least of the waiting is taken, so that whoever asks for much waits
for whoever asks for little. Nobody waits while there is room. One place is kept for the light.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable

_HALF_LIFE_S = 5.0  # after which half of what was used is forgotten
# Who has used less than this lately is light: a stroke takes 15 ms, a page 150. An address may have
# many people behind it.
_LIGHT_S, _LIGHT_ADDRESS_S = 1.5, 4.5
# What a message costs to read is counted by its length, and a script that ends at once for the
# work around it.
_PER_MB_S, _LEAST_S = 0.5, 0.01
# Who has just come, or asks for what takes long, stands behind those who are drawing.
_NEW_S, _LONG_S = 0.3, 0.5
_LIGHT_LATELY_S = 1.0  # after the last light one asked, the others have more room again
# A script keeps its place until it has computed so long, or has lasted so long: one that waits for
# another process keeps nobody else waiting.
_HOLD_LIGHT_S, _HOLD_HEAVY_S = 0.25, 1.0
_LAST_LIGHT_S, _LAST_HEAVY_S = 0.6, 2.0
_LOOK_S = 0.1
# More scripts than these don't begin, even where those that run have given back their places.
_MOST_HEAVY, _MOST_RUNNING = 4, 8
# While light ones come, a heavy script is followed by a rest of three times as long as it lasted.
_REST, _LONGEST_REST_S, _ASK_AGAIN_S = 3.0, 2.0, 0.1


class Use:
    """Seconds of the server used lately, fading."""

    def __init__(self) -> None:
        self._seconds, self._at = 0.0, 0.0

    def add(self, seconds: float, now: float) -> None:
        """Adds what was just used."""
        self._seconds, self._at = self.lately(now) + seconds, now

    def lately(self, now: float) -> float:
        """Seconds used, halved for every five seconds since."""
        left: float = 0.5 ** ((now - self._at) / _HALF_LIFE_S)
        return self._seconds * left


class Turn:
    """One socket in the schedule.

    Args:
        turns: the order.
        address: what the socket's address has used.
    """

    def __init__(self, turns: "Turns", address: Use):
        self._turns, self._own, self._address = turns, Use(), address
        self._own.add(_NEW_S, turns.now())
        self._began: float | None = None
        self._computed_s = 0.0  # by the script that runs
        self._was_light = True
        self.is_long = False  # what it asked for last
        self._ended = asyncio.Event()
        self._release: asyncio.TimerHandle | None = None

    async def begin(self, n_bytes: int = 0, is_long: bool = False) -> None:
        """Waits until a script of this socket may start.

        Args:
            n_bytes: of the message that asks for it.
            is_long: whether it asks for what takes long, a page or a file, not for a stroke.
        """
        self._charge(n_bytes / 1e6 * _PER_MB_S)
        if self._began is not None:
            # It asks for another before the first is done: that is the way to interrupt a slow one.
            left = self._began + self._lasts_s() - self._turns.now()
            if left > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._ended.wait()
            self.end()
        self.is_long = is_long
        await self._turns.enter(self)
        self._was_light = self.is_light()
        self._began, self._computed_s = self._turns.now(), 0.0
        self._turns.run(self)
        self._ended.clear()
        self._look_again()

    def end(self) -> None:
        """Notes that the script is done, or that nobody waits for it any more."""
        if self._began is None:
            return
        self._turns.stop(self)
        if not self._was_light:
            self._turns.rest(self._turns.now() - self._began)
        self._charge(max(0.0, _LEAST_S - self._computed_s))
        self._began = None
        self._ended.set()
        self._leave()

    def computed(self, seconds: float) -> None:
        """Notes what the server has computed for the script that runs."""
        self._computed_s += seconds
        self._charge(seconds)

    def used(self) -> float:
        """Seconds that the socket has used lately and may use now, and a part of its address's."""
        now = self._turns.now()
        address_s = self._address.lately(now) * _LIGHT_S / _LIGHT_ADDRESS_S
        return self._own.lately(now) + address_s + self.is_long * _LONG_S

    def is_light(self) -> bool:
        """Whether socket and address have used little lately."""
        now = self._turns.now()
        return self._own.lately(now) < _LIGHT_S and self._address.lately(now) < _LIGHT_ADDRESS_S

    def _charge(self, seconds: float) -> None:
        for use in (self._own, self._address):
            use.add(seconds, self._turns.now())

    def _lasts_s(self) -> float:
        return _LAST_LIGHT_S if self._was_light else _LAST_HEAVY_S

    def _look_again(self) -> None:
        self._release = asyncio.get_running_loop().call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        """Gives the slot back if the script has had it for long enough."""
        self._turns.account()
        hold_s = _HOLD_LIGHT_S if self._was_light else _HOLD_HEAVY_S
        lasted_s = self._turns.now() - (self._began or 0.0)
        if self._computed_s >= hold_s or lasted_s >= self._lasts_s():
            self._leave()
        else:
            self._look_again()

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
        computed: seconds that this process has computed. Not those that pass: a busy machine makes
            everything last, and makes nobody's wish a large one.
    """

    def __init__(
        self,
        places: int,
        now: Callable[[], float],
        computed: Callable[[], float] = time.process_time,
    ):
        self.now, self._computed = now, computed
        self._counted_s = computed()
        self._running: set[Turn] = set()
        self._free = self._places = places
        self._light_at = self._rested_at = -math.inf
        self._waiting: list[tuple[Turn, asyncio.Future[None]]] = []
        self._ask_again: asyncio.TimerHandle | None = None

    async def enter(self, turn: Turn) -> None:
        """Waits for a slot."""
        if turn.is_light():
            self._light_at = self.now()
        if not self._waiting and self._has_room(turn):
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, place))
        self._next()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def run(self, turn: Turn) -> None:
        """Notes that a script of ``turn`` runs from now on."""
        self.account()
        self._running.add(turn)

    def stop(self, turn: Turn) -> None:
        """Notes that it runs no longer."""
        self.account()
        self._running.discard(turn)
        self._next()

    def account(self) -> None:
        """Shares out what was computed since the last time among the scripts that were running."""
        computed_s = self._computed()
        each_s = (computed_s - self._counted_s) / max(1, len(self._running))
        self._counted_s = computed_s
        for turn in self._running:
            turn.computed(each_s)

    def rest(self, seconds: float) -> None:
        """Notes how long a heavy script took."""
        self._rested_at = self.now() + min(_REST * seconds, _LONGEST_REST_S)

    def leave(self) -> None:
        """Gives a slot back."""
        self._free += 1
        self._next()

    def _has_room(self, turn: Turn) -> bool:
        if turn.is_light():
            # Beside a page, which takes ten times as long, there is always a place for a stroke.
            kept = min(1, self._places - 1) if turn.is_long else 0
            return self._free > kept and len(self._running) < _MOST_RUNNING
        if len(self._running) >= _MOST_HEAVY:
            return False
        is_busy = self.now() - self._light_at < _LIGHT_LATELY_S
        if is_busy:
            return self._free >= self._places and self.now() >= self._rested_at
        return self._free > 1

    def _next(self) -> None:
        self._waiting = [(turn, place) for turn, place in self._waiting if not place.done()]
        while self._waiting:
            able = [item for item in self._waiting if self._has_room(item[0])]
            if not able:
                break
            least = min(able, key=lambda item: item[0].used())
            self._waiting.remove(least)
            self._free -= 1
            least[1].set_result(None)
        if self._waiting and self._ask_again is None:
            # A slot may become free in a moment even if no script ends.
            self._ask_again = asyncio.get_running_loop().call_later(_ASK_AGAIN_S, self._again)

    def _again(self) -> None:
        self._ask_again = None
        self._next()
