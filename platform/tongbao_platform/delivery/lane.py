"""One endpoint's lane: how many deliveries it may have under way, so that a slow receiver holds up nobody else."""

import asyncio
from typing import Final

import msgspec

from tongbao_platform.kernel.clock import SECOND_MS, Instant, later

SLOW_MS: Final = 2 * SECOND_MS
_SHORTEST_PAUSE_MS: Final = SECOND_MS
# An endpoint that is well again soon gets all of its backlog, however slow it was when the backlog was put off.
_LONGEST_PAUSE_MS: Final = 10 * SECOND_MS
# How far apart deliveries come back that found no room: at the pace of the endpoint, but no faster than this.
_PACE_MS: Final = 2
_FAILING_PACE_MS: Final = 250


class LaneLimits(msgspec.Struct, frozen=True, kw_only=True):
    """``under_way`` POSTs at once, ``waiting`` more behind them, none for longer than ``wait_seconds``."""

    under_way: int = 4
    waiting: int = 46
    wait_seconds: float = 10.0


class Lane:
    """Places for one endpoint's POSTs. An endpoint that failed or was slow last time has no waiting places."""

    def __init__(self, limits: LaneLimits) -> None:
        self._limits = limits
        self._places = asyncio.Semaphore(limits.under_way)
        self._held = 0
        self._slow = False
        self._pace_ms = _PACE_MS
        self._next_turn = Instant(0)
        self.disabled_at_revision = 0

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is in the lane and nothing is known of it."""
        return self._held == 0 and not self._slow

    async def enter(self) -> bool:
        """Take a place, waiting for it a while; tell whether there was one."""
        waiting = 0 if self._slow else self._limits.waiting
        if self._held >= self._limits.under_way + waiting:
            return False
        self._held += 1
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                await self._places.acquire()
        except BaseException as error:
            self._held -= 1
            if isinstance(error, TimeoutError):
                return False
            raise
        return True

    def leave(self) -> None:
        """Give the place back."""
        self._held -= 1
        self._places.release()

    def note(self, *, delivered: bool, duration_ms: int) -> None:
        """Remember how the last attempt went."""
        self._slow = not delivered or duration_ms > SLOW_MS
        self._pace_ms = max(_PACE_MS if delivered else _FAILING_PACE_MS, duration_ms // self._limits.under_way)

    def next_turn(self, now: Instant) -> Instant:
        """Return when a delivery that found no room should come back: in turn, and within ten seconds."""
        in_turn = max(later(now, _SHORTEST_PAUSE_MS), later(self._next_turn, self._pace_ms))
        self._next_turn = min(in_turn, later(now, _LONGEST_PAUSE_MS))
        return self._next_turn
